/** Ways of moving through memory: pointers that loops advance, one for all accesses that move alike. */
import type { Lane } from '../../core/lane.js'
import type { Index, Loop, Memory } from '../../core/nest.js'
import type { VectorLength } from '../machine.js'
import type { Tiling } from '../tile.js'
import type { Code, Local } from './code.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Where memory lies: bytes from an address in a local. */
export interface Address {
  readonly base: Local
  readonly offset: number
}

/** Where each memory lies that code touches. */
export type AddressOf = (memory: Memory) => Address

/** What a nest is written with. */
export interface Emitter {
  readonly code: Code
  readonly addressOf: AddressOf
  readonly relaxed: boolean
  /** The function that computes what a `call` lane calls, on as many elements as a register holds. */
  readonly functionOf: (call: Lane, vl: VectorLength) => number
  /** A function of so many addresses, written here; its index. */
  readonly outline: (parameters: number, write: (code: Code, ...parameters: readonly Local[]) => void) => number
}

/** Bytes of an element. */
export const bytesOf = (memory: Memory): number => (memory.dtype === 'f64' ? 8 : memory.dtype === 'bool' ? 1 : 4)

/** A way of moving through memory: where it starts, and how far each loop takes it. */
export interface Path {
  readonly base: Local
  readonly steps: ReadonlyMap<Loop, number>
  /** Whether a loop takes it backwards. */
  readonly isBackwards: boolean
  /** Bytes that are added to the base once, so that neither an immediate nor a pointer is ever negative. */
  lowest: number
  /** The pointer at the current depth. */
  pointer: Local
}

// -------------------------------------------------------------------------------------------------------------- paths

export interface Paths {
  /** The path of an access, and its constant part in bytes. */
  readonly of: (memory: Memory, index: Index) => { readonly path: Path; readonly constant: number }
  readonly all: () => readonly Path[]
}

export const pathsOf = (addressOf: AddressOf, tiling: Tiling): Paths => {
  const all: Path[] = []
  /** What was found before, by index: those of one nest are unique. */
  const found = new Map<Memory, Map<Index, { readonly path: Path; readonly constant: number }>>()
  const moves = (path: Path, base: Local, index: Index, size: number): boolean => {
    if (path.base !== base || path.steps.size !== index.terms.size) return false
    for (const [loop, c] of index.terms) if (path.steps.get(loop) !== c * size) return false
    return true
  }
  const find = (memory: Memory, index: Index): { readonly path: Path; readonly constant: number } => {
    const { base, offset } = addressOf(memory)
    const size = bytesOf(memory)
    const constant = offset + index.constant * size
    let path = all.find((p) => moves(p, base, index, size))
    if (path === undefined) {
      const steps = new Map([...index.terms].map(([loop, c]) => [loop, c * size] as const))
      // a pointer that runs backwards begins at an element: below its base it would wrap round
      const isBackwards = [...steps.values()].some((step) => step < 0)
      path = { base, steps, isBackwards, lowest: isBackwards ? Number.POSITIVE_INFINITY : 0, pointer: base }
      all.push(path)
    }
    // the last lane of a vector that runs backwards
    const back = tiling.vector === null ? 0 : Math.min(0, (path.steps.get(tiling.vector) ?? 0) * (tiling.vl - 1))
    if (constant + back < path.lowest) path.lowest = constant + back
    return { path, constant }
  }
  return {
    all: () => all,
    of: (memory, index) => {
      let own = found.get(memory)
      if (own === undefined) {
        own = new Map()
        found.set(memory, own)
      }
      const before = own.get(index)
      if (before !== undefined) return before
      const now = find(memory, index)
      own.set(index, now)
      return now
    },
  }
}
