/**
 * Targets: what programs are compiled for.
 *
 * The core knows WebAssembly and JavaScript. Others, which need more than a browser has, live behind entries of their own;
 * importing one makes its name known to `jit`.
 */
import { ValueError } from '../core/error.js'
import type { Nest } from '../core/nest.js'
import type { Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import type { Concrete } from '../tensor/concrete.js'
import type { Arena } from './arena.js'
import type { MemoryPlan } from './memory-plan.js'
import type { Schedule } from './schedule.js'
import type { Split } from './split.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program that has been compiled. */
export interface Compiled {
  /** What it was compiled to. */
  readonly target: 'wasm' | 'native' | 'js'
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  /** What was emitted, as text, … */
  readonly text: () => string
  /** … and its size in bytes. */
  readonly size: number
  /** Nests that threads share, and how; none where it is left out. */
  readonly splits?: ReadonlyMap<Nest, Split> | undefined
  /**
   * Runs on inputs, and on the constants of a program of this structure; null when an index was out of range, or when there
   * is no room for what it reads.
   */
  readonly run: (inputs: readonly Concrete[], constants: readonly Tensor[]) => Concrete[] | null
  /** Runs, and gives the kernels in order, each to be run again on the memory of that run, before any other program runs. */
  readonly kernels: (inputs: readonly Concrete[], constants: readonly Tensor[]) => readonly (() => void)[] | null
}

/** How a program is to be run. */
export interface Execution {
  readonly target: Target
  /** How many threads may work on it, this one included. */
  readonly threads: number
}

/** A way to compile programs. */
export interface Target {
  /** Of its own: programs are kept under it. */
  readonly name: string
  /** What `explain` and `profile` show where programs of this target are replaced by those of another: that one. */
  readonly shown?: Target
  /**
   * Compiles a closed, simplified program of plain entries; null when it is not one for this target. `arena` is null where
   * there is no WebAssembly.
   */
  readonly compile: (p: Program, arena: Arena | null, threads: number) => Compiled | null
}

// -------------------------------------------------------------------------------------------------------------- running

/** Targets that the core has. */
const OWN = ['wasm', 'js']

/** Where a target that the core does not have comes from. */
const ENTRIES: Readonly<Record<string, string>> = { native: 'lanac/native', auto: 'lanac/native' }

const known = new Map<string, Target>()

/** Makes a target known by its name. */
export const register = (...targets: readonly Target[]): void => {
  for (const t of targets) known.set(t.name, t)
}

/** A target by its name, or as it is. @throws ValueError for a name that nobody made known */
export const targetOf = (operation: string, asked: string | Target): Target => {
  if (typeof asked !== 'string') return asked
  const found = known.get(asked)
  if (found !== undefined) return found
  const entry = ENTRIES[asked]
  throw new ValueError({
    operation,
    problem: entry === undefined ? `there is no target '${asked}'` : `the target '${asked}' has not been loaded`,
    hint:
      entry === undefined
        ? `targets are ${[...new Set([...OWN, ...Object.keys(ENTRIES), ...known.keys()])].join(', ')}`
        : `import '${entry}' once, anywhere in the program`,
  })
}
