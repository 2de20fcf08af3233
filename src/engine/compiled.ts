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
import type { DType, Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { type Buffer, Concrete, elementAt } from '../tensor/concrete.js'
import { SCALAR, sizeOf } from '../tensor/shape.js'
import { type Arena, aligned, FORGOTTEN, OWN, Slab } from './arena.js'
import type { Backend, Module, Reach } from './backend.js'
import { callLayout, IN_CELL, inside, ON_HEAP, type OutputPlace, SHIFT } from './call-layout.js'
import { copyInto, rooms, unfilled, viewOf } from './heap.js'
import type { Machine } from './machine.js'
import { byteSize, type MemoryPlan, outsideOf, planMemory } from './memory-plan.js'
import { type Schedule, schedule } from './schedule.js'
import type { Compiled } from './target.js'
import { wasm } from './wasm/backend.js'
import { type OnHeap, type WrittenCall, writtenCall } from './written-call.js'

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
  if (buffer.byteLength < OWN) whole.set(buffer, at)
  else {
    const to = a.bytes(slab.address, buffer.byteLength)
    copyInto(to, new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength))
  }
  // the heap has it already: nothing needs to be copied out
  slab.heap = buffer.buffer
  slab.start = buffer.byteOffset
  x.residence = slab
  x.place = 0
  return slab.address
}

/** Bytes of a whole line of the cache. */
const LINE = aligned(1)

const roomOnHeap = rooms()

/** A long array that is about to be written, from a whole line on, and how far from the arena it begins. */
const freshOf = (dtype: DType, size: number, { distanceOf, prepare }: Reach): readonly [Buffer, number] => {
  const { buffer, at } = roomOnHeap((size << SHIFT[dtype]) + LINE)
  prepare(buffer)
  const from = distanceOf(buffer) + at
  const skipped = (LINE - (((from % LINE) + LINE) % LINE)) % LINE
  return [viewOf(dtype, buffer, at + skipped, size), from + skipped]
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

/** A call as it was written out; undefined where it has to be made in another way. */
const attempt = (call: WrittenCall, inputs: readonly Concrete[]): ReturnType<WrittenCall> => {
  try {
    return call(inputs)
  } catch (e) {
    if (!(e instanceof ValueError)) throw e
    return undefined
  }
}

/** Runs after which a call is written out: what is run a second time is likely to be run again. */
const OFTEN = 1

/** A program that lacks nothing but its code. */
export interface Planned {
  readonly program: Program
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  /** Bytes from which on what it reads and writes lies on the heap. */
  readonly long: number
}

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
  { run: call, kernels: each, text, size, splits, reach, copies }: Module,
): Compiled => {
  const layout = callLayout(p, s, plan, long, reach !== undefined)
  const { bytes, words, isFar, cells, staying, outputs, slabs, workspace, checks } = layout
  /** The table and the workspace of the last call. */
  let at = 0
  let working = 0
  const hidden = s.constants.map((c) => c.index)
  /** The slabs of the call's results. */
  const homes = new Array<Slab | null>(slabs.length).fill(null)
  /** Its long results on the heap. */
  const arrays = new Array<Buffer | null>(outputs.length).fill(null)
  const isLong = s.inputs.some((m) => byteSize(m) >= OWN)
  const hiddenStaying = s.constants.map(({ memory }) => byteSize(memory) >= long)
  const far: OnHeap | null =
    reach === undefined
      ? null
      : {
          placeOf: (x) => {
            const buffer = onHeap(a, x)
            return buffer === null ? null : reach.distanceOf(buffer)
          },
          freshOf: (dtype, size) => freshOf(dtype, size, reach),
        }
  const placeOf = (x: Concrete): number => far?.placeOf(x) ?? addressOf(a, x)
  const layOut = (inputs: readonly Concrete[], constants: readonly Tensor[]): void => {
    a.begin(bytes)
    at = a.table(words)
    working = a.workspace(workspace)
    // from here on memory does not grow
    const table = a.whole(isFar ? 'f64' : 'i32')
    let n = at >> (isFar ? 3 : 2)
    table[n++] = working
    // what the call reads is not to be moved out by what is moved in before it
    if (isLong) for (let i = 0; i < inputs.length; i++) a.pin((inputs[i] as Concrete).residence)
    for (let i = 0; i < inputs.length; i++) {
      const x = inputs[i] as Concrete
      const cell = cells[i] as number
      if (cell < 0) {
        table[n++] = staying[i] === true ? placeOf(x) : addressOf(a, x)
        continue
      }
      a.whole(x.dtype)[(at + cell) >> SHIFT[x.dtype]] = elementAt(x, 0)
      table[n++] = at + cell
    }
    for (let i = 0; i < hidden.length; i++) {
      const x = constants[hidden[i] as number] as Concrete
      table[n++] = hiddenStaying[i] === true ? placeOf(x) : addressOf(a, x)
    }
    for (let i = 0; i < slabs.length; i++) homes[i] = a.slab(slabs[i] as number)
    if (copies !== undefined)
      for (const i of copies.outputs) copies.into[i] = new Uint8Array(unfilled(byteSize(s.outputs[i] as Memory)))
    for (let i = 0; i < outputs.length; i++) {
      const { home, place, dtype } = outputs[i] as OutputPlace
      if (home === ON_HEAP && far !== null) {
        const [array, from] = far.freshOf(dtype, (s.outputs[i] as Memory).size)
        arrays[i] = array
        table[n++] = from
      } else table[n++] = (home < 0 ? at : (homes[home] as Slab).address) + place
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
  const forget = (): void => {
    homes.fill(null)
    arrays.fill(null)
    copies?.into.fill(null)
  }
  const runAny = (inputs: readonly Concrete[], constants: readonly Tensor[]): Concrete[] | null => {
    if (!fits(inputs, constants, false)) return null
    call(at)
    const whole = a.whole('i32')
    const workspace = working >> 2
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
        const slab = homes[home] as Slab
        // the heap has what was copied out on the way
        const copied = copies?.into[i]
        if (copied) slab.heap = copied.buffer
        y.residence = slab
        y.place = place
        out[i] = y
      }
    }
    forget()
    return out
  }
  let quick: WrittenCall | null = null
  let runs = 0
  const run: Compiled['run'] = (inputs, constants) => {
    if (runs <= OFTEN && ++runs > OFTEN && hidden.length === 0 && copies === undefined)
      quick = writtenCall(layout, a, call, far)
    if (quick !== null) {
      const out = attempt(quick, inputs)
      if (out !== undefined) return out
    }
    return runAny(inputs, constants)
  }
  const kernels = (inputs: readonly Concrete[], constants: readonly Tensor[]): readonly (() => void)[] | null => {
    const results = runAny(inputs, constants)
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
