/** How a call of a compiled program lies in the arena: its table of addresses, cells of scalars, slabs of results. */
import type { Memory } from '../core/nest.js'
import type { Abstract, DType } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { sameShape, sizeOf } from '../tensor/shape.js'
import { aligned, OWN } from './arena.js'
import { byteSize, type MemoryPlan, outsideOf } from './memory-plan.js'
import type { Schedule } from './schedule.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The place of an element: bytes shifted by this. */
export const SHIFT: { readonly [D in DType]: number } = { f64: 3, f32: 2, i32: 2, bool: 0 }

/** Bytes of a value's elements. */
export const bytesOf = (x: Pick<Abstract, 'shape' | 'dtype'>): number => sizeOf(x.shape) * 2 ** SHIFT[x.dtype]

/** Instead of a slab: a cell of a scalar, an array of its own on the heap. */
export const IN_CELL = -1
export const ON_HEAP = -2

/** A result, and where it is written: in a slab of the call, a scalar in a cell of its own, or on the heap. */
export interface OutputPlace extends Abstract {
  /** Which slab, or one of the above. */
  readonly home: number
  readonly place: number
}

/** Where everything stands, from the beginning of the table, of a slab, or of the workspace. */
export interface CallLayout {
  /** Bytes of what the call reads and writes in the arena. */
  readonly bytes: number
  /** Words of the table: an address for each memory, then a cell for each scalar that is passed or given back. */
  readonly words: number
  /** Whether addresses are doubles. */
  readonly isFar: boolean
  /** The cell of each input that is a scalar; −1 for the others. */
  readonly cells: readonly number[]
  /** Which inputs may stay on the heap. */
  readonly staying: readonly boolean[]
  /** Whether an input is so long that it has a slab of its own. */
  readonly isLong: boolean
  /** What the program closes over: its number among the constants, and whether it may stay on the heap. */
  readonly hidden: readonly { readonly index: number; readonly stays: boolean }[]
  readonly outputs: readonly OutputPlace[]
  /** Bytes of the slabs of results. */
  readonly slabs: readonly number[]
  /** Bytes of the workspace, and words in it that have to be 0 after a run. */
  readonly workspace: number
  readonly checks: readonly number[]
}

// --------------------------------------------------------------------------------------------------------- constructors

/** Bytes of a cell: a scalar, where vectors may begin. */
const CELL = 16

const isScalar = (x: Pick<Abstract, 'shape'>): boolean => x.shape.length === 0

/** Which memory is on the heap. */
export type IsOnHeap = (m: Memory) => boolean

/** What has so many bytes is. */
export const longFrom =
  (bytes: number): IsOnHeap =>
  (m) =>
    byteSize(m) >= bytes

/** Places of results in slabs of so many bytes, of scalars in the cells from `cells` on. */
const placesOf = (
  memories: readonly Memory[],
  results: readonly Abstract[],
  cells: number,
  isOnHeap: IsOnHeap,
): { readonly outputs: readonly OutputPlace[]; readonly slabs: readonly number[]; readonly end: number } => {
  const slabs: number[] = []
  let shared = -1
  let end = cells
  const outputs = memories.map((m, i): OutputPlace => {
    const { shape, dtype, weak } = results[i] as Abstract
    if (isScalar({ shape })) {
      end += CELL
      return { shape, dtype, weak, home: IN_CELL, place: end - CELL }
    }
    const bytes = byteSize(m)
    if (isOnHeap(m)) return { shape, dtype, weak, home: ON_HEAP, place: 0 }
    if (bytes >= OWN) return { shape, dtype, weak, home: slabs.push(bytes) - 1, place: 0 }
    if (shared < 0) shared = slabs.push(0) - 1
    const place = slabs[shared] as number
    // vectors want 16 bytes; a slab begins at a whole cache line
    slabs[shared] = place + Math.max(16, Math.ceil(bytes / 16) * 16)
    return { shape, dtype, weak, home: shared, place }
  })
  return { outputs, slabs, end }
}

/** Bytes of those that lie in the arena. */
export const inside = (memories: readonly Memory[], isOnHeap: IsOnHeap): number =>
  memories.reduce((n, m) => (isOnHeap(m) ? n : n + aligned(byteSize(m))), 0)

/** The layout of a program's calls. */
export const callLayout = (
  p: Program,
  s: Schedule,
  plan: MemoryPlan,
  isOnHeap: IsOnHeap,
  isFar: boolean,
): CallLayout => {
  const outside = outsideOf(s)
  const entries = 1 + outside.length
  let last = CELL * Math.ceil(((isFar ? 8 : 4) * entries) / CELL)
  const cells = p.inputs.map((x) => {
    if (!isScalar(x)) return -1
    last += CELL
    return last - CELL
  })
  // a result of an argument's shape has the very same one: the next call sees at once that it fits
  const results = p.results.map((r) => ({
    ...r,
    shape: p.inputs.find((x) => sameShape(x.shape, r.shape))?.shape ?? r.shape,
  }))
  const { outputs, slabs, end } = placesOf(s.outputs, results, last, isOnHeap)
  const checks = s.checks.map((m) => (plan.offsets.get(m) as number) >> 2)
  return {
    bytes: inside(outside, isOnHeap),
    words: end / 4,
    isFar,
    cells,
    staying: s.inputs.map(isOnHeap),
    isLong: s.inputs.some((m) => byteSize(m) >= OWN),
    hidden: s.constants.map(({ index, memory }) => ({ index, stays: isOnHeap(memory) })),
    outputs,
    slabs,
    workspace: plan.size,
    checks,
  }
}
