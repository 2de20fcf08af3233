/** Arrays on the JS heap: those that code reads and writes where they are, and results that pass by. */
import type { DType } from '../core/value.js'
import type { Buffer, Concrete } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { type Arena, aligned, Slab } from './arena.js'
import type { Passing, Reach } from './backend.js'
import { bytesOf, SHIFT } from './call-layout.js'
import { rooms, unfilled, viewOf } from './heap.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a call needs of the heap: where elements lie that may stay there, and room for results. */
export interface OnHeap {
  /** Null: they have to be laid into the arena. */
  readonly placeOf: (x: Concrete) => number | null
  /** An array in which a result is about to be written, and what stands for its address. */
  readonly freshOf: (dtype: DType, size: number, output: number) => readonly [Buffer, number]
}

// ---------------------------------------------------------------------------------------------------------------- reach

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
const heldBy = (a: Arena, x: Concrete): Buffer | null => {
  const known = x.residence
  if (known instanceof Slab && known.owner === a && known.address >= 0) return null
  const buffer = x.buffer ?? writtenOut(x)
  // code would read beyond the end of one that is too short: detached, or made so by somebody's primitive
  return buffer.byteLength === bytesOf(x) ? buffer : null
}

/** For code that reaches the heap. */
export const reaching = (a: Arena, reach: Reach): OnHeap => ({
  placeOf: (x) => {
    const buffer = heldBy(a, x)
    return buffer === null ? null : reach.distanceOf(buffer)
  },
  freshOf: (dtype, size) => freshOf(dtype, size, reach),
})

// -------------------------------------------------------------------------------------------------------------- passing

/** For code whose results pass by: those have no address. */
export const passingBy = ({ into }: Passing): OnHeap => ({
  placeOf: () => null,
  freshOf: (dtype, size, output) => {
    const array = viewOf(dtype, unfilled(size << SHIFT[dtype]), 0, size)
    into[output] = new Uint8Array(array.buffer)
    return [array, 0]
  },
})
