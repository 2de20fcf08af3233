/** One lane as instructions: which arguments it pushes, and what it does to them. */
import { ValueError } from '../../core/error.js'
import { isConstant, type Lane, type LaneType } from '../../core/lane.js'
import type { VectorLength } from '../machine.js'
import type { Code } from './code.js'
import { constantKey, isNothing } from './constant.js'
import { PLAIN, type Plain } from './opcode.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Pushes an argument (a half of it), or writes an instruction, or several. */
export type Step = readonly [lane: Lane, half: 0 | 1] | Plain | (() => void)

/** What instructions depend on. */
export interface Context {
  readonly code: Code
  readonly vl: VectorLength
  readonly relaxed: boolean
}

// ---------------------------------------------------------------------------------------------------------- combinators

const is64 = (type: LaneType): boolean => type.endsWith('64')
const isFloat = (type: LaneType): boolean => type.startsWith('f')
const isMask = (type: LaneType): boolean => type.startsWith('m')

/** The lanes of a vector: `f32x4`. Masks are integers. */
const shapeOf = (type: LaneType): string => `${isFloat(type) ? 'f' : 'i'}${is64(type) ? '64x2' : '32x4'}`

const refuse = (problem: string, hint: string): never => {
  throw new ValueError({ operation: 'wasm', problem, hint })
}

const plain = (name: string): Plain =>
  name in PLAIN ? (name as Plain) : refuse(`no instruction ${name}`, 'write it in other lanes')

/** The low words of two vectors of 64-bit lanes. */
const LOW_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]
/** The low halves of two vectors. */
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
/** The high half of a vector, in the low one's place. */
const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]

const BITWISE: ReadonlySet<string> = new Set(['and', 'or', 'xor', 'andNot', 'not'])
const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge'])

/** The same lane, or constants of the same bits. */
const isSame = (x: Lane, y: Lane): boolean =>
  x === y || (isConstant(x) && isConstant(y) && constantKey(x) === constantKey(y))

/** `select(y < x, y, x)` and the like, as `pmin` or `pmax` of (x, y). */
const asExtreme = (lane: Lane): readonly [Plain, Lane, Lane] | null => {
  const [mask, x, y] = lane.args as readonly [Lane, Lane, Lane]
  if (!isFloat(lane.type) || (mask.op !== 'lt' && mask.op !== 'gt')) return null
  const [a, b] = mask.args as readonly [Lane, Lane]
  const less = mask.op === 'lt'
  if (isSame(x, a) && isSame(y, b)) return [`${shapeOf(lane.type)}.${less ? 'pmin' : 'pmax'}` as Plain, y, x]
  return null
}

/** Selects of vectors; masks hold whole lanes. */
const select = ({ relaxed }: Context, lane: Lane, half: 0 | 1): readonly Step[] => {
  const [mask, x, y] = lane.args as readonly [Lane, Lane, Lane]
  const extreme = asExtreme(lane)
  if (extreme !== null) return [[extreme[1], half], [extreme[2], half], extreme[0]]
  if (isNothing(y)) return [[x, half], [mask, half], 'v128.and']
  if (isNothing(x)) return [[y, half], [mask, half], 'v128.andnot']
  const by: Plain = relaxed ? `i${is64(lane.type) ? '64x2' : '32x4'}.relaxed_laneselect` : 'v128.bitselect'
  return [[x, half], [y, half], [mask, half], by]
}

