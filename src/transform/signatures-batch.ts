/** Call signature of `vmap`: an axis is added to results or moved, sizes have to agree, examples have to fit. */
import type { None, Some } from 'fp-ts/lib/Option.js'
import type { brand, Holding, Shape, Tensor } from '../core/value.js'
import type {
  Adapted,
  Agree,
  AgreeShape,
  AxisKey,
  Box,
  DropAxis,
  DTypeOf,
  Fits,
  InsertAxis,
  IsOperand,
  Result,
  ShapeOf,
  Show,
  ShowSize,
  SizeAt,
  Static,
} from '../tensor/static.js'
import type { Arguments } from './signatures-tree.js'

// -------------------------------------------------------------------------------------------------------------- options

/** Which axis of an argument is the batch's; null for an argument that all examples share. */
export type MappedAxis = number | null

/** The batch's axis in the arguments (one for all, or one each; absent: 0) and in the results (absent: 0). */
export interface VmapOptions<In = MappedAxis | readonly MappedAxis[], Out = number> {
  readonly in?: In | undefined
  readonly out?: Out | undefined
}

type Leaf = { readonly [brand]: Holding }
type Anything = (...args: never[]) => unknown

/** The axis of the argument at a key. */
type AxisAt<In, K> = In extends Arguments ? (K extends keyof In ? In[K] : null) : In

// ------------------------------------------------------------------------------------------------------------ arguments

/** The same tree, its leaves of any shape. */
type AnyShape<T> = T extends number | Leaf
  ? Tensor | number
  : T extends None | Anything | string | boolean | null | undefined
    ? T
    : T extends Some<infer A>
      ? Some<AnyShape<A>>
      : T extends object
        ? { readonly [K in keyof T]: AnyShape<T[K]> }
        : T

type Inner<T> = T extends readonly unknown[] ? T[number] : T[keyof T]

/** The sizes of a tree's leaves along the axis, boxed; a sentence where there is no such axis. */
type Sizes<T, Ax> = SizesEach<[Extract<T, Leaf>] extends [never] ? T : Exclude<T, number>, Ax>

type SizesEach<T, Ax> = T extends number
  ? `vmap: axis ${Ax & number} is out of range for shape []`
  : T extends Leaf
    ? Static<ShapeOf<T>> extends false
      ? Box<number>
      : [AxisKey<ShapeOf<T>, Ax & number>] extends [never]
        ? `vmap: axis ${Ax & number} is out of range for shape ${Show<ShapeOf<T>>}`
        : Box<SizeAt<ShapeOf<T>, Ax & number>>
    : T extends Anything | string | boolean | null | undefined
      ? never
      : T extends object
        ? Inner<{ [K in keyof T]: Sizes<T[K], Ax> }>
        : never

/** Without the batch's axis. */
type Example<S extends Shape, Ax> = Ax extends number ? (number extends Ax ? Shape : DropAxis<S, Ax>) : S

/** A sentence for each leaf whose examples don't fit what the function takes. */
type Misfits<A, B, Ax> = [Extract<A, Leaf | number>] extends [never]
  ? A extends Anything | string | boolean | null | undefined
    ? never
    : A extends object
      ? B extends object
        ? Inner<{ [K in keyof A]: K extends keyof B ? Misfits<A[K], B[K], Ax> : never }>
        : never
      : never
  : IsOperand<B> extends false
    ? 'vmap: the function takes a tensor here'
    : AgreeShape<Example<ShapeOf<B>, Ax>, ShapeOf<Extract<A, Leaf | number>>> extends false
      ? `vmap: the function takes ${Show<ShapeOf<Extract<A, Leaf | number>>>} but was given examples of ${Show<Example<ShapeOf<B>, Ax>>}`
      : never

type Unboxed<S> = S extends Box<infer N> ? (number extends N ? never : N) : never
type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never

/** What one argument adds to the size known so far: the size, or a sentence. */
type Meet<N extends number, S> = [Extract<S, string>] extends [never]
  ? [Unboxed<S>] extends [never]
    ? N
    : true extends IsUnion<Unboxed<S>>
      ? 'vmap: the sizes within one argument differ'
      : Agree<N, Unboxed<S>> extends true
        ? Extract<Unboxed<S>, number>
        : `vmap: sizes ${ShowSize<N>} and ${ShowSize<Unboxed<S>>} differ`
  : Extract<S, string>

/** Argument by argument: the size of the batch, and a sentence (or `true`) for each. */
type Walk<
  A extends Arguments,
  B extends Arguments,
  In,
  N extends number = number,
  Seen extends Arguments = [],
> = B extends readonly [infer H, ...infer T]
  ? AxisAt<In, `${Seen['length']}`> extends infer Ax
    ? Ax extends number
      ? Meet<N, Sizes<H, Ax>> extends infer M
        ? M extends number
          ? Walk<A, T, In, M, [...Seen, Verdict<Misfits<A[Seen['length']], H, Ax>>]>
          : Walk<A, T, In, N, [...Seen, M]>
        : never
      : Walk<A, T, In, N, [...Seen, Verdict<Misfits<A[Seen['length']], H, null>>]>
    : never
  : { readonly size: N; readonly verdicts: Seen }

type Verdict<M> = [M] extends [never] ? true : M

/** The arguments, sentences on those that don't fit; as many as the function takes. */
type Judged<A extends Arguments, B extends Arguments, W> = B['length'] extends A['length']
  ? { [K in keyof B]: W extends { readonly verdicts: infer V } ? (K extends keyof V ? Fits<V[K], B[K]> : B[K]) : B[K] }
  : { [K in keyof A]: AnyShape<A[K]> }

// -------------------------------------------------------------------------------------------------------------- results

type PutAxis<T, Ax extends number, N extends number> = T extends number
  ? Tensor<[N], 'f64'>
  : T extends Leaf
    ? Result<InsertAxis<'vmap', ShapeOf<T>, Ax, N>, Adapted<DTypeOf<T>>>
    : T extends None | Anything | string | boolean | null | undefined
      ? T
      : T extends Some<infer A>
        ? Some<PutAxis<A, Ax, N>>
        : T extends object
          ? { [K in keyof T]: PutAxis<T[K], Ax, N> }
          : T

type SizeIn<W> = W extends { readonly size: infer N extends number } ? N : number

// -------------------------------------------------------------------------------------------------------------- running

/** A function of examples, over a batch of them. */
export interface Vmapped<A extends Arguments, R, In, Out extends number> {
  <B extends Arguments>(...args: Judged<A, B, Walk<A, B, In>>): PutAxis<R, Out, SizeIn<Walk<A, B, In>>>
}

/** A function of one example to a function of a batch: `vmap(f)(xs)`, `vmap(f, { in: [0, null], out: 0 })`. */
export interface Vmap {
  <
    A extends readonly Tensor[],
    R,
    const In extends MappedAxis | readonly MappedAxis[] = 0,
    const Out extends number = 0,
  >(
    f: (...args: A) => R,
    options?: VmapOptions<In, Out>,
  ): Vmapped<A, R, In, Out>
  <A extends Arguments, R, const In extends MappedAxis | readonly MappedAxis[] = 0, const Out extends number = 0>(
    f: (...args: A) => R,
    options?: VmapOptions<In, Out>,
  ): Vmapped<A, R, In, Out>
}
