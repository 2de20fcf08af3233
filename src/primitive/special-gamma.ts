/**
 * log|Γ|, its derivative ψ (digamma) and the derivatives of that (polygamma), on JS numbers.
 *
 * Formulas from the NIST Digital Library of Mathematical Functions (DLMF), chapters 5 and 25. Near 1, 2 and ψ's positive
 * zero, Taylor series; above 10, the asymptotic series; recurrences between; reflection below 0. Measured against
 * 50-digit values, for positive arguments: lgamma and digamma within 4 ulp (also beside their positive zeros), polygamma
 * within n/2 + 4 ulp for orders n up to 20. For negative arguments, where lgamma, digamma and polygamma of even order have
 * a zero between any two poles: lgamma and digamma within 6 ulp of max(1, |f(x)|, |f(−x)|), polygamma of order n within
 * 2n + 4 ulp of max(|f(x)|, |f(−x)|).
 */
import { ValueError } from '../core/error.js'

// ---------------------------------------------------------------------------------------------------------------- model

const LOG_PI = 1.1447298858494002
const HALF_LOG_TWO_PI = 0.9189385332046728
const EULER = 0.5772156649015329

/** ζ(k) − 1 for k = 2, 3, … */
const ZETA_MINUS_ONE: readonly number[] = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 9.945751278180853e-4, 4.941886041194645e-4,
  2.460865533080483e-4, 1.2271334757848915e-4, 6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5,
  7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8,
  7.45071178983543e-9, 3.725334024788457e-9,
]

/** The positive zero of ψ (where Γ is least), as a sum of two doubles, and log Γ there. */
const ZERO = 1.4616321449683622
const ZERO_LOW = 9.549995429965697e-17
const LGAMMA_AT_ZERO = -0.1214862905358496

/** Taylor coefficients of ψ at its zero, from the first power: ψ⁽ᵏ⁾/k!, k = 1, 2, … */
const PSI_AT_ZERO: readonly number[] = [
  0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652, 0.10782405069126237,
  -0.07219956125645471, 0.04880428816414311, -0.03316112647484736, 0.022597648232218104, -0.01542476590494896,
  0.010538791616612175, -0.007204534386356869, 0.004926781395729853, -0.003369801655439328, 0.002305126326734928,
  -0.0015769367714301972, 0.0010788252019162967, -7.380709389960052e-4, 5.04953265834602e-4, -3.454680251063077e-4,
  2.3635601564027053e-4, -1.6170622091974803e-4, 1.106337276874741e-4, -7.569179582195066e-5, 5.178575795222081e-5,
]

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

const alternate = (c: readonly number[]): readonly number[] => c.map((a, i) => (i % 2 === 0 ? a : -a))

/** ψ at 1 + z and 2 + z (DLMF 5.7.4), log Γ at the same (DLMF 5.7.3) and at ψ's zero, each in powers of z. */
const PSI_AT_ONE = [-EULER, ...alternate(ZETA_MINUS_ONE.map((a) => 1 + a))]
const PSI_AT_TWO = [1 - EULER, ...alternate(ZETA_MINUS_ONE)]
const integral = (c: readonly number[], from: number): readonly number[] => c.map((a, i) => a / (i + from))
const LGAMMA_AT_ONE = integral(PSI_AT_ONE, 1)
const LGAMMA_AT_TWO = integral(PSI_AT_TWO, 1)
const LGAMMA_SLOPE_AT_ZERO = integral(PSI_AT_ZERO, 2)

/** Stirling's series in 1/x² for log Γ (DLMF 5.11.1) and ψ (DLMF 5.11.2). */
const LGAMMA_AT_INFINITY = BERNOULLI.slice(0, 9).map((b, i) => b / ((2 * i + 2) * (2 * i + 1)))
const PSI_AT_INFINITY = BERNOULLI.slice(0, 10).map((b, i) => b / (2 * i + 2))

