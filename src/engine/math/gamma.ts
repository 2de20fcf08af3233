/**
 * log |Γ|, digamma and polygamma in doubles.
 *
 * Formulas from the NIST Digital Library of Mathematical Functions (DLMF), chapter 5: minimax polynomials around 2 and around
 * ψ's positive zero, recurrences down to them, asymptotic series from 10 on, reflection for negative arguments (`rarely`).
 */
import { constant, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  both,
  div,
  eq,
  fastTwoSum,
  floor,
  ge,
  gt,
  le,
  lt,
  mul,
  nearest,
  neg,
  opposite,
  type Pair,
  polynomial,
  seldom,
  sub,
  twoProduct,
  twoSum,
  where,
  withSign,
} from './arithmetic.js'
import { DIGAMMA, LGAMMA, LGAMMA_SHORT } from './coefficients.js'
import type { Precision } from './exp.js'
import { log, logSum } from './log.js'
import { cosOf, sinOf } from './trig.js'

// ---------------------------------------------------------------------------------------------------------------- model

const LOG_PI = 1.1447298858494002
const PI_LOW = 1.2246467991473532e-16
const HALF_LOG_TWO_PI = 0.9189385332046728

/** Bernoulli numbers B₂, B₄, … */
const BERNOULLI: readonly number[] = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
  854513 / 138,
  -236364091 / 2730,
]

/** Stirling's series for log Γ (DLMF 5.11.1) and ψ (DLMF 5.11.2) in 1/x². */
const LGAMMA_FAR = BERNOULLI.slice(0, 9).map((b, i) => b / ((2 * i + 2) * (2 * i + 1)))
const DIGAMMA_FAR = BERNOULLI.slice(0, 10).map((b, i) => b / (2 * i + 2))

/** The positive zero of ψ, as a sum of two doubles. */
const ZERO = 1.4616321449683622
const ZERO_LOW = 9.549995429965697e-17

/** From here on the asymptotic series are good. */
const FAR = 10

// ---------------------------------------------------------------------------------------------------------- combinators

/** |sin πx| and cos πx · sign(sin πx) as sums, by the distance to the nearest whole number. */
const ofPi = (x: Lane, precision: Precision): { readonly sin: Pair; readonly cos: Pair } => {
  const d = sub(x, nearest(x))
  const a = abs(d)
  const near = le(a, 0.25)
  const turn = where(near, a, sub(0.5, a))
  const product = twoProduct(turn, constant('f64', Math.PI))
  const angle = fastTwoSum(product.high, add(product.low, mul(turn, PI_LOW)))
  const s = sinOf(angle, precision)
  const c = cosOf(angle, precision)
  const sine = fastTwoSum(where(near, s.high, c.high), where(near, s.low, c.low))
  const cosine = fastTwoSum(where(near, c.high, s.high), where(near, c.low, s.low))
  return { sin: sine, cos: { high: withSign(cosine.high, d), low: withSign(cosine.low, d) } }
}

/** cot πx as a sum. */
const cotangentOfPi = (x: Lane, precision: Precision): Pair => {
  const { sin, cos } = ofPi(x, precision)
  const q = div(cos.high, sin.high)
  const product = twoProduct(q, sin.high)
  const rest = add(sub(sub(cos.high, product.high), product.low), sub(cos.low, mul(q, sin.low)))
  return { high: q, low: div(rest, sin.high) }
}

/** log Γ(a) for a ≥ 0. */
const lgammaRight = (a: Lane, precision: Precision): Lane => {
  let y = a
  let product: Lane = constant('f64', 1)
  for (let i = 0; i < 8; i++) {
    const above = ge(y, 2.5)
    const below = sub(y, 1)
    product = where(above, mul(product, below), product)
    y = where(above, below, y)
  }
  const first = lt(a, 0.5)
  const second = lt(a, 1.5)
  const z = where(first, a, where(second, sub(a, 1), sub(y, 2)))
  // between 1 and 2 this and log a nearly cancel, so it is kept in two parts
  const [c, ...others] = precision === 53 ? LGAMMA : LGAMMA_SHORT
  const slope = fastTwoSum(c as number, mul(z, polynomial(others, z)))
  const near = twoProduct(z, slope.high)
  const far = ge(a, FAR)
  const l = logSum(where(far, a, where(first, mul(a, add(a, 1)), where(second, a, product))))
  const t = div(1, a)
  const rest = where(ge(a, 1e17), 0, mul(t, polynomial(LGAMMA_FAR, mul(t, t))))
  const less = twoSum(l.high, -1)
  const stirling = add(mul(sub(a, 0.5), add(less.high, add(less.low, l.low))), add(HALF_LOG_TWO_PI - 0.5, rest))
  const sign = where(second, -1, 1)
  const sum = twoSum(near.high, mul(l.high, sign))
  const close = add(sum.high, add(sum.low, add(mul(l.low, sign), add(near.low, mul(z, slope.low)))))
  return seldom(
    opposite(both(gt(a, 0), lt(a, Number.POSITIVE_INFINITY))),
    where(eq(a, 0), Number.POSITIVE_INFINITY, a),
    where(far, stirling, close),
  )
}

