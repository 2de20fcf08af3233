/**
 * The arena: the one memory in which compiled programs run, and a cache of values.
 *
 * Results of a program stay where it wrote them and are not copied when they go in again. Blocks are given out round a
 * ring; when the ring comes round, what still stands there is copied to the JS heap first, so nothing is ever lost and
 * nobody has to dispose of anything. A value and the arena share a block, and each can cut it: the value by being
 * forgotten, the arena by copying the block out. A loop that never lets a finaliser run holds steady memory.
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

/** Memory of the arena that holds one value, until it is copied out. */
export class Block implements Residence {
  readonly dtype: DType
  /** Elements. */
  readonly size: number
  readonly owner: Arena
  /** Bytes from the start of memory; −1 when it stands on the heap. */
  address = -1
  heap: Buffer | null = null
  /** The call that last used it: what a running call uses is not moved. */
  pinned: number
  constructor(owner: Arena, dtype: DType, size: number, pinned: number) {
    this.owner = owner
    this.dtype = dtype
    this.size = size
    this.pinned = pinned
  }
  get bytes(): number {
    return aligned(this.size * BYTES[this.dtype])
  }
  /** The elements, as a copy of their own. */
  elements(): Buffer {
    if (this.heap === null) {
      this.heap = allocate(this.dtype, this.size)
      this.heap.set(this.owner.view(this.dtype, this.address, this.size))
    }
    return this.heap
  }
}

/** One memory, a workspace, a table, and a ring of blocks. */
export interface Arena {
  readonly memory: WebAssembly.Memory
  /** Bytes of the ring: what one call can hold at the most. */
  readonly capacity: number
  /** Begins a call: blocks used from now on stay until the next one. */
  readonly begin: () => void
  /** The address of a workspace of this many bytes: one for all programs, since none runs inside another. */
  readonly workspace: (bytes: number) => number
  /** The address of the table of addresses that a call is given. */
  readonly table: (entries: number) => number
  /** A block for a value that is about to be written. */
  readonly block: (dtype: DType, size: number) => Block
  /** The address of a block's elements, copied in again if need be. */
  readonly resident: (b: Block) => number
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
  /** Blocks in the ring, in the order of their addresses round it, the first one at or after the cursor. */
  let queue: Block[] = []
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
  const evict = (b: Block): void => {
    b.elements()
    b.address = -1
  }
  /** Copies out the blocks that begin before `end`; gives the end of one that the running call uses, if there is any. */
  const clear = (end: number): number | null => {
    for (; head < queue.length; head++) {
      const b = queue[head] as Block
      if (b.address < 0) continue
      if (b.address < ring.cursor || b.address >= end) return null
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
  const put = (b: Block): void => {
    const size = b.bytes
    if (ring.to === 0) {
      ring.from = reserve(capacity, 'the arena')
      ring.to = ring.from + capacity
      ring.cursor = ring.from
    }
    for (let rounds = 0; rounds < 3; ) {
      if (ring.cursor + size > ring.to) {
        while (clear(ring.to) !== null);
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
    block: (dtype, size) => {
      const b = new Block(self, dtype, size, call)
      put(b)
      return b
    },
    resident: (b) => {
      b.pinned = call
      if (b.address < 0) {
        put(b)
        views[b.dtype].set(b.heap as Buffer, b.address / BYTES[b.dtype])
      }
      return b.address
    },
    view: (dtype, address, size) => views[dtype].subarray(address / BYTES[dtype], address / BYTES[dtype] + size),
    whole: (dtype) => views[dtype],
  }
  return self
}
