import * as fc from 'fast-check'
import {
  grad,
  jit,
  mul,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  toArray,
  toTypedArray,
  ValueError,
  vmap,
  zeros,
} from 'lanac'
import {
  bernoulli,
  bits,
  categorical,
  exponential,
  gumbel,
  type Key,
  key,
  normal,
  permutation,
  randint,
  splitKeys,
  truncatedNormal,
  uniform,
} from 'lanac/random'
import { describe, expect, test } from 'vitest'
import { quantile } from '../../src/random/quantile.js'
import { equal } from '../types/ok/equal.js'
import {
  ALARM,
  countsOf,
  kolmogorov,
  kolmogorovBound,
  normalCdf,
  surprise,
  surpriseBound,
  upperTail,
} from './statistics.js'

const keys = fc.maxSafeInteger().map((s) => key(s))
const N = 20_000
const few = { numRuns: 4 }
const values = (x: Tensor): readonly number[] => [...(toTypedArray(x) as ArrayLike<number> & Iterable<number>)]

/** Draws a sample for a random key and holds it to a continuous distribution function. */
const follows = (draw: (k: Key) => Tensor, cdf: (x: number) => number, grain = 0): void =>
  fc.assert(
    fc.property(keys, (k) => {
      const x = values(draw(k))
      expect(x.length).toBe(N)
      expect(kolmogorov(x, cdf)).toBeLessThan(kolmogorovBound(x.length, grain))
    }),
    few,
  )

