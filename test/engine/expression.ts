/** Random expressions in lanes, and what they are by definition: on bits, as whole numbers. */

import type { Lane, LaneType } from '../../src/core/lane.js'
import * as L from '../../src/core/lane.js'
import { element } from './loop.js'

// ------------------------------------------------------------------------------------ a reference, on bits as bigints

const view = new DataView(new ArrayBuffer(8))
export const width = (type: LaneType): number => (type.endsWith('64') ? 64 : 32)
export const toBits = (type: LaneType, x: number): bigint => {
  if (type === 'f32') {
    view.setFloat32(0, x)
    return BigInt(view.getUint32(0))
  }
  view.setFloat64(0, x)
  return view.getBigUint64(0)
}
export const toFloat = (type: LaneType, bits: bigint): number => {
  if (type === 'f32') {
    view.setUint32(0, Number(bits))
    return view.getFloat32(0)
  }
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}
const nearest = (x: number): number => {
  const f = Math.floor(x)
  const d = x - f
  if (!Number.isFinite(x) || x === 0) return x
  const r = d < 0.5 ? f : d > 0.5 ? f + 1 : f % 2 === 0 ? f : f + 1
  return r === 0 && x < 0 ? -0 : r
}
const UNARY: Record<string, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  nearest,
}
const BINARY: Record<string, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
}
const COMPARE: Record<string, (x: number | bigint, y: number | bigint) => boolean> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
}
const INTEGER: Record<string, (x: bigint, y: bigint) => bigint> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  min: (x, y) => (x < y ? x : y),
  max: (x, y) => (x > y ? x : y),
  and: (x, y) => x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  andNot: (x, y) => x & ~y,
}

export const evaluate = (lane: Lane, inputs: readonly bigint[]): bigint => {
  const type = lane.type
  const w = width(type)
  const from = lane.args[0]?.type ?? type
  const args = lane.args.map((a) => evaluate(a, inputs))
  const [x = 0n, y = 0n, z = 0n] = args
  const signed = (b: bigint, t: LaneType): bigint => BigInt.asIntN(width(t), b)
  const whole = (b: bigint): bigint => BigInt.asUintN(w, b)
  const floats = args.map((a, i) => toFloat((lane.args[i] as Lane).type, a))
  const [p = 0, q = 0, r = 0] = floats
  switch (lane.op) {
    case 'source':
      return inputs[lane.data as number] as bigint
    case 'constant':
      return type.startsWith('f') ? toBits(type, lane.data as number) : whole(BigInt(lane.data as number))
    case 'bits':
      return x
    case 'not':
      return whole(~x)
    case 'select':
    case 'rarely':
      return x === 0n ? z : y
    case 'madd':
      return toBits(type, (type === 'f32' ? Math.fround(p * q) : p * q) + r)
    case 'shl':
      return whole(x << BigInt(lane.data as number))
    case 'shrU':
      return x >> BigInt(lane.data as number)
    case 'shrS':
      return whole(signed(x, type) >> BigInt(lane.data as number))
    case 'shlBy':
      return whole(x << (y & 31n))
    case 'shrUBy':
      return x >> (y & 31n)
    case 'shrSBy':
      return whole(signed(x, type) >> (y & 31n))
    case 'truncate': {
      const t = Math.trunc(p)
      return whole(BigInt(Number.isNaN(t) ? 0 : Math.min(Math.max(t, -(2 ** 31)), 2 ** 31 - 1)))
    }
    case 'convert':
      if (type.startsWith('f')) return toBits(type, from.startsWith('f') ? p : Number(signed(x, from)))
      return whole(signed(x, from))
    case 'and':
    case 'or':
    case 'xor':
    case 'andNot':
      return whole((INTEGER[lane.op] as (x: bigint, y: bigint) => bigint)(x, y))
  }
  const compare = COMPARE[lane.op]
  if (compare !== undefined) {
    const holds = from.startsWith('f') ? compare(p, q) : compare(signed(x, from), signed(y, from))
    return holds ? whole(-1n) : 0n
  }
  if (type.startsWith('f')) {
    const f = UNARY[lane.op]
    return toBits(type, f === undefined ? (BINARY[lane.op] as (x: number, y: number) => number)(p, q) : f(p))
  }
  return whole((INTEGER[lane.op] as (x: bigint, y: bigint) => bigint)(signed(x, type), signed(y, type)))
}

// -------------------------------------------------------------------------------------------------- random expressions

export const INPUTS: readonly LaneType[] = ['f32', 'f64', 'i32', 'i32', 'f64']
export const pick = <A>(xs: readonly A[], n: number): A => xs[n % xs.length] as A

