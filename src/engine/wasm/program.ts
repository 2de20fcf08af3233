/** A scheduled program as one WebAssembly module: one function a kernel, and one that runs them in order. */
import type { Memory } from '../../core/nest.js'
import type { MemoryPlan } from '../memory-plan.js'
import { touched } from '../memory-plan.js'
import type { Schedule } from '../schedule.js'
import { moduleWriter } from './module.js'
import { type Address, emitNest } from './nest.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Options of emission. */
export interface ProgramOptions {
  readonly relaxed: boolean
  /** The largest memory, in pages; the module is imported one that is declared so. */
  readonly maximum: number
}

/** A module's bytes, its text, and the order of the addresses it is called with. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly text: () => string
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * Emits a module that exports `run(table)` (and each kernel, for profiling): the address of a table of i32 that holds the addresses of the workspace, of
 * every input, every constant and every output.
 */
export const emitProgram = (s: Schedule, plan: MemoryPlan, options: ProgramOptions): EmittedProgram => {
  const m = moduleWriter()
  m.importMemory('lanac', 'memory', { initial: 1, maximum: options.maximum })
  const outside: readonly Memory[] = [...s.inputs, ...s.constants.map((c) => c.memory), ...s.outputs]
  const place = new Map(outside.map((memory, i) => [memory, i + 1] as const))
  const kernels = s.kernels.map((k, i) => {
    const used = [...new Set(k.nests.flatMap(touched))].filter((x) => place.has(x))
    const index = m.function(`kernel${i}`, { params: ['i32'], results: [] }, (code, table) => {
      const workspace = code.local('i32')
      code.get(table as number)
      code.memory('i32.load', { offset: 0 })
      code.set(workspace)
      const bases = new Map<Memory, Address>()
      for (const memory of used) {
        const base = code.local('i32')
        code.get(table as number)
        code.memory('i32.load', { offset: 4 * (place.get(memory) as number) })
        code.set(base)
        bases.set(memory, { base, offset: 0 })
      }
      const addressOf = (memory: Memory): Address =>
        bases.get(memory) ?? { base: workspace, offset: plan.offsets.get(memory) as number }
      for (const nest of k.nests) emitNest({ code, addressOf, relaxed: options.relaxed }, nest)
    })
    m.export(index)
    return index
  })
  const run = m.function('run', { params: ['i32'], results: [] }, (code, table) => {
    for (const k of kernels) {
      code.get(table as number)
      code.call(k)
    }
  })
  m.export(run)
  return { bytes: m.bytes(), text: () => m.text() }
}
