/**
 * Primitives that hold programs: `call` (a sub-tape by name) and `custom` (an operation that carries its own rules).
 *
 * Their rules need folds that live above, so a parameter carries them as functions: `call` is its program written out,
 * and `custom` brings the rules that its author gave.
 */
import type { ProgramLike } from '../core/program.js'
import type { Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import { type Argument, type Multiple, notLinear, type Opt, type Result } from './record.js'

/** A program under a name. Every fold that has no use for the name reads its entries in place of the call. */
export interface CallParams {
  readonly name: string
  readonly program: ProgramLike
  readonly run: (args: readonly Tensor[]) => readonly Tensor[]
}

/** An operation with rules of its own. */
export interface CustomParams {
  readonly name: string
  readonly results: readonly Result[]
  /** What it computes, in words; a fold that does not differentiate reads this in place of the operation. */
  readonly run: (args: readonly Tensor[]) => readonly Tensor[]
  readonly dual: (t: readonly Opt[], x: readonly Tensor[]) => readonly [readonly Tensor[], readonly Opt[]]
  /** Cotangents of the linear arguments, or null where it is not linear. */
  readonly transpose: null | ((ct: readonly Opt[], x: readonly Argument[]) => readonly Opt[])
  /** The parameters of the same operation under a new leading axis of the arguments marked. */
  readonly batch: (axis: readonly boolean[], n: number) => CustomParams
}

/** A sub-tape. */
export const call: Multiple<CallParams> = {
  name: 'call',
  results: 'many',
  abstract: (p) => p.program.results,
  evaluate: (p, args) => p.run(args) as readonly Concrete[],
  dual: () => written('call'),
  transpose: 'not linear',
  batch: () => written('call'),
  samples: { cases: [] },
}

/** Folds write calls out before they read an entry, so these rules are never asked for. */
const written = (name: string): never => {
  throw new Error(`${name} is written out before it is folded`)
}

/** An operation with rules of its own. */
export const custom: Multiple<CustomParams> = {
  name: 'custom',
  results: 'many',
  abstract: (p) => p.results,
  evaluate: (p, args) => p.run(args) as readonly Concrete[],
  dual: (_, t, x, p) => p.dual(t, x),
  transpose: (_, ct, x, p) => {
    if (p.transpose === null) throw notLinear(p.name)
    return p.transpose(ct, x)
  },
  batch: (b, x, axis, n, p) => b.custom(p.batch(axis, n), x),
  samples: { cases: [] },
}
