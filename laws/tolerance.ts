/**
 * Tolerances: one table, by class of law and element type. No test has a literal of its own.
 *
 * Each entry is a multiple of the unit of the element type, to be taken of the scale that the law names. With exact
 * summands, a sum of n terms in any order errs by at most (n − 1)·u·Σ|terms| (Higham 2002, §4.2), u = ε/2; the scales
 * below are such sums of magnitudes, with n in them, so that a few ε are enough.
 */
import type { DType, Float } from '../src/core/value.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The distance from 1 to the next number of an element type. */
export const EPSILON: Readonly<Record<Float, number>> = { f64: 2 ** -52, f32: 2 ** -23 }

/** What a law compares, and thereby the errors that its two sides may differ by. */
export type LawClass = keyof typeof MULTIPLES

const MULTIPLES = {
  /** Structural laws: the same operations on the same numbers, or dyadic numbers that no operation rounds. */
  exact: 0,
  /**
   * ⟨w, J v⟩ = ⟨Jᵀw, v⟩, of n·‖|w|ᵀ|J||v|‖: both sides are sums of the same n products w·J·v, in which J is made of the
   * same coefficients; a product of up to four factors rounds to 2ε, either side.
   */
  adjoint: 4,
  /** J(αv + βw) = α J v + β J w, of n·|J|(|α||v| + |β||w|): products round to 2ε either side, sums to n·u. */
  linear: 4,
  /**
   * Five-point differences, of (|f| + n·|J||x|)/h, the error of a backward stable f divided by the step: the weights of
   * the five-point rule are 3/2 together, and functions of one number err by up to 4ε (erf, lgamma).
   */
  difference: 8,
  /** Two orders of the same reductions, of n·Σ|terms|. */
  reordered: 4,
  /**
   * Functions of one number (exp, log, erf, …) against exact values, of the value: 4 units in the last place, that of
   * Math.* in V8 (fdlibm, < 1) and of the error and gamma functions (< 4).
   */
  elementary: 4,
  /** Second derivatives by two routes, of the running error bound of either. */
  second: 8,
  /** Two programs that mean the same, of the running error bounds of both (first-order, so twice them is safe). */
  program: 4,
  /** f32 against f64, of the running error bound in f32. */
  precision: 4,
} as const

// -------------------------------------------------------------------------------------------------------------- running

/** The tolerance of a class of laws in an element type: a multiple of the scale that the law names. */
export const tolerance = (law: LawClass, dtype: DType = 'f64'): number =>
  MULTIPLES[law] * (dtype === 'f32' ? EPSILON.f32 : EPSILON.f64)

/** The coarser of element types: what a computation that goes through both is precise to. */
export const coarsest = (dtypes: readonly DType[]): Float => (dtypes.includes('f32') ? 'f32' : 'f64')
