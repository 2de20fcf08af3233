/**
 * Cross-entropies: what a distribution given by logits is charged for what happened.
 *
 * −log softmax(z)_y = log Σ exp(z − max z) − (z_y − max z): finite wherever the result is, and small losses keep their
 * digits however large the logits are. Logits of −∞ are classes that cannot happen; when one of them happens the loss is
 * ∞. A row of nothing but −∞ describes no distribution and gives NaN.
 */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import { isFloat, type Tensor } from '../core/value.js'
import { lift, meet } from '../ops/operand.js'
import { builder as b, isNode } from '../tape/node.js'
import { bufferOf, type Concrete } from '../tensor/concrete.js'
import { range } from '../tensor/shape.js'
import {
  type ClassLoss,
  type DistributionLoss,
  type ElementwiseLoss,
  elementwise,
  indicesOf,
  logitsOf,
  matched,
  type ReductionOption,
  reduce,
} from './reduction.js'

// --------------------------------------------------------------------------------------------------------- log-softmax

/** Logits less their largest, and log Σ exp of that for each row. */
interface Shifted {
  readonly z: Tensor
  readonly logSum: Tensor
}

const rows = (x: Tensor, like: Tensor): Tensor => b.broadcast(x, like.shape, range(like.shape.length - 1))

const shift = (z: Tensor): Shifted => {
  const last = z.shape.length - 1
  const m = b.stopGradient(b.max(z, [last]))
  const shifted = b.sub(z, rows(b.select(b.isFinite(m), m, 0), z))
  return { z: shifted, logSum: b.log(b.sum(b.exp(shifted), [last])) }
}

/** −log softmax at every class. */
const surprise = (s: Shifted): Tensor => b.sub(rows(s.logSum, s.z), s.z)

/** Σ pᵢ·xᵢ over classes, where 0 of anything is nothing. */
const expected = (p: Tensor, x: Tensor): Tensor => b.sum(b.maskedMul(x, p), [x.shape.length - 1])

// ------------------------------------------------------------------------------------------------------- class indices

/** Refuses a label that names no class, where the labels are known. @throws ValueError */
const checkLabels = (name: string, labels: Tensor, classes: number): void => {
  if (isNode(labels)) return
  const bad = bufferOf(labels as Concrete).find((l) => l < 0 || l >= classes)
  if (bad !== undefined)
    throw new ValueError({
      operation: name,
      problem: `label ${bad} is not one of ${classes} classes, 0 to ${classes - 1}`,
    })
}

/** The entry of each row that its label names; a negative label is out of range, and not counted from the back. */
const at = (x: Tensor, labels: Tensor): Tensor => {
  const batch = range(labels.shape.length)
  const index = isNode(labels) ? b.select(b.less(labels, 0), x.shape.at(-1) as number, labels) : labels
  return b.reshape(b.gather(x, b.reshape(index, [...labels.shape, 1]), batch.length), labels.shape)
}

// ------------------------------------------------------------------------------------------------------------ instances

/** `labelSmoothing` ε mixes each label with the uniform distribution: (1 − ε)·label + ε/classes (Szegedy et al., 2016). */
export interface CrossEntropyOptions extends ReductionOption {
  readonly labelSmoothing?: number
}

const smoothed = (operation: string, epsilon: number): number => {
  if (!(epsilon >= 0 && epsilon <= 1))
    throw new ValueError({ operation, problem: `labelSmoothing must be between 0 and 1, found ${epsilon}` })
  return epsilon
}

/**
 * −log softmax(logits) at the labels: logits [...n, classes], labels i32 class indices [...n] or probabilities
 * [...n, classes]; averaged over the examples. Derivative in the logits: softmax(logits) − label.
 *
 * @throws ShapeError, DTypeError when labels do not fit; ValueError for a label that names no class
 * @example
 * ```ts
 * import { tensor, item } from 'lanac'
 * import { crossEntropy } from 'lanac/loss'
 * const logits = tensor([[0, 0], [0, -Infinity]])
 * assert.equal(item(crossEntropy(logits, tensor([1, 0], { dtype: 'i32' }), { reduction: 'sum' })), Math.log(2))
 * ```
 */
