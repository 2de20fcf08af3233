/**
 * Optimizers: pure gradient transformations, a monoid under chaining; schedules of their learning rates.
 *
 * @module lanac/optim
 */
export {
  type Betas,
  type RmsOptions,
  scaleByAdaBelief,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByAdam,
  scaleByAdamax,
  scaleByAmsgrad,
  scaleByLion,
  scaleByNadam,
  scaleByRadam,
  scaleByRms,
} from './adaptive.js'
export { clipByGlobalNorm, clipByNorm, clipByValue, globalNorm } from './clip.js'
export { addDecayedWeights, type Chosen, centralize, scaleByTrustRatio, type TrustOptions } from './decay.js'
export { ema, type TraceOptions, trace } from './momentum.js'
export { addNoise } from './noise.js'
export { applyUpdates, chain, fromStep, identity, Monoid, type Optimizer, type State, type Step } from './optimizer.js'
export {
  adaBelief,
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  amsgrad,
  type Decaying,
  type Learning,
  lamb,
  lars,
  lion,
  momentum,
  nadam,
  nesterov,
  radam,
  rmsprop,
  type SgdOptions,
  sgd,
} from './optimizers.js'
export { accumulate, freeze, masked } from './part.js'
export { type Rate, scale, scaleByLearningRate, scaleBySchedule } from './scale.js'
export {
  constant,
  cosine,
  cosineRestarts,
  exponential,
  inverseSqrt,
  join,
  linear,
  piecewise,
  polynomial,
  type Schedule,
  type Stretch,
  warmup,
} from './schedule.js'
