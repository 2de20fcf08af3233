/** Call signatures of operations that move elements about: reshaping, permuting, joining, slicing, indexing. */
import type { DType, Shape, Tensor } from '../core/value.js'
import type {
  Adapted,
  Add,
  AxisKey,
  BroadcastTo,
  Concat,
  DTypeOf,
  ExpandDims,
  Fits,
  HasAxis,
  IsOperand,
  Multiply,
  OkDType,
  Operand,
  Permute,
  Result,
  ShapeOf,
  Squeeze,
  Stack,
  Static,
} from '../tensor/static.js'
import type { AxisIn, AxisOption } from './signatures-axis.js'
import type { Only, SharedDType } from './signatures-elementwise.js'

// --------------------------------------------------------------------------------------------------------------- whole

/** A literal target as a shape; `-1` stands for the size that is left over. */
export type Target<T extends Shape> = { -readonly [I in keyof T]: [T[I]] extends [-1] ? number : T[I] }

/** The same elements, row by row, in another shape: `reshape(x, [2, -1])`, or data-last. Counts are checked at run time. */
export interface Reshape {
  <const T extends Shape>(shape: T): <X extends Operand>(x: X) => Result<Target<T>, Adapted<DTypeOf<X>>>
  <X extends Operand, const T extends Shape>(x: X, shape: T): Result<Target<T>, Adapted<DTypeOf<X>>>
}

/** Stretched to a shape by NumPy's rule: `broadcastTo(x, [3, 2])`, or data-last. */
export interface BroadcastToOp {
  <const T extends Shape>(
    shape: T,
  ): <X extends Operand>(
    x: Fits<BroadcastTo<'broadcastTo', ShapeOf<X>, T>, X>,
  ) => Result<Target<T>, Adapted<DTypeOf<X>>>
  <X extends Operand, const T extends Shape>(
    x: X,
    shape: Fits<BroadcastTo<'broadcastTo', ShapeOf<X>, T>, T>,
  ): Result<Target<T>, Adapted<DTypeOf<X>>>
}

/** A permutation that waits for its argument. */
export interface TransposeLater<P extends readonly number[]> {
  <X extends Tensor>(
    x: Fits<Permute<'transpose', ShapeOf<X>, P>, X>,
  ): Result<Permute<'transpose', ShapeOf<X>, P>, DTypeOf<X>>
}

/** Axes in another order (absent: reversed): `transpose(x, [1, 0])`, or data-last `transpose([1, 0])`. */
export interface Transpose {
  <const X extends Tensor | readonly number[], const P extends readonly number[] | undefined = undefined>(
    x: X,
    permutation?: Fits<Permute<'transpose', ShapeOf<X>, P>, P> | undefined,
  ): X extends readonly number[] ? TransposeLater<X> : Result<Permute<'transpose', ShapeOf<X>, P>, DTypeOf<X>>
}

/** A new axis of size 1: `expandDims(x, { axis: 0 })`, or data-last. */
export interface ExpandDimsOp {
  <const Ax extends number>(options: {
    readonly axis: Ax
  }): <X extends Operand>(
    x: Fits<ExpandDims<'expandDims', ShapeOf<X>, Ax>, X>,
  ) => Result<ExpandDims<'expandDims', ShapeOf<X>, Ax>, Adapted<DTypeOf<X>>>
  <X extends Operand, const Ax extends number>(
    x: X,
    options: { readonly axis: Fits<ExpandDims<'expandDims', ShapeOf<X>, Ax>, Ax> },
  ): Result<ExpandDims<'expandDims', ShapeOf<X>, Ax>, Adapted<DTypeOf<X>>>
}

/** A removal of axes that waits for its argument. */
export interface SqueezeLater<Ax extends number | undefined> {
  <X extends Tensor>(
    x: Fits<Squeeze<'squeeze', ShapeOf<X>, Ax>, X>,
  ): Result<Squeeze<'squeeze', ShapeOf<X>, Ax>, DTypeOf<X>>
}

/** Without an axis of size 1 (absent: without all of them): `squeeze(x, { axis: 0 })`, or data-last. */
export interface SqueezeOp {
  <const X extends Tensor | AxisOption<number>, const Ax extends number | undefined = undefined>(
    x: X & Only<X, 'axis'>,
    options?: AxisOption<Fits<Squeeze<'squeeze', ShapeOf<X>, Ax>, Ax>>,
  ): IsOperand<X> extends true
    ? Result<Squeeze<'squeeze', ShapeOf<X>, Ax>, DTypeOf<X>>
    : SqueezeLater<Extract<AxisIn<X>, number | undefined>>
}

