/**
 * The logarithm and the inverse hyperbolic functions in doubles: log, log1p, asinh, acosh, atanh.
 *
 * log x = k log 2 + log m with √½ ≤ m < √2; with f = m − 1 and s = f / (2 + f), log m = f − (f²/2 − s (f²/2 + R(s²))), where
 * R is what the series of 2 artanh s has beyond 2s: the form of the logarithm in FDLIBM (Sun Microsystems, 1993). The inverse
 * hyperbolic functions are logarithms of sums that are kept in two doubles.
 */
import type { Lane } from '../../core/lane.js'
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
  lt,
  mul,
  neg,
  opposite,
  or,
  type Pair,
  polynomial,
  right,
  seldom,
  sqrt,
  sub,
  toFloat,
  toInteger,
  twoProduct,
  twoSum,
  where,
  withSign,
  word,
} from './arithmetic.js'
import { LOG } from './coefficients.js'
import { LN2_HIGH, LN2_LOW } from './exp.js'

// ---------------------------------------------------------------------------------------------------------------- model

const MAGIC = 6755399441055744
const MAGIC_BITS = 0x4338_0000_0000_0000n
const BIAS = 0x400n << 52n
/** The bits of √½. */
const ROOT_HALF = 0x3fe6_a09e_667f_3bcdn

