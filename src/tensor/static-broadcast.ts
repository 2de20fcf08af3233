/** Broadcasting and matrix products of shapes: a shape, or a sentence. */
import type { DType, Shape } from '../core/value.js'
import type {
  Adapted,
  Agree,
  Box,
  DTypeOf,
  Known,
  OkDType,
  Same,
  SameDType,
  ShapeOf,
  Show,
  ShowSize,
  Static,
} from './static-size.js'

// -------------------------------------------------------------------------------------------------------- broadcasting

type Clash<A, B> = { readonly clash: readonly [A, B] }

type One<A> = Box<A> extends Box<1> ? true : false

type BroadcastSize<A, B> =
  Same<A, B> extends true
    ? A
    : One<B> extends true
      ? A
      : One<A> extends true
        ? B
        : Agree<A, B> extends true
          ? Known<A, B>
          : Clash<A, B>

/** Size by size from the last axis; the first clash ends it. */
type BroadcastSizes<A extends Shape, B extends Shape, Out extends Shape = []> = A extends readonly [
  ...infer A0 extends Shape,
  infer X,
]
  ? B extends readonly [...infer B0 extends Shape, infer Y]
    ? Box<BroadcastSize<X, Y>> extends Box<infer K extends number>
      ? BroadcastSizes<A0, B0, [K, ...Out]>
      : BroadcastSize<X, Y>
    : [...A, ...Out]
  : [...B, ...Out]

/** NumPy's broadcast of two shapes, or a sentence. */
export type Broadcast<Name extends string, A extends Shape, B extends Shape> = false extends Static<A> | Static<B>
  ? Shape
  : BroadcastSizes<A, B> extends infer R
    ? R extends Clash<infer X, infer Y>
      ? `${Name}: cannot broadcast ${Show<A>} with ${Show<B>}: sizes ${ShowSize<X>} and ${ShowSize<Y>} differ`
      : R
    : Shape

/** The shape of a binary operation on two operands, or a sentence: element types first, then sizes. */
export type Pair<Name extends string, A, B> =
  Box<SameDType<Name, DTypeOf<A>, DTypeOf<B>>> extends Box<infer _ extends DType>
    ? Broadcast<Name, ShapeOf<A>, ShapeOf<B>>
    : SameDType<Name, DTypeOf<A>, DTypeOf<B>>

/** The element type of a binary operation on two operands. */
export type PairDType<A, B> = Adapted<OkDType<SameDType<string, DTypeOf<A>, DTypeOf<B>>>>

/** The shape that `A` has when stretched to `B`, which must not change, or a sentence. */
export type BroadcastTo<Name extends string, A extends Shape, B extends Shape> = false extends Static<A> | Static<B>
  ? B
  : Broadcast<Name, A, B> extends infer R
    ? R extends Shape
      ? Stretches<A, B> extends true
        ? B
        : `${Name}: ${Show<A>} does not stretch to ${Show<B>}`
      : `${Name}: ${Show<A>} does not stretch to ${Show<B>}`
    : B

type Stretches<A extends Shape, B extends Shape> = A extends readonly [...infer A0 extends Shape, infer X]
  ? B extends readonly [...infer B0 extends Shape, infer Y]
    ? One<X> extends true
      ? Stretches<A0, B0>
      : Agree<X, Y> extends true
        ? Stretches<A0, B0>
        : false
    : false
  : true

// ------------------------------------------------------------------------------------------------------ matrix products

/** `R` when the contracted sizes agree. */
type Contract<A extends Shape, B extends Shape, K1, K2, R> =
  Agree<K1, K2> extends true
    ? R
    : `matmul ${Show<A>} x ${Show<B>}: inner dimensions ${ShowSize<K1>} and ${ShowSize<K2>} differ`

type Batched<A extends Shape, B extends Shape, LA extends Shape, LB extends Shape, K1, K2, MN extends Shape> =
  BroadcastSizes<LA, LB> extends infer L
    ? L extends Shape
      ? Contract<A, B, K1, K2, [...L, ...MN]>
      : L extends Clash<infer X, infer Y>
        ? `matmul ${Show<A>} x ${Show<B>}: leading sizes ${ShowSize<X>} and ${ShowSize<Y>} differ`
        : Shape
    : Shape

/**
 * The shape of a matrix product, or a sentence: `[..., m, k] x [..., k, n] → [..., m, n]` with leading axes broadcast;
 * a vector on the left is a row, on the right a column, and its axis goes.
 */
export type MatMul<A extends Shape, B extends Shape> = false extends Static<A> | Static<B>
  ? Shape
  : A extends readonly []
    ? `matmul ${Show<A>} x ${Show<B>}: the left operand must have rank 1 or more`
    : B extends readonly []
      ? `matmul ${Show<A>} x ${Show<B>}: the right operand must have rank 1 or more`
      : A extends readonly [infer K1]
        ? B extends readonly [infer K2]
          ? Contract<A, B, K1, K2, []>
          : B extends readonly [...infer LB extends Shape, infer K2, infer N extends number]
            ? Contract<A, B, K1, K2, [...LB, N]>
            : Shape
        : A extends readonly [...infer LA extends Shape, infer M extends number, infer K1]
          ? B extends readonly [infer K2]
            ? Contract<A, B, K1, K2, [...LA, M]>
            : B extends readonly [...infer LB extends Shape, infer K2, infer N extends number]
              ? Batched<A, B, LA, LB, K1, K2, [M, N]>
              : Shape
          : Shape
