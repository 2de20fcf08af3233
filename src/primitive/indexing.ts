/**
 * Indexing by integers: gather reads rows, scatter-add is its transpose.
 *
 * x: [...B, N, ...R], indices: [...B, K] → [...B, K, ...R], where the first `batch` axes B are common to both. Indices
 * count from the front, negative ones from the back; others are refused.
 */
import { DTypeError, ShapeError, showShape, ValueError } from '../core/error.js'
import type { Abstract, Shape, Tensor } from '../core/value.js'
import { allocate, bufferOf, type Concrete, concrete, elementAt } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { alignAll, drawn, linear } from './define.js'
import type { Argument, Domain, Drawn, Sample, Single } from './record.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many leading axes the two arguments share. */
export interface GatherParams {
  readonly batch: number
}

/** Shared leading axes, and the size N of the axis written to. */
export interface ScatterParams extends GatherParams {
  readonly size: number
}

const check = (operation: string, p: GatherParams, x: Abstract, indices: Abstract): void => {
  if (indices.dtype !== 'i32')
    throw new DTypeError({
      operation,
      problem: `indices must be i32, found ${indices.dtype} of shape ${showShape(indices.shape)}`,
      hint: "convert them: convert(indices, 'i32')",
    })
  const shared = x.shape.slice(0, p.batch).every((n, i) => n === indices.shape[i])
  if (indices.shape.length !== p.batch + 1 || x.shape.length < p.batch + 1 || !shared)
    throw new ShapeError({
      operation,
      problem: `indices ${showShape(indices.shape)} do not fit ${showShape(x.shape)} with ${p.batch} shared axes`,
    })
}

const replace = (shape: Shape, axis: number, size: number): Shape => shape.map((n, i) => (i === axis ? size : n))

/** The row that an index names. @throws ValueError when it is out of range */
const row = (operation: string, index: number, size: number): number => {
  const at = index < 0 ? index + size : index
  if (!(at >= 0 && at < size))
    throw new ValueError({ operation, problem: `index ${index} is out of range for an axis of size ${size}` })
  return at
}

/** Rows from this size on are copied as blocks of memory. */
export const WIDE = 32

// -------------------------------------------------------------------------------------------------------------- samples

const rows = (n: number): Domain => ({ low: 0, high: n - 1, integer: true })
const at = (shape: Shape, n: number): Drawn => drawn(shape, rows(n), 'i32')

const GATHERED: readonly Sample<GatherParams>[] = [
  { params: { batch: 0 }, args: [drawn([3]), at([5], 3)] },
  { params: { batch: 0 }, args: [drawn([3, 2, 4]), at([5], 3)] },
  { params: { batch: 1 }, args: [drawn([2, 3, 4]), at([2, 5], 3)] },
  { params: { batch: 2 }, args: [drawn([2, 3, 4]), at([2, 3, 6], 4)] },
  { params: { batch: 0 }, args: [drawn([3, 2]), at([0], 3)] },
  { params: { batch: 0 }, args: [drawn([3]), drawn([4], { low: -3, high: 2, integer: true }, 'i32')] },
]

// --------------------------------------------------------------------------------------------------------------- rules

/** Rows of x by index. */
export const gather: Single<GatherParams> = linear<GatherParams>({
  name: 'gather',
  abstract: (p, args) => {
    const [x, indices] = args as readonly [Abstract, Abstract]
    check('gather', p, x, indices)
    return { shape: replace(x.shape, p.batch, indices.shape[p.batch] as number), dtype: x.dtype }
  },
  evaluate: (p, args) => {
    const [x, indices] = args as readonly [Concrete, Concrete]
    const n = x.shape[p.batch] as number
    const k = indices.shape[p.batch] as number
    const inner = sizeOf(x.shape.slice(p.batch + 1))
    const outer = sizeOf(x.shape.slice(0, p.batch))
    const d = bufferOf(x)
    const o = allocate(x.dtype, outer * k * inner)
    for (let b = 0; b < outer; b++)
      for (let i = 0; i < k; i++) {
        const from = (b * n + row('gather', elementAt(indices, b * k + i), n)) * inner
        const to = (b * k + i) * inner
        if (inner < WIDE) for (let r = 0; r < inner; r++) o[to + r] = d[from + r] as number
        else o.set(d.subarray(from, from + inner), to)
      }
    return concrete(replace(x.shape, p.batch, k), x.dtype, o)
  },
  transpose: (b, ct, x, p) => [
    b.scatterAdd(ct, x[1] as Tensor, p.batch, (x[0] as Argument).shape[p.batch] as number),
    null,
  ],
  batch: (b, x, axis, n, p) => {
    const [v, indices] = alignAll(b, x, axis, n) as [Tensor, Tensor]
    return b.gather(v, indices, p.batch + 1)
  },
  samples: {
    cases: GATHERED,
    examples: [
      {
        params: { batch: 0 },
        args: [
          [10, 20, 30],
          [2, 0, -1, 2],
        ],
        value: [30, 10, 30, 30],
        dtypes: [['f64', 'i32'], 'f64'],
        partials: [[1, 0, 3], null],
      },
      {
        params: { batch: 1 },
        args: [
          [
            [1, 2],
            [3, 4],
          ],
          [[1], [0]],
        ],
        value: [[2], [3]],
        dtypes: [['f64', 'i32'], 'f64'],
        partials: [
          [
            [0, 1],
            [1, 0],
          ],
          null,
        ],
      },
    ],
    refused: [
      { params: { batch: 0 }, args: [drawn([3]), drawn([2])], error: 'DTypeError' },
      { params: { batch: 1 }, args: [drawn([2, 3]), at([3, 2], 3)], error: 'ShapeError' },
    ],
  },
})

