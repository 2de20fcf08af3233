/** The typed words users write. */
export * from './arithmetic.js'
export * from './attention.js'
export * from './create.js'
export * from './elementwise.js'
export { at, type Index, oneHot, type Range, take, takeAlongAxis, type Update } from './indexing.js'
export * from './layout.js'
export * from './normalize.js'
export { diag, dot, einsum, matmul, outer, type TriangleOptions, trace, tril, triu } from './product.js'
export * from './read.js'
export * from './recurrent.js'
export {
  all,
  any,
  argmax,
  argmin,
  argsort,
  cumprod,
  cumsum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  softmax,
  sort,
  std,
  sum,
  topK,
  variance,
} from './reduce.js'
export type * from './signatures.js'
export * from './similarity.js'
export { type Tap, type TapOptions, tap } from './tap.js'
