/**
 * The hyperbolic functions of floats and their inverses in arithmetic of 32 bits: sinh, cosh, asinh, acosh, atanh.
 *
 * sinh and cosh are sums of eˣ, kept in two floats, and its inverse; near 0 the inverse ones and sinh are polynomials, else logarithms.
 */
import { convert, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  both,
  div,
  eq,
  fastTwoSum,
  fma,
  ge,
  gt,
  left,
  lt,
  mul,
  opposite,
  polynomial,
  rightSigned,
  seldom,
  sqrt,
  sub,
  toFloat,
  toInteger,
  where,
  withSign,
} from './arithmetic.js'
import { ACOSH_SINGLE, ASINH_SINGLE, ATANH_SINGLE, SINH_SHORT } from './coefficients.js'
import { exponentOf, LN2_HIGH, LN2_LOW, logOf, reduce } from './single.js'

// ---------------------------------------------------------------------------------------------------------- combinators

/** eᵃ / 4 as a sum of two floats, and e⁻ᵃ / 4, for a ≥ 0: what is beyond 89.6 is as good as 89.6. */
const quarters = (a: Lane) => {
  const { n, e } = reduce(where(gt(a, 89.6), 89.6, a))
  const s = toFloat(left(add(n, 125), 23))
  const { high, low } = fastTwoSum(1, e)
  const large = mul(high, s)
  return { large, low: mul(low, s), small: div(1 / 16, large) }
}

// -------------------------------------------------------------------------------------------------------------- running

/** (eˣ − e⁻ˣ) / 2 */
export const sinh = (x: Lane): Lane => {
  const a = abs(x)
  const z = mul(x, x)
  const near = fma(mul(a, z), polynomial(SINH_SHORT, z), a)
  const { large, low, small } = quarters(a)
  const half = add(large, sub(low, small))
  return withSign(where(lt(a, 1), near, add(half, half)), x)
}

/** (eˣ + e⁻ˣ) / 2 */
export const cosh = (x: Lane): Lane => {
  const { large, low, small } = quarters(abs(x))
  const half = add(large, add(low, small))
  return add(half, half)
}

/** From here on √(x² ± 1) is |x|. */
const LARGE = 2 ** 13

/** log(high + low) + more · log 2, for a normal high > 1. */
const logOfSum = (high: Lane, low: Lane, more: Lane): Lane => {
  const i = toInteger(high)
  const { k, shifted } = exponentOf(i)
  // half of low, and twice 2⁻ᵏ, since k may be 128
  const f = fma(mul(0.5, low), toFloat(sub(0x40000000, shifted)), sub(toFloat(sub(i, shifted)), 1))
  return logOf(f, add(convert(k, 'f32'), more))
}

/** log(a + root), where both are equal when a is large. */
const logOfRoot = (a: Lane, root: Lane): Lane => {
  const large = gt(a, LARGE)
  const { high, low } = fastTwoSum(where(large, 0, root), a)
  return logOfSum(high, low, where(large, 1, 0))
}

/** sinh⁻¹ x = ± log(|x| + √(1 + x²)) */
export const asinh = (x: Lane): Lane => {
  const a = abs(x)
  const z = mul(x, x)
  const near = fma(mul(a, z), polynomial(ASINH_SINGLE, z), a)
  const y = where(lt(a, 0.6), near, logOfRoot(a, sqrt(add(z, 1))))
  return withSign(seldom(opposite(lt(a, Number.POSITIVE_INFINITY)), a, y), x)
}

/** cosh⁻¹ x = log(x + √(x² − 1)); NaN below 1. */
export const acosh = (x: Lane): Lane => {
  const t = sub(x, 1)
  const r = sqrt(add(t, t))
  const near = fma(mul(r, t), polynomial(ACOSH_SINGLE, t), r)
  const y = where(lt(x, 1.5), near, logOfRoot(x, sqrt(mul(t, add(x, 1)))))
  const edge = where(eq(x, Number.POSITIVE_INFINITY), x, Number.NaN)
  return seldom(opposite(both(ge(x, 1), lt(x, Number.POSITIVE_INFINITY))), edge, y)
}

/** The last float below 1. */
const LAST = 1 - 2 ** -24

/**
 * tanh⁻¹ x = ½ log((1 + x) / (1 − x)); ±∞ at ±1, NaN beyond.
 *
 * With (1 + |x|) / (1 − |x|) = 2ᵏ m, log m = 2 artanh s, s = (m − 1) / (m + 1) = (1 + |x| − 2ᵏ (1 − |x|)) / (1 + |x| + 2ᵏ (1 − |x|)), which
 * is x for k = 0. k is guessed by the difference of the bits.
 */
export const atanh = (x: Lane): Lane => {
  const a = abs(x)
  const above = add(1, a)
  const below = sub(1, a)
  // 0 up to |x| = ¼, so that not much cancels in k log 2 + log m
  const k = rightSigned(add(sub(toInteger(above), toInteger(below)), 0x00200000), 23)
  const n = convert(k, 'f32')
  const power = toFloat(left(add(k, 127), 23))
  // 1 − 2ᵏ (1 − |x|), exactly; but for the last float below 1
  const g = fma(a, power, sub(1, power))
  const s = where(eq(k, 0), a, div(add(g, a), add(above, sub(1, g))))
  const z = mul(s, s)
  const rest = fma(mul(s, z), polynomial(ATANH_SINGLE, z), mul(n, LN2_LOW))
  const y = mul(0.5, fma(n, LN2_HIGH, fma(s, 2, rest)))
  const edge = where(eq(a, 1), Number.POSITIVE_INFINITY, where(eq(a, LAST), Math.atanh(LAST), Number.NaN))
  return withSign(seldom(opposite(lt(a, LAST)), edge, y), x)
}
