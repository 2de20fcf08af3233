/**
 * Stages: what layers are made of, and the rope that joins them.
 *
 * A layer is a flat list of stages. Composition joins two ropes in constant time and the list is read off once, when it
 * is first needed: a chain of 10⁵ layers composed one by one neither overflows the stack nor copies a list 10⁵ times.
 */
import type { Float } from '../core/value.js'
import type { Key } from '../random/index.js'
import type { Form } from './form.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How a layer is being run: in use, or in training, where statistics move and dropout drops. */
export interface Mode {
  readonly training: boolean
  /** Randomness of this run; null in use. */
  readonly key: Key | null
}

/** One step of a layer. It owns `slots` places of the flat parameters and `states` of the flat state. */
export interface Stage {
  /** As messages and summaries print it: `dense(784, 128)`. */
  readonly name: string
  readonly slots: number
  readonly states: number
  /** Whether training draws random numbers. */
  readonly random: boolean
  /** The form of one example; null when any fits. */
  readonly input: Form | null
  /** What it gives for one example of a form. */
  readonly output: (input: Form | null) => Form | null
  readonly init: (key: Key, dtype: Float) => readonly unknown[]
  readonly initState: (dtype: Float) => readonly unknown[]
  readonly run: (
    params: readonly unknown[],
    state: readonly unknown[],
    x: unknown,
    mode: Mode,
  ) => readonly [y: unknown, state: readonly unknown[]]
  /** The equation of its result, given names of its input and of its parameters. */
  readonly equation: (x: string, number: string) => string
}

/** Stages in order, joined but not yet listed. */
export type Rope =
  | { readonly kind: 'stages'; readonly stages: readonly Stage[] }
  | { readonly kind: 'join'; readonly parts: readonly Rope[] }

// --------------------------------------------------------------------------------------------------------- constructors

/** A rope of these stages. */
export const rope = (stages: readonly Stage[]): Rope => ({ kind: 'stages', stages })

/** Ropes one after the other. */
export const join = (parts: readonly Rope[]): Rope => ({ kind: 'join', parts })

// -------------------------------------------------------------------------------------------------------------- reading

const listed = new WeakMap<Rope, readonly Stage[]>()

/** The stages of a rope, in order; iterative, and remembered. */
export const stagesOf = (r: Rope): readonly Stage[] => {
  if (r.kind === 'stages') return r.stages
  const known = listed.get(r)
  if (known !== undefined) return known
  const out: Stage[] = []
  const todo: Rope[] = [r]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const stages = next.kind === 'stages' ? next.stages : listed.get(next)
    if (stages !== undefined) for (const s of stages) out.push(s)
    else if (next.kind === 'join') for (let i = next.parts.length - 1; i >= 0; i--) todo.push(next.parts[i] as Rope)
  }
  listed.set(r, out)
  return out
}
