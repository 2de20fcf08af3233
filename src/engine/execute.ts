/**
 * Running closed programs: compiled where that can be done, by the evaluator where not.
 *
 * Modules are kept by structure: entries, shapes and element types, not the values that a program closes over. Two closures
 * with the same program share one, and the number kept is bounded.
 */

import { ValueError } from '../core/error.js'
import { once } from '../core/once.js'
import { canCompileText } from '../core/text-code.js'
import type { Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import type { Concrete } from '../tensor/concrete.js'
import { type Arena, arena } from './arena.js'
import { compileProgram } from './compiled.js'
import { evaluate } from './evaluate.js'
import { compileInJs } from './js/program.js'
import { plain, sizeOfProgram, structureKey } from './plain.js'
import { type Compiled, type Execution, register, type Target, targetOf } from './target.js'
import { canShare, usualThreads } from './threads/hardware.js'
import { wasm as wasmBackend } from './wasm/backend.js'
import { hasVectors, mayCompile } from './wasm/features.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A closed program, ready to run. */
export type Executable = (inputs: readonly Concrete[]) => Tensor[]

/** Bytes of the ring in which values stay resident: for calls that need it, and at first, so that it stays in the cache. */
const CAPACITY = 2 ** 29
const FIRST = 2 ** 23

/** Entries beyond which compiling takes seconds: such programs are evaluated. */
const LONGEST = 200_000

/** Modules kept. */
const KEPT = 512

// -------------------------------------------------------------------------------------------------------------- engine

interface Engine {
  /** Undefined before it is needed; null where WebAssembly with vectors is not to be had: programs become JavaScript. */
  arena: Arena | null | undefined
  /** By target, threads and structure, the one used longest ago first; null: to be evaluated. */
  readonly modules: Map<string, Compiled | null>
}

const attempt = <A>(f: () => A): A | null => {
  try {
    return f()
  } catch {
    return null
  }
}

/** Whether there is WebAssembly with vectors, and it is not forbidden. */
const canCompile = (): boolean => typeof WebAssembly === 'object' && hasVectors() && mayCompile()

const sharedArena = once(() => (canCompile() && canShare() ? attempt(() => arena(CAPACITY, FIRST, true)) : null))

/** The engine of this page, made when it is first needed; null where nothing can be compiled. */
const engine: () => Engine | null = once(() =>
  canCompile() || canCompileText() ? { arena: undefined, modules: new Map() } : null,
)

/** The arena that programs run in now: what was compiled for another one is compiled again. */
export const arenaNow = (): Arena | null | undefined => engine()?.arena

/**
 * The arena for a program of so many threads. JavaScript copies memory that threads share word by word, so there is none
 * until a program asks for several; from then on all programs run there, and values are copied when they are next used.
 */
const arenaFor = (e: Engine, threads: number): Arena | null => {
  const shared = threads > 1 ? sharedArena() : null
  if (shared !== null && e.arena !== shared) {
    e.arena = shared
    e.modules.clear()
  }
  if (e.arena === undefined) e.arena = canCompile() ? attempt(() => arena(CAPACITY, FIRST)) : null
  return e.arena
}

/** What a caller may ask for. */
export interface Asked {
  readonly target?: string | Target | undefined
  readonly threads?: number | undefined
}

/** What a caller asked for, or the default. @throws ValueError for a target that there is not, or no number of threads */
export const executionOf = (operation: string, { target, threads }: Asked): Execution => {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new ValueError({
      operation,
      problem: `threads has to be a whole number from 1 on, found ${threads}`,
      hint: 'leave it out for as many as the machine has',
    })
  return {
    target: target === undefined ? byDefault.target : targetOf(operation, target),
    threads: threads ?? byDefault.threads,
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** JavaScript: where the others are not to be had, and to read. */
const js: Target = { name: 'js', compile: compileInJs }

/** WebAssembly, and JavaScript where it is not to be had, or its memory too small. */
const wasm: Target = {
  name: 'wasm',
  compile: (p, arena, threads) =>
    (arena === null ? null : compileProgram(p, arena, wasmBackend, threads)) ?? compileInJs(p),
}

register(wasm, js)

/** Where nothing is asked for. */
export const byDefault: Execution = { target: wasm, threads: usualThreads() }

const compiledBy = (e: Engine, p: Program, { target, threads }: Execution): Compiled | null => {
  const arena = arenaFor(e, threads)
  const key = `${target.name} ${threads}:${structureKey(p)}`
  const known = e.modules.get(key)
  if (known !== undefined) {
    e.modules.delete(key)
    e.modules.set(key, known)
    return known
  }
  const made = target.compile(p, arena, threads)
  e.modules.set(key, made)
  if (e.modules.size > KEPT) e.modules.delete(e.modules.keys().next().value as string)
  return made
}

/** A closed, simplified program as it is run, and what runs it; null: the evaluator. */
export const prepared = (
  program: Program,
  execution: Execution = byDefault,
): { readonly program: Program; readonly compiled: Compiled | null } => {
  const e = engine()
  if (e === null) return { program, compiled: null }
  const p = plain(program)
  return { program: p, compiled: sizeOfProgram(p) > LONGEST ? null : compiledBy(e, p, execution) }
}

/** A closed, simplified program, to be run again and again. Compiled when it is first called. */
export const executable = (program: Program, execution: Execution = byDefault): Executable => {
  let run: Executable | undefined
  let home: Arena | null | undefined
  return (inputs) => {
    if (run === undefined || home !== arenaNow()) {
      const { program: p, compiled: c } = prepared(program, execution)
      // what the evaluator refuses, it refuses in its own words
      run = c === null ? (x) => evaluate(p, x) : (x) => c.run(x, p.constants) ?? evaluate(program, x)
      home = arenaNow()
    }
    return run(inputs)
  }
}
