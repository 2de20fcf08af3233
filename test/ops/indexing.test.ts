/** Reading and updating by index, against the same by definition. */
import * as fc from 'fast-check'
import {
  arange,
  at,
  grad,
  jit,
  mul,
  oneHot,
  reshape,
  sum,
  type Tensor,
  take,
  takeAlongAxis,
  tensor,
  toArray,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { build, count, at as element, lift, lower, plains } from './naive.js'

const withAxis = plains(4, 0)
  .filter((x) => x.shape.length > 0)
  .chain((x) => fc.record({ x: fc.constant(x), axis: fc.nat({ max: x.shape.length - 1 }) }))

/** Whether the cotangent moves back the way the elements came: ⟨f x, c⟩ = ⟨x, fᵀ c⟩ on whole numbers, exactly. */
const movesBack = (f: (x: Tensor) => Tensor, x: Tensor<number[], 'f64'>): void => {
  const y = f(x)
  const c = reshape(arange(count(y.shape)), [...y.shape])
  const g = grad((v: Tensor<number[], 'f64'>) => sum(mul(f(v), c) as Tensor<number[], 'f64'>))(x)
  const dot = (a: Tensor, b: Tensor): number =>
    lower(a).data.reduce((s, v, i) => s + v * (lower(b).data[i] as number), 0)
  expect(dot(g, x)).toBe(dot(y, c))
}

describe('indexing', () => {
  const indexed = withAxis
    .filter(({ x, axis }) => (x.shape[axis] as number) > 0)
    .chain(({ x, axis }) => {
      const n = x.shape[axis] as number
      const index = fc.integer({ min: -n, max: n - 1 })
      return fc.record({
        x: fc.constant(x),
        axis: fc.constant(axis),
        i: fc.oneof(
          index.map((v) => [v]),
          fc.array(index, { maxLength: 4 }),
        ),
      })
    })
  test('take reads entries, from the back when negative; its derivative adds up', () => {
    fc.assert(
      fc.property(indexed, ({ x, axis, i }) => {
        const n = x.shape[axis] as number
        const expected = build(
          x.shape.map((s, a) => (a === axis ? i.length : s)),
          (k) =>
            element(
              x,
              k.map((v, a) => (a === axis ? ((i[v] as number) + n) % n : v)),
            ),
        )
        const t = tensor(i, { dtype: 'i32' })
        expect(lower(take(lift(x), t, { axis }))).toEqual(expected)
        expect(lower(jit((v: Tensor, j: typeof t) => take(v, j, { axis }))(lift(x), t))).toEqual(expected)
        movesBack((v) => take(v, t, { axis }), lift(x))
      }),
    )
    const table = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(toArray(take(table, tensor([[0, 2]], { dtype: 'i32' }), { axis: 0 }))).toEqual([
      [
        [1, 2],
        [5, 6],
      ],
    ])
    expect(toArray(take(table, -1, { axis: 0 }))).toEqual([5, 6])
    expect(toArray(take(table, tensor([5, 0], { dtype: 'i32' })))).toEqual([6, 1])
  })
  test('takeAlongAxis reads one entry for each index', () => {
    fc.assert(
      fc.property(withAxis, fc.array(fc.nat(), { minLength: 4 ** 4, maxLength: 4 ** 4 }), ({ x, axis }, random) => {
        const n = x.shape[axis] as number
        if (n === 0) return
        const where = build(x.shape, (i) => (random[i.reduce((p, v) => p * 4 + v, 0)] as number) % n)
        const t = tensor(where.data as number[], { dtype: 'i32' })
        expect(lower(takeAlongAxis(lift(x), reshape(t, [...x.shape]) as Tensor<number[], 'i32'>, { axis }))).toEqual(
          build(x.shape, (i) =>
            element(
              x,
              i.map((v, a) => (a === axis ? element(where, i) : v)),
            ),
          ),
        )
      }),
    )
  })
  test('oneHot has zeros where the index names no class', () => {
    expect(toArray(oneHot(tensor([1, 3, -1], { dtype: 'i32' }), 3))).toEqual([
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(oneHot(tensor([1], { dtype: 'i32' }), 2, { dtype: 'bool' }).dtype).toBe('bool')
  })
})

describe('at', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  test('sets and adds at an index, a range, or rows, and leaves the array as it is', () => {
    expect(toArray(at(x, 1).set(0))).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ])
    expect(toArray(at(x, [1, 2]).set(9))).toEqual([
      [1, 2, 3],
      [4, 5, 9],
    ])
    expect(toArray(at(x, [-1, -1]).add(1))).toEqual([
      [1, 2, 3],
      [4, 5, 7],
    ])
    expect(toArray(at(x, [{}, { start: 1 }]).add(10))).toEqual([
      [1, 12, 13],
      [4, 15, 16],
    ])
    expect(toArray(at(x, [{}, { step: 2 }]).set(tensor([7, 8])))).toEqual([
      [7, 2, 8],
      [7, 5, 8],
    ])
    expect(toArray(at(x, [{ start: 1, stop: 1 }]).set(9))).toEqual(toArray(x))
    expect(
      toArray(
        at(x, tensor([1, 0], { dtype: 'i32' })).set(
          tensor([
            [0, 0, 0],
            [9, 9, 9],
          ]),
        ),
      ),
    ).toEqual([
      [9, 9, 9],
      [0, 0, 0],
    ])
    expect(toArray(at(x, tensor([1, 1, -1], { dtype: 'i32' })).add(1))).toEqual([
      [1, 2, 3],
      [7, 8, 9],
    ])
    expect(toArray(x)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
  })
  test('infinities and NaN elsewhere stay where they are', () => {
    const odd = tensor([Infinity, Number.NaN, 1])
    expect(toArray(at(odd, 2).set(5))).toEqual([Infinity, Number.NaN, 5])
    expect(toArray(at(odd, 0).set(5))).toEqual([5, Number.NaN, 1])
  })
  test('an index of i32 and bool arrays too', () => {
    expect(toArray(at(tensor([1, 2], { dtype: 'i32' }), 0).add(3))).toEqual([4, 2])
    expect(toArray(at(tensor([true, false]), 1).set(true))).toEqual([true, true])
  })
  test('derivatives: of set 0 where it was set, of add 1', () => {
    const c = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ])
    type X = typeof x
    expect(toArray(grad((v: X) => sum(mul(at(v, [0, { start: 1 }]).set(0), c)))(x))).toEqual([
      [1, 0, 0],
      [4, 5, 6],
    ])
    expect(toArray(grad((v: X) => sum(mul(at(v, 0).add(7), c)))(x))).toEqual(toArray(c))
    expect(
      toArray(grad((w: Tensor<[2], 'f64'>) => sum(mul(at(x, [{}, { step: 2 }]).set(w), c)))(tensor([0, 0]))),
    ).toEqual([5, 9])
    expect(
      toArray(
        grad((w: Tensor<[3], 'f64'>) => sum(mul(at(x, tensor([1, 1], { dtype: 'i32' })).add(w), c)))(tensor([0, 0, 0])),
      ),
    ).toEqual([8, 10, 12])
  })
})
