/** Moving elements without arithmetic: broadcast, reshape, permute, slice, pad, concatenate, flip. All linear. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import type { Abstract, Shape, Tensor } from '../core/value.js'
import { allocate, bufferOf, type Concrete, cast, concrete, uniform } from '../tensor/concrete.js'
import { invertPermutation, isIdentity, otherAxes, sameShape, sizeOf, stridesOf } from '../tensor/shape.js'
import { alignAll, checkSameDType, drawn, linear } from './define.js'
import { permuted, readStrided, writeStrided } from './kernel.js'
import { type Argument, isHole, type Sample, type Single } from './record.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Axis `dims[i]` of the result is axis `i` of the argument; the others are new. */
export interface BroadcastParams {
  readonly shape: Shape
  readonly dims: readonly number[]
}

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

// ------------------------------------------------------------------------------------------------ broadcast and reshape

/** Copies along new axes; the transpose of summing over them. */
export const broadcast: Single<BroadcastParams> = linear<BroadcastParams>({
  name: 'broadcast',
  abstract: (p, args) => {
    const x = args[0] as Abstract
    const fits =
      p.dims.length === x.shape.length &&
      p.dims.every(
        (d, i) => d < p.shape.length && p.shape[d] === x.shape[i] && (i === 0 || d > (p.dims[i - 1] as number)),
      )
    if (!fits)
      throw new ShapeError({
        operation: 'broadcast',
        problem: `${showShape(x.shape)} does not fit axes ${showShape(p.dims)} of ${showShape(p.shape)}`,
      })
    return { shape: p.shape, dtype: x.dtype }
  },
  evaluate: (p, args) => {
    const x = args[0] as Concrete
    if (x.buffer === null) return uniform(p.shape, x.dtype, x.value)
    if (x.buffer.length === 1) return uniform(p.shape, x.dtype, x.buffer[0] as number)
    const own = stridesOf(x.shape)
    const strides = p.shape.map(() => 0)
    p.dims.forEach((d, i) => {
      strides[d] = own[i] as number
    })
    return concrete(p.shape, x.dtype, readStrided(x.buffer, x.dtype, p.shape, strides))
  },
  transpose: (b, ct, _, p) => [b.sum(ct, otherAxes(p.shape.length, p.dims))],
  batch: (b, x, _, n, p) => b.broadcast(x[0] as Tensor, [n, ...p.shape], [0, ...p.dims.map((d) => d + 1)]),
  samples: {
    cases: [
      single({ shape: RANK3, dims: [] }, []),
      single({ shape: RANK3, dims: [0] }, [2]),
      single({ shape: RANK3, dims: [1] }, [3]),
      single({ shape: RANK3, dims: [0, 2] }, [2, 4]),
      single({ shape: RANK3, dims: [0, 1, 2] }, RANK3),
      single({ shape: [2, 0], dims: [0] }, [2]),
    ],
    examples: [
      {
        params: { shape: [2, 3], dims: [1] },
        args: [[1, 2, 3]],
        value: [
          [1, 2, 3],
          [1, 2, 3],
        ],
        partials: [[2, 2, 2]],
      },
      {
        params: { shape: [2, 3], dims: [0] },
        args: [[1, 2]],
        value: [
          [1, 1, 1],
          [2, 2, 2],
        ],
        partials: [[3, 3]],
      },
    ],
    refused: [
      { params: { shape: RANK3, dims: [0] }, args: [drawn([3])], error: 'ShapeError' },
      { params: { shape: [2, 3, 3], dims: [1, 0] }, args: [drawn([3, 2])], error: 'ShapeError' },
      { params: { shape: [2, 3], dims: [0] }, args: [drawn([2, 3])], error: 'ShapeError' },
      { params: { shape: [2], dims: [1] }, args: [drawn([2])], error: 'ShapeError' },
    ],
  },
})

