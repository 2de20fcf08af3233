/**
 * Concrete arrays: numbers in memory, row-major, never written after they are made.
 *
 * An array whose elements are all equal is held as one number whatever its shape; scalars are the case that matters
 * most (86 bytes instead of 287), and a broadcast constant costs nothing.
 */

import { DTypeError, MemoryError, showShape, ValueError } from '../core/error.js'
import { brand, type DType, type Holding, type Shape, type Tensor } from '../core/value.js'
import { format, inspect } from './print.js'
import { SCALAR, sizeOf } from './shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The memory of each element type. */
export type Buffer = Float64Array | Float32Array | Int32Array | Uint8Array

/** The scopes a concrete value depends on: none. */
const NO_SCOPES: readonly never[] = Object.freeze([])

/** Elements that lie where a compiled program wrote them, until somebody reads them. */
export interface Residence {
  /** A copy of elements from a place on, in bytes. */
  readonly elements: (dtype: DType, place: number, size: number) => Buffer
}

/** An array in memory; a class for its prototype (brand, printing), which costs an instance nothing. */
export class Concrete implements Tensor {
  declare readonly [brand]: Holding
  declare readonly scopes: readonly never[]
  readonly shape: Shape
  readonly dtype: DType
  /** Made of JS numbers only. */
  readonly weak: boolean
  readonly value: number
  /** Private to this file and to the engine: the elements on the JS heap, and where compiled programs find them. */
  held: Buffer | null
  residence: Residence | null = null
  place = 0
  constructor(shape: Shape, dtype: DType, buffer: Buffer | null, value: number, weak: boolean) {
    this.shape = shape
    this.dtype = dtype
    this.held = buffer
    this.value = value
    this.weak = weak
  }
  /** The elements, or null when all of them are `value`. Never to be written to. */
  get buffer(): Buffer | null {
    if (this.held === null && this.residence !== null)
      this.held = this.residence.elements(this.dtype, this.place, sizeOf(this.shape))
    return this.held
  }
  toString(): string {
    return format(elementsOf(this), this.shape, this.dtype)
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return inspect(elementsOf(this), this.shape, this.dtype)
  }
  /** One element as a number, more as text. @throws ValueError for JS arithmetic on more than one element */
  [Symbol.toPrimitive](hint: string): string | number {
    if (hint === 'string') return this.toString()
    if (sizeOf(this.shape) === 1) return elementAt(this, 0)
    if (hint === 'default') return this.toString()
    throw new ValueError({
      operation: 'operator',
      problem: `a JS operator or Math function was given a tensor of shape ${showShape(this.shape)}`,
      hint: 'use words that take tensors: add, mul, exp, greater, …',
    })
  }
}
Object.defineProperty(Concrete.prototype, brand, { value: 'concrete' })
Object.defineProperty(Concrete.prototype, 'scopes', { value: NO_SCOPES })

// --------------------------------------------------------------------------------------------------------- constructors

/** Fresh memory for `n` elements, zeros. @throws MemoryError where there is not that much */
export const allocate = (dtype: DType, n: number): Buffer => {
  try {
    switch (dtype) {
      case 'f64':
        return new Float64Array(n)
      case 'f32':
        return new Float32Array(n)
      case 'i32':
        return new Int32Array(n)
      case 'bool':
        return new Uint8Array(n)
    }
  } catch {
    throw outOfMemory(n * BYTES[dtype], UNNAMED, { shape: [n], dtype })
  }
  throw unknownDType('tensor', dtype)
}

// ------------------------------------------------------------------------------------------------------------ no memory

/** Bytes of an element. */
const BYTES: { readonly [D in DType]: number } = { f64: 8, f32: 4, i32: 4, bool: 1 }

/** The operation of an error that nobody has named yet. */
const UNNAMED = 'tensor'

/** What was to be made. */
type Made = Pick<Tensor, 'shape' | 'dtype'>

