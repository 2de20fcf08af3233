/** What is computed at once inside the loops of a nest: the copies of its lanes that make a tile. */
import { isConstant, type Lane } from '../core/lane.js'
import type { Index, Loop, Memory, Nest, Store } from '../core/nest.js'
import { type Interner, interner, type Shifts, shiftedIndex } from './intern.js'
import type { VectorLength } from './machine.js'
import { writeOut } from './math/index.js'
import { below, surveyOf } from './survey.js'
import type { Tiling } from './tile.js'

// -------------------------------------------------------------------------------------------------------------- sources

export const isLoad = (
  lane: Lane,
): lane is Lane & {
  readonly data: { readonly kind: 'load'; readonly memory: Memory; readonly index: Index; readonly plus: Lane | null }
} => (lane.data as { readonly kind?: unknown } | null)?.kind === 'load'

export const isIndex = (
  lane: Lane,
): lane is Lane & { readonly data: { readonly kind: 'index'; readonly index: Index } } =>
  (lane.data as { readonly kind?: unknown } | null)?.kind === 'index'

// -------------------------------------------------------------------------------------------------------------- a tile

/** What is computed at once: rows × columns copies of the body. */
export interface Tile {
  readonly rows: number
  readonly columns: number
  readonly vl: VectorLength
}

const copiesOf = (t: Tile, tiling: Tiling): readonly Shifts[] => {
  const copies: Shifts[] = []
  for (let r = 0; r < t.rows; r++)
    for (let c = 0; c < t.columns; c++) {
      const shifts = new Map<Loop, number>()
      if (tiling.unrolled !== null && r > 0) shifts.set(tiling.unrolled, r)
      if (tiling.side !== null && c > 0) shifts.set(tiling.side, c * (tiling.across ? 1 : t.vl))
      copies.push(shifts)
    }
  return copies
}

/** Calls that are written out in a body; beyond that, functions are called. */
const INLINED = 2

/** Whether a nest has so many rounds that calling a function in each would be felt. */
const isLong = (nest: Nest): boolean => [...nest.loops, ...nest.folded].reduce((n, l) => n * l.size, 1) >= 4096

const callsBelow = (roots: readonly Lane[]): number => {
  const seen = new Set<Lane>(roots)
  let n = 0
  for (const lane of seen) {
    if (lane.op === 'call') n += 1
    for (const x of below(lane)) seen.add(x)
  }
  return n
}

export interface Body {
  readonly tile: Tile
  readonly copies: readonly Shifts[]
  /** For each copy, fold and value that it carries. */
  readonly init: readonly Lane[]
  readonly next: readonly Lane[]
  readonly traces: readonly Store[]
  readonly stores: readonly Store[]
  /** Whether it reads places that lanes compute, or calls functions: those come before all else. */
  readonly hasFirst: boolean
  /** Whether there are constants in what is computed in each step of the folds; without any, in what is stored. */
  readonly hasConstants: boolean
}

/** What a nest's lanes are. */
interface Kinds {
  readonly calls: boolean
  readonly places: boolean
  readonly constants: boolean
}

const kindsIn = (nest: Nest): Kinds => {
  const { inner, outer } = surveyOf(nest)
  const lanes = [...inner.lanes, ...outer.lanes]
  return {
    calls: lanes.some((l) => l.op === 'call'),
    places: [...inner.loads, ...outer.loads].some((x) => x.plus !== null),
    constants: (nest.folds.length > 0 ? inner : outer).lanes.some(isConstant),
  }
}

