/**
 * What a transformation makes of the types of trees: tangents and cotangents, traced values, batches, Jacobians.
 *
 * A tree is a tensor, a JS number, or a record, tuple, array or `Option` of trees; anything else (a string, a function,
 * null) is structure. Trees keep their exact type wherever every leaf keeps its own.
 */
import type { None, Some } from 'fp-ts/lib/Option.js'
import type { brand, DType, Holding, Shape, Tensor } from '../core/value.js'
import type { Axes, Box, DTypeOf, Result, ShapeOf, Show, Static } from '../tensor/static.js'
import type { Arguments, IsAny } from '../tree/accepted.js'

export type { Accepted, Arguments } from '../tree/accepted.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Leaf = { readonly [brand]: Holding }
type Anything = (...args: never[]) => unknown

/** The given type where the computed one says the same: names survive. */
type Keep<T, M> = [T] extends [M] ? ([M] extends [T] ? T : M) : M

// ---------------------------------------------------------------------------------------------------------- cotangents

type CotangentLeaf<T> = Box<DTypeOf<T>> extends Box<'i32' | 'bool'> ? null : Result<ShapeOf<T>, DTypeOf<T>>

type CotangentEach<T> = T extends number
  ? Tensor<[], 'f64'>
  : T extends Leaf
    ? CotangentLeaf<T>
    : T extends None
      ? T
      : T extends Some<infer A>
        ? Some<Cotangent<A>>
        : T extends Anything
          ? T
          : T extends object
            ? { [K in keyof T]: Cotangent<T[K]> }
            : T

/**
 * The type of a derivative with respect to a tree: a tensor of the same shape for each float leaf, a scalar tensor for a
 * JS number, null for integers and truth values; what is no value (a string, a function, null) stays as it is.
 */
export type Cotangent<T> =
  IsAny<T> extends true ? Tensor : Keep<T, CotangentEach<[Extract<T, Leaf>] extends [never] ? T : Exclude<T, number>>>

/** The derivatives with respect to each argument. */
export type Cotangents<A extends Arguments> = { -readonly [I in keyof A]: Cotangent<A[I]> }

/** Derivatives as a caller may give them: plain numbers too wherever there is a scalar. */
export type Given<T> = T extends Leaf
  ? [] extends ShapeOf<T>
    ? T | number
    : T
  : T extends null | undefined | None
    ? T
    : T extends Some<infer A>
      ? Some<Given<A>>
      : T extends object
        ? { readonly [K in keyof T]: Given<T[K]> }
        : T

/** The derivatives of each argument, as a caller may give them. */
export type GivenEach<A extends Arguments> = { readonly [I in keyof A]: Given<Cotangent<A[I]>> }

// --------------------------------------------------------------------------------------------------------------- values

type ValueEach<T> = T extends number
  ? Tensor<[], 'f64'>
  : T extends Leaf | None | Anything | string | boolean | null | undefined
    ? T
    : T extends Some<infer A>
      ? Some<Value<A>>
      : T extends object
        ? { [K in keyof T]: Value<T[K]> }
        : T

/** What a traced function gives back: as written, with tensors for JS numbers. */
export type Value<T> =
  IsAny<T> extends true ? Tensor : Keep<T, ValueEach<[Extract<T, Leaf>] extends [never] ? T : Exclude<T, number>>>

/** What an argument looks like inside a traced function: a number may have become a tensor. */
export type Traced<A extends Arguments> = {
  [I in keyof A]: [A[I]] extends [number] ? Tensor<[], 'f64'> | number : A[I]
}

// ------------------------------------------------------------------------------------------------------------ arguments

/** Which arguments to differentiate: the chosen one's derivative, or a tuple of them. */
export type Chosen<A extends Arguments, W extends Axes> = W extends number
  ? Cotangent<A[W]>
  : W extends Arguments
    ? { -readonly [I in keyof W]: Cotangent<A[Extract<W[I], number>]> }
    : never

/** The argument that is chosen as it is, for Jacobians. */
export type Selected<A extends Arguments, W extends Axes> = W extends number
  ? A[W]
  : W extends Arguments
    ? { -readonly [I in keyof W]: A[Extract<W[I], number>] }
    : never

type Missing<A extends Arguments, W> = W extends number
  ? number extends W | A['length']
    ? never
    : `${W}` extends keyof A
      ? never
      : W
  : never

/** `W`, or a sentence about a chosen argument that there isn't. */
export type HasArgument<Name extends string, A extends Arguments, W extends Axes> =
  Missing<A, W extends Arguments ? W[number] : W> extends infer M
    ? [M] extends [never]
      ? []
      : `${Name}: there is no argument ${M & number} (of ${A['length']}, counted from 0)`
    : []

/**
 * What a loss has to give, or a sentence; with `Aux`, a pair of it and anything. `unknown` passes: it is what the
 * compiler has in hand before it has looked into a lambda.
 */
export type IsLoss<Name extends string, R, Aux extends boolean = false> = [unknown] extends [R]
  ? []
  : boolean extends Aux
    ? []
    : Aux extends true
      ? R extends readonly [infer L, unknown]
        ? IsLoss<Name, L>
        : `${Name}: with aux the function has to return [loss, aux]`
      : [R] extends [number]
        ? []
        : [Extract<R, Leaf>] extends [never]
          ? `${Name}: the function has to return a scalar`
          : [] extends ShapeOf<R>
            ? Box<DTypeOf<R>> extends Box<'i32' | 'bool'>
              ? `${Name}: the function has to return a float scalar, not ${DTypeOf<R> & string}`
              : []
            : `${Name}: the function has to return a scalar, not shape ${Show<ShapeOf<R>>}`

// ------------------------------------------------------------------------------------------------------------ Jacobians

type Joined<S extends Shape, T extends Shape> = false extends Static<S> | Static<T> ? Shape : [...S, ...T]

type JacobianIn<S extends Shape, D extends DType, X> = [X] extends [number]
  ? Result<S, D>
  : [Extract<X, Leaf>] extends [never]
    ? X extends Some<infer A>
      ? Some<JacobianIn<S, D, A>>
      : X extends None
        ? X
        : X extends Anything
          ? X
          : X extends object
            ? { [K in keyof X]: JacobianIn<S, D, X[K]> }
            : X
    : Cotangent<X> extends null
      ? null
      : Result<Joined<S, ShapeOf<X>>, D>

/** The Jacobian of results `R` in a tree `X`: for each pair of leaves a tensor `[...result, ...argument]`. */
export type Jacobian<R, X> = [R] extends [number]
  ? JacobianIn<[], 'f64', X>
  : [Extract<R, Leaf>] extends [never]
    ? R extends object
      ? { [K in keyof R]: Jacobian<R[K], X> }
      : R
    : Cotangent<R> extends null
      ? null
      : JacobianIn<ShapeOf<R>, Extract<DTypeOf<R>, DType>, X>