describe('distributions', () => {
  test('every one of 32 bits is fair, and independent of its neighbour', () => {
    fc.assert(
      fc.property(keys, (k) => {
        const w = values(bits(k, [N]))
        for (let i = 0; i < 32; i++) {
          const ones = w.filter((x) => ((x >>> i) & 1) === 1).length
          expect(surprise(ones, N, 0.5)).toBeLessThan(surpriseBound(64))
          const changes = w.slice(1).filter((x, j) => (((x ^ (w[j] as number)) >>> i) & 1) === 1).length
          expect(surprise(changes, N - 1, 0.5)).toBeLessThan(surpriseBound(64))
        }
      }),
      few,
    )
  })

  test('uniform', () => {
    follows(
      (k) => uniform(k, [N]),
      (x) => x,
    )
    follows(
      (k) => uniform(k, [N], { dtype: 'f32' }),
      (x) => x,
      2 ** -24,
    )
    follows(
      (k) => uniform(k, [N], { low: -3, high: 5 }),
      (x) => (x + 3) / 8,
    )
  })

  test('normal', () => {
    follows((k) => normal(k, [N]), normalCdf)
    follows((k) => normal(k, [N], { dtype: 'f32' }), normalCdf, 2 ** -24)
    follows(
      (k) => normal(k, [N], { mean: 3, std: 0.5 }),
      (x) => normalCdf((x - 3) / 0.5),
    )
  })

  test('the tails of normal are not cut, also in f32', () => {
    fc.assert(
      fc.property(keys, fc.constantFrom('f64', 'f32'), (k, dtype) => {
        const n = 300_000
        const x = values(normal(k, [n], { dtype }))
        for (const t of [3, 3.5, 4, 4.5]) {
          const beyond = x.filter((z) => Math.abs(z) > t).length
          expect(surprise(beyond, n, 2 * upperTail(t))).toBeLessThan(surpriseBound(4))
        }
      }),
      { numRuns: 2 },
    )
  })

  test('normal draws in pairs are independent: the angle of neighbours and of the halves is uniform', () => {
    const angle = (x: number, y: number): number => (Math.atan2(y, x) + Math.PI) / (2 * Math.PI)
    fc.assert(
      fc.property(keys, (k) => {
        const x = values(normal(k, [N]))
        const halves = Array.from({ length: N / 2 }, (_, i) => angle(x[i] as number, x[i + N / 2] as number))
        const neighbours = Array.from({ length: N / 2 }, (_, i) => angle(x[2 * i] as number, x[2 * i + 1] as number))
        for (const a of [halves, neighbours]) expect(kolmogorov(a, (t) => t)).toBeLessThan(kolmogorovBound(N / 2))
        // r² / 2 of independent normals is exponential
        const radii = Array.from(
          { length: N / 2 },
          (_, i) => ((x[i] as number) ** 2 + (x[i + N / 2] as number) ** 2) / 2,
        )
        expect(kolmogorov(radii, (t) => -Math.expm1(-t))).toBeLessThan(kolmogorovBound(N / 2))
      }),
      few,
    )
  })

  test('truncated normal', () => {
    const between = (low: number, high: number) => (x: number) =>
      (normalCdf(x) - normalCdf(low)) / (normalCdf(high) - normalCdf(low))
    follows((k) => truncatedNormal(k, [N]), between(-2, 2))
    follows((k) => truncatedNormal(k, [N], { low: -1, high: 3 }), between(-1, 3))
    follows((k) => truncatedNormal(k, [N], { low: -Infinity, high: 0.5 }), between(-Infinity, 0.5))
    // far out: 1 − Φ has to be taken without cancellation
    const tail = (low: number, high: number) => (x: number) =>
      (upperTail(low) - upperTail(x)) / (upperTail(low) - upperTail(high))
    follows((k) => truncatedNormal(k, [N], { low: 5, high: 9 }), tail(5, 9))
    follows(
      (k) => truncatedNormal(k, [N], { low: 30, high: Infinity }),
      (x) => 1 - upperTail(x) / upperTail(30),
    )
    follows((k) => truncatedNormal(k, [N], { low: -Infinity, high: Infinity }), normalCdf)
    follows(
      (k) => truncatedNormal(k, [N], { low: -30, high: -20 }),
      (x) => 1 - tail(20, 30)(-x),
    )
  })

  test('exponential and Gumbel', () => {
    follows(
      (k) => exponential(k, [N]),
      (x) => -Math.expm1(-x),
    )
    follows(
      (k) => gumbel(k, [N]),
      (x) => Math.exp(-Math.exp(-x)),
    )
  })

  test('bernoulli', () => {
    fc.assert(
      fc.property(keys, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (k, p) => {
        const ones = values(bernoulli(k, p, [N])).reduce((a, b) => a + b)
        expect(surprise(ones, N, p)).toBeLessThan(surpriseBound())
      }),
      few,
    )
    expect(values(bernoulli(key(0), 0, [N])).every((x) => x === 0)).toBe(true)
    expect(values(bernoulli(key(0), 1, [N])).every((x) => x === 1)).toBe(true)
    expect(toArray(bernoulli(key(0), tensor([0, 1, 0])))).toEqual([false, true, false])
    expect(toArray(bernoulli(key(0), tensor([0, 1], { dtype: 'f32' }), [2, 2]))).toEqual([
      [false, true],
      [false, true],
    ])
  })

  test('randint', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 20 }), (k, low, n) => {
        const x = values(randint(k, [N], { low, high: low + n })).map((v) => v - low)
        const counts = countsOf(x, n)
        expect(counts.reduce((a, b) => a + b)).toBe(N)
        expect(counts).toHaveLength(n)
        if (n > 1) for (const c of counts) expect(surprise(c, N, 1 / n)).toBeLessThan(surpriseBound(n))
      }),
      few,
    )
  })

  test('randint reaches the whole range', () => {
    const x = values(randint(key(1), [N], { low: -(2 ** 31), high: 2 ** 31 }))
    expect(kolmogorov(x, (v) => (v + 2 ** 31) / 2 ** 32)).toBeLessThan(kolmogorovBound(N, 2 ** -32))
  })

  test('categorical', () => {
    const p = [0.05, 0.6, 0, 0.25, 0.1]
    const logits = tensor(p.map((x) => Math.log(x) + 3))
    fc.assert(
      fc.property(keys, (k) => {
        const counts = countsOf(values(categorical(k, logits, { shape: [N] })), 5)
        expect(counts[2]).toBe(0)
        for (const i of [0, 1, 3, 4])
          expect(surprise(counts[i] as number, N, p[i] as number)).toBeLessThan(surpriseBound(4))
      }),
      few,
    )
  })

  test('permutation: all orders of four are equally likely', () => {
    fc.assert(
      fc.property(keys, (k) => {
        const n = 4000
        const orders = toArray(vmap((c: Key) => permutation(c, 4))(splitKeys(k, n)))
        const seen = new Map<string, number>()
        for (const o of orders) seen.set(o.join(''), (seen.get(o.join('')) ?? 0) + 1)
        expect(seen.size).toBe(24)
        for (const c of seen.values()) expect(surprise(c, n, 1 / 24)).toBeLessThan(surpriseBound(24))
      }),
      few,
    )
  })

  test('the tests themselves notice a wrong distribution', () => {
    const x = values(normal(key(3), [N]))
    expect(kolmogorov(x, (t) => normalCdf(t / 1.1))).toBeGreaterThan(kolmogorovBound(N))
    expect(surprise(N / 2 + 1000, N, 0.5)).toBeGreaterThan(surpriseBound())
    expect(ALARM).toBeLessThanOrEqual(1e-9)
  })
})

