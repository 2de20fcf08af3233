/**
 * Compiled programs: emitted once, called with addresses.
 *
 * What a program closes over is passed like its inputs, so the module depends on the program's structure alone.
 *
 * Code that reaches all of memory reads and writes long arrays on the JS heap, where the collector sees them: nothing is
 * copied in or out. Other code finds them in the arena.
 */
import { ValueError } from '../core/error.js'
import type { Memory } from '../core/nest.js'
import type { Abstract, DType, Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { type Buffer, Concrete, elementAt } from '../tensor/concrete.js'
import { SCALAR, sameShape, sizeOf } from '../tensor/shape.js'
import { type Arena, aligned, FORGOTTEN, OWN, Slab } from './arena.js'
import type { Backend, DistanceOf, Module } from './backend.js'
import { unfilled, viewOf } from './heap.js'
import type { Machine } from './machine.js'
import { byteSize, type MemoryPlan, planMemory } from './memory-plan.js'
import { type Schedule, schedule } from './schedule.js'
import type { Compiled } from './target.js'
import { wasm } from './wasm/backend.js'

// ---------------------------------------------------------------------------------------------------------------- model

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

/** Bytes of a whole line of the cache. */
const LINE = aligned(1)

/** A long array that is about to be written, from a whole line on, and how far from the arena it begins. */
const freshOf = (dtype: DType, size: number, distanceOf: DistanceOf): readonly [Buffer, number] => {
  const buffer = unfilled((size << SHIFT[dtype]) + LINE)
  const from = distanceOf(buffer)
  const skipped = (LINE - (((from % LINE) + LINE) % LINE)) % LINE
  return [viewOf(dtype, buffer, skipped, size), from + skipped]
}

/** Values that are one number, written out for as long as somebody holds them. */
const written = new WeakMap<Concrete, Buffer>()

const writtenOut = (x: Concrete): Buffer => {
  const known = written.get(x)
  if (known !== undefined) return known
  const made = viewOf(x.dtype, unfilled(bytesOf(x)), 0, sizeOf(x.shape)).fill(x.value)
  written.set(x, made)
  return made
}

/** The elements of a value on the heap that code may read where they are; null: they stand in the arena, or have to be laid there. */
const onHeap = (a: Arena, x: Concrete): Buffer | null => {
  const known = x.residence
  if (known instanceof Slab && known.owner === a && known.address >= 0) return null
  const buffer = x.buffer ?? writtenOut(x)
  // code would read beyond the end of one that is too short: detached, or made so by somebody's primitive
  return buffer.byteLength === bytesOf(x) ? buffer : null
}

// -------------------------------------------------------------------------------------------------------------- running

/** Instead of a slab: a cell of a scalar, an array of its own on the heap. */
const IN_CELL = -1
const ON_HEAP = -2

/** A result, and where it is written: in a slab of the call, a scalar in a cell of its own, or on the heap. */
interface OutputPlace extends Abstract {
  /** Which slab, or one of the above. */
  readonly home: number
  readonly place: number
}

/** Bytes of a cell: a scalar, where vectors may begin. */
const CELL = 16

const isScalar = (x: Pick<Abstract, 'shape'>): boolean => x.shape.length === 0

/** Places of results in slabs of so many bytes, of scalars in the cells from `cells` on; what has `long` bytes is on the heap. */
const placesOf = (
  memories: readonly Memory[],
  results: readonly Abstract[],
  cells: number,
  long: number,
): { readonly outputs: readonly OutputPlace[]; readonly slabs: readonly number[]; readonly end: number } => {
  const slabs: number[] = []
  let shared = -1
  let end = cells
  const outputs = memories.map((m, i): OutputPlace => {
    const { shape, dtype, weak } = results[i] as Abstract
    if (isScalar({ shape })) {
      end += CELL
      return { shape, dtype, weak, home: IN_CELL, place: end - CELL }
    }
    const bytes = byteSize(m)
    if (bytes >= long) return { shape, dtype, weak, home: ON_HEAP, place: 0 }
    if (bytes >= OWN) return { shape, dtype, weak, home: slabs.push(bytes) - 1, place: 0 }
    if (shared < 0) shared = slabs.push(0) - 1
    const place = slabs[shared] as number
    // vectors want 16 bytes; a slab begins at a whole cache line
    slabs[shared] = place + Math.max(16, Math.ceil(bytes / 16) * 16)
    return { shape, dtype, weak, home: shared, place }
  })
  return { outputs, slabs, end }
}

/** Bytes of those that lie in the arena: what is shorter than `long`. */
const inside = (memories: readonly Memory[], long: number): number =>
  memories.reduce((n, m) => (byteSize(m) < long ? n + aligned(byteSize(m)) : n), 0)

/** A program that lacks nothing but its code. */
export interface Planned {
  readonly program: Program
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  /** Bytes from which on what it reads and writes lies on the heap. */
  readonly long: number
}

const outsideOf = (s: Schedule): readonly Memory[] => [...s.inputs, ...s.constants.map((c) => c.memory), ...s.outputs]

/**
 * A closed, simplified program, scheduled for a machine; null when it is not one for this engine: it holds a primitive that is
 * not lowered, or more than the arena. `long`: bytes from which on an array lies on the heap.
 */
export const planned = (
  program: Program,
  a: Arena,
  machine: Machine,
  long = Number.POSITIVE_INFINITY,
): Planned | null => {
  const s = schedule(program, machine)
  if (s === null) return null
  const plan = planMemory(s)
  if (inside(outsideOf(s), long) > a.capacity / 2 || plan.size > 2 ** 30) return null
  return { program, schedule: s, plan, long }
}

/** A program and its code. */
export const assembled = (
  { program: p, schedule: s, plan, long }: Planned,
  a: Arena,
  target: Compiled['target'],
  { run: call, kernels: each, text, size, splits, distanceOf }: Module,
): Compiled => {
  const outside = outsideOf(s)
  const bytes = inside(outside, long)
  /** Whether addresses are doubles. */
  const wide = distanceOf !== undefined
  /** The table of the last call. */
  let at = 0
  const hidden = s.constants.map((c) => c.index)
  // the table: an address for each memory, then a cell for each scalar that is passed or given back
  const entries = 1 + outside.length
  const cells = CELL * Math.ceil(((wide ? 8 : 4) * entries) / CELL)
  let end = cells
  const inputCell = p.inputs.map((x) => {
    if (!isScalar(x)) return -1
    end += CELL
    return end - CELL
  })
  // a result of an argument's shape has the very same one: the next call sees at once that it fits
  const results = p.results.map((r) => ({
    ...r,
    shape: p.inputs.find((x) => sameShape(x.shape, r.shape))?.shape ?? r.shape,
  }))
  const { outputs, slabs, end: last } = placesOf(s.outputs, results, end, long)
  const words = last / 4
  const addresses = new Float64Array(entries)
  const checks = s.checks.map((m) => (plan.offsets.get(m) as number) >> 2)
  /** The slabs of the call's results. */
  const homes = new Array<Slab | null>(slabs.length).fill(null)
  /** Its long results on the heap. */
  const arrays = new Array<Buffer | null>(outputs.length).fill(null)
  const isFar = outputs.some((o) => o.home === ON_HEAP)
  const isLong = s.inputs.some((m) => byteSize(m) >= OWN)
  const mayStay = (m: Memory): boolean => byteSize(m) >= long
  const staying = s.inputs.map(mayStay)
  const hiddenStaying = s.constants.map(({ memory }) => mayStay(memory))
  const placeOf = (x: Concrete): number => {
    const buffer = onHeap(a, x)
    return buffer === null || distanceOf === undefined ? addressOf(a, x) : distanceOf(buffer)
  }
  const layOut = (inputs: readonly Concrete[], constants: readonly Tensor[]): void => {
    a.begin(bytes)
    at = a.table(words)
    addresses[0] = a.workspace(plan.size)
    // what the call reads is not to be moved out by what is moved in before it
    if (isLong) for (let i = 0; i < inputs.length; i++) a.pin((inputs[i] as Concrete).residence)
    let n = 1
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i] as Concrete
      const cell = inputCell[i] as number
      if (cell < 0) {
        addresses[n++] = staying[i] === true ? placeOf(x) : addressOf(a, x)
        continue
      }
      a.whole(x.dtype)[(at + cell) >> SHIFT[x.dtype]] = elementAt(x, 0)
      addresses[n++] = at + cell
    }
    for (let i = 0; i < hidden.length; i++) {
      const x = constants[hidden[i] as number] as Concrete
      addresses[n++] = hiddenStaying[i] === true ? placeOf(x) : addressOf(a, x)
    }
    for (let i = 0; i < slabs.length; i++) homes[i] = a.slab(slabs[i] as number)
    for (let i = 0; i < outputs.length; i++) {
      const { home, place, dtype } = outputs[i] as OutputPlace
      if (home === ON_HEAP && distanceOf !== undefined) {
        const [array, from] = freshOf(dtype, (s.outputs[i] as Memory).size, distanceOf)
        arrays[i] = array
        addresses[n++] = from
      } else addresses[n++] = (home < 0 ? at : (homes[home] as Slab).address) + place
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
  const writeTable = (): void => {
    const whole = a.whole(wide ? 'f64' : 'i32')
    for (let i = 0, to = at >> (wide ? 3 : 2); i < entries; i++) whole[to + i] = addresses[i] as number
  }
  const forget = (): void => {
    homes.fill(null)
    if (isFar) arrays.fill(null)
  }
  const run = (inputs: readonly Concrete[], constants: readonly Tensor[]): Concrete[] | null => {
    if (!fits(inputs, constants, false)) return null
    writeTable()
    call(at)
    const whole = a.whole('i32')
    const workspace = (addresses[0] as number) >> 2
    for (let i = 0; i < checks.length; i++)
      if (whole[workspace + (checks[i] as number)] !== 0) {
        forget()
        return null
      }
    const out = new Array<Concrete>(outputs.length)
    for (let i = 0; i < outputs.length; i++) {
      const { shape, dtype, weak, home, place } = outputs[i] as OutputPlace
      if (home === ON_HEAP) {
        out[i] = new Concrete(shape, dtype, arrays[i] as Buffer, 0, weak)
      } else if (home === IN_CELL) {
        const value = a.whole(dtype)[(at + place) >> SHIFT[dtype]] as number
        out[i] = new Concrete(SCALAR, dtype, null, value, weak)
      } else {
        const y = new Concrete(shape, dtype, null, 0, weak)
        y.residence = homes[home] as Slab
        y.place = place
        out[i] = y
      }
    }
    forget()
    return out
  }
  const kernels = (inputs: readonly Concrete[], constants: readonly Tensor[]): readonly (() => void)[] | null => {
    const results = run(inputs, constants)
    // what lies on the heap stays for as long as somebody may run them
    const held = [inputs, constants, results]
    return results === null
      ? null
      : each.map((kernel) => () => {
          kernel(at)
          return held
        })
  }
  return { target, schedule: s, plan, text, size, splits, run, kernels }
}

/** Compiles a closed, simplified program; null when it is not one for this engine. */
export const compileProgram = (p: Program, a: Arena, backend: Backend = wasm, threads = 1): Compiled | null => {
  const x = planned(p, a, backend.machine, backend.long)
  return x === null ? null : assembled(x, a, backend.target, backend.load(x.schedule, x.plan, a, threads))
}
