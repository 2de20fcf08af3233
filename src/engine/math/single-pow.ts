/**
 * xʸ of floats: taken apart and put together in arithmetic of 32 bits, y log₂ |x| between them in doubles, since it has to be known
 * to 33 bits.
 *
 * log₂ x = k + log₂ m, √½ ≤ m < √2, by the series of artanh (log.ts); 2ᵖ = 2ⁿ 2ʳ, |r| ≤ ½. Where x or the result is not normal, which
 * is seldom, in doubles.
 */
import { convert, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  div,
  either,
  fma,
  ge,
  le,
  left,
  mul,
  opposite,
  polynomial,
  polynomialByHalves,
  rightSigned,
  seldom,
  sub,
  toFloat,
  toInteger,
} from './arithmetic.js'
import { EXP2_SINGLE, LOG2_SHORT } from './coefficients.js'
import { powerBy, shortMagnitude } from './pow.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** 1.5 · 2²³: added to a float below 2²², its low bits are the nearest whole number. */
const MAGIC = 12582912

// ---------------------------------------------------------------------------------------------------------- combinators

/** log₂ of the positive normal float with bits i, as a double. */
const log2 = (i: Lane): Lane => {
  const k = rightSigned(sub(i, 0x3f3504f3), 23)
  const f = convert(sub(toFloat(sub(i, left(k, 23))), 1), 'f64')
  const s = div(f, add(f, 2))
  return fma(s, polynomial(LOG2_SHORT, mul(s, s)), convert(k, 'f64'))
}

/** aʸ for a ≥ 0. */
const power = (a: Lane, y: Lane): Lane => {
  const i = toInteger(a)
  const p = mul(convert(y, 'f64'), log2(i))
  const rounded = convert(p, 'f32')
  const t = add(rounded, MAGIC)
  const r = convert(sub(p, convert(sub(t, MAGIC), 'f64')), 'f32')
  const m = fma(r, polynomialByHalves(EXP2_SINGLE, r), 1)
  const usual = toFloat(add(toInteger(m), left(toInteger(t), 23)))
  // a is neither below 2⁻¹²⁶ nor ∞ nor NaN: unsigned, i − 0x00800000 < 0x7f000000
  const odd = either(ge(add(i, 0x7f800000), -0x01000000), opposite(le(abs(rounded), 125)))
  return seldom(odd, convert(shortMagnitude(convert(a, 'f64'), convert(y, 'f64')), 'f32'), usual)
}

// -------------------------------------------------------------------------------------------------------------- running

/** xʸ; x⁰ is 1 for every x. */
export const pow = powerBy(power)
