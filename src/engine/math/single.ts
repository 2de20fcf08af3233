/**
 * Functions of floats of 32 bits in arithmetic of 32 bits, four to a vector: exp, log, tanh, sigmoid.
 *
 * The same reductions as in doubles (exp.ts, log.ts); log 2 is 355/512 less 2.12…·10⁻⁴, as in S. L. Moshier's Cephes.
 */
import { convert, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  and,
  div,
  eq,
  fastTwoSum,
  fma,
  ge,
  gt,
  left,
  lt,
  mul,
  neg,
  polynomial,
  polynomialByHalves,
  rightSigned,
  seldom,
  sub,
  toFloat,
  toInteger,
  where,
  withSign,
} from './arithmetic.js'
import { EXP_SINGLE, LOG_SINGLE, TANH_SINGLE } from './coefficients.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** 1.5 · 2²³: added to a float below 2²², its low bits are the nearest whole number. */
const MAGIC = 12582912
const MAGIC_BITS = 0x4b400000

const LN2_HIGH = 355 / 512
const LN2_LOW = -2.1219444005469057e-4

// ---------------------------------------------------------------------------------------------------------- combinators

/** eˣ = 2ⁿ y, 0.7 < y < 1.42. */
const reduce = (x: Lane): { readonly n: Lane; readonly y: Lane } => {
  const t = fma(x, Math.LOG2E, MAGIC)
  const k = sub(t, MAGIC)
  const r = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, x))
  const square = mul(r, r)
  return {
    n: sub(toInteger(t), MAGIC_BITS),
    y: add(1, fma(square, polynomialByHalves(EXP_SINGLE, r, square), r)),
  }
}

/** y · 2ⁿ where the result is normal. */
const scaleNormal = (y: Lane, n: Lane): Lane => toFloat(add(toInteger(y), left(n, 23)))

/** y · 2ⁿ for −252 ≤ n ≤ 254. */
const scale = (y: Lane, n: Lane): Lane => {
  const half = rightSigned(n, 1)
  const power = (k: Lane): Lane => toFloat(left(add(k, 127), 23))
  return mul(mul(y, power(half)), power(sub(n, half)))
}

/** |x| > 87 or NaN, by the bits. */
const isBeyond = (x: Lane): Lane => gt(and(toInteger(x), 0x7fffffff), 0x42ae0000)

const clampAbove = (x: Lane, high: number): Lane => where(lt(high, x), high, x)
const clampBelow = (x: Lane, low: number): Lane => where(lt(x, low), low, x)

/** eˣ for x ≥ −104. */
const expFrom = (x: Lane): Lane => {
  const { n, y } = reduce(x)
  return scale(y, n)
}

// -------------------------------------------------------------------------------------------------------------- running

/** eˣ */
export const exp = (x: Lane): Lane => {
  const { n, y } = reduce(x)
  const edge = expFrom(clampAbove(clampBelow(x, -104), 89))
  return seldom(isBeyond(x), edge, scaleNormal(y, n))
}

/** log x; −∞ at ±0, NaN below. */
export const log = (x: Lane): Lane => {
  const of = (i: Lane, shift: number): Lane => {
    const k = rightSigned(sub(i, 0x3f3504f3), 23)
    const f = sub(toFloat(sub(i, left(k, 23))), 1)
    const n = convert(k, 'f32')
    const e = shift === 0 ? n : sub(n, shift)
    const s = div(f, add(2, f))
    const z = mul(s, s)
    const half = mul(mul(0.5, f), f)
    const rest = fma(s, fma(z, polynomial(LOG_SINGLE, z), half), mul(e, LN2_LOW))
    return fma(e, LN2_HIGH, sub(f, sub(half, rest)))
  }
  const i = toInteger(x)
  // neither below 2⁻¹²⁶ (negative ones too) nor ∞ nor NaN: unsigned, i − 0x00800000 < 0x7f000000
  const odd = ge(add(i, 0x7f800000), -0x01000000)
  const scaled = of(toInteger(mul(x, 2 ** 24)), 24)
  const edge = where(
    gt(x, 0),
    where(lt(x, Number.POSITIVE_INFINITY), scaled, x),
    where(eq(x, 0), Number.NEGATIVE_INFINITY, Number.NaN),
  )
  return seldom(odd, edge, of(i, 0))
}

/** 1 − 2 / (e²ˣ + 1), near 0 its series. */
export const tanh = (x: Lane): Lane => {
  const a = abs(x)
  const z = mul(x, x)
  const near = fma(mul(a, z), polynomial(TANH_SINGLE, z), a)
  const twice = clampAbove(add(a, a), 20)
  const { n, y } = reduce(twice)
  const far = sub(1, div(2, add(scaleNormal(y, n), 1)))
  return withSign(where(ge(a, 0.625), far, near), x)
}

/** 1 / (1 + e⁻ˣ), by e^−|x|: the other way round errors would double. */
export const sigmoid = (x: Lane): Lane => {
  const e = expFrom(clampBelow(neg(abs(x)), -104))
  const { high, low } = fastTwoSum(1, e)
  const q = div(where(lt(x, 0), e, 1), high)
  return fma(q, neg(low), q)
}
