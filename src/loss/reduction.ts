/** What is made of the losses of single elements or examples: their mean, their sum, or nothing. */
import { DTypeError, ShapeError, showShape, ValueError } from '../core/error.js'
import type { DType, Float, Shape, Tensor } from '../core/value.js'
import { floating, lift, meet } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { range, sameShape, sizeOf } from '../tensor/shape.js'
import type {
  AgreeShape,
  Box,
  DTypeOf,
  Fits,
  Operand,
  PairDType,
  Result,
  SameDType,
  ShapeOf,
  Show,
  Static,
} from '../tensor/static.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The mean of all losses (the default), their sum, or all of them. */
export type Reduction = 'mean' | 'sum' | 'none'

/** How to reduce. */
export interface ReductionOption<R = Reduction> {
  readonly reduction?: R | undefined
}

/** A scalar, or with `'none'` one loss for each element or example. */
export type Reduced<R extends Reduction, S, D extends DType> = R extends 'none' ? Result<S, D> : Tensor<[], D>

// ------------------------------------------------------------------------------------------------------------ signatures

/** One shape and one element type, or a sentence. */
export type Matched<Name extends string, P, T> =
  Box<SameDType<Name, DTypeOf<P>, DTypeOf<T>>> extends Box<infer _ extends DType>
    ? AgreeShape<ShapeOf<P>, ShapeOf<T>> extends infer R
      ? R extends Shape
        ? R
        : `${Name}: prediction ${Show<ShapeOf<P>>} and target ${Show<ShapeOf<T>>} differ in shape`
      : Shape
    : SameDType<Name, DTypeOf<P>, DTypeOf<T>>

/** `loss(prediction, target, options)` of two arrays of one shape, element by element. */
export interface ElementwiseLoss<Name extends string, Options extends object = object> {
  <P extends Operand, T extends Operand, const R extends Reduction = 'mean'>(
    prediction: P,
    target: Fits<Matched<Name, P, T>, T>,
    options?: ReductionOption<R> & Options,
  ): Reduced<R, Matched<Name, P, T>, PairDType<P, T>>
}

/** The batch: all axes but the last. */
export type Batch<S extends Shape> = Static<S> extends false ? Shape : S extends readonly [...infer B, unknown] ? B : []

type Labelled<Name extends string, P, L> = [DTypeOf<L>] extends ['i32']
  ? AgreeShape<Batch<ShapeOf<P>>, ShapeOf<L>> extends infer R
    ? R extends Shape
      ? R
      : `${Name}: logits ${Show<ShapeOf<P>>} need a label for each of ${Show<Batch<ShapeOf<P>>>}, found ${Show<ShapeOf<L>>}`
    : Shape
  : [DTypeOf<L>] extends [Float]
    ? Distributed<Name, P, L> extends infer M
      ? M extends Shape
        ? M
        : ShapeOf<L>['length'] extends Batch<ShapeOf<P>>['length']
          ? `${Name}: labels of shape ${Show<ShapeOf<L>>} for logits ${Show<ShapeOf<P>>} are ${DTypeOf<L>}; class indices are i32`
          : M
      : Shape
    : Shape

type Distributed<Name extends string, P, L> =
  Matched<Name, P, L> extends infer M ? (M extends Shape ? Batch<M> : M) : Shape

/** `loss(logits, labels, options)`: labels are i32 class indices `[...n]`, or probabilities `[...n, classes]`. */
export interface ClassLoss<Name extends string, Options extends object = object> {
  <P extends Tensor, L extends Operand, const R extends Reduction = 'mean'>(
    logits: P,
    labels: Fits<Labelled<Name, P, L>, L>,
    options?: ReductionOption<R> & Options,
  ): Reduced<R, Labelled<Name, P, L>, DTypeOf<P>>
}

/** `loss(logits, probabilities, options)`: the last axis holds the classes of both. */
export interface DistributionLoss<Name extends string, Options extends object = object> {
  <P extends Tensor, T extends Tensor, const R extends Reduction = 'mean'>(
    logits: P,
    probabilities: Fits<Distributed<Name, P, T>, T>,
    options?: ReductionOption<R> & Options,
  ): Reduced<R, Distributed<Name, P, T>, DTypeOf<P>>
}

// --------------------------------------------------------------------------------------------------------------- checks

/** Prediction and target, of one shape and one float type: a loss never broadcasts. @throws ShapeError, DTypeError */
export const matched = (name: string, x: unknown, y: unknown, what = 'target'): readonly [Tensor, Tensor] => {
  const [p, t] = meet(name, lift(name, x), lift(name, y))
  floating(name, p)
  if (!sameShape(p.shape, t.shape))
    throw new ShapeError({
      operation: name,
      problem: `prediction ${showShape(p.shape)} and ${what} ${showShape(t.shape)} differ in shape`,
      hint: 'reshape one of them: losses do not broadcast',
    })
  return [p, t]
}

/** Logits: a float with an axis of classes. @throws ShapeError, DTypeError */
export const logitsOf = (name: string, x: unknown): Tensor => {
  const z = floating(name, x)
  if (z.shape.length === 0 || z.shape.at(-1) === 0)
    throw new ShapeError({ operation: name, problem: `logits of shape ${showShape(z.shape)} have no classes` })
  return z
}

/** A label for each example, of the batch's shape. @throws ShapeError, DTypeError */
export const indicesOf = (name: string, z: Tensor, labels: unknown): Tensor => {
  const batch = z.shape.slice(0, -1)
  const l = typeof labels === 'number' && Number.isInteger(labels) ? b.full([], 'i32', labels) : lift(name, labels)
  if (l.dtype !== 'i32')
    throw new DTypeError({
      operation: name,
      problem: `labels are i32 class indices or probabilities ${showShape(z.shape)}, found ${l.dtype} of shape ${showShape(l.shape)}`,
      hint: "make them integers: convert(labels, 'i32')",
    })
  if (!sameShape(l.shape, batch))
    throw new ShapeError({
      operation: name,
      problem: `logits ${showShape(z.shape)} need a label for each of ${showShape(batch)}, found ${showShape(l.shape)}`,
    })
  return l
}

// -------------------------------------------------------------------------------------------------------------- running

/** Losses reduced. @throws ValueError for an unknown reduction */
export const reduce = (name: string, losses: Tensor, reduction: Reduction = 'mean'): Tensor => {
  const axes = range(losses.shape.length)
  switch (reduction) {
    case 'none':
      return losses
    case 'sum':
      return b.sum(losses, axes)
    case 'mean':
      return b.div(b.sum(losses, axes), sizeOf(losses.shape))
    default:
      throw new ValueError({
        operation: name,
        problem: `unknown reduction ${String(reduction)}`,
        hint: "use 'mean', 'sum' or 'none'",
      })
  }
}

/** A loss of two arrays of one shape, by the loss of an element. */
export const elementwise = <O extends ReductionOption>(
  name: string,
  f: (prediction: Tensor, target: Tensor, options: O) => Tensor,
): unknown => {
  const none = {} as O
  return (x: unknown, y: unknown, options: O = none) => {
    const [p, t] = matched(name, x, y)
    return reduce(name, f(p, t, options), options.reduction)
  }
}
