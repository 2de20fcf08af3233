/** Shared objects, loaded and called through koffi. */
import { createRequire } from 'node:module'
import { LESSON } from '../engine/pages.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Call = (...args: readonly (number | bigint)[]) => number | bigint | undefined

interface Library {
  readonly func: (name: string, result: string, parameters: readonly string[]) => Call
}

/** The part of koffi that is used. */
export interface Koffi {
  readonly load: (file: string) => Library
  readonly address: (x: ArrayBufferLike | ArrayBufferView) => bigint
}

/** A program in a shared object. */
export interface LoadedProgram {
  /** Runs all kernels, or the one that is asked for, with a table so many bytes from the base. */
  readonly run: (base: bigint, table: number, which: number) => void
  readonly setup: (share: bigint) => void
}

/** The pool in a shared object. */
export interface LoadedPool {
  /** The address of what shares work. */
  readonly share: bigint
  /** How many looks for work were in vain, and how often a thread went to sleep. */
  readonly looks: () => number
  readonly sleeps: () => number
}

// -------------------------------------------------------------------------------------------------------------- loading

/** koffi, if it is installed; else why it can't be loaded. */
export const loadKoffi = (): Koffi | Error => {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch (e) {
    return e as Error
  }
}

/** What is asked of glibc. */
interface Glibc {
  readonly madvise: Call
  readonly malloc: Call
  readonly free: Call
}

/** glibc, opened once; null where there is another C library. */
const glibc: (koffi: Koffi) => Glibc | null = (() => {
  let known: Glibc | null | undefined
  return (koffi) => {
    if (known !== undefined) return known
    try {
      const library = process.platform === 'linux' ? koffi.load('libc.so.6') : null
      known = library && {
        madvise: library.func('madvise', 'int', ['uintptr_t', 'size_t', 'int']),
        malloc: library.func('malloc', 'uintptr_t', ['size_t']),
        free: library.func('free', 'void', ['uintptr_t']),
      }
    } catch {
      known = null
    }
    return known
  }
})()

/** madvise(2): the kernel may use large pages, which the processor finds with fewer looks. */
const HUGE_PAGES = 14

/** Asks for large pages for memory; where there are none to be had, nothing happens. */
export const askForLargePages = (koffi: Koffi, address: bigint, bytes: number): void => {
  const page = 4096n
  const from = ((address + page - 1n) / page) * page
  glibc(koffi)?.madvise(from, bytes - Number(from - address), HUGE_PAGES)
}

/** What `keepPages` asks for, at once: there it waits for the collector, which may not come while arrays are few. */
export const keepPagesNow = (koffi: Koffi): void => {
  const c = glibc(koffi)
  if (c !== null) c.free(c.malloc(LESSON) as number | bigint)
}

/** A program by its name; `isFar`: its table is one of doubles. */
export const loadProgram = (koffi: Koffi, file: string, name: string, isFar: boolean): LoadedProgram => {
  const library = koffi.load(file)
  return {
    run: library.func(isFar ? `${name}_far` : name, 'void', ['uintptr_t', 'uint32_t', 'int']),
    setup: library.func(`${name}_setup`, 'void', ['uintptr_t']),
  }
}

/** The pool by its name. */
export const loadPool = (koffi: Koffi, file: string, name: string): LoadedPool => {
  const library = koffi.load(file)
  const looks = library.func(`${name}_looks`, 'uint64_t', ['int'])
  return {
    share: BigInt(library.func(name, 'uint64_t', [])() as number | bigint),
    looks: () => Number(looks(0)),
    sleeps: () => Number(looks(1)),
  }
}
