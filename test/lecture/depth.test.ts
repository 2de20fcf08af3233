/** Universal approximation, and depth: section 5 of the lecture. */
import * as fc from 'fast-check'
import {
  add,
  grad,
  hessian,
  item,
  matmul,
  mul,
  relu,
  reshape,
  type Scalar,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  vmap,
} from 'lanac'
import { close, holds, tolerance } from 'lanac/laws'
import { chain, countParameters, dense } from 'lanac/nn'
import { bernoulli, key, normal } from 'lanac/random'
import { describe, expect, it } from 'vitest'
import { piecewise, twoLayers } from '../../examples/support/two-layers.js'

const near = (left: unknown, right: unknown, scale?: number): void => {
  const measure = { tolerance: tolerance('f64', 'reference') }
  const verdict = close(left, right, scale === undefined ? measure : { ...measure, scale })
  expect(holds(verdict), verdict.witness()).toBe(true)
}

/** The linear pieces of a function of one number on an interval, found by its slope in the middle of many cells. */
const pieces = (f: (x: Scalar) => Tensor, [from, to]: readonly [number, number], cells: number): number => {
  const middles = Array.from({ length: cells }, (_, i) => from + ((to - from) * (i + 0.5)) / cells)
  const slopes = toArray(vmap(grad(f as (x: Scalar) => Tensor<[], 'f64'>))(tensor(middles))) as readonly number[]
  return 1 + slopes.filter((s, i) => i > 0 && s !== slopes[i - 1]).length
}

describe('hinges at 0, 1, 2, 3, 6 with the coefficients 1, −1, 2, −3, 1', () => {
  const [knots, coefficients] = [[0, 1, 2, 3, 6], [1, -1, 2, -3, 1]] as const // biome-ignore format: knots and coefficients
  const network = twoLayers(knots.map((k, i) => [1, -k, coefficients[i] as number]))
  const h = (x: Scalar) => matmul(relu(sub(x, tensor([...knots]))), tensor([...coefficients])) as Tensor<[], 'f64'>

  it('are 1·max(x, 0) − 1·max(x − 1, 0) + 2·max(x − 2, 0) − 3·max(x − 3, 0) + 1·max(x − 6, 0)', () => {
    const m = (x: number): number => Math.max(x, 0)
    fc.assert(
      fc.property(fc.integer({ min: -256, max: 512 }), (k) => {
        const x = k / 32
        const expected = 1 * m(x) - 1 * m(x - 1) + 2 * m(x - 2) - 3 * m(x - 3) + 1 * m(x - 6)
        expect(item(h(x))).toBe(expected)
        expect(network([x])).toEqual([expected])
      }),
    )
  })

  it('go through 0, 1, 1, 3, 0, with the slopes 0, 1, 0, 2, −1, 0 between', () => {
    expect(network(knots)).toEqual([0, 1, 1, 3, 0])
    expect(network([-5, 9])).toEqual([0, 0])
    expect([-1, 0.5, 1.5, 2.5, 4.5, 7].map((x) => item(grad(h)(x)))).toEqual([0, 1, 0, 2, -1, 0])
    expect(pieces(h, [-1, 8], 90)).toBe(6)
  })
})

