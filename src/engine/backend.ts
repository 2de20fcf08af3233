/** Backends: what makes code of schedules that runs in an arena. */
import type { Nest } from '../core/nest.js'
import type { Buffer } from '../tensor/concrete.js'
import type { Arena } from './arena.js'
import type { Machine } from './machine.js'
import type { MemoryPlan } from './memory-plan.js'
import type { Schedule } from './schedule.js'
import type { Split } from './split.js'
import type { Compiled } from './target.js'

/** How many bytes from the arena's beginning something on the heap lies. */
export type DistanceOf = (x: ArrayBufferLike | Buffer) => number

/** The heap, for code that reaches it. */
export interface Reach {
  readonly distanceOf: DistanceOf
  /** Told of memory on the heap that is about to be written for the first time. */
  readonly prepare: (x: ArrayBufferLike) => void
}

/**
 * Results that may pass by: code copies one to the heap while it computes it, if the table has 0 in place of its address.
 * Which, and where to in this call.
 */
export interface Passing {
  readonly outputs: readonly number[]
  readonly into: (Uint8Array | null)[]
}

/** Code that runs in an arena, called with the address of a table of addresses. */
export interface Module {
  readonly run: (table: number) => void
  readonly kernels: readonly ((table: number) => void)[]
  readonly text: () => string
  /** Bytes of code. */
  readonly size: number
  /** Nests that threads share, and how; none where it is left out. */
  readonly splits?: ReadonlyMap<Nest, Split> | undefined
  /**
   * For code that reads and writes arrays on the heap: addresses in its table are doubles. Left out where code sees nothing
   * but the arena, and they are 32-bit integers.
   */
  readonly reach?: Reach | undefined
  /** Left out where no results may pass by. */
  readonly passing?: Passing | undefined
}

/** A way to emit schedules, and to load what was emitted. */
export interface Backend {
  readonly target: Compiled['target']
  /** What schedules are cut for. */
  readonly machine: Machine
  /** Bytes from which on its code reads and writes arrays on the heap; left out where it sees nothing but the arena. */
  readonly long?: number | undefined
  /** `threads`: how many may work on it. */
  readonly load: (s: Schedule, plan: MemoryPlan, arena: Arena, threads: number) => Module
}
