import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ValueError } from '../../src/core/error.js'
import { digamma, erf, erfc, ipow, lgamma, polygamma, remainder, roundHalfEven } from '../../src/primitive/special.js'
import {
  DIGAMMA,
  DIGAMMA_NEGATIVE,
  ERF,
  ERFC,
  LGAMMA,
  LGAMMA_NEGATIVE,
  PENTAGAMMA,
  PENTAGAMMA_NEGATIVE,
  POLYGAMMA_20,
  type Table,
  TETRAGAMMA,
  TETRAGAMMA_NEGATIVE,
  TRIGAMMA,
  TRIGAMMA_NEGATIVE,
} from './special-values.js'

const EPSILON = 2 ** -52

/** The distance of doubles at x: one unit in the last place. */
const ulp = (x: number): number => {
  const a = Math.abs(x)
  if (a < 2 ** -1022) return 2 ** -1074
  const e = Math.floor(Math.log2(a))
  // log2 may round up across a power of two
  return 2 ** ((2 ** e > a ? e - 1 : e) - 52)
}

/** Rows of a table whose error is more than `bound` ulp of `scale`, by default of the value itself. */
const outside = (
  table: Table,
  f: (x: number) => number,
  bound: number,
  scale: (x: number, value: number) => number = (_, value) => value,
): readonly unknown[] => {
  const rows: unknown[] = []
  for (let i = 0; i < table.length; i += 2) {
    const x = table[i] as number
    const value = table[i + 1] as number
    const error = Math.abs(f(x) - value) / ulp(scale(x, value))
    if (!(error <= bound)) rows.push({ x, value, got: f(x), ulps: error })
  }
  return rows
}

const order =
  (n: number) =>
  (x: number): number =>
    polygamma(n, x)

/** Beside a zero on the negative axis the terms that cancel set the scale. */
const mirrored =
  (f: (x: number) => number, least: number) =>
  (x: number, value: number): number =>
    Math.max(least, Math.abs(value), Math.abs(f(-x)))

/** Doubles on a grid, so that x + 1 is exact. */
const grid = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: low * 2 ** 20, max: high * 2 ** 20 }).map((i) => i / 2 ** 20)

describe('against reference values', () => {
  test.each([
    ['erf', ERF, erf, 2],
    ['erfc', ERFC, erfc, 4],
    ['lgamma, x > 0', LGAMMA, lgamma, 4],
    ['digamma, x > 0', DIGAMMA, digamma, 4],
    ['trigamma, x > 0', TRIGAMMA, order(1), 4],
    ['polygamma 2, x > 0', TETRAGAMMA, order(2), 4],
    ['polygamma 3, x > 0', PENTAGAMMA, order(3), 4],
    ['polygamma 20, x > 0', POLYGAMMA_20, order(20), 14],
  ] as const)('%s', (_, table, f, bound) => {
    expect(outside(table, f, bound)).toEqual([])
  })

  test.each([
    ['lgamma, x < 0', LGAMMA_NEGATIVE, lgamma, 6, 1],
    ['digamma, x < 0', DIGAMMA_NEGATIVE, digamma, 6, 1],
    ['trigamma, x < 0', TRIGAMMA_NEGATIVE, order(1), 6, 0],
    ['polygamma 2, x < 0', TETRAGAMMA_NEGATIVE, order(2), 8, 0],
    ['polygamma 3, x < 0', PENTAGAMMA_NEGATIVE, order(3), 10, 0],
  ] as const)('%s', (_, table, f, bound, least) => {
    expect(outside(table, f, bound, mirrored(f, least))).toEqual([])
  })

  test('the reference tables are of different functions', () => {
    expect(outside(TRIGAMMA, order(2), 4)).not.toEqual([])
    expect(outside(ERF, (x) => x, 2)).not.toEqual([])
  })
})

