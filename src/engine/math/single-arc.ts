/**
 * The inverse trigonometric functions of floats in arithmetic of 32 bits: asin, acos, atan, atan2.
 *
 * arcsin and arccos as in doubles (arc.ts), but for the second part of the square root, which 24 bits do not need. arctan of t ≤ 1
 * by one polynomial, of what is greater as π/2 − arctan(1/t).
 */
import type { Lane } from '../../core/lane.js'
import {
  abs,
  add,
  both,
  div,
  eq,
  fastTwoSum,
  fma,
  gt,
  isNegative,
  le,
  mul,
  polynomial,
  polynomialByHalves,
  sqrt,
  sub,
  where,
  withSign,
} from './arithmetic.js'
import { ASIN_SINGLE, ATAN_SINGLE } from './coefficients.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** π/2 as a sum of two floats. */
const HALF_PI = 1.5707963705062866
const HALF_PI_LOW = -4.371138828673793e-8

// ---------------------------------------------------------------------------------------------------------- combinators

/** The series of arcsin where |x| ≤ ½, else at √((1 − |x|)/2): s, and arcsin s − s. */
const arc = (x: Lane) => {
  const a = abs(x)
  const near = le(a, 0.5)
  const z = where(near, mul(x, x), fma(a, -0.5, 0.5))
  const s = where(near, x, sqrt(z))
  return { near, s, rest: mul(mul(s, z), polynomial(ASIN_SINGLE, z)) }
}

/** arctan t − t for 0 ≤ t ≤ 1: by halves but for the first two terms, since even and odd ones nearly cancel. */
const restOf = (t: Lane): Lane => {
  const z = mul(t, t)
  const [first = 0, second = 0, ...others] = ATAN_SINGLE
  return mul(mul(t, z), fma(z, fma(z, polynomialByHalves(others, z), second), first))
}

// -------------------------------------------------------------------------------------------------------------- running

/** arcsin x; NaN for |x| > 1. */
export const asin = (x: Lane): Lane => {
  const { near, s, rest } = arc(x)
  // π/2 − 2 (s + rest)
  const { high, low } = fastTwoSum(HALF_PI, mul(s, -2))
  const far = add(high, fma(rest, -2, add(low, HALF_PI_LOW)))
  return where(near, add(s, rest), withSign(far, x))
}

/** arccos x; NaN for |x| > 1. */
export const acos = (x: Lane): Lane => {
  const { near, s, rest } = arc(x)
  const y = add(s, rest)
  const right = add(y, y)
  const left = sub(2 * HALF_PI, fma(y, 2, -2 * HALF_PI_LOW))
  const middle = sub(HALF_PI, sub(s, sub(HALF_PI_LOW, rest)))
  return where(near, middle, where(gt(x, 0), right, left))
}

/** arctan x */
export const atan = (x: Lane): Lane => {
  const a = abs(x)
  const big = gt(a, 1)
  const t = where(big, div(1, a), a)
  const rest = restOf(t)
  const y = where(big, sub(sub(HALF_PI, t), sub(rest, HALF_PI_LOW)), add(t, rest))
  return withSign(y, x)
}

/** The angle of the point (x, y), in [−π, π]; of the origin and of infinite points as IEEE 754 has it. */
export const atan2 = (y: Lane, x: Lane): Lane => {
  const a = abs(y)
  const b = abs(x)
  const steep = gt(a, b)
  const below = where(steep, a, b)
  const ratio = div(where(steep, b, a), below)
  // 0 / 0 and ∞ / ∞
  const t = where(eq(a, b), where(eq(a, 0), 0, 1), ratio)
  const q = add(t, restOf(t))
  // 0 or π/2 or π, plus or minus q
  const left = isNegative(x)
  const upright = where(steep, sub(HALF_PI, sub(withSign(q, x), HALF_PI_LOW)), q)
  const angle = where(both(left, le(a, b)), sub(2 * HALF_PI, sub(q, 2 * HALF_PI_LOW)), upright)
  return where(both(eq(x, x), eq(y, y)), withSign(angle, y), add(x, y))
}
