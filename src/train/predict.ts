/** A trained model in use, on more examples than fit in memory at once. */
import type { Tensor } from '../core/value.js'
import { batches, count } from '../data/index.js'
import type { Gives, Input } from '../lens/form.js'
import { builder as b } from '../tape/node.js'
import { jit } from '../transform/index.js'
import { flatten, unflatten } from '../tree/tree.js'
import type { InputOf, Model, OutputOf } from './state.js'

/** Examples at a time (1024 unless named), and the state of a model that has one. */
export interface PredictOptions<S> {
  readonly batchSize?: number | undefined
  readonly state?: S | undefined
}

type Compiled = (params: unknown, state: readonly unknown[], x: unknown) => unknown

/** The compiled forward function of each model, while the model is in use. */
const compiled = new WeakMap<object, Compiled>()

const forward = (model: Model<never, never>): Compiled => {
  const known = compiled.get(model)
  if (known !== undefined) return known
  type Apply = (params: unknown, ...state: readonly unknown[]) => (x: unknown) => unknown
  const made = jit(((params: unknown, state: readonly unknown[], x: unknown) =>
    (model.apply as unknown as Apply)(params, ...state)(x)) as never) as unknown as Compiled
  compiled.set(model, made)
  return made
}

/** Trees of rows, one below the other. */
const stacked = (parts: readonly unknown[]): unknown => {
  const trees = parts.map((p) => flatten<Tensor>(p))
  const first = trees[0] as (typeof trees)[number]
  const columns = first.leaves.map((_, i) => trees.map((t) => t.leaves[i] as Tensor))
  return unflatten({ structure: first.structure, leaves: columns.map((c) => b.concatenate(c, 0)) })
}

/**
 * What a model says of examples [n, …], batch by batch: [n, …].
 *
 * @example
 * ```ts
 * import { ones } from 'lanac'
 * import { dense } from 'lanac/nn'
 * import { key } from 'lanac/random'
 * import { predict } from 'lanac/train'
 * const model = dense(3, 2)
 * const y = predict(model, model.init(key(0)), ones([5, 3], { dtype: 'f32' }), { batchSize: 2 })
 * assert.deepStrictEqual(y.shape, [5, 2])
 * ```
 */
export const predict = <P, L, const X, S = readonly []>(
  model: Model<P, S> & L,
  params: P,
  x: Input<InputOf<L>, X>,
  options: PredictOptions<S> = {},
): Gives<InputOf<L>, OutputOf<L>, X> => {
  const { batchSize = 1024, state } = options
  const f = forward(model as unknown as Model<never, never>)
  const states = state === undefined || (Array.isArray(state) && state.length === 0) ? [] : [state]
  if (count(x) <= batchSize) return f(params, states, x) as Gives<InputOf<L>, OutputOf<L>, X>
  return stacked(Array.from(batches(x, { size: batchSize }), (part) => f(params, states, part))) as Gives<
    InputOf<L>,
    OutputOf<L>,
    X
  >
}
