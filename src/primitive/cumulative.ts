/** Running sums and products along an axis. */
import { ShapeError, showShape } from '../core/error.js'
import type { Abstract, Shape, Tensor } from '../core/value.js'
import { allocate, bufferOf, type Concrete, concrete } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import type { Builder } from './builder.js'
import { checkDType, drawn, linear, REAL } from './define.js'
import type { Sample, Single } from './record.js'

/** Axis, and whether to run from its end. */
export interface CumsumParams {
  readonly axis: number
  readonly reverse: boolean
}

const check = (operation: string, axis: number, x: Abstract): Abstract => {
  checkDType(operation, 'number', x)
  if (!(axis >= 0 && axis < x.shape.length))
    throw new ShapeError({ operation, problem: `axis ${axis} is out of range for shape ${showShape(x.shape)}` })
  return x
}

/** o[i] = f(o[i − 1], x[i]) along the axis. */
const running = (x: Concrete, axis: number, reverse: boolean, f: (acc: number, x: number) => number): Concrete => {
  const d = bufferOf(x)
  const o = allocate(x.dtype, d.length)
  const n = x.shape[axis] as number
  const inner = sizeOf(x.shape.slice(axis + 1))
  const outer = sizeOf(x.shape.slice(0, axis))
  for (let p = 0; p < outer; p++)
    for (let q = 0; q < inner; q++) {
      const base = p * n * inner + q
      for (let i = 0; i < n; i++) {
        const at = base + (reverse ? n - 1 - i : i) * inner
        o[at] = i === 0 ? (d[at] as number) : f(o[at + (reverse ? inner : -inner)] as number, d[at] as number)
      }
    }
  return concrete(x.shape, x.dtype, o)
}

const SHAPES3: readonly (readonly [Shape, number])[] = [
  [[2, 3, 4], 0],
  [[2, 3, 4], 1],
  [[2, 3, 4], 2],
  [[1], 0],
  [[5], 0],
  [[0, 2], 0],
]

/** Running sum; the transpose runs the other way. */
export const cumsum: Single<CumsumParams> = linear<CumsumParams>({
  name: 'cumsum',
  abstract: (p, args) => check('cumsum', p.axis, args[0] as Abstract),
  evaluate: (p, args) => running(args[0] as Concrete, p.axis, p.reverse, (acc, x) => acc + x),
  transpose: (b, ct, _, p) => [b.cumsum(ct, p.axis, !p.reverse)],
  batch: (b, x, _, __, p) => b.cumsum(x[0] as Tensor, p.axis + 1, p.reverse),
  samples: {
    cases: SHAPES3.flatMap(([shape, axis]): Sample<CumsumParams>[] =>
      [false, true].map((reverse) => ({ params: { axis, reverse }, args: [drawn(shape)] })),
    ),
    examples: [
      { params: { axis: 0, reverse: false }, args: [[1, 2, 3]], value: [1, 3, 6], partials: [[3, 2, 1]] },
      { params: { axis: 0, reverse: true }, args: [[1, 2, 3]], value: [6, 5, 3], partials: [[1, 2, 3]] },
      {
        params: { axis: 1, reverse: false },
        args: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        value: [
          [1, 3],
          [3, 7],
        ],
      },
      {
        params: { axis: 0, reverse: false },
        args: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        value: [
          [1, 2],
          [4, 6],
        ],
      },
    ],
    refused: [
      { params: { axis: 2, reverse: false }, args: [drawn([2, 3])], error: 'ShapeError' },
      { params: { axis: 0, reverse: false }, args: [drawn([2], REAL, 'bool')], error: 'DTypeError' },
    ],
  },
})

/** Running product; its tangent solves dyᵢ = xᵢ·dyᵢ₋₁ + yᵢ₋₁·dxᵢ, without dividing, so zeros are no special case. */
export const cumprod: Single<number> = {
  name: 'cumprod',
  results: 'one',
  abstract: (axis, args) => check('cumprod', axis, args[0] as Abstract),
  evaluate: (axis, args) => {
    const x = args[0] as Concrete
    return running(x, axis, false, x.dtype === 'i32' ? Math.imul : (acc, v) => acc * v)
  },
  jvp: (b, t, x, y, axis) =>
    t[0] == null ? null : affine(b, x[0] as Tensor, b.maskedMul(t[0], shift(b, y, axis, 1, 1)), axis),
  transpose: 'not linear',
  batch: (b, x, _, __, axis) => b.cumprod(x[0] as Tensor, axis + 1),
  samples: {
    cases: SHAPES3.map(([shape, axis]) => ({ params: axis, args: [drawn(shape)] })),
    examples: [
      { params: 0, args: [[2, 3, 4]], value: [2, 6, 24], partials: [[16, 10, 6]] },
      { params: 0, args: [[2, 0, 3, 5]], value: [2, 0, 0, 0], partials: [[1, 38, 0, 0]] },
      {
        params: 1,
        args: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        value: [
          [1, 2],
          [3, 12],
        ],
      },
      { params: 0, args: [[65536, 65537]], value: [65536, 65536], dtypes: [['i32'], 'i32'] },
    ],
    refused: [
      { params: 2, args: [drawn([2, 3])], error: 'ShapeError' },
      { params: 0, args: [drawn([2], REAL, 'bool')], error: 'DTypeError' },
    ],
  },
}

/** The elements `by` places further along the axis, with `fill` coming in at its start. */
const shift = (b: Builder, x: Tensor, axis: number, by: number, fill: number): Tensor => {
  const n = x.shape[axis] as number
  if (n === 0) return x
  const k = Math.min(by, n)
  const zero = x.shape.map(() => 0)
  const one = x.shape.map(() => 1)
  const kept = b.slice(x, { start: zero, stop: x.shape.map((s, i) => (i === axis ? n - k : s)), step: one })
  const low = x.shape.map((_, i) => (i === axis ? k : 0))
  return b.pad(kept, { low, high: zero, interior: zero, value: fill })
}

/** Solves yᵢ = aᵢ·yᵢ₋₁ + cᵢ, y₋₁ = 0, by doubling (Hillis & Steele 1986): linear in c. */
const affine = (b: Builder, a: Tensor, c: Tensor, axis: number): Tensor => {
  const n = a.shape[axis] as number
  let factor = a
  let solved = c
  for (let by = 1; by < n; by *= 2) {
    solved = b.add(solved, b.maskedMul(shift(b, solved, axis, by, 0), factor))
    if (by * 2 < n) factor = b.mul(factor, shift(b, factor, axis, by, 1))
  }
  return solved
}
