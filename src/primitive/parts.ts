/** Parts of arrays: slices cut out, edges padded, arrays joined. All linear. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import type { Abstract, Shape, Tensor } from '../core/value.js'
import { allocate, bufferOf, type Concrete, cast, concrete, uniform } from '../tensor/concrete.js'
import { sameShape, sizeOf, stridesOf } from '../tensor/shape.js'
import { alignAll, checkSameDType, drawn, linear } from './define.js'
import { readStrided, writeStrided } from './kernel.js'
import { type Argument, isHole, type Sample, type Single } from './record.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** For each axis: from `start` (included) to `stop` (excluded) by `step` ≥ 1. */
export interface SliceParams {
  readonly start: readonly number[]
  readonly stop: readonly number[]
  readonly step: readonly number[]
}

/** For each axis: elements of `value` before, after, and between every two. */
export interface PadParams {
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly interior: readonly number[]
  readonly value: number
}

const RANK3: Shape = [2, 3, 4]
const single = <P>(params: P, shape: Shape): Sample<P> => ({ params, args: [drawn(shape)] })

// ------------------------------------------------------------------------------------------------------- slice and pad

/** Every `step`-th element from `start` to before `stop` along each axis. */
export const slice: Single<SliceParams> = linear<SliceParams>({
  name: 'slice',
  abstract: (p, args) => {
    const x = args[0] as Abstract
    const rank = x.shape.length
    if (p.start.length !== rank || p.stop.length !== rank || p.step.length !== rank)
      throw new ShapeError({
        operation: 'slice',
        problem: `start ${showShape(p.start)}, stop ${showShape(p.stop)} and step ${showShape(p.step)} must name each axis of ${showShape(x.shape)}`,
      })
    x.shape.forEach((n, i) => {
      const from = p.start[i] as number
      const to = p.stop[i] as number
      if (!(from >= 0 && from <= to && to <= n))
        throw new ShapeError({
          operation: 'slice',
          problem: `${from} to ${to} is out of range for axis ${i} of ${showShape(x.shape)}`,
        })
      if (!((p.step[i] as number) >= 1))
        throw new ValueError({
          operation: 'slice',
          problem: `step ${p.step[i]} of axis ${i} is below 1`,
          hint: 'flip first to go backwards',
        })
    })
    return { shape: sliceShape(p), dtype: x.dtype }
  },
  evaluate: (p, args) => {
    const x = args[0] as Concrete
    const shape = sliceShape(p)
    if (x.buffer === null) return uniform(shape, x.dtype, x.value)
    if (sameShape(shape, x.shape)) return x
    const strides = stridesOf(x.shape)
    const offset = p.start.reduce((o, s, i) => o + s * (strides[i] as number), 0)
    const steps = strides.map((s, i) => s * (p.step[i] as number))
    return concrete(shape, x.dtype, readStrided(x.buffer, x.dtype, shape, steps, offset))
  },
  transpose: (b, ct, x, p) => {
    const shape = (x[0] as Argument).shape
    const covered = ct.shape.map((n, i) => (n === 0 ? 0 : (n - 1) * (p.step[i] as number) + 1))
    return [
      b.pad(ct, {
        low: ct.shape.map((n, i) => (n === 0 ? (shape[i] as number) : (p.start[i] as number))),
        high: covered.map((c, i) => (c === 0 ? 0 : (shape[i] as number) - (p.start[i] as number) - c)),
        interior: p.step.map((s) => s - 1),
        value: 0,
      }),
    ]
  },
  batch: (b, x, _, n, p) =>
    b.slice(x[0] as Tensor, { start: [0, ...p.start], stop: [n, ...p.stop], step: [1, ...p.step] }),
  samples: {
    cases: [
      single({ start: [0, 1, 2], stop: [2, 2, 4], step: [1, 1, 1] }, RANK3),
      single({ start: [1, 0, 0], stop: [2, 3, 4], step: [1, 2, 3] }, RANK3),
      single({ start: [0, 0, 1], stop: [2, 3, 4], step: [2, 1, 2] }, RANK3),
      single({ start: [1, 1], stop: [1, 2], step: [1, 1] }, [2, 3]),
      single({ start: [], stop: [], step: [] }, []),
    ],
    examples: [
      {
        params: { start: [0, 1], stop: [2, 3], step: [1, 1] },
        args: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        value: [
          [2, 3],
          [5, 6],
        ],
        partials: [
          [
            [0, 1, 1],
            [0, 1, 1],
          ],
        ],
      },
      {
        params: { start: [1], stop: [6], step: [2] },
        args: [[0, 1, 2, 3, 4, 5]],
        value: [1, 3, 5],
        partials: [[0, 1, 0, 1, 0, 1]],
      },
    ],
    refused: [
      { params: { start: [0], stop: [4], step: [1] }, args: [drawn([3])], error: 'ShapeError' },
      { params: { start: [2], stop: [1], step: [1] }, args: [drawn([3])], error: 'ShapeError' },
      { params: { start: [-1], stop: [1], step: [1] }, args: [drawn([3])], error: 'ShapeError' },
      { params: { start: [0], stop: [1], step: [1] }, args: [drawn([2, 2])], error: 'ShapeError' },
      { params: { start: [0], stop: [3], step: [0] }, args: [drawn([3])], error: 'ValueError' },
    ],
  },
})