/** Rows of x added into zeros at their index; rows with the same index add up. */
export const scatterAdd: Single<ScatterParams> = linear<ScatterParams>({
  name: 'scatterAdd',
  abstract: (p, args) => {
    const [x, indices] = args as readonly [Abstract, Abstract]
    check('scatterAdd', p, x, indices)
    if (x.shape[p.batch] !== indices.shape[p.batch])
      throw new ShapeError({
        operation: 'scatterAdd',
        problem: `${x.shape[p.batch]} rows of ${showShape(x.shape)} for ${indices.shape[p.batch]} indices of ${showShape(indices.shape)}`,
      })
    return { shape: replace(x.shape, p.batch, p.size), dtype: x.dtype }
  },
  evaluate: (p, args) => {
    const [x, indices] = args as readonly [Concrete, Concrete]
    const k = x.shape[p.batch] as number
    const inner = sizeOf(x.shape.slice(p.batch + 1))
    const outer = sizeOf(x.shape.slice(0, p.batch))
    const d = bufferOf(x)
    const o = allocate(x.dtype, outer * p.size * inner)
    for (let b = 0; b < outer; b++)
      for (let i = 0; i < k; i++) {
        const to = (b * p.size + row('scatterAdd', elementAt(indices, b * k + i), p.size)) * inner
        const from = (b * k + i) * inner
        for (let r = 0; r < inner; r++) o[to + r] = (o[to + r] as number) + (d[from + r] as number)
      }
    return concrete(replace(x.shape, p.batch, p.size), x.dtype, o)
  },
  transpose: (b, ct, x, p) => [b.gather(ct, x[1] as Tensor, p.batch), null],
  batch: (b, x, axis, n, p) => {
    const [v, indices] = alignAll(b, x, axis, n) as [Tensor, Tensor]
    return b.scatterAdd(v, indices, p.batch + 1, p.size)
  },
  samples: {
    cases: [
      { params: { batch: 0, size: 3 }, args: [drawn([5]), at([5], 3)] },
      { params: { batch: 0, size: 3 }, args: [drawn([5, 2, 4]), at([5], 3)] },
      { params: { batch: 1, size: 4 }, args: [drawn([2, 5, 3]), at([2, 5], 4)] },
      { params: { batch: 2, size: 2 }, args: [drawn([2, 3, 4]), at([2, 3, 4], 2)] },
      { params: { batch: 0, size: 3 }, args: [drawn([0, 2]), at([0], 3)] },
    ],
    examples: [
      {
        params: { batch: 0, size: 3 },
        args: [
          [1, 2, 4],
          [2, 0, 2],
        ],
        value: [2, 0, 5],
        dtypes: [['f64', 'i32'], 'f64'],
        partials: [[1, 1, 1], null],
      },
      {
        params: { batch: 1, size: 2 },
        args: [
          [[1], [2]],
          [[1], [0]],
        ],
        value: [
          [0, 1],
          [2, 0],
        ],
        dtypes: [['f64', 'i32'], 'f64'],
        partials: [[[1], [1]], null],
      },
    ],
    refused: [
      { params: { batch: 0, size: 3 }, args: [drawn([3]), drawn([3])], error: 'DTypeError' },
      { params: { batch: 0, size: 3 }, args: [drawn([3]), at([2], 3)], error: 'ShapeError' },
    ],
  },
})
