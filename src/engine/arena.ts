/**
 * The arena: the one memory in which compiled programs run, and a cache of values.
 *
 * Results of a program stay where it wrote them and are not copied when they go in again. Slabs are given out round a
 * ring; when the ring comes round, what still stands there is copied to the JS heap first, so nothing is ever lost and
 * nobody has to dispose of anything. A value and the arena share a slab, and each can cut it: the value by being
 * forgotten, the arena by copying the slab out. A loop that never lets a finaliser run holds steady memory.
 *
 * The ring is short, so that it stays in the processor's last cache: a result is written there and goes to main memory
 * once, when it is copied out. A call that needs more has a longer ring for as long as it is called. Long results of a
 * program whose results have left it unused pass it by (`stream.ts`), until one of them comes in.
 */
import { ValueError } from '../core/error.js'
import type { DType } from '../core/value.js'
import type { Buffer, Residence } from '../tensor/concrete.js'
import { copyInto, copyOf, copyOfMemory, viewOf } from './heap.js'
import { keepPages, LESSON } from './pages.js'
import { CONTROL_END } from './threads/control-block.js'
import { type Pool, pool } from './threads/pool.js'

// ---------------------------------------------------------------------------------------------------------------- model

const BYTES: { readonly [D in DType]: number } = { f64: 8, f32: 4, i32: 4, bool: 1 }
const PAGE = 65_536
const LINE = 64

/** Bytes rounded up to whole cache lines. */
export const aligned = (n: number): number => Math.ceil(Math.max(1, n) / LINE) * LINE

/** Bytes from which on a value has a slab of its own: a small one that is kept does not keep it. */
export const OWN = 16_384

/** Smaller slabs are copied out together with their neighbours, up to so many bytes: a buffer of each would cost more. */
const TOGETHER = 32_768

/** Where long results pass through on their way to the heap, in two halves by turns; not in memory that threads share. */
export const PASSAGE = { at: LINE, bytes: 2 ** 14 } as const

/** The largest memory that is ever asked for, in pages: 2 GiB. */
export const MAXIMUM_PAGES = 32_768

/** What is known of a program's long results: whether one has left the arena unused, and whether one that passed it by came in. */
export interface Origin {
  left: boolean
  returned: boolean
}

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
  origin: Origin | null = null
  /** The call that made it, and the one that last used it: what a running call uses is not moved. */
  readonly made: number
  pinned: number
  constructor(owner: Arena, bytes: number, made: number) {
    this.owner = owner
    this.bytes = bytes
    this.made = made
    this.pinned = made
  }
  elements(dtype: DType, place: number, size: number): Buffer {
    const alone = size * BYTES[dtype] >= OWN && aligned(size * BYTES[dtype]) === this.bytes
    if (this.address < 0 || (alone && this.heap !== null && this.heap !== FORGOTTEN)) {
      const held = viewOf(dtype, this.heap as ArrayBufferLike, this.start + place, size)
      return alone ? held : copyOf(dtype, held)
    }
    const bytes = size * BYTES[dtype]
    const from = this.address + place
    const out =
      bytes < OWN
        ? copyOf(dtype, this.owner.view(dtype, from, size))
        : viewOf(dtype, copyOfMemory(this.owner.bytes(from, bytes)), 0, size)
    // the heap has all of it now: nothing is left to be copied out
    if (alone && this.heap === null) {
      this.heap = out.buffer
      this.start = 0
    }
    return out
  }
}

/** What a slab has on the heap whose values nobody holds: nothing to copy out. */
export const FORGOTTEN: ArrayBufferLike = new ArrayBuffer(0)

/** One memory, a workspace, a table, and a ring of slabs. */
export interface Arena {
  readonly memory: WebAssembly.Memory
  /** Threads that compute in it too; null where they do not share it. */
  readonly pool: Pool | null
  /** Bytes of the longest ring: what one call can hold at the most. */
  readonly capacity: number
  /**
   * Begins a call that will hold so many bytes: slabs used from now on stay until the next one. Gives the call's number.
   *
   * @throws ValueError when there is not so much memory
   */
  readonly begin: (bytes?: number) => number
  /** Copies everything out of the ring, so that the values of a call lie side by side in it. */
  readonly empty: () => void
  /** The address of a workspace of this many bytes: one for all programs, since none runs inside another. */
  readonly workspace: (bytes: number) => number
  /** The address of the table of addresses that a call is given. */
  readonly table: (entries: number) => number
  /** Room for values that are about to be written. */
  readonly slab: (bytes: number) => Slab
  /** What the call will use: if it is in the ring, it stays. */
  readonly pin: (r: Residence | null) => void
  /** The address of a slab, copied in again if need be. */
  readonly resident: (s: Slab) => number
  /** Part of memory as an array; good until memory grows. */
  readonly view: (dtype: DType, address: number, size: number) => Buffer
  /** Part of memory, byte by byte; good until memory grows. */
  readonly bytes: (address: number, size: number) => Uint8Array
  /** All of memory as an array of one type; good until memory grows. */
  readonly whole: (dtype: DType) => Buffer
}

