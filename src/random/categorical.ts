/** Draws by races: exponential and Gumbel variables, classes. */
import type { DType, Shape, Tensor } from '../core/value.js'
import { floating, stretch } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { checkShape, normalizeAxis, sizeOf } from '../tensor/shape.js'
import { checkKey } from './key.js'
import type { Draw, DrawCategorical, Key } from './signatures.js'
import { floatOf, unit } from './uniform.js'

/** Exponential with mean 1, f64 [n], positive: −log(1 − u), with 2⁻⁵⁴ where u is 0. */
const waiting = (k: Key, n: number): Tensor => b.neg(b.log1p(b.neg(b.maximum(unit(k, n, 'f64'), 2 ** -54))))

/** Exponential with mean 1: −log(1 − u); an f32 draw is the f64 draw rounded. */
export const exponential = ((k: Key, shape: Shape, o: { readonly dtype?: DType } = {}): Tensor => {
  checkKey('exponential', k)
  const dtype = floatOf('exponential', o.dtype, 'f64')
  return b.convert(b.reshape(waiting(k, sizeOf(checkShape('exponential', shape))), [...shape]), dtype)
}) as unknown as Draw

/** Standard Gumbel, −log of an exponential variable: the largest of many; an f32 draw is the f64 draw rounded. */
export const gumbel = ((k: Key, shape: Shape, o: { readonly dtype?: DType } = {}): Tensor => {
  checkKey('gumbel', k)
  const dtype = floatOf('gumbel', o.dtype, 'f64')
  return b.convert(b.reshape(b.neg(b.log(waiting(k, sizeOf(checkShape('gumbel', shape))))), [...shape]), dtype)
}) as unknown as Draw

/**
 * A class along an axis of logits (the last unless named), with probability softmax(logits), i32: the largest of logits plus
 * Gumbel noise (E. J. Gumbel, 1954). A logit of −∞ is never drawn unless all are. With `shape`, that many: it ends in the
 * shape of the logits without the axis.
 *
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import { categorical, key } from 'lanac/random'
 * const never = -Infinity
 * assert.deepStrictEqual(toArray(categorical(key(0), tensor([[never, 0, never], [0, never, never]]))), [1, 0])
 * ```
 */
export const categorical = ((
  k: Key,
  logits: Tensor,
  o: { readonly axis?: number; readonly shape?: Shape } = {},
): Tensor => {
  checkKey('categorical', k)
  const x = floating('categorical', logits)
  const axis = normalizeAxis('categorical', o.axis ?? -1, x.shape)
  const order = [...x.shape.keys()].filter((i) => i !== axis)
  const rows = b.convert(b.permute(x, [...order, axis]), 'f64')
  const classes = x.shape[axis] as number
  const batch = order.map((i) => x.shape[i] as number)
  const shape = o.shape === undefined ? batch : [...checkShape('categorical', o.shape)]
  const all = stretch('categorical', rows, [...shape, classes])
  const noise = b.reshape(b.neg(b.log(waiting(k, sizeOf(all.shape)))), all.shape)
  return b.argmax(b.add(all, noise), shape.length)
}) as unknown as DrawCategorical
