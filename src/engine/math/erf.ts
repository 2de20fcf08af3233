/**
 * The error function and its complement in doubles.
 *
 * Up to |x| = 1 the series; beyond, e^(−x²) G(t) / (1 + 2x) with t = (x − 3.75) / (x + 3.75), one smooth function for the whole
 * half-line (M. M. Shepherd and J. G. Laframboise, Math. Comp. 36 (1981) 249–253). x² goes into the exponential as a sum of two
 * doubles, and so do the quotient's and the exponential's roundings into the product.
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
  lt,
  mul,
  neg,
  polynomial,
  sub,
  twoProduct,
  twoSum,
  where,
  withSign,
} from './arithmetic.js'
import { ERF, ERF_SHORT, ERFC, ERFC_SHORT } from './coefficients.js'
import { clamp, exp, expPair, type Precision, scale } from './exp.js'

// ---------------------------------------------------------------------------------------------------------- combinators

/** erf x for |x| ≤ 1. */
const series = (x: Lane, precision: Precision): Lane =>
  fma(x, polynomial(precision === 53 ? ERF : ERF_SHORT, mul(x, x)), x)

/** erfc a for a ≥ 0.45. */
const tail = (positive: Lane, precision: Precision): Lane => {
  const a = clamp(positive, 0, precision === 53 ? 28 : 10.5)
  const t = div(sub(a, 3.75), add(a, 3.75))
  const [first, ...others] = precision === 53 ? ERFC : ERFC_SHORT
  const slope = mul(t, polynomial(others, t))
  if (precision === 24) return mul(div(add(first as number, slope), fma(2, a, 1)), exp(neg(mul(a, a)), 24))
  const g = fastTwoSum(first as number, slope)
  const below = twoSum(add(a, a), 1)
  const q = div(g.high, below.high)
  const product = twoProduct(q, below.high)
  const lost = div(add(sub(sub(sub(g.high, product.high), product.low), mul(q, below.low)), g.low), below.high)
  const square = twoProduct(a, a)
  const { pair, n } = expPair(neg(square.high), neg(square.low))
  const p = twoProduct(pair.high, q)
  return scale(add(p.high, add(p.low, add(mul(pair.high, lost), mul(pair.low, q)))), n)
}

// -------------------------------------------------------------------------------------------------------------- running

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt */
export const erf = (x: Lane, precision: Precision): Lane => {
  const a = abs(x)
  return where(ge(a, 1), withSign(sub(1, tail(a, precision)), x), series(x, precision))
}

/** 1 − erf x, to full relative accuracy for large x. */
export const erfc = (x: Lane, precision: Precision): Lane => {
  const a = abs(x)
  const t = tail(a, precision)
  return where(le(a, 0.46875), sub(1, series(x, precision)), where(lt(x, 0), sub(2, t), t))
}
