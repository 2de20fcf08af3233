/**
 * The safetensors format (huggingface.co/docs/safetensors): the length of a header as 8 bytes, the header in JSON, and the
 * elements, little-endian and row-major. Any tool that reads it reads these files: every tensor stands under its path,
 * `0.w`. The tree they make, with what is no tensor in it, stands in the header's metadata.
 *
 * Laws: decode(encode(t)) = t, with its structure, element types and shapes; decoding never trusts what it reads.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { FormatError, type LanacError, showShape } from '../core/error.js'
import { attempt } from '../core/result.js'
import type { DType, Shape, Tensor } from '../core/value.js'
import { lift } from '../ops/operand.js'
import { force, type Value } from '../tape/node.js'
import { allocate, type Buffer, bufferOf, type Concrete, concrete, elementAt, weaken } from '../tensor/concrete.js'
import { checkShape, sizeOf } from '../tensor/shape.js'
import { flatten, type Leaf, type Structure, unflatten } from '../tree/tree.js'
import { checkLike } from './like.js'
import { type Named, parseStructure, writeStructure } from './structure.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A tensor as the header states it. */
interface Entry {
  readonly name: string
  readonly dtype: DType
  readonly shape: Shape
  /** Bytes from `begin` (included) to `end` (excluded), counted from the end of the header. */
  readonly begin: number
  readonly end: number
}

/** The part of the metadata that holds the tree. */
const STRUCTURE = 'lanac.structure'
const METADATA = '__metadata__'

const TO_FILE: { readonly [D in DType]: string } = { f64: 'F64', f32: 'F32', i32: 'I32', bool: 'BOOL' }
const FROM_FILE: ReadonlyMap<unknown, DType> = new Map(Object.entries(TO_FILE).map(([d, name]) => [name, d as DType]))
const BYTES: { readonly [D in DType]: number } = { f64: 8, f32: 4, i32: 4, bool: 1 }

/** Longer headers are refused, as the format's own library does. */
const MAX_HEADER = 100_000_000

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

const malformed = (problem: string, path?: string): FormatError =>
  new FormatError({ operation: 'decodeParams', problem, path })

// ------------------------------------------------------------------------------------------------------------- elements

/** The bytes of elements, in the order of the file; `width` bytes make one. */
const ordered = (bytes: Uint8Array, width: number): Uint8Array => {
  if (isLittleEndian) return bytes
  for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse()
  return bytes
}

const toBytes = (x: Buffer): Uint8Array => ordered(new Uint8Array(x.slice().buffer), x.BYTES_PER_ELEMENT)

const fromBytes = (bytes: Uint8Array, { name, dtype, shape }: Entry): Concrete => {
  const out = allocate(dtype, sizeOf(shape))
  new Uint8Array(out.buffer).set(ordered(bytes.slice(), BYTES[dtype]))
  if (dtype === 'bool' && out.some((x) => x > 1)) throw malformed('a truth value is neither 0 nor 1', name)
  return concrete(shape, dtype, out)
}

// -------------------------------------------------------------------------------------------------------------- writing

/**
 * A tree of tensors (and numbers, strings, truth values, null) as the bytes of a safetensors file.
 *
 * @throws TreeError for what no file can hold: functions, symbols, objects with a class
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import { decodeParams, encodeParams } from 'lanac/data'
 * const params = { w: tensor([[1, 2]], { dtype: 'f32' }), b: tensor([0]) }
 * const decoded = decodeParams(encodeParams(params), params)
 * assert.deepStrictEqual(toArray(decoded.w), [[1, 2]])
 * ```
 */
export const encodeParams = (tree: unknown): Uint8Array => {
  const { structure, leaves } = flatten(tree)
  const tensors = leaves.map((x) => force(lift('encodeParams', x), 'encodeParams'))
  const { text, names } = writeStructure(structure, leaves.map(kindOf))
  // wide elements first: each tensor then begins at a multiple of its width
  const order = tensors.map((_, i) => i).sort((i, j) => width(tensors[j]) - width(tensors[i]) || i - j)
  const parts: Uint8Array[] = []
  const entries: [string, unknown][] = []
  let at = 0
  for (const i of order) {
    const x = tensors[i] as Concrete
    const bytes = toBytes(bufferOf(x))
    entries.push([
      names[i] as string,
      { dtype: TO_FILE[x.dtype], shape: x.shape, data_offsets: [at, at + bytes.length] },
    ])
    parts.push(bytes)
    at += bytes.length
  }
  return assemble(JSON.stringify(Object.fromEntries([[METADATA, { [STRUCTURE]: text }], ...entries])), parts, at)
}

const width = (x: Concrete | undefined): number => BYTES[(x as Concrete).dtype]

const kindOf = (x: Leaf): Named['kind'] => (typeof x === 'number' ? 'number' : (x as Value).weak ? 'weak' : 'tensor')

/** Length, header padded by spaces to a multiple of 8 bytes, elements. */
const assemble = (json: string, parts: readonly Uint8Array[], size: number): Uint8Array => {
  const header = new TextEncoder().encode(json)
  const length = Math.ceil(header.length / 8) * 8
  const out = new Uint8Array(8 + length + size).fill(0x20, 8, 8 + length)
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true)
  out.set(header, 8)
  let at = 8 + length
  for (const p of parts) {
    out.set(p, at)
    at += p.length
  }
  return out
}

// -------------------------------------------------------------------------------------------------------------- reading

type Json = Readonly<Record<string, unknown>>

