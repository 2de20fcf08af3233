/**
 * Batches: a dataset in parts of one size, in the order of a key or as it stands.
 *
 * Laws: without `dropLast` the batches hold every example exactly once; the same key gives the same batches.
 */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { foldIn, type Key, permutation } from '../random/index.js'
import { builder as b } from '../tape/node.js'
import { mapLeaves } from '../tree/tree.js'
import { count, type Rows, rowsAt, rowsFrom } from './dataset.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How to cut a dataset into batches. */
export interface BatchOptions {
  /** Examples in a batch. */
  readonly size: number
  /** The key of their order; without one they stay in order. */
  readonly key?: Key | undefined
  /** Which pass over the data this is: every epoch has an order of its own. */
  readonly epoch?: number | undefined
  /** Leave out a last batch that is not full. */
  readonly dropLast?: boolean | undefined
}

/** A lazy list of batches: each is gathered when it is asked for. Iterating again gives the same. */
export interface Batches<D> extends Iterable<Rows<D>> {
  /** How many there are. */
  readonly length: number
  /** Batch number `i`, from 0. */
  readonly at: (i: number) => Rows<D>
  /** Full batches from number `from` up to, not including, `to`, one above the other: columns of [to − from, size, …]. */
  readonly stack: (from: number, to: number) => Rows<D>
}

// --------------------------------------------------------------------------------------------------------- constructors

/**
 * A dataset in batches, shuffled by a key: `for (const { x, y } of batches(data, { size: 64, key: key(0), epoch }))`.
 *
 * The last batch holds what is left, unless `dropLast`. The order of epoch e is the permutation drawn with
 * `foldIn(key, e)`, with the key itself when no epoch is named.
 *
 * @throws ValueError for a size below 1, ShapeError when columns differ in their number of rows
 * @example
 * ```ts
 * import { tensor } from 'lanac'
 * import { batches } from 'lanac/data'
 * import { key } from 'lanac/random'
 * const data = { x: tensor([[1, 2], [3, 4], [5, 6]]), y: tensor([0, 1, 1]) }
 * const shapes = [...batches(data, { size: 2, key: key(0) })].map(({ x }) => x.shape)
 * assert.deepStrictEqual(shapes, [[2, 2], [1, 2]])
 * ```
 */
export const batches = <D>(data: D, options: BatchOptions): Batches<D> => {
  const { size, key, epoch, dropLast = false } = options
  if (!Number.isInteger(size) || size < 1)
    throw new ValueError({
      operation: 'batches',
      problem: `the size of a batch is a whole number from 1, found ${size}`,
    })
  const n = count(data)
  const length = dropLast ? Math.floor(n / size) : Math.ceil(n / size)
  let order: Tensor<[number], 'i32'> | undefined
  const at = (i: number): Rows<D> => {
    if (!Number.isInteger(i) || i < 0 || i >= length)
      throw new ValueError({ operation: 'batches', problem: `there is no batch ${i} of ${length}, counted from 0` })
    return rows(i * size, Math.min(n, (i + 1) * size))
  }
  const rows = (start: number, stop: number): Rows<D> => {
    if (key === undefined) return rowsFrom(data, start, stop)
    order ??= permutation(epoch === undefined ? key : foldIn(key, epoch), n)
    return rowsAt(data, rowsFrom(order, start, stop))
  }
  const stack = (from: number, to: number): Rows<D> => {
    const full = Math.floor(n / size)
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > full)
      throw new ValueError({
        operation: 'batches',
        problem: `there are no full batches ${from} to ${to}, there are ${full}`,
      })
    return mapLeaves((x) => b.reshape(x, [to - from, size, ...x.shape.slice(1)]))(
      rows(from * size, to * size),
    ) as unknown as Rows<D>
  }
  return {
    length,
    at,
    stack,
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield at(i)
    },
  }
}
