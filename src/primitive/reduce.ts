/** Reductions: the named axes are folded away. Axes are sorted, non-negative and distinct. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import type { Abstract, DType, Shape, Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import { uniform } from '../tensor/concrete.js'
import { dropAxes, otherAxes, sizeOf } from '../tensor/shape.js'
import type { Builder } from './builder.js'
import { type Accepts, checkDType, drawn, linear, REAL } from './define.js'
import { fold1 } from './kernel.js'
import type { Argument, Domain, Literal, Refusal, Sample, Single } from './record.js'

type Axes = readonly number[]

// ------------------------------------------------------------------------------------------------------------- checks

/** Refuses axes that are not there. @throws ShapeError */
export const checkAxes = (operation: string, axes: Axes, shape: Shape): void => {
  for (const a of axes)
    if (!(a >= 0 && a < shape.length))
      throw new ShapeError({ operation, problem: `axis ${a} is out of range for shape ${showShape(shape)}` })
}

const reducedShape = (name: string, accepts: Accepts) => (axes: Axes, args: readonly Abstract[]) => {
  const x = args[0] as Abstract
  checkDType(name, accepts, x)
  checkAxes(name, axes, x.shape)
  return { shape: dropAxes(x.shape, axes), dtype: x.dtype }
}

const shifted = (axes: Axes): number[] => axes.map((a) => a + 1)

/** A reduced value, put back along the axes it was reduced over. */
const putBack = (b: Builder, y: Tensor, shape: Shape, axes: Axes): Tensor =>
  b.broadcast(y, shape, otherAxes(shape.length, axes))

/** Every choice of axes of rank 3 with unequal sizes, and the sizes 0 and 1. */
const cases = (domain: Domain): readonly Sample<Axes>[] => [
  ...[[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]].map((axes) => ({
    params: axes,
    args: [drawn([2, 3, 4], domain)],
  })),
  { params: [0], args: [drawn([1], domain)] },
  { params: [], args: [drawn([], domain)] },
  { params: [1], args: [drawn([0, 3], domain)] },
]

const MATRIX: Literal = [
  [1, 2, 3],
  [4, 5, 6],
]
const ONES: Literal = [
  [1, 1, 1],
  [1, 1, 1],
]

const EMPTY_SUM: readonly Sample<Axes>[] = [{ params: [0], args: [drawn([0, 3])] }]

const refused = (dtypes: readonly DType[]): readonly Refusal<Axes>[] => [
  { params: [3], args: [drawn([2, 3, 4])], error: 'ShapeError' },
  ...dtypes.map((dtype) => ({ params: [0], args: [drawn([2], REAL, dtype)], error: 'DTypeError' as const })),
]

// ---------------------------------------------------------------------------------------------------------------- sum

const sumLoop = fold1(
  (acc, x) => acc + x,
  () => 0,
)

/** Sum over the axes; the transpose of broadcasting. The empty sum is 0. */
export const sum: Single<Axes> = linear<Axes>({
  name: 'sum',
  abstract: reducedShape('sum', 'number'),
  evaluate: (axes, args) => {
    const x = args[0] as Concrete
    if (x.buffer === null && x.dtype === 'f64' && x.value === 0) return uniform(dropAxes(x.shape, axes), 'f64', 0)
    return axes.length === 0 ? x : sumLoop(x, axes)
  },
  transpose: (b, ct, x, axes) => [putBack(b, ct, (x[0] as Argument).shape, axes)],
  batch: (b, x, _, __, axes) => b.sum(x[0] as Tensor, shifted(axes)),
  samples: {
    cases: [...cases(REAL), ...EMPTY_SUM],
    examples: [
      { params: [1], args: [MATRIX], value: [6, 15], partials: [ONES] },
      { params: [0], args: [MATRIX], value: [5, 7, 9], partials: [ONES] },
      { params: [0, 1], args: [MATRIX], value: 21, partials: [ONES] },
      { params: [0], args: [[[], []]], value: [] },
      { params: [0], args: [[2147483647, 1]], value: -2147483648, dtypes: [['i32'], 'i32'] },
    ],
    refused: refused(['bool']),
  },
})

// ------------------------------------------------------------------------------------------------------------ extremes

const lowest = (dtype: DType): number => (dtype === 'i32' ? -2147483648 : dtype === 'bool' ? 0 : -Infinity)
const highest = (dtype: DType): number => (dtype === 'i32' ? 2147483647 : dtype === 'bool' ? 1 : Infinity)

const maxLoop = fold1((acc, x) => (x > acc || x !== x ? x : acc), lowest)
const minLoop = fold1((acc, x) => (x < acc || x !== x ? x : acc), highest)

