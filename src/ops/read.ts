/** Values to JS: numbers, nested arrays, typed arrays; comparison. Reading copies. A traced value is computed on demand. */
import { ShapeError, showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { force } from '../tape/node.js'
import { bufferOf, type Concrete, elementAt, withOperation } from '../tensor/concrete.js'
import { sameShape, sizeOf } from '../tensor/shape.js'
import { lift } from './operand.js'
import type { Item, ToArray, ToTypedArray } from './signatures.js'

const read = (operation: string, x: unknown): Concrete => force(lift(operation, x), operation)

/**
 * The one element of an array, as a JS number (a boolean for bool). Outside jit and vmap also of a value being
 * differentiated, so plain `if` works; a product with it drops its gradient.
 *
 * @throws ShapeError when there is not exactly one element, ConcretizationError inside jit and vmap
 */
export const item = ((x: unknown) => {
  const v = read('item', x)
  if (sizeOf(v.shape) !== 1)
    throw new ShapeError({
      operation: 'item',
      problem: `shape ${showShape(v.shape)} has ${sizeOf(v.shape)} elements, not 1`,
      hint: 'use toArray',
    })
  const e = elementAt(v, 0)
  return v.dtype === 'bool' ? e !== 0 : e
}) as Item

/** The elements as nested arrays. */
export const toArray = ((x: unknown) => {
  const v = read('toArray', x)
  let next = 0
  const element = (): number | boolean => {
    const e = elementAt(v, next++)
    return v.dtype === 'bool' ? e !== 0 : e
  }
  const go = (axis: number): unknown =>
    axis === v.shape.length ? element() : Array.from({ length: v.shape[axis] as number }, () => go(axis + 1))
  return go(0)
}) as unknown as ToArray

/** The elements in row-major order, in the typed array of the element type (a bool as 0 and 1). */
export const toTypedArray = ((x: unknown) => {
  const v = read('toTypedArray', x)
  try {
    return v.buffer === null ? bufferOf(v) : v.buffer.slice()
  } catch (e) {
    throw withOperation(e, 'toTypedArray', () => [v])
  }
}) as ToTypedArray

/** Whether two arrays have the same shape, element type and elements; NaN equals NaN, 0 equals −0. */
export const equals = (x: Tensor | number, y: Tensor | number): boolean => {
  const a = read('equals', x)
  const b = read('equals', y)
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false
  for (let i = 0; i < sizeOf(a.shape); i++) {
    const p = elementAt(a, i)
    const q = elementAt(b, i)
    if (!(p === q || (p !== p && q !== q))) return false
  }
  return true
}

/** How near is near: |x − y| ≤ absolute + relative · |y|. */
export interface Closeness {
  readonly relative?: number
  readonly absolute?: number
}

/** Whether two arrays have the same shape and nearly the same elements (relative 1e-5, absolute 1e-8 unless named). */
export const allClose = (x: Tensor | number, y: Tensor | number, closeness: Closeness = {}): boolean => {
  const { relative = 1e-5, absolute = 1e-8 } = closeness
  const a = read('allClose', x)
  const b = read('allClose', y)
  if (!sameShape(a.shape, b.shape)) return false
  for (let i = 0; i < sizeOf(a.shape); i++) {
    const p = elementAt(a, i)
    const q = elementAt(b, i)
    const near =
      p === q || (p !== p && q !== q) || (Number.isFinite(q) && Math.abs(p - q) <= absolute + relative * Math.abs(q))
    if (!near) return false
  }
  return true
}

/** The shape of a value. */
export const shape = <X extends Tensor>(x: X): X['shape'] => x.shape

/** The element type of a value. */
export const dtype = <X extends Tensor>(x: X): X['dtype'] => x.dtype
