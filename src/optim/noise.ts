/** Steps that add noise. */
import type { Float, Scalar, Tensor } from '../core/value.js'
import { foldIn, type Key, normal, split } from '../random/index.js'
import { builder as b } from '../tape/node.js'
import { fromStep, type Optimizer } from './optimizer.js'
import { asFloat, times, zeroCount } from './scale.js'
import { type Schedule, valueAt } from './schedule.js'
import { each, tensorsOf } from './zip.js'

/**
 * Updates plus normal noise of a standard deviation that is a number or a schedule. State: `{ key, count }`; update number t
 * draws from child t of the key. M. Welling and Y. W. Teh, "Bayesian learning via stochastic gradient Langevin dynamics",
 * ICML 2011.
 *
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import * as Optim from 'lanac/optim'
 * import { key } from 'lanac/random'
 * const rate = 0.01
 * const langevin = Optim.chain(Optim.sgd({ learningRate: rate }), Optim.addNoise(key(0), Math.sqrt(2 * rate)))
 * const params = tensor([1, 2])
 * const [first, state] = langevin.update(params, langevin.init(params))
 * const [second] = langevin.update(params, state)
 * assert.notDeepStrictEqual(toArray(first), toArray(second))
 * ```
 */
export const addNoise = (key: Key, std: number | Tensor<[]> | ((step: Scalar) => Scalar)): Optimizer =>
  fromStep<{ readonly key: Tensor; readonly count: Tensor }>({
    name: 'addNoise',
    init: () => ({ key, count: zeroCount() }),
    update: (u, s) => {
      const deviation = typeof std === 'function' ? valueAt(std as Schedule, asFloat(s.count)) : std
      const now = foldIn(s.key as Key, s.count as Tensor<[], 'i32'>)
      const keys = split(now, tensorsOf(u).length) as readonly Key[]
      let leaf = 0
      const noisy = each((x) => {
        const z = normal(keys[leaf++] as Key, x.shape, { dtype: x.dtype as Float })
        return b.add(x, times(z, deviation))
      }, u)
      return [noisy as typeof u, { key: s.key, count: b.add(s.count, 1) }]
    },
  })
