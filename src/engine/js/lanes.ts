/**
 * Lanes as JavaScript: the arithmetic of one element, as source text.
 *
 * A float of 32 bits is a number rounded by `Math.fround` after each operation, an i32 a number kept by `| 0`, a mask a
 * boolean. Calls go to `Math` or to the reference functions of `src/primitive/special*.ts`, which {@link HELPERS} lists by the
 * names that the text uses. There is no i64: only functions written out need it.
 *
 * Law: the results are those of `wasm/lanes.ts` to the bit where no function is called (but for `madd` where the machine
 * rounds it once, and which NaN a NaN is).
 */
import { ValueError } from '../../core/error.js'
import type { Lane, LaneType } from '../../core/lane.js'
import { digamma, erf, erfc, lgamma, polygamma, remainder, roundHalfEven } from '../../primitive/special.js'

// ---------------------------------------------------------------------------------------------------------------- model

const words = new DataView(new ArrayBuffer(8))

/** What the text may call besides `Math`: to be passed as arguments of these names. */
export const HELPERS = {
  $erf: erf,
  $erfc: erfc,
  $lgamma: lgamma,
  $digamma: digamma,
  $polygamma: polygamma,
  $nearest: roundHalfEven,
  $remainder: remainder,
  /** 1 / (1 + e⁻ˣ) */
  $sigmoid: (x: number): number => 1 / (1 + Math.exp(-x)),
  /** The bits of a float of 32 bits. */
  $bits: (x: number): number => {
    words.setFloat32(0, x)
    return words.getInt32(0)
  },
  /** The float of 32 bits that has these bits. */
  $float: (x: number): number => {
    words.setInt32(0, x)
    return words.getFloat32(0)
  },
  /** The nearest i32 to a float, truncated; NaN is 0. */
  $truncate: (x: number): number => Math.max(-2147483648, Math.min(2147483647, Math.trunc(x))) | 0,
} as const

/** Lanes as text. */
export interface Text {
  /** Declarations of shared values, in order. */
  readonly statements: readonly string[]
  /** One expression for each root. */
  readonly values: readonly string[]
}

// ---------------------------------------------------------------------------------------------------------- combinators

const refuse = (problem: string, hint: string): never => {
  throw new ValueError({ operation: 'js', problem, hint })
}

/** A number that reads back as itself. */
const literal = (x: number): string =>
  Number.isNaN(x)
    ? 'NaN'
    : x === Number.POSITIVE_INFINITY
      ? 'Infinity'
      : x === Number.NEGATIVE_INFINITY
        ? '(-Infinity)'
        : Object.is(x, -0)
          ? '(-0)'
          : x < 0
            ? `(${x})`
            : String(x)

const constantText = (lane: Lane): string => {
  const { type } = lane
  if (type === 'i64') return refuse('an integer of 64 bits', 'leave calls as they are')
  if (lane.op === 'constant') {
    const value = lane.data as number
    return type.startsWith('m')
      ? String(value !== 0)
      : type === 'i32'
        ? literal(value | 0)
        : literal(type === 'f32' ? Math.fround(value) : value)
  }
  const bits = lane.data as bigint
  if (type.startsWith('m')) return String(bits !== 0n)
  if (type === 'i32') return literal(Number(BigInt.asIntN(32, bits)))
  if (type === 'f32') {
    words.setUint32(0, Number(BigInt.asUintN(32, bits)))
    return literal(words.getFloat32(0))
  }
  words.setBigUint64(0, BigInt.asUintN(64, bits))
  return literal(words.getFloat64(0))
}

/** Functions that are not `Math`'s of the same name. */
const CALLS: Readonly<Record<string, string>> = {
  erf: '$erf',
  erfc: '$erfc',
  lgamma: '$lgamma',
  digamma: '$digamma',
  sigmoid: '$sigmoid',
  remainder: '$remainder',
}