const sliceShape = (p: SliceParams): Shape =>
  p.start.map((s, i) => Math.ceil(((p.stop[i] as number) - s) / (p.step[i] as number)))

const padShape = (shape: Shape, p: PadParams): Shape =>
  shape.map((n, i) => (p.low[i] as number) + (p.high[i] as number) + n + Math.max(0, n - 1) * (p.interior[i] as number))

/** `value` around and between the elements; linear where `value` is 0, which the tangent's always is. */
export const pad: Single<PadParams> = {
  name: 'pad',
  results: 'one',
  abstract: (p, args) => {
    const x = args[0] as Abstract
    const rank = x.shape.length
    if (p.low.length !== rank || p.high.length !== rank || p.interior.length !== rank)
      throw new ShapeError({
        operation: 'pad',
        problem: `low ${showShape(p.low)}, high ${showShape(p.high)} and interior ${showShape(p.interior)} must name each axis of ${showShape(x.shape)}`,
      })
    for (const k of [...p.low, ...p.high, ...p.interior])
      if (!(k >= 0))
        throw new ValueError({ operation: 'pad', problem: `a padding of ${k} is negative`, hint: 'slice to take away' })
    return { shape: padShape(x.shape, p), dtype: x.dtype }
  },
  evaluate: (p, args) => {
    const x = args[0] as Concrete
    const shape = padShape(x.shape, p)
    if (sameShape(shape, x.shape)) return x
    const o = allocate(x.dtype, sizeOf(shape))
    if (p.value !== 0) o.fill(cast(x.dtype, p.value))
    const strides = stridesOf(shape)
    const offset = p.low.reduce((at, l, i) => at + l * (strides[i] as number), 0)
    writeStrided(
      o,
      bufferOf(x),
      x.shape,
      strides.map((s, i) => s * ((p.interior[i] as number) + 1)),
      offset,
    )
    return concrete(shape, x.dtype, o)
  },
  jvp: (b, t, _, __, p) => (t[0] == null ? null : b.pad(t[0], { ...p, value: 0 })),
  transpose: (b, ct, x, p) => {
    const shape = (x[0] as Argument).shape
    return [
      b.slice(ct, {
        start: p.low.map((l, i) => (shape[i] === 0 ? 0 : l)),
        stop: shape.map((n, i) => (n === 0 ? 0 : (p.low[i] as number) + (n - 1) * ((p.interior[i] as number) + 1) + 1)),
        step: p.interior.map((k) => k + 1),
      }),
    ]
  },
  batch: (b, x, _, __, p) =>
    b.pad(x[0] as Tensor, { low: [0, ...p.low], high: [0, ...p.high], interior: [0, ...p.interior], value: p.value }),
  samples: {
    cases: [
      single({ low: [1, 0, 2], high: [0, 3, 1], interior: [0, 0, 0], value: 0 }, RANK3),
      single({ low: [0, 1, 0], high: [2, 0, 0], interior: [1, 0, 2], value: 0 }, RANK3),
      single({ low: [1], high: [1], interior: [0], value: 7 }, [3]),
      single({ low: [1], high: [2], interior: [3], value: 0 }, [0]),
      single({ low: [], high: [], interior: [], value: 0 }, []),
    ],
    examples: [
      {
        params: { low: [1], high: [2], interior: [1], value: 7 },
        args: [[1, 2]],
        value: [7, 1, 7, 2, 7, 7],
        partials: [[1, 1]],
      },
      {
        params: { low: [0, 1], high: [1, 0], interior: [0, 0], value: 0 },
        args: [[[1, 2]]],
        value: [
          [0, 1, 2],
          [0, 0, 0],
        ],
        partials: [[[1, 1]]],
      },
    ],
    refused: [
      { params: { low: [-1], high: [0], interior: [0], value: 0 }, args: [drawn([3])], error: 'ValueError' },
      { params: { low: [1], high: [0], interior: [0], value: 0 }, args: [drawn([3, 2])], error: 'ShapeError' },
    ],
  },
}

