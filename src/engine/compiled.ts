/**
 * Compiled programs: emitted once, called with addresses.
 *
 * What a program closes over is passed like its inputs, so the module depends on the program's structure alone.
 */
import { ValueError } from '../core/error.js'
import type { Memory } from '../core/nest.js'
import type { Abstract, DType, Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { Concrete } from '../tensor/concrete.js'
import { SCALAR, sizeOf } from '../tensor/shape.js'
import { type Arena, aligned, FORGOTTEN, MAXIMUM_PAGES, Slab } from './arena.js'
import { byteSize, type MemoryPlan, planMemory } from './memory-plan.js'
import { type Schedule, schedule } from './schedule.js'
import { hasRelaxedVectors } from './wasm/features.js'
import { type EmittedProgram, emitProgram } from './wasm/program.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program that has been compiled for an arena. */
export interface CompiledProgram {
  readonly target: 'wasm'
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly emitted: EmittedProgram
  /**
   * Runs on inputs, and on the constants of a program of this structure; null when an index was out of range, or when there
   * is no room for what it reads.
   */
  readonly run: (inputs: readonly Concrete[], constants: readonly Tensor[]) => Concrete[] | null
  /** The kernels in order, each to be run again on the memory of the last run, before any other program runs. */
  readonly kernels: readonly (() => void)[]
}

const SHIFT: { readonly [D in DType]: number } = { f64: 3, f32: 2, i32: 2, bool: 0 }

// -------------------------------------------------------------------------------------------------------------- calling

const bytesOf = (x: Concrete): number => sizeOf(x.shape) * 2 ** SHIFT[x.dtype]

/** The address of a value's elements: where they stand already, or where they are copied to. */
const addressOf = (a: Arena, x: Concrete): number => {
  const known = x.residence
  // a small part of a slab that was copied out comes back alone
  if (known instanceof Slab && known.owner === a && (known.address >= 0 || 2 * bytesOf(x) >= known.bytes))
    return a.resident(known) + x.place
  const buffer = x.buffer
  const size = buffer === null ? sizeOf(x.shape) : buffer.length
  const slab = a.slab(bytesOf(x))
  const whole = a.whole(x.dtype)
  const at = slab.address >> SHIFT[x.dtype]
  if (buffer === null) {
    whole.fill(x.value, at, at + size)
    slab.heap = FORGOTTEN
    return slab.address
  }
  whole.set(buffer, at)
  // the heap has it already: nothing needs to be copied out
  slab.heap = buffer.buffer
  slab.start = buffer.byteOffset
  x.residence = slab
  x.place = 0
  return slab.address
}

// -------------------------------------------------------------------------------------------------------------- running

/** A result, and where in the slab of a call it is written. */
interface OutputPlace extends Abstract {
  readonly place: number
  readonly bytes: number
}

const placesOf = (memories: readonly Memory[], results: readonly Abstract[]): readonly OutputPlace[] => {
  let at = 0
  return memories.map((m, i) => {
    const { shape, dtype, weak } = results[i] as Abstract
    const place = at
    const bytes = byteSize(m)
    // vectors want 16 bytes; a slab begins at a whole cache line
    at += Math.max(16, Math.ceil(bytes / 16) * 16)
    return { shape, dtype, weak, place, bytes }
  })
}

const total = (memories: readonly Memory[]): number => memories.reduce((n, m) => n + aligned(byteSize(m)), 0)

/**
 * Compiles a closed, simplified program; null when it is not one for this engine: it holds a primitive that is not lowered,
 * or more than the arena.
 */
export const compileProgram = (p: Program, a: Arena): CompiledProgram | null => {
  const s = schedule(p)
  if (s === null) return null
  const outside = [...s.inputs, ...s.constants.map((c) => c.memory), ...s.outputs]
  const plan = planMemory(s)
  if (total(outside) > a.capacity / 2 || plan.size > 2 ** 30) return null
  const emitted = emitProgram(s, plan, { relaxed: hasRelaxedVectors(), maximum: MAXIMUM_PAGES })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(emitted.bytes), { lanac: { memory: a.memory } })
  const call = instance.exports.run as (table: number) => void
  let last = 0
  const hidden = s.constants.map((c) => c.index)
  const outputs = placesOf(s.outputs, p.results)
  const bytes = outputs.reduce((n, o) => Math.max(n, o.place + o.bytes), 0)
  const onlyScalars = outputs.every((o) => o.shape.length === 0)
  const entries = 1 + outside.length
  const addresses = new Int32Array(entries)
  const checks = s.checks.map((m) => (plan.offsets.get(m) as number) >> 2)
  const laidOut = (inputs: readonly Concrete[], constants: readonly Tensor[]): Slab => {
    a.begin()
    let n = 1
    for (let i = 0; i < inputs.length; i++) addresses[n++] = addressOf(a, inputs[i] as Concrete)
    for (let i = 0; i < hidden.length; i++) addresses[n++] = addressOf(a, constants[hidden[i] as number] as Concrete)
    const slab = a.slab(bytes)
    for (let i = 0; i < outputs.length; i++) addresses[n++] = slab.address + (outputs[i] as OutputPlace).place
    last = a.table(entries)
    addresses[0] = a.workspace(plan.size)
    return slab
  }
  /** The slab of the results, once all addresses are known; null when they do not fit, even in an empty ring. */
  const placed = (inputs: readonly Concrete[], constants: readonly Tensor[], again: boolean): Slab | null => {
    try {
      return laidOut(inputs, constants)
    } catch (e) {
      if (!(e instanceof ValueError)) throw e
      if (again) return null
      a.empty()
      return placed(inputs, constants, true)
    }
  }
  const run = (inputs: readonly Concrete[], constants: readonly Tensor[]): Concrete[] | null => {
    const slab = placed(inputs, constants, false)
    if (slab === null) return null
    const workspace = addresses[0] as number
    const words = a.whole('i32')
    for (let i = 0, at = last >> 2; i < entries; i++) words[at + i] = addresses[i] as number
    call(last)
    for (let i = 0; i < checks.length; i++) if (words[(workspace >> 2) + (checks[i] as number)] !== 0) return null
    if (onlyScalars) slab.heap = FORGOTTEN
    const out = new Array<Concrete>(outputs.length)
    for (let i = 0; i < outputs.length; i++) {
      const { shape, dtype, weak, place } = outputs[i] as OutputPlace
      if (shape.length === 0) {
        const value = a.whole(dtype)[(slab.address + place) >> SHIFT[dtype]] as number
        out[i] = new Concrete(SCALAR, dtype, null, value, weak)
      } else {
        const y = new Concrete(shape, dtype, null, 0, weak)
        y.residence = slab
        y.place = place
        out[i] = y
      }
    }
    return out
  }
  const kernels = s.kernels.map((_, i) => {
    const kernel = instance.exports[`kernel${i}`] as (table: number) => void
    return () => kernel(last)
  })
  return { target: 'wasm', schedule: s, plan, emitted, run, kernels }
}