/** Changes of type, of vectors. */
const convert = ({ code, vl }: Context, lane: Lane, half: 0 | 1): readonly Step[] => {
  const x = lane.args[0] as Lane
  const from = x.type
  const to = lane.type
  const lowHalf: Step = () => {
    if (half === 0) return
    code.scope(() => {
      const v = code.local('v128')
      code.tee(v)
      code.get(v)
      code.shuffle(HIGH_HALF)
    })
  }
  const op =
    (name: Plain): Step =>
    () =>
      code.op(name)
  if (!is64(from) && is64(to)) {
    if (to === 'f64') {
      const name =
        from === 'f32'
          ? 'f64x2.promote_low_f32x4'
          : from === 'i32'
            ? 'f64x2.convert_low_i32x4_s'
            : refuse(`no conversion of ${from} to ${to}`, 'select between constants instead')
      return [[x, 0], lowHalf, op(name)]
    }
    return [[x, 0], op(half === 0 ? 'i64x2.extend_low_i32x4_s' : 'i64x2.extend_high_i32x4_s')]
  }
  if (is64(from) && !is64(to)) {
    if (isFloat(from) && isFloat(to)) {
      const name = 'f32x4.demote_f64x2_zero'
      return vl === 4 ? [[x, 0], op(name), [x, 1], op(name), () => code.shuffle(LOW_HALVES)] : [[x, 0], op(name)]
    }
    if (isFloat(from) || isFloat(to)) return refuse(`no conversion of ${from} to ${to}`, 'truncate, or use i32')
    return vl === 4 ? [[x, 0], [x, 1], () => code.shuffle(LOW_WORDS)] : [[x, 0], [x, 0], () => code.shuffle(LOW_WORDS)]
  }
  if (from === 'i32' && to === 'f32') return [[x, 0], op('f32x4.convert_i32x4_s')]
  return refuse(`no conversion of ${from} to ${to}`, 'use bits for a change of reading')
}

const truncate = ({ code, vl }: Context, lane: Lane): readonly Step[] => {
  const x = lane.args[0] as Lane
  if (x.type === 'f32') return [[x, 0], 'i32x4.trunc_sat_f32x4_s']
  const one: Step = 'i32x4.trunc_sat_f64x2_s_zero'
  return vl === 4 ? [[x, 0], one, [x, 1], one, () => code.shuffle(LOW_HALVES)] : [[x, 0], one]
}

/** A shift by another lane: no vector instruction has it, so element by element. */
const shiftBy = ({ code, vl }: Context, lane: Lane, by: Plain): readonly Step[] => {
  const [x, distance] = lane.args as readonly [Lane, Lane]
  return [
    [x, 0],
    [distance, 0],
    () =>
      code.scope(() => {
        const xs = code.local('v128')
        const ds = code.local('v128')
        code.set(ds)
        code.tee(xs)
        for (let i = 0; i < vl; i++) {
          code.get(xs)
          code.lane('i32x4.extract_lane', i)
          code.get(ds)
          code.lane('i32x4.extract_lane', i)
          code.op(by)
          code.lane('i32x4.replace_lane', i)
        }
      }),
  ]
}

/** Operations of floats that are one instruction of their own name. */
const NAMED: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'min', 'max', 'neg', 'abs', 'sqrt'])

/** By type and operation, in vectors and in scalars; names are put together once. */
const named: { readonly vectors: Map<string, Plain>; readonly scalars: Map<string, Plain> } = {
  vectors: new Map(),
  scalars: new Map(),
}

const namedOf = (type: LaneType, op: string, isVector: boolean): Plain => {
  const known = isVector ? named.vectors : named.scalars
  const key = type + op
  const found = known.get(key)
  if (found !== undefined) return found
  const made = plain(`${isVector ? shapeOf(type) : type}.${op}`)
  known.set(key, made)
  return made
}

const SHIFTS: Readonly<Record<string, string>> = { shl: 'shl', shrS: 'shr_s', shrU: 'shr_u' }

