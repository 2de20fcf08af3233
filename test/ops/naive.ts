/** Arrays as plain nested data, and operations on them by definition, one element at a time: what the tests compare with. */
import * as fc from 'fast-check'
import { fromTypedArray, type Tensor, toTypedArray } from 'lanac'

/** A shape and its elements in row-major order. */
export interface Plain {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** Number of elements. */
export const count = (shape: readonly number[]): number => shape.reduce((p, n) => p * n, 1)

/** Every index of a shape, in row-major order. */
export const indices = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>((all, n) => all.flatMap((i) => Array.from({ length: n }, (_, k) => [...i, k])), [[]])

/** The element at an index. */
export const at = (x: Plain, index: readonly number[]): number =>
  x.data[index.reduce((flat, i, axis) => flat * (x.shape[axis] as number) + i, 0)] as number

/** The array whose element at each index is given. */
export const build = (shape: readonly number[], f: (index: readonly number[]) => number): Plain => ({
  shape,
  data: indices(shape).map(f),
})

/** As a tensor. */
export const lift = (x: Plain): Tensor<number[], 'f64'> => fromTypedArray(Float64Array.from(x.data), [...x.shape])

/** From a tensor; −0 as 0. */
export const lower = (x: Tensor): Plain => ({ shape: [...x.shape], data: Array.from(toTypedArray(x), (v) => v + 0) })

/** Shapes with sizes 0 and 1 among them. */
export const shapes = (maxRank = 4, least = 0): fc.Arbitrary<number[]> =>
  fc.array(
    fc.nat({ max: 4 - least }).map((n) => n + least),
    { maxLength: maxRank },
  )

/** An array of a shape of small whole numbers: sums and products of them are exact. */
export const plain = (shape: readonly number[]): fc.Arbitrary<Plain> =>
  fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: count(shape), maxLength: count(shape) })
    .map((data) => ({ shape, data }))

/** Small arrays of any shape. */
export const plains = (maxRank = 4, least = 0): fc.Arbitrary<Plain> => shapes(maxRank, least).chain(plain)
