/**
 * The exponential family in doubles: exp, expm1, sigmoid, sinh, cosh, tanh.
 *
 * eˣ = 2ⁿ eʳ with n the whole number nearest x / log 2 and |r| ≤ log 2 / 2, the product n · log 2 taken in two parts
 * (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980); 2ⁿ is applied in two factors, so that results
 * below 2⁻¹⁰²² are rounded once.
 */
import type { Lane } from '../../core/lane.js'
import {
  abs,
  add,
  div,
  fastTwoSum,
  fma,
  ge,
  le,
  left,
  lt,
  mul,
  neg,
  opposite,
  type Pair,
  polynomial,
  polynomialByHalves,
  right,
  seldom,
  sub,
  toFloat,
  toInteger,
  twoSum,
  where,
  withSign,
  word,
} from './arithmetic.js'
import { EXP, EXP_SHORT, SINH, TANH } from './coefficients.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many bits a result needs: 53, or the 24 of a float that will be rounded. */
export type Precision = 24 | 53

/** 1.5 · 2⁵²: added to a double below 2⁵¹, its low bits are the nearest whole number. */
const MAGIC = 6755399441055744
const MAGIC_BITS = 0x4338_0000_0000_0000n

/** log 2 = HIGH + LOW, HIGH with 21 zero bits: n · HIGH is exact. */
export const LN2_HIGH = 0.6931471803691238
export const LN2_LOW = 1.9082149292705877e-10

/** eˣ = 2ⁿ (1 + r + rest), r with the rounding error `tail`. */
export interface Reduced {
  /** n as an i64. */
  readonly n: Lane
  readonly r: Lane
  /** What was rounded off r. */
  readonly tail: Lane
  /** eʳ − 1 − r */
  readonly rest: Lane
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** x kept in [low, high]; NaN stays. */
export const clamp = (x: Lane, low: number, high: number): Lane => {
  const above = where(lt(x, low), low, x)
  return where(lt(high, above), high, above)
}

/** Reduces x + low, |x| < 2²⁰. */
export const reduce = (x: Lane, low?: Lane): Reduced => {
  const t = fma(x, Math.LOG2E, MAGIC)
  const k = sub(t, MAGIC)
  const n = sub(toInteger(t), word('i64', MAGIC_BITS))
  const high = sub(x, mul(k, LN2_HIGH))
  const correction = low === undefined ? mul(k, LN2_LOW) : sub(mul(k, LN2_LOW), low)
  const r = sub(high, correction)
  const tail = sub(sub(high, r), correction)
  const square = mul(r, r)
  const rest = mul(square, polynomialByHalves(EXP, r, square))
  return { n, r, tail, rest }
}

/** 2ⁿ for a whole number −1022 ≤ n + shift ≤ 1023. */
export const powerOfTwo = (n: Lane, shift = 0): Lane => toFloat(left(add(n, 1023 + shift), 52))

/** y · 2ⁿ, |n| < 2000, rounded once. */
export const scale = (y: Lane, n: Lane): Lane => {
  const biased = add(n, 2046)
  const half = right(biased, 1)
  return mul(mul(y, toFloat(left(half, 52))), toFloat(left(sub(biased, half), 52)))
}

/** eˣ = y · 2ⁿ, and a double whose lowest bits are n. */
const quick = (x: Lane, precision: Precision): { readonly y: Lane; readonly count: Lane } => {
  const count = fma(x, Math.LOG2E, MAGIC)
  const k = sub(count, MAGIC)
  const r = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, x))
  const square = mul(r, r)
  const y = add(1, fma(square, polynomialByHalves(precision === 53 ? EXP : EXP_SHORT, r, square), r))
  return { y, count }
}

/** y · 2ⁿ where that is normal: the exponents are added. */
const scaleNormal = ({ y, count }: { readonly y: Lane; readonly count: Lane }): Lane =>
  toFloat(add(toInteger(y), left(toInteger(count), 52)))

/** eʳ as an unevaluated sum. */
const mantissa = ({ r, tail, rest }: Reduced): Pair => {
  const { high, low } = fastTwoSum(1, r)
  const sum = fastTwoSum(high, add(rest, add(low, tail)))
  return sum
}

/** e^(x + low) = (high + low) · 2ⁿ, x in [−746, 710]. */
export const expPair = (x: Lane, low?: Lane): { readonly pair: Pair; readonly n: Lane } => {
  const reduced = reduce(x, low)
  return { pair: mantissa(reduced), n: reduced.n }
}

/** eˣ where it is needed for |x| ≤ 150 only: what is below e⁻¹⁵⁰ rounds to 0 in 24 bits, and is nothing beside 1. */
export const expWithin150 = (x: Lane, precision: Precision): Lane => scaleNormal(quick(clamp(x, -150, 150), precision))

// -------------------------------------------------------------------------------------------------------------- running

/** eˣ */
export const exp = (x: Lane, precision: Precision): Lane => {
  if (precision === 24) return expWithin150(x, 24)
  const { n, r, rest } = reduce(clamp(x, -746, 710))
  // where the result is not normal, or x is NaN
  return seldom(opposite(le(abs(x), 708)), scale(add(1, add(r, rest)), n), scaleNormal(quick(x, 53)))
}

/** eˣ − 1, to full relative accuracy near 0. */
export const expm1 = (x: Lane): Lane => {
  const { n, r, tail, rest } = reduce(clamp(x, -50, 710))
  // half of it, since 2ⁿ may overflow where the result does not
  const s = powerOfTwo(n, -1)
  const { high, low } = twoSum(sub(s, 0.5), mul(s, r))
  const y = mul(2, add(high, add(low, mul(s, add(rest, fma(tail, r, tail))))))
  return where(lt(abs(x), 2 ** -54), x, y)
}

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = (x: Lane): Lane => {
  const e = exp(neg(abs(x)), 53)
  const { high, low } = fastTwoSum(1, e)
  const q = div(where(lt(x, 0), e, 1), high)
  return sub(q, mul(q, low))
}

/** Half of e^|x| as a sum, and half of e^−|x|. */
const halves = (a: Lane): { readonly half: Pair; readonly other: Lane } => {
  const { pair, n } = expPair(clamp(a, 0, 710.5))
  const s = powerOfTwo(n, -2)
  const high = mul(2, mul(pair.high, s))
  return { half: { high, low: mul(2, mul(pair.low, s)) }, other: div(0.25, high) }
}

/** (eˣ − e⁻ˣ) / 2 */
export const sinh = (x: Lane): Lane => {
  const a = abs(x)
  const z = mul(x, x)
  const near = fma(mul(a, z), polynomial(SINH, z), a)
  const { half, other } = halves(a)
  const far = sub(half.high, sub(other, half.low))
  return withSign(where(lt(a, 1), near, far), x)
}

/** (eˣ + e⁻ˣ) / 2 */
export const cosh = (x: Lane): Lane => {
  const { half, other } = halves(abs(x))
  return add(half.high, add(other, half.low))
}

/** 1 − 2 / (e²ˣ + 1), near 0 its series. */
export const tanh = (x: Lane): Lane => {
  const a = abs(x)
  const z = mul(x, x)
  const near = fma(mul(a, z), polynomialByHalves(TANH, z), a)
  const twice = clamp(add(a, a), 0, 44)
  const far = sub(1, div(2, add(scaleNormal(quick(twice, 53)), 1)))
  return withSign(where(ge(a, 0.625), far, near), x)
}