const vectorSteps = (context: Context, lane: Lane, half: 0 | 1): readonly Step[] => {
  const { code } = context
  const { op, args, type } = lane
  const all: readonly Step[] = args.map((arg) => [arg, half] as const)
  const shape = shapeOf(type)
  const then = (name: string): readonly Step[] => {
    const instruction = plain(name)
    return args.length === 2
      ? [[args[0] as Lane, half], [args[1] as Lane, half], instruction]
      : [...args.map((arg) => [arg, half] as const), instruction]
  }
  if (op === 'select') return select(context, lane, half)
  if (op === 'convert') return convert(context, lane, half)
  if (op === 'truncate') return truncate(context, lane)
  if (op === 'bits') return all
  if (BITWISE.has(op)) return then(`v128.${op.toLowerCase()}`)
  if (COMPARISONS.has(op)) {
    const of = (args[0] as Lane).type
    const signed = !isFloat(of) && op !== 'eq' && op !== 'ne' ? '_s' : ''
    return then(`${shapeOf(of)}.${op}${signed}`)
  }
  const shift = SHIFTS[op]
  if (shift !== undefined) {
    const instruction = plain(`${shape}.${shift}`)
    return [
      ...all,
      () => {
        code.i32(lane.data as number)
        code.op(instruction)
      },
    ]
  }
  const by = SHIFTS[op.replace(/By$/, '')]
  if (by !== undefined) return shiftBy(context, lane, plain(`i32.${by}`))
  if (!isFloat(type) && (op === 'min' || op === 'max')) {
    if (!is64(type)) return then(`${shape}.${op}_s`)
    const [x, y] = args as readonly [Lane, Lane]
    const compare = plain(`i64x2.${op === 'min' ? 'lt' : 'gt'}_s`)
    return [
      [x, half],
      [y, half],
      [x, half],
      [y, half],
      () => {
        code.op(compare)
        code.op('v128.bitselect')
      },
    ]
  }
  return then(`${shape}.${op}`)
}

const SCALAR_CONVERSIONS: Readonly<Record<string, Plain | null>> = {
  'f32 f64': 'f64.promote_f32',
  'f64 f32': 'f32.demote_f64',
  'i32 f64': 'f64.convert_i32_s',
  'i32 f32': 'f32.convert_i32_s',
  'i32 i64': 'i64.extend_i32_s',
  'i64 i32': 'i32.wrap_i64',
  'm32 m64': null,
  'm64 m32': null,
}

/** The same bits in scalars, by way of the integer of their width; a mask of 64 bits is an i32 there. */
const toInteger: Readonly<Record<LaneType, readonly Plain[]>> = {
  f32: ['i32.reinterpret_f32'],
  f64: ['i64.reinterpret_f64'],
  i32: [],
  i64: [],
  m32: [],
  m64: ['i64.extend_i32_s'],
}
const fromInteger: Readonly<Record<LaneType, readonly Plain[]>> = {
  f32: ['f32.reinterpret_i32'],
  f64: ['f64.reinterpret_i64'],
  i32: [],
  i64: [],
  m32: [],
  m64: ['i32.wrap_i64'],
}

