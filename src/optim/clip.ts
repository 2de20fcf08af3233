/** Steps that bound updates. */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { norm } from '../ops/reduce.js'
import { builder as b } from '../tape/node.js'
import { type Optimizer, stateless } from './optimizer.js'
import { times } from './scale.js'
import { each, tensorsOf } from './zip.js'

const bound = (operation: string, x: number): number => {
  if (!(x > 0)) throw new ValueError({ operation, problem: `the bound has to be positive, found ${x}` })
  return x
}

/** The Euclidean norm of a leaf, f64, without overflow. */
export const leafNorm = (x: Tensor): Tensor => b.convert((norm as unknown as (x: Tensor) => Tensor)(x), 'f64')

/** The Euclidean norm of all the tensors of a tree together, f64, without overflow. */
export const globalNorm = (tree: unknown): Tensor<[], 'f64'> => {
  const norms = tensorsOf(tree).map((x) => b.reshape(leafNorm(x), [1]))
  return (norms.length === 0 ? b.full([], 'f64', 0) : leafNorm(b.concatenate(norms, 0))) as Tensor<[], 'f64'>
}

/** What to multiply by so that a norm is at most `most`; exactly 1 where it is. */
const shrink = (n: Tensor, most: number): Tensor => b.select(b.less(most, n), b.div(most, n), 1)

/**
 * Updates shrunk so that the norm of all of them together is at most `most`; their direction stays.
 * R. Pascanu, T. Mikolov and Y. Bengio, ICML 2013.
 */
export const clipByGlobalNorm = (most: number): Optimizer => {
  bound('clipByGlobalNorm', most)
  return stateless('clipByGlobalNorm', (u) => {
    const factor = shrink(globalNorm(u), most)
    return each((x) => times(x, factor), u)
  })
}

/** Each tensor shrunk so that its own norm is at most `most`. */
export const clipByNorm = (most: number): Optimizer => {
  bound('clipByNorm', most)
  return stateless('clipByNorm', (u) => each((x) => times(x, shrink(leafNorm(x), most)), u))
}

/** Each element brought between −most and most. */
export const clipByValue = (most: number): Optimizer => {
  bound('clipByValue', most)
  return stateless('clipByValue', (u) => each((x) => b.maximum(b.minimum(x, most), -most), u))
}