const bodyOf = (nest: Nest, i: Interner, tile: Tile, tiling: Tiling, kinds: Kinds): Body => {
  const copies = copiesOf(tile, tiling)
  const inits = nest.folds.flatMap((f) => f.init)
  const nexts = nest.folds.flatMap((f) => f.next)
  const [init, next]: readonly [Lane[], Lane[]] = [[], []]
  const [traces, after]: readonly [Store[], Store[]] = [[], []]
  for (let c = 0; c < copies.length; c++) {
    const shifts = copies[c] as Shifts
    const copy = i.copy(shifts, c)
    const store = ({ memory, index, plus, mode, value }: Store): Store => ({
      memory,
      index: shiftedIndex(index, shifts),
      plus: plus === null ? null : copy(plus),
      mode,
      value: copy(value),
    })
    init.push(...inits.map(copy))
    next.push(...nexts.map(copy))
    traces.push(...nest.traces.map(store))
    after.push(...nest.stores.map(store))
  }
  const { calls, places, constants } = kinds
  const whole = { tile, copies, init, next, traces, stores: after, hasFirst: calls || places, hasConstants: constants }
  if (!calls || tile.vl === 1 || !isLong(nest)) return whole
  // few calls are written out where they stand, together, so that what two roots share is computed once
  const roots = [...init, ...next]
  for (const x of [...traces, ...after]) roots.push(x.value, ...(x.plus === null ? [] : [x.plus]))
  if (callsBelow(roots) > INLINED) return whole
  const out = writeOut(roots)
  const by = new Map(roots.map((r, k) => [r, out[k] as Lane] as const))
  const w = (l: Lane): Lane => by.get(l) as Lane
  const stored = (x: Store): Store => ({ ...x, value: w(x.value), plus: x.plus === null ? null : w(x.plus) })
  return {
    tile,
    copies,
    init: init.map(w),
    next: next.map(w),
    traces: traces.map(stored),
    stores: after.map(stored),
    hasFirst: places,
    hasConstants: true,
  }
}

/** The bodies of a nest. */
export interface Bodies extends Pick<Interner, 'carried' | 'reads'> {
  /** The body of a tile, made when it is first asked for. */
  readonly of: (rows: number, columns: number, vl: VectorLength) => Body
  /** Those that have been made. */
  readonly all: () => Iterable<Body>
}

/** The bodies of a nest by their tiles. */
export const bodiesOf = (nest: Nest, tiling: Tiling): Bodies => {
  const i = interner([tiling.unrolled, tiling.side].filter((l) => l !== null))
  const kinds = kindsIn(nest)
  const made = new Map<number, Body>()
  return {
    carried: i.carried,
    reads: i.reads,
    of: (rows, columns, vl) => {
      const key = (rows * 1024 + columns) * 1024 + vl
      const known = made.get(key)
      if (known !== undefined) return known
      const body = bodyOf(nest, i, { rows, columns, vl }, tiling, kinds)
      made.set(key, body)
      return body
    },
    all: () => made.values(),
  }
}

/** Indices of gathers and calls of functions below these roots, each after those that it is computed from. */
export const neededFirst = (roots: readonly Lane[], known: ReadonlyMap<Lane, unknown>): readonly Lane[] => {
  const found: Lane[] = []
  // places first: the walk below may meet one as a lane like any other before it meets its load
  const wanted = new Set<Lane>()
  const seen = new Set<Lane>(roots)
  for (const lane of seen) {
    const place = lane.op === 'source' && isLoad(lane) ? lane.data.plus : null
    if (place !== null) wanted.add(place)
    for (const x of place === null ? lane.args : [place]) seen.add(x)
  }
  const done = new Set<Lane>()
  const todo: { readonly lane: Lane; readonly entered: boolean }[] = roots.map((lane) => ({ lane, entered: false }))
  for (let top = todo.pop(); top !== undefined; top = todo.pop()) {
    const { lane, entered } = top
    if (entered) {
      if (wanted.has(lane) || lane.op === 'call') found.push(lane)
      continue
    }
    if (done.has(lane) || known.has(lane)) continue
    done.add(lane)
    todo.push({ lane, entered: true })
    for (const x of below(lane)) todo.push({ lane: x, entered: false })
  }
  return found
}