// -------------------------------------------------------------------------------------------------------------- joining

/** The shapes of a list of operands. */
export type ShapesOf<Ts extends readonly unknown[]> = { -readonly [I in keyof Ts]: ShapeOf<Ts[I]> }

type IfTyped<Name extends string, Ts extends readonly unknown[], R> =
  SharedDType<Name, Ts> extends infer D ? ([D] extends [DType] ? R : D) : R

type Concatenated<Ts extends readonly unknown[], Ax extends number> = IfTyped<
  'concat',
  Ts,
  Concat<'concat', ShapesOf<Ts>, Ax>
>
type Stacked<Ts extends readonly unknown[], Ax extends number> = IfTyped<'stack', Ts, Stack<'stack', ShapesOf<Ts>, Ax>>

/** One after the other along an axis (absent: the first): `concat([a, b], { axis: 1 })`, or data-last. */
export interface ConcatOp {
  <const Ax extends number = 0>(
    options: AxisOption<Ax>,
  ): <const Ts extends readonly Tensor[]>(
    tensors: Fits<Concatenated<Ts, Ax>, Ts>,
  ) => Result<Concatenated<Ts, Ax>, OkDType<SharedDType<'concat', Ts>>>
  <const Ts extends readonly Tensor[], const Ax extends number = 0>(
    tensors: Fits<Concatenated<Ts, Ax>, Ts>,
    options?: AxisOption<Ax>,
  ): Result<Concatenated<Ts, Ax>, OkDType<SharedDType<'concat', Ts>>>
}

/** Side by side along a new axis (absent: the first): `stack([a, b], { axis: 1 })`, or data-last. */
export interface StackOp {
  <const Ax extends number = 0>(
    options: AxisOption<Ax>,
  ): <const Ts extends readonly Operand[]>(
    tensors: Fits<Stacked<Ts, Ax>, Ts>,
  ) => Result<Stacked<Ts, Ax>, OkDType<SharedDType<'stack', Ts>>>
  <const Ts extends readonly Operand[], const Ax extends number = 0>(
    tensors: Fits<Stacked<Ts, Ax>, Ts>,
    options?: AxisOption<Ax>,
  ): Result<Stacked<Ts, Ax>, OkDType<SharedDType<'stack', Ts>>>
}

// ------------------------------------------------------------------------------------------------------ parts and edges

/** The same rank, sizes known at run time. */
export type Resized<S extends Shape> = Static<S> extends true ? { -readonly [I in keyof S]: number } : Shape

/** First index, index after the last, and step, axis by axis. */
export interface SliceOptions {
  readonly start?: readonly number[] | undefined
  readonly stop?: readonly number[] | undefined
  readonly step?: readonly number[] | undefined
}

/** A regular part: `slice(x, { start: [0], stop: [2], step: [1] })`, or data-last. Bounds are checked at run time. */
export interface Slice {
  <const X extends Tensor | SliceOptions>(
    x: X & Only<X, keyof SliceOptions>,
    options?: SliceOptions,
  ): IsOperand<X> extends true
    ? Result<Resized<ShapeOf<X>>, DTypeOf<X>>
    : <Y extends Tensor>(x: Y) => Result<Resized<ShapeOf<Y>>, DTypeOf<Y>>
}

type Padded<S extends Shape, L extends Shape, H extends Shape, Out extends Shape = []> =
  Static<S> extends false
    ? Shape
    : S extends readonly [infer X extends number, ...infer S1 extends Shape]
      ? L extends readonly [infer A extends number, ...infer L1 extends Shape]
        ? H extends readonly [infer B extends number, ...infer H1 extends Shape]
          ? Padded<S1, L1, H1, [...Out, Add<Add<A, X>, B>]>
          : Resized<[...Out, ...S]>
        : Resized<[...Out, ...S]>
      : Out

/** How much to add before and after each axis, and what. */
export interface PadOptions<L = readonly number[], H = readonly number[]> {
  readonly low: L
  readonly high: H
  readonly value?: number | undefined
}

/** Edges added: `pad(x, { low: [0, 2], high: [1, 1], value: 0 })`, or data-last. */
export interface Pad {
  <const L extends readonly number[], const H extends readonly number[]>(
    options: PadOptions<L, H>,
  ): <X extends Tensor>(x: X) => Result<Padded<ShapeOf<X>, L, H>, DTypeOf<X>>
  <X extends Tensor, const L extends readonly number[], const H extends readonly number[]>(
    x: X,
    options: PadOptions<L, H>,
  ): Result<Padded<ShapeOf<X>, L, H>, DTypeOf<X>>
}

