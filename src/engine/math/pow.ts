/**
 * xʸ in doubles, as JavaScript has it (where it differs from IEEE 754: (±1)^±∞ and 1^NaN are NaN).
 *
 * y log |x| is computed to some 68 bits: the logarithm as a sum of two doubles by the series of 2 artanh s, with the terms in s
 * and s³ in two parts.
 */
import { constant, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  both,
  div,
  eq,
  isNegative,
  lt,
  mul,
  ne,
  neg,
  opposite,
  type Pair,
  polynomial,
  sub,
  trunc,
  twoProduct,
  twoSum,
  where,
} from './arithmetic.js'
import { LOG_TAIL } from './coefficients.js'
import { clamp, exp, expPair, LN2_HIGH, LN2_LOW, scale } from './exp.js'
import { log, takeApart } from './log.js'

// ---------------------------------------------------------------------------------------------------------- combinators

const TWO_THIRDS = 0.6666666666666666
const TWO_THIRDS_LOW = 3.700743415417188e-17

/** log x for finite x > 0. */
const logPair = (x: Lane): Pair => {
  const tiny = lt(x, 2 ** -1022)
  const apart = takeApart(where(tiny, mul(x, 2 ** 54), x))
  const k = sub(apart.k, where(tiny, 54, 0))
  const f = sub(apart.m, 1)
  const below = twoSum(2, f)
  const s = div(f, below.high)
  const product = twoProduct(s, below.high)
  const sLow = div(sub(sub(sub(f, product.high), product.low), mul(s, below.low)), below.high)
  const square = twoProduct(s, s)
  const squareLow = add(square.low, mul(mul(2, s), sLow))
  const cube = twoProduct(s, square.high)
  const cubeLow = add(cube.low, add(mul(s, squareLow), mul(sLow, square.high)))
  const third = twoProduct(cube.high, constant('f64', TWO_THIRDS))
  const thirdLow = add(third.low, add(mul(cube.high, TWO_THIRDS_LOW), mul(cubeLow, TWO_THIRDS)))
  const rest = mul(mul(cube.high, square.high), polynomial(LOG_TAIL, square.high))
  const a = twoSum(mul(k, LN2_HIGH), mul(2, s))
  const b = twoSum(a.high, third.high)
  const low = add(add(a.low, b.low), add(mul(2, sLow), add(thirdLow, add(rest, mul(k, LN2_LOW)))))
  return twoSum(b.high, low)
}

/** |x|ʸ to some 40 bits: for a result of 24. */
export const shortMagnitude = (x: Lane, y: Lane): Lane => exp(mul(y, log(x)), 24)

/** |x|ʸ */
const magnitude = (x: Lane, y: Lane): Lane => {
  const l = logPair(x)
  const high = where(eq(x, 0), Number.NEGATIVE_INFINITY, where(lt(x, Number.POSITIVE_INFINITY), l.high, x))
  const p = twoProduct(y, high)
  const fits = lt(abs(p.high), 800)
  const low = where(fits, add(p.low, mul(y, l.low)), 0)
  const { pair, n } = expPair(clamp(p.high, -760, 720), low)
  return scale(add(pair.high, pair.low), n)
}

// -------------------------------------------------------------------------------------------------------------- running

/** xʸ from |x|ʸ: its sign, NaN where there is no value, and 1 for x⁰, whatever x is. */
export const powerBy =
  (magnitude: (x: Lane, y: Lane) => Lane) =>
  (x: Lane, y: Lane): Lane => {
    const r = magnitude(abs(x), y)
    const whole = eq(trunc(y), y)
    const half = mul(0.5, y)
    const odd = both(whole, ne(trunc(half), half))
    const signed = where(both(isNegative(x), odd), neg(r), r)
    const undefinedThere = both(both(lt(x, 0), lt(Number.NEGATIVE_INFINITY, x)), opposite(whole))
    return where(eq(y, 0), 1, where(undefinedThere, Number.NaN, signed))
  }

/** xʸ; x⁰ is 1 for every x. */
export const pow = powerBy(magnitude)
