/**
 * What control flow shares: what folds make of the programs in its parameters, and remembering what was made.
 *
 * Every rule of `cond` and `scan` makes the same primitive of programs derived from its own: linearised, with what the
 * tangents need as further results; transposed; over a stack. How programs are derived is for folds that live above to
 * say, so a parameter brings them; what is derived is remembered with the program.
 */
import type { ProgramLike } from '../core/program.js'
import type { Tensor } from '../core/value.js'
import { Concrete } from '../tensor/concrete.js'
import type { Builder } from './builder.js'
import type { Opt, Result } from './record.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Values in a row. */
export type Values = readonly Tensor[]
/** Which of a row are meant. */
export type Mask = readonly boolean[]

/** A program linearised in some of its inputs. */
export interface LinearizedProgram {
  /** Inputs → results, then residuals. */
  readonly forward: ProgramLike
  /** Inputs that are kept, residuals, tangents of the active inputs → tangents of the wanted results. */
  readonly linear: ProgramLike
  /** The inputs that the linear program reads as they are. */
  readonly kept: readonly number[]
}

/** What the folds make of programs. */
export interface Folds {
  /** A function of values as a program. */
  readonly trace: (f: (x: Values) => Values, inputs: readonly Result[]) => ProgramLike
  readonly run: (p: ProgramLike, x: Values) => Values
  readonly evaluate: (p: ProgramLike, x: readonly Concrete[]) => readonly Concrete[]
  /** Which results have a tangent when these inputs do. */
  readonly active: (p: ProgramLike, inputs: Mask) => Mask
  /** Linearised in the active inputs; `keep` says which inputs may be kept as they are. */
  readonly linearize: (p: ProgramLike, active: Mask, wanted: Mask, keep: Mask) => LinearizedProgram
  /** Which results depend on these inputs in any way. */
  readonly depends: (p: ProgramLike, inputs: Mask) => Mask
  /** Cotangents of the inputs that are null, in which the program is linear, from those of its results. */
  readonly backward: (p: ProgramLike, x: readonly Opt[], ct: readonly Opt[]) => readonly Opt[]
  /** Under a new leading axis of the inputs marked; the results wanted have it. */
  readonly batch: (p: ProgramLike, axis: Mask, n: number, wanted: Mask) => ProgramLike
}

// -------------------------------------------------------------------------------------------------------------- derived

const derivedOf = new WeakMap<ProgramLike, Map<string, unknown>>()

/** What is made of a program under this key, made once. */
export const derived = <A>(p: ProgramLike, key: string, make: () => A): A => {
  let known = derivedOf.get(p)
  if (known === undefined) {
    known = new Map()
    derivedOf.set(p, known)
  }
  if (!known.has(key)) known.set(key, make())
  return known.get(key) as A
}

export const bits = (mask: Mask): string => mask.map((m) => (m ? '1' : '0')).join('')
export const isGiven = (t: Opt): t is Tensor => t !== null
export const every = (of: readonly unknown[]): Mask => of.map(() => true)
export const chosen = <A>(list: readonly A[], mask: Mask): A[] => list.filter((_, i) => mask[i])
export const or = (a: Mask, b: Mask): Mask => a.map((m, i) => m || (b[i] as boolean))

/** A list over the places that are marked; null elsewhere. */
export const spread = <A>(list: readonly A[], mask: Mask): (A | null)[] => {
  let next = 0
  return mask.map((m) => (m ? (list[next++] as A) : null))
}

/** A list cut into parts of these sizes, and the rest. */
export const cut = <A>(list: readonly A[], ...sizes: readonly number[]): (readonly A[])[] => {
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((sum, n) => sum + n, 0))
  return [0, ...ends].map((start, i) => list.slice(start, ends[i]))
}

export const zerosOf = (b: Builder, a: Result): Tensor => b.full(a.shape, a.dtype, 0)

/** A value computed, no longer weak: what comes out of a program has the element type it says. */
export const strong = (x: Concrete): Concrete => (x.weak ? new Concrete(x.shape, x.dtype, x.buffer, x.value, false) : x)

let ids = 0
const idsOf = new WeakMap<ProgramLike, number>()

/** A number of its own for a program, where it is part of a key. */
export const idOf = (p: ProgramLike): number => {
  if (!idsOf.has(p)) idsOf.set(p, ids++)
  return idsOf.get(p) as number
}
