/**
 * The structure of a tree as text: each leaf by the name its tensor has in the file, keys in order, static parts as they
 * are. In JSON: `{"tensor": name}`, `{"weak": name}` and `{"number": name}` are leaves, `{"array": […]}` and
 * `{"record": [[key, …], …]}` branches, `{"static": value}` what is no leaf.
 */
import { FormatError, TreeError } from '../core/error.js'
import { pathsOf, type Structure } from '../tree/tree.js'
import { kind } from './like.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A leaf of the tree: a tensor, one made of JS numbers only, or a JS number. */
export interface Named {
  readonly name: string
  readonly kind: 'tensor' | 'weak' | 'number'
}

/** Trees nested deeper are refused: nobody writes them, and reading them would exhaust the stack. */
const MAX_DEPTH = 500

// -------------------------------------------------------------------------------------------------------------- writing

/** Paths as names: `0.w` for `[0].w`; a name that is taken, empty or reserved gets a number. */
const namesOf = (structure: Structure): readonly string[] => {
  const taken = new Set<string>(['', '__metadata__'])
  return pathsOf(structure).map((path) => {
    const plain = path.replaceAll(/\[(\d+)\]/g, '.$1').replace(/^\./, '')
    let name = plain === '' ? 'value' : plain
    for (let k = 2; taken.has(name); k++) name = `${plain}#${k}`
    taken.add(name)
    return name
  })
}

/** Structure and names of its leaves. @throws TreeError for static parts that no file can hold */
export const writeStructure = (
  structure: Structure,
  kinds: readonly Named['kind'][],
): { readonly text: string; readonly names: readonly string[] } => {
  const names = namesOf(structure)
  let next = 0
  const go = (s: Structure, path: string, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw refuse(path, `the tree is nested deeper than ${MAX_DEPTH}`)
    switch (s.kind) {
      case 'leaf':
        return { [kinds[next] as string]: names[next++] }
      case 'array':
        return { array: s.children.map((c, i) => go(c, `${path}[${i}]`, depth + 1)) }
      case 'record':
        return {
          record: s.keys.map((k, i) => [
            k,
            go(s.children[i] as Structure, path === '' ? k : `${path}.${k}`, depth + 1),
          ]),
        }
      case 'static':
        if (s.value === undefined) return { static: [] }
        if (s.value === null || typeof s.value === 'string' || typeof s.value === 'boolean') return { static: s.value }
        throw refuse(path, `${kind(s.value)} cannot be saved`)
    }
  }
  return { text: JSON.stringify(go(structure, '', 0)), names }
}

const refuse = (path: string, problem: string): TreeError =>
  new TreeError({ operation: 'encodeParams', problem, path, hint: 'take it out first: partition splits a tree' })

// -------------------------------------------------------------------------------------------------------------- reading

const malformed = (problem: string): FormatError => new FormatError({ operation: 'decodeParams', problem })

const KINDS: readonly unknown[] = ['tensor', 'weak', 'number'] satisfies readonly Named['kind'][]

/** Structure and leaves. @throws FormatError for any other text */
export const parseStructure = (text: unknown): { readonly structure: Structure; readonly leaves: readonly Named[] } => {
  const leaves: Named[] = []
  const go = (x: unknown, depth: number): Structure => {
    if (depth > MAX_DEPTH) throw malformed(`the tree is nested deeper than ${MAX_DEPTH}`)
    const [entry, ...others] = typeof x === 'object' && x !== null ? Object.entries(x) : []
    if (entry === undefined || others.length > 0) throw malformed('the structure of the tree cannot be read')
    const [tag, value] = entry as readonly [string, unknown]
    if (KINDS.includes(tag) && typeof value === 'string') {
      leaves.push({ name: value, kind: tag as Named['kind'] })
      return { kind: 'leaf' }
    }
    if (tag === 'array' && Array.isArray(value)) return { kind: 'array', children: value.map((c) => go(c, depth + 1)) }
    if (tag === 'record' && Array.isArray(value)) return record(value, depth)
    if (tag === 'static' && (value === null || typeof value === 'string' || typeof value === 'boolean'))
      return { kind: 'static', value }
    if (tag === 'static' && Array.isArray(value) && value.length === 0) return { kind: 'static', value: undefined }
    throw malformed('the structure of the tree cannot be read')
  }
  const record = (pairs: readonly unknown[], depth: number): Structure => {
    const keys = new Set<string>()
    const children = pairs.map((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string' || keys.has(pair[0]))
        throw malformed('the structure of the tree cannot be read')
      keys.add(pair[0])
      return go(pair[1], depth + 1)
    })
    return { kind: 'record', keys: [...keys], children }
  }
  if (typeof text !== 'string') throw malformed('the structure of the tree is not text')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw malformed('the structure of the tree is not JSON')
  }
  return { structure: go(json, 0), leaves }
}
