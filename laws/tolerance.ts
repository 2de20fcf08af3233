/**
 * The one table of tolerances, by element type and by what is compared. No test has a tolerance of its own.
 *
 * A bound is a multiple of ε (2⁻⁵² for f64, 2⁻²³ for f32) of a scale that the law names: n roundings in a row err by
 * about n·ε, a sum of n terms in any order by at most (n − 1)·ε/2·Σ|terms| (Higham 2002, §4.2), and what is
 * ill-conditioned multiplies either by its condition number. Where a scale is such a sum of magnitudes, with n in it, a
 * few ε are enough.
 */
import type { DType, Float } from '../src/core/value.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What is compared. */
export type LawClass = keyof typeof TABLE

/** The distance of 1 to the next number. */
export const EPSILON = { f64: 2 ** -52, f32: 2 ** -23 } as const

const times = (n: number): Readonly<Record<Float, number>> => ({ f64: n * EPSILON.f64, f32: n * EPSILON.f32 })

/** Largest relative error; times the scale that the comparison names. */
const TABLE = {
  /** Structural laws on small dyadic numbers, or the same operations on the same numbers: no rounding differs. */
  exact: { f64: 0, f32: 0 },
  /**
   * Values of an independent program. f64: both sides round, in another order, 4.5e5 ε leave room for condition numbers
   * of 10⁴ and sums of some ten terms. f32: the inputs too are rounded, 168 ε; condition numbers of some ten.
   */
  reference: { f64: 1e-10, f32: 2e-5 },
  /** What cancellation leaves of values of an independent program, of the sum of magnitudes that cancel: 45 ε, 17 ε. */
  cancelled: { f64: 1e-14, f32: 2e-6 },
  /**
   * ⟨w, J v⟩ = ⟨Jᵀw, v⟩, of n·‖|w|ᵀ|J||v|‖: both sides are sums of the same products w·J·v with J made of the same
   * coefficients; a product of up to four factors rounds to 2ε, on either side.
   */
  adjoint: times(4),
  /** J(αv + βw) = α J v + β J w, of n·|J|(|α||v| + |β||w|): products round to 2ε on either side, sums to n·ε/2. */
  linear: times(4),
  /**
   * Five-point differences, of (|f| + n·|J||x|)/h, the error of a backward stable f divided by the step: the weights of
   * the five-point rule are 3/2 together, and functions of one number err by up to 4ε (erf, lgamma).
   */
  difference: times(8),
  /** The truncation of five-point differences, h⁴f⁽⁵⁾/30, may be this much of the scale where a function is smooth. */
  truncation: { f64: 1e-8, f32: Number.NaN },
  /** Two orders of the same reductions, of n·Σ|terms|. */
  reordered: times(4),
  /** Functions of one number (exp, log, erf, …) against exact values: units in the last place, Math.* and our own. */
  elementary: times(4),
  /** Two programs with one meaning, of the running error bounds of both (which are of first order: hence four times). */
  program: times(4),
} as const satisfies Readonly<Record<string, Readonly<Record<Float, number>>>>

/** The smallest normal numbers: what is smaller is rounded to a coarse grid, or to 0, whatever its relative error. */
export const SMALLEST = { f64: 2 ** -1022, f32: 2 ** -126 } as const

/** Operations whose reference values are allowed a multiple, and why. */
const ILL_CONDITIONED: Readonly<Record<string, Readonly<Record<Float, number>>>> = {
  /** Its derivative: the reference ends the series of trigamma early and is itself off by 5e-10 (by 30 digits). */
  digamma: { f64: 10, f32: 1 },
  /** Cases with |x| = 10³: the relative condition number of exp x is |x|, and rounding x to f32 errs by ε/2. */
  softmax: { f64: 1, f32: 8 },
  logSoftmax: { f64: 1, f32: 8 },
  logSumExp: { f64: 1, f32: 8 },
  crossEntropy: { f64: 1, f32: 8 },
  /** Near a zero of the function or of its slope rounding x to f32 moves the result by |x|·ε/2, whatever its size. */
  sin: { f64: 1, f32: 4 },
  cos: { f64: 1, f32: 4 },
  tan: { f64: 1, f32: 4 },
  /** Features whose spread σ is small beside their size: the condition number of (x − mean)/σ is |x|/σ, here up to some ten. */
  batchNorm: { f64: 1, f32: 4 },
  layerNorm: { f64: 1, f32: 4 },
  groupNorm: { f64: 1, f32: 4 },
}

/**
 * Operations whose derivative is small where terms of the size of the direction cancel: softmax's is p·(t − ⟨p, t⟩), which
 * vanishes where it saturates, and what is built on it follows.
 */
const CANCELLING: readonly string[] = [
  ...['softmax', 'logSoftmax', 'attention', 'crossEntropy', 'crossEntropyLabelSmoothing', 'softCrossEntropy'],
  'klDivergence',
]

// -------------------------------------------------------------------------------------------------------------- running

/** The largest relative error that a comparison of this class allows. */
export const tolerance = (dtype: Float, lawClass: LawClass): number => TABLE[lawClass][dtype]

/** The coarsest of the float types among these: what a computation that goes through all of them is precise to. */
export const coarsest = (dtypes: readonly DType[]): Float => (dtypes.includes('f32') ? 'f32' : 'f64')

/** By how much the tolerance of an operation's reference values is larger. */
export const conditionOf = (operation: string, dtype: Float): number => ILL_CONDITIONED[operation]?.[dtype] ?? 1

/** Whether the derivative of an operation is a difference of terms of the size of the direction. */
export const cancels = (operation: string): boolean => CANCELLING.includes(operation)
