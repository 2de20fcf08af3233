/** What native programs are made with: a compiler, a place to keep what it made, and a way to load it. */
import { rmSync } from 'node:fs'
import { NAME } from '../engine/c/program.js'
import { hashOf, type ObjectCache, openCache } from './cache.js'
import { type Koffi, type LoadedPool, loadKoffi, loadPool } from './library.js'
import { poolText } from './pool.js'
import {
  type Answer,
  asked,
  candidate,
  compileNow,
  type Failure,
  TIME_LIMIT,
  type Toolchain,
  toolchain,
} from './toolchain.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** All that is needed. */
export interface Compiler {
  readonly toolchain: Toolchain
  readonly cache: ObjectCache
  readonly koffi: Koffi
  /** How often a compiler has been run for an object. */
  readonly runs: () => number
  readonly ran: () => void
}

/** A text that is to become an object: its key, the names it defines, and the text under those names. */
export interface Source {
  readonly key: string
  readonly name: string
  readonly text: string
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A text for this compiler. */
export const sourceFor = ({ toolchain: t }: Compiler, text: string): Source => {
  const key = hashOf([t.version, t.flags.join(' '), t.identity, text].join('\n'))
  const name = `lanac_${key.slice(0, 24)}`
  return { key, name, text: text.replaceAll(NAME, name) }
}

/** Why there is no compiler, in one sentence, and what would help. */
export interface Missing {
  readonly problem: string
  readonly hint: string
}

/** The compiler of this machine, asked once and remembered on disk; or why there is none. */
export const findCompiler = (cache: ObjectCache = openCache(), limit = TIME_LIMIT): Compiler | Missing => {
  const koffi = loadKoffi()
  if (koffi instanceof Error)
    return {
      problem: `koffi, which loads what has been compiled, can't be loaded: ${koffi.message.split('\n')[0]}`,
      hint: 'npm install koffi',
    }
  const c = candidate()
  if (c === null)
    return {
      problem: `there is no C compiler${process.env.LANAC_CC === undefined ? '' : ` called ${process.env.LANAC_CC}`}`,
      hint: 'install gcc or clang, or name one in LANAC_CC',
    }
  const key = `compiler-${hashOf(c.identity).slice(0, 32)}`
  const noted = cache.noted(key)
  const answer = noted === null ? asked(c, limit) : (JSON.parse(noted) as Answer)
  if ('problem' in answer)
    return {
      problem: `the C compiler does not work: ${answer.problem}${firstLines(answer.output)}`,
      hint: 'name another one in LANAC_CC',
    }
  if (noted === null) cache.note(key, JSON.stringify(answer))
  let runs = 0
  return {
    toolchain: toolchain(c, answer, limit),
    cache,
    koffi,
    runs: () => runs,
    ran: () => {
      runs += 1
    },
  }
}

// -------------------------------------------------------------------------------------------------------------- running

const LINES = 12

/** The beginning of what a compiler said. */
export const firstLines = (output: string): string => {
  const lines = output.trim().split('\n')
  return output.trim() === '' ? '' : `\n${lines.slice(0, LINES).join('\n')}${lines.length > LINES ? '\n…' : ''}`
}

/** A draft as the object of a source, or why it could not be kept. */
export const kept = (c: Compiler, s: Source, draft: string): string | Failure => {
  try {
    return c.cache.keep(s.key, draft)
  } catch (e) {
    return { problem: `what was compiled can't be kept in ${c.cache.folder}`, output: String(e) }
  }
}

/** The object of a source: from the cache, or compiled now. */
export const objectOf = (c: Compiler, s: Source): string | Failure => {
  const known = c.cache.find(s.key)
  if (known !== null) return known
  const draft = c.cache.draft()
  c.ran()
  const failure = compileNow(c.toolchain, s.text, draft)
  if (failure === null) return kept(c, s, draft)
  rmSync(draft, { force: true })
  return failure
}

const pools = new WeakMap<Compiler, LoadedPool | Failure>()

/** The pool of threads, made when it is first needed. */
export const poolOf = (c: Compiler): LoadedPool | Failure => {
  const known = pools.get(c)
  if (known !== undefined) return known
  const source = sourceFor(c, poolText())
  const file = objectOf(c, source)
  const pool = typeof file === 'string' ? loadPool(c.koffi, file, source.name) : file
  pools.set(c, pool)
  return pool
}