describe('permutation', () => {
  test('is one, and moves slices along an axis', () => {
    fc.assert(
      fc.property(keys, fc.nat({ max: 30 }), (k, n) => {
        const order = values(permutation(k, n))
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
        if (n === 0) return
        const x = tensor([order.map((_, i) => i), order.map((_, i) => 100 + i)])
        expect(toArray(permutation(k, x, { axis: 1 }))).toEqual([order, order.map((i) => 100 + i)])
        const rows = tensor(order.map((_, i) => [i, 100 + i]))
        expect(toArray(permutation(k, rows))).toEqual(order.map((i) => [i, 100 + i]))
      }),
    )
  })
})

describe('grain', () => {
  test('f64 draws are multiples of 2⁻⁵³ and f32 draws are these cut to 24 bits', () => {
    fc.assert(
      fc.property(keys, (k) => {
        const fine = values(uniform(k, [50]))
        const coarse = values(uniform(k, [50], { dtype: 'f32' }))
        for (const u of fine) expect(Number.isInteger(u * 2 ** 53)).toBe(true)
        expect(coarse).toEqual(fine.map((u) => Math.floor(u * 2 ** 24) / 2 ** 24))
        expect(fine.some((u) => !Number.isInteger(u * 2 ** 52))).toBe(true)
      }),
    )
  })

  test('f32 draws are f64 draws rounded', () => {
    fc.assert(
      fc.property(keys, (k) => {
        for (const draw of [normal, exponential, gumbel, truncatedNormal])
          expect(values(draw(k, [9], { dtype: 'f32' }))).toEqual(values(draw(k, [9])).map(Math.fround))
      }),
    )
  })

  test('the upper end is never drawn, also where rounding would reach it', () => {
    const next = 1 + 2 ** -52
    const x = values(uniform(key(5), [1000], { low: 1, high: next }))
    expect(new Set(x)).toEqual(new Set([1]))
    expect(values(uniform(key(5), [3], { low: 2, high: 2 }))).toEqual([2, 2, 2])
  })

  test('the first elements do not depend on how many are drawn', () => {
    fc.assert(
      fc.property(keys, fc.nat({ max: 20 }), fc.nat({ max: 20 }), (k, n, m) => {
        expect(values(uniform(k, [n + m])).slice(0, n)).toEqual(values(uniform(k, [n])))
      }),
    )
  })
})

describe('modes', () => {
  const draws: Readonly<Record<string, (k: Key) => Tensor>> = {
    bits: (k) => bits(k, [5]),
    'uniform f64': (k) => uniform(k, [2, 3]),
    'uniform f32': (k) => uniform(k, [2, 3], { dtype: 'f32' }),
    bernoulli: (k) => bernoulli(k, 0.3, [7]),
    randint: (k) => randint(k, [4], { low: -5, high: 100 }),
    permutation: (k) => permutation(k, 6),
  }
  test.each(Object.entries(draws))('%s: the same under jit, vmap and both', (_, draw) => {
    const compiled = jit((k: Key) => draw(k))
    const mapped = jit((ks: Tensor<[number, 2], 'i32'>) => vmap((k: Key) => draw(k))(ks))
    fc.assert(
      fc.property(keys, (k) => {
        expect(toArray(compiled(k))).toEqual(toArray(draw(k)))
        const stack: Tensor<[number, 2], 'i32'> = splitKeys(k, 3)
        const each = toArray(vmap((c: Key) => draw(c))(stack))
        const [first] = toArray(stack)
        expect(each).toEqual(toArray(mapped(stack)))
        expect((each as readonly unknown[])[0]).toEqual(
          toArray(draw(tensor(first as [number, number], { dtype: 'i32' }))),
        )
      }),
      { numRuns: 20 },
    )
  })

  test('draws are differentiable in where they lie', () => {
    const k = key(8)
    const z = values(normal(k, [3]))
    const g = grad((s: Tensor<[], 'f64'>) => sum(normal(k, [3], { mean: mul(s, 2), std: s })))(tensor(1.5))
    expect(toArray(g)).toBeCloseTo(6 + z.reduce((a, b) => a + b), 12)
    const u = values(uniform(k, [3]))
    const d = grad((h: Tensor<[], 'f64'>) => sum(uniform(k, [3], { high: h })))(tensor(4))
    expect(toArray(d)).toBeCloseTo(
      u.reduce((a, b) => a + b),
      12,
    )
  })
})

