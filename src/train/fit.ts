/**
 * Training as a lazy sequence of states, a pure function of its key.
 *
 * Each step is one compiled program: loss, gradient, optimizer and update together. Nothing is kept between steps but the
 * state that was given out, so a run can be stopped at any state and resumed from it.
 *
 * Laws (checked in test/train/fit): the sequence is that of the loop written by hand, bit for bit; the same options give the
 * same states; resumed = uninterrupted.
 */
import { ValueError } from '../core/error.js'
import { type Float, isFloat, isTensor, type Tensor } from '../core/value.js'
import { batches, count as counted, type Dataset } from '../data/index.js'
import type { Input } from '../lens/form.js'
import { add, item } from '../ops/index.js'
import { applyUpdates, type Optimizer } from '../optim/index.js'
import { foldIn, type Key, split } from '../random/index.js'
import { builder as b } from '../tape/node.js'
import { sizeOf } from '../tensor/shape.js'
import { jit, scan, valueAndGrad } from '../transform/index.js'
import type { JitOptions } from '../transform/signatures.js'
import { flatten, mapLeaves } from '../tree/tree.js'
import type { InputOf, Metrics, Model, OptimizerState, Optimizes, TrainingState } from './state.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How to train. */
export interface FitOptions<P, S, O, M extends Metrics, E> {
  readonly model: Model<P, S>
  /** The loss of a batch, a scalar: `loss(prediction, target)`. */
  loss(prediction: Tensor, target: Tensor): Tensor | number
  /** Added to the loss: a regularizer of the parameters. */
  penalty?(params: P): Tensor | number
  readonly optimizer: O
  /** Inputs and targets, a row of each for an example; either may be a tree of tensors. */
  readonly data: Dataset<unknown, unknown>
  /** Decides the initial parameters, the order of examples, and every random number of the model. */
  readonly key: Key
  /** How often to pass over the data, in another order each time. */
  readonly epochs: number
  /** Examples in a step, 32 unless named. */
  readonly batchSize?: number | undefined
  /** Leave out a last batch that is not full. */
  readonly dropLast?: boolean | undefined
  /** Parameters to begin with; absent: fresh ones. */
  readonly params?: P | undefined
  /** The element type of fresh parameters; absent: that of the inputs, f32 if they are not floats. */
  readonly dtype?: Float | undefined
  /** Scalars to watch on each batch. */
  readonly metrics?: M | undefined
  /** Called after each epoch; its result stands in the state of the epoch's last step. */
  readonly evaluate?: ((state: TrainingState<P, S, OptimizerState<O, P>, Metrics, null>) => E) | undefined
  /** A state of a run with the same options, to go on from. */
  readonly from?: TrainingState<P, S, OptimizerState<O, P>> | undefined
  /**
   * Which states are given: one after each step (the default), or those at the end of epochs only. Where nobody looks at the
   * states between, steps run many in one call, which is what makes small networks fast. The states are the same.
   */
  readonly every?: 'step' | 'epoch' | undefined
  /**
   * Compile the step (the default), with these options; `false` runs it word by word, where a loss may branch on numbers.
   */
  readonly jit?: boolean | JitOptions | undefined
}

/** What a step gives. */
interface Stepped<P, S, T> {
  readonly params: P
  readonly state: S
  readonly optimizerState: T
  readonly loss: Tensor
  readonly metrics: Readonly<Record<string, Tensor>>
}

/** An optimizer on parameters `P`. */
interface Updates<P, T> {
  readonly init: (params: P) => T
  readonly update: (gradients: P, state: T, params: P) => readonly [updates: P, state: T]
}

type Step<P, S, T> = (params: P, state: S, optimizerState: T, x: unknown, y: unknown, key: Key) => Stepped<P, S, T>

// ----------------------------------------------------------------------------------------------------------------- step

/** A model as training runs it: result and next state. */
export const inTraining =
  <P, S>(model: Model<P, S>) =>
  (params: P, state: S, key: Key, x: unknown): readonly [unknown, S] => {
    type Train = (params: P, state: S, key: Key) => (x: unknown) => readonly [unknown, S]
    type Apply = (params: P) => (x: unknown) => unknown
    return model.train === undefined
      ? [(model.apply as Apply)(params)(x), state]
      : (model.train as Train)(params, state, key)(x)
  }

