/**
 * Trees of a structure that is known: taken apart and put together again and again, by functions that are made for it once.
 */
import type { Tensor } from '../core/value.js'
import { define, isLeaf, isRecord, type Leaf, type Structure } from './tree.js'

// --------------------------------------------------------------------------------------------------------------- apart

/** Adds the leaves of a tree to a list; false when the tree is of another structure. */
export type Collect = (x: unknown, out: Leaf[]) => boolean

/** What collects the leaves of trees of this structure. */
export const collector = (s: Structure): Collect => {
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
      const children = s.children.map(collector)
      return (x, out) => {
        if (!Array.isArray(x) || x.length !== children.length) return false
        for (let i = 0; i < children.length; i++) if (!(children[i] as Collect)(x[i], out)) return false
        return true
      }
    }
    case 'record': {
      const { keys } = s
      const children = s.children.map(collector)
      return (x, out) => {
        if (typeof x !== 'object' || x === null || !isRecord(x)) return false
        let i = 0
        for (const k in x) {
          if (k !== keys[i]) return false
          if (!(children[i] as Collect)((x as Readonly<Record<string, unknown>>)[k], out)) return false
          i += 1
        }
        return i === keys.length
      }
    }
  }
}

// ------------------------------------------------------------------------------------------------------------ together

interface Cursor {
  readonly leaves: readonly Tensor[]
  next: number
}

type Assemble = (from: Cursor) => unknown

const part = (s: Structure): Assemble => {
  switch (s.kind) {
    case 'leaf':
      return (from) => from.leaves[from.next++]
    case 'static':
      return () => s.value
    case 'array': {
      const children = s.children.map(part)
      return (from) => {
        const out = new Array<unknown>(children.length)
        for (let i = 0; i < children.length; i++) out[i] = (children[i] as Assemble)(from)
        return out
      }
    }
    case 'record':
      return record(s.keys, s.children.map(part))
  }
}

/** A record; one of two keys, such as the parameters of a layer, in one go. */
const record = (keys: readonly string[], children: readonly Assemble[]): Assemble => {
  const [a, b] = keys as readonly [string, string]
  const [first, second] = children as readonly [Assemble, Assemble]
  if (keys.length === 2 && !keys.includes('__proto__')) return (from) => ({ [a]: first(from), [b]: second(from) })
  return (from) => {
    const built: Record<string, unknown> = {}
    for (let i = 0; i < keys.length; i++) define(built, keys[i] as string, (children[i] as Assemble)(from))
    return built
  }
}

/** What puts leaves together to trees of this structure. */
export const assembler = (s: Structure): ((leaves: readonly Tensor[]) => unknown) => {
  const assemble = part(s)
  return (leaves) => assemble({ leaves, next: 0 })
}
