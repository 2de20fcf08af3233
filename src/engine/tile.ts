/**
 * Which loop of a nest runs in vectors, and which is unrolled beside it: a small model of what each choice costs.
 */
import type { Lane } from '../core/lane.js'
import type { Index, Loop, Nest, Source } from '../core/nest.js'
import { lengthIn, type Machine, type VectorLength } from './machine.js'
import { type Access, type Computed, surveyOf } from './survey.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How the loops of a nest are run. */
export interface Tiling {
  /** Elements in a register; 1 without vectors. */
  readonly vl: VectorLength
  /** The loop that runs in vectors, an outer or a folded one; null: none. */
  readonly vector: Loop | null
  /** Whether the vector loop is folded over: partial folds in each lane, joined at the end. */
  readonly across: boolean
  /** Registers in which such a fold runs side by side: one after the other, each step would wait for the one before. */
  readonly apart: number
  /** The loop of a tile's columns (the vector loop itself, when it is an outer one), and how many it has. */
  readonly side: Loop | null
  readonly columns: number
  /** The loop of a tile's rows, and how many it has. */
  readonly unrolled: Loop | null
  readonly rows: number
  /** What an element of the result costs, in operations. */
  readonly cost: number
}

// -------------------------------------------------------------------------------------------------------------- costs

const coefficient = (index: Index, loop: Loop): number => index.terms.get(loop) ?? 0

const dependsOn = (lane: Lane, loop: Loop): boolean => {
  const seen = new Set<Lane>([lane])
  for (const l of seen) {
    if (l.op === 'source') {
      const data = l.data as Source
      if (data.kind !== 'accumulated' && coefficient(data.index, loop) !== 0) return true
      if (data.kind === 'load' && data.plus !== null) seen.add(data.plus)
    }
    for (const a of l.args) seen.add(a)
  }
  return false
}

/** Whether an access is one vector, one element for all, or an element at a time. */
const accessCost = (a: Access, loop: Loop, vl: number, isStore: boolean): number => {
  if (a.plus !== null && (dependsOn(a.plus, loop) || !isStore)) return 2.5 * vl
  const c = coefficient(a.index, loop)
  if (c === 1 && a.memory.dtype !== 'bool') return 1
  if (c === 0 && !isStore) return 1
  return 2 * vl
}

const operations = ({ lanes }: Computed): number =>
  lanes.reduce((n, { op }) => n + (op === 'source' || op === 'constant' ? 0 : op === 'call' ? 20 : 1), 0)

const hasWide = ({ lanes }: Computed): boolean => lanes.some((l) => l.type.endsWith('64'))

const product = (loops: readonly Loop[]): number => loops.reduce((n, l) => n * l.size, 1)

// -------------------------------------------------------------------------------------------------------------- running

/** Whether a nest's folds can be run in vectors across a folded loop. */
const canJoin = (nest: Nest): boolean =>
  nest.folds.length > 0 &&
  nest.traces.length === 0 &&
  nest.folds.every(
    (f) =>
      f.join !== null && f.types.length === 1 && (f.types[0] !== 'i32' || f.join.op === 'add' || f.join.op === 'mul'),
  )

/** Operations of a step that leave registers for others beside it. */
const LIGHT = 4

/**
 * Bodies that are written out several times: up to how many operations, how often, and elements from which on that is worth
 * their code. Counting rounds takes a tenth of a short one's time; in a longer one each operation waits for the one before.
 * Not those of functions, which have more constants than there are registers.
 */
const OVER = [
  { operations: 16, times: 4 },
  { operations: 80, times: 2 },
] as const
const LASTING = 1024

/** As many sums as an addition takes cycles. */
const APART = 4

/** As many short sums of lanes side by side as are joined in about the time of one. */
const TOGETHER = 8

/** What joining the lanes of a register costs. */
const JOINING = 8