const COMPARISONS: Readonly<Record<string, string>> = {
  eq: '===',
  ne: '!==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}

/** An integer of 32 bits from what its operands give. */
const INTEGER: Readonly<Record<string, (x: string, y: string) => string>> = {
  add: (x, y) => `(${x} + ${y} | 0)`,
  sub: (x, y) => `(${x} - ${y} | 0)`,
  mul: (x, y) => `Math.imul(${x}, ${y})`,
  min: (x, y) => `Math.min(${x}, ${y})`,
  max: (x, y) => `Math.max(${x}, ${y})`,
  and: (x, y) => `(${x} & ${y})`,
  or: (x, y) => `(${x} | ${y})`,
  xor: (x, y) => `(${x} ^ ${y})`,
  andNot: (x, y) => `(${x} & ~${y})`,
  shlBy: (x, y) => `(${x} << ${y})`,
  shrSBy: (x, y) => `(${x} >> ${y})`,
  shrUBy: (x, y) => `(${x} >>> ${y} | 0)`,
}

const MASK: Readonly<Record<string, (x: string, y: string) => string>> = {
  and: (x, y) => `(${x} && ${y})`,
  or: (x, y) => `(${x} || ${y})`,
  xor: (x, y) => `(${x} !== ${y})`,
  andNot: (x, y) => `(${x} && !${y})`,
}

const FLOAT: Readonly<Record<string, (x: string, y: string) => string>> = {
  add: (x, y) => `(${x} + ${y})`,
  sub: (x, y) => `(${x} - ${y})`,
  mul: (x, y) => `(${x} * ${y})`,
  div: (x, y) => `(${x} / ${y})`,
  min: (x, y) => `Math.min(${x}, ${y})`,
  max: (x, y) => `Math.max(${x}, ${y})`,
  neg: (x) => `(-${x})`,
  nearest: (x) => `$nearest(${x})`,
  abs: (x) => `Math.abs(${x})`,
  sqrt: (x) => `Math.sqrt(${x})`,
  floor: (x) => `Math.floor(${x})`,
  ceil: (x) => `Math.ceil(${x})`,
  trunc: (x) => `Math.trunc(${x})`,
}

/** Operations on floats whose result needs no rounding. */
const EXACT: ReadonlySet<string> = new Set(['min', 'max', 'neg', 'nearest', 'abs', 'floor', 'ceil', 'trunc'])

const kindOf = (type: LaneType): 'mask' | 'f32' | 'f64' | 'i32' =>
  type === 'm32' || type === 'm64'
    ? 'mask'
    : type === 'i64'
      ? refuse('an integer of 64 bits', 'leave calls as they are')
      : type

/** The i32 with the bits of a 32-bit lane. */
const toBits = (x: string, type: LaneType): string =>
  type === 'f32' ? `$bits(${x})` : type === 'm32' ? `(${x} ? -1 : 0)` : x

const fromBits = (x: string, type: LaneType): string =>
  type === 'f32' ? `$float(${x})` : type === 'm32' ? `(${x} !== 0)` : x

const BITWISE: ReadonlySet<string> = new Set(['and', 'or', 'xor', 'andNot', 'not'])

const expression = (lane: Lane, args: readonly string[]): string => {
  const { op, type } = lane
  const [x = '', y = '', z = ''] = args
  const from = lane.args[0]?.type ?? type
  const kind = kindOf(type)
  // what begins with a parenthesis is one group
  const rounded = (text: string): string =>
    kind !== 'f32' ? text : text.startsWith('(') ? `Math.fround${text}` : `Math.fround(${text})`
  if (op === 'select' || op === 'rarely') return `(${x} ? ${y} : ${z})`
  if (op === 'call') {
    const name = lane.data as string
    const order = /^polygamma(\d+)$/.exec(name)?.[1]
    return rounded(
      order === undefined ? `${CALLS[name] ?? `Math.${name}`}(${args.join(', ')})` : `$polygamma(${order}, ${x})`,
    )
  }
  if (op === 'madd') return kind === 'f32' ? `Math.fround(Math.fround(${x} * ${y}) + ${z})` : `(${x} * ${y} + ${z})`
  const comparison = COMPARISONS[op]
  if (comparison !== undefined) return `(${x} ${comparison} ${y})`
  if (op === 'truncate') return `$truncate(${x})`
  if (op === 'convert') return rounded(x)
  if (op === 'bits') {
    if (type.endsWith('64') && kindOf(from) !== kind) return refuse('the bits of a double', 'leave calls as they are')
    return from === type ? x : fromBits(toBits(x, from), type)
  }
  if (kind === 'mask') return op === 'not' ? `(!${x})` : (MASK[op]?.(x, y) ?? refuse(`a mask by ${op}`, 'use and, or'))
  if (BITWISE.has(op) && kind !== 'i32') {
    if (kind === 'f64') return refuse('the bits of a double', 'leave calls as they are')
    const a = toBits(x, type)
    return fromBits(op === 'not' ? `(~${a})` : (INTEGER[op]?.(a, toBits(y, type)) as string), type)
  }
  if (kind === 'i32') {
    if (op === 'not') return `(~${x})`
    if (op === 'neg') return `(-${x} | 0)`
    if (op === 'shl') return `(${x} << ${lane.data})`
    if (op === 'shrS') return `(${x} >> ${lane.data})`
    if (op === 'shrU') return `(${x} >>> ${lane.data} | 0)`
    return INTEGER[op]?.(x, y) ?? refuse(`integers by ${op}`, 'convert to f64')
  }
  const float = FLOAT[op]?.(x, y) ?? refuse(`floats by ${op}`, 'use another operation')
  return EXACT.has(op) ? float : rounded(float)
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * Lanes as text: `source` gives the expression of a source, from those of the lanes `below` it (a gather's index), `fresh`
 * a new name for each value that is used more than once.
 */
export const lanesText = (
  roots: readonly Lane[],
  source: (lane: Lane, below: readonly string[]) => string,
  fresh: () => string,
  below: (lane: Lane) => readonly Lane[] = (lane) => lane.args,
): Text => {
  const uses = new Map<Lane, number>()
  const order: Lane[] = []
  const entered = new Set<Lane>()
  const open: { readonly lane: Lane; readonly done: boolean }[] = []
  const meet = (lane: Lane): void => {
    uses.set(lane, (uses.get(lane) ?? 0) + 1)
    if (!entered.has(lane)) open.push({ lane, done: false })
  }
  for (const root of roots) {
    meet(root)
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { lane, done } = top
      if (done) order.push(lane)
      else if (!entered.has(lane)) {
        entered.add(lane)
        open.push({ lane, done: true })
        for (const arg of below(lane)) meet(arg)
      }
    }
  }
  const statements: string[] = []
  const texts = new Map<Lane, string>()
  for (const lane of order) {
    const constant = lane.op === 'constant' || lane.op === 'constantBits'
    const known = (): readonly string[] => below(lane).map((arg) => texts.get(arg) as string)
    const text = constant
      ? constantText(lane)
      : lane.op === 'source'
        ? source(lane, known())
        : expression(lane, known())
    // deep chains are cut, since parsers are recursive
    if (!constant && !/^[\w$]+$/.test(text) && ((uses.get(lane) as number) > 1 || text.length > 500)) {
      const name = fresh()
      statements.push(`const ${name} = ${text}`)
      texts.set(lane, name)
    } else texts.set(lane, text)
  }
  return { statements, values: roots.map((root) => texts.get(root) as string) }
}