describe('special values', () => {
  const same = (f: (x: number) => number, pairs: readonly (readonly [number, number])[]): void => {
    for (const [x, value] of pairs) expect([x, f(x)]).toEqual([x, value])
  }
  const { NaN: nan } = Number

  test('erf, erfc', () => {
    same(erf, [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [nan, nan],
      [5e-324, 5e-324],
      [7, 1],
    ])
    same(erfc, [
      [0, 1],
      [-0, 1],
      [Infinity, 0],
      [-Infinity, 2],
      [nan, nan],
      [27.3, 0],
      [1e308, 0],
      [-7, 2],
    ])
  })

  test('lgamma: zeros, poles, infinities', () => {
    same(lgamma, [
      [1, 0],
      [2, 0],
      [Infinity, Infinity],
      [-Infinity, Infinity],
      [nan, nan],
      [1e308, Infinity],
    ])
    same(lgamma, [
      [0, Infinity],
      [-0, Infinity],
      [-1, Infinity],
      [-2, Infinity],
      [-1e16, Infinity],
    ])
  })

  test('digamma: poles, infinities', () => {
    same(digamma, [
      [0, -Infinity],
      [-0, Infinity],
      [Infinity, Infinity],
      [-Infinity, nan],
      [nan, nan],
    ])
    same(digamma, [
      [-1, nan],
      [-2, nan],
      [-1e16, nan],
    ])
  })

  test('polygamma: poles, infinities, far arguments', () => {
    same(order(1), [
      [0, Infinity],
      [-0, Infinity],
      [-1, Infinity],
      [Infinity, 0],
      [-Infinity, nan],
      [nan, nan],
    ])
    same(order(2), [
      [0, -Infinity],
      [-0, Infinity],
      [-1, nan],
      [Infinity, -0],
      [-Infinity, nan],
      [nan, nan],
    ])
    same(order(171), [
      [0.5, Infinity],
      [-0.25, Infinity],
      [-1, Infinity],
    ])
    same(order(172), [
      [0.5, -Infinity],
      [-0.25, Infinity],
      [-0.75, -Infinity],
    ])
    same(order(0), [[1, digamma(1)]])
    expect(polygamma(1, 1e200) / 1e-200).toBeCloseTo(1, 14)
    // n! and xⁿ⁺¹ overflow, their quotient does not
    expect(polygamma(171, 1000) / 7.895703658426907e-207).toBeCloseTo(1, 11)
  })

  test('polygamma takes natural orders', () => {
    for (const n of [-1, 0.5, nan, Infinity]) expect(() => polygamma(n, 1)).toThrow(ValueError)
    expect(() => polygamma(-1, 1)).toThrow('polygamma: order -1 is not a natural number')
  })

  test('roundHalfEven', () => {
    same(roundHalfEven, [
      [0, 0],
      [-0, -0],
      [0.5, 0],
      [-0.5, -0],
      [1.5, 2],
      [2.5, 2],
      [-1.5, -2],
      [-2.5, -2],
      [-0.2, -0],
    ])
    same(roundHalfEven, [
      [Infinity, Infinity],
      [-Infinity, -Infinity],
      [nan, nan],
      [0.49999999999999994, 0],
    ])
    same(roundHalfEven, [
      [2 ** 52 + 1, 2 ** 52 + 1],
      [2 ** 52 - 0.5, 2 ** 52],
      [2 ** 52 - 1.5, 2 ** 52 - 2],
    ])
  })

  test('remainder has the sign of the divisor', () => {
    const rows: readonly (readonly [number, number, number])[] = [
      [5, 3, 2],
      [-5, 3, 1],
      [5, -3, -1],
      [-5, -3, -2],
      [6, 3, 0],
      [-6, 3, 0],
      [6, -3, -0],
      [-0, 3, 0],
      [0, -3, -0],
      [5.5, 2, 1.5],
      [-5.5, 2, 0.5],
      [5, Infinity, 5],
      [-5, Infinity, Infinity],
      [5, -Infinity, -Infinity],
      [Infinity, 2, nan],
      [1, 0, nan],
      [nan, 1, nan],
      [1, nan, nan],
      [-1e-20, 1, 1],
    ]
    for (const [x, y, r] of rows) expect([x, y, remainder(x, y)]).toEqual([x, y, r])
  })

  test('ipow', () => {
    same(
      (x) => ipow(x, 0),
      [
        [0, 1],
        [nan, 1],
        [Infinity, 1],
      ],
    )
    same(
      (x) => ipow(x, 2),
      [
        [-3, 9],
        [-0, 0],
        [-Infinity, Infinity],
        [nan, nan],
      ],
    )
    same(
      (x) => ipow(x, 3),
      [
        [-3, -27],
        [-0, -0],
        [-Infinity, -Infinity],
      ],
    )
    same(
      (x) => ipow(x, -1),
      [
        [4, 0.25],
        [-0, -Infinity],
        [-Infinity, -0],
      ],
    )
    same(
      (x) => ipow(x, -2),
      [
        [4, 0.0625],
        [-0, Infinity],
        [-Infinity, 0],
      ],
    )
  })
})