describe('one hidden layer', () => {
  const points = fc
    .uniqueArray(fc.integer({ min: -64, max: 64 }), { minLength: 2, maxLength: 8 })
    .map((ks) => ks.toSorted((a, b) => a - b).map((k) => k / 8))
    .chain((at) =>
      fc.tuple(
        fc.constant(at),
        fc.array(
          fc.integer({ min: -64, max: 64 }).map((k) => k / 8),
          { minLength: at.length, maxLength: at.length },
        ),
      ),
    )

  it('is any piecewise linear function, made from its knots and values', () => {
    fc.assert(
      fc.property(points, ([at, values]) => {
        const f = piecewise(at, values)
        const [from, to] = [at.slice(0, -1), at.slice(1)]
        const value = (i: number): number => values[i] as number
        const share = (s: number) => from.map((a, i) => a + s * ((to[i] as number) - a))
        near(f(at), values, 512)
        for (const s of [0.25, 0.5])
          near(
            f(share(s)),
            from.map((_, i) => value(i) + s * (value(i + 1) - value(i))),
            512,
          )
        // and straight on beyond the first knot and the last
        const n = at.length - 1
        const slope = (i: number): number => (value(i + 1) - value(i)) / ((to[i] as number) - (from[i] as number))
        near(
          f([(at[0] as number) - 3, (at[n] as number) + 3]),
          [value(0) - 3 * slope(0), value(n) + 3 * slope(n - 1)],
          4096,
        )
      }),
    )
  })

  it('that is wide enough memorises labels without any pattern: a unit for each example', () => {
    const [N, d] = [24, 5] as const
    const x = normal(key(1), [N, d])
    const labels = toArray(bernoulli(key(2), 0.5, [N])).map((b) => (b ? 1 : -1))
    // along a direction that tells all examples apart
    const along = toArray(matmul(x, normal(key(3), [d]))) as readonly number[]
    const order = along.map((_, i) => i).sort((i, j) => (along[i] as number) - (along[j] as number))
    const f = piecewise(
      order.map((i) => along[i] as number),
      order.map((i) => labels[i] as number),
    )
    near(f(along), labels, 100)
    expect(new Set(labels).size).toBe(2)
  })

  it('of a polynomial activation is a polynomial, however wide: of a square, a parabola', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: -3, max: 3, noNaN: true }), (seed, x) => {
        const model = chain(dense(1, 64), square, dense(64, 1))
        const params = model.init(key(seed), { dtype: 'f64' })
        const f = (v: Scalar) => sum(model.apply(params)(reshape(v, [1])))
        expect(item(grad(grad(grad(f)))(x))).toBe(0)
        const [c, b, a] = [item(f(0)), item(grad(f)(0)), item(grad(grad(f))(0)) / 2]
        near(f(x), tensor(a * x * x + b * x + c), 64)
      }),
      { numRuns: 20 },
    )
    expect(item(grad(grad(grad((v: Scalar) => sin(v))))(0))).toBe(-1)
  })

  it.each([1, 2, 3])('is any logic function of %i variables, by a unit for each of 2ⁿ minterms', (n) => {
    const rows = Array.from({ length: 2 ** n }, (_, i) => Array.from({ length: n }, (__, j) => (i >> j) & 1))
    const functions = 2 ** (2 ** n)
    const model = chain(dense(n, 2 ** n), relu, dense(2 ** n, functions))
    // a unit is 1 − the bits in which an input differs from its minterm
    const minterms = {
      w: tensor(Array.from({ length: n }, (_, j) => rows.map((r) => 2 * (r[j] as number) - 1))),
      b: tensor(rows.map((r) => 1 - r.reduce((s, v) => s + v, 0))),
    }
    const tables = rows.map((_, i) => Array.from({ length: functions }, (__, f) => (f >> i) & 1))
    const out = { w: tensor(tables), b: tensor(new Array<number>(functions).fill(0)) }
    const x = tensor(rows)
    expect(toArray(relu(add(matmul(x, minterms.w), minterms.b)))).toEqual(
      rows.map((_, i) => rows.map((__, j) => Number(i === j))),
    )
    expect(toArray(model.apply([minterms, out] as never)(x as never) as Tensor)).toEqual(tables)
    expect(countParameters(dense(n, 2 ** n))).toBe((n + 1) * 2 ** n)
  })
})

describe('a network of ReLUs', () => {
  it('is piecewise linear: bent nowhere, of another slope elsewhere', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const model = chain(dense(2, 10), relu, dense(10, 10), relu, dense(10, 1))
        const params = model.init(key(seed), { dtype: 'f64' })
        const f = (v: Tensor<[2], 'f64'>) => sum(model.apply(params)(v))
        const x = normal(key(seed + 1), [2])
        expect(toArray(hessian(f)(x))).toEqual([[0, 0], [0, 0]]) // biome-ignore format: a matrix
        const slopes = [[3, 2], [-3, 2], [-2, -3], [2, -3]].map((p) => toArray(grad(f)(tensor(p) as typeof x)).join()) // biome-ignore format: points
        expect(new Set(slopes).size).toBeGreaterThan(1)
      }),
      { numRuns: 20 },
    )
  })

  /** 2x up to ½, and down from there, by two units: folds [0, 1] on itself. */
  const fold = (x: Scalar | Tensor): Tensor => sub(mul(2, relu(x)), mul(4, relu(sub(x, 0.5))))

  it.each([1, 2, 3, 5, 8])('of %i layers of two units has 2ᴸ pieces, where one layer of as many has 2L + 1', (L) => {
    const deep = (x: Scalar): Tensor => Array.from({ length: L - 1 }).reduce<Tensor>((h) => fold(h), fold(x))
    expect(pieces(deep, [0, 1], 2 ** (L + 2))).toBe(2 ** L)
    expect(Math.abs(item(grad(deep as (x: Scalar) => Tensor<[], 'f64'>)(0.3)))).toBe(2 ** L)
    const knots = tensor(Array.from({ length: 2 * L }, (_, i) => (i + 0.5) / (2 * L)))
    const sizes = tensor(Array.from({ length: 2 * L }, (_, i) => i + 1))
    const shallow = (x: Scalar): Tensor => matmul(relu(sub(x, knots)), sizes)
    expect(pieces(shallow, [0, 1], 8 * L)).toBe(2 * L + 1)
  })
})