/** x = 2ᵏ m, √½ ≤ m < √2. */
export interface Scaled {
  readonly m: Lane
  /** k as a double. */
  readonly k: Lane
  /** 2⁻ᵏ by multiplication: bits of k to take off an exponent. */
  readonly exponent: Lane
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** Takes a positive normal double apart. */
export const takeApart = (x: Lane): Scaled => {
  const i = toInteger(x)
  const t = add(i, word('i64', BIAS - ROOT_HALF))
  const exponent = sub(and(t, word('i64', 0xfffn << 52n)), word('i64', BIAS))
  return {
    m: toFloat(sub(i, exponent)),
    k: sub(toFloat(or(right(t, 52), word('i64', MAGIC_BITS))), MAGIC + 1024),
    exponent,
  }
}

/** f − log(1 + f) − LN2_LOW k, for √½ ≤ 1 + f < √2. */
const restOf = (f: Lane, k: Lane): Lane => {
  const s = div(f, add(2, f))
  const z = mul(s, s)
  const rest = mul(z, polynomial(LOG, z))
  const half = mul(mul(0.5, f), f)
  return sub(half, add(mul(s, add(half, rest)), mul(k, LN2_LOW)))
}

/** k log 2 + log(1 + f) for √½ ≤ 1 + f < √2. */
const logOf = (f: Lane, k: Lane): Lane => sub(mul(k, LN2_HIGH), sub(restOf(f, k), f))

/** The logarithm of a positive finite double, unevaluated: to some 58 bits. */
export const logSum = (x: Lane): Pair => {
  const tiny = lt(x, 2 ** -1022)
  const { m, k } = takeApart(where(tiny, mul(x, 2 ** 54), x))
  const f = sub(m, 1)
  const n = sub(k, where(tiny, 54, 0))
  const { high, low } = twoSum(mul(n, LN2_HIGH), f)
  return { high, low: sub(low, restOf(f, n)) }
}

/** log(high + low) + extra · log 2, for a positive normal high. */
export const logOfPair = ({ high, low }: Pair, extra: Lane | null): Lane => {
  const { m, k, exponent } = takeApart(high)
  // low · 2⁻ᵏ; twice that power, since k may be 1024
  const twice = toFloat(sub(word('i64', 0x400n << 52n), exponent))
  const f = add(sub(m, 1), mul(mul(0.5, low), twice))
  return logOf(f, extra === null ? k : add(k, extra))
}

/** What log gives where its argument is no positive number. */
const outside = (x: Lane, y: Lane): Lane =>
  seldom(
    opposite(both(gt(x, 0), lt(x, Number.POSITIVE_INFINITY))),
    where(eq(x, 0), Number.NEGATIVE_INFINITY, where(eq(x, Number.POSITIVE_INFINITY), x, Number.NaN)),
    y,
  )

/** √(high + low) as a sum. */
const sqrtOfPair = ({ high, low }: Pair): Pair => {
  const r = sqrt(high)
  const square = twoProduct(r, r)
  const rest = add(sub(sub(high, square.high), square.low), low)
  return { high: r, low: where(eq(r, 0), 0, div(rest, add(r, r))) }
}

/** (nearly) the sum of a double and a pair. */
const plus = (x: Lane, y: Pair): Pair => {
  const { high, low } = twoSum(x, y.high)
  return fastTwoSum(high, add(low, y.low))
}

/** From here on a² overflows, or 1 is nothing beside it. */
const HUGE = 2 ** 60

// -------------------------------------------------------------------------------------------------------------- running

/** log x; −∞ at ±0, NaN below. */
export const log = (x: Lane): Lane => {
  const tiny = lt(x, 2 ** -1022)
  const normal = where(tiny, mul(x, 2 ** 54), x)
  const { m, k } = takeApart(normal)
  return outside(x, logOf(sub(m, 1), sub(k, where(tiny, 54, 0))))
}

/** log(1 + x), to full relative accuracy near 0. */
export const log1p = (x: Lane): Lane => {
  const y = logOfPair(twoSum(1, x), null)
  return seldom(
    opposite(both(gt(x, -1), lt(x, Number.POSITIVE_INFINITY))),
    where(eq(x, -1), Number.NEGATIVE_INFINITY, where(eq(x, Number.POSITIVE_INFINITY), x, Number.NaN)),
    where(lt(abs(x), 2 ** -54), x, y),
  )
}

/** sinh⁻¹ x = ± log(|x| + √(1 + x²)) */
export const asinh = (x: Lane): Lane => {
  const a = abs(x)
  const huge = gt(a, HUGE)
  const b = where(huge, 1, a)
  const square = twoProduct(b, b)
  const sum = twoSum(1, square.high)
  const root = sqrtOfPair({ high: sum.high, low: add(sum.low, square.low) })
  const v = plus(b, root)
  const y = logOfPair({ high: where(huge, a, v.high), low: where(huge, 0, v.low) }, where(huge, 1, 0))
  return where(either(lt(a, 2 ** -28), opposite(lt(a, Number.POSITIVE_INFINITY))), tinyAsinh(x), withSign(y, x))
}

/** asinh x for tiny, infinite and NaN x. */
const tinyAsinh = (x: Lane): Lane => where(lt(abs(x), 2 ** -28), mul(x, fma(mul(x, x), -1 / 6, 1)), x)

/** cosh⁻¹ x = log(x + √(x² − 1)); NaN below 1. */
export const acosh = (x: Lane): Lane => {
  const huge = gt(x, HUGE)
  const b = where(huge, 2, x)
  const square = twoProduct(b, b)
  const sum = twoSum(square.high, -1)
  const root = sqrtOfPair(fastTwoSum(sum.high, add(sum.low, square.low)))
  const v = plus(b, root)
  const y = logOfPair({ high: where(huge, x, v.high), low: where(huge, 0, v.low) }, where(huge, 1, 0))
  return seldom(
    opposite(both(ge(x, 1), lt(x, Number.POSITIVE_INFINITY))),
    where(eq(x, Number.POSITIVE_INFINITY), x, Number.NaN),
    y,
  )
}

/** tanh⁻¹ x = ½ log((1 + x) / (1 − x)); ±∞ at ±1, NaN beyond. */
export const atanh = (x: Lane): Lane => {
  const a = abs(x)
  const z = mul(x, x)
  const near = add(x, mul(mul(0.5, x), mul(z, polynomial(LOG, z))))
  const p = fastTwoSum(1, a)
  const n = fastTwoSum(1, neg(a))
  const q = div(p.high, n.high)
  const product = twoProduct(q, n.high)
  const low = div(sub(add(sub(sub(p.high, product.high), product.low), p.low), mul(q, n.low)), n.high)
  const far = mul(0.5, logOfPair({ high: q, low }, null))
  return seldom(
    opposite(lt(a, 1)),
    where(eq(a, 1), withSign(where(eq(a, 1), Number.POSITIVE_INFINITY, a), x), Number.NaN),
    where(le(a, 0.17), near, withSign(far, x)),
  )
}
