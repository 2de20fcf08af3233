/** How alike two vectors are. */
import { ShapeError, showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { normalizeAxis, otherAxes } from '../tensor/shape.js'
import { floating, isOperand, pair } from './operand.js'
import { norm } from './reduce.js'
import type { Similarity, SimilarityOption } from './signatures.js'

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
export const cosineSimilarity = ((x: unknown, ...rest: readonly unknown[]) => {
  const [second, third] = rest
  return isOperand(second)
    ? cosine(x, second, (third as SimilarityOption | undefined) ?? {})
    : (y: unknown) => cosine(y, x, (second as SimilarityOption | undefined) ?? {})
}) as Similarity

const cosine = (x: unknown, y: unknown, { axis = -1, epsilon = 1e-8 }: SimilarityOption): Tensor => {
  const [u, v] = pair('cosineSimilarity', floating('cosineSimilarity', x), floating('cosineSimilarity', y))
  if (u.shape.length === 0)
    throw new ShapeError({ operation: 'cosineSimilarity', problem: `takes vectors, found ${showShape(u.shape)}` })
  const a = normalizeAxis('cosineSimilarity', axis, u.shape)
  return b.sum(b.mul(directed(u, a, epsilon), directed(v, a, epsilon)), [a])
}
