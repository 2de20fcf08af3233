/** Streamed nests as WebAssembly: results that have no address pass by, piece by piece, each copied out by the host. */
import type { Memory } from '../../core/nest.js'
import { PASSAGE } from '../arena.js'
import { byteSize } from '../memory-plan.js'
import type { Stream, Streamed } from '../stream.js'
import { choose } from './choose.js'
import type { Code, Local } from './code.js'
import type { FunctionType } from './module.js'
import type { AddressOf } from './path.js'

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
  readonly addressOf: AddressOf
}

// -------------------------------------------------------------------------------------------------------------- running

/** Has a part of a stream's units write what has no address to one half of the passage, as if all units stood there. */
export const passBy = (code: Code, { results }: Stream, addressOf: AddressOf, from: Local, half: Local): void => {
  for (const { memory, at, step } of results) {
    const { base } = addressOf(memory)
    code.get(base)
    code.op('i32.eqz')
    code.if(() => {
      code.get(half)
      code.i32(PASSAGE.at + at)
      code.op('i32.add')
      code.get(from)
      code.i32(step)
      code.op('i32.mul')
      code.op('i32.sub')
      code.set(base)
    })
  }
}

/**
 * Writes a nest in pieces. A piece is copied once the next one is computed: what was just written is not yet in the cache, and
 * whoever reads it in longer vectors waits for it.
 */
const emitPieces = (
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

/** Writes a streamed nest: in pieces where its results have no address, all at once where they have one. */
export const emitStream = (code: Code, stream: Stream, site: StreamSite): void => {
  code.get(site.addressOf((stream.results[0] as Streamed).memory).base)
  code.if(
    () => {
      code.get(site.table)
      for (const n of [0, stream.split.units, 0]) code.i32(n)
      code.call(site.part)
    },
    () => emitPieces(code, stream, site),
  )
}
