/**
 * Datasets: examples by column. A dataset is any record or tuple of tensors whose first axes count the same examples,
 * for supervised learning `{ x, y }`; row i of every column belongs to example i.
 */
import { ShapeError, showShape, TreeError } from '../core/error.js'
import type { DType, Shape, Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { flatten, mapLeaves, pathsOf } from '../tree/tree.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Examples and what should be said of them. */
export interface Dataset<X = Tensor, Y = Tensor> {
  readonly x: X
  readonly y: Y
}

type RowsOf<S extends Shape> = S extends readonly [number, ...infer R extends Shape] ? [number, ...R] : Shape

/** The same columns with some of their rows: how many is known only at run time. */
export type Rows<D> =
  D extends Tensor<infer S extends Shape, infer T extends DType>
    ? Tensor<RowsOf<S>, T>
    : { readonly [K in keyof D]: Rows<D[K]> }

// -------------------------------------------------------------------------------------------------------------- reading

/**
 * How many examples a dataset holds.
 *
 * @throws ShapeError when its columns count differently or one is a scalar, TreeError when there is no column
 */
export const count = (data: unknown): number => {
  const { structure, leaves } = flatten(data)
  const paths = pathsOf(structure)
  let n: number | undefined
  leaves.forEach((x, i) => {
    const shape = typeof x === 'number' ? [] : x.shape
    const rows = shape[0]
    if (rows === undefined)
      throw new ShapeError({
        operation: 'count',
        problem: 'a scalar has no rows',
        path: paths[i],
        hint: 'a column is a tensor that has one row for each example: tensor([…])',
      })
    if (n !== undefined && rows !== n)
      throw new ShapeError({
        operation: 'count',
        problem: `${showShape(shape)} has ${rows} rows, ${paths[0]} has ${n}`,
        path: paths[i],
      })
    n = rows
  })
  if (n === undefined) throw new TreeError({ operation: 'count', problem: 'the dataset has no column' })
  return n
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** Rows by index, i32 [k], in that order; the same row may be chosen twice. */
export const rowsAt = <D>(data: D, indices: Tensor<Shape, 'i32'>): Rows<D> =>
  mapLeaves((x) => b.gather(x, indices, 0))(data) as unknown as Rows<D>

/** Rows from `start` (included) to `stop` (excluded). */
export const rowsFrom = <D>(data: D, start: number, stop: number): Rows<D> =>
  mapLeaves((x) =>
    b.slice(x, {
      start: x.shape.map((_, i) => (i === 0 ? start : 0)),
      stop: x.shape.map((n, i) => (i === 0 ? stop : n)),
      step: x.shape.map(() => 1),
    }),
  )(data) as unknown as Rows<D>

/**
 * The first `n` examples and the others, to train on the one and validate on the other.
 *
 * @throws ShapeError when there are fewer than `n`
 * @example
 * ```ts
 * import { tensor } from 'lanac'
 * import { count, splitAt } from 'lanac/data'
 * const data = { x: tensor([[1, 2], [3, 4], [5, 6]]), y: tensor([0, 1, 1]) }
 * assert.deepStrictEqual(splitAt(data, 2).map(count), [2, 1])
 * ```
 */
export const splitAt = <D>(data: D, n: number): readonly [Rows<D>, Rows<D>] => {
  const total = count(data)
  if (!Number.isInteger(n) || n < 0 || n > total)
    throw new ShapeError({ operation: 'splitAt', problem: `cannot split ${total} examples after ${n}` })
  return [rowsFrom(data, 0, n), rowsFrom(data, n, total)]
}
