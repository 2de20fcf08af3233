/** Call signatures of operations along axes: reductions, scans, sorting. All also take their options first (data-last). */
import type { DType, Tensor } from '../core/value.js'
import type {
  Adapted,
  Axes,
  AxisKey,
  DTypeOf,
  Fits,
  HasAxis,
  IsOperand,
  Operand,
  Reduce,
  ReplaceAt,
  Result,
  ShapeOf,
} from '../tensor/static.js'
import type { Only } from './signatures-elementwise.js'

// -------------------------------------------------------------------------------------------------------------- options

/** Which axes (absent: all), and whether they stay as axes of size 1. */
export interface ReduceOptions<Ax = Axes, Keep = boolean> {
  readonly axis?: Ax | undefined
  readonly keepDims?: Keep | undefined
}

/** Along which axis. */
export interface AxisOption<Ax = Axes> {
  readonly axis?: Ax | undefined
}

/** The axis that options name, `undefined` when they name none. */
export type AxisIn<O> = O extends { readonly axis: infer Ax extends Axes }
  ? Ax
  : O extends { readonly axis?: infer Ax }
    ? unknown extends Ax
      ? undefined
      : Extract<Ax, Axes> | undefined
    : undefined

type KeepIn<O> = O extends { readonly keepDims: infer K extends boolean }
  ? K
  : O extends { readonly keepDims?: infer K }
    ? unknown extends K
      ? false
      : boolean
    : false

type To<X, D extends DType> = [D] extends [never] ? Adapted<DTypeOf<X>> : D

// ----------------------------------------------------------------------------------------------------------- reductions

/** A reduction that waits for what to reduce. */
export interface ReduceLater<Name extends string, Ax extends Axes | undefined, Keep extends boolean, D extends DType> {
  <X extends Operand>(
    x: Fits<Reduce<Name, ShapeOf<X>, Ax, Keep>, X>,
  ): Result<Reduce<Name, ShapeOf<X>, Ax, Keep>, To<X, D>>
}

/**
 * Folds axes away: `sum(x)`, `sum(x, { axis: 0 })`, `sum(x, { axis: [0, 1], keepDims: true })`, and data-last
 * `sum({ axis: 1 })`. `D` is the element type of the result when it is not the argument's.
 *
 * One signature and not overloads: `pipe(x, sum)` and `grad(sum)` then keep their exact types.
 */
export interface Reduction<Name extends string, D extends DType = never> {
  <
    const X extends Operand | ReduceOptions,
    const Ax extends Axes | undefined = undefined,
    const Keep extends boolean = false,
  >(
    x: X & Only<X, keyof ReduceOptions>,
    options?: ReduceOptions<Fits<Reduce<Name, ShapeOf<X>, Ax, Keep>, Ax>, Keep>,
  ): IsOperand<X> extends true
    ? Result<Reduce<Name, ShapeOf<X>, Ax, Keep>, To<X, D>>
    : ReduceLater<Name, AxisIn<X>, KeepIn<X>, D>
}

/** Where the extreme is: an index along one axis, or into the flattened whole. */
export interface ArgReduction<Name extends string> extends Reduction<Name, 'i32'> {}

// ---------------------------------------------------------------------------------------------------- along one axis

/** The brand of an operation along an axis that keeps every shape, and so can be a step of a chain. */
export interface KeepsShape<Name extends string = string> {
  readonly along: Name
}

/** An operation along an axis that waits for its argument. */
export interface AlongLater<Name extends string, Ax extends Axes | undefined, D extends DType>
  extends KeepsShape<Name> {
  <X extends Operand>(x: Fits<HasAxis<Name, ShapeOf<X>, Ax>, X>): Result<ShapeOf<X>, To<X, D>>
}

/** Keeps the shape: `softmax(x)`, `cumsum(x, { axis: 0 })`, and data-last `cumsum({ axis: 0 })`. */
export interface Along<Name extends string, Options extends object = object, D extends DType = never>
  extends KeepsShape<Name> {
  <const X extends Operand | (AxisOption & Options), const Ax extends Axes | undefined = undefined>(
    x: X & Only<X, 'axis' | keyof Options>,
    options?: AxisOption<Fits<HasAxis<Name, ShapeOf<X>, Ax>, Ax>> & Options,
  ): IsOperand<X> extends true ? Result<ShapeOf<X>, To<X, D>> : AlongLater<Name, AxisIn<X>, D>
}

/** The same, with options that have to be given: `roll(x, { shift: 1, axis: 0 })`. */
export interface AlongWith<Name extends string, Options extends object, D extends DType = never> {
  <const Ax extends Axes | undefined = undefined>(options: AxisOption<Ax> & Options): AlongLater<Name, Ax, D>
  <X extends Operand, const Ax extends Axes | undefined = undefined>(
    x: X,
    options: AxisOption<Fits<HasAxis<Name, ShapeOf<X>, Ax>, Ax>> & Options,
  ): Result<ShapeOf<X>, To<X, D>>
}

type Topmost<X, K extends number, Ax extends number> = number extends Ax
  ? { -readonly [I in keyof ShapeOf<X>]: number }
  : ReplaceAt<ShapeOf<X>, AxisKey<ShapeOf<X>, Ax>, K>

/** The `k` largest along an axis (absent: the last) in falling order, and where they were. */
export interface TopK {
  <X extends Tensor, K extends number, const Ax extends number = -1>(
    x: X,
    options: { readonly k: K; readonly axis?: Fits<HasAxis<'topK', ShapeOf<X>, Ax>, Ax> | undefined },
  ): readonly [Result<Topmost<X, K, Ax>, DTypeOf<X>>, Result<Topmost<X, K, Ax>, 'i32'>]
}
