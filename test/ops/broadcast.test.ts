/** Two operands: NumPy's broadcasting, with sizes 0 and 1; its derivative sums; numbers adapt; data-last. */

import * as fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import {
  add,
  and,
  atan2,
  div,
  equal,
  grad,
  greater,
  greaterEqual,
  jit,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  not,
  notEqual,
  or,
  remainder,
  shiftLeft,
  shiftRight,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  where,
  xor,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { build, count, at as element, lift, lower, type Plain, plain } from './naive.js'

/** Two shapes that broadcast: the common shape with sizes of 1 and leading axes left out of either. */
const pairs = fc
  .array(fc.record({ n: fc.nat({ max: 3 }), a: fc.boolean(), b: fc.boolean() }), { maxLength: 4 })
  .chain((axes) =>
    fc.record({
      dropA: fc.nat({ max: axes.length }),
      dropB: fc.nat({ max: axes.length }),
      axes: fc.constant(axes),
    }),
  )
  .chain(({ axes, dropA, dropB }) =>
    fc.record({
      x: plain(axes.map(({ n, a }) => (a ? 1 : n)).slice(dropA)),
      y: plain(axes.map(({ n, b }) => (b ? 1 : n)).slice(dropB)),
    }),
  )

const shapeOf = (x: Plain, y: Plain): number[] => {
  const rank = Math.max(x.shape.length, y.shape.length)
  return Array.from({ length: rank }, (_, i) => {
    const p = x.shape[i - rank + x.shape.length] ?? 1
    const q = y.shape[i - rank + y.shape.length] ?? 1
    return p === 1 ? q : p
  })
}

/** The element that broadcasting puts at an index. */
const spread = (x: Plain, i: readonly number[]): number =>
  element(
    x,
    i.slice(i.length - x.shape.length).map((k, a) => (x.shape[a] === 1 ? 0 : k)),
  )

/** Σ over everything that an element was copied to. */
const gathered = (x: Plain, shape: readonly number[], f: (i: readonly number[]) => number): Plain => {
  const all = build(shape, f)
  const flat = x.data.map(() => 0)
  build(shape, (i) => {
    const own = i.slice(i.length - x.shape.length).map((k, a) => (x.shape[a] === 1 ? 0 : k))
    const place = own.reduce((p, k, a) => p * (x.shape[a] as number) + k, 0)
    flat[place] = (flat[place] as number) + element(all, i)
    return 0
  })
  return { shape: x.shape, data: flat.map((v) => v + 0) }
}

type Op = (x: Tensor, y: Tensor) => Tensor
const ops: Readonly<Record<string, readonly [Op, (x: number, y: number) => number]>> = {
  add: [add as Op, (x, y) => x + y],
  sub: [sub as Op, (x, y) => x - y],
  mul: [mul as Op, (x, y) => x * y],
  div: [div as Op, (x, y) => x / y],
  maximum: [maximum as Op, Math.max],
  minimum: [minimum as Op, Math.min],
  atan2: [atan2 as Op, Math.atan2],
  remainder: [remainder as Op, (x, y) => (y === 0 ? Number.NaN : x - y * Math.floor(x / y))],
  equal: [equal as Op, (x, y) => Number(x === y)],
  notEqual: [notEqual as Op, (x, y) => Number(x !== y)],
  less: [less as Op, (x, y) => Number(x < y)],
  lessEqual: [lessEqual as Op, (x, y) => Number(x <= y)],
  greater: [greater as Op, (x, y) => Number(x > y)],
  greaterEqual: [greaterEqual as Op, (x, y) => Number(x >= y)],
}

describe.each(Object.entries(ops))('%s', (_, [op, f]) => {
  test('is the operation on numbers, element by element', () => {
    fc.assert(
      fc.property(pairs, ({ x, y }) => {
        const expected = build(shapeOf(x, y), (i) => f(spread(x, i), spread(y, i)) + 0)
        const [a, b] = [lift(x), lift(y)]
        expect(lower(op(a, b))).toEqual(expected)
        expect(lower(jit(op)(a, b))).toEqual(expected)
        expect(lower((op as unknown as (y: Tensor) => (x: Tensor) => Tensor)(b)(a))).toEqual(expected)
      }),
    )
  })
})

describe('derivatives of broadcast operands', () => {
  test('sum over what was copied', () => {
    fc.assert(
      fc.property(pairs, ({ x, y }) => {
        const [a, b] = [lift(x), lift(y)]
        const shape = shapeOf(x, y)
        const c = lift(build(shape, (i) => i.reduce((p, k) => p * 3 + k + 1, 1)))
        const loss = (u: Tensor<number[], 'f64'>, v: Tensor<number[], 'f64'>): Tensor<[], 'f64'> =>
          sum(mul(mul(u, v), c)) as Tensor<[], 'f64'>
        const weight = (i: readonly number[]): number => i.reduce((p, k) => p * 3 + k + 1, 1)
        const [da, db] = grad(loss, { argument: [0, 1] })(a, b) as unknown as readonly [Tensor, Tensor]
        expect(lower(da)).toEqual(gathered(x, shape, (i) => weight(i) * spread(y, i)))
        expect(lower(db)).toEqual(gathered(y, shape, (i) => weight(i) * spread(x, i)))
        expect(count(shape)).toBe(c.shape.reduce((p, n) => p * n, 1))
      }),
    )
  })
})

describe('numbers', () => {
  test('adapt to the tensor beside them, on either side', () => {
    const half = tensor([1, 2], { dtype: 'f32' })
    const whole = tensor([1, 2], { dtype: 'i32' })
    expect(add(half, 0.1).dtype).toBe('f32')
    expect(toArray(add(half, 0.1))).toEqual([Math.fround(1 + Math.fround(0.1)), Math.fround(2 + Math.fround(0.1))])
    expect([sub(1, half).dtype, toArray(sub(1, half))]).toEqual(['f32', [0, -1]])
    expect([mul(whole, 3).dtype, toArray(mul(whole, 3))]).toEqual(['i32', [3, 6]])
    expect(toArray(add(whole, -(2 ** 31)))).toEqual([1 - 2 ** 31, 2 - 2 ** 31])
    expect(add(1, 2).dtype).toBe('f64')
    expect(where(true, 1, half).dtype).toBe('f32')
  })
  test('pipe puts the operand that waits first', () => {
    expect(toArray(pipe(tensor([5, 6]), sub(1), div(2)))).toEqual([2, 2.5])
  })
})

describe('whole numbers wrap, and bits', () => {
  test('arithmetic is modulo 2³²', () => {
    const whole = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(whole, whole, fc.nat({ max: 31 }), (x, y, k) => {
        const [a, b, s] = [x, y, k].map((v) => tensor([v], { dtype: 'i32' })) as [
          Tensor<[1], 'i32'>,
          Tensor<[1], 'i32'>,
          Tensor<[1], 'i32'>,
        ]
        expect(toArray(add(a, b))).toEqual([(x + y) | 0])
        expect(toArray(sub(a, b))).toEqual([(x - y) | 0])
        expect(toArray(mul(a, b))).toEqual([Math.imul(x, y)])
        expect([and(a, b), or(a, b), xor(a, b)].map((v) => toArray(v)[0])).toEqual([x & y, x | y, x ^ y])
        expect(toArray(not(a))).toEqual([~x])
        expect(toArray(shiftLeft(a, s))).toEqual([x << k])
        expect(toArray(shiftRight(a, s))).toEqual([(x >>> k) | 0])
      }),
    )
  })
  test('of truth values: logic', () => {
    const p = tensor([false, false, true, true])
    const q = tensor([false, true, false, true])
    expect(toArray(and(p, q))).toEqual([false, false, false, true])
    expect(toArray(or(p, q))).toEqual([false, true, true, true])
    expect(toArray(xor(p, q))).toEqual([false, true, true, false])
    expect(toArray(not(p))).toEqual([true, true, false, false])
    expect(toArray(and(p, true))).toEqual([false, false, true, true])
  })
})
