/** The C compiler of this machine: which it is, what it compiles for, and how it is run. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs'
import { arch, cpus } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Machine } from '../engine/machine.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A compiler that can be run. */
export interface Toolchain {
  /** Its file. */
  readonly command: string
  /** What it is run with, beside input and output. */
  readonly flags: readonly string[]
  /** Its version, as it says itself. */
  readonly version: string
  /** What tells this one from others: its file, and the processor that it compiles for. */
  readonly identity: string
  readonly machine: Machine
  /** How long it may take, in milliseconds. */
  readonly limit: number
}

/** What a compiler is known by before it is run: another file, or another processor, is another one. */
export interface Candidate {
  readonly command: string
  readonly identity: string
}

/** What is kept of a compiler that has been asked, so that it need not be asked again. */
export type Answer = Pick<Toolchain, 'flags' | 'version'> & { readonly features: Features }

type Features = Readonly<Record<'avx512' | 'avx2' | 'neon', boolean>>

/** Why a compiler did not do what it was asked. */
export interface Failure {
  readonly problem: string
  readonly output: string
}

/** How long a compiler may take, in milliseconds, unless told otherwise: a training step takes one second. */
export const TIME_LIMIT = 120_000

/** A third of the second cache of processors that have little of it. */
const NEAR = 160_000

/** As measured: sums that begin and end more often take longer than panels that the nearest cache does not hold. */
const DEEP = 700

/** What does not depend on its registers. The C compiler orders what several functions compute side by side. */
const COMMON = { near: NEAR, deep: DEEP, functions: null } as const

/** The tiles of a machine with these features; 16 registers hold 6 × 2 sums, what is added to them and what they are made of. */
export const machineOf = ({ avx512, avx2, neon }: Features): Machine =>
  avx512
    ? { width: 64, rows: 12, columns: 2, tall: 12, ...COMMON }
    : avx2
      ? { width: 32, rows: 6, columns: 2, tall: 10, ...COMMON }
      : neon
        ? { width: 16, rows: 8, columns: 3, tall: 10, ...COMMON }
        : { width: 16, rows: 4, columns: 2, tall: 5, ...COMMON }

/**
 * Arithmetic stays what it is on every target: products and sums are contracted where lanes say so, no further, and integers
 * wrap. Nothing is interposed or seen outside but what is marked. GCC, looking for what to increment in loops, comes to write
 * addresses as sums of numbers, takes them for null, and then functions that store there for functions that do nothing:
 * null pointers are not to be reasoned about. Loops over the elements of a vector become one instruction only where loops are
 * vectorised, which GCC does by itself from version 12 on.
 */
const FLAGS: readonly string[] = [
  '-std=gnu11',
  '-O2',
  '-ftree-vectorize',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fno-strict-aliasing',
  '-fno-delete-null-pointer-checks',
  '-fwrapv',
  '-w',
]

/**
 * Code for this very processor, as compilers differ in saying so; the last one: for any of its kind. Loops over the elements of
 * a vector become one instruction only where registers of its length are preferred: for Intel's processors with AVX-512
 * compilers prefer half of them, and each such loop would go through memory.
 */
const NATIVE: readonly (readonly string[])[] = [
  ['-march=native', '-mprefer-vector-width=512'],
  ['-march=native'],
  ['-mcpu=native'],
  [],
]

// -------------------------------------------------------------------------------------------------------------- finding

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

const found = (name: string): string | null => {
  if (name.includes('/')) return isExecutable(name) ? name : null
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    if (folder !== '' && isExecutable(join(folder, name))) return join(folder, name)
  return null
}

/** What the processor is called and can do. */
const processor = (): string => {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8')
    return ['model name', 'CPU implementer', 'CPU part', 'flags', 'Features']
      .map((key) => text.split('\n').find((line) => line.startsWith(key)) ?? '')
      .join('\n')
  } catch {
    return `${arch()} ${cpus()[0]?.model ?? ''}`
  }
}

/** The compiler that is asked for by LANAC_CC or CC, else the system's; null where there is none. */
export const candidate = (): Candidate | null => {
  const asked = process.env.LANAC_CC ?? process.env.CC
  for (const name of asked === undefined || asked === '' ? ['cc', 'gcc', 'clang'] : [asked]) {
    const command = found(name)
    if (command === null) continue
    const file = realpathSync(command)
    const { size, mtimeMs } = statSync(file)
    return { command, identity: [file, size, mtimeMs, arch(), processor(), FLAGS.join(' ')].join('\n') }
  }
  return null
}

// -------------------------------------------------------------------------------------------------------------- running

/** Whether processes can be ended with those that they started: a compiler is a driver of others. */
const HAS_GROUPS = process.platform !== 'win32'

const endGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** Runs a compiler, without a shell. */
const ran = (command: string, args: readonly string[], input: string, limit: number): string | Failure => {
  const r = spawnSync(command, args, {
    input,
    timeout: limit,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 26,
    encoding: 'utf8',
    ...({ detached: HAS_GROUPS } as object),
  })
  if (r.error !== undefined && HAS_GROUPS && r.pid > 0) endGroup(r.pid)
  const code = (r.error as NodeJS.ErrnoException | undefined)?.code
  // one that ended before it had read everything says itself why
  const error = code === 'EPIPE' ? undefined : r.error
  if (error === undefined && r.status === 0) return r.stdout
  const problem =
    code === 'ETIMEDOUT'
      ? `took longer than ${limit / 1000} s`
      : error !== undefined
        ? `could not be run: ${error.message}`
        : r.signal !== null
          ? `was ended by ${r.signal}`
          : `ended with ${r.status}`
  return { problem: `${command} ${problem}`, output: r.stderr ?? '' }
}

/** Asks a compiler what it is and what it compiles for. */
export const asked = ({ command }: Candidate, limit = TIME_LIMIT): Answer | Failure => {
  let failure: Failure = { problem: `${command} was not asked`, output: '' }
  for (const native of NATIVE) {
    const said = ran(command, [...native, '-dM', '-E', '-x', 'c', '-'], '', limit)
    if (typeof said !== 'string') {
      failure = said
      continue
    }
    const defines = (name: string): boolean => said.includes(`#define ${name} `)
    const version = /#define __VERSION__ "(.*)"/.exec(said)?.[1] ?? 'unknown'
    const features = { avx512: defines('__AVX512F__'), avx2: defines('__AVX2__'), neon: defines('__ARM_NEON') }
    return { flags: [...FLAGS, ...native], version: `${defines('__clang__') ? 'clang' : 'gcc'} ${version}`, features }
  }
  return failure
}

/** A compiler with what it answered. */
export const toolchain = (
  { command, identity }: Candidate,
  { flags, version, features }: Answer,
  limit = TIME_LIMIT,
): Toolchain => ({ command, flags, version, identity, machine: machineOf(features), limit })

/** The arguments with which a compiler makes a shared object of what it is given on its input. */
export const argumentsFor = ({ flags }: Toolchain, out: string): readonly string[] => [
  ...flags,
  '-x',
  'c',
  '-o',
  out,
  '-',
  // code that a thread may be running is never unmapped, not even when the process ends
  ...(process.platform === 'linux' ? ['-Wl,-z,nodelete'] : []),
  '-lm',
  '-lpthread',
]

/** Compiles, and waits for it; null when it went well. */
export const compileNow = (t: Toolchain, source: string, out: string): Failure | null => {
  const r = ran(t.command, argumentsFor(t, out), source, t.limit)
  return typeof r === 'string' ? null : r
}