/** One step: gradient of the loss on a batch, update of the parameters. */
const stepOf = <P, S, O, M extends Metrics, E>(o: FitOptions<P, S, O, M, E>): Step<P, S, OptimizerState<O, P>> => {
  const optimizer = o.optimizer as Updates<P, OptimizerState<O, P>>
  const run = inTraining(o.model)
  const watched = Object.entries(o.metrics ?? {})
  type Aux = { readonly state: S; readonly metrics: Readonly<Record<string, Tensor | number>> }
  type Objective = (params: P) => readonly [Tensor | number, Aux]
  type Derived = (f: Objective, options: { readonly aux: true }) => (params: P) => readonly [readonly [Tensor, Aux], P]
  return (params, state, optimizerState, x, y, key) => {
    const objective: Objective = (p) => {
      const [prediction, next] = run(p, state, key, x)
      const loss = o.loss(prediction as Tensor, y as Tensor)
      const metrics = Object.fromEntries(watched.map(([name, f]) => [name, f(prediction as never, y as never)]))
      return [o.penalty === undefined ? loss : add(loss as number, o.penalty(p) as number), { state: next, metrics }]
    }
    const [[loss, aux], gradients] = (valueAndGrad as unknown as Derived)(objective, { aux: true })(params)
    const [updates, next] = optimizer.update(gradients, optimizerState, params)
    return {
      params: applyUpdates(params, updates as never) as P,
      state: aux.state,
      optimizerState: next,
      loss,
      metrics: aux.metrics as Readonly<Record<string, Tensor>>,
    }
  }
}

/** Many steps in one call, of the batches of a stack; `count` is the number of steps before them. */
type Steps<P, S, T> = (
  params: P,
  state: S,
  optimizerState: T,
  x: unknown,
  y: unknown,
  noiseKey: Key,
  count: Tensor<[], 'i32'>,
) => Stepped<P, S, T>

/** Steps one after the other; losses and metrics are those of the last one. */
const stepsOf = <P, S, T>(step: Step<P, S, T>): Steps<P, S, T> => {
  type Carry = Pick<Stepped<P, S, T>, 'params' | 'state' | 'optimizerState'> & { readonly count: Tensor<[], 'i32'> }
  type Watched = Pick<Stepped<P, S, T>, 'loss' | 'metrics'>
  type Batch = { readonly x: unknown; readonly y: unknown }
  type Along = (
    f: (carry: Carry, batch: Batch) => readonly [Carry, Watched],
    carry: Carry,
    batches: Batch,
  ) => readonly [Carry, Watched]
  return (params, state, optimizerState, x, y, noiseKey, count) => {
    const [last, watched] = (scan as unknown as Along)(
      (c, batch) => {
        const { loss, metrics, ...next } = step(
          c.params,
          c.state,
          c.optimizerState,
          batch.x,
          batch.y,
          foldIn(noiseKey, c.count),
        )
        return [
          { ...next, count: add(c.count, 1) as Tensor<[], 'i32'> },
          { loss, metrics },
        ]
      },
      { params, state, optimizerState, count },
      { x, y },
    )
    const { loss, metrics } = mapLeaves((v) => b.reshape(b.slice(v, lastRow(v)), []))(watched)
    return { ...last, loss, metrics }
  }
}

const lastRow = ({ shape }: Tensor) => ({ start: [(shape[0] as number) - 1], stop: [shape[0] as number], step: [1] })

/** Bytes of the batches of one call: more do not make it faster, but take memory. */
const STACK = 2 ** 24

/** How many batches, of so many that are left, go into the next call; calls of equal size share a program. */
const together = (left: number, data: unknown, size: number): number => {
  const bytes = flatten(data).leaves.reduce<number>(
    (sum, x) => sum + (typeof x === 'number' ? 8 : (8 * size * sizeOf(x.shape)) / (x.shape[0] as number)),
    0,
  )
  const most = Math.max(1, Math.floor(STACK / bytes))
  return Math.ceil(left / Math.ceil(left / most))
}

/** The element type that parameters should have beside these inputs. */
const dtypeBeside = (x: unknown): Float => {
  const dtypes = flatten(x).leaves.flatMap((leaf) => (isTensor(leaf) && isFloat(leaf.dtype) ? [leaf.dtype] : []))
  return dtypes[0] ?? 'f32'
}

const checked = (name: string, n: number): number => {
  if (Number.isInteger(n) && n >= 0) return n
  throw new ValueError({ operation: 'fit', problem: `${name} is a whole number from 0, found ${n}` })
}

// -------------------------------------------------------------------------------------------------------------- running

