/**
 * Training: a lazy sequence of states; predictions; what became of them; progress.
 *
 * @module lanac/train
 */
export { accuracy } from '../loss/index.js'
export { type ConfusionOptions, confusionMatrix, showConfusion } from './confusion.js'
export { type FitOptions, fit } from './fit.js'
export { type PredictOptions, predict } from './predict.js'
export { type ProgressOptions, progress, type Sink } from './progress.js'
export type { Metrics, Model, OptimizerState, Optimizes, TrainingState } from './state.js'
