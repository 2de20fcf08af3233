/** What training is made of: a model, a loss, an optimizer; and the states it goes through. */
import type { Float, Shape, Tensor } from '../core/value.js'
import type { Typed } from '../lens/layer.js'
import type { Optimizer, State } from '../optim/index.js'
import type { Key } from '../random/index.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Options of initialisation. */
interface Init {
  readonly dtype?: Float | undefined
}

/**
 * What training asks of a model with parameters `P` and state `S`; every layer has it, and so has any record of `init` and
 * `apply`. With `train` it is run in training (dropout drops, statistics move), else by `apply`.
 */
export interface Model<P, S = readonly []> {
  readonly init: (key: Key, options?: Init) => P
  readonly apply: (params: P, ...state: never) => unknown
  readonly initState?: (options?: Init) => S
  readonly train?: (params: P, state: S, key: Key) => unknown
}

/** What a model takes for one example: the form of a layer's input, anything for a model of one's own. */
export type InputOf<L> = L extends Typed<infer _P, infer I, infer _O, infer _S> ? I : Shape

/** What a model gives for one example. */
export type OutputOf<L> = L extends Typed<infer _P, infer _I, infer O, infer _S> ? O : Shape

/** What training asks of an optimizer: gradients to updates, which are added to the parameters. */
export interface Optimizes<P> {
  readonly init: (params: P) => unknown
  readonly update: (gradients: P, state: never, params: P) => readonly [updates: P, state: unknown]
}

/** What an optimizer remembers of parameters `P`. */
export type OptimizerState<O, P> = O extends Optimizer
  ? State<P>
  : O extends { init: (params: P) => infer T }
    ? T
    : never

/** Scalars to watch: functions of a batch's predictions and targets. */
export type Metrics = Readonly<Record<string, (prediction: never, target: never) => Tensor | number>>

/** Training after one of its steps; as a value it can be kept, saved, and resumed from. */
export interface TrainingState<P = unknown, S = unknown, T = unknown, M = unknown, E = unknown> {
  readonly params: P
  /** The model's state: running statistics; empty for most models. */
  readonly state: S
  readonly optimizerState: T
  /** Which pass over the data the step was part of, from 0. */
  readonly epoch: number
  /** Which batch of its epoch it took, from 0. */
  readonly batch: number
  /** How many steps have been taken. */
  readonly step: number
  /** How many there are to take. */
  readonly steps: number
  /** How many there are in an epoch. */
  readonly batches: number
  /** The loss on the step's batch, with the parameters that the step began with. */
  readonly loss: number
  /** The metrics on the same batch, with the same parameters. */
  readonly metrics: { readonly [K in keyof M]: number }
  /** What `evaluate` gave, at the last step of an epoch; else null. */
  readonly evaluation: E | null
}