function* states<P, S, O, M extends Metrics, E>(
  o: FitOptions<P, S, O, M, E>,
): Generator<TrainingState<P, S, OptimizerState<O, P>, M, E>, void, undefined> {
  type T = OptimizerState<O, P>
  const { model, data, from, epochs, batchSize = 32, dropLast = false } = o
  const [initKey, orderKey, noiseKey] = split(o.key, 3)
  const how = typeof o.jit === 'object' ? o.jit : {}
  const step = o.jit === false ? stepOf(o) : (jit(stepOf(o) as never, how) as unknown as Step<P, S, T>)
  const steps = o.jit === false ? null : (jit(stepsOf(stepOf(o)) as never, how) as unknown as Steps<P, S, T>)
  const inEpochs = o.every === 'epoch'
  const options = { dtype: o.dtype ?? dtypeBeside(data.x) }
  let params = from?.params ?? o.params ?? model.init(initKey, options)
  let state = from?.state ?? model.initState?.(options) ?? ([] as unknown as S)
  let optimizerState = from?.optimizerState ?? (o.optimizer as Updates<P, T>).init(params)
  let count = from?.step ?? 0
  let batch = from === undefined ? 0 : from.batch + 1
  for (let epoch = from?.epoch ?? 0; epoch < epochs; epoch++, batch = 0) {
    const order = batches(data, { size: batchSize, key: orderKey, epoch, dropLast })
    const fullBatches = Math.floor(counted(data) / batchSize)
    if (order.length === 0)
      throw new ValueError({ operation: 'fit', problem: 'there are not enough examples for one batch' })
    while (batch < order.length) {
      const left = fullBatches - batch
      const n = inEpochs && steps !== null && left > 1 ? together(left, data, batchSize) : 1
      const { x, y } = n > 1 ? order.stack(batch, batch + n) : order.at(batch)
      const out =
        n > 1
          ? (steps as Steps<P, S, T>)(
              params,
              state,
              optimizerState,
              x,
              y,
              noiseKey,
              b.full([], 'i32', count) as Tensor<[], 'i32'>,
            )
          : step(params, state, optimizerState, x, y, foldIn(noiseKey, count))
      params = out.params
      state = out.state
      optimizerState = out.optimizerState
      count += n
      batch += n
      const isLast = batch === order.length
      if (inEpochs && !isLast) continue
      const reached = {
        params,
        state,
        optimizerState,
        epoch,
        batch: batch - 1,
        step: count,
        steps: epochs * order.length,
        batches: order.length,
        loss: item(out.loss as Tensor<[]>) as number,
        metrics: Object.fromEntries(
          Object.entries(out.metrics).map(([k, m]) => [k, item(m as Tensor<[]>)]),
        ) as TrainingState<P, S, T, M>['metrics'],
        evaluation: null,
      }
      yield isLast && o.evaluate !== undefined ? { ...reached, evaluation: o.evaluate(reached) } : reached
    }
  }
}

/**
 * Trains a model: a lazy sequence of states, one for each step.
 *
 * The key is split in three: for the parameters, for the order of examples (epoch e takes `foldIn(order, e)`), and for the
 * model's random numbers (step i takes `foldIn(noise, i)`).
 *
 * The sequence computes what is asked of it, can be left at any state, and gives the same states when it is iterated again.
 * Going on from a state, with `from`, gives the states that would have followed.
 *
 * @throws ValueError for numbers that count nothing; what the model, the loss and the optimizer throw
 * @example
 * ```ts
 * import { tensor } from 'lanac'
 * import { meanSquaredError } from 'lanac/loss'
 * import { dense } from 'lanac/nn'
 * import { sgd } from 'lanac/optim'
 * import { key } from 'lanac/random'
 * import { fit } from 'lanac/train'
 * const data = { x: tensor([[1], [2], [3]]), y: tensor([[2], [4], [6]]) }
 * const states = fit({
 *   model: dense(1, 1),
 *   loss: meanSquaredError,
 *   optimizer: sgd({ learningRate: 0.1 }),
 *   data,
 *   key: key(0),
 *   epochs: 100,
 *   batchSize: 3,
 * })
 * const losses = Array.from(states, (s) => s.loss)
 * assert.equal(losses.length, 100)
 * assert.ok((losses.at(-1) ?? 1) < 0.01)
 * ```
 */
export const fit = <
  P,
  O extends Optimizer | Optimizes<P>,
  S = readonly [],
  M extends Metrics = Record<never, never>,
  E = null,
  L = unknown,
  const X = unknown,
>(
  options: FitOptions<P, S, O, M, E> & { readonly model: L; readonly data: { readonly x: Input<InputOf<L>, X> } },
): Iterable<TrainingState<P, S, OptimizerState<O, P>, M, E>> => {
  checked('epochs', options.epochs)
  return { [Symbol.iterator]: () => states(options) }
}
