/** The layer that makes a vector of each example. */
import type { Shape, Tensor } from '../core/value.js'
import { fromFunction, type Layer } from '../lens/layer.js'
import { reshape } from '../ops/index.js'
import { checkShape, sizeOf } from '../tensor/shape.js'
import type { Product } from '../tensor/static.js'

/**
 * Each example as a vector, row-major: [h, w, …] → [h·w·…], under any batch shape.
 *
 * @example
 * ```ts
 * import { arange, reshape, toArray } from 'lanac'
 * import { flatten } from 'lanac/nn'
 * const y = flatten(2, 2).apply([])(reshape(arange(8), [2, 2, 2]))
 * assert.deepStrictEqual(toArray(y), [[0, 1, 2, 3], [4, 5, 6, 7]])
 * ```
 */
export const flatten = <const S extends Shape>(...shape: S): Layer<[], [...S], [Product<S>]> => {
  const count = sizeOf(checkShape('flatten', shape))
  const run = (x: Tensor): Tensor => reshape(x, [...x.shape.slice(0, x.shape.length - shape.length), count])
  const layer: unknown = fromFunction(`flatten(${shape.join(', ')})`, run, shape, [count])
  return layer as Layer<[], [...S], [Product<S>]>
}