// ---------------------------------------------------------------------------------------------------------- concatenate

/** Arrays one after the other along an axis; linear in each. */
export const concatenate: Single<number> = {
  name: 'concatenate',
  results: 'one',
  abstract: (axis, args) => {
    const first = args[0] as Abstract
    if (!(axis >= 0 && axis < first.shape.length))
      throw new ShapeError({
        operation: 'concat',
        problem: `axis ${axis} is out of range for shape ${showShape(first.shape)}`,
      })
    let total = 0
    args.forEach((x, k) => {
      checkSameDType('concat', first, x)
      if (x.shape.length !== first.shape.length || x.shape.some((n, i) => i !== axis && n !== first.shape[i]))
        throw new ShapeError({
          operation: 'concat',
          problem: `part ${k} has shape ${showShape(x.shape)}, part 0 ${showShape(first.shape)}: they may differ along axis ${axis} only`,
        })
      total += x.shape[axis] as number
    })
    return { shape: first.shape.map((n, i) => (i === axis ? total : n)), dtype: first.dtype }
  },
  evaluate: (axis, args) => {
    const first = args[0] as Concrete
    const total = args.reduce((n, x) => n + (x.shape[axis] as number), 0)
    const shape = first.shape.map((n, i) => (i === axis ? total : n))
    const inner = sizeOf(shape.slice(axis + 1))
    const outer = sizeOf(shape.slice(0, axis))
    const o = allocate(first.dtype, sizeOf(shape))
    let at = 0
    for (const x of args) {
      const block = (x.shape[axis] as number) * inner
      const d = bufferOf(x)
      for (let p = 0; p < outer; p++) o.set(d.subarray(p * block, (p + 1) * block), p * total * inner + at)
      at += block
    }
    return concrete(shape, first.dtype, o)
  },
  jvp: (b, t, x, _, axis) =>
    b.concatenate(
      t.map((dx, i) => dx ?? b.like(x[i] as Tensor, 0)),
      axis,
    ),
  transpose: (b, ct, x, axis) => {
    let at = 0
    return x.map((part) => {
      const from = at
      at += part.shape[axis] as number
      if (!isHole(part)) return null
      return b.slice(ct, {
        start: ct.shape.map((_, i) => (i === axis ? from : 0)),
        stop: ct.shape.map((n, i) => (i === axis ? from + (part.shape[axis] as number) : n)),
        step: ct.shape.map(() => 1),
      })
    })
  },
  batch: (b, x, axes, n, axis) => b.concatenate(alignAll(b, x, axes, n), axis + 1),
  samples: {
    cases: [
      { params: 0, args: [drawn([2, 3, 4]), drawn([1, 3, 4])] },
      { params: 1, args: [drawn([2, 3, 4]), drawn([2, 1, 4]), drawn([2, 2, 4])] },
      { params: 2, args: [drawn([2, 3, 4]), drawn([2, 3, 2])] },
      { params: 0, args: [drawn([3])] },
      { params: 0, args: [drawn([0]), drawn([2])] },
    ],
    examples: [
      { params: 0, args: [[1, 2], [3]], value: [1, 2, 3], partials: [[1, 1], [1]] },
      {
        params: 1,
        args: [
          [[1], [2]],
          [
            [3, 4],
            [5, 6],
          ],
        ],
        value: [
          [1, 3, 4],
          [2, 5, 6],
        ],
        partials: [
          [[1], [1]],
          [
            [1, 1],
            [1, 1],
          ],
        ],
      },
    ],
    refused: [
      { params: 0, args: [drawn([2, 3]), drawn([2, 4])], error: 'ShapeError' },
      { params: 2, args: [drawn([2, 3])], error: 'ShapeError' },
      { params: 0, args: [drawn([2]), drawn([2], { low: -3, high: 3 }, 'f32')], error: 'DTypeError' },
    ],
  },
}
