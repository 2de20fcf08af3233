/**
 * A scheduled program as one WebAssembly module: one function a kernel, and one that runs them in order. A nest that threads
 * share is a function too, of the units that are to be computed.
 */
import { type Lane, source } from '../../core/lane.js'
import type { Nest } from '../../core/nest.js'
import { type Routine, routinesOf } from '../control.js'
import type { Machine, VectorLength } from '../machine.js'
import { writeOut } from '../math/index.js'
import { type MemoryPlan, placesIn, touched, usedIn } from '../memory-plan.js'
import type { Schedule } from '../schedule.js'
import { costOf, type Split, splitOf } from '../split.js'
import { type Stream, type Streaming, streamsOf } from '../stream.js'
import { tilingOf } from '../tile.js'
import { type Body, body, type Local } from './code.js'
import { stackType } from './constant.js'
import { addressesIn, emitControl } from './control.js'
import { emitLanes } from './lanes.js'
import { moduleWriter } from './module.js'
import { emitNest } from './nest.js'
import type { Emitter } from './path.js'
import { sharing } from './share.js'
import { COPY, emitStream, passBy } from './stream.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Options of emission. */
export interface ProgramOptions {
  readonly relaxed: boolean
  /** The largest memory, in pages; the module is imported one that is declared so. */
  readonly maximum: number
  /** Whether it is memory that threads share, how many may work on a nest, and what a nest has to cost that they do. */
  readonly shared: boolean
  readonly threads: number
  readonly worth: number
  /** Which results may pass by. */
  readonly streaming: Streaming
}

/** A module's bytes, its text, and the order of the addresses it is called with. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly text: () => string
  /** Nests that threads share: helpers are needed for these only. */
  readonly splits: ReadonlyMap<Nest, Split>
  /** What they cost in a run, in multiplications. */
  readonly sharedCost: number
  /** Results that pass by where they have no address: by the imported `copy` (output, address, at byte, bytes). */
  readonly passing: readonly number[]
}

// ------------------------------------------------------------------------------------------------------------ functions

const bodies = new Map<string, Body>()