type Tiled<S extends Shape, R extends Shape, Out extends Shape = []> =
  Static<S> extends false
    ? Shape
    : S['length'] extends R['length']
      ? S extends readonly [infer X extends number, ...infer S1 extends Shape]
        ? R extends readonly [infer N extends number, ...infer R1 extends Shape]
          ? Tiled<S1, R1, [...Out, Multiply<X, N>]>
          : Resized<[...Out, ...S]>
        : Out
      : Shape

/** Repeated along each axis: `tile(x, { repeats: [2, 3] })`, or data-last. */
export interface Tile {
  <const R extends readonly number[]>(options: {
    readonly repeats: R
  }): <X extends Tensor>(x: X) => Result<Tiled<ShapeOf<X>, R>, DTypeOf<X>>
  <X extends Tensor, const R extends readonly number[]>(
    x: X,
    options: { readonly repeats: R },
  ): Result<Tiled<ShapeOf<X>, R>, DTypeOf<X>>
}

// ------------------------------------------------------------------------------------------------------------- indexing

/** Whole numbers that point at elements. */
export type Indices = Tensor<Shape, 'i32'> | number

type PutShape<
  S extends Shape,
  Key,
  N extends Shape,
  Seen extends readonly unknown[] = [],
  Out extends Shape = [],
> = S extends readonly [infer H extends number, ...infer T extends Shape]
  ? PutShape<T, Key, N, [...Seen, 0], `${Seen['length']}` extends Key ? [...Out, ...N] : [...Out, H]>
  : Out

type Taken<S extends Shape, I extends Shape, Ax extends number | undefined> =
  HasAxis<'take', S, Ax> extends infer R
    ? R extends string
      ? R
      : [Ax] extends [number]
        ? number extends Ax
          ? Shape
          : false extends Static<S> | Static<I>
            ? Shape
            : PutShape<S, AxisKey<S, Ax>, I>
        : I
    : Shape

/** Entries along an axis, by index: `take(x, indices, { axis: 0 })`, or data-last `take(indices, { axis: 0 })`. */
export interface Take {
  <I extends Indices, const Ax extends number | undefined = undefined>(
    indices: I,
    options: AxisOption<Ax>,
  ): <X extends Tensor>(
    x: Fits<Taken<ShapeOf<X>, ShapeOf<I>, Ax>, X>,
  ) => Result<Taken<ShapeOf<X>, ShapeOf<I>, Ax>, DTypeOf<X>>
  <X extends Tensor, I extends Indices, const Ax extends number | undefined = undefined>(
    x: X,
    indices: I,
    options?: AxisOption<Fits<HasAxis<'take', ShapeOf<X>, Ax>, Ax>>,
  ): Result<Taken<ShapeOf<X>, ShapeOf<I>, Ax>, DTypeOf<X>>
}

/** For each position, the entry whose place along the axis the index names; the shape is that of the indices. */
export interface TakeAlongAxis {
  <I extends Tensor<Shape, 'i32'>, const Ax extends number | undefined = undefined>(
    indices: I,
    options: AxisOption<Ax>,
  ): <X extends Tensor>(x: Fits<HasAxis<'takeAlongAxis', ShapeOf<X>, Ax>, X>) => Result<ShapeOf<I>, DTypeOf<X>>
  <X extends Tensor, I extends Tensor<Shape, 'i32'>, const Ax extends number | undefined = undefined>(
    x: X,
    indices: I,
    options?: AxisOption<Fits<HasAxis<'takeAlongAxis', ShapeOf<X>, Ax>, Ax>>,
  ): Result<ShapeOf<I>, DTypeOf<X>>
}

/** 1 at the index, 0 elsewhere, along a new last axis: `oneHot(labels, 10)`, or data-last `oneHot(10)`. */
export interface OneHot {
  <N extends number>(
    classes: N,
  ): <I extends Indices>(indices: I) => Result<Static<ShapeOf<I>> extends true ? [...ShapeOf<I>, N] : Shape, 'f64'>
  <I extends Indices, N extends number, D extends DType = 'f64'>(
    indices: I,
    classes: N,
    options?: { readonly dtype?: D | undefined },
  ): Result<Static<ShapeOf<I>> extends true ? [...ShapeOf<I>, N] : Shape, D>
}
