/**
 * Trees of a structure that is known: taken apart and put together again and again, by functions that are made for it once.
 *
 * Where text may become code, such a function is written out for its structure: straight code is several times as fast as
 * functions that call each other, and a tiny network's step takes little longer than its arguments' trees.
 */
import { mayCompileText } from '../core/text-code.js'
import { brand, type Tensor } from '../core/value.js'
import { define, isLeaf, isRecord, type Leaf, type Structure } from './tree.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The leaves of a tree, in a list of the caller's own; null when the tree is of another structure. */
export type Collect = (x: unknown) => Leaf[] | null

/** Puts leaves together. */
export type Assemble = (leaves: readonly Tensor[]) => unknown

/** Places beyond which a structure is not written out: what is done at its leaves takes longest anyway. */
const LARGEST = 512

const placesIn = (s: Structure): number =>
  s.kind === 'array' || s.kind === 'record' ? s.children.reduce((n, child) => n + placesIn(child), 1) : 1

const isWritten = (s: Structure): boolean => mayCompileText() && placesIn(s) <= LARGEST

// --------------------------------------------------------------------------------------------------------------- apart

/** What collects the leaves of trees of this structure. */
export const collector = (s: Structure): Collect => (isWritten(s) ? writtenCollector(s) : composedCollector(s))

type Add = (x: unknown, out: Leaf[]) => boolean

const adder = (s: Structure): Add => {
  switch (s.kind) {
    case 'leaf':
      return (x, out) => {
        if (!isLeaf(x)) return false
        out.push(x)
        return true
      }
    case 'static':
      return (x) => Object.is(s.value, x)
    case 'array': {
      const children = s.children.map(adder)
      return (x, out) => {
        if (!Array.isArray(x) || x.length !== children.length) return false
        for (let i = 0; i < children.length; i++) if (!(children[i] as Add)(x[i], out)) return false
        return true
      }
    }
    case 'record': {
      const { keys } = s
      const children = s.children.map(adder)
      return (x, out) => {
        if (typeof x !== 'object' || x === null || !isRecord(x) || !hasKeys(x, keys)) return false
        for (let i = 0; i < keys.length; i++)
          if (!(children[i] as Add)((x as Readonly<Record<string, unknown>>)[keys[i] as string], out)) return false
        return true
      }
    }
  }
}

/** Whether an object has these keys and no others, in this order. */
const hasKeys = (x: object, keys: readonly string[]): boolean => {
  let i = 0
  for (const k in x) {
    if (k !== keys[i]) return false
    i += 1
  }
  return i === keys.length
}

/** The same, of functions that call each other. */
export const composedCollector = (s: Structure): Collect => {
  const add = adder(s)
  return (x) => {
    const out: Leaf[] = []
    return add(x, out) ? out : null
  }
}

/** The same, written out: every place has code of its own, which the engine makes for the one kind of object it finds there. */
const writtenCollector = (structure: Structure): Collect => {
  const lines: string[] = []
  const leaves: string[] = []
  const held: unknown[] = []
  let names = 0
  const hold = (x: unknown): string => `held[${held.push(x) - 1}]`
  const go = (s: Structure, from: string): void => {
    if (s.kind === 'static') {
      lines.push(`if (!Object.is(${hold(s.value)}, ${from})) return null`)
      return
    }
    const x = `x${names++}`
    const isObject = `typeof ${x} === 'object' && ${x} !== null`
    lines.push(`const ${x} = ${from}`)
    if (s.kind === 'leaf') {
      lines.push(`if (!(${isObject} && ${x}[brand] !== undefined || typeof ${x} === 'number')) return null`)
      leaves.push(x)
    } else if (s.kind === 'array') {
      lines.push(`if (!Array.isArray(${x}) || ${x}.length !== ${s.children.length}) return null`)
      s.children.forEach((child, i) => {
        go(child, `${x}[${i}]`)
      })
    } else {
      lines.push(`if (!(${isObject})) return null`)
      const own = s.keys.map((key) => {
        const y = `x${names++}`
        lines.push(`const ${y} = ${x}[${JSON.stringify(key)}]`)
        return y
      })
      // after a key was read the engine knows the kind of object, and its prototype
      lines.push(`const p${x} = Object.getPrototypeOf(${x})`)
      lines.push(`if (p${x} !== Object.prototype && p${x} !== null || !hasKeys(${x}, ${hold(s.keys)})) return null`)
      s.children.forEach((child, i) => {
        go(child, own[i] as string)
      })
    }
  }
  go(structure, 'x')
  const text = `return (x) => {\n${lines.join('\n')}\nreturn [${leaves.join(', ')}]\n}`
  return new Function('held', 'brand', 'hasKeys', text)(held, brand, hasKeys)
}

// ------------------------------------------------------------------------------------------------------------ together

/** What puts leaves together to trees of this structure. */
export const assembler = (s: Structure): Assemble => (isWritten(s) ? writtenAssembler(s) : composedAssembler(s))

interface Cursor {
  readonly leaves: readonly Tensor[]
  next: number
}

const part = (s: Structure): ((from: Cursor) => unknown) => {
  switch (s.kind) {
    case 'leaf':
      return (from) => from.leaves[from.next++]
    case 'static':
      return () => s.value
    case 'array': {
      const children = s.children.map(part)
      return (from) => children.map((child) => child(from))
    }
    case 'record': {
      const children = s.children.map(part)
      return (from) => {
        const built: Record<string, unknown> = {}
        for (let i = 0; i < s.keys.length; i++) define(built, s.keys[i] as string, children[i]?.(from))
        return built
      }
    }
  }
}

/** The same, of functions that call each other. */
export const composedAssembler = (s: Structure): Assemble => {
  const assemble = part(s)
  return (leaves) => assemble({ leaves, next: 0 })
}

/** The same, written out. */
const writtenAssembler = (structure: Structure): Assemble => {
  const held: unknown[] = []
  let next = 0
  const go = (s: Structure): string => {
    switch (s.kind) {
      case 'leaf':
        return `leaves[${next++}]`
      case 'static':
        return `held[${held.push(s.value) - 1}]`
      case 'array':
        return `[${s.children.map(go).join(', ')}]`
      case 'record':
        return `{ ${s.children.map((child, i) => `${keyText(s.keys[i] as string)}: ${go(child)}`).join(', ')} }`
    }
  }
  return new Function('held', `return (leaves) => (${go(structure)})`)(held)
}

/** In brackets, __proto__ is a key like any other; as a name it sets the prototype. */
const keyText = (key: string): string => (key === '__proto__' ? `['${key}']` : JSON.stringify(key))
