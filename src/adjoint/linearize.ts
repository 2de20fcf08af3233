/**
 * Partial evaluation by scope: fold a program into duals with tangent variables of a fresh scope, then record in that
 * scope. What the recorder captures are the residuals; what it records is the linear program.
 */
import type { Abstract, Tensor } from '../core/value.js'
import { isFloat } from '../core/value.js'
import { foldDual } from '../dual/fold.js'
import type { Opt } from '../primitive/record.js'
import { run } from '../tape/fold.js'
import { builder, type Node, variable } from '../tape/node.js'
import { type Program, recordAsMade } from '../tape/program.js'
import { scope } from '../tape/scope.js'
import { backward } from './backward.js'

/** A program linearised at a point: its outputs there, and the linear map of tangents. */
export interface Linearized {
  readonly outputs: readonly Tensor[]
  /** Tangents of the differentiable inputs → tangents of the outputs. */
  readonly linear: Program
  /** Which inputs carry a tangent. */
  readonly active: readonly boolean[]
}

/** Linearises a program at these inputs; `count` says how many of its outputs (all by default) get a tangent. */
export const linearize = (p: Program, inputs: readonly Tensor[], count = p.outputs.length): Linearized => {
  const tangents = scope('linearize')
  const scopes = [tangents]
  const active = inputs.map((x) => isFloat(x.dtype))
  const seeds = inputs.map((x, i): Opt => (active[i] ? variable(tangentOf(x), scopes) : null))
  const recording = recordAsMade(seeds.filter((s) => s !== null) as Node[], tangents)
  const duals = foldDual(p, inputs, seeds)
  const linear = recording.finish(duals.slice(0, count).map((d) => d.tangent ?? builder.like(d.primal, 0)))
  return { outputs: duals.map((d) => d.primal), linear, active }
}

const tangentOf = (x: Tensor): Abstract => ({ shape: x.shape, dtype: x.dtype, weak: (x as unknown as Abstract).weak })

/** Spreads a list over the places that are marked; null elsewhere. */
export const spread = <A>(list: readonly A[], marked: readonly boolean[]): (A | null)[] => {
  let next = 0
  return marked.map((m) => (m ? (list[next++] as A) : null))
}

/** The linear map alone, without the values that it was found at. */
export type LinearMap = Pick<Linearized, 'linear' | 'active'>

/** The linear map of a linearised program, forwards: tangents in, tangents out. */
export const pushforward = (l: LinearMap, tangents: readonly Opt[], inputs: readonly Abstract[]): Tensor[] =>
  run(
    l.linear,
    tangents.map((t, i) => t ?? builder.like(inputs[i] as Abstract, 0)).filter((_, i) => l.active[i]),
  )

/** The linear map of a linearised program, backwards: cotangents of the outputs → cotangents of the inputs. */
export const pullback = (l: LinearMap, cotangents: readonly Opt[]): Opt[] =>
  spread(backward(l.linear, cotangents), l.active)