/** The body of a function of one or two numbers; written once, whatever modules it stands in. */
const functionBody = (name: string, call: Lane, vl: VectorLength, relaxed: boolean): Body => {
  const key = `${name}${relaxed ? ' relaxed' : ''}`
  const known = bodies.get(key)
  if (known !== undefined) return known
  const type = stackType(call.type, vl)
  const made = body(
    call.args.map(() => type),
    (code, ...parameters) => {
      const args = call.args.map((x, i) => source(x.type, i))
      const bound = new Map(args.map((x, i) => [x, [parameters[i] as Local]] as const))
      const [result] = emitLanes(code, writeOut([{ ...call, args }]), { vl, source: () => undefined, bound, relaxed })
      code.get(result?.[0] as Local)
    },
  )
  bodies.set(key, made)
  return made
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * Emits a module that exports `run(table)` (and each kernel, for profiling): the address of a table of i32 that holds the
 * addresses of the workspace, of every input, every constant and every output.
 */
export const emitProgram = (s: Schedule, plan: MemoryPlan, options: ProgramOptions): EmittedProgram => {
  const m = moduleWriter()
  const { shared, threads, worth } = options
  m.importMemory('lanac', 'memory', { initial: 1, maximum: options.maximum, shared })
  const splits = new Map<Nest, Split>()
  let sharedCost = 0
  const module = shared && threads > 1 ? m.importGlobal('lanac', 'module') : null
  const cut = (nest: Nest, machine: Machine): Split | null =>
    module === null ? null : splitOf(nest, tilingOf(nest, machine), worth, true)
  // the host copies what threads share word by word
  const streams = shared ? new Map<Nest, Stream>() : streamsOf(s, options.streaming)
  const copy = streams.size === 0 ? null : m.importFunction('lanac', 'copy', COPY)
  const share = module === null ? null : sharing(m, module, threads)
  // functions of one or two numbers that kernels call, written once they are all known
  const functions = new Map<string, { readonly index: number; readonly call: Lane; readonly vl: VectorLength }>()
  const functionOf = (call: Lane, vl: VectorLength): number => {
    const key = `${String(call.data)}_${call.type}${vl === 1 ? '' : `x${vl}`}`
    const known = functions.get(key)
    if (known !== undefined) return known.index
    const type = stackType(call.type, vl)
    const index = m.declare(key, { params: call.args.map(() => type), results: [type] })
    functions.set(key, { index, call, vl })
    return index
  }
  /** The functions of a schedule: those of its kernels, and one that calls them in order. All take a table. */
  const routine = (
    name: string,
    prefix: string,
    r: Routine,
    rounds: number,
  ): { readonly run: number; readonly kernels: number[] } => {
    const place = placesIn(r.schedule)
    const kernels = r.schedule.kernels.map((k, i) => {
      const own = `${prefix}kernel${i}`
      const inside = k.control?.kind === 'repeat' ? rounds * k.control.length : rounds
      const bodies =
        k.control === null
          ? []
          : routinesOf(k.control).map((b, n) => routine(`${own}_body${n}`, `${own}_${n}_`, b, inside).run)
      let tiles = 0
      const outline: Emitter['outline'] = (n, write) =>
        m.function(`${own}_tile${tiles++}`, { params: new Array<'i32'>(n).fill('i32'), results: [] }, write)
      const emitter = { relaxed: options.relaxed, functionOf, outline }
      /** A function (table, from, to) of a nest's units, with the half of the passage where it is streamed. */
      const part = (nest: Nest, split: Split, n: number, stream: Stream | null = null): number => {
        const params = new Array<'i32'>(stream === null ? 3 : 4).fill('i32')
        return m.function(`${own}_part${n}`, { params, results: [] }, (code, ...parameters) => {
          const [table, from, to, half] = parameters as [Local, Local, Local, Local]
          const addressOf = addressesIn(code, table, place, r.plan, [...new Set(touched(nest))])
          if (stream !== null) passBy(code, stream, addressOf, from, half)
          emitNest({ ...emitter, code, addressOf }, nest, { split, from, to })
        })
      }
      return m.function(own, { params: ['i32'], results: [] }, (code, table) => {
        const addressOf = addressesIn(code, table as Local, place, r.plan, usedIn(k))
        for (const [n, nest] of k.nests.entries()) {
          const split = cut(nest, r.schedule.machine)
          const stream = streams.get(nest)
          if (copy !== null && stream !== undefined) {
            const own = part(nest, stream.split, n, stream)
            emitStream(code, stream, { table: table as Local, part: own, copy, outputs: s.outputs, addressOf })
            continue
          }
          if (share === null || split === null) {
            emitNest({ ...emitter, code, addressOf }, nest)
            continue
          }
          const cost = costOf(nest, tilingOf(nest, r.schedule.machine))
          splits.set(nest, split)
          sharedCost += rounds * cost
          share.run(code, table as Local, { ...split, part: part(nest, split, n), cost })
        }
        if (k.control !== null) emitControl(code, k.control, bodies, addressOf)
      })
    })
    const run = m.function(name, { params: ['i32'], results: [] }, (code, table) => {
      for (const k of kernels) {
        code.get(table as Local)
        code.call(k)
      }
    })
    return { run, kernels }
  }
  const { run, kernels } = routine('run', '', { schedule: s, plan }, 1)
  for (const index of [...kernels, run]) m.export(index)
  for (const [key, { index, call, vl }] of functions) m.place(index, functionBody(key, call, vl, options.relaxed))
  const passing = [...streams.values()].flatMap(({ results }) => results.map((x) => s.outputs.indexOf(x.memory)))
  return { bytes: m.bytes(), text: () => m.text(), splits, sharedCost, passing }
}
