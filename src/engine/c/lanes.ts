/**
 * Lanes as C: a statement for each, on as many elements as a vector holds.
 *
 * Law: whatever the vectors' length, the element-wise results are the same bits as WebAssembly's (but for `madd`, and which
 * NaN a NaN is).
 */
import { ValueError } from '../../core/error.js'
import { isConstant, type Lane, type LaneType } from '../../core/lane.js'
import type { Source } from '../../core/nest.js'
import type { VectorLength } from '../machine.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Lines of a function, and names of its own. */
export interface Text {
  readonly line: (text: string) => void
  readonly fresh: () => string
}

/** How lanes are written. */
export interface Emission extends Text {
  readonly vl: VectorLength
  /** The expression of a source; `plus` is that of the lane that is added to a load's index. */
  readonly source: (lane: Lane, plus: string | null) => string
  /** Lanes that have names already. */
  readonly bound: ReadonlyMap<Lane, string>
  /** The name of the function that a `call` lane calls. */
  readonly functionOf: (call: Lane, vl: VectorLength) => string
}

// ---------------------------------------------------------------------------------------------------------------- types

const isFloat = (t: LaneType): boolean => t.startsWith('f')

/** The element type of a lane: masks are integers. */
export const elementOf = (t: LaneType): 'f32' | 'f64' | 'i32' | 'i64' => (t === 'm32' ? 'i32' : t === 'm64' ? 'i64' : t)

const integerOf = (t: LaneType): 'i32' | 'i64' => (t.endsWith('64') ? 'i64' : 'i32')

/** The C type of a lane. */
export const typeOf = (t: LaneType, vl: VectorLength): string => `${elementOf(t)}x${vl}`

// ---------------------------------------------------------------------------------------------------------- expressions

