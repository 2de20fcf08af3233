/** Products, diagonals and triangles, against sums by definition over whole numbers, exactly. */
import * as fc from 'fast-check'
import {
  diag,
  dot,
  einsum,
  grad,
  jit,
  matmul,
  mul,
  outer,
  sum,
  type Tensor,
  tensor,
  toArray,
  trace,
  tril,
  triu,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { at, build, count, lift, lower, type Plain, plain, shapes } from './naive.js'

type Array64 = Tensor<number[], 'f64'>
const size = fc.nat({ max: 4 })

/** Both operands of a product `[...lead, m, k] x [...lead, k, n]`, either lead with axes of size 1 or missing. */
const factors = fc
  .record({
    m: size,
    k: size,
    n: size,
    lead: shapes(2),
    ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    drop: fc.tuple(fc.nat(2), fc.nat(2)),
  })
  .chain(({ m, k, n, lead, ones, drop }) => {
    const la = lead.map((s, i) => (ones[i] ? 1 : s)).slice(Math.min(drop[0], lead.length))
    const lb = lead.map((s, i) => (ones[i + 2] && !ones[i] ? 1 : s)).slice(Math.min(drop[1], lead.length))
    return fc.record({ x: plain([...la, m, k]), y: plain([...lb, k, n]) })
  })

const productOf = (x: Plain, y: Plain): Plain => {
  const [m, k] = x.shape.slice(-2) as [number, number]
  const n = y.shape.at(-1) as number
  const [la, lb] = [x.shape.slice(0, -2), y.shape.slice(0, -2)]
  const rank = Math.max(la.length, lb.length)
  const lead = Array.from({ length: rank }, (_, i) => {
    const p = la[i - rank + la.length] ?? 1
    return p === 1 ? (lb[i - rank + lb.length] ?? 1) : p
  })
  const own = (l: readonly number[], i: readonly number[]): number[] =>
    i.slice(rank - l.length, rank).map((v, a) => (l[a] === 1 ? 0 : v))
  return build([...lead, m, n], (i) => {
    const [r, c] = i.slice(-2) as [number, number]
    let s = 0
    for (let j = 0; j < k; j++) s += at(x, [...own(la, i), r, j]) * at(y, [...own(lb, i), j, c])
    return s
  })
}

describe('matmul', () => {
  test('is the sum over the inner axis, for every pair of leading axes that broadcast', () => {
    fc.assert(
      fc.property(factors, ({ x, y }) => {
        const expected = productOf(x, y)
        expect(lower(matmul(lift(x), lift(y)))).toEqual(expected)
        expect(lower(jit(matmul as (a: Tensor, b: Tensor) => Tensor)(lift(x), lift(y)))).toEqual(expected)
        expect(lower(matmul(lift(y))(lift(x)))).toEqual(expected)
      }),
    )
  })
  test('its cotangents are ct·yᵀ and xᵀ·ct', () => {
    const t = (x: Plain): Plain => build([...x.shape].reverse(), (i) => at(x, [...i].reverse()))
    fc.assert(
      fc.property(
        fc.tuple(size, size, size).chain(([m, k, n]) => fc.tuple(plain([m, k]), plain([k, n]), plain([m, n]))),
        ([x, y, ct]) => {
          const loss = (a: Array64, b: Array64): Tensor<[], 'f64'> =>
            sum(mul(matmul(a, b), lift(ct))) as Tensor<[], 'f64'>
          const [dx, dy] = grad(loss, { argument: [0, 1] })(lift(x), lift(y)) as unknown as readonly [Tensor, Tensor]
          expect(lower(dx)).toEqual(productOf(ct, t(y)))
          expect(lower(dy)).toEqual(productOf(t(x), ct))
        },
      ),
    )
  })
  test('a vector is a row on the left and a column on the right', () => {
    const a = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(toArray(matmul(a, tensor([1, 10])))).toEqual([21, 43, 65])
    expect(toArray(matmul(tensor([1, 10, 100]), a))).toEqual([531, 642])
    expect(toArray(matmul(tensor([1, 2]), tensor([3, 4])))).toBe(11)
    expect(toArray(matmul(tensor([[1, 2]], { dtype: 'i32' }), tensor([[3], [4]], { dtype: 'i32' })))).toEqual([[11]])
  })
})

describe('einsum', () => {
  /** The sum over all values of the labels that the result does not name. */
  const naive = (equation: string, xs: readonly Plain[]): Plain => {
    const [left, out] = equation.split('->') as [string, string]
    const labels = left.split(',')
    const sizes = new Map(
      labels.flatMap((l, k) => [...l].map((c, i) => [c, (xs[k] as Plain).shape[i] as number] as const)),
    )
    const inner = [...sizes.keys()].filter((c) => !out.includes(c))
    return build(
      [...out].map((c) => sizes.get(c) as number),
      (o) => {
        const places = build(
          inner.map((c) => sizes.get(c) as number),
          () => 0,
        )
        let s = 0
        build(places.shape, (i) => {
          const value = (c: string): number =>
            out.includes(c) ? (o[out.indexOf(c)] as number) : (i[inner.indexOf(c)] as number)
          s += xs.reduce((p, x, k) => p * at(x, [...(labels[k] as string)].map(value)), 1)
          return 0
        })
        return s
      },
    )
  }
  const equations = [
    'ij,jk->ik',
    'ij,ij->',
    'ij->ji',
    'ii->i',
    'ii->',
    'iij->j',
    'i,j,k->kij',
    'bij,bjk->bik',
    'bij,kj->bik',
    'ij,jk,kl->il',
    'ij->',
    'ij,k->j',
    'ij,jj->i',
    'i,i,i->i',
    'ij,ji->ij',
    'bhqd,bhkd->bhqk',
  ]
  test.each(equations)('%s', (equation) => {
    const labels = (equation.split('->')[0] as string).split(',')
    fc.assert(
      fc.property(
        fc
          .record(Object.fromEntries([...new Set(equation.replace(/[->,]/g, ''))].map((c) => [c, fc.nat({ max: 3 })])))
          .chain((sizes) => fc.tuple(...labels.map((l) => plain([...l].map((c) => sizes[c] as number))))),
        (xs) => {
          const f = (...operands: Tensor[]): Tensor => einsum(equation, ...operands)
          expect(lower(f(...xs.map(lift)))).toEqual(naive(equation, xs))
          expect(lower(jit(f)(...xs.map(lift)))).toEqual(naive(equation, xs))
        },
      ),
      { numRuns: 30 },
    )
  })
  test('without an arrow the result names what stands once, in order', () => {
    expect(
      toArray(
        einsum(
          'ba',
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(toArray(einsum('ij,jk', tensor([[1, 2]]), tensor([[3], [4]])))).toEqual([[11]])
  })
})

describe('the rest', () => {
  test('dot, outer, trace', () => {
    fc.assert(
      fc.property(
        size.chain((n) => fc.tuple(plain([n]), plain([n]), plain([n, 3]))),
        ([x, y, m]) => {
          expect(toArray(dot(lift(x) as Tensor<[number]>, lift(y) as Tensor<[number]>))).toBe(
            x.data.reduce((s, v, i) => s + v * (y.data[i] as number), 0),
          )
          expect(lower(outer(lift(x) as Tensor<[number]>, lift(y) as Tensor<[number]>))).toEqual(
            build(
              [x.shape[0] as number, y.shape[0] as number],
              ([i, j]) => (x.data[i as number] as number) * (y.data[j as number] as number) + 0,
            ),
          )
          const diagonal = Array.from({ length: Math.min(m.shape[0] as number, 3) }, (_, i) => at(m, [i, i]))
          expect(toArray(trace(lift(m)))).toBe(diagonal.reduce((s, v) => s + v, 0))
          expect(toArray(diag(lift(m)))).toEqual(diagonal)
          const n = x.shape[0] as number
          expect(lower(diag(lift(x)))).toEqual(
            build([n, n], ([i, j]) => (i === j ? (x.data[i as number] as number) : 0)),
          )
        },
      ),
    )
  })
  test('tril and triu keep their sides, of any diagonal and rank', () => {
    fc.assert(
      fc.property(
        shapes(1).chain((lead) => fc.tuple(size, size).chain(([m, n]) => plain([...lead, m, n]))),
        fc.integer({ min: -4, max: 4 }),
        (x, k) => {
          const side = (keep: (i: number, j: number) => boolean): Plain =>
            build(x.shape, (i) => (keep(i.at(-2) as number, i.at(-1) as number) ? at(x, i) : 0))
          expect(lower(tril(lift(x), { k }))).toEqual(side((i, j) => j <= i + k))
          expect(lower(triu(lift(x), { k }))).toEqual(side((i, j) => j >= i + k))
          expect(lower(tril(lift(x)))).toEqual(side((i, j) => j <= i))
          expect(count(x.shape)).toBe(x.data.length)
        },
      ),
    )
  })
})
