/**
 * The IDX format of MNIST and its kin: two zero bytes, a byte for the element type, a byte for the rank, a big-endian
 * 32-bit size for each axis, then the elements, row-major and big-endian (described at yann.lecun.com/exdb/mnist).
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { flow } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { FormatError, type LanacError, showShape } from '../core/error.js'
import { attempt, settle } from '../core/result.js'
import type { DType, Shape, Tensor } from '../core/value.js'
import { allocate, type Buffer, cast, concrete } from '../tensor/concrete.js'
import { checkShape, sizeOf } from '../tensor/shape.js'
import { gunzipE, isGzip } from './gzip.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The element type to give; absent: i32 for whole numbers, f32 and f64 as stored. */
export interface IdxOptions<D extends DType = DType> {
  readonly dtype?: D | undefined
}

/** An element type of the format. */
interface Element {
  readonly name: string
  readonly bytes: number
  readonly dtype: 'i32' | 'f32' | 'f64'
  readonly read: (view: DataView, at: number) => number
}

const ELEMENTS: ReadonlyMap<number, Element> = new Map<number, Element>([
  [0x08, { name: 'unsigned byte', bytes: 1, dtype: 'i32', read: (v, at) => v.getUint8(at) }],
  [0x09, { name: 'signed byte', bytes: 1, dtype: 'i32', read: (v, at) => v.getInt8(at) }],
  [0x0b, { name: 'short', bytes: 2, dtype: 'i32', read: (v, at) => v.getInt16(at) }],
  [0x0c, { name: 'int', bytes: 4, dtype: 'i32', read: (v, at) => v.getInt32(at) }],
  [0x0d, { name: 'float', bytes: 4, dtype: 'f32', read: (v, at) => v.getFloat32(at) }],
  [0x0e, { name: 'double', bytes: 8, dtype: 'f64', read: (v, at) => v.getFloat64(at) }],
])

/** What the first bytes say. */
interface Header {
  readonly element: Element
  readonly shape: Shape
  /** Where the elements begin. */
  readonly start: number
}

// -------------------------------------------------------------------------------------------------------------- reading

const malformed = (problem: string, hint?: string): FormatError =>
  new FormatError({ operation: 'parseIdx', problem, hint })

const header = (bytes: Uint8Array, view: DataView): Header => {
  if (bytes.length < 4) throw malformed(`${bytes.length} bytes are too few for a header`)
  if (isGzip(bytes)) throw malformed('the bytes are compressed by gzip', 'use readIdx or decodeIdx, which unpack them')
  const code = bytes[2] as number
  const element = ELEMENTS.get(code)
  if (bytes[0] !== 0 || bytes[1] !== 0 || element === undefined)
    throw malformed(`0x${view.getUint32(0).toString(16).padStart(8, '0')} is not how an IDX file begins`)
  const rank = bytes[3] as number
  const start = 4 + 4 * rank
  if (bytes.length < start)
    throw malformed(`the header is cut short: rank ${rank} takes ${start} bytes, found ${bytes.length}`)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const expected = start + sizeOf(shape) * element.bytes
  if (bytes.length !== expected)
    throw malformed(
      `${showShape(shape)} elements of type ${element.name} take ${expected} bytes with the header, found ${bytes.length}`,
      bytes.length < expected ? 'the file is cut short' : 'something follows the elements',
    )
  return { element, shape: checkShape('parseIdx', shape), start }
}

const elements = (bytes: Uint8Array, view: DataView, { element, shape, start }: Header, dtype: DType): Buffer => {
  const n = sizeOf(shape)
  const out = allocate(dtype, n)
  if (element.bytes === 1 && element.name === 'unsigned byte' && dtype !== 'bool') out.set(bytes.subarray(start))
  else for (let i = 0; i < n; i++) out[i] = cast(dtype, element.read(view, start + i * element.bytes))
  return out
}

/**
 * The array in the bytes of an IDX file; whole numbers as i32, or any element type: `parseIdx(bytes, { dtype: 'f32' })`.
 *
 * @throws FormatError when the bytes are not an IDX file, exactly
 * @example
 * ```ts
 * import { toArray } from 'lanac'
 * import { parseIdx } from 'lanac/data'
 * const labels = parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1))
 * assert.deepStrictEqual(toArray(labels), [7, 2, 1])
 * ```
 */
export const parseIdx = <D extends DType = DType>(bytes: Uint8Array, options: IdxOptions<D> = {}): Tensor<Shape, D> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const h = header(bytes, view)
  const dtype = options.dtype ?? h.element.dtype
  return concrete(h.shape, dtype, elements(bytes, view, h, dtype)) as Tensor as Tensor<Shape, D>
}

/** The same, with its error as a value. */
export const parseIdxE = <D extends DType = DType>(
  bytes: Uint8Array,
  options: IdxOptions<D> = {},
): Either<LanacError, Tensor<Shape, D>> => attempt(() => parseIdx(bytes, options))

/** The array in the bytes of an IDX file, which may be compressed by gzip; a task, since unpacking streams. */
export const decodeIdxE = <D extends DType = DType>(
  bytes: Uint8Array,
  options: IdxOptions<D> = {},
): TE.TaskEither<LanacError, Tensor<Shape, D>> => {
  const parse = flow((b: Uint8Array) => parseIdxE(b, options), TE.fromEither)
  return isGzip(bytes) ? TE.chain(parse)(gunzipE(bytes)) : parse(bytes)
}

/**
 * The same as a promise.
 *
 * @throws FormatError when the bytes are not an IDX file, exactly, or unpack to none
 */
export const decodeIdx = <D extends DType = DType>(
  bytes: Uint8Array,
  options: IdxOptions<D> = {},
): Promise<Tensor<Shape, D>> => settle(decodeIdxE(bytes, options))