/** A number as a literal. */
const literal = (t: LaneType, value: number): string => {
  if (t === 'i64') return value === -(2 ** 63) ? '(-9223372036854775807LL - 1)' : `${BigInt(value)}LL`
  if (t === 'i32') return value === -2147483648 ? '(-2147483647 - 1)' : String(value)
  if (t === 'm32' || t === 'm64') return value === 0 ? '0' : '-1'
  const suffix = t === 'f32' ? 'f' : ''
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`
  if (value === Number.POSITIVE_INFINITY) return `__builtin_inf${suffix}()`
  if (value === Number.NEGATIVE_INFINITY) return `-__builtin_inf${suffix}()`
  const x = t === 'f32' ? Math.fround(value) : value
  const text = Object.is(x, -0) ? '-0' : String(x)
  return `${/[.e]/.test(text) ? text : `${text}.0`}${suffix}`
}

const constantText = (lane: Lane, vl: VectorLength): string => {
  const { type } = lane
  if (lane.op === 'constant') return `all_${typeOf(type, vl)}(${literal(type, lane.data as number)})`
  const wide = type.endsWith('64')
  const word = `0x${BigInt.asUintN(wide ? 64 : 32, lane.data as bigint).toString(16)}${wide ? 'ULL' : 'U'}`
  const i = integerOf(type)
  return isFloat(type)
    ? `all_${typeOf(type, vl)}(${type}_of_${i}x1((${i}x1)${word}))`
    : `all_${i}x${vl}((${i}x1)${word})`
}

const OPERATORS: Readonly<Record<string, string>> = { add: '+', sub: '-', mul: '*', div: '/' }
const BITWISE: Readonly<Record<string, (x: string, y: string) => string>> = {
  and: (x, y) => `${x} & ${y}`,
  or: (x, y) => `${x} | ${y}`,
  xor: (x, y) => `${x} ^ ${y}`,
  andNot: (x, y) => `${x} & ~${y}`,
  not: (x) => `~${x}`,
}
const COMPARISONS: Readonly<Record<string, string>> = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' }
const FUNCTIONS: ReadonlySet<string> = new Set([
  'select',
  'min',
  'max',
  'abs',
  'sqrt',
  'floor',
  'ceil',
  'trunc',
  'nearest',
  'madd',
])

const refuse = (problem: string): never => {
  throw new ValueError({ operation: 'native', problem })
}

const converted = (x: string, from: LaneType, to: LaneType, vl: VectorLength): string => {
  const a = elementOf(from)
  const b = elementOf(to)
  return a === b ? x : `${b}_from_${a}x${vl}(${x})`
}

const asBits = (x: string, from: LaneType, to: LaneType, vl: VectorLength): string => {
  const a = elementOf(from)
  const b = elementOf(to)
  return a === b ? x : `${b}_of_${a}x${vl}(${x})`
}

/** A lane from the names of what it is computed from. */
const expression = (lane: Lane, args: readonly string[], { vl, functionOf }: Emission): string => {
  const { op, type } = lane
  const [x = '', y = ''] = args
  const from = lane.args[0]?.type ?? type
  const own = typeOf(type, vl)
  if (op === 'call') return `${functionOf(lane, vl)}(${args.join(', ')})`
  const comparison = COMPARISONS[op]
  if (comparison !== undefined)
    return vl === 1 ? `-(${own})(${x} ${comparison} ${y})` : `(${own})(${x} ${comparison} ${y})`
  const bitwise = BITWISE[op]
  if (bitwise !== undefined) {
    if (!isFloat(type)) return bitwise(x, y)
    const i = integerOf(type)
    return asBits(bitwise(asBits(x, type, i, vl), y === '' ? '' : asBits(y, type, i, vl)), i, type, vl)
  }
  const operator = OPERATORS[op]
  if (operator !== undefined && !(op === 'div' && !isFloat(type))) return `${x} ${operator} ${y}`
  if (op === 'neg') return `-${x}`
  if (FUNCTIONS.has(op)) return `${op}_${own}(${args.join(', ')})`
  if (op === 'convert') return converted(x, from, type, vl)
  if (op === 'bits') return asBits(x, from, type, vl)
  if (op === 'truncate') return `truncate_${typeOf(from, vl)}(${x})`
  if (op === 'shl') return `${x} << ${lane.data}`
  if (op === 'shrS') return `${x} >> ${lane.data}`
  if (op === 'shrU') return `shrU_${own}(${x}, ${lane.data})`
  if (op === 'shlBy') return `${x} << (${y} & 31)`
  if (op === 'shrSBy') return `${x} >> (${y} & 31)`
  if (op === 'shrUBy') return `(${own})((u32x${vl})${x} >> (u32x${vl})(${y} & 31))`
  return refuse(`no lane is called ${op}`)
}

// -------------------------------------------------------------------------------------------------------------- running

/** What a lane is computed from: its arguments, or what is added to a load's index. */
const below = (lane: Lane): readonly Lane[] => {
  const data = lane.op === 'source' ? (lane.data as Source | null) : null
  return data?.kind === 'load' && data.plus !== null ? [data.plus] : lane.args
}

/** Lanes below these, each after what it is computed from; none below those that `stop` holds for. */
const inOrder = (roots: readonly Lane[], stop: (lane: Lane) => boolean): Lane[] => {
  const order: Lane[] = []
  const seen = new Set<Lane>()
  const open: { readonly lane: Lane; readonly done: boolean }[] = []
  for (const root of roots) {
    open.push({ lane: root, done: false })
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { lane, done } = top
      if (done) order.push(lane)
      else if (!seen.has(lane) && !stop(lane)) {
        seen.add(lane)
        open.push({ lane, done: true })
        const args = below(lane)
        for (let i = args.length - 1; i >= 0; i--) open.push({ lane: args[i] as Lane, done: false })
      }
    }
  }
  return order
}

/** Writes the lanes below `roots`, and gives the expression of each root: a name, or a constant. */
export const emitLanes = (roots: readonly Lane[], emission: Emission): readonly string[] => {
  const { vl, bound, line, fresh } = emission
  const names = new Map<Lane, string>(bound)
  const uses = new Map<Lane, number>()
  const use = (lane: Lane): void => {
    uses.set(lane, (uses.get(lane) ?? 0) + 1)
  }
  roots.forEach(use)
  for (const lane of inOrder(roots, (l) => bound.has(l))) below(lane).forEach(use)
  const known = (lane: Lane): boolean => names.has(lane)
  const nameOf = (lane: Lane): string => names.get(lane) as string

  /** What is computed for nobody but `x`, which is seldom needed. */
  const privateTo = (x: Lane): ReadonlySet<Lane> => {
    const inside = new Map<Lane, number>([[x, 1]])
    const own = new Set<Lane>()
    for (const lane of inOrder([x], known).reverse())
      if (inside.get(lane) === uses.get(lane)) {
        own.add(lane)
        for (const arg of below(lane)) inside.set(arg, (inside.get(arg) ?? 0) + 1)
      }
    return own
  }

  const rare = (lane: Lane): void => {
    const [mask, x, y] = lane.args as readonly [Lane, Lane, Lane]
    const name = fresh()
    const own = typeOf(lane.type, vl)
    line(`${own} ${name} = ${nameOf(y)};`)
    line(`if (any_${typeOf(mask.type, vl)}(${nameOf(mask)})) {`)
    settle([x])
    line(`${name} = select_${own}(${nameOf(mask)}, ${nameOf(x)}, ${name});`)
    line('}')
    names.set(lane, name)
  }

  const settle = (wanted: readonly Lane[]): void => {
    // what only a rare case needs is left to it
    const left = new Set<Lane>()
    const all = inOrder(wanted, known)
    for (const lane of [...all].reverse())
      if (lane.op === 'rarely' && !left.has(lane)) for (const l of privateTo(lane.args[1] as Lane)) left.add(l)
    for (const lane of all) {
      if (left.has(lane) || known(lane)) continue
      if (isConstant(lane)) names.set(lane, constantText(lane, vl))
      else if (lane.op === 'rarely') rare(lane)
      else {
        const args = below(lane).map(nameOf)
        const text = lane.op === 'source' ? emission.source(lane, args[0] ?? null) : expression(lane, args, emission)
        const name = fresh()
        line(`const ${typeOf(lane.type, vl)} ${name} = ${text};`)
        names.set(lane, name)
      }
    }
  }
  settle(roots)
  return roots.map(nameOf)
}
