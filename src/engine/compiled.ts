/**
 * Compiled programs: emitted once, called with addresses.
 *
 * What a program closes over is passed like its inputs, so the module depends on the program's structure alone.
 */
import type { Memory } from '../core/nest.js'
import type { Abstract, DType, Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { Concrete, scalarOf } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { type Arena, aligned, Block, MAXIMUM_PAGES } from './arena.js'
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
  /** Runs on inputs, and on the constants of a program of this structure; null when an index was out of range. */
  readonly run: (inputs: readonly Concrete[], constants: readonly Tensor[]) => Concrete[] | null
  /** The kernels in order, each to be run again on the memory of the last run, before any other program runs. */
  readonly kernels: readonly (() => void)[]
}

const SHIFT: { readonly [D in DType]: number } = { f64: 3, f32: 2, i32: 2, bool: 0 }

// -------------------------------------------------------------------------------------------------------------- calling

/** The address of a value's elements: where they stand already, or where they are copied to. */
const addressOf = (a: Arena, x: Concrete): number => {
  const known = x.residence
  if (known instanceof Block && known.owner === a) return a.resident(known)
  const size = sizeOf(x.shape)
  const b = a.block(x.dtype, size)
  const buffer = x.buffer
  const whole = a.whole(x.dtype)
  const at = b.address >> SHIFT[x.dtype]
  if (buffer === null) whole.fill(x.value, at, at + size)
  else {
    whole.set(buffer, at)
    b.heap = buffer
  }
  if (buffer !== null) x.residence = b
  return b.address
}

const resultOf = (a: Arena, abstract: Abstract, b: Block): Concrete => {
  if (b.size === 1 && abstract.shape.length === 0) {
    const value = a.whole(b.dtype)[b.address >> SHIFT[b.dtype]] as number
    return abstract.weak ? new Concrete(abstract.shape, abstract.dtype, null, value, true) : scalarOf(b.dtype, value)
  }
  const y = new Concrete(abstract.shape, abstract.dtype, null, 0, abstract.weak)
  y.residence = b
  return y
}

// -------------------------------------------------------------------------------------------------------------- running

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
  const { outputs } = s
  const results = p.results
  const entries = 1 + outside.length
  const checks = s.checks.map((m) => (plan.offsets.get(m) as number) >> 2)
  const run = (inputs: readonly Concrete[], constants: readonly Tensor[]): Concrete[] | null => {
    a.begin()
    const blocks = new Array<Block>(outputs.length)
    const addresses = new Array<number>(entries)
    let n = 1
    for (let i = 0; i < inputs.length; i++) addresses[n++] = addressOf(a, inputs[i] as Concrete)
    for (let i = 0; i < hidden.length; i++) addresses[n++] = addressOf(a, constants[hidden[i] as number] as Concrete)
    for (let i = 0; i < outputs.length; i++) {
      const m = outputs[i] as Memory
      const b = a.block(m.dtype, m.size)
      blocks[i] = b
      addresses[n++] = b.address
    }
    addresses[0] = a.workspace(plan.size)
    const table = a.table(entries)
    const words = a.whole('i32')
    for (let i = 0, at = table >> 2; i < entries; i++) words[at + i] = addresses[i] as number
    last = table
    call(table)
    for (let i = 0, at = (addresses[0] as number) >> 2; i < checks.length; i++)
      if (words[at + (checks[i] as number)] !== 0) return null
    const out = new Array<Concrete>(outputs.length)
    for (let i = 0; i < outputs.length; i++) out[i] = resultOf(a, results[i] as Abstract, blocks[i] as Block)
    return out
  }
  const kernels = s.kernels.map((_, i) => {
    const kernel = instance.exports[`kernel${i}`] as (table: number) => void
    return () => kernel(last)
  })
  return { target: 'wasm', schedule: s, plan, emitted, run, kernels }
}
