/** Memory on the JS heap for what is about to be written, and arrays over it. */
import type { DType } from '../core/value.js'
import { allocate, type Buffer } from '../tensor/concrete.js'
import { canFree, pageKeeper } from './pages.js'

// ---------------------------------------------------------------------------------------------------------------- views

/** Copies of arrays; made of another array, memory is not first filled with zeros. */
export const copyOf = (dtype: DType, x: Buffer): Buffer => {
  switch (dtype) {
    case 'f64':
      return new Float64Array(x)
    case 'f32':
      return new Float32Array(x)
    case 'i32':
      return new Int32Array(x)
    case 'bool':
      return new Uint8Array(x)
  }
}

/** Part of a buffer as an array. */
export const viewOf = (dtype: DType, buffer: ArrayBufferLike, at: number, size: number): Buffer => {
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

// -------------------------------------------------------------------------------------------------------------- buffers

/** As much of Node's buffers as is asked for. */
interface Buffers {
  readonly from?: (x: ArrayBufferLike, at: number, bytes: number) => { readonly fill: (from: Uint8Array) => unknown }
  readonly allocUnsafeSlow?: (bytes: number) => { readonly buffer: ArrayBufferLike }
}

/** What of Node there is. */
interface Surroundings {
  readonly Buffer?: Buffers
  readonly process?: { readonly platform?: string; readonly versions?: { readonly node?: string } }
}

const here: Surroundings = globalThis

/** What stands in for them in a page has the same methods, but goes byte by byte. */
const buffers = (): Buffers | undefined => (here.process?.versions?.node === undefined ? undefined : here.Buffer)

/** Where that can be had it is not filled with zeros first. */
const made = (bytes: number): ArrayBufferLike => {
  try {
    const found = buffers()?.allocUnsafeSlow?.(bytes).buffer
    if (found?.byteLength === bytes) return found
  } catch {
    // said below, in our own words
  }
  return allocate('bool', bytes).buffer
}

/** The collector of Node 20 lets less pile up than what goes back to the system, and would free what this needs too late. */
const count = here.process?.platform === 'linux' && canFree() ? pageKeeper(made) : null

/** A buffer that is about to be written. @throws MemoryError */
export const unfilled = (bytes: number): ArrayBufferLike => {
  count?.(bytes)
  return made(bytes)
}

/** Where bytes may be written: from a place in a buffer on. */
export interface Room {
  readonly buffer: ArrayBufferLike
  readonly at: number
}

/** Rooms in a buffer that short ones share, and bytes from which on one has a buffer of its own. */
const TOGETHER = 4
const ALONE = 2 ** 17

/**
 * Gives rooms. A few short ones of about the same size share a buffer: to make one, and to collect it, takes a microsecond, a
 * tenth of the time of what is written there. Whoever keeps a room keeps no more than eight times its bytes.
 */
export const rooms = (): ((bytes: number) => Room) => {
  /** By the power of two that holds a room: the last buffer, and how much of it is taken. */
  const begun = new Map<number, { readonly buffer: ArrayBufferLike; taken: number }>()
  return (bytes) => {
    if (bytes > ALONE) return { buffer: unfilled(bytes), at: 0 }
    const power = 32 - Math.clz32(Math.max(1, bytes) - 1)
    const known = begun.get(power)
    if (known !== undefined && known.taken + bytes <= known.buffer.byteLength) {
      known.taken += bytes
      return { buffer: known.buffer, at: known.taken - bytes }
    }
    const buffer = unfilled(TOGETHER * 2 ** power)
    begun.set(power, { buffer, taken: bytes })
    return { buffer, at: 0 }
  }
}

/**
 * Copies bytes into memory as long as they are. Typed arrays copy what threads share word by word; a Node buffer that is
 * filled with it takes it as a whole, which is two to four times as fast.
 */
export const copyInto = (to: Uint8Array, from: Uint8Array): void => {
  const whole = from.length === 0 ? undefined : buffers()?.from?.(to.buffer, to.byteOffset, to.length)
  if (whole === undefined) to.set(from)
  else whole.fill(from)
}

/** A copy of memory. @throws MemoryError */
export const copyOfMemory = (from: Uint8Array): ArrayBufferLike => {
  const made = new Uint8Array(unfilled(from.length))
  copyInto(made, from)
  return made.buffer
}
