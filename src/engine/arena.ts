/**
 * The arena: the one memory in which compiled programs run, and a cache of values.
 *
 * Results of a program stay where it wrote them and are not copied when they go in again. Slabs are given out round a
 * ring; when the ring comes round, what still stands there is copied to the JS heap first, so nothing is ever lost and
 * nobody has to dispose of anything. A value and the arena share a slab, and each can cut it: the value by being
 * forgotten, the arena by copying the slab out. A loop that never lets a finaliser run holds steady memory.
 */
import { ValueError } from '../core/error.js'
import type { DType } from '../core/value.js'
import { allocate, type Buffer, type Residence } from '../tensor/concrete.js'

// ---------------------------------------------------------------------------------------------------------------- model

const BYTES: { readonly [D in DType]: number } = { f64: 8, f32: 4, i32: 4, bool: 1 }
const PAGE = 65_536
const LINE = 64

/** Bytes rounded up to whole cache lines. */
export const aligned = (n: number): number => Math.ceil(Math.max(1, n) / LINE) * LINE

/** The largest memory that is ever asked for, in pages: 2 GiB. */
export const MAXIMUM_PAGES = 32_768

/**
 * Memory of the arena that holds the results of one call, or a value that was copied in; on the JS heap once it has been
 * copied out. Values know their slab and their place in it.
 */
export class Slab implements Residence {
  readonly owner: Arena
  readonly bytes: number
  /** Bytes from the start of memory; −1 when it stands on the heap. */
  address = -1
  heap: ArrayBufferLike | null = null
  /** Where in `heap` it begins. */
  start = 0
  /** The call that last used it: what a running call uses is not moved. */
  pinned: number
  constructor(owner: Arena, bytes: number, pinned: number) {
    this.owner = owner
    this.bytes = bytes
    this.pinned = pinned
  }
  elements(dtype: DType, place: number, size: number): Buffer {
    const out = allocate(dtype, size)
    out.set(
      this.address >= 0
        ? this.owner.view(dtype, this.address + place, size)
        : viewOf(dtype, this.heap as ArrayBufferLike, this.start + place, size),
    )
    return out
  }
}

const viewOf = (dtype: DType, buffer: ArrayBufferLike, at: number, size: number): Buffer => {
  const b = buffer as ArrayBuffer
  switch (dtype) {
    case 'f64':
      return new Float64Array(b, at, size)
    case 'f32':
      return new Float32Array(b, at, size)
    case 'i32':
      return new Int32Array(b, at, size)
    case 'bool':
      return new Uint8Array(b, at, size)
  }
}

/** What a slab has on the heap whose values nobody holds: nothing to copy out. */
export const FORGOTTEN: ArrayBufferLike = new ArrayBuffer(0)

/** One memory, a workspace, a table, and a ring of slabs. */
export interface Arena {
  readonly memory: WebAssembly.Memory
  /** Bytes of the ring: what one call can hold at the most. */
  readonly capacity: number
  /** Begins a call: slabs used from now on stay until the next one. */
  readonly begin: () => void
  /** Copies everything out of the ring, so that the values of a call lie side by side in it. */
  readonly empty: () => void
  /** The address of a workspace of this many bytes: one for all programs, since none runs inside another. */
  readonly workspace: (bytes: number) => number
  /** The address of the table of addresses that a call is given. */
  readonly table: (entries: number) => number
  /** Room for values that are about to be written. */
  readonly slab: (bytes: number) => Slab
  /** The address of a slab, copied in again if need be. */
  readonly resident: (s: Slab) => number
  /** Part of memory as an array; good until memory grows. */
  readonly view: (dtype: DType, address: number, size: number) => Buffer
  /** All of memory as an array of one type; good until memory grows. */
  readonly whole: (dtype: DType) => Buffer
}

// --------------------------------------------------------------------------------------------------------- constructors

const wholeViews = (buffer: ArrayBufferLike): { readonly [D in DType]: Buffer } => ({
  f64: new Float64Array(buffer as ArrayBuffer),
  f32: new Float32Array(buffer as ArrayBuffer),
  i32: new Int32Array(buffer as ArrayBuffer),
  bool: new Uint8Array(buffer as ArrayBuffer),
})