const tiled = (nest: Nest, machine: Machine, willPack: boolean, vl: VectorLength): Tiling => {
  const { inner, outer } = surveyOf(nest)
  const trips = product(nest.folded)
  const innerLoads = inner.loads
  const outerLoads = outer.loads
  const innerOps = operations(inner)
  const outerOps = operations(outer)
  const after = outerLoads.length + outerOps + nest.stores.length
  const step = innerLoads.length + nest.traces.length + innerOps
  const scalar = trips * step + after
  const each = (list: readonly Access[], loop: Loop, isStore: boolean): number =>
    list.reduce((sum, a) => sum + accessCost(a, loop, vl, isStore), 0)
  const costIn = (loop: Loop): number => {
    const body =
      (willPack ? innerLoads.length : each(innerLoads, loop, false)) + each(nest.traces, loop, true) + innerOps
    const vector = trips * body + each(outerLoads, loop, false) + each(nest.stores, loop, true) + outerOps
    const whole = Math.floor(loop.size / vl)
    return (whole * vector + (loop.size - whole * vl) * scalar) / loop.size
  }
  const costAcross = (loop: Loop): number => {
    const body = each(innerLoads, loop, false) + innerOps
    const whole = Math.floor(loop.size / vl)
    return (trips / loop.size) * (whole * body + (loop.size - whole * vl) * step) + JOINING * nest.folds.length + after
  }
  let vector: Loop | null = null
  let across = false
  let best = scalar
  for (const loop of nest.loops) {
    if (nest.ordered.includes(loop) || loop.size < vl) continue
    const cost = costIn(loop)
    // of equals the innermost: its rounds lie side by side in memory
    if (cost <= best) {
      best = cost
      vector = loop
    }
  }
  if (canJoin(nest) && !willPack)
    for (const loop of nest.folded) {
      if (loop.size < 2 * vl || costAcross(loop) >= best) continue
      best = costAcross(loop)
      vector = loop
      across = true
    }
  // what does not change with a loop is loaded once for all its rounds
  const chosen = vector
  const reuse = (loop: Loop): number =>
    innerLoads
      .filter((a) => coefficient(a.index, loop) === 0 && a.plus === null)
      .reduce((n, a) => n + (chosen !== null && coefficient(a.index, chosen) !== 0 ? 2 : 1), 0)
  const repeated =
    nest.folds.length === 0 || trips <= 1
      ? []
      : // of equals the innermost
        [...nest.loops]
          .reverse()
          .filter((l) => l !== vector && l.size > 1 && !nest.ordered.includes(l) && reuse(l) > 0)
          .sort((p, q) => reuse(q) - reuse(p))
  const carried = nest.folds.reduce((n, f) => n + f.types.length, 0)
  const unrolled = repeated[0] ?? null
  const rowsOf = (l: Loop, columns: number): number => {
    if (carried > 2) return Math.min(l.size, 2)
    const { tall } = machine
    return columns === 1 && l.size % tall === 0 && l.size <= 2 * tall ? tall : Math.min(l.size, machine.rows)
  }
  const common = { vl: vector === null ? 1 : vl, vector, across, unrolled, cost: best } as const
  if (across && unrolled === null && carried === 1 && innerOps <= LIGHT && (vector as Loop).size < 4 * APART * vl) {
    const last = nest.loops.findLast((l) => l.size > 1 && !nest.ordered.includes(l)) ?? null
    const rows = last === null ? 1 : Math.ceil(last.size / Math.ceil(last.size / TOGETHER))
    return { ...common, unrolled: last, side: null, columns: 1, rows, apart: 1 }
  }
  if (across) {
    const side = repeated[1] ?? null
    const columns = side === null || carried > 2 ? 1 : Math.min(side.size, 2)
    const rows = unrolled === null ? 1 : rowsOf(unrolled, 2)
    const isAlone = rows * columns * nest.folds.length <= 2 && (vector as Loop).size >= 4 * APART * vl
    return { ...common, side: columns === 1 ? null : side, columns, rows, apart: isAlone ? APART : 1 }
  }
  const wide = vector !== null && reuse(vector) > 0 && nest.folds.length > 0 && trips > 1
  // sums down the columns of a matrix: some side by side, so that no addition waits for another and whole lines are read
  const isStream = !wide && unrolled === null && carried === 1 && trips > APART && innerOps <= LIGHT
  const isLasting =
    nest.folds.length === 0 && (vector?.size ?? 0) >= LASTING && !outer.lanes.some(({ op }) => op === 'call')
  const over = isLasting ? (OVER.find((o) => outerOps <= o.operations)?.times ?? 1) : 1
  const most = over > 1 ? over : isStream ? APART : wide && carried <= 2 ? machine.columns : 1
  const columns = vector !== null && vector.size >= most * vl ? most : 1
  return { ...common, side: vector, columns, rows: unrolled === null ? 1 : rowsOf(unrolled, columns), apart: 1 }
}

const found = (nest: Nest, machine: Machine, willPack: boolean): Tiling => {
  const { inner, outer } = surveyOf(nest)
  const vl = lengthIn(machine, hasWide(inner) || hasWide(outer))
  const whole = tiled(nest, machine, willPack, vl)
  if (whole.vector !== null || nest.folds.length > 0) return whole
  // loops that are too short for whole vectors: rows of a tile that are packed
  for (let shorter = vl / 2; shorter >= 4; shorter /= 2) {
    const t = tiled(nest, machine, willPack, shorter as VectorLength)
    if (t.vector !== null) return t
  }
  return whole
}

/** By nest: each is cut for one machine. */
const tilings = new WeakMap<Nest, { readonly machine: Machine; readonly tiling: Tiling }>()

/** The tiling of a nest. `willPack`: loads of its folds that lie apart will be packed side by side first. */
export const tilingOf = (nest: Nest, machine: Machine, willPack = false): Tiling => {
  if (willPack) return found(nest, machine, true)
  const known = tilings.get(nest)
  if (known?.machine === machine) return known.tiling
  const tiling = found(nest, machine, false)
  tilings.set(nest, { machine, tiling })
  return tiling
}

/** Rounds of the side loop in tiles of so many columns and lanes. */
export interface Piece {
  readonly times: number
  readonly columns: number
  readonly vl: VectorLength
}

/** The side loop in pieces, the largest first: whole tiles, single vectors, shorter ones, single elements. */
export const piecesOf = ({ side, across, columns: most, vl: widest }: Tiling): readonly Piece[] => {
  if (side === null) return [{ times: 1, columns: 1, vl: 1 }]
  const lanes = across ? 1 : widest
  const sizes: (readonly [number, number])[] = [
    [most, lanes],
    [1, lanes],
  ]
  for (let vl = lanes / 2; vl >= 4; vl /= 2) sizes.push([1, vl])
  sizes.push([1, 1])
  const found: Piece[] = []
  let left = side.size
  for (const [columns, vl] of sizes) {
    const times = Math.floor(left / (columns * vl))
    left -= times * columns * vl
    if (times > 0) found.push({ times, columns, vl: vl as VectorLength })
  }
  return found
}
