/** Calls of a compiled program: arguments are found or laid into the arena, room is made for results, the code is run. */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { type Buffer, Concrete, elementAt } from '../tensor/concrete.js'
import { SCALAR, sizeOf } from '../tensor/shape.js'
import { type Arena, aligned, FORGOTTEN, type Origin, OWN, Slab } from './arena.js'
import { bytesOf, type CallLayout, IN_CELL, ON_HEAP, type OutputPlace, SHIFT } from './call-layout.js'
import { copyInto } from './heap.js'
import type { OnHeap } from './on-heap.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A way of calling a program. */
export interface Call {
  /** Null where the values do not fit the arena, or an index is out of range. */
  readonly run: (inputs: readonly Concrete[], constants: readonly Tensor[]) => Concrete[] | null
  /** The table of the last call. */
  readonly table: () => number
}

/** What a call is made of. */
export interface Callee {
  readonly layout: CallLayout
  readonly arena: Arena
  readonly run: (table: number) => void
  /** For what is not in the arena; null where everything is. */
  readonly onHeap: OnHeap | null
  /** What is told of results that passed the arena by and come back. */
  readonly origin: Origin | null
}

// ------------------------------------------------------------------------------------------------------------ addresses

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

/** The slab of a value that passed the arena by. */
const passed = (a: Arena, { held, shape, dtype }: Concrete, origin: Origin): Slab => {
  const { buffer, byteOffset } = held as Buffer
  const s = new Slab(a, aligned(bytesOf({ shape, dtype })), -1)
  s.heap = buffer
  s.start = byteOffset
  s.origin = origin
  return s
}

// -------------------------------------------------------------------------------------------------------------- running

/** The way of calling a program that lays its values out like this. */
export const callOf = ({ layout, arena: a, run, onHeap, origin }: Callee): Call => {
  const { bytes, words, isFar, cells, staying, isLong, hidden, outputs, slabs, workspace, checks } = layout
  /** The table and the workspace of the last call. */
  let at = 0
  let working = 0
  /** The slabs of the call's results. */
  const homes = new Array<Slab | null>(slabs.length).fill(null)
  /** Its results on the heap. */
  const arrays = new Array<Buffer | null>(outputs.length).fill(null)
  const placeOf = (x: Concrete, stays: boolean): number => (stays ? onHeap?.placeOf(x) : undefined) ?? addressOf(a, x)
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
        table[n++] = placeOf(x, staying[i] === true)
        continue
      }
      a.whole(x.dtype)[(at + cell) >> SHIFT[x.dtype]] = elementAt(x, 0)
      table[n++] = at + cell
    }
    for (const { index, stays } of hidden) table[n++] = placeOf(constants[index] as Concrete, stays)
    for (let i = 0; i < slabs.length; i++) homes[i] = a.slab(slabs[i] as number)
    for (let i = 0; i < outputs.length; i++) {
      const { shape, home, place, dtype } = outputs[i] as OutputPlace
      if (home === ON_HEAP && onHeap !== null) {
        const [array, from] = onHeap.freshOf(dtype, sizeOf(shape), i)
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
  const resultOf = (i: number): Concrete => {
    const { shape, dtype, weak, home, place } = outputs[i] as OutputPlace
    if (home === IN_CELL)
      return new Concrete(SCALAR, dtype, null, a.whole(dtype)[(at + place) >> SHIFT[dtype]] as number, weak)
    const y = new Concrete(shape, dtype, arrays[i] as Buffer | null, 0, weak)
    if (home !== ON_HEAP) {
      y.residence = homes[home] as Slab
      y.place = place
    } else if (origin !== null) y.residence = passed(a, y, origin)
    return y
  }
  const isRefused = (): boolean => {
    const whole = a.whole('i32')
    for (let i = 0; i < checks.length; i++) if (whole[(working >> 2) + (checks[i] as number)] !== 0) return true
    return false
  }
  return {
    table: () => at,
    run: (inputs, constants) => {
      if (!fits(inputs, constants, false)) return null
      run(at)
      const out = isRefused() ? null : outputs.map((_, i) => resultOf(i))
      homes.fill(null)
      arrays.fill(null)
      return out
    },
  }
}
