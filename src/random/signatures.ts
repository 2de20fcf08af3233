/** Call signatures of draws: literal shapes in, tensors of that shape out. */
import type { Float, Shape, Tensor } from '../core/value.js'
import type { DTypeOf, Fits, HasAxis, Operand, Reduce, Result, ShapeOf } from '../tensor/static.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A key of the random function: two 32-bit words. Never used twice: split it. */
export type Key = Tensor<[2], 'i32'>

/** A shape as it was written, without `readonly`. */
export type Mutable<S extends Shape> = { -readonly [I in keyof S]: S[I] }

type Repeat<N extends number, Out extends readonly Key[]> = Out['length'] extends N ? Out : Repeat<N, [...Out, Key]>

/** Whether a count is one that the compiler can write out: one to three digits. */
type Counted<N extends number> = `${N}` extends `${infer A}${infer B}${infer C}${infer D}`
  ? D extends ''
    ? `${A}${B}${C}` extends `${bigint}`
      ? A extends '-'
        ? false
        : true
      : false
    : false
  : `${N}` extends `${bigint}`
    ? `${N}` extends `-${string}`
      ? false
      : true
    : false

/** A tuple of `N` keys, where the count is known. */
export type Keys<N extends number> = number extends N
  ? readonly Key[]
  : Counted<N> extends true
    ? Readonly<Repeat<N, []>>
    : readonly Key[]

// --------------------------------------------------------------------------------------------------------------- draws

/** A number, or a tensor that broadcasts to the shape that is drawn. */
export type Parameter = Tensor | number

/** The element type to draw, f64 unless named. */
export interface DrawOptions<D extends Float> {
  readonly dtype?: D | undefined
}

/** A draw of a shape with options `O`, f64 unless named. */
export interface Draw<O extends object = object> {
  <const S extends Shape, D extends Float = 'f64'>(
    key: Key,
    shape: S,
    options?: DrawOptions<D> & O,
  ): Result<Mutable<S>, D>
}

/** A draw of whole numbers of a shape. */
export interface DrawIntegers<O extends object> {
  <const S extends Shape>(key: Key, shape: S, options: O): Result<Mutable<S>, 'i32'>
}

/** Random bits of a shape, as i32. */
export interface DrawBits {
  <const S extends Shape>(key: Key, shape: S): Result<Mutable<S>, 'i32'>
}

/** Yes or no with probability p: of a shape, or of the shape of p. */
export interface DrawBernoulli {
  <P extends Operand>(key: Key, p: P): Result<ShapeOf<P>, 'bool'>
  <const S extends Shape>(key: Key, p: Operand, shape: S): Result<Mutable<S>, 'bool'>
}

/** A class for each row of logits. */
export interface DrawCategorical {
  <X extends Tensor, const Ax extends number = -1>(
    key: Key,
    logits: X,
    options?: {
      readonly axis?: Fits<HasAxis<'categorical', ShapeOf<X>, Ax>, Ax> | undefined
      readonly shape?: undefined
    },
  ): Result<Reduce<'categorical', ShapeOf<X>, Ax, false>, 'i32'>
  <const S extends Shape>(
    key: Key,
    logits: Tensor,
    options: { readonly axis?: number | undefined; readonly shape: S },
  ): Result<Mutable<S>, 'i32'>
}

/** The whole numbers below n, or the slices of a tensor along an axis, in random order. */
export interface DrawPermutation {
  <N extends number>(key: Key, n: N): Result<[N], 'i32'>
  <X extends Tensor, const Ax extends number = 0>(
    key: Key,
    x: X,
    options?: { readonly axis?: Fits<HasAxis<'permutation', ShapeOf<X>, Ax>, Ax> | undefined },
  ): Result<ShapeOf<X>, DTypeOf<X>>
}

/** Makes the first parameters of a layer: `(key, [fanIn, fanOut], { dtype })`, f32 unless named. */
export interface Initializer {
  <const S extends Shape, D extends Float = 'f32'>(key: Key, shape: S, options?: DrawOptions<D>): Result<Mutable<S>, D>
}
