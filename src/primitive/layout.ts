/** Moving elements without arithmetic: broadcast, reshape, permute, flip. All linear. */
import { ShapeError, showShape } from '../core/error.js'
import type { Abstract, Shape, Tensor } from '../core/value.js'
import { type Concrete, concrete, reshaped, uniform } from '../tensor/concrete.js'
import { invertPermutation, isIdentity, otherAxes, sizeOf, stridesOf } from '../tensor/shape.js'
import { drawn, linear } from './define.js'
import { permuted, readStrided } from './kernel.js'
import type { Argument, Sample, Single } from './record.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Axis `dims[i]` of the result is axis `i` of the argument; the others are new. */
export interface BroadcastParams {
  readonly shape: Shape
  readonly dims: readonly number[]
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
  evaluate: (shape, args) => reshaped(args[0] as Concrete, shape),
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
