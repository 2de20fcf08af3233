/**
 * Lenses: a value together with the way back. Differentiable functions `Diff` and their category; layers as
 * (forward, vjp) pairs over parameters, and how they compose; learners.
 *
 * @module lanac/lens
 */
export { andThen, type Chain, chain, type Step } from './chain.js'
export { parallel, reparametrise, residual, split } from './combinators.js'
export {
  Category,
  compose,
  type Diff,
  diff,
  first,
  get,
  id,
  type Lens,
  plus,
  put,
  second,
  URI,
} from './diff.js'
export type { Form } from './form.js'
export {
  type AnyLayer,
  type Derived,
  fromFunction,
  fromRun,
  type InitOptions,
  isLayer,
  type Layer,
  type LayerSpec,
  type LayerWith,
  layer,
  type Pair,
  type ParamsOf,
  type StatefulLayer,
  type Stateless,
} from './layer.js'
export {
  type AnyOptimizer,
  type Learned,
  type Learner,
  type LearnerParts,
  learner,
  type Optimizer,
  para,
  rated,
  stepping,
} from './learner.js'
export type { Mode } from './stage.js'
