/**
 * The primitive record: all there is to know about one operation, in one value.
 *
 * A rule is written against a `Builder`: on concrete values its words compute, on symbolic ones they make expressions,
 * so one rule serves first and every higher derivative. `null` stands for a zero that is never built.
 */
import { LinearityError } from '../core/error.js'
import type { Abstract, DType, Shape, Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import type { Builder } from './builder.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Shape and element type of one result. */
export interface Result {
  readonly shape: Shape
  readonly dtype: DType
}

/** A tangent or cotangent; `null` is zero. */
export type Opt = Tensor | null

/** The place of a linear argument in a `transpose` rule: only its shape and type are known. */
export interface Hole extends Result {
  readonly hole: true
}

/** An argument of a linear operation: a known coefficient, or the place of what it is linear in. */
export type Argument = Tensor | Hole

/** An operation with one result. `P` is what parametrises it (axes, labels, …), `null` for nothing. */
export interface Single<P> {
  readonly name: string
  readonly results: 'one'
  /** Shape and element type of the result. @throws ShapeError, DTypeError */
  readonly abstract: (params: P, args: readonly Abstract[]) => Result
  /** Reference semantics. */
  readonly evaluate: (params: P, args: readonly Concrete[]) => Concrete
  /** The tangent of the result; linear in the tangents, at least one of which is not null. */
  readonly jvp:
    | 'not differentiable'
    | ((b: Builder, t: readonly Opt[], x: readonly Tensor[], y: Tensor, params: P) => Opt)
  /** The cotangents of the linear arguments; `null` for coefficients. */
  readonly transpose: 'not linear' | ((b: Builder, ct: Tensor, x: readonly Argument[], params: P) => readonly Opt[])
  /** The operation under a new leading axis of size `n`, which `axis[i]` says argument `i` has; the result has it. */
  readonly batch: (b: Builder, x: readonly Tensor[], axis: readonly boolean[], n: number, params: P) => Tensor
  readonly samples: Samples<P>
}

/** An operation with a list of results; it states primal and tangent together. */
export interface Multiple<P> {
  readonly name: string
  readonly results: 'many'
  readonly abstract: (params: P, args: readonly Abstract[]) => readonly Result[]
  readonly evaluate: (params: P, args: readonly Concrete[]) => readonly Concrete[]
  readonly dual: (
    b: Builder,
    t: readonly Opt[],
    x: readonly Tensor[],
    params: P,
  ) => readonly [readonly Tensor[], readonly Opt[]]
  readonly transpose:
    | 'not linear'
    | ((b: Builder, ct: readonly Opt[], x: readonly Argument[], params: P) => readonly Opt[])
  readonly batch: (
    b: Builder,
    x: readonly Tensor[],
    axis: readonly boolean[],
    n: number,
    params: P,
  ) => readonly Tensor[]
  readonly samples: Samples<P>
}

type Forget<P> = Omit<P, 'samples'> & { readonly samples: Samples<unknown> }

/** A primitive with one result, its parameters forgotten. */
export type AnySingle = Forget<Single<never>>

/** A primitive with a list of results, its parameters forgotten. */
export type AnyMultiple = Forget<Multiple<never>>

/** Any primitive, its parameters forgotten: what a tape holds. */
export type Primitive = AnySingle | AnyMultiple

// -------------------------------------------------------------------------------------------------------------- samples

/** Where sample values of one argument are drawn from. */
export interface Domain {
  readonly low: number
  readonly high: number
  /** Points where the operation is not smooth; drawn values keep well away from them. */
  readonly avoid?: readonly number[]
  /** Whole numbers only. */
  readonly integer?: true
  /** No two elements near each other (sorting, maxima). */
  readonly distinct?: true
}

/** One argument of a sample. */
export interface Drawn extends Result {
  readonly domain: Domain
}

/** Arguments that the operation takes, to draw values for. */
export interface Sample<P> {
  readonly params: P
  readonly args: readonly Drawn[]
}

/** A kink or special value, stated: at these scalar arguments, this value and these partial derivatives. */
export interface Special<P> {
  readonly params: P
  readonly at: readonly number[]
  readonly value: number
  /** One for each argument; `null`: not stated (there is none). */
  readonly partials?: readonly (number | null)[]
}

/** An exact example, whole arrays of it: at these arguments, this result and these derivatives of the sum of it. */
export interface Example<P> {
  readonly params: P
  readonly args: readonly Literal[]
  readonly value: Literal
  /** Element types of the arguments and of the result, where not all are f64. */
  readonly dtypes?: readonly [args: readonly DType[], value: DType]
  /** The gradient of the sum of the result in each argument; `null`: not stated (there is none). */
  readonly partials?: readonly (Literal | null)[]
}

/** Numbers as they are written: a scalar, a vector, a matrix, … */
export type Literal = number | readonly Literal[]

/** Arguments that the operation refuses, and the name of the error. */
export interface Refusal<P> {
  readonly params: P
  readonly args: readonly Result[]
  readonly error: 'ShapeError' | 'DTypeError' | 'ValueError'
}

/** What the laws feed an operation with. */
export interface Samples<P> {
  readonly cases: readonly Sample<P>[]
  readonly special?: readonly Special<P>[]
  readonly examples?: readonly Example<P>[]
  readonly refused?: readonly Refusal<P>[]
  /** The rule is by intent not the derivative: finite differences do not agree with it. */
  readonly notDerivative?: true
}

// ----------------------------------------------------------------------------------------------------------- predicates

/** Whether an argument of a transpose rule is the place of a linear one. */
export const isHole = (x: Argument): x is Hole => (x as Partial<Hole>).hole === true

/** The error for an operation that has to be linear and is not. */
export const notLinear = (name: string): LinearityError =>
  new LinearityError({
    operation: name,
    problem: 'takes a tangent, and is not linear in it',
    hint: 'the tangent that a customJvp rule returns has to be linear in the tangents it is given',
  })

/** Which one of two arguments a product is linear in. @throws LinearityError when it is both */
export const soleHole = (name: string, x: readonly Argument[]): 0 | 1 => {
  const first = isHole(x[0] as Argument)
  if (first && isHole(x[1] as Argument)) throw notLinear(name)
  return first ? 0 : 1
}
