/**
 * Which nests are worth sharing among threads, and along which loop they are cut.
 *
 * A nest is cut along one outer loop, at whole tiles, so that each element is computed by the very code that one thread
 * would run for it: results have the same bits however many threads there are. Nobody reads in a nest what another thread
 * writes in it, and no two units write to the same place.
 */
import type { Lane } from '../core/lane.js'
import { type Index, indexKey, type Loop, type Nest, type Store } from '../core/nest.js'
import { type Computed, surveyOf } from './survey.js'
import type { Tiling } from './tile.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A loop that is cut: units are numbered from 0, unit `u` is the rounds from `u · step` on. */
export interface Cut {
  /** An outer loop; the one of a tile's rows or columns too. */
  readonly loop: Loop
  /** Rounds in a unit: 1, or those of a tile. Rounds that fill no unit go with the last one. */
  readonly step: number
  readonly units: number
}

/**
 * How a nest is cut: along a loop, or along one and another one inside of it where that alone would make few or long units.
 * Then `units` counts both: unit `u` is the round `u / inner.units` of the loop, and in it the unit `u mod inner.units` of the
 * inner one.
 */
export interface Split extends Cut {
  readonly inner: Cut | null
  /** Units that are worth handing out at once. */
  readonly grain: number
}

/**
 * Costs are in multiplications of f32 inside a product of matrices: WebAssembly does 20 in a nanosecond, C some 50.
 * Starting and ending a nest on several threads takes less than a microsecond where they are awake.
 */
export const WORTH = 400_000

/** What units that are handed out at once should cost: 5 µs, far more than handing them out, and reading what they share. */
const GRAIN = 100_000

/** Units from which on no thread is left waiting for long, if they cost no more than this. */
const ENOUGH = 16
const LONG = 200_000

// -------------------------------------------------------------------------------------------------------------- costs

const size = (loops: readonly Loop[]): number => loops.reduce((n, l) => n * l.size, 1)

/** An operation beside a multiplication and addition, which count one together; a function; a division or a root. */
const weight = ({ op }: Lane): number =>
  op === 'source' || op === 'constant' || op === 'constantBits'
    ? 0
    : op === 'call'
      ? 20
      : op === 'div' || op === 'sqrt'
        ? 4
        : 0.5

/** What computing an element takes. */
export const arithmetic = ({ lanes }: Computed): number => lanes.reduce((n, lane) => n + weight(lane), 0)

/** What reading or writing an element takes that nobody reads again, and a step that waits for it and for the step before. */
const MOVED = 1.5
const WAITED = 4

/** An estimate of what a nest costs. */
export const costOf = (nest: Nest, tiling: Tiling): number => {
  const { inner, outer } = surveyOf(nest)
  const all = [...nest.loops, ...nest.folded].filter((l) => l.size > 1)
  const moved = inner.loads.filter(({ index, plus }) => plus !== null || all.every((l) => index.terms.has(l)))
  const step = arithmetic(inner) + WAITED * moved.length + MOVED * nest.traces.length
  const after = arithmetic(outer) + MOVED * (outer.loads.length + nest.stores.length)
  return ((size(nest.loops) * (size(nest.folded) * step + after)) / tiling.vl) * 4
}

// -------------------------------------------------------------------------------------------------------------- places

/** Whether different rounds of the loops are different elements, each loop's step longer than all shorter ones reach. */
const isApart = ({ terms }: Index): boolean => {
  let reach = 0
  for (const [loop, c] of [...terms].sort(([, p], [, q]) => Math.abs(p) - Math.abs(q))) {
    if (Math.abs(c) <= reach) return false
    reach += Math.abs(c) * (loop.size - 1)
  }
  return true
}

/** Whether what a nest writes can be told apart by the loops of its indices, and is read in it at the same place only. */
const isIndependent = (nest: Nest, stores: readonly Store[]): boolean => {
  const { inner, outer } = surveyOf(nest)
  const written = new Map(stores.map((s) => [s.memory, indexKey(s.index)] as const))
  return (
    written.size === stores.length &&
    stores.every((s) => s.mode === 'set' && s.plus === null && isApart(s.index)) &&
    [...inner.loads, ...outer.loads].every((l) => {
      const place = written.get(l.memory)
      return place === undefined || (l.plus === null && place === indexKey(l.index))
    })
  )
}

// -------------------------------------------------------------------------------------------------------------- running

/** How a nest is cut, along two loops if `inTwo`; null where it can't be, or where it costs less than `worth`. */
export const splitOf = (nest: Nest, tiling: Tiling, worth = WORTH, inTwo = false): Split | null => {
  const stores = [...nest.traces, ...nest.stores]
  const cost = costOf(nest, tiling)
  if (cost < worth || cost === 0 || !isIndependent(nest, stores)) return null
  const { side, unrolled, rows, columns, across, vl } = tiling
  const stepOf = (l: Loop): number => (l === unrolled ? rows : l === side ? columns * (across ? 1 : vl) : 1)
  const isOuter = (l: Loop): boolean => l !== unrolled && l !== side
  // in the order in which they are run: what a thread is given then lies together
  const order = [...nest.loops.filter(isOuter), ...[unrolled, side].filter((l) => l !== null)]
  const cuts = order
    .filter((l) => nest.loops.includes(l) && !nest.ordered.includes(l) && stores.every((s) => s.index.terms.has(l)))
    .map((loop): Cut => ({ loop, step: stepOf(loop), units: Math.floor(loop.size / stepOf(loop)) }))
    .filter(({ units }) => units > 1)
  const most = (list: readonly Cut[]): Cut | undefined => [...list].sort((p, q) => q.units - p.units)[0]
  const one = cuts.find(({ units }) => units >= ENOUGH) ?? most(cuts)
  if (one === undefined) return null
  const [first, ...others] = cuts
  const inner = most(others)
  const split =
    inTwo &&
    cost > one.units * Math.min(LONG, worth) &&
    first !== undefined &&
    isOuter(first.loop) &&
    inner !== undefined
      ? { ...first, units: first.units * inner.units, inner }
      : { ...one, inner: null }
  const grain = Math.round((split.units * Math.min(GRAIN, worth)) / cost)
  return { ...split, grain: Math.min(split.units, Math.max(1, grain)) }
}
