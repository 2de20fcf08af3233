/** Many networks trained at once: one network's step, mapped over a stack of parameters, is the step of all of them. */
import { jit, mapLeaves, type Tensor, take, toTypedArray, valueAndGrad, vmap } from 'lanac'
import * as Optim from 'lanac/optim'
import { type Key, key, splitKeys } from 'lanac/random'

/** How to train them. */
export interface Many<P> {
  /** The first parameters of a network. */
  readonly init: (key: Key) => P
  /** The loss of a network, on all examples. */
  readonly loss: (params: P) => Tensor<[], 'f64'>
  /** How many networks, each with a key of its own. */
  readonly runs: number
  readonly steps: number
  readonly learningRate: number
  readonly seed?: number
}

/** What became of them. */
export interface Trained<P> {
  /** The loss of each at its last step. */
  readonly losses: readonly number[]
  /** The parameters of one of them. */
  readonly params: (i: number) => P
  /** What a function makes of the parameters of each, stacked. */
  readonly each: (f: (params: P) => Tensor) => Tensor
}

/** Trains by Adam, in one compiled program. */
export const trainMany = <P>({ init, loss, runs, steps, learningRate, seed = 0 }: Many<P>): Trained<P> => {
  const optimizer = Optim.adam({ learningRate })
  type State = Optim.State<P>
  const first = (k: Key) => {
    const p = init(k)
    return [p, optimizer.init(p)] as readonly [P, State]
  }
  const step = (p: P, state: State) => {
    const [value, gradients] = valueAndGrad(loss as (p: never) => Tensor<[], 'f64'>)(p as never)
    const [updates, next] = optimizer.update(gradients, state, p)
    return [Optim.applyUpdates(p, updates), next, value] as unknown as readonly [P, State, Tensor]
  }
  type Stepped = readonly [P, State, Tensor]
  const all = jit(vmap(step)) as unknown as (p: P, state: State) => Stepped
  const start = vmap(first)(splitKeys(key(seed), runs)) as unknown as readonly [P, State]
  let [params, state, losses] = all(...start)
  for (let i = 1; i < steps; i++) [params, state, losses] = all(params, state)
  return {
    losses: Array.from(toTypedArray(losses)),
    params: (i) => mapLeaves((x: Tensor) => take(x, i, { axis: 0 }))(params) as P,
    each: (f) => jit(vmap(f))(params as never),
  }
}
