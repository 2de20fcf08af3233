/**
 * Large products: the operand that runs in vectors is packed into panels as wide as a tile, so that the inner loop reads
 * it side by side, whatever its layout was.
 *
 * A product is a fold that adds up products of two loads. Its vector loop is split into panels and lanes, the panels go
 * outermost, and a copy nest before it writes the panels: [panel][folded…][lane]. What does not fill a panel is a product of
 * its own, narrower.
 */
import { binary, type Lane, source } from '../core/lane.js'
import {
  along,
  at,
  type Fold,
  type Index,
  type Load,
  type Loop,
  type Memory,
  type Nest,
  plus,
  put,
  rowMajor,
  type Source,
  storing,
  times,
} from '../core/nest.js'
import type { DType } from '../core/value.js'
import type { Machine } from './machine.js'
import { byteSize } from './memory-plan.js'
import { rewrittenLane } from './rewrite.js'
import { tilingOf } from './tile.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Multiplications below which packing does not pay. */
const SMALL = 20_000

interface Product {
  readonly fold: Fold
  readonly a: Load
  readonly b: Load
}

const size = (loops: readonly Loop[]): number => loops.reduce((n, l) => n * l.size, 1)

const loadOf = (lane: Lane | undefined): Load | null => {
  const data = lane?.op === 'source' ? (lane.data as Source) : null
  return data?.kind === 'load' && data.plus === null ? data : null
}

/** The product that a nest folds, if that is what it does. */
export const productOf = (nest: Nest): Product | null => {
  const fold = nest.folds[0]
  if (nest.folds.length !== 1 || fold === undefined || fold.join?.op !== 'add' || nest.traces.length > 0) return null
  const step = fold.join.step
  if (step.op !== 'mul') return null
  const a = loadOf(step.args[0])
  const b = loadOf(step.args[1])
  return a === null || b === null ? null : { fold, a, b }
}

// -------------------------------------------------------------------------------------------------------------- rewriting

const replaced = (i: Index, loop: Loop, by: Index): Index => {
  const c = i.terms.get(loop)
  if (c === undefined) return i
  const rest = new Map(i.terms)
  rest.delete(loop)
  return plus({ constant: i.constant, terms: rest }, times(by, c))
}

// -------------------------------------------------------------------------------------------------------------- running

/** Bytes of operands that stay in the nearest cache while they are read again and again, unless a machine has its own. */
const NEAR = 2 ** 15

/** Bytes that a product reads again and again: of its operands, what belongs to one round of the loops that move both. */
const bytesAgain = (nest: Nest, { a, b }: Product): number =>
  [a, b].reduce((n, { memory, index }) => {
    const moving = [...nest.loops, ...nest.folded].filter((l) => index.terms.has(l))
    const own = moving.filter((l) => nest.folded.includes(l) || !(a.index.terms.has(l) && b.index.terms.has(l)))
    return n + (size(own) * byteSize(memory)) / memory.size
  }, 0)

/**
 * Whether a product's operands are small, and lie side by side along its vectors as they are: packing gains nothing, unless
 * it lets results be written side by side too.
 */
const isNear = (nest: Nest, machine: Machine, { fold, a, b }: Product): boolean => {
  const isSmall =
    machine.near === null
      ? byteSize(a.memory) + byteSize(b.memory) <= NEAR
      : bytesAgain(nest, { fold, a, b }) <= machine.near
  if (!isSmall) return false
  const { vector, cost } = tilingOf(nest, machine)
  if (vector === null) return false
  const steps = [a, b].map((l) => l.index.terms.get(vector) ?? 0)
  if (!steps.every((c) => c === 0 || c === 1)) return false
  return nest.stores.every((s) => s.index.terms.get(vector) === 1) || 2 * tilingOf(nest, machine, true).cost > cost
}

