/**
 * Call signatures of the transformations: functions of trees to functions of trees.
 *
 * The first overload types what an unannotated lambda takes (tensors of unknown shape: nothing is checked inside); the
 * second takes any trees.
 */
import type { ShapeError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import type { Target } from '../engine/target.js'
import type { Axes, Fits } from '../tensor/static.js'
import type {
  Accepted,
  Arguments,
  Chosen,
  Cotangent,
  Cotangents,
  Given,
  GivenEach,
  HasArgument,
  IsLoss,
  Jacobian,
  Selected,
  Traced,
  Value,
} from './signatures-tree.js'

export type * from './signatures-batch.js'
export type * from './signatures-control.js'
export type { Cotangent, Cotangents, Jacobian, Value } from './signatures-tree.js'

// -------------------------------------------------------------------------------------------------------------- options

/** Which argument to differentiate (absent: the first), and whether the function returns `[loss, aux]`. */
export interface GradOptions<W = Axes, Aux = boolean> {
  readonly argument?: W | undefined
  readonly aux?: Aux | undefined
}

/** Which argument to differentiate (absent: the first). */
export interface ArgumentOption<W = Axes> {
  readonly argument?: W | undefined
}

type Function<A extends Arguments, R> = (...args: A) => R

/** A function whose result can be differentiated; a sentence otherwise. */
type Loss<Name extends string, A extends Arguments, R, Aux extends boolean> = Function<A, R> &
  (IsLoss<Name, R, Aux> extends string ? ShapeError<IsLoss<Name, R, Aux>> : unknown)

// -------------------------------------------------------------------------------------------------------------- reverse

type Gradient<A extends Arguments, R, W extends Axes, Aux extends boolean> = Aux extends true
  ? readonly [Chosen<A, W>, R extends readonly [unknown, infer X] ? Value<X> : unknown]
  : Chosen<A, W>

/** `f → ∇f`: the gradient of a scalar function, by default in its first argument, of the argument's own type. */
export interface Grad {
  <A extends readonly Tensor[], R, const W extends Axes = 0, const Aux extends boolean = false>(
    f: Loss<'grad', A, R, Aux>,
    options?: GradOptions<Fits<HasArgument<'grad', A, W>, W>, Aux>,
  ): (...args: Accepted<A>) => Gradient<A, R, W, Aux>
  <A extends Arguments, R, const W extends Axes = 0, const Aux extends boolean = false>(
    f: Loss<'grad', A, R, Aux>,
    options?: GradOptions<Fits<HasArgument<'grad', A, W>, W>, Aux>,
  ): (...args: Accepted<A>) => Gradient<A, R, W, Aux>
}

type WithValue<A extends Arguments, R, W extends Axes> = readonly [Value<R>, Chosen<A, W>]

/** `f → (f, ∇f)`: value and gradient together; with `aux` the value is `[loss, aux]`. */
export interface ValueAndGrad {
  <A extends readonly Tensor[], R, const W extends Axes = 0, const Aux extends boolean = false>(
    f: Loss<'valueAndGrad', A, R, Aux>,
    options?: GradOptions<Fits<HasArgument<'valueAndGrad', A, W>, W>, Aux>,
  ): (...args: Accepted<A>) => WithValue<A, R, W>
  <A extends Arguments, R, const W extends Axes = 0, const Aux extends boolean = false>(
    f: Loss<'valueAndGrad', A, R, Aux>,
    options?: GradOptions<Fits<HasArgument<'valueAndGrad', A, W>, W>, Aux>,
  ): (...args: Accepted<A>) => WithValue<A, R, W>
}

/** Value, and the map from a cotangent of the result to cotangents of the arguments: `vjp(f, ...primals)`. */
export interface Vjp {
  <A extends Arguments, R>(
    f: (...args: Traced<A>) => R,
    ...primals: A
  ): readonly [Value<R>, (cotangent: Given<Cotangent<R>>) => Cotangents<A>]
}

// -------------------------------------------------------------------------------------------------------------- forward

/** Value and directional derivative: `jvp(f, primals, tangents)`. */
export interface Jvp {
  <A extends Arguments, R>(
    f: (...args: Traced<A>) => R,
    primals: readonly [...A],
    tangents: GivenEach<A>,
  ): readonly [Value<R>, Cotangent<R>]
}

/** Value, and the linear map of tangents at this point: `linearize(f, ...primals)`. */
export interface Linearize {
  <A extends Arguments, R>(
    f: (...args: Traced<A>) => R,
    ...primals: A
  ): readonly [Value<R>, (...tangents: GivenEach<A>) => Cotangent<R>]
}

// --------------------------------------------------------------------------------------------------------------- second

/** `f → Jf`: `[...result, ...argument]` for each pair of leaves. */
export interface JacobianOf<Name extends string> {
  <A extends readonly Tensor[], R, const W extends Axes = 0>(
    f: Function<A, R>,
    options?: ArgumentOption<Fits<HasArgument<Name, A, W>, W>>,
  ): (...args: Accepted<A>) => Jacobian<R, Selected<A, W>>
  <A extends Arguments, R, const W extends Axes = 0>(
    f: Function<A, R>,
    options?: ArgumentOption<Fits<HasArgument<Name, A, W>, W>>,
  ): (...args: Accepted<A>) => Jacobian<R, Selected<A, W>>
}

/** `f → Hf` of a scalar function: `[...argument, ...argument]` for each pair of leaves. */
export interface Hessian {
  <A extends readonly Tensor[], R, const W extends Axes = 0>(
    f: Loss<'hessian', A, R, false>,
    options?: ArgumentOption<Fits<HasArgument<'hessian', A, W>, W>>,
  ): (...args: Accepted<A>) => Jacobian<Chosen<A, W>, Selected<A, W>>
  <A extends Arguments, R, const W extends Axes = 0>(
    f: Loss<'hessian', A, R, false>,
    options?: ArgumentOption<Fits<HasArgument<'hessian', A, W>, W>>,
  ): (...args: Accepted<A>) => Jacobian<Chosen<A, W>, Selected<A, W>>
}

/** The Hessian of a scalar function at `x`, times `v`: `hvp(f, x, v)`. */
export interface Hvp {
  <X, R>(f: (...args: Traced<[x: X]>) => R, x: X, v: Given<Cotangent<X>>): Cotangent<X>
}

// ------------------------------------------------------------------------------------------------------------- programs

/** Options of `jit`. */
export interface JitOptions {
  /** Run the function again and compare, to catch closures that changed. */
  readonly check?: boolean | undefined
  /**
   * What it is compiled for: `'wasm'` (the default), `'js'`, or what `lanac/native` adds: `'native'` (C, by the compiler of this
   * machine) and `'auto'` (WebAssembly until C has been compiled in the background).
   */
  readonly target?: TargetName | Target | undefined
  /**
   * How many threads may work on it at the most; where left out, as many as the machine has, up to 8. They share large loops,
   * and results have the same bits whatever their number. One where threads can't share memory: in pages that are not
   * `crossOriginIsolated`.
   */
  readonly threads?: number | undefined
}

/** Names of targets. */
export type TargetName = 'wasm' | 'js' | 'native' | 'auto'

/** The same function, compiled once for each shape of its arguments. */
export interface Jit {
  <A extends readonly Tensor[], R>(f: Function<A, R>, options?: JitOptions): (...args: Accepted<A>) => Value<R>
  <A extends Arguments, R>(f: Function<A, R>, options?: JitOptions): (...args: Accepted<A>) => Value<R>
}

/** `jit` for a target: `withTarget(native)(f)` is `jit(f, { target: native })`. */
export type WithTarget = (target: TargetName | Target, options?: Pick<JitOptions, 'threads'>) => Jit

/** The same function and derivatives, with its inner values computed again when they are needed. */
export interface Checkpoint {
  <A extends readonly Tensor[], R>(f: Function<A, R>): (...args: Accepted<A>) => Value<R>
  <A extends Arguments, R>(f: Function<A, R>): (...args: Accepted<A>) => Value<R>
}

// ---------------------------------------------------------------------------------------------------------- custom rules

/** `f` with its own tangent rule: `customJvp(f, (primals, tangents) => [value, tangent])`. */
export interface CustomJvp {
  <A extends readonly Tensor[], R>(
    f: Function<A, R>,
    rule: (primals: A, tangents: Cotangents<A>) => readonly [Given<Value<R>>, Given<Cotangent<R>>],
  ): (...args: Accepted<A>) => Value<R>
  <A extends Arguments, R>(
    f: Function<A, R>,
    rule: (primals: A, tangents: Cotangents<A>) => readonly [Given<Value<R>>, Given<Cotangent<R>>],
  ): (...args: Accepted<A>) => Value<R>
}

/** `f` with its own cotangent rule: `customVjp(f, (...args) => [value, residuals], (residuals, cotangent) => cotangents)`. */
export interface CustomVjp {
  <A extends readonly Tensor[], R, Residuals>(
    f: Function<A, R>,
    forward: (...args: A) => readonly [Given<Value<R>>, Residuals],
    backward: (residuals: Residuals, cotangent: Cotangent<R>) => GivenEach<A>,
  ): (...args: Accepted<A>) => Value<R>
  <A extends Arguments, R, Residuals>(
    f: Function<A, R>,
    forward: (...args: A) => readonly [Given<Value<R>>, Residuals],
    backward: (residuals: Residuals, cotangent: Cotangent<R>) => GivenEach<A>,
  ): (...args: Accepted<A>) => Value<R>
}

/** The same tree, as a constant: no derivative passes. */
export interface StopGradient {
  <T>(tree: T): Value<T>
}
