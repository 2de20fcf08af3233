/** C as a backend: programs run where WebAssembly's do, in the arena's memory. */
import { CompilerError } from '../core/error.js'
import { type Arena, MAXIMUM_PAGES, OWN } from '../engine/arena.js'
import type { Backend, Module } from '../engine/backend.js'
import { type EmittedC, emitC } from '../engine/c/program.js'
import { byteSize, type MemoryPlan, outsideOf } from '../engine/memory-plan.js'
import { LESSON } from '../engine/pages.js'
import type { Schedule } from '../engine/schedule.js'
import type { Buffer } from '../tensor/concrete.js'
import { type Compiler, firstLines, objectOf, poolOf, type Source, sourceFor } from './compiler.js'
import { askForLargePages, type Koffi, keepPagesNow, loadProgram } from './library.js'
import type { Failure } from './toolchain.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How a source becomes an object. */
export type Build = (c: Compiler, s: Source) => string | Failure

/** Options of emission. */
export interface NativeOptions {
  readonly threads: number
  /** What a nest that is shared among threads is worth at the least; for tests. */
  readonly worth?: number | undefined
  /** Bytes from which on an array is read and written on the heap; for tests. */
  readonly long?: number | undefined
}

/** Where memory stood when large pages were asked for. */
const advised = new WeakMap<WebAssembly.Memory, bigint>()

/**
 * Asks for large pages for buffers that the C library gives back to the system when they are collected (`keepPages`): each of
 * theirs is fresh, and to fault in 8,192 small pages takes a tenth as long as the product that fills them.
 */
const largePagesFor =
  (koffi: Koffi) =>
  (x: ArrayBufferLike): void => {
    if (x.byteLength > LESSON) askForLargePages(koffi, koffi.address(x), x.byteLength)
  }

/** Runs all kernels. */
const ALL = -1

const failed = ({ problem, output }: Failure): CompilerError =>
  new CompilerError({
    operation: 'native',
    problem: `${problem}${firstLines(output)}`,
    hint: 'leave the target out to run in WebAssembly, or name another compiler in LANAC_CC',
  })

// -------------------------------------------------------------------------------------------------------------- running

/** A program's source, and which of its nests threads share. */
export interface ProgramSource extends Source, Pick<EmittedC, 'splits'> {}

/** A program's source, for a compiler. */
export const sourceOf = (c: Compiler, s: Schedule, plan: MemoryPlan, options: NativeOptions): ProgramSource => {
  const { text, splits } = emitC(s, plan, options)
  return { ...sourceFor(c, text), splits }
}

/**
 * An object as code that runs in an arena; `long`: bytes from which on it finds arrays on the heap.
 *
 * @throws CompilerError when the pool of threads can't be compiled
 */
export const moduleOf = (
  c: Compiler,
  s: Schedule,
  source: ProgramSource,
  file: string,
  arena: Arena,
  long = OWN,
): Module => {
  const isFar = outsideOf(s).some((m) => byteSize(m) >= long)
  const { run, setup } = loadProgram(c.koffi, file, source.name, isFar)
  if (source.splits.size > 0) {
    const pool = poolOf(c)
    if ('problem' in pool) throw failed(pool)
    setup(pool.share)
  }
  const { memory } = arena
  let held: Buffer | null = null
  let base = 0n
  /** Where memory begins: that changes, if at all, when it grows. */
  const begin = (): bigint => {
    const view = arena.whole('bool')
    if (view !== held) {
      held = view
      base = c.koffi.address(view)
      if (!advised.has(memory)) keepPagesNow(c.koffi)
      if (advised.get(memory) !== base) {
        advised.set(memory, base)
        // what it will grow to is reserved behind it
        askForLargePages(c.koffi, base, MAXIMUM_PAGES * 65_536)
      }
    }
    return base
  }
  return {
    run: (table) => run(begin(), table, ALL),
    kernels: s.kernels.map((_, i) => (table: number) => run(begin(), table, i)),
    text: () => source.text,
    size: source.text.length,
    splits: source.splits,
    reach: isFar
      ? { distanceOf: (x) => Number(c.koffi.address(x) - begin()), prepare: largePagesFor(c.koffi) }
      : undefined,
  }
}

/** Programs as C, by this compiler. @throws CompilerError when it fails, with what it said */
export const nativeBackend = (c: Compiler, options: NativeOptions): Backend => ({
  target: 'native',
  machine: c.toolchain.machine,
  long: options.long ?? OWN,
  load: (s, plan, arena) => {
    const source = sourceOf(c, s, plan, options)
    const file = objectOf(c, source)
    if (typeof file !== 'string') throw failed(file)
    try {
      return moduleOf(c, s, source, file, arena, options.long)
    } catch (e) {
      if (e instanceof CompilerError) throw e
      throw failed({ problem: `what ${c.toolchain.command} made can't be loaded`, output: String(e) })
    }
  },
})
