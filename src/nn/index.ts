/**
 * Layers, and how they compose into models. Activations are operations of `lanac`: relu, tanh, … stand in a chain as they are.
 *
 * @module lanac/nn
 */
export {
  andThen,
  chain,
  type InitOptions,
  isLayer,
  type Layer,
  layer,
  type ParamsOf,
  parallel,
  reparametrise,
  residual,
  type StatefulLayer,
  split,
} from '../lens/index.js'
export { type BatchNormOptions, batchNorm, type Scaling, type Statistics } from './batch-norm.js'
export { type Affine, type Dense, type DenseOptions, dense, type Linear } from './dense.js'
export { type DropoutOptions, dropout } from './dropout.js'
export { flatten } from './flatten.js'
export { countParameters, type Summary, type SummaryLine, summary } from './summary.js'
