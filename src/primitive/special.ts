/**
 * Scalar functions that `Math` does not have, on JS numbers, to double accuracy: what the primitives' kernels call.
 *
 * The error functions and the gamma family have files of their own; rounding, remainder and whole powers are here.
 */
export { erf, erfc } from './special-erf.js'
export { digamma, lgamma, polygamma } from './special-gamma.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** From here on every double is a whole number. */
const WHOLE = 2 ** 52

// -------------------------------------------------------------------------------------------------------------- running

/**
 * The nearest whole number, halves to the even one (IEEE 754's roundTiesToEven, as NumPy and JAX round); keeps the sign
 * of zero, ±∞ and NaN.
 */
export const roundHalfEven = (x: number): number => {
  if (!(Math.abs(x) < WHOLE)) return x
  // beside 2⁵² the spacing of doubles is 1, so the sum is rounded by the hardware's own ties-to-even
  return x < 0 || Object.is(x, -0) ? -(WHOLE - x - WHOLE) : x + WHOLE - WHOLE
}

/**
 * The remainder of x / y with the sign of y: x − y ⌊x/y⌋, exact but for one rounding when the signs differ. Python's `%`,
 * NumPy's `remainder` and PyTorch's; JavaScript's `%` takes the sign of x. A zero result has the sign of y, too.
 *
 * y = 0 and x = ±∞ give NaN; y = ±∞ gives x, or y when the signs differ.
 */
export const remainder = (x: number, y: number): number => {
  const r = x % y
  if (r === 0) return y < 0 ? -0 : 0
  return r < 0 !== y < 0 ? r + y : r
}

/**
 * xⁿ for a whole number n: within 1 ulp, where repeated squaring loses a bit for every doubling of n; x⁰ = 1 for every
 * x, NaN too.
 */
export const ipow = (x: number, n: number): number => (n === 2 ? x * x : n === -1 ? 1 / x : Math.pow(x, n))
