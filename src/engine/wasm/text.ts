/** A function's body as text, close to WebAssembly's own text format: read back from its bytes. */
import { VOID } from './code.js'
import {
  ATOMIC,
  INDEX,
  LANE,
  MEMORY,
  MEMORY_LANE,
  PLAIN,
  SPECIAL,
  VALUE_TYPES,
  type ValueType,
  WHOLE,
} from './opcode.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Kind = 'plain' | 'memory' | 'memoryLane' | 'lane' | 'index' | 'whole' | 'special'

const NAMES: ReadonlyMap<number, readonly [name: string, kind: Kind, natural: number]> = new Map<
  number,
  readonly [string, Kind, number]
>([
  ...Object.entries(PLAIN).map(([name, code]) => [code, [name, 'plain', 0]] as const),
  ...Object.entries(LANE).map(([name, code]) => [code, [name, 'lane', 0]] as const),
  ...Object.entries(INDEX).map(([name, code]) => [code, [name, 'index', 0]] as const),
  ...Object.entries(SPECIAL).map(([name, code]) => [code, [name, 'special', 0]] as const),
  ...Object.entries(MEMORY).map(([name, [code, n]]) => [code, [name, 'memory', n]] as const),
  ...Object.entries(ATOMIC).map(([name, [code, n]]) => [code, [name, 'memory', n]] as const),
  ...Object.entries(MEMORY_LANE).map(([name, [code, n]]) => [code, [name, 'memoryLane', n]] as const),
  ...Object.entries(WHOLE).map(([name, [code, n]]) => [code, [name, 'whole', n]] as const),
])

const TYPE_NAMES: ReadonlyMap<number, ValueType> = new Map(
  Object.entries(VALUE_TYPES).map(([name, code]) => [code, name as ValueType]),
)

// ---------------------------------------------------------------------------------------------------------- combinators

const reader = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const byte = (): number => bytes[at++] as number
  const unsigned = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const b = byte()
      value += (b & 0x7f) * 2 ** shift
      if (b < 0x80) return value
    }
  }
  const signed = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; ) {
      const b = byte()
      value |= BigInt(b & 0x7f) << shift
      shift += 7n
      if (b < 0x80) return BigInt.asIntN(Number(shift), value)
    }
  }
  return {
    more: () => at < bytes.length,
    byte,
    unsigned,
    signed,
    opcode: (): number => {
      const first = byte()
      return first >= 0xfc && first <= 0xfe ? first * 0x10000 + unsigned() : first
    },
    f32: () => {
      at += 4
      return view.getFloat32(at - 4, true)
    },
    f64: () => {
      at += 8
      return view.getFloat64(at - 8, true)
    },
    take: (n: number): Uint8Array => {
      at += n
      return bytes.subarray(at - n, at)
    },
  }
}

type Reader = ReturnType<typeof reader>

const float = (x: number): string => (Object.is(x, -0) ? '-0' : String(x).toLowerCase().replace('infinity', 'inf'))

/** A vector constant in the lanes it most likely was meant in: equal floats, equal integers, or bytes of words. */
const vector = (bytes: Uint8Array): string => {
  const copy = bytes.slice()
  const words = new Int32Array(copy.buffer)
  const same = (xs: ArrayLike<number | bigint>): boolean => Array.from(xs).every((x) => x === xs[0])
  const hex = (xs: Int32Array): string => Array.from(xs, (w) => `0x${(w >>> 0).toString(16)}`).join(' ')
  if (same(words)) {
    const f = new Float32Array(copy.buffer)[0] as number
    return Math.abs(words[0] as number) > 0x100000 && Number.isFinite(f)
      ? `f32x4 ${float(f)}`
      : `i32x4 ${words[0] as number}`
  }
  if (same(new BigInt64Array(copy.buffer))) {
    const f = new Float64Array(copy.buffer)[0] as number
    return Number.isFinite(f) && Math.abs(f) > 1e-300
      ? `f64x2 ${float(f)}`
      : `i64x2 ${new BigInt64Array(copy.buffer)[0]}`
  }
  return `i32x4 ${hex(words)}`
}

const place = (r: Reader, natural: number): string => {
  const align = 2 ** r.unsigned()
  const offset = r.unsigned()
  return `${offset === 0 ? '' : ` offset=${offset}`}${align === natural ? '' : ` align=${align}`}`
}

const skip = (r: Reader, n: number): string => {
  r.take(n)
  return ''
}

const special = (r: Reader, name: string): string => {
  switch (name) {
    case 'block':
    case 'loop':
    case 'if': {
      const type = r.byte()
      return type === VOID ? '' : ` (result ${TYPE_NAMES.get(type) ?? type})`
    }
    case 'i32.const':
    case 'i64.const':
      return ` ${r.signed()}`
    case 'f32.const':
      return ` ${float(r.f32())}`
    case 'f64.const':
      return ` ${float(r.f64())}`
    case 'v128.const':
      return ` ${vector(r.take(16))}`
    case 'i8x16.shuffle':
      return ` ${Array.from(r.take(16)).join(' ')}`
    default:
      return ''
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** The instructions of a body, one a line, indented by their nesting; `call` names functions by `nameOf`. */
export const bodyText = (bytes: Uint8Array, nameOf: (index: number) => string = String): readonly string[] => {
  const r = reader(bytes)
  const lines: string[] = []
  const groups = r.unsigned()
  const locals: string[] = []
  for (let i = 0; i < groups; i++) {
    const count = r.unsigned()
    locals.push(`${count} × ${TYPE_NAMES.get(r.byte())}`)
  }
  if (locals.length > 0) lines.push(`  (local ${locals.join(', ')})`)
  let depth = 1
  while (r.more()) {
    const opcode = r.opcode()
    const [name, kind, natural] = NAMES.get(opcode) ?? [`0x${opcode.toString(16)}`, 'plain', 0]
    const immediate =
      kind === 'memory'
        ? place(r, natural)
        : kind === 'memoryLane'
          ? `${place(r, natural)} ${r.byte()}`
          : kind === 'lane'
            ? ` ${r.byte()}`
            : kind === 'index'
              ? ` ${name === 'call' ? nameOf(r.unsigned()) : r.unsigned()}`
              : kind === 'whole'
                ? skip(r, natural)
                : kind === 'special'
                  ? special(r, name)
                  : ''
    if (name === 'end' || name === 'else') depth--
    if (depth > 0) lines.push(`${'  '.repeat(depth)}${name}${immediate}`)
    if (name === 'block' || name === 'loop' || name === 'if' || name === 'else') depth++
  }
  return lines
}
