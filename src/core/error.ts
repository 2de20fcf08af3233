/**
 * Errors for people: what was asked, what was found, where, and what would fix it.
 *
 * The everyday form of a function throws one of these; its `…E` form returns the same data in an `Either`.
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** What went wrong, as data. */
export interface Problem {
  /** The operation that was asked for, as the user spells it: `matmul`, `grad`. */
  readonly operation: string
  /** What was found, in one sentence without a full stop. */
  readonly problem: string
  /** Where in a tree of arguments: `params[0].w`. */
  readonly path?: string | undefined
  /** What would fix it. */
  readonly hint?: string | undefined
}

/** One line of prose from a problem's data. */
export const describe = (p: Problem): string =>
  `${p.operation}: ${p.problem}${p.path === undefined || p.path === '' ? '' : ` (at ${p.path})`}${p.hint === undefined ? '' : `; ${p.hint}`}`

/** The common part of every error this library throws. */
export class LanacError extends Error implements Problem {
  readonly operation: string
  readonly problem: string
  readonly path: string | undefined
  readonly hint: string | undefined
  constructor(p: Problem) {
    super(describe(p))
    this.name = new.target.name
    this.operation = p.operation
    this.problem = p.problem
    this.path = p.path
    this.hint = p.hint
  }
}

declare const sentence: unique symbol

/**
 * Shapes that do not fit. Thrown at run time; as a type it stands on the offending argument and carries the same
 * sentence into the compiler's message.
 */
export class ShapeError<Message extends string = string> extends LanacError {
  override readonly name: string = 'ShapeError'
  declare readonly [sentence]: Message
}

/** Element types that do not fit: f32 beside f64, an integer where a derivative is asked for. */
export class DTypeError extends LanacError {
  override readonly name: string = 'DTypeError'
}

/** A value outside what an operation takes: an index out of range, a negative size, an unknown option. */
export class ValueError extends LanacError {
  override readonly name: string = 'ValueError'
}

/** More memory than can be had. */
export class MemoryError extends LanacError {
  override readonly name: string = 'MemoryError'
  /** How much was asked for. */
  readonly bytes: number
  constructor(p: Problem & { readonly bytes: number }) {
    super(p)
    this.bytes = p.bytes
  }
}

/** A tree whose structure is not the one expected. */
export class TreeError extends LanacError {
  override readonly name: string = 'TreeError'
}

/** Bytes that are not what their format says: a file cut short, a header that contradicts itself, a file that cannot be read. */
export class FormatError extends LanacError {
  override readonly name: string = 'FormatError'
}

/** A compiler that failed, crashed or took too long; its output is in the message. */
export class CompilerError extends LanacError {
  override readonly name: string = 'CompilerError'
}

/** A number was asked of a value that is not known while a function is being traced. */
export class ConcretizationError extends LanacError {
  override readonly name: string = 'ConcretizationError'
}

/** A symbolic value was used after its trace had ended, or in a custom rule that should have taken it as an argument. */
export class ScopeError extends LanacError {
  override readonly name: string = 'ScopeError'
}

/** A rule that has to be linear is not, or an operation without a derivative stands where one is needed. */
export class LinearityError extends LanacError {
  override readonly name: string = 'LinearityError'
}

// --------------------------------------------------------------------------------------------------------- constructors

/** The shape of a value as messages print it: `[2, 3]`. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`
