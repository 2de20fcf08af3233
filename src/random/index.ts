/**
 * Randomness: keys, draws, initialisers. Pure functions of a key, the same bits in every mode.
 *
 * @module lanac/random
 */
export { categorical, exponential, gumbel } from './categorical.js'
export {
  constant,
  type Fans,
  fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  ones,
  type VarianceScaling,
  varianceScaling,
  zeros,
} from './initializer.js'
export { foldIn, key, split, splitKeys } from './key.js'
export { type NormalOptions, normal, type TruncatedNormalOptions, truncatedNormal } from './normal.js'
export { permutation } from './permutation.js'
export type * from './signatures.js'
export { bernoulli, bits, type RandintOptions, randint, type UniformOptions, uniform } from './uniform.js'
