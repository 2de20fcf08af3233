/** Streamed nests as WebAssembly: piece by piece, each copied out by a function of the host. */
import type { Memory } from '../../core/nest.js'
import { byteSize } from '../memory-plan.js'
import type { Stream } from '../stream.js'
import { choose } from './choose.js'
import type { Code, Local } from './code.js'
import type { FunctionType } from './module.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** (output, its address, from byte, to byte): copies part of a result to the heap. */
export const COPY: FunctionType = { params: ['i32', 'i32', 'i32', 'i32'], results: [] }

/** What a stream is written with. */
export interface StreamSite {
  readonly table: Local
  /** The function (table, from, to) that computes some of its units. */
  readonly part: number
  /** Writes the copy of a result's bytes. */
  readonly copyOut: (memory: Memory, from: Local, to: Local) => void
}

// -------------------------------------------------------------------------------------------------------------- running

/** Writes a streamed nest. */
export const emitStream = (
  code: Code,
  { split, grain, results }: Stream,
  { table, part, copyOut }: StreamSite,
): void => {
  const [from, to, first, last] = [code.local('i32'), code.local('i32'), code.local('i32'), code.local('i32')]
  code.i32(0)
  code.set(from)
  code.loop((again) => {
    const next = (): void => {
      code.get(from)
      code.i32(grain)
      code.op('i32.add')
    }
    choose(code, next, () => code.i32(split.units), 'i32.lt_u')
    code.set(to)
    for (const local of [table, from, to]) code.get(local)
    code.call(part)
    for (const { memory, step } of results) {
      const bytes = (unit: Local): void => {
        code.get(unit)
        code.i32(step)
        code.op('i32.mul')
      }
      bytes(from)
      code.set(first)
      // what fills no unit came with the last one
      code.get(to)
      code.i32(split.units)
      code.op('i32.eq')
      code.if(
        () => {
          code.i32(byteSize(memory))
          code.set(last)
        },
        () => {
          bytes(to)
          code.set(last)
        },
      )
      copyOut(memory, first, last)
    }
    code.get(to)
    code.tee(from)
    code.i32(split.units)
    code.op('i32.lt_u')
    code.brIf(again)
  })
}
