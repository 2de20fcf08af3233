/** Distributions of classes and of yes and no, by their logits. */
import type { Float, Shape, Tensor } from '../core/value.js'
import { binaryCrossEntropyWithLogits, crossEntropy } from '../loss/index.js'
import { type Batch, logitsOf } from '../loss/reduction.js'
import { sigmoid } from '../ops/index.js'
import { floating, meet, stretch } from '../ops/operand.js'
import * as random from '../random/index.js'
import { builder as b } from '../tape/node.js'
import { broadcastShapes } from '../tensor/shape.js'
import type { Adapted, DTypeOf, Operand, ShapeOf } from '../tensor/static.js'
import { type Distribution, distribution } from './distribution.js'

type FloatOf<D> = D extends Float ? D : 'f64'

/**
 * The categorical distribution over the last axis of logits [...n, classes]: class indices i32 [...n], with probabilities
 * softmax(logits). A class whose logit is −∞ does not occur.
 *
 * @throws ShapeError, DTypeError for what are no logits; its logProb ValueError for a label that names no class
 * @example
 * ```ts
 * import { exp, item, tensor } from 'lanac'
 * import { categorical } from 'lanac/distribution'
 * const coin = categorical(tensor([0, Math.log(3)]))
 * assert.ok(Math.abs(item(exp(coin.logProb(tensor(1, { dtype: 'i32' })))) - 0.75) < 1e-15)
 * ```
 */
export const categorical = <Z extends Tensor>(
  logits: Z,
): Distribution<Batch<ShapeOf<Z>>, 'i32', FloatOf<Adapted<DTypeOf<Z>>>> => {
  const z = logitsOf('categorical', logits)
  const batch = z.shape.slice(0, -1)
  const classes = z.shape.at(-1) as number
  return distribution({
    kind: 'categorical',
    shape: batch,
    dtype: 'i32',
    logProb: (x) => {
      const given = meet('categorical.logProb', x, b.full([], 'i32', 0))[0]
      const shape = broadcastShapes('categorical.logProb', given.shape, batch)
      const labels = stretch('categorical.logProb', given, shape)
      const all = stretch('categorical.logProb', z, [...shape, classes])
      return b.neg(crossEntropy(all, labels as Tensor<Shape, 'i32'>, { reduction: 'none' }) as Tensor)
    },
    sample: (key, shape) => random.categorical(key, z as Tensor<Shape, Float>, { shape }) as Tensor,
  })
}

/**
 * The Bernoulli distribution by logits of any shape: true with probability σ(logit), element by element. Its logProb takes
 * truth values, or numbers: 0, 1, or a share between them.
 *
 * @throws DTypeError for what are no logits
 */
export const bernoulli = <Z extends Operand>(
  logits: Z,
): Distribution<ShapeOf<Z>, 'bool', FloatOf<Adapted<DTypeOf<Z>>>> => {
  const z = floating('bernoulli', logits)
  return distribution({
    kind: 'bernoulli',
    shape: z.shape,
    dtype: 'bool',
    logProb: (x) => {
      const given = x.dtype === 'bool' ? b.convert(x, z.dtype) : meet('bernoulli.logProb', x, z)[0]
      const shape = broadcastShapes('bernoulli.logProb', given.shape, z.shape)
      const [all, t] = [stretch('bernoulli.logProb', z, shape), stretch('bernoulli.logProb', given, shape)]
      return b.neg(binaryCrossEntropyWithLogits(all, t, { reduction: 'none' }) as Tensor)
    },
    sample: (key, shape) => random.bernoulli(key, sigmoid(z), shape) as Tensor,
  })
}
