/** Streamed nests as WebAssembly: piece by piece, each copied out by a function of the host. */
import type { Memory } from '../../core/nest.js'
import { PASSAGE } from '../arena.js'
import { byteSize } from '../memory-plan.js'
import type { Stream, Streamed } from '../stream.js'
import { choose } from './choose.js'
import type { Code, Local } from './code.js'
import type { FunctionType } from './module.js'
import type { Address } from './path.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** (output, address, at, bytes): copies what stands at an address to a result on the heap, from one of its bytes on. */
export const COPY: FunctionType = { params: ['i32', 'i32', 'i32', 'i32'], results: [] }

/** What a stream is written with. */
export interface StreamSite {
  readonly table: Local
  /** The function (table, from, to, half) that computes some of its units. */
  readonly part: number
  /** The function that copies. */
  readonly copy: number
  readonly outputs: readonly Memory[]
}

// -------------------------------------------------------------------------------------------------------------- running

/** Where a part of a stream's units writes its results again, in one half or the other: as if all of them stood there. */
export const passageFrom = (code: Code, { results }: Stream, from: Local, half: Local): ReadonlyMap<Memory, Address> =>
  new Map(
    results.map(({ again, at, step }) => {
      const base = code.local('i32')
      code.get(half)
      code.i32(PASSAGE.at + at)
      code.op('i32.add')
      code.get(from)
      code.i32(step)
      code.op('i32.mul')
      code.op('i32.sub')
      code.set(base)
      return [again, { base, offset: 0 }] as const
    }),
  )

/**
 * Writes a streamed nest. A piece is copied once the next one is computed: what was just written is not yet in the cache, and
 * whoever reads it in longer vectors waits for it.
 */
export const emitStream = (
  code: Code,
  { split, grain, bytes: whole, results }: Stream,
  { table, part, copy, outputs }: StreamSite,
): void => {
  const [from, to, half] = [code.local('i32'), code.local('i32'), code.local('i32')]
  /** Copies a piece that begins with a unit, so many bytes of each result. */
  const copyOut = (unit: () => void, bytes: (s: Streamed) => void): void => {
    for (const s of results) {
      code.i32(outputs.indexOf(s.memory))
      code.get(half)
      code.i32(PASSAGE.at + s.at)
      code.op('i32.add')
      unit()
      code.i32(s.step)
      code.op('i32.mul')
      bytes(s)
      code.call(copy)
    }
  }
  const turn = (): void => {
    code.i32(whole)
    code.get(half)
    code.op('i32.sub')
    code.set(half)
  }
  code.i32(0)
  code.tee(from)
  code.set(half)
  code.loop((again) => {
    const next = (): void => {
      code.get(from)
      code.i32(grain)
      code.op('i32.add')
    }
    choose(code, next, () => code.i32(split.units), 'i32.lt_u')
    code.set(to)
    for (const local of [table, from, to, half]) code.get(local)
    code.call(part)
    turn()
    code.get(from)
    code.if(() => {
      const before = (): void => {
        code.get(from)
        code.i32(grain)
        code.op('i32.sub')
      }
      copyOut(before, ({ step }) => code.i32(grain * step))
    })
    code.get(to)
    code.tee(from)
    code.i32(split.units)
    code.op('i32.lt_u')
    code.brIf(again)
  })
  turn()
  // what fills no unit came with the last one
  const last = Math.floor((split.units - 1) / grain) * grain
  copyOut(
    () => code.i32(last),
    ({ memory, step }) => code.i32(byteSize(memory) - last * step),
  )
}
