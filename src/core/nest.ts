/**
 * Loop nests: what kernels are, before any target.
 *
 * A nest runs its parallel loops, folds over its inner loops, and stores what comes of it. Elements are addressed by
 * indices that are affine in the loops' variables; what is computed from them is written in lanes. A product of matrices, a
 * softmax's sum, an optimiser's update and a plain addition are all nests; which of them gets a template of its own is the
 * emitter's choice.
 */
import type { Lane, LaneType } from './lane.js'
import type { DType } from './value.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A loop: its variable runs from 0 to before `size`. Told apart by identity. */
export interface Loop {
  readonly size: number
}

/** An affine index: Σ coefficient · variable + constant. */
export interface Index {
  readonly constant: number
  readonly terms: ReadonlyMap<Loop, number>
}

/** Memory of a running program: elements of one type, row-major in an order of its axes that the planner chooses. */
export interface Memory {
  readonly dtype: DType
  /** Elements. */
  readonly size: number
  readonly role: 'input' | 'output' | 'constant' | 'scratch'
}

/** What a `source` lane reads: an element of memory (its place affine, plus elements that lanes computed), … */
export interface Load {
  readonly kind: 'load'
  readonly memory: Memory
  readonly index: Index
  /** An i32 lane added to the index: a gather. */
  readonly plus: Lane | null
}

/** … the value of an index, … */
export interface IndexValue {
  readonly kind: 'index'
  readonly index: Index
}

/** … or what a fold has come to. */
export interface Accumulated {
  readonly kind: 'accumulated'
  readonly fold: Fold
  readonly which: number
}

export type Source = Load | IndexValue | Accumulated

/** Values carried through the inner loops: from `init` by `next`, which reads them as sources. */
export interface Fold {
  readonly types: readonly LaneType[]
  readonly init: readonly Lane[]
  next: readonly Lane[]
  /** When partial folds can be joined in any order: how, and what each step adds. */
  readonly join: { readonly op: 'add' | 'mul' | 'min' | 'max'; readonly step: Lane } | null
}

/** A value written to memory, or added to what is there. */
export interface Store {
  readonly memory: Memory
  readonly index: Index
  /** An i32 lane added to the index: a scatter. */
  readonly plus: Lane | null
  readonly mode: 'set' | 'add'
  readonly value: Lane
}

/** A loop nest. */
export interface Nest {
  /** Outer loops, outermost first. */
  readonly loops: readonly Loop[]
  /** Those of them that have to run in order, one round after the other (rows that are added to the same place). */
  readonly ordered: readonly Loop[]
  /** Loops folded over, outermost first. Without any, a fold takes one step. */
  readonly folded: readonly Loop[]
  readonly folds: readonly Fold[]
  /** Written after each step of the folds. */
  readonly traces: readonly Store[]
  /** Written once in each round of the outer loops, after the folds. */
  readonly stores: readonly Store[]
}

/** A nest that only stores. */
export const storing = (loops: readonly Loop[], stores: readonly Store[], ordered: readonly Loop[] = []): Nest => ({
  loops,
  ordered,
  folded: [],
  folds: [],
  traces: [],
  stores,
})

/** A value put at an index. */
export const put = (memory: Memory, index: Index, value: Lane, plus: Lane | null = null): Store => ({
  memory,
  index,
  plus,
  mode: 'set',
  value,
})

// --------------------------------------------------------------------------------------------------------------- indices

/** A constant index. */
export const at = (constant: number): Index => ({ constant, terms: new Map() })

/** A loop's variable. */
export const along = (loop: Loop): Index => (loop.size === 1 ? at(0) : { constant: 0, terms: new Map([[loop, 1]]) })

/** The sum of two indices. */
export const plus = (a: Index, b: Index): Index => {
  if (b.terms.size === 0) return b.constant === 0 ? a : { constant: a.constant + b.constant, terms: a.terms }
  if (a.terms.size === 0) return a.constant === 0 ? b : { constant: a.constant + b.constant, terms: b.terms }
  const terms = new Map(a.terms)
  for (const [loop, c] of b.terms) {
    const sum = (terms.get(loop) ?? 0) + c
    if (sum === 0) terms.delete(loop)
    else terms.set(loop, sum)
  }
  return { constant: a.constant + b.constant, terms }
}

/** An index times a whole number. */
export const times = (a: Index, k: number): Index => {
  if (k === 0) return at(0)
  if (k === 1) return a
  return { constant: a.constant * k, terms: new Map([...a.terms].map(([loop, c]) => [loop, c * k] as const)) }
}

/** How many elements these loops have, each round of the last one so much longer, and the place of each in their order. */
export const rowMajor = (loops: readonly Loop[], longer = 0): readonly [size: number, index: Index] => {
  let step = 1
  let place: Index = at(0)
  for (const [n, loop] of [...loops].reverse().entries()) {
    place = plus(place, times(along(loop), step))
    step *= loop.size + (n === 0 ? longer : 0)
  }
  return [step, place]
}

/** The smallest and the largest value of an index. */
export const range = (a: Index): readonly [number, number] => {
  let low = a.constant
  let high = a.constant
  for (const [loop, c] of a.terms) {
    if (c < 0) low += c * (loop.size - 1)
    else high += c * (loop.size - 1)
  }
  return [low, high]
}

/** Quotient and remainder by a whole number, when both are affine; else null. */
export const divide = (a: Index, by: number): readonly [quotient: Index, remainder: Index] | null => {
  if (by === 1) return [a, at(0)]
  let quotient = at(Math.floor(a.constant / by))
  let remainder = at(a.constant - Math.floor(a.constant / by) * by)
  for (const [loop, c] of a.terms) {
    const term = along(loop)
    if (c % by === 0) quotient = plus(quotient, times(term, c / by))
    else remainder = plus(remainder, times(term, c))
  }
  const [low, high] = range(remainder)
  return low >= 0 && high < by ? [quotient, remainder] : null
}

const numbers = new WeakMap<Loop, number>()
let next = 0

/** A number of a loop, for keys. */
export const loopNumber = (loop: Loop): number => {
  const known = numbers.get(loop)
  if (known !== undefined) return known
  next += 1
  numbers.set(loop, next)
  return next
}

/** A text that is equal for equal indices. */
export const indexKey = (a: Index): string =>
  `${a.constant}${[...a.terms]
    .map(([loop, c]) => `+${c}·${loopNumber(loop)}`)
    .sort()
    .join('')}`
