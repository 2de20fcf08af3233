/**
 * Distributions: log-probabilities, draws by key, and the negative log-likelihoods that losses are.
 *
 * @module lanac/distribution
 */
export { dirac, normal } from './continuous.js'
export { bernoulli, categorical } from './discrete.js'
export { type Distribution, negativeLogLikelihood, type Sample } from './distribution.js'