// --------------------------------------------------------------------------------------------------------- constructors

/** All of memory as arrays of each type. */
interface Views {
  readonly f64: Float64Array
  readonly f32: Float32Array
  readonly i32: Int32Array
  readonly bool: Uint8Array
}

const wholeViews = (buffer: ArrayBufferLike): Views => ({
  f64: new Float64Array(buffer as ArrayBuffer),
  f32: new Float32Array(buffer as ArrayBuffer),
  i32: new Int32Array(buffer as ArrayBuffer),
  bool: new Uint8Array(buffer as ArrayBuffer),
})

interface Region {
  readonly from: number
  readonly to: number
}

/** A ring of small calls is no longer than so many of them, but at least so many bytes: what they use stays in the nearest cache. */
const MANY = 16
const SHORT = 2 ** 18

/**
 * An arena whose ring holds `capacity` bytes at the most, and no more than `first` when calls need no more; `isShared`: in
 * memory that threads share. Values that are read out never are views of it.
 */
export const arena = (capacity: number, first = capacity, isShared = false): Arena => {
  if (capacity > LESSON) keepPages()
  const memory = new WebAssembly.Memory({ initial: 16, maximum: MAXIMUM_PAGES, shared: isShared })
  let views = wholeViews(memory.buffer)
  let top = isShared ? CONTROL_END : PASSAGE.at + PASSAGE.bytes
  let call = 0
  let workspace: Region = { from: 0, to: 0 }
  let table: Region = { from: 0, to: 0 }
  /** Where the ring may stand, how far it is used, and where the next slab goes. */
  const ring = { from: 0, to: 0, end: 0, cursor: 0 }
  /** How many times over the values of a call are to fit. */
  let room = 1.5
  /** What the last call asked for: the ring is as long as that needs. */
  let asked = -1
  /** What was kept and is not needed any more. */
  let spare: readonly Region[] = []
  /** Slabs in the ring, in the order of their addresses round it, the first one at or after the cursor; null before `head`. */
  let queue: (Slab | null)[] = []
  let head = 0

  /** More memory, at its end. */
  const extend = (bytes: number, what: string): Region => {
    const from = top
    const to = top + aligned(bytes)
    const pages = Math.ceil(to / PAGE)
    const have = memory.buffer.byteLength / PAGE
    if (pages > have) {
      try {
        memory.grow(Math.max(pages - have, Math.min(MAXIMUM_PAGES - have, Math.ceil(have / 4))))
      } catch {
        throw new ValueError({
          operation: 'jit',
          problem: `${what} needs ${Math.ceil((to - from) / 2 ** 20)} MiB more WebAssembly memory than there is`,
          hint: 'use smaller batches, or fewer values at once',
        })
      }
      views = wholeViews(memory.buffer)
    }
    top = to
    return { from, to }
  }
  /** Memory that is kept: what was kept before and is spare, or more. */
  const reserve = (bytes: number, what: string): Region => {
    const size = aligned(bytes)
    const found = spare.find((r) => r.to - r.from >= size)
    if (found === undefined) return extend(bytes, what)
    spare = spare.filter((r) => r !== found)
    release({ from: found.from + size, to: found.to })
    return { from: found.from, to: found.from + size }
  }
  const release = (r: Region): void => {
    if (r.to > r.from) spare = [...spare, r]
  }
  /** Copies out the slab at the head of the queue, and small ones that follow it and that this call does not use. */
  const evict = (call: number): void => {
    const b = queue[head] as Slab
    queue[head] = null
    const { address, origin } = b
    b.address = -1
    // where all are moved out, none has been waited for
    if (origin !== null && call >= 0 && b.pinned === b.made) origin.left = true
    if (b.heap !== null) return
    if (b.bytes >= OWN) {
      b.heap = copyOfMemory(self.bytes(address, b.bytes))
      return
    }
    /** Which are copied out with it, and as far as they reach; among them may be some that the heap has already. */
    let last = head
    let end = address + b.bytes
    for (let i = head + 1, to = end; i < queue.length; i++) {
      const n = queue[i] as Slab
      to += n.bytes
      if (n.address + n.bytes !== to || n.bytes >= OWN || n.pinned === call || to - address > TOGETHER) break
      if (n.heap !== null) continue
      last = i
      end = to
    }
    const buffer = copyOfMemory(self.bytes(address, end - address))
    b.heap = buffer
    for (; head < last; head++) {
      const n = queue[head + 1] as Slab
      if (n.heap === null) {
        n.heap = buffer
        n.start = n.address - address
      }
      n.address = -1
      queue[head + 1] = null
    }
  }
  /** Copies out the slabs that begin before `end`; gives the end of one that the running call uses, if there is any. */
  const clear = (end: number): number | null => {
    for (; head < queue.length; head++) {
      const b = queue[head] as Slab
      if (b.address < ring.cursor || b.address >= end) return null
      if (b.pinned === call) {
        queue[head] = null
        // passed by, it is the last thing behind the cursor
        queue.push(b)
        head += 1
        return b.address + b.bytes
      }
      evict(call)
    }
    return null
  }
  const put = (b: Slab): void => {
    const size = b.bytes
    for (let rounds = 0; rounds < 3; ) {
      if (ring.cursor + size > ring.to) {
        for (let p = clear(ring.end); p !== null; p = clear(ring.end)) ring.cursor = p
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
  const moveOut = (): void => {
    for (; head < queue.length; head++) evict(-1)
    queue = []
    head = 0
    ring.cursor = ring.from
  }
  /** Makes room for a longer ring, between two calls. */
  const lengthen = (bytes: number): void => {
    if (ring.end > 0 && ring.end === top) {
      ring.end = extend(bytes - (ring.end - ring.from), 'the arena').to
      return
    }
    const { from, to } = reserve(bytes, 'the arena')
    moveOut()
    release({ from: ring.from, to: ring.end })
    ring.from = from
    ring.cursor = from
    ring.end = to
  }
  const self: Arena = {
    memory,
    pool: isShared ? pool(memory, MAXIMUM_PAGES) : null,
    capacity,
    begin: (bytes = 0) => {
      call += 1
      if (bytes === asked) return call
      const size = Math.min(
        capacity,
        Math.max(Math.min(first, Math.max(SHORT, aligned(MANY * bytes))), aligned(room * bytes)),
      )
      if (ring.end - ring.from < size) {
        let longer = first
        while (longer < size) longer = Math.min(capacity, 2 * longer)
        lengthen(longer)
      }
      ring.to = ring.from + size
      asked = bytes
      return call
    },
    empty: () => {
      moveOut()
      asked = -1
      if (room < 8) room *= 2
    },
    workspace: (bytes) => {
      if (bytes > workspace.to - workspace.from) {
        release(workspace)
        workspace = { from: 0, to: 0 }
        workspace = reserve(Math.ceil(bytes * 1.25), 'a program')
      }
      return workspace.from
    },
    table: (entries) => {
      if (entries * 4 > table.to - table.from) {
        release(table)
        table = { from: 0, to: 0 }
        table = reserve(entries * 8, 'a program')
      }
      return table.from
    },
    slab: (bytes) => {
      const s = new Slab(self, aligned(bytes), call)
      put(s)
      return s
    },
    pin: (r) => {
      if (r instanceof Slab && r.owner === self) r.pinned = call
    },
    resident: (s) => {
      s.pinned = call
      if (s.address < 0) {
        if (s.origin !== null) s.origin.returned = true
        put(s)
        const heap = s.heap as ArrayBuffer
        const bytes = Math.min(s.bytes, heap.byteLength - s.start)
        copyInto(self.bytes(s.address, bytes), new Uint8Array(heap, s.start, bytes))
      }
      return s.address
    },
    view: (dtype, address, size) => views[dtype].subarray(address / BYTES[dtype], address / BYTES[dtype] + size),
    bytes: (address, size) => views.bool.subarray(address, address + size),
    whole: (dtype) => views[dtype],
  }
  return self
}