describe('identities', () => {
  test('erf is odd; erf and erfc add to 1', () => {
    fc.assert(
      fc.property(grid(-8, 8), (x) => {
        expect(erf(-x)).toBe(-erf(x))
        expect(Math.abs(erf(x) + erfc(x) - 1)).toBeLessThanOrEqual(4 * EPSILON)
        expect(Math.abs(erfc(-x) + erfc(x) - 2)).toBeLessThanOrEqual(4 * EPSILON)
      }),
    )
  })

  test('Γ(x + 1) = x Γ(x), and its logarithmic derivatives', () => {
    const positive = grid(0, 40).map((x) => x + 2 ** -20)
    fc.assert(
      fc.property(positive, fc.integer({ min: 1, max: 6 }), (x, n) => {
        const scale = (...terms: readonly number[]): number => EPSILON * Math.max(1, ...terms.map(Math.abs))
        const [a, b, c] = [lgamma(x + 1), lgamma(x), Math.log(x)]
        expect(Math.abs(a - b - c)).toBeLessThanOrEqual(12 * scale(a, b, c))
        const [d, e, f] = [digamma(x + 1), digamma(x), 1 / x]
        expect(Math.abs(d - e - f)).toBeLessThanOrEqual(12 * scale(d, e, f))
        const step = ((n % 2 === 0 ? 1 : -1) * [1, 1, 2, 6, 24, 120, 720][n]!) / x ** (n + 1)
        const [g, h] = [polygamma(n, x + 1), polygamma(n, x)]
        expect(Math.abs(g - h - step)).toBeLessThanOrEqual((n + 12) * EPSILON * Math.max(Math.abs(g), Math.abs(h)))
      }),
    )
  })

  test('the recurrence goes on below 0', () => {
    const between = fc.tuple(fc.integer({ min: -30, max: -1 }), grid(0, 1)).map(([k, r]) => k + (r + 0.01) / 1.02)
    fc.assert(
      fc.property(between, fc.integer({ min: 1, max: 5 }), (x, n) => {
        // the argument's own rounding is worth a slope: ψ for log Γ, ψ₁ for ψ, ψₙ₊₁ for ψₙ
        const bound = (value: number, slope: number, units: number): number =>
          EPSILON * (units * Math.max(1, Math.abs(value), Math.abs(lgamma(-x))) + 4 * Math.abs(slope * x))
        const y = x + 1
        const last = Math.max(Math.abs(lgamma(x)), Math.abs(lgamma(y)), Math.abs(Math.log(-x)))
        expect(Math.abs(lgamma(y) - lgamma(x) - Math.log(-x))).toBeLessThanOrEqual(bound(last, digamma(y), 16))
        const most = Math.max(Math.abs(digamma(x)), Math.abs(digamma(y)), Math.abs(1 / x))
        expect(Math.abs(digamma(y) - digamma(x) - 1 / x)).toBeLessThanOrEqual(bound(most, polygamma(1, y), 16))
        const step = ((n % 2 === 0 ? 1 : -1) * [1, 1, 2, 6, 24, 120][n]!) / x ** (n + 1)
        const [g, h] = [polygamma(n, y), polygamma(n, x)]
        const size = Math.max(Math.abs(g), Math.abs(h), Math.abs(step), Math.abs(polygamma(n, 0.5)))
        expect(Math.abs(g - h - step)).toBeLessThanOrEqual(
          EPSILON * ((4 * n + 12) * size + 4 * Math.abs(polygamma(n + 1, y) * x)),
        )
      }),
    )
  })

  test('a polygamma function is the slope of the one before', () => {
    fc.assert(
      fc.property(grid(2, 30), fc.integer({ min: 0, max: 5 }), (x, n) => {
        // fourth-order central difference; its error is h⁴/30 of the fifth derivative, and rounding over h
        const h = 2 ** -10
        const f = order(n)
        const slope = (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)
        const truncation = (h ** 4 / 30) * Math.abs(polygamma(n + 5, x - 2 * h))
        const rounding = ((8 * 2 * 4) / (6 * h)) * EPSILON * Math.max(1, Math.abs(f(x - 2 * h)), Math.abs(f(x + 2 * h)))
        expect(Math.abs(slope - polygamma(n + 1, x))).toBeLessThanOrEqual(truncation + rounding)
      }),
    )
  })

  test('roundHalfEven is the nearest integer, even between two', () => {
    const halves = fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map((i) => i / 2)
    fc.assert(
      fc.property(fc.oneof(halves, fc.double({ min: -1e6, max: 1e6, noNaN: true })), (x) => {
        const r = roundHalfEven(x)
        expect(Number.isInteger(r)).toBe(true)
        expect(Math.abs(x - r)).toBeLessThanOrEqual(0.5)
        if (Math.abs(x - r) === 0.5) expect(Math.abs(r % 2)).toBe(0)
      }),
    )
  })

  test('remainder is x − y ⌊x/y⌋ on integers', () => {
    const integer = fc.integer({ min: -(2 ** 31), max: 2 ** 31 })
    fc.assert(
      fc.property(
        integer,
        integer.map((y) => (y < 0 ? y : y + 1)),
        (x, y) => {
          const [a, b] = [BigInt(x), BigInt(y)]
          expect(BigInt(remainder(x, y))).toBe(((a % b) + b) % b)
        },
      ),
    )
  })

  test('ipow is within 1 ulp of the exact power', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 60 }), (x, n) => {
        const exact = Number(BigInt(x) ** BigInt(n))
        expect(Math.abs(ipow(x, n) - exact)).toBeLessThanOrEqual(exact === 0 ? 0 : ulp(exact))
      }),
    )
  })
})
