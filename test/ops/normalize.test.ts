/** Normalisation, against its definition on plain numbers and the invariances that define it. */

import * as fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import {
  add,
  batchNorm,
  grad,
  groupNorm,
  item,
  layerNorm,
  mul,
  reshape,
  rmsNorm,
  sum,
  type Tensor,
  tensor,
  toArray,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'
import { at, build, lift, lower, type Plain } from './naive.js'

const EPS = tolerance('f64', 'reference')
const near = (found: Plain, expected: Plain, scale = 1): void => {
  expect(found.shape).toEqual([...expected.shape])
  found.data.forEach((v, i) => {
    const w = expected.data[i] as number
    expect(Math.abs(v - w), `${v} at ${i}, expected ${w}`).toBeLessThanOrEqual(EPS * Math.max(scale, Math.abs(w)))
  })
}

const real = fc.double({ min: -5, max: 5, noNaN: true })
const filled = (shape: readonly number[]): fc.Arbitrary<Plain> => {
  const n = shape.reduce((p, q) => p * q, 1)
  return fc.array(real, { minLength: n, maxLength: n }).map((data) => ({ shape, data }))
}

/** Normalised within groups of indices that `group` tells apart, by the definition. */
const normalized = (
  x: Plain,
  epsilon: number,
  group: (i: readonly number[]) => string,
  scale: readonly number[],
  bias: readonly number[],
): Plain => {
  const groups = new Map<string, number[]>()
  build(x.shape, (i) => {
    groups.set(group(i), [...(groups.get(group(i)) ?? []), at(x, i)])
    return 0
  })
  return build(x.shape, (i) => {
    const g = groups.get(group(i)) as number[]
    const m = g.reduce((p, q) => p + q, 0) / g.length
    const v = g.reduce((p, q) => p + (q - m) ** 2, 0) / g.length
    const c = i.at(-1) as number
    return ((at(x, i) - m) / Math.sqrt(v + epsilon)) * (scale[c] as number) + (bias[c] as number)
  })
}

const S = [1, -2, 0.5, 3]
const B = [0, 1, -1, 2]
const scale = tensor(S) as Tensor<[number], 'f64'>
const bias = tensor(B) as Tensor<[number], 'f64'>

describe('normalisation', () => {
  const images = filled([2, 3, 4])
  test('batchNorm: over all axes but the last', () => {
    fc.assert(
      fc.property(images, (x) => {
        near(
          lower(batchNorm(lift(x), scale, bias, { epsilon: 0.1 })),
          normalized(x, 0.1, (i) => `${i.at(-1)}`, S, B),
        )
      }),
    )
  })
  test('layerNorm: over the last axis', () => {
    fc.assert(
      fc.property(images, (x) => {
        near(
          lower(layerNorm(lift(x), scale, bias, { epsilon: 0.1 })),
          normalized(x, 0.1, (i) => `${i.slice(0, -1)}`, S, B),
        )
      }),
    )
  })
  test('groupNorm: over everything but the first axis, within groups of features', () => {
    fc.assert(
      fc.property(images, (x) => {
        const group = (i: readonly number[]): string => `${i[0]} ${Math.floor((i.at(-1) as number) / 2)}`
        near(lower(groupNorm(lift(x), scale, bias, { groups: 2, epsilon: 0.1 })), normalized(x, 0.1, group, S, B))
      }),
    )
  })
  test('rmsNorm: divided by the root of the mean square', () => {
    fc.assert(
      fc.property(images, (x) => {
        const expected = build(x.shape, (i) => {
          const row = [0, 1, 2, 3].map((c) => at(x, [...i.slice(0, -1), c]))
          return (
            (at(x, i) / Math.sqrt(row.reduce((p, q) => p + q * q, 0) / 4 + 0.1)) * (S[i.at(-1) as number] as number)
          )
        })
        near(lower(rmsNorm(lift(x), scale, { epsilon: 0.1 })), expected)
      }),
    )
  })
  test('a batch norm without ε does not see shifts and positive scales, and its gradient is orthogonal to both', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 5, maxLength: 5 }),
        real,
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        (xs, b, a) => {
          const x = reshape(tensor(xs) as Tensor<[number], 'f64'>, [5, 1])
          const f = (v: typeof x): Tensor => batchNorm(v, 1, 0, { epsilon: 0 })
          near(lower(f(add(mul(x, a), b))), lower(f(x)))
          const weights = tensor([[1], [2], [3], [4], [6]])
          const g = grad((v: typeof x) => sum(mul(f(v), weights)) as Tensor<[], 'f64'>)(x)
          const size = Math.max(...lower(g).data.map(Math.abs))
          expect(Math.abs(item(sum(g)))).toBeLessThanOrEqual(EPS * size)
          expect(Math.abs(item(sum(mul(g, f(x))) as Tensor<[], 'f64'>))).toBeLessThanOrEqual(EPS * size)
        },
      ),
    )
  })
  test('constant data gives the bias, with gradient 0 in x', () => {
    const x = tensor([
      [0.1, 0.2],
      [0.1, 0.2],
      [0.1, 0.2],
    ])
    near(
      lower(batchNorm(x, tensor([3, 4]), tensor([5, 6]))),
      lower(
        tensor([
          [5, 6],
          [5, 6],
          [5, 6],
        ]),
      ),
    )
  })
  test('outside training batchNorm uses the statistics it is given', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    const y = batchNorm(x, 2, 1, { training: false, mean: tensor([1, 2]), variance: tensor([4, 0.25]), epsilon: 0 })
    expect(toArray(y)).toEqual([
      [1, 1],
      [3, 9],
    ])
  })
  test('data-last waits for x', () => {
    const x = lift({ shape: [2, 4], data: [1, 2, 3, 5, 8, 13, 21, 34] })
    expect(lower(pipe(x, layerNorm(scale, bias, {})))).toEqual(lower(layerNorm(x, scale, bias)))
    expect(lower(pipe(x, rmsNorm(scale)))).toEqual(lower(rmsNorm(x, scale)))
  })
  test('f32 stays f32', () => {
    expect(layerNorm(tensor([[1, 2]], { dtype: 'f32' }), 1, 0).dtype).toBe('f32')
  })
})
