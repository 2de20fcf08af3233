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
  polynomialByHalves,
  sub,
  twoProduct,
  twoSum,
  where,
  withSign,
} from './arithmetic.js'
import { ERF, ERFC } from './coefficients.js'
import { clamp, expPair, expWithin150, scale } from './exp.js'

// ---------------------------------------------------------------------------------------------------------- combinators

/** erf x for |x| ≤ 1. */
const series = (x: Lane): Lane => fma(x, polynomial(ERF, mul(x, x)), x)

/** (1 + 2a) e^(a²) erfc a as its constant term and the rest. */
const smooth = (a: Lane): readonly [number, Lane] => {
  const t = div(sub(a, 3.75), add(a, 3.75))
  const [first = 0, ...others] = ERFC
  return [first, mul(t, polynomialByHalves(others, t))]
}

/** erfc a for a ≥ 0.45, to some units in the last place: enough beside 1. */
const roughTail = (positive: Lane, largest: number): Lane => {
  const a = clamp(positive, 0, largest)
  const [first, rest] = smooth(a)
  return mul(div(add(first, rest), fma(2, a, 1)), expWithin150(neg(mul(a, a)), 53))
}

/** erfc a for a ≥ 0.45. */
const tail = (positive: Lane): Lane => {
  const a = clamp(positive, 0, 28)
  const g = fastTwoSum(...smooth(a))
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
export const erf = (x: Lane): Lane => {
  const a = abs(x)
  return where(ge(a, 1), withSign(sub(1, roughTail(a, 6.5)), x), series(x))
}

/** 1 − erf x, to full relative accuracy for large x. */
export const erfc = (x: Lane): Lane => {
  const a = abs(x)
  const t = tail(a)
  return where(le(a, 0.46875), sub(1, series(x)), where(lt(x, 0), sub(2, t), t))
}
