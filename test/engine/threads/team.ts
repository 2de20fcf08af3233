/** Programs on one thread and on several: the same bits, and who computed them. */
import { expect } from 'vitest'
import type { Tensor } from '../../../src/core/value.js'
import { type Arena, arena } from '../../../src/engine/arena.js'
import { compileProgram } from '../../../src/engine/compiled.js'
import type { Compiled } from '../../../src/engine/target.js'
import { CONTROL, WAKING } from '../../../src/engine/threads/control-block.js'
import { wasmWith } from '../../../src/engine/wasm/backend.js'
import type { Program } from '../../../src/tape/program.js'
import { bufferOf, type Concrete } from '../../../src/tensor/concrete.js'
import { type ListFunction, programOf } from '../plans.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** An arena that so many threads share. Nests of the least cost are split, so that small numbers are enough for tests. */
export interface Team {
  readonly arena: Arena
  readonly threads: number
  readonly compile: (p: Program) => Compiled
  /** A word of the control block, as it is now. */
  readonly word: (name: keyof typeof CONTROL) => number
  readonly set: (name: keyof typeof CONTROL, value: number) => void
  readonly stop: () => void
}

export const team = (threads: number, worth = 1, capacity = 2 ** 26): Team => {
  const a = arena(capacity, capacity, true)
  const words = new Int32Array(a.memory.buffer)
  // helpers at once, however little there is to do
  a.pool?.expect(Number.POSITIVE_INFINITY, threads - 1)
  return {
    arena: a,
    threads,
    compile: (p) => {
      const c = compileProgram(p, a, wasmWith({ worth }), threads)
      if (c === null) throw new Error('not compiled')
      return c
    },
    word: (name) => Atomics.load(words, CONTROL[name] / 4),
    set: (name, value) => void Atomics.store(words, CONTROL[name] / 4, value),
    stop: () => a.pool?.stop(),
  }
}

const plainArena = arena(2 ** 26)

/** A program on one thread, in memory that nobody shares. */
export const alone = (p: Program): Compiled => {
  const c = compileProgram(p, plainArena)
  if (c === null) throw new Error('not compiled')
  return c
}

// -------------------------------------------------------------------------------------------------------------- running

/** The bits of results. */
export const bits = (out: readonly Tensor[] | null): readonly string[] =>
  (out ?? []).map((y) => {
    const { buffer, byteOffset, byteLength } = bufferOf(y as Concrete)
    return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64')
  })

/** Checks that a function's results have the same bits with every team, several times over. */
export const agree = (teams: readonly Team[], f: ListFunction, x: readonly Tensor[], times = 3): void => {
  const p = programOf(f, x)
  const expected = bits(alone(p).run(x as readonly Concrete[], p.constants))
  for (const t of teams) {
    const c = t.compile(p)
    for (let k = 0; k < times; k++) expect(bits(c.run(x as readonly Concrete[], p.constants))).toEqual(expected)
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Waits until something is so. */
export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await pause(2)
}

/** Runs until helpers have computed some of it: they are woken each time, and come while it goes on. */
export const untilHelped = async (t: Team, run: () => void): Promise<void> => {
  const before = t.word('helped')
  await until(() => {
    for (let k = 0; k < 50 && t.word('helped') === before; k++) {
      t.set('missed', WAKING)
      run()
    }
    return t.word('helped') !== before
  })
}

/** Waits until all helpers that have ever been awake sleep. */
export const untilAsleep = (t: Team): Promise<void> => until(() => t.word('awake') === 0)

/** Waits until nobody looks for work any more, nor is about to. */
export const untilIdle = async (t: Team): Promise<void> => {
  for (let before = -1; t.word('awake') !== 0 || t.word('spins') !== before; await pause(50)) before = t.word('spins')
}
