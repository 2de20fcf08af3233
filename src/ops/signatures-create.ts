/** Call signatures of creation and reading: between JS values and tensors. */
import type { DType, Shape, Tensor } from '../core/value.js'
import type {
  DTypeOf,
  Fits,
  Nested,
  NestedDType,
  NestedShape,
  Operand,
  Product,
  Result,
  ShapeOf,
  Show,
  ShowSize,
  Static,
} from '../tensor/static.js'

// -------------------------------------------------------------------------------------------------------------- options

/** The element type to make (f64 unless named). */
export interface DTypeOption<D> {
  readonly dtype?: D | undefined
}

type Mutable<S extends Shape> = { -readonly [I in keyof S]: S[I] }

// ------------------------------------------------------------------------------------------------------------- creation

/** All elements the same: `zeros([2, 3])`, `ones([3], { dtype: 'f32' })`. */
export interface Filled {
  <const S extends Shape, D extends DType = 'f64'>(shape: S, options?: DTypeOption<D>): Result<Mutable<S>, D>
}

/** `full([2, 3], 7)`. */
export interface Full {
  <const S extends Shape, D extends DType = 'f64'>(
    shape: S,
    value: number | boolean,
    options?: DTypeOption<D>,
  ): Result<Mutable<S>, D>
}

/** All elements the same, in the shape and element type of another: `zerosLike(x)`. */
export interface FilledLike {
  <X extends Operand>(x: X): Result<ShapeOf<X>, [DTypeOf<X>] extends [never] ? 'f64' : DTypeOf<X>>
}

/** Whole numbers in steps: `arange(5)`, `arange(2, 8)`, `arange(0, 1, 0.1)`. */
export interface Arange {
  <N extends number, D extends DType = 'f64'>(stop: N, options?: DTypeOption<D>): Result<[N], D>
  <D extends DType = 'f64'>(start: number, stop: number, options?: DTypeOption<D>): Tensor<[number], D>
  <D extends DType = 'f64'>(start: number, stop: number, step: number, options?: DTypeOption<D>): Tensor<[number], D>
}

/** `n` numbers evenly from `start` to `stop`, both included: `linspace(0, 1, 11)`. */
export interface Linspace {
  <N extends number, D extends DType = 'f64'>(
    start: number,
    stop: number,
    n: N,
    options?: DTypeOption<D>,
  ): Result<[N], D>
}

/** Ones on the diagonal, zeros elsewhere: `eye(3)`. */
export interface Eye {
  <N extends number, D extends DType = 'f64'>(n: N, options?: DTypeOption<D>): Result<[N, N], D>
}

/** From nested arrays: `tensor([[1, 2, 3], [4, 5, 6]])` is a `Tensor<[2, 3], 'f64'>`. */
export interface FromNested {
  <const T extends Nested, D extends DType = never>(
    data: Fits<NestedShape<'tensor', T>, T>,
    options?: DTypeOption<D>,
  ): Result<NestedShape<'tensor', T>, [D] extends [never] ? NestedDType<T> : D>
}

/** A tensor of rank 0: `scalar(2)`. */
export interface FromScalar {
  <D extends DType = 'f64'>(value: number | boolean, options?: DTypeOption<D>): Tensor<[], D>
}

/** The arrays that tensors are read from. */
export type TypedArray = Float64Array | Float32Array | Int32Array | Uint8Array

type DTypeOfArray<A> = A extends Float64Array
  ? 'f64'
  : A extends Float32Array
    ? 'f32'
    : A extends Int32Array
      ? 'i32'
      : A extends Uint8Array
        ? 'bool'
        : DType

/** A copy of a typed array, in a shape; the element type is the array's: `fromTypedArray(float32Array, [2, 3])`. */
export interface FromTypedArray {
  <A extends TypedArray, const S extends Shape>(data: A, shape: S): Result<Mutable<S>, DTypeOfArray<A>>
}

// -------------------------------------------------------------------------------------------------------------- reading

type Single<S extends Shape> =
  Static<S> extends false
    ? true
    : number extends Product<S>
      ? true
      : Product<S> extends 1
        ? true
        : `item: shape ${Show<S>} has ${ShowSize<Product<S>>} elements, not 1`

/** The one element, as a JS value. */
export interface Item {
  <X extends Operand>(
    x: Fits<Single<ShapeOf<X>>, X>,
  ): [DTypeOf<X>] extends [never] ? number : [DTypeOf<X>] extends ['bool'] ? boolean : number
}

/** Nested arrays of a shape. */
export type NestedArray<S extends Shape, E> =
  Static<S> extends false
    ? Nested
    : S extends readonly [number, ...infer T extends Shape]
      ? readonly NestedArray<T, E>[]
      : E

/** The elements as nested arrays, a copy. */
export interface ToArray {
  <X extends Operand>(
    x: X,
  ): NestedArray<ShapeOf<X>, [DTypeOf<X>] extends [never] ? number : [DTypeOf<X>] extends ['bool'] ? boolean : number>
}

type ArrayOf<D> = [D] extends [never]
  ? Float64Array
  : D extends 'f64'
    ? Float64Array
    : D extends 'f32'
      ? Float32Array
      : D extends 'i32'
        ? Int32Array
        : Uint8Array

/** The elements in row-major order, a copy. */
export interface ToTypedArray {
  <X extends Operand>(x: X): ArrayOf<DTypeOf<X>>
}
