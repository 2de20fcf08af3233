/**
 * Long results that are copied to the JS heap while they are written.
 *
 * The arena's ring is short: a long result is copied out soon after it was written, unless a collection happens to run
 * before. By then it has left the nearest caches. Copied piece by piece as it is computed it is read from there, and the
 * arena has nothing left to copy.
 */
import type { Loop, Memory, Nest } from '../core/nest.js'
import { touchedBy } from './control.js'
import type { Machine } from './machine.js'
import { byteSize } from './memory-plan.js'
import type { Schedule } from './schedule.js'
import { type Split, splitOf } from './split.js'
import { surveyOf } from './survey.js'
import { tilingOf } from './tile.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A result that a nest writes from its beginning to its end. */
export interface Streamed {
  readonly memory: Memory
  /** Bytes that a unit writes; what fills none goes with the last one. */
  readonly step: number
}

/** A nest that is run in pieces, after each of which its results are copied out as far as they have come. */
export interface Stream {
  readonly split: Split
  /** Units in a piece. */
  readonly grain: number
  readonly results: readonly Streamed[]
}

/** What is streamed, in which pieces. */
export interface Streaming {
  /** Bytes from which on a result is copied out piece by piece; it has to have a slab of its own. */
  readonly long: number
  /** Bytes that a piece reads and writes. */
  readonly piece: number
}

/** Results of an eighth of the ring and longer; what a piece reads and writes stays in the second cache until it is copied. */
export const STREAMING: Streaming = { long: 2 ** 20, piece: 2 ** 18 }

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
  const results = long.flatMap((memory): readonly Streamed[] => {
    const round = roundOf(nest, memory, loop)
    return round === null ? [] : [{ memory, step: (round * step * byteSize(memory)) / memory.size }]
  })
  if (results.length < long.length) return null
  const { inner, outer } = surveyOf(nest)
  const moving = [...inner.loads, ...outer.loads, ...nest.stores].filter((a) => a.index.terms.has(loop))
  const bytes = moving.reduce((n, { memory }) => n + byteSize(memory), 0) / units
  return { split, grain: Math.max(1, Math.round(piece / bytes)), results }
}

/**
 * Nests of a schedule that are streamed: they write long results, nobody else writes those, and they compute little for each
 * element (a fold takes so much longer than the copy that there is nothing to gain).
 */
export const streamsOf = (s: Schedule, { long: least, piece }: Streaming): ReadonlyMap<Nest, Stream> => {
  const nests = s.kernels.flatMap((k) => k.nests)
  const elsewhere = s.kernels.flatMap((k) => (k.control === null ? [] : touchedBy(k.control)))
  const isOnly = (m: Memory, nest: Nest): boolean =>
    !elsewhere.includes(m) && nests.every((n) => n === nest || n.stores.every((x) => x.memory !== m))
  const found = new Map<Nest, Stream>()
  for (const nest of nests) {
    if (nest.folds.length > 0) continue
    const long = s.outputs.filter((m) => byteSize(m) >= least && nest.stores.some((x) => x.memory === m))
    const stream = long.length > 0 && long.every((m) => isOnly(m, nest)) ? streamOf(nest, s.machine, long, piece) : null
    if (stream !== null) found.set(nest, stream)
  }
  return found
}
