/** How often a classifier is right: piecewise constant, so nothing to descend on (the cross-entropy is its upper bound). */
import { isFloat, type Tensor } from '../core/value.js'
import { lift } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { type ClassLoss, indicesOf, logitsOf, matched, type ReductionOption, reduce } from './reduction.js'

/** For each example whether the likeliest class is (1) or is not (0) the label; of probabilities, the likeliest label. */
const hits = (name: string, logits: unknown, labels: unknown, hit: 0 | 1): Tensor => {
  const z = logitsOf(name, logits)
  const last = z.shape.length - 1
  const soft = typeof labels !== 'number' && isFloat(lift(name, labels).dtype)
  const truth = soft ? b.argmax(matched(name, z, labels, 'labels')[1], last) : indicesOf(name, z, labels)
  const agrees = b.equal(b.argmax(z, last), truth)
  return b.convert(hit === 1 ? agrees : b.not(agrees), z.dtype)
}

const metric =
  (name: string, hit: 0 | 1): unknown =>
  (logits: unknown, labels: unknown, options: ReductionOption = {}) =>
    reduce(name, hits(name, logits, labels, hit), options.reduction)

/**
 * The share of examples whose label is not the likeliest class: logits [...n, classes], labels i32 class indices [...n] or
 * probabilities [...n, classes]. Derivative 0. Of equal logits the first is the likeliest.
 */
export const zeroOneLoss = metric('zeroOneLoss', 0) as ClassLoss<'zeroOneLoss'>

/**
 * The share of examples whose label is the likeliest class: 1 − zeroOneLoss.
 *
 * @example
 * ```ts
 * import { item, tensor } from 'lanac'
 * import { accuracy } from 'lanac/loss'
 * assert.equal(item(accuracy(tensor([[2, 1], [0, 3]]), tensor([0, 0], { dtype: 'i32' }))), 0.5)
 * ```
 */
export const accuracy = metric('accuracy', 1) as ClassLoss<'accuracy'>
