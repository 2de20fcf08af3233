/**
 * Compiled programs: emitted once, called with addresses.
 *
 * What a program closes over is passed like its inputs, so the module depends on the program's structure alone.
 */
import { ValueError } from '../core/error.js'
import type { Memory } from '../core/nest.js'
import type { Abstract, DType, Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { Concrete, elementAt } from '../tensor/concrete.js'
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

/** A result, and where it is written: in the slab of a call, or a scalar in a cell of its own. */
interface OutputPlace extends Abstract {
  readonly place: number
  readonly bytes: number
}

/** Bytes of a cell: a scalar, where vectors may begin. */
const CELL = 16

const isScalar = (x: Pick<Abstract, 'shape'>): boolean => x.shape.length === 0

/** Places of results in their slab, of scalars in the cells from `cells` on. */
const placesOf = (memories: readonly Memory[], results: readonly Abstract[], cells: number): readonly OutputPlace[] => {
  let at = 0
  let cell = cells
  return memories.map((m, i) => {
    const { shape, dtype, weak } = results[i] as Abstract
    const bytes = byteSize(m)
    if (isScalar({ shape })) {
      cell += CELL
      return { shape, dtype, weak, place: cell - CELL, bytes }
    }
    const place = at
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
  // the table: an address for each memory, then a cell for each scalar that is passed or given back
  const entries = 1 + outside.length
  const cells = CELL * Math.ceil((4 * entries) / CELL)
  let end = cells
  const inputCell = p.inputs.map((x) => {
    if (!isScalar(x)) return -1
    end += CELL
    return end - CELL
  })
  const outputs = placesOf(s.outputs, p.results, end)
  const arrays = outputs.filter((o) => !isScalar(o))
  const bytes = arrays.reduce((n, o) => Math.max(n, o.place + o.bytes), 0)
  const words = (end + CELL * (outputs.length - arrays.length)) / 4
  const addresses = new Int32Array(entries)
  const checks = s.checks.map((m) => (plan.offsets.get(m) as number) >> 2)
  /** The slab of the call's results, null when all of them are scalars. */
  let slab: Slab | null = null
  const layOut = (inputs: readonly Concrete[], constants: readonly Tensor[]): void => {
    a.begin()
    last = a.table(words)
    addresses[0] = a.workspace(plan.size)
    let n = 1
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i] as Concrete
      const cell = inputCell[i] as number
      if (cell < 0) {
        addresses[n++] = addressOf(a, x)
        continue
      }
      const at = last + cell
      a.whole(x.dtype)[at >> SHIFT[x.dtype]] = elementAt(x, 0)
      addresses[n++] = at
    }
    for (let i = 0; i < hidden.length; i++) addresses[n++] = addressOf(a, constants[hidden[i] as number] as Concrete)
    slab = arrays.length === 0 ? null : a.slab(bytes)
    for (let i = 0; i < outputs.length; i++) {
      const o = outputs[i] as OutputPlace
      addresses[n++] = (slab === null || isScalar(o) ? last : slab.address) + o.place
    }
  }
  /** Finds all addresses; false when the values do not fit, even in an empty ring. */
  const fits = (inputs: readonly Concrete[], constants: readonly Tensor[], again: boolean): boolean => {
    try {
      layOut(inputs, constants)
      return true
    } catch (e) {
      if (!(e instanceof ValueError)) throw e
      if (again) return false
      a.empty()
      return fits(inputs, constants, true)
    }
  }
  const run = (inputs: readonly Concrete[], constants: readonly Tensor[]): Concrete[] | null => {
    if (!fits(inputs, constants, false)) return null
    const home = slab
    slab = null
    const whole = a.whole('i32')
    for (let i = 0, at = last >> 2; i < entries; i++) whole[at + i] = addresses[i] as number
    call(last)
    const workspace = (addresses[0] as number) >> 2
    for (let i = 0; i < checks.length; i++) if (whole[workspace + (checks[i] as number)] !== 0) return null
    const out = new Array<Concrete>(outputs.length)
    for (let i = 0; i < outputs.length; i++) {
      const { shape, dtype, weak, place } = outputs[i] as OutputPlace
      if (shape.length === 0) {
        const value = a.whole(dtype)[(last + place) >> SHIFT[dtype]] as number
        out[i] = new Concrete(SCALAR, dtype, null, value, weak)
      } else {
        const y = new Concrete(shape, dtype, null, 0, weak)
        y.residence = home
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
