/**
 * Optimizers: pure transformations of gradients, with a state that is passed along.
 *
 * An optimizer takes gradients to updates, which are added to the parameters. What it remembers is a plain immutable tree of
 * tensors, so it can be saved, compiled and mapped over like the parameters. Optimizers are chains of small steps, and
 * chaining is the free monoid of steps: also the states of (a · b) · c and a · (b · c) are the same.
 *
 * Laws (checked in laws/optimizer): chain(identity, t) = t = chain(t, identity); chain(chain(a, b), c) = chain(a, chain(b, c));
 * an update depends on its arguments alone; jit update = update.
 */
import type * as M from 'fp-ts/lib/Monoid.js'
import { TreeError, ValueError } from '../core/error.js'
import { builder as b } from '../tape/node.js'
import type { Cotangent, Value } from '../transform/signatures.js'
import { checkGradients, zip } from './zip.js'

// ---------------------------------------------------------------------------------------------------------------- model

declare const parameters: unique symbol

/** What an optimizer remembers between updates of parameters `P`: a plain tree of tensors, one part for each step. */
export interface State<out P> {
  readonly [parameters]: P
}

/**
 * One step of a chain: what it remembers at first, and how it changes updates. Parameters come as they are, gradients with
 * null where there is no derivative or a part is frozen; both are trees of any form.
 */
export interface Step<S> {
  /** For messages. */
  readonly name: string
  readonly init: <P>(params: P) => S
  readonly update: <P>(updates: P, state: S, params: unknown) => readonly [updates: P, state: S]
}

/** A transformation of gradients into updates: a chain of steps. */
export interface Optimizer {
  readonly steps: readonly Step<unknown>[]
  /** The state to begin with. */
  readonly init: <P>(params: P) => State<P>
  /**
   * Updates to add to the parameters, and the next state. Null gradients are passed through: what they belong to is frozen.
   *
   * @throws TreeError, ShapeError, DTypeError with the path when gradients, state and parameters do not belong together;
   *   ValueError when a step needs the parameters and there are none
   */
  readonly update: <P, G extends Cotangent<P> = Cotangent<P>>(
    gradients: G,
    state: State<P>,
    params?: NoInfer<P>,
  ) => readonly [updates: Cotangent<P>, state: State<P>]
}

// --------------------------------------------------------------------------------------------------------- constructors

const fromSteps = (steps: readonly Step<unknown>[]): Optimizer => ({
  steps,
  init: <P>(params: P): State<P> => steps.map((s) => s.init(params)) as unknown as State<P>,
  update: <P>(gradients: Cotangent<P>, state: State<P>, params?: P) => {
    const parts = state as unknown as readonly unknown[]
    if (!Array.isArray(parts) || parts.length !== steps.length)
      throw new TreeError({
        operation: 'update',
        problem: `the state is not of this optimizer, which has ${steps.length} steps (${steps.map((s) => s.name).join(', ')})`,
        hint: 'begin with optimizer.init(params)',
      })
    if (params !== undefined) checkGradients('update', gradients, params)
    const next: unknown[] = []
    let updates: unknown = gradients
    steps.forEach((s, i) => {
      const [u, remembered] = s.update(updates, parts[i], params)
      updates = u
      next.push(remembered)
    })
    return [updates as Cotangent<P>, next as unknown as State<P>]
  },
})

/**
 * An optimizer of one step.
 *
 * @example
 * ```ts
 * import { mapLeaves, sign, tensor, toArray } from 'lanac'
 * import * as Optim from 'lanac/optim'
 * const signs = Optim.fromStep({
 *   name: 'signs',
 *   init: () => null,
 *   update: (updates, state) => [mapLeaves(sign)(updates), state],
 * })
 * const optimizer = Optim.chain(signs, Optim.scale(-0.5))
 * const params = { w: tensor([1, 2]) }
 * const [updates] = optimizer.update({ w: tensor([-3, 4]) }, optimizer.init(params), params)
 * assert.deepStrictEqual(toArray(updates.w), [0.5, -0.5])
 * ```
 */
export const fromStep = <S>(step: Step<S>): Optimizer => fromSteps([step as Step<unknown>])

/** A step without memory. */
export const stateless = (name: string, update: (updates: unknown, params: unknown) => unknown): Optimizer =>
  fromStep<null>({ name, init: () => null, update: (u, s, params) => [update(u, params) as typeof u, s] })

/** Changes nothing: the neutral element of chaining. */
export const identity: Optimizer = fromSteps([])

// ---------------------------------------------------------------------------------------------------------- combinators

/**
 * One optimizer after the other: the first sees the gradients, each next one the updates of the one before.
 *
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import * as Optim from 'lanac/optim'
 * const optimizer = Optim.chain(Optim.clipByGlobalNorm(1), Optim.sgd({ learningRate: 0.5 }))
 * const params = { w: tensor([1, 2]) }
 * const [updates] = optimizer.update({ w: tensor([3, 4]) }, optimizer.init(params), params)
 * assert.deepStrictEqual(toArray(Optim.applyUpdates(params, updates).w).map((x) => x.toFixed(2)), ['0.70', '1.60'])
 * ```
 */
export const chain = (...optimizers: readonly Optimizer[]): Optimizer =>
  optimizers.length === 1 ? (optimizers[0] as Optimizer) : fromSteps(optimizers.flatMap((o) => o.steps))

/**
 * The parameters with updates added, each in its own element type; parts whose update is null stand. A JS number among the
 * parameters becomes a scalar tensor.
 *
 * @throws TreeError, ShapeError, DTypeError with the path when they do not belong together
 */
export const applyUpdates = <P, U extends Cotangent<P> = Cotangent<P>>(params: P, updates: U): Value<P> => {
  checkGradients('applyUpdates', updates, params)
  return zip(
    'applyUpdates',
    (x, u) => b.add(x as never, u as never),
    { name: 'the parameters', tree: params },
    {
      name: 'the updates',
      tree: updates,
    },
  ) as Value<P>
}

/** The parameters, where a step needs them. @throws ValueError */
export const needed = (operation: string, params: unknown): unknown => {
  if (params === undefined)
    throw new ValueError({
      operation,
      problem: 'needs the parameters',
      hint: 'pass them too: optimizer.update(gradients, state, params)',
    })
  return params
}

// ------------------------------------------------------------------------------------------------------------ instances

/** Optimizers under chaining. */
export const Monoid: M.Monoid<Optimizer> = { concat: (x, y) => chain(x, y), empty: identity }
