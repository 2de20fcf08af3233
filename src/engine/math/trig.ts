/**
 * Sine, cosine and tangent in doubles, for every finite argument.
 *
 * x = n · π/2 + r, |r| ≤ π/4, r as a sum of two doubles. Up to |x| = 2²⁰ · π/2 by Cody and Waite's method with π/2 in parts
 * of 33 bits, whose products with n are exact: 151 bits in all, and no double comes closer to a multiple of π/2 than 2⁻⁶². Beyond,
 * which is seldom, by M. H. Payne and R. N. Hanek's ("Radian reduction for trigonometric functions", SIGNUM Newsletter 18
 * (1983) 19–24): only those words of 2/π are multiplied with that matter modulo 8.
 */
import { constant, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  and,
  div,
  fastTwoSum,
  floor,
  fma,
  gt,
  left,
  mul,
  ne,
  nearest,
  type Pair,
  polynomial,
  right,
  seldom,
  sub,
  toFloat,
  toInteger,
  twoProduct,
  twoSum,
  where,
  withSign,
  word,
  xor,
} from './arithmetic.js'
import { COS, COS_SHORT, SIN, SIN_SHORT } from './coefficients.js'
import type { Precision } from './exp.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** An angle's quadrant and what is left of it. */
interface Angle {
  /** The quadrant modulo 4, as a double. */
  readonly quadrant: Lane
  readonly r: Pair
}

/** π/2 in parts: three of 33 bits, and the rest. */
const PARTS = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32] as const

/** π/2 as a sum of two doubles. */
const HALF_PI = 1.5707963267948966
const HALF_PI_LOW = 6.123233995736766e-17

const MAGIC_BITS = 0x4338_0000_0000_0000n

/** Up to here n < 2²⁰. */
const MEDIUM = 2 ** 20 * HALF_PI

/** 2/π in words of 24 bits, from 2⁻²⁴ down. */
const TWO_OVER_PI: readonly number[] = [
  10680707, 7228996, 1387004, 2578385, 16069853, 12639074, 9804092, 4427841, 16666979, 11263675, 12935607, 2387514,
  4345298, 14681673, 3074569, 13734428, 16653803, 1880361, 10960616, 8533493, 3062596, 8710556, 7349940, 6258241,
  3772886, 3769171, 3798172, 8675211, 12450088, 3874808, 9961438, 366607, 15675153, 9132554, 7151469, 3571407, 2607881,
  12013382, 4155038, 6285869, 7677882, 13102053, 15825725, 473591, 9065106, 15363067, 6271263, 9264392, 5636912,
  4652155, 7056368, 13614112, 10155062, 1944035, 9527646, 15080200, 6658437, 6231200, 6832269, 16767104,
]

// ---------------------------------------------------------------------------------------------------------- combinators

const codyWaite = (x: Lane): Angle => {
  const n = nearest(mul(x, 2 / Math.PI))
  const a = sub(x, mul(n, PARTS[0]))
  const b = twoSum(a, mul(n, -PARTS[1]))
  const c = twoSum(b.high, mul(n, -PARTS[2]))
  const low = sub(add(c.low, b.low), mul(n, PARTS[3]))
  return { quadrant: n, r: fastTwoSum(c.high, low) }
}

/** The bits of a whole double n, |n| < 2⁵¹, after {@link MAGIC_BITS}: n modulo 2⁵¹ in the lowest. */
const wholeBits = (n: Lane): Lane => toInteger(add(n, 6755399441055744))

/** Which words of 2/π are read: a barrel shifter over the bits of an i64. */
const wordsFrom = (index: Lane, count: number, largest: number): readonly Lane[] => {
  const at = (i: number): number => TWO_OVER_PI[i] ?? 0
  // three words of zeros stand before the first
  let words: readonly (Lane | number)[] = Array.from({ length: largest + count }, (_, i) => (i < 3 ? 0 : at(i - 3)))
  let step = 1
  while (step * 2 <= largest) step *= 2
  for (; step >= 1; step /= 2) {
    const moved = ne(and(index, step), 0)
    const needed = count + step - 1
    const before = words
    words = Array.from({ length: Math.min(needed, before.length) }, (_, i) =>
      where(moved, before[i + step] ?? 0, before[i] as Lane),
    )
  }
  return words.slice(0, count) as readonly Lane[]
}

/**
 * Payne and Hanek's method for |x| ≥ 2²⁰. With x = ± m · 2ᵉ, m < 2⁵³ whole, and j = ⌊(e + 48) / 24⌋, words j − 3, j − 2, … of
 * 2/π are enough: earlier ones give multiples of 8, and nine words reach 2⁻¹²⁵.
 */
