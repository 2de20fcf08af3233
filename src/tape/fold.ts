/**
 * The two folds of a program.
 *
 * `right` reads entries in order and writes each slot once: evaluation, duals, batching, drawing, printing are algebras
 * for it. `left` reads the same slots backwards and accumulates: reverse mode.
 *
 * Laws (checked in laws/tape): `right` and `left` equal their monadic forms and a specification in fp-ts `State`.
 */
import type { Tensor } from '../core/value.js'
import type { AnyMultiple, AnySingle, Primitive } from '../primitive/record.js'
import { apply, applyMany } from './node.js'
import { entryCount, inline, type Program } from './program.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A meaning for programs: what values, and each kind of entry, become. */
export interface Algebra<A> {
  readonly lift: (v: Tensor) => A
  readonly single: (primitive: AnySingle, params: unknown, args: readonly A[]) => A
  readonly many: (primitive: AnyMultiple, params: unknown, args: readonly A[]) => readonly A[]
}

/** What an entry passes back to its arguments, given what came back to its results (null: nothing did). */
export type Backwards<A> = (entry: number, results: readonly (A | null)[]) => readonly (A | null)[]

// -------------------------------------------------------------------------------------------------------------- running

/** Reads a program forwards. A slot is let go of after its last use. */
export const right = <A>(p: Program, inputs: readonly A[], algebra: Algebra<A>): A[] => {
  const { primitives, params, start, refs, first, last, outputs } = p
  const env: (A | undefined)[] = new Array(p.slots.length)
  for (let i = 0; i < inputs.length; i++) env[i] = inputs[i]
  const constants = p.constants.map(algebra.lift)
  for (let k = 0; k < primitives.length; k++) {
    const from = start[k] as number
    const n = (start[k + 1] as number) - from
    const args = new Array<A>(n)
    for (let i = 0; i < n; i++) {
      const r = refs[from + i] as number
      args[i] = (r < 0 ? constants[-1 - r] : env[r]) as A
    }
    for (let i = 0; i < n; i++) {
      const r = refs[from + i] as number
      if (r >= 0 && last[r] === k) env[r] = undefined
    }
    const primitive = primitives[k] as Primitive
    const slot = first[k] as number
    if (primitive.results === 'one') env[slot] = algebra.single(primitive, params[k], args)
    else {
      const results = algebra.many(primitive, params[k], args)
      for (let i = 0; i < results.length; i++) env[slot + i] = results[i]
    }
  }
  return outputs.map((r) => (r < 0 ? constants[-1 - r] : env[r]) as A)
}

/** Adds what comes back to a reference to what has reached it; constants take nothing. */
const reach = <A>(reached: (A | null)[], r: number, x: A | null | undefined, concat: (x: A, y: A) => A): void => {
  if (r < 0 || x == null) return
  const before = reached[r] as A | null
  reached[r] = before === null ? x : concat(before, x)
}

/** What has reached the results of an entry, taken away; null when nothing has. */
const taken = <A>(reached: (A | null)[], from: number, to: number): readonly (A | null)[] | null => {
  if (to === from + 1) {
    const x = reached[from] as A | null
    if (x === null) return null
    reached[from] = null
    return [x]
  }
  const results = reached.slice(from, to)
  reached.fill(null, from, to)
  return results.every((x) => x === null) ? null : results
}

/** Reads a program backwards from `seeds` on its outputs; what reaches a slot twice is added by `concat`. */
export const left = <A>(
  p: Program,
  seeds: readonly (A | null)[],
  concat: (x: A, y: A) => A,
  back: Backwards<A>,
): (A | null)[] => {
  const { start, refs, first } = p
  const reached: (A | null)[] = new Array(p.slots.length).fill(null)
  for (let i = 0; i < p.outputs.length; i++) reach(reached, p.outputs[i] as number, seeds[i], concat)
  for (let k = entryCount(p) - 1; k >= 0; k--) {
    const results = taken(reached, first[k] as number, first[k + 1] as number)
    if (results === null) continue
    const contributions = back(k, results)
    const at = start[k] as number
    for (let i = 0; i < contributions.length; i++) reach(reached, refs[at + i] as number, contributions[i], concat)
  }
  return reached.slice(0, p.inputs.length)
}

/** The algebra of values themselves: a program means what it computes, or the expression of it. */
export const valueAlgebra: Algebra<Tensor> = {
  lift: (v) => v,
  single: apply,
  many: applyMany,
}

/** Runs a program on values, concrete or symbolic. */
export const run = (p: Program, inputs: readonly Tensor[]): Tensor[] => right(inline(p), inputs, valueAlgebra)