describe('quantile', () => {
  // scipy.special.ndtri
  test.each([
    [1e-300, -37.0470962993612],
    [1e-100, -21.273453560965322],
    [1e-20, -9.262340089798409],
    [1e-10, -6.361340902404056],
    [0.0001, -3.7190164854556804],
    [0.02425, -1.972961051311885],
    [0.1, -1.2815515655446004],
    [0.3, -0.5244005127080409],
    [0.49, -0.02506890825871106],
    [0.5, 0],
    [0.7, 0.5244005127080407],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
  ])('Φ⁻¹(%f) = %f', (p, z) => {
    // Φ⁻¹ is ill-conditioned in p only through p itself: a few roundings of z and of erfc
    expect(Math.abs((toArray(quantile(tensor(p))) as number) - z)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(z)))
  })
})

describe('types and refusals', () => {
  test('types', () => {
    const k = key(0)
    const u = uniform(k, [2, 3])
    equal<typeof u, Tensor<[2, 3], 'f64'>>(true)
    const f = normal(k, [2], { dtype: 'f32', std: 2 })
    equal<typeof f, Tensor<[2], 'f32'>>(true)
    const b = bernoulli(k, 0.5, [4])
    equal<typeof b, Tensor<[4], 'bool'>>(true)
    const c = bernoulli(k, zeros([2, 5]))
    equal<typeof c, Tensor<[2, 5], 'bool'>>(true)
    const i = randint(k, [3], { high: 2 })
    equal<typeof i, Tensor<[3], 'i32'>>(true)
    const g = categorical(k, zeros([2, 5]))
    equal<typeof g, Tensor<[2], 'i32'>>(true)
    const h = categorical(k, zeros([2, 5]), { axis: 0 })
    equal<typeof h, Tensor<[5], 'i32'>>(true)
    const m = categorical(k, zeros([5]), { shape: [7] })
    equal<typeof m, Tensor<[7], 'i32'>>(true)
    const p = permutation(k, 5)
    equal<typeof p, Tensor<[5], 'i32'>>(true)
    const q = permutation(k, zeros([2, 5]), { axis: 1 })
    equal<typeof q, Tensor<[2, 5], 'f64'>>(true)
    expect([u, f, b, c, i, g, h, m, p, q].map((x) => x.shape)).toEqual([
      [2, 3],
      [2],
      [4],
      [2, 5],
      [3],
      [2],
      [5],
      [7],
      [5],
      [2, 5],
    ])
  })

  test('refusals', () => {
    const k = key(0)
    expect(() => uniform(k, [2], { low: 1, high: 0 })).toThrow(ValueError)
    expect(() => uniform(k, [2], { dtype: 'i32' as 'f32' })).toThrow('for i32 use randint')
    expect(() => normal(k, [-1])).toThrow(ValueError)
    expect(() => normal(k, [2], { mean: zeros([3]) })).toThrow(ShapeError)
    expect(() => bernoulli(k, 1.5, [2])).toThrow(ValueError)
    expect(() => randint(k, [2], { high: 0 })).toThrow(ValueError)
    expect(() => randint(k, [2], { high: 2 ** 31 + 1 })).toThrow(ValueError)
    expect(() => randint(k, [2], { low: 0.5, high: 2 })).toThrow(ValueError)
    expect(() => truncatedNormal(k, [2], { low: 1, high: 1 })).toThrow(ValueError)
    expect(() => truncatedNormal(k, [2], { low: 40, high: 41 })).toThrow(ValueError)
    expect(() => categorical(k, zeros([2, 3]), { axis: 2 as 0 })).toThrow(ShapeError)
    expect(() => categorical(k, zeros([2, 3]), { shape: [3] })).toThrow(ShapeError)
    expect(() => permutation(k, 1.5)).toThrow(ValueError)
  })

  test('nothing drawn', () => {
    for (const draw of [uniform, normal, exponential, truncatedNormal])
      expect(draw(key(0), [0, 3]).shape).toEqual([0, 3])
    expect(normal(key(0), []).shape).toEqual([])
  })
})
