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

const ALWAYS = 2 ** 31 - 1
const uses = new WeakMap<Program, Int32Array>()

/** The last entry that reads each slot, so that a fold can let go of it. */
const lastUse = (p: Program): Int32Array => {
  const known = uses.get(p)
  if (known !== undefined) return known
  const last = new Int32Array(p.slots.length).fill(-1)
  for (let k = 0; k < p.primitives.length; k++)
    for (let i = p.start[k] as number; i < (p.start[k + 1] as number); i++) {
      const r = p.refs[i] as number
      if (r >= 0) last[r] = k
    }
  for (const r of p.outputs) if (r >= 0) last[r] = ALWAYS
  uses.set(p, last)
  return last
}

// -------------------------------------------------------------------------------------------------------------- running

/** Reads a program forwards. A slot is let go of after its last use. */
export const right = <A>(p: Program, inputs: readonly A[], algebra: Algebra<A>): A[] => {
  const { primitives, params, start, refs, first } = p
  const env: (A | undefined)[] = new Array(p.slots.length)
  for (let i = 0; i < inputs.length; i++) env[i] = inputs[i]
  const constants = p.constants.map(algebra.lift)
  const last = lastUse(p)
  const at = (r: number): A => (r < 0 ? constants[-1 - r] : env[r]) as A
  for (let k = 0; k < primitives.length; k++) {
    const from = start[k] as number
    const n = (start[k + 1] as number) - from
    const args = new Array<A>(n)
    for (let i = 0; i < n; i++) args[i] = at(refs[from + i] as number)
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
  return p.outputs.map(at)
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
  const add = (r: number, x: A | null | undefined): void => {
    if (r < 0 || x == null) return
    const before = reached[r] as A | null
    reached[r] = before === null ? x : concat(before, x)
  }
  for (let i = 0; i < p.outputs.length; i++) add(p.outputs[i] as number, seeds[i])
  for (let k = entryCount(p) - 1; k >= 0; k--) {
    const from = first[k] as number
    const to = first[k + 1] as number
    let any = false
    for (let s = from; s < to; s++) if (reached[s] !== null) any = true
    if (!any) continue
    const contributions = back(k, to - from === 1 ? [reached[from] as A | null] : reached.slice(from, to))
    for (let s = from; s < to; s++) reached[s] = null
    const at = start[k] as number
    for (let i = 0; i < contributions.length; i++) add(refs[at + i] as number, contributions[i])
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