const payneHanek = (x: Lane): Angle => {
  const i = toInteger(abs(x))
  const e = sub(right(i, 52), 1075)
  // division by 24 through doubles: e + 48 is between 16 and 1019
  const shifted = sub(toFloat(xor(add(e, 48), word('i64', 0x4330n << 48n))), 4503599627370496)
  const j = floor(mul(add(shifted, 0.5), 1 / 24))
  const words = wordsFrom(wholeBits(j), 9, 42)
  const m = toFloat(xor(and(i, word('i64', (1n << 52n) - 1n)), word('i64', 0x4330n << 48n)))
  // m in three parts of 24 bits
  const top = floor(mul(m, 2 ** -48))
  const rest = sub(m, mul(top, 2 ** 48))
  const middle = floor(mul(rest, 2 ** -24))
  const bottom = sub(rest, mul(middle, 2 ** 24))
  // the word of index k (from j − 3) stands for 2^(−24 (j − 2 + k)); with 2ᵉ that is 2^(e − 24 (j − 2) − 24 k)
  const s = toFloat(left(sub(add(e, 1023), sub(wholeBits(mul(sub(j, 2), 24)), word('i64', MAGIC_BITS))), 52))
  const product = (k: number): Lane => {
    const at = (n: number): Lane | number => words[n] ?? 0
    // parts of m of weight 2⁴⁸, 2²⁴, 1 beside words k + 2, k + 1, k
    const terms = [
      [top, at(k + 2)],
      [middle, at(k + 1)],
      [bottom, k < 0 ? 0 : at(k)],
    ] as const
    return terms
      .filter(([, w]) => typeof w !== 'number')
      .map(([a, w]) => mul(a, w))
      .reduce((a, b) => add(a, b))
  }
  // q(k) has the weight s · 2^(−24 k); from the highest down, multiples of 8 taken off
  // The whole part goes as soon as the sum is exact down to 2⁻⁷²: what may cancel has cancelled then.
  let sum: Pair = { high: constant('f64', 0), low: constant('f64', 0) }
  let n: Lane = sum.high
  for (let k = -2; k <= 8; k++) {
    const term = mul(mul(product(k), s), 2 ** (-24 * k))
    const small = k <= 2 ? sub(term, mul(8, floor(mul(term, 1 / 8)))) : term
    const t: Pair = twoSum(sum.high, small)
    sum = fastTwoSum(t.high, add(t.low, sum.low))
    if (k === 3) {
      n = nearest(sum.high)
      sum = fastTwoSum(sub(sum.high, n), sum.low)
    }
  }
  const p = twoProduct(sum.high, constant('f64', HALF_PI))
  const low = add(p.low, add(mul(sum.high, HALF_PI_LOW), mul(sum.low, HALF_PI)))
  const r = fastTwoSum(p.high, low)
  // of a negative x the quadrant and the rest are opposite; x − x is NaN for an infinite one
  return {
    quadrant: withSign(n, x),
    r: { high: add(withSign(r.high, x), sub(x, x)), low: withSign(r.low, x) },
  }
}

/** A function of an angle, by the method that the argument needs. */
const ofAngle = (x: Lane, f: (angle: Angle) => Lane): Lane =>
  seldom(gt(abs(x), MEDIUM), f(payneHanek(x)), f(codyWaite(x)))

/** sin r, unevaluated. */
export const sinOf = ({ high, low }: Pair, precision: Precision): Pair => {
  const z = mul(high, high)
  const cube = mul(high, z)
  const p = polynomial(precision === 53 ? SIN : SIN_SHORT, z)
  // sin(high + low) = sin high + low cos high
  return { high, low: precision === 24 ? mul(cube, p) : add(mul(cube, p), mul(low, fma(z, -0.5, 1))) }
}

/** cos r, unevaluated. */
export const cosOf = ({ high, low }: Pair, precision: Precision): Pair => {
  const z = mul(high, high)
  const half = mul(0.5, z)
  const one = sub(1, half)
  const lost = sub(sub(1, one), half)
  const p = polynomial(precision === 53 ? COS : COS_SHORT, z)
  const rest = mul(mul(z, z), p)
  return { high: one, low: add(lost, precision === 24 ? rest : sub(rest, mul(high, low))) }
}

const odd = (bits: Lane): Lane => ne(and(bits, 1), 0)
/** The sign bit of a double where bit 1 is set. */
const turned = (bits: Lane): Lane => toFloat(left(and(bits, 2), 62))

/** Up to here x³/6 and x³/3 are all that x lacks. */
const TINY = 2 ** -30

// -------------------------------------------------------------------------------------------------------------- running

/** sin x; NaN at ±∞. */
export const sin = (x: Lane): Lane => {
  const y = ofAngle(x, ({ quadrant, r }) => {
    const s = sinOf(r, 53)
    const c = cosOf(r, 53)
    const n = wholeBits(quadrant)
    const swap = odd(n)
    return xor(add(where(swap, c.high, s.high), where(swap, c.low, s.low)), turned(n))
  })
  return where(gt(abs(x), TINY), y, mul(x, fma(mul(x, x), -1 / 6, 1)))
}

/** cos x; NaN at ±∞. */
export const cos = (x: Lane): Lane =>
  ofAngle(x, ({ quadrant, r }) => {
    const s = sinOf(r, 53)
    const c = cosOf(r, 53)
    const n = wholeBits(quadrant)
    const swap = odd(n)
    return xor(add(where(swap, s.high, c.high), where(swap, s.low, c.low)), turned(add(n, 1)))
  })

/** tan x = sin x / cos x, the quotient corrected by its remainder; NaN at ±∞. */
export const tan = (x: Lane): Lane => {
  const y = ofAngle(x, ({ quadrant, r }) => {
    const s = sinOf(r, 53)
    const c = cosOf(r, 53)
    const swap = odd(wholeBits(quadrant))
    const above = fastTwoSum(where(swap, c.high, s.high), where(swap, c.low, s.low))
    const below = fastTwoSum(where(swap, s.high, c.high), where(swap, s.low, c.low))
    const q = div(above.high, below.high)
    const p = twoProduct(q, below.high)
    const rest = add(sub(sub(above.high, p.high), p.low), sub(above.low, mul(q, below.low)))
    const exact = add(q, div(rest, below.high))
    return where(swap, mul(exact, -1), exact)
  })
  return where(gt(abs(x), TINY), y, mul(x, fma(mul(x, x), 1 / 3, 1)))
}