export const crossEntropy = ((logits: unknown, labels: unknown, options: CrossEntropyOptions = {}) => {
  const name = 'crossEntropy'
  const z = logitsOf(name, logits)
  const epsilon = smoothed(name, options.labelSmoothing ?? 0)
  const classes = z.shape.at(-1) as number
  if (typeof labels !== 'number' && isFloat(lift(name, labels).dtype)) {
    const p = matched(name, z, probabilities(name, z, labels), 'labels')[1]
    const target = epsilon === 0 ? p : b.add(b.mul(p, 1 - epsilon), epsilon / classes)
    return reduce(name, expected(target, surprise(shift(z))), options.reduction)
  }
  const l = indicesOf(name, z, labels)
  checkLabels(name, l, classes)
  const s = shift(z)
  const hard = b.sub(s.logSum, at(s.z, l))
  if (epsilon === 0) return reduce(name, hard, options.reduction)
  const even = b.div(b.sum(surprise(s), [z.shape.length - 1]), classes)
  return reduce(name, b.add(b.mul(hard, 1 - epsilon), b.mul(even, epsilon)), options.reduction)
}) as ClassLoss<'crossEntropy', { readonly labelSmoothing?: number }>

/** Float labels, which have to be one distribution for each example: no indices. @throws ShapeError */
const probabilities = (operation: string, z: Tensor, labels: unknown): Tensor => {
  const p = meet(operation, lift(operation, labels), z)[0]
  if (p.shape.length === z.shape.length - 1)
    throw new ShapeError({
      operation,
      problem: `labels of shape ${showShape(p.shape)} for logits ${showShape(z.shape)} are ${p.dtype}; class indices are i32`,
      hint: "make them integers: convert(labels, 'i32')",
    })
  return p
}

/**
 * −Σ pᵢ·log softmax(logits)ᵢ for probabilities p of the logits' shape, averaged over the examples. A class of probability
 * 0 counts for nothing, also when its logit is −∞.
 */
export const softCrossEntropy = ((logits: unknown, target: unknown, options: ReductionOption = {}) => {
  const [z, p] = matched('softCrossEntropy', logitsOf('softCrossEntropy', logits), target, 'probabilities')
  return reduce('softCrossEntropy', expected(p, surprise(shift(z))), options.reduction)
}) as DistributionLoss<'softCrossEntropy'>

/**
 * The divergence Σ pᵢ·(log pᵢ − log softmax(logits)ᵢ) of Kullback and Leibler, from the probabilities p to the
 * distribution of the logits, averaged over the examples. 0 when they agree, never negative.
 */
export const klDivergence = ((logits: unknown, target: unknown, options: ReductionOption = {}) => {
  const [z, p] = matched('klDivergence', logitsOf('klDivergence', logits), target, 'probabilities')
  return reduce('klDivergence', expected(p, b.add(b.log(p), surprise(shift(z)))), options.reduction)
}) as DistributionLoss<'klDivergence'>

/**
 * −t·log σ(z) − (1 − t)·log(1 − σ(z)) for logits z and targets t from 0 to 1 of one shape, averaged over the elements.
 * Derivative in the logits: σ(z) − t. Small losses keep their digits; an infinite logit on the right side costs nothing.
 *
 * @example
 * ```ts
 * import { item, tensor } from 'lanac'
 * import { binaryCrossEntropyWithLogits } from 'lanac/loss'
 * assert.equal(item(binaryCrossEntropyWithLogits(tensor([0, 1000]), tensor([1, 0]), { reduction: 'sum' })), 1000 + Math.log(2))
 * ```
 */
export const binaryCrossEntropyWithLogits = elementwise('binaryCrossEntropyWithLogits', (z, t) =>
  b.select(
    b.less(0, z),
    b.add(b.maskedMul(z, b.sub(1, t)), b.log1p(b.exp(b.neg(z)))),
    b.add(b.maskedMul(b.neg(z), t), b.log1p(b.exp(z))),
  ),
) as ElementwiseLoss<'binaryCrossEntropyWithLogits'>
