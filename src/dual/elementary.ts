/** The elementary functions over any numbers: what it takes to write exp, sin, … once for numbers, duals and tensors. */

// ---------------------------------------------------------------------------------------------------------------- model

/** The elementary functions of an `A`. */
export interface Elementary<A> {
  readonly exp: (x: A) => A
  readonly log: (x: A) => A
  readonly sin: (x: A) => A
  readonly cos: (x: A) => A
  readonly tan: (x: A) => A
  readonly asin: (x: A) => A
  readonly acos: (x: A) => A
  readonly atan: (x: A) => A
  readonly sinh: (x: A) => A
  readonly cosh: (x: A) => A
  readonly tanh: (x: A) => A
  readonly sqrt: (x: A) => A
  /** A JS number as an `A`. */
  readonly constant: (x: number) => A
}

// ------------------------------------------------------------------------------------------------------------- instances

/** Of JS numbers. */
export const number: Elementary<number> = {
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  sqrt: Math.sqrt,
  constant: (x) => x,
}