/** A nest as it is best run: large products with their panels packed, anything else as it is. */
export const packed = (
  nest: Nest,
  machine: Machine,
  scratch: (dtype: DType, size: number) => Memory,
): readonly Nest[] => {
  const product = productOf(nest)
  if (product === null) return [nest]
  if (size(nest.loops) * size(nest.folded) < SMALL || isNear(nest, machine, product)) return [nest]
  const tiling = tilingOf(nest, machine, true)
  const { vector } = tiling
  if (vector === null) return [nest]
  const panelled = [product.a, product.b].filter((l) => l.index.terms.has(vector))
  const load = panelled[0]
  if (load === undefined || panelled.length !== 1) return [nest]
  // batch loops move both operands; what moves only the packed one is its own
  const own = nest.loops.filter((l) => l !== vector && load.index.terms.has(l))
  const shared = size(nest.loops.filter((l) => !load.index.terms.has(l)))
  if (shared < 8) return [nest]
  const other = load === product.a ? product.b : product.a
  const width = tiling.vl * tiling.columns
  const panels = Math.floor(vector.size / width)
  const rows = machine.near === null || panels >= OFTEN ? rowsOf(nest, other, tiling.unrolled, machine.rows) : null
  const type = product.fold.types[0] as Lane['type']
  /** A copy of an operand in the order of these loops, each row of the last one so much longer, and where it is read there. */
  const laidOut = (
    l: Load,
    order: readonly Loop[],
    moved: (i: Index) => Index,
    longer = 0,
  ): { readonly copy: Nest; readonly read: Load } => {
    const [size, place] = rowMajor(order, longer)
    const memory = scratch(l.memory.dtype, size)
    const { loops, there } = pagewise(order, l, nest.folded, machine)
    const index = there(moved(l.index))
    const from = source(type, { kind: 'load', memory: l.memory, index, plus: null } satisfies Load)
    return {
      copy: storing(loops, [put(memory, there(place), from)]),
      read: { kind: 'load', memory, index: place, plus: null },
    }
  }
  // [own…][tile][folded…][row]
  const tall =
    rows === null
      ? isAliased(nest, other, tiling.unrolled, machine)
        ? laidOut(
            other,
            [...nest.loops.filter((l) => other.index.terms.has(l)), ...nest.folded],
            (i) => i,
            machine.width / 4,
          )
        : null
      : laidOut(
          other,
          [
            ...nest.loops.filter((l) => l !== rows.loop && other.index.terms.has(l)),
            rows.tile,
            ...nest.folded,
            rows.row,
          ],
          (i) => replaced(i, rows.loop, rows.there),
        )
  const bands = bandsOf(rows, tall?.read ?? null)
  const rest = vector.size - panels * width
  const piece = (from: number, count: number, lanes: number): readonly Nest[] => {
    const panel: Loop = { size: count }
    const lane: Loop = { size: lanes }
    const there = plus(plus(times(along(panel), lanes), along(lane)), at(from))
    const across = (i: Index): Index => replaced(i, vector, there)
    // [own…][panel][folded…][lane]
    const wide = laidOut(load, [...own, panel, ...nest.folded, lane], across)
    const between = nest.loops.filter((l) => l !== vector && !own.includes(l))
    const mains = bands.flatMap((band) => {
      const loops = [...own, panel, ...between.flatMap((l) => (l === rows?.loop ? band.outer : l)), ...band.inner, lane]
      return banded(loops, wide.read, (i) => across(band.moved(i)), band.read)
    })
    return [wide.copy, ...mains]
  }
  /** The product in these loops, a nest for each part of the fold. */
  const banded = (
    loops: readonly Loop[],
    wide: Load,
    moved: (i: Index) => Index,
    packedRows: Load | null,
  ): readonly Nest[] => {
    const parts = partsOf(nest.folded, machine)
    const [partial, place] = parts.length === 1 ? [null, at(0)] : rowMajor(loops)
    const sums = partial === null ? null : scratch(product.a.memory.dtype, partial)
    const reading = (index: Index): Lane =>
      source(type, { kind: 'load', memory: sums as Memory, index, plus: null } satisfies Load)
    return parts.map(({ folded, there: deeper }, n): Nest => {
      const read = (l: Load): Lane => {
        const from = l === load ? wide : (packedRows ?? { ...l, index: moved(l.index) })
        return source(type, { ...from, index: deeper(from.index) } satisfies Load)
      }
      const stepLane = binary('mul', read(product.a), read(product.b))
      const fold: { -readonly [K in keyof Fold]: Fold[K] } = {
        ...product.fold,
        init: n === 0 ? product.fold.init : [reading(place)],
        next: [],
        join: { op: 'add', step: stepLane },
      }
      const accumulated = source(type, { kind: 'accumulated', fold, which: 0 })
      fold.next = [binary('add', accumulated, stepLane)]
      if (n < parts.length - 1)
        return { ...nest, loops, folded, folds: [fold], stores: [put(sums as Memory, place, accumulated)] }
      const folds = new Map([[product.fold, fold as Fold]])
      const rewrite = (l: Lane): Lane => rewrittenLane(l, moved, folds)
      const stores = nest.stores.map((s) => ({
        ...s,
        index: moved(s.index),
        plus: s.plus === null ? null : rewrite(s.plus),
        value: rewrite(s.value),
      }))
      return { ...nest, loops, folded, folds: [fold], stores }
    })
  }
  const first = tall === null ? [] : [tall.copy]
  const wide = panels > 0 ? piece(0, panels, width) : []
  return [...first, ...wide, ...(rest > 0 ? piece(panels * width, 1, rest) : [])]
}