// ---------------------------------------------------------------------------------------------------------- combinators

const polynomial = (c: readonly number[], x: number): number => {
  // from the last coefficient, not from 0: x may be infinite
  let y = c[c.length - 1] as number
  for (let i = c.length - 2; i >= 0; i--) y = y * x + (c[i] as number)
  return y
}

const nearOne = (z: number): number => z * polynomial(LGAMMA_AT_ONE, z)
const nearTwo = (z: number): number => z * polynomial(LGAMMA_AT_TWO, z)
const nearZero = (x: number): number => {
  const u = x - ZERO
  return LGAMMA_AT_ZERO + u * u * polynomial(LGAMMA_SLOPE_AT_ZERO, u)
}

/** Distance to the nearest integer, signed, exact. */
const fromInteger = (x: number): number => x - Math.round(x)

/** cot πx, to full relative accuracy also beside its zeros. */
const cotPi = (x: number): number => {
  const r = fromInteger(x)
  const a = Math.abs(r)
  if (a <= 0.25) return 1 / Math.tan(Math.PI * r)
  return Math.sign(r) * Math.tan(Math.PI * (0.5 - a))
}

/** ψ by its recurrence, series and asymptotic series; x > −0.25, not 0. */
const digammaRight = (x: number): number => {
  if (x < 0.25) return polynomial(PSI_AT_ONE, x) - 1 / x
  if (x < 0.75) return digammaRight(x + 1) - 1 / x
  if (x < 1.25) return polynomial(PSI_AT_ONE, x - 1)
  if (x < 1.75) {
    const u = x - ZERO - ZERO_LOW
    return u * polynomial(PSI_AT_ZERO, u)
  }
  if (x >= 10) {
    const t = 1 / (x * x)
    return Math.log(x) - (0.5 / x + t * polynomial(PSI_AT_INFINITY, t))
  }
  let y = x
  let sum = 0
  while (y >= 2.5) {
    y -= 1
    sum += 1 / y
  }
  return sum + polynomial(PSI_AT_TWO, y - 2)
}

/** n! / yˢ; two factors, since y⁻ˢ alone may underflow where the quotient does not. */
const factorialOver = (n: number, y: number, s: number): number => {
  if (n > 170) return Math.exp(lgamma(n + 1) - s * Math.log(y))
  let factorial = 1
  for (let k = 2; k <= n; k++) factorial *= k
  if (n <= 3) return factorial * Math.pow(y, -s)
  const half = s >> 1
  return factorial * Math.pow(y, -half) * Math.pow(y, half - s)
}

/** What Euler and Maclaurin's formula leaves of y^(s−1) ζ(s, y) (DLMF 25.11.5); y ≥ s + 10. */
const zetaRest = (s: number, y: number): number => {
  let term = s / y / y
  let rest = 0.5 / y
  let factorial = 2
  for (let k = 1; k <= BERNOULLI.length; k++) {
    rest += (term * (BERNOULLI[k - 1] as number)) / factorial
    term *= ((s + 2 * k - 1) / y) * ((s + 2 * k) / y)
    factorial *= (2 * k + 1) * (2 * k + 2)
  }
  return rest + 1 / (s - 1)
}

/** |ψₙ(x)| = n! ζ(n + 1, x) for x > 0 (DLMF 5.15.1): all terms are positive, and added from the smallest. */
const polygammaRight = (n: number, x: number): number => {
  const s = n + 1
  if (x >= s + 10) return x === Infinity ? 0 : factorialOver(n, x, n) * zetaRest(s, x)
  const steps = Math.ceil(s + 10 - x)
  let sum = factorialOver(n, x + steps, n) * zetaRest(s, x + steps)
  for (let k = steps - 1; k >= 0; k--) sum += factorialOver(n, x + k, s)
  return sum
}