/** ψ(a) for a > 0. */
const digammaRight = (a: Lane): Lane => {
  // Σ 1 / (y + i) as one quotient
  let y = a
  let above: Lane = constant('f64', 0)
  let below: Lane = constant('f64', 1)
  for (let i = 0; i < 8; i++) {
    const step = ge(y, 2.5)
    const next = sub(y, 1)
    above = where(step, add(mul(above, next), below), above)
    below = where(step, mul(below, next), below)
    y = where(step, next, y)
  }
  const low = lt(a, 1)
  const far = ge(a, FAR)
  const u = sub(sub(where(low, a, y), where(low, ZERO - 1, ZERO)), ZERO_LOW)
  const near = mul(u, polynomial(DIGAMMA, u))
  const q = div(where(far, 1, where(low, -1, above)), where(far, a, where(low, a, below)))
  const t = mul(q, q)
  const asymptotic = sub(log(where(far, a, 1)), add(mul(0.5, q), mul(t, polynomial(DIGAMMA_FAR, t))))
  return where(far, asymptotic, add(near, q))
}

/** r^n by repeated squaring. */
const power = (r: Lane, n: number): Lane => {
  let result: Lane | null = null
  let square = r
  for (let k = n; k > 0; k >>= 1) {
    if (k % 2 === 1) result = result === null ? square : mul(result, square)
    if (k > 1) square = mul(square, square)
  }
  return result as Lane
}

/** n! ζ(n + 1, a) for a > 0 (DLMF 25.11.5): direct terms, the smallest first, after Euler and Maclaurin's formula. */
const polygammaRight = (n: number, a: Lane): Lane => {
  const s = n + 1
  const terms = s + 10
  let factorial = 1
  for (let k = 2; k <= n; k++) factorial *= k
  const t = div(1, add(a, terms))
  const z = mul(t, t)
  const corrections: number[] = []
  let coefficient = s / 2
  for (let k = 0; k < BERNOULLI.length; k++) {
    corrections.push((BERNOULLI[k] as number) * coefficient)
    const j = 2 * k + 1
    coefficient *= ((s + j) * (s + j + 1)) / ((j + 2) * (j + 3))
  }
  const rest = add(mul(t, add(0.5, mul(t, polynomial(corrections, z)))), 1 / n)
  // the direct terms by themselves: where they are many and tiny they are rounded once
  let sum = power(div(1, add(a, terms - 1)), s)
  for (let i = terms - 2; i >= 0; i--) sum = add(sum, power(div(1, i === 0 ? a : add(a, i)), s))
  return mul(add(sum, mul(power(t, n), rest)), factorial)
}

/**
 * (−1)ⁿ/πⁿ · dⁿ/dxⁿ cot πx as a polynomial in c = cot πx: c' = −π (1 + c²), so P₀ = c and Pₙ₊₁ = (1 + c²) Pₙ'.
 */
const cotangentPolynomial = (n: number): readonly number[] => {
  let p: readonly number[] = [0, 1]
  for (let i = 0; i < n; i++) {
    const slope = p.slice(1).map((a, k) => a * (k + 1))
    p = [...slope, 0, 0].map((a, k) => a + (k >= 2 ? (slope[k - 2] as number) : 0))
  }
  return p
}

// -------------------------------------------------------------------------------------------------------------- running

/** log |Γ(x)|; ∞ at 0, −1, −2, … and ±∞. Negative arguments by |Γ(x) Γ(−x)| = π / |x sin πx| (DLMF 5.5.3). */
export const lgamma = (x: Lane, precision: Precision): Lane => {
  const a = abs(x)
  const right = lgammaRight(a, precision)
  const reflected = sub(sub(LOG_PI, log(mul(a, ofPi(x, precision).sin.high))), right)
  const left = where(eq(x, floor(x)), Number.POSITIVE_INFINITY, where(lt(a, 2 ** -60), right, reflected))
  return seldom(lt(x, 0), left, right)
}

/** ψ(x) = d/dx log Γ(x). Negative arguments by ψ(1 − x) − ψ(x) = π cot πx (DLMF 5.5.4). */
export const digamma = (x: Lane, precision: Precision): Lane => {
  const right = digammaRight(abs(x))
  const inverse = div(1, x)
  const cotangent = cotangentOfPi(x, precision)
  const product = twoProduct(cotangent.high, constant('f64', Math.PI))
  const low = add(product.low, add(mul(cotangent.high, PI_LOW), mul(cotangent.low, Math.PI)))
  const first = twoSum(right, neg(inverse))
  const second = twoSum(first.high, neg(product.high))
  const reflected = add(second.high, sub(add(first.low, second.low), low))
  const left = where(lt(abs(x), 2 ** -60), neg(inverse), where(eq(x, floor(x)), Number.NaN, reflected))
  return seldom(le(x, 0), left, right)
}

/** ψₙ(x) = dⁿ/dxⁿ ψ(x), n ≥ 1. Negative arguments by DLMF 5.15.6. */
export const polygamma =
  (n: number) =>
  (x: Lane, precision: Precision): Lane => {
    const odd = n % 2 === 1
    const negative = le(x, 0)
    const image = polygammaRight(n, where(negative, sub(1, x), x))
    const cotangent = cotangentOfPi(x, precision).high
    const reflected = mul(polynomial(cotangentPolynomial(n), cotangent), Math.PI ** (n + 1))
    const pole = odd
      ? where(eq(x, Number.NEGATIVE_INFINITY), Number.NaN, Number.POSITIVE_INFINITY)
      : where(eq(x, 0), div(-1, x), Number.NaN)
    const left = where(eq(x, floor(x)), pole, odd ? sub(reflected, image) : sub(neg(reflected), image))
    return seldom(negative, left, odd ? image : neg(image))
  }
