/** Arithmetic on shapes at run time: counts, strides, broadcasting, axes. The compiler's side is in `static.ts`. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import type { Shape } from '../core/value.js'

/** The shape of a scalar; every rank-0 value shares it. */
export const SCALAR: Shape = Object.freeze([])

/** Number of elements. */
export const sizeOf = (shape: Shape): number => {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i] as number
  return n
}

/** Row-major strides, in elements. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length)
  let n = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = n
    n *= shape[i] as number
  }
  return strides
}

/** Whether two shapes are the same, size by size. */
export const sameShape = (a: Shape, b: Shape): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** `[0, 1, …, n - 1]`. */
export const range = (n: number): number[] => {
  const r = new Array<number>(n)
  for (let i = 0; i < n; i++) r[i] = i
  return r
}

/** The axes of a shape of this rank that are not in `axes`. */
export const otherAxes = (rank: number, axes: readonly number[]): number[] =>
  range(rank).filter((i) => !axes.includes(i))

/** The shape without these axes. */
export const dropAxes = (shape: Shape, axes: readonly number[]): number[] => shape.filter((_, i) => !axes.includes(i))

/** The permutation that undoes `permutation`. */
export const invertPermutation = (permutation: readonly number[]): number[] => {
  const inverse = new Array<number>(permutation.length)
  permutation.forEach((p, i) => {
    inverse[p] = i
  })
  return inverse
}

/** Whether a permutation moves nothing. */
export const isIdentity = (permutation: readonly number[]): boolean => permutation.every((p, i) => p === i)

/** NumPy's broadcast of two shapes. @throws ShapeError that names both and the sizes that differ */
export const broadcastShapes = (operation: string, a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let i = 1; i <= rank; i++) {
    const x = i <= a.length ? (a[a.length - i] as number) : 1
    const y = i <= b.length ? (b[b.length - i] as number) : 1
    if (x !== y && x !== 1 && y !== 1)
      throw new ShapeError({
        operation,
        problem: `cannot broadcast ${showShape(a)} with ${showShape(b)}: sizes ${x} and ${y} differ`,
        hint: 'sizes must be equal, or one of them 1, counted from the last axis',
      })
    out[rank - i] = x === 1 ? y : x
  }
  return out
}

/** An axis counted from the front; negative ones count from the back. @throws ShapeError when out of range */
export const normalizeAxis = (operation: string, axis: number, shape: Shape): number => {
  const rank = shape.length
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError({ operation, problem: `axis ${axis} is out of range for shape ${showShape(shape)}` })
  return axis < 0 ? axis + rank : axis
}

/** A list of axes, normalised, sorted, without repeats; `undefined` means all. @throws ShapeError */
export const normalizeAxes = (
  operation: string,
  axis: number | readonly number[] | undefined,
  shape: Shape,
): readonly number[] => {
  if (axis === undefined) return range(shape.length)
  if (typeof axis === 'number') return [normalizeAxis(operation, axis, shape)]
  const axes = axis.map((a) => normalizeAxis(operation, a, shape)).sort((p, q) => p - q)
  axes.forEach((a, i) => {
    if (i > 0 && axes[i - 1] === a)
      throw new ShapeError({ operation, problem: `axis ${a} is named twice for shape ${showShape(shape)}` })
  })
  return axes
}

/** A copy of a shape that a caller gives, when every size is one an array can have. @throws ValueError */
export const checkShape = (operation: string, shape: Shape): Shape => {
  for (let i = 0; i < shape.length; i++) {
    const n = shape[i] as number
    if (!Number.isInteger(n) || n < 0)
      throw new ValueError({
        operation,
        problem: `size ${n} of axis ${i} in ${showShape(shape)} is not a non-negative integer`,
      })
  }
  const n = sizeOf(shape)
  if (n > MAX_ELEMENTS)
    throw new ValueError({
      operation,
      problem: `${showShape(shape)} has ${n} elements; at most ${MAX_ELEMENTS} fit in an array`,
    })
  return [...shape]
}

const MAX_ELEMENTS = 2 ** 32