/** The same elements, in order, under another shape. */
export const reshape: Single<Shape> = linear<Shape>({
  name: 'reshape',
  abstract: (shape, args) => {
    const x = args[0] as Abstract
    if (sizeOf(shape) !== sizeOf(x.shape))
      throw new ShapeError({
        operation: 'reshape',
        problem: `${showShape(x.shape)} has ${sizeOf(x.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
      })
    return { shape, dtype: x.dtype }
  },
  evaluate: (shape, args) => {
    const x = args[0] as Concrete
    return x.buffer === null ? uniform(shape, x.dtype, x.value) : concrete(shape, x.dtype, x.buffer)
  },
  transpose: (b, ct, x) => [b.reshape(ct, (x[0] as Argument).shape)],
  batch: (b, x, _, n, shape) => b.reshape(x[0] as Tensor, [n, ...shape]),
  samples: {
    cases: [single([4, 6], RANK3), single([24], RANK3), single([1, 3], [3]), single([], [1]), single([0, 7], [3, 0])],
    examples: [
      {
        params: [3, 2],
        args: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        value: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
      {
        params: [6],
        args: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        value: [1, 2, 3, 4, 5, 6],
      },
    ],
    refused: [{ params: [5], args: [drawn([2, 3])], error: 'ShapeError' }],
  },
})

// ---------------------------------------------------------------------------------------------------- permute and flip

/** Axis `i` of the result is axis `permutation[i]` of the argument. */
export const permute: Single<readonly number[]> = linear<readonly number[]>({
  name: 'permute',
  abstract: (permutation, args) => {
    const x = args[0] as Abstract
    const sorted = [...permutation].sort((p, q) => p - q)
    if (sorted.length !== x.shape.length || !isIdentity(sorted))
      throw new ShapeError({
        operation: 'permute',
        problem: `${showShape(permutation)} is not a permutation of the axes of ${showShape(x.shape)}`,
      })
    return { shape: permutation.map((p) => x.shape[p] as number), dtype: x.dtype }
  },
  evaluate: (permutation, args) => permuted(args[0] as Concrete, permutation),
  transpose: (b, ct, _, permutation) => [b.permute(ct, invertPermutation(permutation))],
  batch: (b, x, _, __, permutation) => b.permute(x[0] as Tensor, [0, ...permutation.map((p) => p + 1)]),
  samples: {
    cases: [
      ...[
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ].map((p) => single(p, RANK3)),
      single([1, 0], [0, 3]),
      single([], []),
    ],
    examples: [
      {
        params: [1, 0],
        args: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        value: [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
      },
      {
        params: [2, 0, 1],
        args: [[[[1, 2]], [[3, 4]], [[5, 6]]]],
        value: [
          [[1], [3], [5]],
          [[2], [4], [6]],
        ],
      },
    ],
    refused: [
      { params: [0, 0, 1], args: [drawn(RANK3)], error: 'ShapeError' },
      { params: [1, 0], args: [drawn(RANK3)], error: 'ShapeError' },
    ],
  },
})

/** The elements in reverse order along the axes. */
export const flip: Single<readonly number[]> = linear<readonly number[]>({
  name: 'flip',
  abstract: (axes, args) => {
    const x = args[0] as Abstract
    for (const a of axes)
      if (!(a >= 0 && a < x.shape.length))
        throw new ShapeError({
          operation: 'flip',
          problem: `axis ${a} is out of range for shape ${showShape(x.shape)}`,
        })
    return x
  },
  evaluate: (axes, args) => {
    const x = args[0] as Concrete
    if (x.buffer === null) return x
    const strides = stridesOf(x.shape)
    const offset = axes.reduce((o, a) => o + ((x.shape[a] as number) - 1) * (strides[a] as number), 0)
    return concrete(
      x.shape,
      x.dtype,
      readStrided(
        x.buffer,
        x.dtype,
        x.shape,
        strides.map((s, i) => (axes.includes(i) ? -s : s)),
        offset,
      ),
    )
  },
  transpose: (b, ct, _, axes) => [b.flip(ct, axes)],
  batch: (b, x, _, __, axes) =>
    b.flip(
      x[0] as Tensor,
      axes.map((a) => a + 1),
    ),
  samples: {
    cases: [...[[], [0], [1], [2], [0, 2], [0, 1, 2]].map((axes) => single(axes, RANK3)), single([0], [0])],
    examples: [
      {
        params: [0],
        args: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        value: [
          [4, 5, 6],
          [1, 2, 3],
        ],
      },
      {
        params: [1],
        args: [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        value: [
          [3, 2, 1],
          [6, 5, 4],
        ],
      },
    ],
    refused: [{ params: [3], args: [drawn(RANK3)], error: 'ShapeError' }],
  },
})

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
