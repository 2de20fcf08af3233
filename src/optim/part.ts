/** Optimizers of a part of the parameters, and of several batches together. */
import type { Tensor } from '../core/value.js'
import { whole } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { type Chosen, chosenOf } from './decay.js'
import { zerosLike } from './momentum.js'
import { fromStep, needed, type Optimizer, type State, stateless } from './optimizer.js'
import { zeroCount } from './scale.js'
import { each, within, zip } from './zip.js'

// ------------------------------------------------------------------------------------------------------------- helpers

const run = (o: Optimizer, updates: unknown, state: unknown, params: unknown): readonly [unknown, unknown] =>
  o.update<unknown>(updates as never, state as State<unknown>, params)

const side = (operation: string, f: (x: Tensor, y: Tensor) => unknown, x: unknown, y: unknown): unknown =>
  zip(operation, f as never, { name: 'the updates', tree: x }, { name: 'the parameters', tree: y })

// ---------------------------------------------------------------------------------------------------------- combinators

/**
 * An optimizer for the chosen parameters only; the updates of the others pass unchanged. Its state holds nothing for them.
 *
 * @throws ValueError when the update is not given the parameters
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import * as Optim from 'lanac/optim'
 * const bias = (_: unknown, path: string) => path.endsWith('b')
 * const optimizer = Optim.chain(Optim.sgd({ learningRate: 1 }), Optim.masked(bias, Optim.scale(10)))
 * const params = { w: tensor([1]), b: tensor([1]) }
 * const [updates] = optimizer.update({ w: tensor([1]), b: tensor([1]) }, optimizer.init(params), params)
 * assert.deepStrictEqual([toArray(updates.w), toArray(updates.b)], [[-1], [-10]])
 * ```
 */
export const masked = (chosen: Chosen, optimizer: Optimizer): Optimizer =>
  fromStep<unknown>({
    name: 'masked',
    init: (params) => optimizer.init(chosenOf(params, chosen)),
    update: (u, s, params) => {
      const places = chosenOf(needed('masked', params), chosen)
      const chosenUpdates = within('masked', { name: 'the updates', tree: u }, { name: 'the parameters', tree: places })
      const [updated, next] = run(optimizer, chosenUpdates, s, places)
      return [side('masked', (_, x) => x, u, updated) as typeof u, next]
    },
  })

/** The chosen parameters stay as they are: their updates become 0. @throws ValueError when the update is not given the parameters */
export const freeze = (chosen: Chosen): Optimizer =>
  masked(
    chosen,
    stateless('zero', (u) => each((x) => b.like(x, 0), u)),
  )

/**
 * An optimizer that moves once in `every` updates, by the mean of their gradients; the others are 0: large batches in
 * pieces. State: `{ count, sum, inner }`.
 */
export const accumulate = (every: number, optimizer: Optimizer): Optimizer => {
  whole('accumulate', every, 'every', 1)
  return fromStep<{ readonly count: Tensor; readonly sum: unknown; readonly inner: unknown }>({
    name: 'accumulate',
    init: (params) => ({ count: zeroCount(), sum: zerosLike(params), inner: optimizer.init(params) }),
    update: (u, s, params) => {
      const count = b.add(s.count, 1)
      const now = b.equal(count, every)
      const choose = (x: Tensor, y: Tensor): Tensor => b.select(b.broadcast(now, x.shape, []), x, y)
      const either = (x: unknown, y: unknown): unknown =>
        zip('accumulate', choose as never, { name: 'the next state', tree: x }, { name: 'the state', tree: y })
      const sum = zip(
        'accumulate',
        (x, g) => b.add(x as Tensor, b.div(g as Tensor, every)),
        { name: 'the state', tree: s.sum },
        { name: 'the gradients', tree: u },
      )
      // null where there is no gradient, as in the gradients
      const mean = side('accumulate', (_, x) => x, u, sum)
      const [updated, inner] = run(optimizer, mean, s.inner, params)
      const none = (x: unknown): unknown => each((y) => b.like(y, 0), x)
      return [
        either(updated, none(updated)) as typeof u,
        { count: b.select(now, 0, count), sum: either(none(sum), sum), inner: either(inner, s.inner) },
      ]
    },
  })
}
