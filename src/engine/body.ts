/** What is computed at once inside the loops of a nest: the copies of its lanes that make a tile. */
import type { Lane } from '../core/lane.js'
import type { Fold, Index, Loop, Memory, Nest, Store } from '../core/nest.js'
import type { Interner, Shifts } from './intern.js'
import type { VectorLength } from './machine.js'
import { writeOut } from './math/index.js'
import { below } from './survey.js'
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

const shiftedStore = (i: Interner, s: Store, shifts: Shifts, copy: number): Store => {
  const { index } = s
  let by = 0
  for (const [loop, n] of shifts) by += (index.terms.get(loop) ?? 0) * n
  return {
    ...s,
    index: { constant: index.constant + by, terms: index.terms },
    plus: s.plus === null ? null : i.copy(s.plus, shifts, copy),
    value: i.copy(s.value, shifts, copy),
  }
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
}

const bodyOf = (nest: Nest, i: Interner, tile: Tile, tiling: Tiling): Body => {
  const copies = copiesOf(tile, tiling)
  const lanes = (list: (f: Fold) => readonly Lane[]): readonly Lane[] => {
    const all: Lane[] = []
    copies.forEach((s, c) => {
      for (const f of nest.folds) for (const l of list(f)) all.push(i.copy(l, s, c))
    })
    return all
  }
  const stores = (list: readonly Store[]): readonly Store[] => {
    const all: Store[] = []
    copies.forEach((s, c) => {
      for (const x of list) all.push(shiftedStore(i, x, s, c))
    })
    return all
  }
  const init = lanes((f) => f.init)
  const next = lanes((f) => f.next)
  const traces = stores(nest.traces)
  const after = stores(nest.stores)
  if (tile.vl === 1 || !isLong(nest)) return { tile, copies, init, next, traces, stores: after }
  // few calls are written out where they stand, together, so that what two roots share is computed once
  const roots = [...init, ...next]
  for (const x of [...traces, ...after]) roots.push(x.value, ...(x.plus === null ? [] : [x.plus]))
  if (callsBelow(roots) > INLINED) return { tile, copies, init, next, traces, stores: after }
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
  }
}

/** The bodies of a nest by their tiles, each made when it is first asked for. */
export const bodiesOf = (
  nest: Nest,
  i: Interner,
  tiling: Tiling,
): {
  readonly of: (rows: number, columns: number, vl: VectorLength) => Body
  readonly all: () => Iterable<Body>
} => {
  const made = new Map<string, Body>()
  return {
    of: (rows, columns, vl) => {
      const key = `${rows}|${columns}|${vl}`
      const known = made.get(key)
      if (known !== undefined) return known
      const body = bodyOf(nest, i, { rows, columns, vl }, tiling)
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