const scalarSteps = ({ code }: Context, lane: Lane): readonly Step[] => {
  const { op, args, type } = lane
  const all: readonly Step[] = args.map((arg) => [arg, 0] as const)
  const kind = isMask(type) ? 'i32' : type
  const then = (...names: readonly string[]): readonly Step[] => {
    return [...all, ...names.map(plain)]
  }
  const from = (args[0] as Lane).type
  if (op === 'select') {
    const [mask, x, y] = args as readonly [Lane, Lane, Lane]
    return [[x, 0], [y, 0], [mask, 0], 'select']
  }
  if (op === 'convert') {
    const by = SCALAR_CONVERSIONS[`${from} ${type}`]
    if (by === undefined) return refuse(`no conversion of ${from} to ${type}`, 'use bits for a change of reading')
    return by === null ? all : then(by)
  }
  if (op === 'truncate') return then(`i32.trunc_sat_${from}_s`)
  if (op === 'bits') return then(...toInteger[from], ...fromInteger[type])
  if (BITWISE.has(op)) {
    const whole = isFloat(type) ? (is64(type) ? 'i64' : 'i32') : kind
    const invert = (): void => {
      if (whole === 'i64') code.i64(-1n)
      else code.i32(-1)
      code.op(`${whole as 'i32' | 'i64'}.xor`)
    }
    const as = (): void => {
      if (isFloat(type)) for (const i of toInteger[type]) code.op(i)
    }
    const back = (): void => {
      if (isFloat(type)) for (const i of fromInteger[type]) code.op(i)
    }
    if (op === 'not') return [...all, as, invert, back]
    const [x, y] = args as readonly [Lane, Lane]
    const instruction = plain(`${whole}.${op === 'andNot' ? 'and' : op}`)
    return [
      [x, 0],
      as,
      [y, 0],
      as,
      () => {
        if (op === 'andNot') invert()
        code.op(instruction)
      },
      back,
    ]
  }
  if (COMPARISONS.has(op)) {
    const signed = !isFloat(from) && op !== 'eq' && op !== 'ne' ? '_s' : ''
    const instruction = plain(`${isMask(from) ? 'i32' : from}.${op}${signed}`)
    return [
      () => code.i32(0),
      ...all,
      () => {
        code.op(instruction)
        code.op('i32.sub')
      },
    ]
  }
  const shift = SHIFTS[op]
  if (shift !== undefined) {
    const instruction = plain(`${kind}.${shift}`)
    return [
      ...all,
      () => {
        if (kind === 'i64') code.i64(BigInt(lane.data as number))
        else code.i32(lane.data as number)
        code.op(instruction)
      },
    ]
  }
  const by = SHIFTS[op.replace(/By$/, '')]
  if (by !== undefined) return then(`i32.${by}`)
  if (!isFloat(type)) {
    if (op === 'neg') return [() => (kind === 'i64' ? code.i64(0n) : code.i32(0)), ...all, plain(`${kind}.sub`)]
    if (op === 'min' || op === 'max') {
      const [x, y] = args as readonly [Lane, Lane]
      const compare = plain(`${kind}.${op === 'min' ? 'lt' : 'gt'}_s`)
      return [
        [x, 0],
        [y, 0],
        [x, 0],
        [y, 0],
        () => {
          code.op(compare)
          code.op('select')
        },
      ]
    }
    if (op === 'abs') {
      const [x] = args as readonly [Lane]
      const zero: Step = () => (kind === 'i64' ? code.i64(0n) : code.i32(0))
      return [
        [x, 0],
        zero,
        [x, 0],
        plain(`${kind}.sub`),
        [x, 0],
        zero,
        () => {
          code.op(plain(`${kind}.ge_s`))
          code.op('select')
        },
      ]
    }
    if (op === 'div')
      return refuse('division of integers, which traps by 0 and has no vector form', 'divide in f64 and truncate')
  }
  return then(`${kind}.${op}`)
}

// -------------------------------------------------------------------------------------------------------------- running

/** The steps that push a lane: no source, constant or `rarely` (`lanes.ts` writes those). */
export const stepsOf = (context: Context, lane: Lane, half: 0 | 1): readonly Step[] => {
  if (lane.op === 'call')
    return refuse(`the function ${String(lane.data)} is not written out`, 'write calls out before emitting')
  const { op, type, args } = lane
  const isVector = context.vl > 1
  if (op === 'madd') {
    const [x, y, z] = args as readonly [Lane, Lane, Lane]
    if (isVector && context.relaxed) return [[x, half], [y, half], [z, half], namedOf(type, 'relaxed_madd', true)]
    return [[x, half], [y, half], namedOf(type, 'mul', isVector), [z, half], namedOf(type, 'add', isVector)]
  }
  if (isFloat(type) && NAMED.has(op)) {
    const instruction = namedOf(type, op, isVector)
    const [x, y] = args as readonly [Lane, Lane?]
    return y === undefined ? [[x, half], instruction] : [[x, half], [y, half], instruction]
  }
  return context.vl === 1 ? scalarSteps(context, lane) : vectorSteps(context, lane, half)
}