const isObject = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x)

const parseHeader = (bytes: Uint8Array): { readonly header: Json; readonly start: number } => {
  if (bytes.length < 8) throw malformed(`${bytes.length} bytes are too few for a safetensors file`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (length > MAX_HEADER) throw malformed(`a header of ${length} bytes is more than ${MAX_HEADER}`)
  const start = 8 + Number(length)
  if (start > bytes.length) throw malformed(`a header of ${length} bytes does not fit in a file of ${bytes.length}`)
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)))
    if (isObject(header)) return { header, start }
  } catch (e) {
    throw malformed(`the header is not JSON: ${e instanceof Error ? e.message : e}`)
  }
  throw malformed('the header is not a JSON object')
}

const isSize = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0
const isSizes = (x: unknown): x is readonly number[] => Array.isArray(x) && x.every(isSize)

const parseEntry = (name: string, x: unknown): Entry => {
  if (!isObject(x)) throw malformed('its entry is not an object', name)
  const dtype = FROM_FILE.get(x.dtype)
  if (dtype === undefined)
    throw malformed(
      `elements of type ${JSON.stringify(x.dtype)} cannot be held, only ${[...FROM_FILE.keys()].join(', ')}`,
      name,
    )
  const { shape, data_offsets: offsets } = x
  if (!isSizes(shape)) throw malformed(`${JSON.stringify(shape)} is not a shape`, name)
  checkShape('decodeParams', shape)
  if (!isSizes(offsets) || offsets.length !== 2) throw malformed(`${JSON.stringify(offsets)} are not two offsets`, name)
  const [begin, end] = offsets as readonly [number, number]
  const size = sizeOf(shape) * BYTES[dtype]
  if (end - begin !== size)
    throw malformed(`${showShape(shape)} of ${dtype} takes ${size} bytes, not ${begin} to ${end}`, name)
  return { name, dtype, shape, begin, end }
}

/** The entries, which have to fill the file from end to end: no overlaps, no holes. */
const parseEntries = (header: Json, size: number): readonly Entry[] => {
  const entries = Object.entries(header).flatMap(([name, x]) => (name === METADATA ? [] : [parseEntry(name, x)]))
  let at = 0
  for (const e of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (e.begin !== at) throw malformed(`its elements begin at ${e.begin}, those before end at ${at}`, e.name)
    at = e.end
  }
  if (at !== size) throw malformed(`the tensors take ${at} bytes, the file has ${size} for them`)
  return entries
}

/** The tree that the metadata describes; of a file without one, the record of its tensors. */
const structureOf = (
  header: Json,
  entries: readonly Entry[],
): { readonly structure: Structure; readonly leaves: readonly Named[] } => {
  const metadata = Object.hasOwn(header, METADATA) ? header[METADATA] : undefined
  if (metadata !== undefined && !isObject(metadata)) throw malformed('the metadata is not an object')
  const text = metadata !== undefined && Object.hasOwn(metadata, STRUCTURE) ? metadata[STRUCTURE] : undefined
  if (text !== undefined) return parseStructure(text)
  const structure: Structure = {
    kind: 'record',
    keys: entries.map((e) => e.name),
    children: entries.map(() => ({ kind: 'leaf' })),
  }
  return { structure, leaves: entries.map((e) => ({ name: e.name, kind: 'tensor' })) }
}

const decodeTree = (bytes: Uint8Array): unknown => {
  const { header, start } = parseHeader(bytes)
  const data = bytes.subarray(start)
  const entries = new Map(parseEntries(header, data.length).map((e) => [e.name, e]))
  const { structure, leaves } = structureOf(header, [...entries.values()])
  const values = leaves.map(({ name, kind }): Tensor | number => {
    const entry = entries.get(name)
    if (entry === undefined) throw malformed('the tree names a tensor that is not there, or names it twice', name)
    entries.delete(name)
    const x = fromBytes(data.subarray(entry.begin, entry.end), entry)
    if (kind === 'tensor') return x
    if (x.dtype !== 'f64' || (kind === 'number' && x.shape.length > 0))
      throw malformed(`${x.dtype} of shape ${showShape(x.shape)} stands for a number`, name)
    return kind === 'number' ? elementAt(x, 0) : weaken(x)
  })
  const [unused] = entries.keys()
  if (unused !== undefined) throw malformed('the tree does not name this tensor', unused)
  return unflatten({ structure, leaves: values })
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * The tree in the bytes of a safetensors file, exactly as it was encoded; a file of another tool gives the record of its
 * tensors. With `like`, the tree has to have its structure, shapes and element types, and gets its type.
 *
 * @throws FormatError when the bytes are not such a file, TreeError when the tree is another
 */
export const decodeParams: {
  (bytes: Uint8Array): unknown
  <T>(bytes: Uint8Array, like: T): T
} = <T>(bytes: Uint8Array, ...like: [] | [T]): T => {
  const tree = decodeTree(bytes)
  if (like.length === 1) checkLike('decodeParams', tree, like[0])
  return tree as T
}

/** The same, with its error as a value. */
export const decodeParamsE: {
  (bytes: Uint8Array): Either<LanacError, unknown>
  <T>(bytes: Uint8Array, like: T): Either<LanacError, T>
} = <T>(bytes: Uint8Array, ...like: [] | [T]): Either<LanacError, T> =>
  attempt(() => (like.length === 0 ? decodeParams(bytes) : decodeParams(bytes, like[0])) as T)
