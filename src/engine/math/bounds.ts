/**
 * How far results may be from the exact ones, in units in the last place: what tests hold the functions to.
 *
 * Measured by bench/accuracy (docs/accuracy.md): over inputs of 32 bits in order, and over random ones of 64. For negative arguments the gamma family
 * has a zero between any two poles: there the unit is that of max(1, |f(x)|, |f(−x)|).
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** A bound for each width. */
export interface Bound {
  readonly f32: number
  readonly f64: number
}

const bound = (f32: number, f64: number): Bound => ({ f32, f64 })

/** Bounds of the functions; `polygamma` of order n has {@link polygammaBound}. */
export const BOUNDS: Readonly<Record<string, Bound>> = {
  exp: bound(1.1, 1.1),
  expm1: bound(1.5, 1.5),
  log: bound(1, 1),
  log1p: bound(1.5, 1.5),
  sin: bound(1.7, 1),
  cos: bound(1.7, 1),
  tan: bound(1.9, 1.1),
  asin: bound(1.2, 1),
  acos: bound(1.2, 1),
  atan: bound(1.7, 1),
  atan2: bound(2, 1.5),
  sinh: bound(1.1, 1),
  cosh: bound(1.1, 1),
  tanh: bound(1.5, 1.5),
  asinh: bound(1.6, 2),
  acosh: bound(1.6, 2),
  atanh: bound(1.4, 1.5),
  erf: bound(1.5, 1.5),
  erfc: bound(1.9, 2),
  sigmoid: bound(2, 2),
  pow: bound(1.7, 1.3),
  lgamma: bound(0.51, 4),
  digamma: bound(0.51, 4),
}

/** The bound of polygamma of order n. */
export const polygammaBound = (n: number): Bound => bound(0.51, 2 * n + 6)
