/**
 * Learners: model, loss, learning rate and optimiser as one lens, whose `put` is a step of training.
 *
 * Each of the four is a lens, and so is what they compose to (Cruttwell et al., "Categorical Foundations of
 * Gradient-Based Learning", ESOP 2022):
 *
 *     optimiser      (T, P) → P      back: a gradient to the next (T, P)
 *     model          (P, X) → Ŷ      back: its vjp
 *     loss           (Ŷ, Y) → L      back: its vjp
 *     learning rate       L → L      back: the cotangent that the loss is given
 *
 * Law (checked in laws/learner): one step of the composite is one step by `grad`.
 */
import type { Tensor } from '../core/value.js'
import type { Key } from '../random/index.js'
import { builder as b } from '../tape/node.js'
import { zipLeaves } from '../tree/tree.js'
import { compose, type Diff, diff, first, type Lens } from './diff.js'
import type { Form } from './form.js'
import type { InitOptions, Layer } from './layer.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a learner needs of an optimiser (`lanac/optim` has them): gradients to updates, which are added. */
export interface Optimizer<P, T> {
  readonly init: (params: P) => T
  readonly update: (gradients: P, state: T, params: P) => readonly [P, T]
}

/** An optimiser whose parameters are of some type: one for trees of any form among them. */
export interface AnyOptimizer<T> {
  readonly init: (params: never) => T
  readonly update: (gradients: never, state: never, params: never) => readonly [unknown, T]
}

/** What training changes: parameters, and what the optimiser remembers. */
export interface Learned<P, T> {
  readonly params: P
  readonly optimizerState: T
}

type Source<P, T, X, Y> = readonly [readonly [readonly [T, P], X], Y]

/** A model that can be taught. */
export interface Learner<P, T, X, Y, R> {
  readonly init: (key: Key, options?: InitOptions) => Learned<P, T>
  /** What the model answers. */
  readonly get: (learned: Learned<P, T>, x: X) => R
  /** One step of training towards the answer `y`. */
  readonly put: (learned: Learned<P, T>, x: X, y: Y) => Learned<P, T>
  /** The composite: its view is the loss, its way back the step (and the cotangents of x and y). */
  readonly lens: Lens<Source<P, T, X, Y>, Source<P, T, X, Y>, Tensor, null>
}

/** The four parts of a learner. */
export interface LearnerParts<P, T, I extends Form, O extends Form, Y> {
  readonly model: Layer<P, I, O>
  readonly loss: (prediction: Tensor, target: Y) => Tensor
  readonly optimizer: AnyOptimizer<T>
  /** The cotangent that the loss is given: a factor of every gradient, 1 unless named. */
  readonly learningRate?: number
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A layer on tensors of any shape: what is known of shapes is checked when it runs. */
interface Loose<P> {
  readonly apply: (params: P) => (x: Tensor) => Tensor
  readonly vjp: (params: P, x: Tensor) => readonly [Tensor, (cotangent: Tensor) => readonly [P, Tensor]]
}

const loose = <P, I extends Form, O extends Form>(model: Layer<P, I, O>): Loose<P> => model as unknown as Loose<P>

/** A layer as a differentiable function of parameters and input: Para(Diff). */
export const para =
  <P, I extends Form, O extends Form>(model: Layer<P, I, O>): Diff<readonly [P, Tensor], Tensor> =>
  ([params, x]) =>
    loose(model).vjp(params, x)

/** An optimiser as a lens: parameters in view, a gradient in their place gives the next state and parameters. */
export const stepping =
  <P, T>(optimizer: Optimizer<P, T>): Lens<readonly [T, P], readonly [T, P], P, P> =>
  ([state, params]) => [
    params,
    (gradients) => {
      const [updates, next] = optimizer.update(gradients, state, params)
      return [next, zipLeaves((p: Tensor, u: Tensor) => b.add(p, u))(params, updates)]
    },
  ]

/** The end of the way forward and the start of the way back: the loss in view, `rate` for its cotangent. */
export const rated =
  (rate: number): Lens<Tensor, Tensor, Tensor, null> =>
  (loss) => [loss, () => b.like(loss, rate)]

/**
 * A learner of its four parts.
 *
 * @example
 * ```ts
 * import * as Lens from 'lanac/lens'
 * import { item, tensor } from 'lanac'
 * import { meanSquaredError } from 'lanac/loss'
 * import { dense } from 'lanac/nn'
 * import { sgd } from 'lanac/optim'
 * import { key } from 'lanac/random'
 * const student = Lens.learner({
 *   model: dense(1, 1),
 *   loss: meanSquaredError,
 *   optimizer: sgd({ learningRate: 0.1 }),
 * })
 * const x = tensor([[1], [2], [3]])
 * const y = tensor([[2], [4], [6]])
 * let learned = student.init(key(0), { dtype: 'f64' })
 * for (let i = 0; i < 200; i++) learned = student.put(learned, x, y)
 * assert.ok(Math.abs(item(student.get(learned, tensor([5]))) - 10) < 0.1)
 * ```
 */
export const learner = <P, T, I extends Form, O extends Form, Y = Tensor>(
  parts: LearnerParts<P, T, I, O, Y>,
): Learner<P, T, Tensor, Y, Tensor> => {
  const { model, loss, learningRate = 1 } = parts
  const optimizer = parts.optimizer as unknown as Optimizer<P, T>
  const losses: Diff<readonly [Tensor, Y], Tensor> = diff(([prediction, y]) => loss(prediction, y))
  type Taught = readonly [readonly [P, Tensor], Y]
  const optimised: Lens<Source<P, T, Tensor, Y>, Source<P, T, Tensor, Y>, Taught, Taught> = first(
    first(stepping(optimizer)),
  )
  const predicted: Diff<Taught, readonly [Tensor, Y]> = first(para(model))
  const lens = compose(rated(learningRate), compose(losses, compose(predicted, optimised)))
  return {
    lens,
    init: (key, options) => {
      const params = model.init(key, options)
      return { params, optimizerState: optimizer.init(params) }
    },
    get: (learned, x) => loose(model).apply(learned.params)(x),
    put: ({ params, optimizerState }, x, y) => {
      const [, back] = lens([[[optimizerState, params], x], y])
      const [[[next, moved]]] = back(null)
      return { params: moved, optimizerState: next }
    },
  }
}
