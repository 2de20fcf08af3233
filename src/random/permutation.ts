/** Random order. */
import { isTensor, type Tensor } from '../core/value.js'
import { take } from '../ops/indexing.js'
import { whole } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { normalizeAxis } from '../tensor/shape.js'
import { checkKey } from './key.js'
import type { DrawPermutation, Key } from './signatures.js'
import { unit } from './uniform.js'

/**
 * The whole numbers below n in random order, i32 [n]; or the slices of a tensor along an axis (the first unless named).
 *
 * The order that sorts n uniform numbers of 53 bits: every order is as likely as any other, but for ties, which have a chance
 * below n²/2⁵⁴.
 *
 * @example
 * ```ts
 * import { sort, toArray } from 'lanac'
 * import { key, permutation } from 'lanac/random'
 * assert.deepStrictEqual(toArray(sort(permutation(key(0), 5))), [0, 1, 2, 3, 4])
 * ```
 */
export const permutation = ((k: Key, x: number | Tensor, o: { readonly axis?: number } = {}): Tensor => {
  checkKey('permutation', k)
  if (!isTensor(x)) return b.argsort(unit(k, whole('permutation', x, 'the count'), 'f64'), 0)
  const axis = normalizeAxis('permutation', o.axis ?? 0, x.shape)
  const order = b.argsort(unit(k, x.shape[axis] as number, 'f64'), 0)
  return (take as unknown as (x: Tensor, i: Tensor, o: { readonly axis: number }) => Tensor)(x, order, { axis })
}) as unknown as DrawPermutation
