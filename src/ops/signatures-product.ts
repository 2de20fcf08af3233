/** Call signatures of products of tensors: matmul, dot, outer, einsum. */
import type { DType, Shape, Tensor } from '../core/value.js'
import type {
  Agree,
  Box,
  DTypeOf,
  Fits,
  Known,
  MatMul,
  OkDType,
  PairDType,
  Result,
  SameDType,
  ShapeOf,
  Show,
  ShowSize,
  Static,
} from '../tensor/static.js'
import type { SharedDType } from './signatures-elementwise.js'

/** `R`, unless the element types already do not mix. */
type Typed<Name extends string, A, B, R> =
  Box<SameDType<Name, DTypeOf<A>, DTypeOf<B>>> extends Box<infer _ extends DType>
    ? R
    : SameDType<Name, DTypeOf<A>, DTypeOf<B>>

// -------------------------------------------------------------------------------------------------------------- matmul

type Multiplied<A, B> = Typed<'matmul', A, B, MatMul<ShapeOf<A>, ShapeOf<B>>>

/** A product that waits for its left factor. */
export interface MatMulLater<B> {
  <A extends Tensor>(a: Fits<Multiplied<A, B>, A>): Result<Multiplied<A, B>, PairDType<A, B>>
}

/** `[..., m, k] x [..., k, n] → [..., m, n]`; a vector is a row on the left and a column on the right. */
export interface MatMulOp {
  <B extends Tensor>(b: B): MatMulLater<B>
  <A extends Tensor, B extends Tensor>(a: A, b: Fits<Multiplied<A, B>, B>): Result<Multiplied<A, B>, PairDType<A, B>>
}

// ---------------------------------------------------------------------------------------------------------- dot, outer

type DotShape<A extends Shape, B extends Shape> = false extends Static<A> | Static<B>
  ? []
  : A extends readonly [infer X]
    ? B extends readonly [infer Y]
      ? Agree<X, Y> extends true
        ? []
        : `dot: sizes ${ShowSize<X>} and ${ShowSize<Y>} differ`
      : `dot: takes two vectors, found ${Show<A>} and ${Show<B>}`
    : `dot: takes two vectors, found ${Show<A>} and ${Show<B>}`

type Dotted<A, B> = Typed<'dot', A, B, DotShape<ShapeOf<A>, ShapeOf<B>>>

/** `[n] · [n] → []`. */
export interface Dot {
  <B extends Tensor>(b: B): <A extends Tensor>(a: Fits<Dotted<A, B>, A>) => Result<Dotted<A, B>, PairDType<A, B>>
  <A extends Tensor, B extends Tensor>(a: A, b: Fits<Dotted<A, B>, B>): Result<Dotted<A, B>, PairDType<A, B>>
}

type OuterShape<A extends Shape, B extends Shape> = A extends readonly [infer X extends number]
  ? B extends readonly [infer Y extends number]
    ? [X, Y]
    : Static<B> extends true
      ? `outer: takes two vectors, found ${Show<A>} and ${Show<B>}`
      : [X, number]
  : Static<A> extends true
    ? `outer: takes two vectors, found ${Show<A>} and ${Show<B>}`
    : [number, number]

type OuterProduct<A, B> = Typed<'outer', A, B, OuterShape<ShapeOf<A>, ShapeOf<B>>>

/** `[m] ⊗ [n] → [m, n]`. */
export interface Outer {
  <B extends Tensor>(
    b: B,
  ): <A extends Tensor>(a: Fits<OuterProduct<A, B>, A>) => Result<OuterProduct<A, B>, PairDType<A, B>>
  <A extends Tensor, B extends Tensor>(
    a: A,
    b: Fits<OuterProduct<A, B>, B>,
  ): Result<OuterProduct<A, B>, PairDType<A, B>>
}

// -------------------------------------------------------------------------------------------------------------- einsum

type Sentence<M> = { readonly sentence: M }

/** The sizes of the labels of one operand, added to what is known; or a sentence. */
type BindOne<E extends string, L extends string, S extends Shape, Env> = L extends `${infer H}${infer T}`
  ? S extends readonly [infer X extends number, ...infer R extends Shape]
    ? H extends keyof Env
      ? Agree<Env[H], X> extends true
        ? BindOne<E, T, R, Omit<Env, H> & { readonly [K in H]: Known<Env[H], X> }>
        : Sentence<`einsum '${E}': label ${H} has sizes ${ShowSize<Env[H]>} and ${ShowSize<X>}`>
      : BindOne<E, T, R, Env & { readonly [K in H]: X }>
    : Sentence<`einsum '${E}': more labels than axes`>
  : S extends readonly []
    ? Env
    : Sentence<`einsum '${E}': fewer labels than axes`>

type Bind<E extends string, In extends string, Ts extends readonly unknown[], Env> = Ts extends readonly [
  infer H,
  ...infer T,
]
  ? In extends `${infer L},${infer R}`
    ? T extends readonly []
      ? Sentence<`einsum '${E}': more groups of labels than operands`>
      : BindOne<E, L, ShapeOf<H>, Env> extends infer Next
        ? Next extends Sentence<string>
          ? Next
          : Bind<E, R, T, Next>
        : never
    : T extends readonly []
      ? BindOne<E, In, ShapeOf<H>, Env>
      : Sentence<`einsum '${E}': fewer groups of labels than operands`>
  : Env

type Look<L extends string, Env, Out extends Shape = []> = L extends `${infer H}${infer T}`
  ? Look<T, Env, [...Out, H extends keyof Env ? Extract<Env[H], number> : number]>
  : Out

/** Plain labels and an arrow can be read here; the rest of the notation is read at run time. */
type EinsumShape<E extends string, Ts extends readonly unknown[]> = string extends E
  ? Shape
  : E extends `${string} ${string}` | `${string}.${string}`
    ? Shape
    : E extends `${infer In}->${infer Out}`
      ? false extends Static<ShapeOf<Ts[number]>>
        ? Shape
        : number extends Ts['length']
          ? Shape
          : Bind<E, In, Ts, unknown> extends infer Env
            ? Env extends Sentence<infer M>
              ? M
              : Look<Out, Env>
            : Shape
      : Shape

type Summed<E extends string, Ts extends readonly unknown[]> =
  SharedDType<'einsum', Ts> extends infer D ? ([D] extends [DType] ? EinsumShape<E, Ts> : D) : Shape

/** Einstein's summation: `einsum('ij,jk->ik', a, b)`. */
export interface Einsum {
  <const E extends string, const Ts extends readonly Tensor[]>(
    equation: Fits<Summed<E, Ts>, E>,
    ...operands: Ts
  ): Result<Summed<E, Ts>, OkDType<SharedDType<'einsum', Ts>>>
}