/** The error for memory that there is not, asked for by an operation that makes this. */
export const outOfMemory = (bytes: number, operation: string, { shape, dtype }: Made): MemoryError =>
  new MemoryError({
    operation,
    problem: `making ${dtype}${showShape(shape)} asks for ${bytes} bytes (${(bytes / 2 ** 30).toPrecision(3)} GiB), more memory than can be had`,
    hint: 'use smaller batches, f32 in place of f64, or reduce (sum, mean, matmul) before widening',
    bytes,
  })

/** An error, told of the operation that it happened in when it is about memory and does not know. */
export const withOperation = (e: unknown, operation: string, made: () => readonly Made[]): unknown => {
  if (!(e instanceof MemoryError) || e.operation !== UNNAMED) return e
  const results = made()
  const own = results.find((r) => sizeOf(r.shape) * BYTES[r.dtype] === e.bytes) ?? results[0]
  return own === undefined ? e : outOfMemory(e.bytes, operation, own)
}

/** The error for a name that is no element type. */
export const unknownDType = (operation: string, dtype: unknown): DTypeError =>
  new DTypeError({ operation, problem: `unknown dtype ${String(dtype)}`, hint: "use 'f64', 'f32', 'i32' or 'bool'" })

/** A number as an element of this type is stored: rounded, wrapped or made 0/1. */
export const cast = (dtype: DType, x: number): number =>
  dtype === 'f64' ? x : dtype === 'f32' ? Math.fround(x) : dtype === 'i32' ? x | 0 : x !== 0 ? 1 : 0

/** An array over memory that its caller gives up. */
export const concrete = (shape: Shape, dtype: DType, buffer: Buffer): Concrete =>
  shape.length === 0
    ? new Concrete(SCALAR, dtype, null, buffer[0] as number, false)
    : new Concrete(shape, dtype, buffer, 0, false)

/** An array whose elements are all `value` (already of the element type). */
export const uniform = (shape: Shape, dtype: DType, value: number, weak = false): Concrete =>
  new Concrete(shape, dtype, null, value, weak)

/** A scalar. */
export const scalarOf = (dtype: DType, value: number): Concrete => new Concrete(SCALAR, dtype, null, value, false)

/** A JS number as a value: an f64 scalar that adapts to the element type beside it. */
export const weakScalar = (value: number): Concrete => new Concrete(SCALAR, 'f64', null, value, true)

// -------------------------------------------------------------------------------------------------------------- reading

/** The elements in memory (a uniform array is written out); never to be written to. */
export const bufferOf = (x: Concrete): Buffer => {
  if (x.buffer !== null) return x.buffer
  const buffer = allocate(x.dtype, sizeOf(x.shape))
  if (x.value !== 0 || Object.is(x.value, -0)) buffer.fill(x.value)
  return buffer
}

/** The elements to be looked at here and there: one number stands for all of them without being written out. */
const elementsOf = (x: Concrete): ArrayLike<number> => {
  if (x.buffer !== null) return x.buffer
  const length = sizeOf(x.shape)
  return new Proxy([], { get: (_, key) => (key === 'length' ? length : x.value) })
}

/** Element `i` in row-major order. */
export const elementAt = (x: Concrete, i: number): number => (x.buffer === null ? x.value : (x.buffer[i] as number))

/** Whether the elements are held as one number, without looking at memory. */
export const isOneNumber = (x: Concrete): boolean => x.held === null && x.residence === null

/** Whether every element is known to be this one number, without looking at memory. */
export const isUniform = (x: Tensor, value: number): boolean =>
  isOneNumber(x as Concrete) && (x as Concrete).value === value

const over = (x: Concrete, shape: Shape, weak: boolean): Concrete => {
  const y = new Concrete(shape, x.dtype, x.held, x.value, weak)
  y.residence = x.residence
  y.place = x.place
  return y
}

/** The same elements, where they lie, under a shape of as many. */
export const reshaped = (x: Concrete, shape: Shape): Concrete =>
  shape.length === 0 ? scalarOf(x.dtype, elementAt(x, 0)) : over(x, shape, false)

/** The same array, taking the element type of what stands beside it. */
export const weaken = (x: Concrete): Concrete => over(x, x.shape, true)
