/**
 * Long results that pass by: they are copied to the JS heap while they are computed, and never stand in the arena.
 *
 * The arena's ring is short: a long result is copied out soon after it was written, unless a collection happens to run
 * before. To copy all of it at once takes half as long as ten operations on its elements. So what computes that much writes
 * to a short place that the nearest cache keeps, and each time that is full the host copies it: the processor waits for the
 * lines of the heap while it computes the next ones. Results that become arguments are better off in the arena: so results
 * stay there until one has left it without having been used, and a program is told by its table where they go.
 */
import type { Loop, Memory, Nest } from '../core/nest.js'
import { aligned, PASSAGE } from './arena.js'
import { touchedBy } from './control.js'
import type { Machine } from './machine.js'
import { byteSize, touched } from './memory-plan.js'
import type { Schedule } from './schedule.js'
import { arithmetic, type Split, splitOf } from './split.js'
import { surveyOf } from './survey.js'
import { tilingOf } from './tile.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A result that a nest writes from its beginning to its end. */
export interface Streamed {
  readonly memory: Memory
  /** Where a piece of it stands, in bytes of the place that all share. */
  readonly at: number
  /** Bytes that a unit writes; what fills none goes with the last one. */
  readonly step: number
}

/** A nest that is run in pieces, after each of which what it wrote of its results is copied out. */
export interface Stream {
  readonly split: Split
  /** Units in a piece. */
  readonly grain: number
  /** Bytes of a piece's results. */
  readonly bytes: number
  readonly results: readonly Streamed[]
}

/** What is streamed, in which pieces. */
export interface Streaming {
  /** Bytes from which on a result may pass by; it has to have a slab of its own. */
  readonly long: number
  /** Bytes of a result that a piece writes. */
  readonly piece: number
  /** What an element has to cost: less is computed while the lines of a piece come. */
  readonly worth: number
}

/**
 * As measured: shorter results are copied in less time than their pieces take, and less arithmetic hides no copy. C libraries
 * copy more than two kilobytes by one instruction, after which the processor begins anew.
 */
export const STREAMING: Streaming = { long: 2 ** 16, piece: 1984, worth: 4 }

// -------------------------------------------------------------------------------------------------------------- running

/** How many elements a round of a loop writes, if memory is written whole, in its order, and no other loop runs around it. */
const roundOf = (nest: Nest, memory: Memory, loop: Loop): number | null => {
  const store = nest.stores.find((s) => s.memory === memory)
  if (store === undefined || store.index.constant !== 0) return null
  let reach = 1
  let round: number | null = null
  for (const [l, c] of [...store.index.terms].filter(([l]) => l.size > 1).sort(([, p], [, q]) => p - q)) {
    if (c !== reach || round !== null) return null
    if (l === loop) round = c
    reach *= l.size
  }
  return reach === memory.size ? round : null
}

/** How a nest is streamed whose results of some length are these; null when it does not write them in order. */
const streamOf = (nest: Nest, machine: Machine, long: readonly Memory[], piece: number): Stream | null => {
  const split = splitOf(nest, tilingOf(nest, machine), 0)
  if (split === null) return null
  const { loop, step, units } = split
  const steps = long.flatMap((memory): readonly number[] => {
    const round = roundOf(nest, memory, loop)
    return round === null ? [] : [(round * step * byteSize(memory)) / memory.size]
  })
  if (steps.length < long.length) return null
  const grain = Math.min(units, Math.max(1, Math.floor(piece / Math.max(...steps))))
  let end = 0
  const results = long.map((memory, i): Streamed => {
    const unit = steps[i] as number
    const at = end
    // the last piece may have a unit that is not whole
    end += aligned((grain + 1) * unit)
    return { memory, at, step: unit }
  })
  return 2 * end > PASSAGE.bytes ? null : { split, grain, bytes: end, results }
}

/**
 * Nests of a schedule that are streamed: they write long results, which nobody reads and nobody else writes, and they compute
 * as much as the copy takes (a fold takes so much longer that there is nothing to gain).
 */
export const streamsOf = (s: Schedule, { long: least, piece, worth }: Streaming): ReadonlyMap<Nest, Stream> => {
  /** How many nests use it; more than one where a loop of the program's own does. */
  const uses = new Map<Memory, number>()
  const use = (m: Memory, times: number): void => void uses.set(m, (uses.get(m) ?? 0) + times)
  for (const { nests, control } of s.kernels) {
    for (const nest of nests) for (const m of new Set(touched(nest))) use(m, 1)
    if (control !== null) for (const m of touchedBy(control)) use(m, 2)
  }
  const found = new Map<Nest, Stream>()
  for (const nest of s.kernels.flatMap((k) => k.nests)) {
    const { outer } = surveyOf(nest)
    if (nest.folds.length > 0 || arithmetic(outer) < worth) continue
    const long = s.outputs.filter((m) => byteSize(m) >= least && nest.stores.some((x) => x.memory === m))
    const passes = (m: Memory): boolean => uses.get(m) === 1 && outer.loads.every((x) => x.memory !== m)
    const stream = long.length > 0 && long.every(passes) ? streamOf(nest, s.machine, long, piece) : null
    if (stream !== null) found.set(nest, stream)
  }
  return found
}