/** An arena whose ring holds `capacity` bytes. */
export const arena = (capacity: number): Arena => {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES })
  let views = wholeViews(memory.buffer)
  let top = LINE
  let call = 0
  let workspace = { address: 0, bytes: -1 }
  let table = { address: 0, entries: 0 }
  const ring = { from: 0, to: 0, cursor: 0 }
  /** Slabs in the ring, in the order of their addresses round it, the first one at or after the cursor; null before `head`. */
  let queue: (Slab | null)[] = []
  let head = 0

  /** Memory that is kept for good. */
  const reserve = (size: number, what: string): number => {
    const at = top
    top += aligned(size)
    const pages = Math.ceil(top / PAGE)
    const have = memory.buffer.byteLength / PAGE
    if (pages <= have) return at
    try {
      memory.grow(Math.max(pages - have, Math.min(MAXIMUM_PAGES - have, Math.ceil(have / 4))))
    } catch {
      top = at
      throw new ValueError({
        operation: 'jit',
        problem: `${what} needs ${Math.ceil(size / 2 ** 20)} MiB more WebAssembly memory than there is`,
        hint: 'use smaller batches, or fewer values at once',
      })
    }
    views = wholeViews(memory.buffer)
    return at
  }
  const evict = (s: Slab): void => {
    if (s.heap === null) s.heap = memory.buffer.slice(s.address, s.address + s.bytes)
    s.address = -1
  }
  /** Copies out the slabs that begin before `end`; gives the end of one that the running call uses, if there is any. */
  const clear = (end: number): number | null => {
    for (; head < queue.length; head++) {
      const b = queue[head] as Slab
      if (b.address < ring.cursor || b.address >= end) return null
      queue[head] = null
      if (b.pinned === call) {
        // passed by, it is the last thing behind the cursor
        queue.push(b)
        head += 1
        return b.address + b.bytes
      }
      evict(b)
    }
    return null
  }
  const put = (b: Slab): void => {
    const size = b.bytes
    if (ring.to === 0) {
      ring.from = reserve(capacity, 'the arena')
      ring.to = ring.from + capacity
      ring.cursor = ring.from
    }
    for (let rounds = 0; rounds < 3; ) {
      if (ring.cursor + size > ring.to) {
        for (let p = clear(ring.to); p !== null; p = clear(ring.to)) ring.cursor = p
        ring.cursor = ring.from
        rounds += 1
        continue
      }
      const passed = clear(ring.cursor + size)
      if (passed === null) {
        b.address = ring.cursor
        ring.cursor += size
        queue.push(b)
        if (head > 4096 && head > queue.length / 2) {
          queue = queue.slice(head)
          head = 0
        }
        return
      }
      ring.cursor = passed
    }
    throw new ValueError({
      operation: 'jit',
      problem: `the values of one call do not fit the arena of ${Math.ceil(capacity / 2 ** 20)} MiB`,
      hint: 'use smaller batches, or fewer values at once',
    })
  }
  const self: Arena = {
    memory,
    capacity,
    begin: () => {
      call += 1
    },
    empty: () => {
      for (; head < queue.length; head++) evict(queue[head] as Slab)
      queue = []
      head = 0
      ring.cursor = ring.from
    },
    workspace: (bytes) => {
      if (bytes > workspace.bytes) {
        const size = Math.ceil(bytes * 1.25)
        workspace = { address: reserve(size, 'a program'), bytes: size }
      }
      return workspace.address
    },
    table: (entries) => {
      if (entries > table.entries) table = { address: reserve(entries * 8, 'a program'), entries: entries * 2 }
      return table.address
    },
    slab: (bytes) => {
      const s = new Slab(self, aligned(bytes), call)
      put(s)
      return s
    },
    resident: (s) => {
      s.pinned = call
      if (s.address < 0) {
        put(s)
        const heap = s.heap as ArrayBuffer
        views.bool.set(new Uint8Array(heap, s.start, Math.min(s.bytes, heap.byteLength - s.start)), s.address)
      }
      return s.address
    },
    view: (dtype, address, size) => views[dtype].subarray(address / BYTES[dtype], address / BYTES[dtype] + size),
    whole: (dtype) => views[dtype],
  }
  return self
}