/** Extremes; tied elements share the derivative evenly. An empty axis has no extreme. NaN wins. */
const extreme = (name: 'max' | 'min', loop: typeof maxLoop): Single<Axes> => {
  const self: Single<Axes> = {
    name,
    results: 'one',
    abstract: (axes, args) => {
      const result = reducedShape(name, 'any')(axes, args)
      const x = args[0] as Abstract
      if (axes.some((a) => x.shape[a] === 0) && sizeOf(result.shape) > 0)
        throw new ValueError({ operation: name, problem: `an empty axis of ${showShape(x.shape)} has no ${name}` })
      return result
    },
    evaluate: (axes, args) => {
      const x = args[0] as Concrete
      return axes.length === 0 ? x : loop(x, axes)
    },
    jvp: (b, t, x, y, axes) => {
      const v = x[0] as Tensor
      const attains = b.equal(v, putBack(b, y, v.shape, axes))
      const one = b.select(attains, b.like(v, 1), b.like(v, 0))
      const share = b.div(one, putBack(b, b.sum(one, axes), v.shape, axes))
      return t[0] == null ? null : b.sum(b.maskedMul(t[0], share), axes)
    },
    transpose: 'not linear',
    batch: (b, x, _, __, axes) => b[name](x[0] as Tensor, shifted(axes)),
    samples: {
      cases: cases({ low: -3, high: 3, distinct: true }),
      examples:
        name === 'max'
          ? [
              {
                params: [1],
                args: [MATRIX],
                value: [3, 6],
                partials: [
                  [
                    [0, 0, 1],
                    [0, 0, 1],
                  ],
                ],
              },
              {
                params: [0, 1],
                args: [
                  [
                    [7, -1],
                    [7, 2],
                  ],
                ],
                value: 7,
                partials: [
                  [
                    [0.5, 0],
                    [0.5, 0],
                  ],
                ],
              },
              { params: [0], args: [[1, Number.NaN, 3]], value: Number.NaN },
              { params: [0], args: [[-Infinity, -5]], value: -5, partials: [[0, 1]] },
              { params: [0], args: [[-7, -8]], value: -7, dtypes: [['i32'], 'i32'] },
              { params: [0], args: [[0, 1]], value: 1, dtypes: [['bool'], 'bool'] },
            ]
          : [
              {
                params: [1],
                args: [MATRIX],
                value: [1, 4],
                partials: [
                  [
                    [1, 0, 0],
                    [1, 0, 0],
                  ],
                ],
              },
              {
                params: [0, 1],
                args: [
                  [
                    [7, -1],
                    [7, -1],
                  ],
                ],
                value: -1,
                partials: [
                  [
                    [0, 0.5],
                    [0, 0.5],
                  ],
                ],
              },
              { params: [0], args: [[1, Number.NaN, 3]], value: Number.NaN },
              { params: [0], args: [[Infinity, 5]], value: 5, partials: [[0, 1]] },
              { params: [0], args: [[7, 8]], value: 7, dtypes: [['i32'], 'i32'] },
              { params: [0], args: [[0, 1]], value: 0, dtypes: [['bool'], 'bool'] },
            ],
      refused: [...refused([]), { params: [0], args: [drawn([0])], error: 'ValueError' }],
    },
  }
  return self
}

/** The largest element over the axes. */
export const max = extreme('max', maxLoop)

/** The smallest element over the axes. */
export const min = extreme('min', minLoop)

// --------------------------------------------------------------------------------------------------------------- prod

const prodFloat = fold1(
  (acc, x) => acc * x,
  () => 1,
)
const prodInteger = fold1(Math.imul, () => 1)

/** Product over the axes; ∂/∂xᵢ is the product of all the others, so zeros are no special case. The empty product is 1. */
export const prod: Single<Axes> = {
  name: 'prod',
  results: 'one',
  abstract: reducedShape('prod', 'number'),
  evaluate: (axes, args) => {
    const x = args[0] as Concrete
    return axes.length === 0 ? x : x.dtype === 'i32' ? prodInteger(x, axes) : prodFloat(x, axes)
  },
  jvp: (b, t, x, _, axes) => {
    const v = x[0] as Tensor
    const keep = otherAxes(v.shape.length, axes)
    const rows = keep.map((i) => v.shape[i] as number)
    const n = sizeOf(axes.map((i) => v.shape[i] as number))
    const lay = (u: Tensor): Tensor => b.reshape(b.permute(u, [...keep, ...axes]), [...rows, n])
    const flat = lay(v)
    const last = rows.length
    const before = exclusive(b, flat, last)
    const after = b.flip(exclusive(b, b.flip(flat, [last]), last), [last])
    return t[0] == null ? null : b.sum(b.maskedMul(lay(t[0]), b.mul(before, after)), [last])
  },
  transpose: 'not linear',
  batch: (b, x, _, __, axes) => b.prod(x[0] as Tensor, shifted(axes)),
  samples: {
    cases: [...cases(REAL), ...EMPTY_SUM],
    examples: [
      {
        params: [1],
        args: [MATRIX],
        value: [6, 120],
        partials: [
          [
            [6, 3, 2],
            [30, 24, 20],
          ],
        ],
      },
      { params: [0], args: [[0, 2, 3]], value: 0, partials: [[6, 0, 0]] },
      { params: [0], args: [[0, 2, 0]], value: 0, partials: [[0, 0, 0]] },
      { params: [0], args: [[[], []]], value: [] },
      { params: [0], args: [[]], value: 1 },
      { params: [0], args: [[65536, 65537]], value: 65536, dtypes: [['i32'], 'i32'] },
    ],
    refused: refused(['bool']),
  },
}

/** Products of all the elements before each one along the axis. */
const exclusive = (b: Builder, x: Tensor, axis: number): Tensor => {
  const n = x.shape[axis] as number
  if (n === 0) return x
  const zeros = x.shape.map(() => 0)
  const one = b.full(
    x.shape.map((s, i) => (i === axis ? 1 : s)),
    x.dtype,
    1,
  )
  const init = b.slice(x, {
    start: zeros,
    stop: x.shape.map((s, i) => (i === axis ? n - 1 : s)),
    step: zeros.map(() => 1),
  })
  return b.concatenate([one, b.cumprod(init, axis)], axis)
}