/** A DAG grown from its inputs: each choice adds a lane that uses earlier ones. */
export const grow = (
  choices: readonly (readonly [number, number, number, number])[],
  types: readonly LaneType[],
): Lane[] => {
  const lanes: Lane[] = INPUTS.flatMap((t, i) => (types.includes(t) ? [element(t, i)] : []))
  const some = (type: LaneType, n: number): Lane => {
    const fitting = lanes.filter((l) => l.type === type)
    if (fitting.length > 0) return pick(fitting, n)
    return type.startsWith('m') ? L.constant(type, -(n % 2)) : L.constant(type, n % 2 === 0 ? 1.5 - 1.5 + (n % 5) : n)
  }
  const floats = types.filter((t) => t.startsWith('f'))
  const whole = types.filter((t) => t.startsWith('i'))
  for (const [kind, a, b, c] of choices) {
    const f = pick(floats, a)
    const i = pick(whole, b)
    const any = pick(types, c)
    const mask = L.maskOf(any)
    const make: (() => Lane)[] = [
      () => L.unary(pick(['neg', 'abs', 'sqrt', 'floor', 'ceil', 'trunc', 'nearest'] as const, b), some(f, c)),
      () => L.binary(pick(['add', 'sub', 'mul', 'div', 'min', 'max'] as const, a + b), some(f, b), some(f, c)),
      () =>
        L.binary(
          pick(['add', 'sub', 'mul', 'min', 'max', 'and', 'or', 'xor', 'andNot'] as const, a),
          some(i, b),
          some(i, c),
        ),
      () => L.binary(pick(['and', 'or', 'xor', 'andNot'] as const, a), some(mask, b), some(mask, c)),
      () => L.binary(pick(['and', 'or', 'xor', 'andNot'] as const, b), some(f, a), some(f, c)),
      () =>
        L.compare(
          pick(['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const, a),
          some(any.startsWith('m') ? i : any, b),
          some(any.startsWith('m') ? i : any, c),
        ),
      () => L.select(some(mask, a), some(any, b), some(any, c)),
      () => L.select(some(mask, a), some(any, b), L.constant(any, 0)),
      () => L.select(some(mask, a), L.constant(any, 0), some(any, c)),
      () => L.rarely(some(mask, a), some(any, b), some(any, c)),
      () => {
        const x = some(f, b)
        const y = some(f, c)
        return L.select(L.compare(a % 2 === 0 ? 'lt' : 'gt', x, y), x, y)
      },
      () => L.not(some(any, c)),
      () => L.shift(pick(['shl', 'shrS', 'shrU'] as const, a), some(i, c), b % width(i)),
      () => L.shiftBy(pick(['shl', 'shrS', 'shrU'] as const, a), some('i32', c), some('i32', b)),
      () => L.truncate(some(f, b)),
      () => L.madd(some(f, a), some(f, b), some(f, c)),
      () => {
        // what is read as a mask must be one
        const same = types.filter((t) => width(t) === width(any) && !t.startsWith('m'))
        return L.bits(some(any, b), pick(same, a))
      },
      () => {
        const pairs = (
          [
            ['f32', 'f64'],
            ['f64', 'f32'],
            ['i32', 'f64'],
            ['i32', 'f32'],
            ['i32', 'i64'],
            ['i64', 'i32'],
            ['m32', 'm64'],
            ['m64', 'm32'],
          ] as const
        ).filter(([from, to]) => types.includes(from) && types.includes(to))
        const [from, to] = pick(pairs, a)
        return L.convert(some(from, b), to)
      },
    ]
    lanes.push(pick(make, kind)())
  }
  return lanes
}

const NUMBERS = [0, -0, 1, -1, 0.5, 2.5, -3.5, 1e10, -7e-300, Infinity, -Infinity, Number.NaN, 16777217, 2 ** 31]
export const N = 12

export const inputBits = (type: LaneType, seed: number): bigint[] =>
  Array.from({ length: N }, (_, i) => {
    const x = pick(NUMBERS, seed + i * 5) * ((seed >> 3) % 7 === 0 ? 1 : 1 + i / 16)
    return type === 'i32' ? BigInt.asUintN(32, BigInt((seed * 2654435761 + i * 40503) | 0)) : toBits(type, x)
  })

export const isNaNBits = (type: LaneType, b: bigint): boolean => type.startsWith('f') && Number.isNaN(toFloat(type, b))

/** A NaN's bits differ between machines and vector lengths: such DAGs are compared no further than the NaN. */
export const hasNaNBits = (lanes: readonly Lane[]): boolean =>
  lanes.some(
    (l) =>
      ['bits', 'and', 'or', 'xor', 'andNot', 'not'].includes(l.op) &&
      l.args.some((a) => a.type.startsWith('f') && a.op !== 'source'),
  )
