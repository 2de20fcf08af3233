/**
 * The one table of tolerances, by element type and by what is compared. No test has a tolerance of its own.
 *
 * A bound is a multiple of ε (2⁻⁵² for f64, 2⁻²³ for f32): n roundings in a row err by about n·ε, a sum in another order
 * by n·ε of the sum of magnitudes, and what is ill-conditioned multiplies either by its condition number.
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** What is compared. */
export type LawClass = keyof typeof TABLE

/** The distance of 1 to the next number. */
export const EPSILON = { f64: 2 ** -52, f32: 2 ** -23 } as const

/** Largest relative error; times the scale that the comparison names. */
const TABLE = {
  /** Structural laws on small dyadic numbers: no rounding happens. */
  exact: { f64: 0, f32: 0 },
  /**
   * Values of an independent program. f64: both sides round, in another order, 4.5e5 ε leave room for condition numbers
   * of 10⁴ and sums of some ten terms. f32: the inputs too are rounded, 168 ε; condition numbers of some ten.
   */
  reference: { f64: 1e-10, f32: 2e-5 },
} as const

// -------------------------------------------------------------------------------------------------------------- running

/** The largest relative error that a comparison of this class allows. */
export const tolerance = (dtype: 'f64' | 'f32', lawClass: LawClass): number => TABLE[lawClass][dtype]
