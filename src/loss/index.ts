/**
 * Losses: `loss(prediction, target, options)`, the mean unless `reduction` says otherwise; regularisers; metrics.
 *
 * @module lanac/loss
 */
export { cosineSimilarity } from '../ops/similarity.js'
export * from './cross-entropy.js'
export * from './metric.js'
export type {
  ClassLoss,
  DistributionLoss,
  ElementwiseLoss,
  Reduced,
  Reduction,
  ReductionOption,
} from './reduction.js'
export * from './regression.js'
export * from './regularizer.js'
