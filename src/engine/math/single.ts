/**
 * Functions of floats of 32 bits in arithmetic of 32 bits, four to a vector: exp, expm1, log, log1p, tanh, sigmoid, erf, erfc.
 *
 * The same reductions as in doubles (exp.ts, log.ts); log 2 is 355/512 less 2.12…·10⁻⁴, as in S. L. Moshier's Cephes.
 */
import { convert, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  and,
  both,
  div,
  either,
  eq,
  fastTwoSum,
  fma,
  ge,
  gt,
  le,
  left,
  lt,
  mul,
  ne,
  neg,
  opposite,
  polynomial,
  polynomialByHalves,
  rightSigned,
  seldom,
  split,
  sub,
  toFloat,
  toInteger,
  twoProduct,
  twoSum,
  where,
  withSign,
} from './arithmetic.js'
import { ERF_SINGLE, ERFC_SINGLE, ERFCX_SINGLE, EXP_SINGLE, LOG_SINGLE, TANH_SINGLE } from './coefficients.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** 1.5 · 2²³: added to a float below 2²², its low bits are the nearest whole number. */
const MAGIC = 12582912
const MAGIC_BITS = 0x4b400000

export const LN2_HIGH = 355 / 512
export const LN2_LOW = -2.1219444005469057e-4

// ---------------------------------------------------------------------------------------------------------- combinators

/** The whole number nearest x / log 2, as a float and as an i32. */
const wholePart = (x: Lane): { readonly k: Lane; readonly n: Lane; readonly count: Lane } => {
  const t = fma(x, Math.LOG2E, MAGIC)
  const count = toInteger(t)
  return { k: sub(t, MAGIC), n: sub(count, MAGIC_BITS), count }
}

/** eʳ − 1 for |r| ≤ log 2 / 2. */
const expm1Of = (r: Lane): Lane => {
  const square = mul(r, r)
  return fma(square, polynomialByHalves(EXP_SINGLE, r, square), r)
}

/** eˣ = 2ⁿ (1 + e), −0.3 < e < 0.42; the lowest bits of `count` are n. */
export const reduce = (x: Lane): { readonly n: Lane; readonly e: Lane; readonly count: Lane } => {
  const { k, n, count } = wholePart(x)
  return { n, count, e: expm1Of(fma(k, -LN2_LOW, fma(k, -LN2_HIGH, x))) }
}

/** e^(x + low) = 2ⁿ (1 + e) (1 + tail), `tail` what is rounded off. */
const reduceSum = (x: Lane, low: Lane): { readonly n: Lane; readonly e: Lane; readonly tail: Lane } => {
  const { k, n } = wholePart(x)
  const r = fastTwoSum(fma(k, -LN2_HIGH, x), fma(k, -LN2_LOW, low))
  return { n, e: expm1Of(r.high), tail: r.low }
}

/** 2ⁿ (1 + e) where the result is normal: the exponents are added. */
const scaleNormal = ({ e, count }: { readonly e: Lane; readonly count: Lane }): Lane =>
  toFloat(add(toInteger(add(1, e)), left(count, 23)))

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
  const { n, e } = reduce(x)
  return scale(add(1, e), n)
}

// -------------------------------------------------------------------------------------------------------------- running

/** eˣ */
export const exp = (x: Lane): Lane => {
  const edge = expFrom(clampAbove(clampBelow(x, -104), 89))
  return seldom(isBeyond(x), edge, scaleNormal(reduce(x)))
}

/** eˣ − 1, to full relative accuracy near 0. */
export const expm1 = (x: Lane): Lane => {
  const clamped = clampAbove(clampBelow(x, -20), 89)
  const { k, n } = wholePart(clamped)
  const high = fma(k, -LN2_HIGH, clamped)
  const correction = mul(k, LN2_LOW)
  const r = sub(high, correction)
  const tail = sub(sub(high, r), correction)
  const square = mul(r, r)
  const rest = fma(square, polynomialByHalves(EXP_SINGLE, r, square), tail)
  // half of 2ⁿ, since that may overflow where the result does not
  const s = toFloat(left(add(n, 126), 23))
  const sum = twoSum(sub(s, 0.5), mul(s, r))
  const y = mul(2, add(sum.high, add(sum.low, mul(s, rest))))
  return where(lt(abs(x), 2 ** -25), x, y)
}

