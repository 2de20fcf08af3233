/**
 * Distributions: what a model predicts, when it predicts more than a number. Their negative log-likelihoods are the losses:
 * the normal distribution gives the squared error, the categorical the cross-entropy, the Bernoulli the binary
 * cross-entropy, Dirac's the 0–1 loss.
 *
 * Laws (checked in test/distribution): probabilities add up to 1; samples occur as often as their probabilities say; the
 * negative log-likelihoods are the losses named, with their derivatives.
 */
import { ShapeError, showShape } from '../core/error.js'
import type { DType, Float, Shape, Tensor } from '../core/value.js'
import { type Reduced, type Reduction, type ReductionOption, reduce } from '../loss/reduction.js'
import { lift } from '../ops/operand.js'
import type { Key, Mutable } from '../random/index.js'
import { builder as b } from '../tape/node.js'
import { sameShape } from '../tensor/shape.js'
import type { AgreeShape, Broadcast, Fits, Operand, Result, ShapeOf, Show } from '../tensor/static.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Draws of a shape, or as many of them as asked for. */
export interface Sample<S extends Shape, V extends DType> {
  (key: Key): Result<S, V>
  <const N extends Shape>(key: Key, count: N): Result<[...Mutable<N>, ...S], V>
}

/** A distribution of values of shape `S` and element type `V`, whose log-probabilities are of element type `D`. */
export interface Distribution<S extends Shape = Shape, V extends DType = DType, D extends Float = Float> {
  /** What it is: `normal`, `categorical`, … */
  readonly kind: string
  /** The shape of one draw. */
  readonly shape: S
  /** The element type of draws. */
  readonly dtype: V
  /** log of the probability (for numbers: of the density) at x, element by element; x and the distribution broadcast. */
  readonly logProb: <X extends Operand | Tensor<Shape, 'bool'>>(
    x: Fits<Broadcast<'logProb', ShapeOf<X>, S>, X>,
  ) => Result<Broadcast<'logProb', ShapeOf<X>, S>, D>
  /** A draw: a function of the key. `sample(key, [1000])` draws a thousand. */
  readonly sample: Sample<S, V>
}

// --------------------------------------------------------------------------------------------------------- constructors

/** What a distribution does, without its types. */
interface Parts {
  readonly kind: string
  readonly shape: Shape
  readonly dtype: DType
  readonly logProb: (x: Tensor) => Tensor
  readonly sample: (key: Key, shape: Shape) => Tensor
}

/** A distribution of its parts. */
export const distribution = <S extends Shape, V extends DType, D extends Float>(p: Parts): Distribution<S, V, D> => {
  const made: unknown = {
    ...p,
    logProb: (x: unknown) => p.logProb(lift(`${p.kind}.logProb`, x)),
    sample: (key: Key, count: Shape = []) => p.sample(key, [...count, ...p.shape]),
  }
  return made as Distribution<S, V, D>
}

// -------------------------------------------------------------------------------------------------------------- running

type Observed<S extends Shape, X> =
  AgreeShape<S, ShapeOf<X>> extends infer R
    ? R extends Shape
      ? R
      : `negativeLogLikelihood: the distribution is of ${Show<S>}, what was observed of ${Show<ShapeOf<X>>}`
    : Shape

/**
 * −log of the probability of what was observed, averaged over all elements unless `reduction` says otherwise: the loss
 * that belongs to the distribution. What was observed has the distribution's shape; like losses, it does not broadcast.
 *
 * @throws ShapeError when it has another shape
 * @example
 * ```ts
 * import { item, tensor } from 'lanac'
 * import { categorical, negativeLogLikelihood } from 'lanac/distribution'
 * import { crossEntropy } from 'lanac/loss'
 * const logits = tensor([[1, 2], [3, 0]])
 * const labels = tensor([0, 1], { dtype: 'i32' })
 * assert.equal(item(negativeLogLikelihood(categorical(logits), labels)), item(crossEntropy(logits, labels)))
 * ```
 */
export const negativeLogLikelihood = <
  S extends Shape,
  V extends DType,
  D extends Float,
  X extends Operand | Tensor<Shape, 'bool'>,
  const R extends Reduction = 'mean',
>(
  d: Distribution<S, V, D>,
  x: Fits<Observed<S, X>, X>,
  options: ReductionOption<R> = {},
): Reduced<R, S, D> => {
  const operation = 'negativeLogLikelihood'
  const observed = lift(operation, x)
  if (!sameShape(observed.shape, d.shape))
    throw new ShapeError({
      operation,
      problem: `the distribution is of ${showShape(d.shape)}, what was observed of ${showShape(observed.shape)}`,
      hint: 'reshape one of them: losses do not broadcast',
    })
  const surprise = b.sub(0, (d.logProb as unknown as (x: Tensor) => Tensor)(observed))
  return reduce(operation, surprise, options.reduction) as unknown as Reduced<R, S, D>
}
