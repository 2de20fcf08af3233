/** The targets that a C compiler makes possible: `native` and `auto`. */
import { rmSync } from 'node:fs'
import { once } from '../core/once.js'
import { type Arena, OWN } from '../engine/arena.js'
import { assembled, compileProgram, type Planned, planned } from '../engine/compiled.js'
import { sizeOfProgram } from '../engine/plain.js'
import { type Compiled, type Target, targetOf } from '../engine/target.js'
import type { Program } from '../tape/program.js'
import { moduleOf, nativeBackend, sourceOf } from './backend.js'
import { compileLater, type Job } from './background.js'
import { type Compiler, findCompiler, firstLines, kept, type Missing } from './compiler.js'

// ------------------------------------------------------------------------------------------------------------- compiler

/** The compiler of this process, looked for when it is first needed. */
const compiler: () => Compiler | Missing = once(() => findCompiler())

const told = new Set<string>()

/** Says once, on the console, why programs run in WebAssembly. */
const tell = (problem: string, hint: string): void => {
  const text = `lanac/native: ${problem}; ${hint}. Programs run in WebAssembly.`
  if (told.has(text)) return
  told.add(text)
  console.warn(text)
}

const inWasm: Target['compile'] = (...args) => targetOf('native', 'wasm').compile(...args)

/** Entries beyond which a C compiler takes minutes. */
const LONGEST = 20_000

/** Compiles a program by the compiler of this machine; in WebAssembly where there is none, or it takes too long, or gives null. */
const byCompiler =
  (compile: (p: Program, arena: Arena, threads: number, c: Compiler) => Compiled | null): Target['compile'] =>
  (p, arena, threads) => {
    const c = arena === null ? null : compiler()
    if (arena === null || c === null || sizeOfProgram(p) > LONGEST) return inWasm(p, arena, threads)
    if (!('problem' in c)) return compile(p, arena, threads, c) ?? inWasm(p, arena, threads)
    tell(c.problem, c.hint)
    return inWasm(p, arena, threads)
  }

// -------------------------------------------------------------------------------------------------------------- targets

/**
 * C, compiled by the system's compiler when a function is first called. Without a compiler or koffi, or for a program that is
 * larger than the arena or of more than 20,000 entries, WebAssembly carries on; a compiler that fails is an error with what it said.
 */
export const native: Target = {
  name: 'native',
  compile: byCompiler((p, arena, threads, c) => compileProgram(p, arena, nativeBackend(c, { threads }))),
}

/** What a program is replaced by once it has been compiled: null until then, and for ever when that fails. */
type Replacement = () => Compiled | 'not yet' | 'never'

/** Begins to compile a program, or finds it compiled. */
const begun = (c: Compiler, x: Planned, arena: Arena, threads: number): Replacement => {
  const source = sourceOf(c, x.schedule, x.plan, { threads })
  const refused = (problem: string): 'never' => {
    tell(problem, 'name another compiler in LANAC_CC')
    return 'never'
  }
  const made = (file: string): Compiled | 'never' => {
    try {
      return assembled(x, arena, 'native', moduleOf(c, x.schedule, source, file, arena))
    } catch (e) {
      return refused((e as Error).message)
    }
  }
  const known = c.cache.find(source.key)
  if (known !== null) return () => made(known)
  const draft = c.cache.draft()
  c.ran()
  const job: Job = compileLater(c.toolchain, source.text, draft)
  return () => {
    const state = job.state()
    if (state === 'compiling') return 'not yet'
    const file = state === 'done' ? kept(c, source, draft) : state
    if (typeof file === 'string') return made(file)
    rmSync(draft, { force: true })
    return refused(`${file.problem}${firstLines(file.output)}`)
  }
}

/** A program that is replaced by another one as soon as that is ready. */
const replacing = (first: Compiled, replacement: Replacement): Compiled => {
  let now = first
  let waits = true
  const look = (): void => {
    const next = replacement()
    if (next === 'not yet') return
    waits = false
    if (next !== 'never') now = next
  }
  // only a run replaces it: what is read of it after one belongs together
  return {
    get target() {
      return now.target
    },
    get schedule() {
      return now.schedule
    },
    get plan() {
      return now.plan
    },
    get text() {
      return now.text
    },
    get size() {
      return now.size
    },
    kernels: (inputs, constants) => now.kernels(inputs, constants),
    run: (inputs, constants) => {
      if (waits) look()
      return now.run(inputs, constants)
    },
  }
}

const inBackground = (p: Program, arena: Arena, threads: number, c: Compiler): Compiled | null => {
  const x = planned(p, arena, c.toolchain.machine, OWN)
  const first = x === null ? null : inWasm(p, arena, threads)
  return first === null || x === null ? null : replacing(first, begun(c, x, arena, threads))
}

/** WebAssembly at once, and C as soon as it has been compiled in the background; without a compiler, WebAssembly. */
export const auto: Target = {
  name: 'auto',
  shown: native,
  compile: byCompiler(inBackground),
}
