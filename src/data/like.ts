/** Whether a tree that was read is the one expected: its structure, shapes and element types. */
import { showShape, TreeError } from '../core/error.js'
import { isTensor } from '../core/value.js'

type Json = Readonly<Record<string, unknown>>

/** Refuses a tree that differs from another in structure, shape or element type, and says where. @throws TreeError */
export const checkLike = (operation: string, found: unknown, like: unknown): void => {
  const differ = (path: string, problem: string): never => {
    throw new TreeError({
      operation,
      problem,
      path: path === '' ? undefined : path,
      hint: 'was it saved from another model?',
    })
  }
  const go = (x: unknown, y: unknown, path: string): void => {
    if (isTensor(x) && isTensor(y)) {
      if (showShape(x.shape) !== showShape(y.shape) || x.dtype !== y.dtype)
        differ(path, `the file has ${x.dtype}${showShape(x.shape)}, expected ${y.dtype}${showShape(y.shape)}`)
      return
    }
    if (kind(x) !== kind(y)) differ(path, `the file has ${kind(x)}, expected ${kind(y)}`)
    if (kind(x) === 'a record' || kind(x) === 'an array') {
      const [a, b] = [Object.keys(x as object), Object.keys(y as object)]
      if (a.join('\0') !== b.join('\0')) differ(path, `the file has ${names(x, a)}, expected ${names(y, b)}`)
      for (const k of a) go((x as Json)[k], (y as Json)[k], join(path, k, Array.isArray(x)))
    } else if (typeof x !== 'number' && !Object.is(x, y))
      differ(path, `the file has ${String(x)}, expected ${String(y)}`)
  }
  go(found, like, '')
}

/** What something is, in words. */
export const kind = (x: unknown): string => {
  if (x === null) return 'null'
  if (isTensor(x)) return 'a tensor'
  if (Array.isArray(x)) return 'an array'
  if (typeof x !== 'object') return x === undefined ? 'nothing' : `a ${typeof x}`
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === null || prototype === Object.prototype ? 'a record' : 'an object with a class'
}

const names = (x: unknown, keys: readonly string[]): string =>
  Array.isArray(x) ? `${keys.length} entries` : keys.length === 0 ? 'no keys' : `keys ${keys.join(', ')}`

const join = (path: string, key: string, inArray: boolean): string =>
  inArray ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
