/** How alike two vectors are. */
import { ShapeError, showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { normalizeAxis, otherAxes } from '../tensor/shape.js'
import { floating, pair } from './operand.js'
import { norm } from './reduce.js'
import type { Similarity } from './signatures.js'

/** Along which axis, and the least length that a vector is taken to have. */
export interface SimilarityOptions {
  readonly axis?: number
  readonly epsilon?: number
}

/** Divided by its length along an axis, which is taken to be at least `epsilon`. */
const directed = (x: Tensor, axis: number, epsilon: number): Tensor => {
  const length = b.maximum(norm(x, { axis }) as Tensor, epsilon)
  return b.div(x, b.broadcast(length, x.shape, otherAxes(x.shape.length, [axis])))
}

/**
 * The cosine of the angle between x and y along an axis (the last unless named): x·y / (‖x‖‖y‖), each length at least
 * ε = 1e-8; 0 where one of them is 0. The two broadcast, as numbers or tensors of one element type.
 *
 * @example
 * ```ts
 * import { cosineSimilarity, item, tensor } from 'lanac'
 * assert.equal(item(cosineSimilarity(tensor([3, 0]), tensor([0, 5]))), 0)
 * ```
 */
export const cosineSimilarity = ((x: unknown, y: unknown, options: SimilarityOptions = {}) => {
  const [u, v] = pair('cosineSimilarity', floating('cosineSimilarity', x), floating('cosineSimilarity', y))
  if (u.shape.length === 0)
    throw new ShapeError({ operation: 'cosineSimilarity', problem: `takes vectors, found ${showShape(u.shape)}` })
  const axis = normalizeAxis('cosineSimilarity', options.axis ?? -1, u.shape)
  const epsilon = options.epsilon ?? 1e-8
  return b.sum(b.mul(directed(u, axis, epsilon), directed(v, axis, epsilon)), [axis])
}) as Similarity