/**
 * (−1)ⁿ/πⁿ · dⁿ/dxⁿ cot πx as a polynomial in c = cot πx: since c' = −π (1 + c²), P₀ = c and Pₙ₊₁ = (1 + c²) Pₙ'. Its
 * coefficients are positive and of one parity, so c > 0 and c < 0 are equally well conditioned.
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

/**
 * log |Γ(x)|, with Γ's poles 0, −1, −2, … and ±∞ going to ∞; derivative ψ(x), {@link digamma}.
 *
 * Negative arguments by reflection, |Γ(x) Γ(−x)| = π / |x sin πx| (DLMF 5.5.3).
 */
export const lgamma = (x: number): number => {
  if (x <= 0) {
    if (x === Math.floor(x)) return Infinity
    if (x > -0.25) return nearOne(x) - Math.log(-x)
    return LOG_PI - Math.log(-x * Math.sin(Math.PI * Math.abs(fromInteger(x)))) - lgamma(-x)
  }
  if (x < 0.25) return nearOne(x) - Math.log(x)
  if (x < 0.75) return nearZero(x + 1) - Math.log(x)
  if (x < 1.25) return nearOne(x - 1) + 0 // log Γ(1) is +0
  if (x < 1.75) return nearZero(x)
  if (x >= 10) {
    const t = 1 / x
    const rest = x > 1e17 ? 0 : t * polynomial(LGAMMA_AT_INFINITY, t * t)
    return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_TWO_PI - 0.5 + rest)
  }
  let y = x
  let product = 1
  while (y >= 2.5) {
    y -= 1
    product *= y
  }
  return Math.log(product) + nearTwo(y - 2)
}

/**
 * ψ(x) = d/dx log Γ(x); derivative {@link polygamma} of order 1.
 *
 * NaN at the poles −1, −2, … and at −∞, where no limit exists; at ±0 the sign tells the side: ψ(+0) = −∞, ψ(−0) = ∞.
 * Negative arguments by reflection, ψ(1 − x) − ψ(x) = π cot πx (DLMF 5.5.4).
 */
export const digamma = (x: number): number => {
  if (x === 0) return -1 / x
  if (x > -0.25) return digammaRight(x)
  if (!(x > -Infinity) || x === Math.floor(x)) return Number.NaN
  return digammaRight(-x) - 1 / x - Math.PI * cotPi(x)
}

/**
 * ψₙ(x) = dⁿ/dxⁿ ψ(x): trigamma for n = 1, {@link digamma} for n = 0; derivative ψₙ₊₁(x).
 *
 * At a pole 0, −1, … it is ∞ for odd n, where both sides agree; for even n NaN, but at ±0 ∓∞. NaN at −∞. Negative
 * arguments by reflection, ψₙ(1 − x) − (−1)ⁿ ψₙ(x) = (−1)ⁿ π dⁿ/dxⁿ cot πx (DLMF 5.15.6).
 *
 * @throws ValueError when n is not a natural number
 */
export const polygamma = (n: number, x: number): number => {
  if (!Number.isInteger(n) || n < 0)
    throw new ValueError({ operation: 'polygamma', problem: `order ${n} is not a natural number` })
  if (n === 0) return digamma(x)
  const odd = n % 2 === 1
  if (x > 0) return odd ? polygammaRight(n, x) : -polygammaRight(n, x)
  if (x === 0) return odd ? Infinity : -1 / x
  if (!(x > -Infinity)) return Number.NaN
  if (x === Math.floor(x)) return odd ? Infinity : Number.NaN
  const image = polygammaRight(n, 1 - x)
  const c = cotPi(x)
  if (c === 0 && !odd) return -image
  // from here |ψₙ| > n!: beyond every double
  if (n > 170) return odd ? Infinity : -Math.sign(c) * Infinity
  const reflected = Math.pow(Math.PI, n + 1) * polynomial(cotangentPolynomial(n), c)
  return odd ? reflected - image : -reflected - image
}
