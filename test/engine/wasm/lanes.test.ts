import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lane, LaneType } from '../../../src/core/lane.js'
import * as L from '../../../src/core/lane.js'
import { emitLanes, widest } from '../../../src/engine/wasm/lanes.js'
import { moduleWriter } from '../../../src/engine/wasm/module.js'
import { element, loop, sizeOf } from '../loop.js'

// ------------------------------------------------------------------------------------ a reference, on bits as bigints

const view = new DataView(new ArrayBuffer(8))
const width = (type: LaneType): number => (type.endsWith('64') ? 64 : 32)
const toBits = (type: LaneType, x: number): bigint => {
  if (type === 'f32') {
    view.setFloat32(0, x)
    return BigInt(view.getUint32(0))
  }
  view.setFloat64(0, x)
  return view.getBigUint64(0)
}
const toFloat = (type: LaneType, bits: bigint): number => {
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

const evaluate = (lane: Lane, inputs: readonly bigint[]): bigint => {
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

const INPUTS: readonly LaneType[] = ['f32', 'f64', 'i32', 'i32', 'f64']
const pick = <A>(xs: readonly A[], n: number): A => xs[n % xs.length] as A

/** A DAG grown from its inputs: each choice adds a lane that uses earlier ones. */
const grow = (choices: readonly (readonly [number, number, number, number])[], types: readonly LaneType[]): Lane[] => {
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
const N = 12

const inputBits = (type: LaneType, seed: number): bigint[] =>
  Array.from({ length: N }, (_, i) => {
    const x = pick(NUMBERS, seed + i * 5) * ((seed >> 3) % 7 === 0 ? 1 : 1 + i / 16)
    return type === 'i32' ? BigInt.asUintN(32, BigInt((seed * 2654435761 + i * 40503) | 0)) : toBits(type, x)
  })

const isNaNBits = (type: LaneType, b: bigint): boolean => type.startsWith('f') && Number.isNaN(toFloat(type, b))

const agrees = (roots: readonly Lane[], seed: number, vl: 1 | 2 | 4): void => {
  const at = (i: number): number => i * 1024
  const l = loop(roots, INPUTS, vl, { pages: 4, relaxed: false, hoist: seed % 4 })
  const memory = new DataView(l.memory.buffer)
  const put = (type: LaneType, where: number, b: bigint): void =>
    width(type) === 64 ? memory.setBigUint64(where, b, true) : memory.setUint32(where, Number(b), true)
  const columns = INPUTS.map((t, i) => inputBits(t, seed + 31 * i))
  columns.forEach((c, i) => {
    c.forEach((b, k) => {
      const type = INPUTS[i] as LaneType
      put(type, at(i) + k * sizeOf(type), b)
    })
  })
  l.run(
    N,
    INPUTS.map((_, i) => at(i)),
    roots.map((_, i) => at(INPUTS.length + i)),
  )
  for (let k = 0; k < N; k++) {
    const inputs = columns.map((c) => c[k] as bigint)
    roots.forEach((root, i) => {
      const where = at(INPUTS.length + i) + k * sizeOf(root.type)
      const got = width(root.type) === 64 ? memory.getBigUint64(where, true) : BigInt(memory.getUint32(where, true))
      const want = evaluate(root, inputs)
      if (isNaNBits(root.type, want) && isNaNBits(root.type, got)) return
      expect(`${root.op} ${got.toString(16)}`).toBe(`${root.op} ${want.toString(16)}`)
    })
  }
}

/** A NaN's bits differ between machines and vector lengths: such DAGs are compared no further than the NaN. */
const hasNaNBits = (lanes: readonly Lane[]): boolean =>
  lanes.some(
    (l) =>
      ['bits', 'and', 'or', 'xor', 'andNot', 'not'].includes(l.op) &&
      l.args.some((a) => a.type.startsWith('f') && a.op !== 'source'),
  )

const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000))

describe('lanes as WebAssembly', () => {
  for (const vl of [1, 2, 4] as const)
    it(`computes random expressions of 32 bits as the reference does, ${vl} at a time`, () => {
      fc.assert(
        fc.property(fc.array(choice, { minLength: 1, maxLength: 30 }), fc.nat(1000), (choices, seed) => {
          const lanes = grow(choices, ['f32', 'i32', 'm32'])
          if (hasNaNBits(lanes)) return
          agrees(lanes.slice(-3), seed, vl)
        }),
        { numRuns: 150 },
      )
    })

  for (const vl of [1, 2, 4] as const)
    it(`computes random expressions of both widths, ${vl} at a time`, () => {
      fc.assert(
        fc.property(fc.array(choice, { minLength: 1, maxLength: 30 }), fc.nat(1000), (choices, seed) => {
          const lanes = grow(choices, ['f32', 'i32', 'm32', 'f64', 'i64', 'm64'])
          if (hasNaNBits(lanes)) return
          agrees(lanes.slice(-3), seed, vl)
        }),
        { numRuns: 150 },
      )
    })

  it('computes shared lanes once', () => {
    const x = element('f32', 0)
    let y: Lane = L.binary('mul', x, x)
    for (let i = 0; i < 40; i++) y = L.binary('add', y, y)
    const l = loop([y], ['f32'], 4)
    expect(l.text().match(/f32x4\.add/g)?.length).toBe(40)
    const memory = new Float32Array(l.memory.buffer)
    memory[0] = 3
    l.run(4, [0], [64])
    expect(memory[16]).toBe(9 * 2 ** 40)
  })

  it('writes a chain of ten thousand lanes', () => {
    const x = element('i32', 0)
    let y: Lane = x
    for (let i = 0; i < 10_000; i++) y = L.binary('add', y, x)
    const l = loop([y], ['i32'], 4)
    const memory = new Int32Array(l.memory.buffer)
    memory[0] = 2
    l.run(4, [0], [64])
    expect(memory[16]).toBe(20_002)
  })

  it('does not compute what is rarely needed unless it is', () => {
    const x = element('f32', 0)
    const big = L.compare('gt', x, L.constant('f32', 10))
    const rare = L.rarely(big, L.unary('sqrt', L.unary('neg', x)), x)
    const m = loop([rare], ['f32'], 4)
    expect(m.text()).toMatch(/v128\.any_true\n\s+if\n(.*\n)*\s+f32x4\.sqrt/)
  })

  it('knows the widest vectors', () => {
    expect(widest([L.binary('add', element('f32', 0), element('f32', 1))])).toBe(4)
    expect(widest([L.truncate(L.convert(element('f32', 0), 'f64'))])).toBe(2)
  })

  it('refuses functions that are not written out, and integer division', () => {
    const m = moduleWriter()
    const emit = (lane: Lane, vl: 1 | 4) => () =>
      m.function('f', { params: [], results: [] }, (code) => {
        emitLanes(code, [lane], { vl, source: () => code.i32(0) })
      })
    expect(emit(L.call('exp', element('f32', 0)), 4)).toThrow(/exp is not written out/)
    expect(emit(L.binary('div', element('i32', 0), element('i32', 0)), 1)).toThrow(/division of integers/)
    expect(emit(L.binary('div', element('i32', 0), element('i32', 0)), 4)).toThrow(/no instruction i32x4.div/)
  })
})