/** Rounds of a fold that are copied for all panels before the next ones are. */
const PAGES = 16

/** The order in which an operand is copied: where each round of the fold reads another page, some pages at a time. */
const pagewise = (
  order: readonly Loop[],
  l: Load,
  folded: readonly Loop[],
  { near }: Machine,
): { readonly loops: readonly Loop[]; readonly there: (i: Index) => Index } => {
  const [loop] = folded
  const bytes = loop === undefined ? 0 : ((l.index.terms.get(loop) ?? 0) * byteSize(l.memory)) / l.memory.size
  if (near === null || loop === undefined || folded.length > 1 || bytes < ALIAS || loop.size % PAGES > 0)
    return { loops: order, there: (i) => i }
  const some: Loop = { size: loop.size / PAGES }
  const page: Loop = { size: PAGES }
  const round = plus(times(along(some), PAGES), along(page))
  return { loops: [some, ...order.map((o) => (o === loop ? page : o))], there: (i) => replaced(i, loop, round) }
}

/** Part of a fold, and where it stands in the whole of it. */
interface Part {
  readonly folded: readonly Loop[]
  readonly there: (i: Index) => Index
}

/** A long fold in parts, in each of which what is read again and again stays near; the sums go on from one to the next. */
const partsOf = (folded: readonly Loop[], { deep }: Machine): readonly Part[] => {
  const [loop] = folded
  if (deep === null || loop === undefined || folded.length !== 1 || loop.size <= 2 * deep)
    return [{ folded, there: (i) => i }]
  const times = Math.ceil(loop.size / deep)
  const most = Math.ceil(loop.size / times)
  return Array.from({ length: times }, (_, n) => {
    const part: Loop = { size: Math.min(most, loop.size - n * most) }
    return { folded: [part], there: (i) => replaced(i, loop, plus(along(part), at(n * most))) }
  })
}

/** Bytes of a page, after which addresses share their lines of the nearest cache. */
const ALIAS = 4096

/** Whether rows that are read side by side lie so far apart that they drive each other out of the nearest cache. */
const isAliased = (nest: Nest, operand: Load, loop: Loop | null, { near }: Machine): boolean => {
  const inner = nest.folded.at(-1)
  if (near === null || loop === null || inner === undefined || operand.index.terms.get(inner) !== 1) return false
  const bytes = ((operand.index.terms.get(loop) ?? 0) * byteSize(operand.memory)) / operand.memory.size
  return bytes > 0 && bytes % ALIAS === 0
}

/** The loop of rows as whole tiles of rows, and how many are left. */
interface Rows {
  readonly loop: Loop
  readonly tile: Loop
  readonly row: Loop
  readonly there: Index
  readonly left: number
}

/** Panels from which on packing rows pays, where rows that are not packed stay near in blocks. */
const OFTEN = 12

/** Tiles from which on rows are packed though some are left. */
const FEW = 4

/**
 * The loop of rows as tiles of rows, when the operand that they are read from is to be packed too: where its elements lie
 * far apart along the folded loop, every step of the fold would touch another page.
 */
const rowsOf = (nest: Nest, operand: Load, loop: Loop | null, tall: number): Rows | null => {
  const inner = nest.folded.at(-1)
  if (loop === null || inner === undefined || !operand.index.terms.has(loop)) return null
  if (Math.abs(operand.index.terms.get(inner) ?? 0) < 64) return null
  const left = loop.size % tall
  const tile: Loop = { size: (loop.size - left) / tall }
  if (tile.size === 0 || (left > 0 && tile.size < FEW)) return null
  const row: Loop = { size: tall }
  return { loop, tile, row, there: plus(times(along(tile), tall), along(row)), left }
}

/** Rows that are run together: what becomes of their loop outside and inside, and where they are read if packed. */
interface Band {
  readonly outer: readonly Loop[]
  readonly inner: readonly Loop[]
  readonly moved: (i: Index) => Index
  readonly read: Load | null
}

/** All rows, or whole tiles of them and what is left. `packed`: where rows of tiles are read, or all of them without tiles. */
const bandsOf = (rows: Rows | null, packed: Load | null): readonly Band[] => {
  if (rows === null) return [{ outer: [], inner: [], moved: (i) => i, read: packed }]
  const { loop, tile, row, there, left } = rows
  const whole: Band = { outer: [tile], inner: [row], moved: (i) => replaced(i, loop, there), read: packed }
  if (left === 0) return [whole]
  const last: Loop = { size: left }
  const behind = plus(along(last), at(loop.size - left))
  return [whole, { outer: [last], inner: [], moved: (i) => replaced(i, loop, behind), read: null }]
}