/** k log 2 + log(1 + f) for √½ ≤ 1 + f < √2. */
export const logOf = (f: Lane, k: Lane): Lane => {
  const s = div(f, add(2, f))
  const z = mul(s, s)
  const half = mul(mul(0.5, f), f)
  const rest = fma(s, fma(z, polynomial(LOG_SINGLE, z), half), mul(k, LN2_LOW))
  return fma(k, LN2_HIGH, sub(f, sub(half, rest)))
}

/** k of x = 2ᵏ m, √½ ≤ m < √2, from the bits of x; and k · 2²³. */
export const exponentOf = (i: Lane): { readonly k: Lane; readonly shifted: Lane } => {
  const k = rightSigned(sub(i, 0x3f3504f3), 23)
  return { k, shifted: left(k, 23) }
}

/** log x; −∞ at ±0, NaN below. */
export const log = (x: Lane): Lane => {
  const of = (i: Lane, more: number): Lane => {
    const { k, shifted } = exponentOf(i)
    const n = convert(k, 'f32')
    return logOf(sub(toFloat(sub(i, shifted)), 1), more === 0 ? n : sub(n, more))
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

/** log(1 + x), to full relative accuracy near 0. */
export const log1p = (x: Lane): Lane => {
  const { high, low } = twoSum(1, x)
  const i = toInteger(high)
  const { k, shifted } = exponentOf(i)
  // half of low, and twice 2⁻ᵏ, since k may be 128
  const f = fma(mul(0.5, low), toFloat(sub(0x40000000, shifted)), sub(toFloat(sub(i, shifted)), 1))
  const usual = both(both(gt(x, -1), lt(x, Number.POSITIVE_INFINITY)), ne(x, 0))
  const edge = where(
    eq(x, -1),
    Number.NEGATIVE_INFINITY,
    where(either(eq(x, 0), eq(x, Number.POSITIVE_INFINITY)), x, Number.NaN),
  )
  return seldom(opposite(usual), edge, logOf(f, convert(k, 'f32')))
}

/** 1 − 2 / (e²ˣ + 1), near 0 its series. */
export const tanh = (x: Lane): Lane => {
  const a = abs(x)
  const z = mul(x, x)
  const near = fma(mul(a, z), polynomial(TANH_SINGLE, z), a)
  const twice = clampAbove(add(a, a), 20)
  const far = sub(1, div(2, add(scaleNormal(reduce(twice)), 1)))
  return withSign(where(ge(a, 0.625), far, near), x)
}

/** 1 / (1 + e⁻ˣ), by e^−|x|: the other way round errors would double. */
export const sigmoid = (x: Lane): Lane => {
  const e = exp(neg(abs(x)))
  const { high, low } = fastTwoSum(1, e)
  const q = div(where(lt(x, 0), e, 1), high)
  return fma(q, neg(low), q)
}

/** erf x for |x| ≤ 0.9. */
const series = (x: Lane): Lane => fma(x, polynomialByHalves(ERF_SINGLE, mul(x, x)), x)

/** erf x; beyond 0.9, 1 − e^(log erfc x). */
export const erf = (x: Lane): Lane => {
  const a = abs(x)
  const near = series(a)
  const tail = scaleNormal(reduce(neg(polynomialByHalves(ERFC_SINGLE, clampAbove(a, 4)))))
  return withSign(where(ge(a, 0.9), sub(1, tail), near), x)
}

/** 1 − erf x, to full relative accuracy for large x: e^(−x²) G(t) / (1 + 2x) as in doubles (erf.ts), all but 1 / (1 + 2x) as 1 + w. */
export const erfc = (x: Lane): Lane => {
  const a = clampAbove(abs(x), 10.5)
  const t = div(sub(a, 3.75), add(a, 3.75))
  const g = polynomialByHalves(ERFCX_SINGLE, t)
  const below = twoSum(add(a, a), 1)
  const q = split(div(1, below.high)).high
  const square = twoProduct(a, a)
  const { n, e, tail } = reduceSum(neg(square.high), neg(square.low))
  // 1 / (1 + 2a) = q (1 + d + d²), nearly
  const parts = split(below.high)
  const d = fma(q, neg(below.low), sub(sub(1, mul(q, parts.high)), mul(q, parts.low)))
  const w = add(g, e)
  const factor = add(fma(d, d, d), tail)
  const y = fma(q, add(w, fma(g, e, fma(factor, fma(g, e, w), factor))), q)
  // in two steps, since the result may be less than 2⁻¹²⁶
  const far = mul(mul(y, toFloat(left(add(n, 127 + 64), 23))), 2 ** -64)
  return where(le(a, 0.46875), sub(1, series(x)), where(lt(x, 0), sub(2, far), far))
}
