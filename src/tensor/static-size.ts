/**
 * Sizes and shapes as the compiler sees them: what is known of a size, when two agree, and how a message prints them.
 *
 * A computation on shapes yields a shape or a *sentence*; `Fits` puts the sentence where the compiler prints it, on the
 * argument that does not fit, and `Ok` is the result then: a tensor of unknown shape, so that one mistake is told once.
 */
import type { ShapeError } from '../core/error.js'
import type { brand, DType, Holding, Shape, Tensor } from '../core/value.js'

// ---------------------------------------------------------------------------------------------------------------- model

declare const name: unique symbol

/** A size known only at run time, with a name: equal only to itself, where a plain `number` agrees with everything. */
export type Dim<N extends string> = number & { readonly [name]: N }

/** A tensor, or a JS number, which takes the element type of what stands beside it. */
export type Operand = Tensor | number

/** Whether `X` is an operand at all; `[brand]` alone is looked at, which a type parameter in the shape doesn't hide. */
export type IsOperand<X> = [X] extends [number | { readonly [brand]: Holding }] ? true : false

/**
 * A bare type parameter is undecided in every comparison; in a box, the same parameter is seen to be the same, and
 * `infer` with a constraint sees its constraint. That is what lets `<N extends number>(x: Tensor<[N, 3], 'f64'>)` through.
 */
export type Box<T> = { readonly is: T }

/** Whether two types are the same. */
export type Same<A, B> = Box<A> extends Box<B> ? (Box<B> extends Box<A> ? true : false) : false

// ------------------------------------------------------------------------------------------------------------- showing

/** A size as messages print it; `?` when it is known only at run time. */
export type ShowSize<D> = D extends Dim<infer N> ? N : D extends number ? (number extends D ? '?' : `${D}`) : '?'

type ShowSizes<S> = S extends readonly [infer H, ...infer T]
  ? T extends readonly []
    ? ShowSize<H>
    : `${ShowSize<H>}, ${ShowSizes<T>}`
  : ''

/** A shape as messages print it: `[2, 3]`; `[...]` when its rank is known only at run time. */
export type Show<S> = S extends Shape ? (number extends S['length'] ? '[...]' : `[${ShowSizes<S>}]`) : '?'

// ----------------------------------------------------------------------------------------------------------- agreement

/** Whether the rank is known. */
export type Static<S extends Shape> = number extends S['length'] ? false : true

/** Whether two sizes can be equal: the same, or one of them known only at run time. */
export type Agree<A, B> =
  Same<A, B> extends true
    ? true
    : number extends A
      ? true
      : number extends B
        ? true
        : Box<Extract<A, B>> extends Box<never>
          ? false
          : true

/** The more informative of two agreeing sizes. */
export type Known<A, B> = Same<A, B> extends true ? A : number extends A ? B : A

/** Two shapes, size by size: the more informative of each, or `false` when they cannot be equal. */
export type AgreeShape<A extends Shape, B extends Shape> = false extends Static<A> | Static<B>
  ? Shape
  : AgreeSizes<A, B, []>

type AgreeSizes<A extends Shape, B extends Shape, Out extends Shape> = A extends readonly [
  infer X,
  ...infer S extends Shape,
]
  ? B extends readonly [infer Y, ...infer T extends Shape]
    ? Agree<X, Y> extends true
      ? Box<Known<X, Y>> extends Box<infer K extends number>
        ? AgreeSizes<S, T, [...Out, K]>
        : false
      : false
    : false
  : B extends readonly []
    ? Out
    : false

// -------------------------------------------------------------------------------------------------------------- guards

/** `T` when `R` is a result; when `R` is a sentence, an error type that says it. */
export type Fits<R, T> = [R] extends [never] ? T : [R] extends [string] ? ShapeError<R> : T

/** The shape that was computed; unknown when there is a sentence instead. */
export type Ok<R> = [R] extends [never] ? Shape : Box<R> extends Box<infer S extends Shape> ? S : Shape

/** The element type that was computed; unknown when there is a sentence instead. */
export type OkDType<R> = Box<R> extends Box<infer D extends DType> ? D : DType

// ----------------------------------------------------------------------------------------------------------- operands

/** The shape of an operand; a JS number is a scalar. */
export type ShapeOf<X> = X extends number | boolean
  ? []
  : X extends { readonly shape: infer S extends Shape }
    ? S
    : Shape

/** The element type of an operand; `never` for a JS number, which adapts. */
export type DTypeOf<X> = X extends number
  ? never
  : X extends boolean
    ? 'bool'
    : X extends { readonly dtype: infer D extends DType }
      ? D
      : DType

/**
 * The tensor of a computed shape, of unknown shape when there is a sentence instead. A conditional type, so that editors
 * show `Tensor<[2, 3], 'f64'>` and not its name.
 */
export type Result<R, D extends DType> = [R] extends [never]
  ? Tensor<Shape, D>
  : Box<R> extends Box<infer S extends Shape>
    ? Tensor<S, D>
    : Tensor<Shape, D>

/** The tensor of an operand's own shape and element type. */
export type Alike<X> = Result<ShapeOf<X>, Adapted<DTypeOf<X>>>

/** The element type of a result; what is made of JS numbers alone is f64. */
export type Adapted<D extends DType> = Box<D> extends Box<never> ? 'f64' : D

/** The element type two operands share, or a sentence. */
export type SameDType<Name extends string, A extends DType, B extends DType> =
  Same<A, B> extends true
    ? Adapted<A>
    : Box<B> extends Box<never>
      ? A
      : Box<A> extends Box<never>
        ? B
        : Box<Extract<A, B>> extends Box<never>
          ? `${Name}: ${A} and ${B} do not mix; convert one of them`
          : Extract<A, B>
