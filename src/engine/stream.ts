/**
 * Long results that are copied to the JS heap while they are written.
 *
 * The arena's ring is short: a long result is copied out soon after it was written, unless a collection happens to run
 * before. To copy all of it at once takes half as long as ten operations on its elements. So what computes that much writes
 * a second time, to a short place that the nearest cache keeps, and each time that is full the host copies it: the
 * processor waits for the lines of the heap while it computes the next ones.
 */
import type { Loop, Memory, Nest } from '../core/nest.js'
import { aligned, PASSAGE } from './arena.js'
import { touchedBy } from './control.js'
import type { Machine } from './machine.js'
import { byteSize } from './memory-plan.js'
import type { Schedule } from './schedule.js'
import { arithmetic, type Split, splitOf } from './split.js'
import { surveyOf } from './survey.js'
import { tilingOf } from './tile.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A result that a nest writes from its beginning to its end. */
export interface Streamed {
  readonly memory: Memory
  /** What is written in a piece, again: as if it were the result, from where the piece begins. */
  readonly again: Memory
  /** Where that stands, in bytes of the place that all share. */
  readonly at: number
  /** Bytes that a unit writes; what fills none goes with the last one. */
  readonly step: number
}

/** A nest that is run in pieces, after each of which what it wrote of its results is copied out. */
export interface Stream {
  /** As it is run: it stores its results twice. */
  readonly nest: Nest
  readonly split: Split
  /** Units in a piece. */
  readonly grain: number
  /** Bytes of a piece's results. */
  readonly bytes: number
  readonly results: readonly Streamed[]
}

/** What is streamed, in which pieces. */
export interface Streaming {
  /** Bytes from which on a result is copied out piece by piece; it has to have a slab of its own. */
  readonly long: number
  /** Bytes of a result that a piece writes. */
  readonly piece: number
  /** What an element has to cost: less is computed while the lines of a piece come. */
  readonly worth: number
}

/**
 * Results of an eighth of the ring and longer. C libraries copy more than two kilobytes by one instruction, after which the
 * processor begins anew.
 */
export const STREAMING: Streaming = { long: 2 ** 20, piece: 1984, worth: 8 }

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
  const again = new Map(long.map((m): [Memory, Memory] => [m, { ...m }]))
  const twice = nest.stores.flatMap((s) => {
    const memory = again.get(s.memory)
    return memory === undefined ? [s] : [s, { ...s, memory }]
  })
  const written: Nest = { ...nest, stores: twice }
  const split = splitOf(written, tilingOf(written, machine), 0)
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
    return { memory, again: again.get(memory) as Memory, at, step: unit }
  })
  return 2 * end > PASSAGE.bytes ? null : { nest: written, split, grain, bytes: end, results }
}

/**
 * Nests of a schedule that are streamed: they write long results, nobody else writes those, and they compute as much as the
 * copy takes (a fold takes so much longer that there is nothing to gain).
 */
export const streamsOf = (s: Schedule, { long: least, piece, worth }: Streaming): ReadonlyMap<Nest, Stream> => {
  const nests = s.kernels.flatMap((k) => k.nests)
  const elsewhere = s.kernels.flatMap((k) => (k.control === null ? [] : touchedBy(k.control)))
  const isOnly = (m: Memory, nest: Nest): boolean =>
    !elsewhere.includes(m) && nests.every((n) => n === nest || n.stores.every((x) => x.memory !== m))
  const found = new Map<Nest, Stream>()
  for (const nest of nests) {
    if (nest.folds.length > 0 || arithmetic(surveyOf(nest).outer) < worth) continue
    const long = s.outputs.filter((m) => byteSize(m) >= least && nest.stores.some((x) => x.memory === m))
    const stream = long.length > 0 && long.every((m) => isOnly(m, nest)) ? streamOf(nest, s.machine, long, piece) : null
    if (stream !== null) found.set(nest, stream)
  }
  return found
}
