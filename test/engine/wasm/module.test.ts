import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes } from '../../../src/engine/wasm/bytes.js'
import { body } from '../../../src/engine/wasm/code.js'
import { hasRelaxedVectors, hasVectors } from '../../../src/engine/wasm/features.js'
import { moduleWriter } from '../../../src/engine/wasm/module.js'
import {
  ATOMIC,
  type Atomic,
  LANE,
  type LaneOf,
  MEMORY,
  MEMORY_LANE,
  type Memory,
  type MemoryLane,
  PLAIN,
  type Plain,
  type ValueType,
  WHOLE,
} from '../../../src/engine/wasm/opcode.js'

type Exports = Readonly<Record<string, (...args: readonly (number | bigint)[]) => number>>

const instantiate = (m: ReturnType<typeof moduleWriter>, imports: WebAssembly.Imports = {}): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(m.bytes()), imports).exports as unknown as Exports

/** What a plain instruction takes and gives, read off its name. */
const signatureOf = (name: Plain): readonly [readonly ValueType[], readonly ValueType[]] => {
  const [head = '', tail = ''] = name.split('.')
  const v: ValueType = 'v128'
  if (['unreachable', 'nop', 'return'].includes(name)) return [[], []]
  if (name === 'drop') return [['i32'], []]
  if (name === 'select') return [['i32', 'i32', 'i32'], ['i32']]
  if (head === 'v128' || /x\d+$/.test(head)) {
    const scalar: ValueType = head.startsWith('i64')
      ? 'i64'
      : head.startsWith('f')
        ? (head.slice(0, 3) as ValueType)
        : 'i32'
    if (tail === 'splat') return [[scalar], [v]]
    if (/^(any_true|all_true|bitmask)$/.test(tail)) return [[v], ['i32']]
    if (/^(shl|shr_.)$/.test(tail)) return [[v, 'i32'], [v]]
    if (/^(bitselect|relaxed_n?madd|relaxed_laneselect)$/.test(tail)) return [[v, v, v], [v]]
    if (/^(not|abs|neg|sqrt|ceil|floor|trunc|nearest|demote.*|promote.*|convert.*|trunc_sat.*|extend.*)$/.test(tail))
      return [[v], [v]]
    return [[v, v], [v]]
  }
  const type = head as ValueType
  const from = /_([if](?:32|64))/.exec(tail)?.[1] as ValueType | undefined
  if (from !== undefined) return [[from], [type]]
  if (tail === 'eqz') return [[type], ['i32']]
  if (/^(eq|ne|[lg][te])(_[su])?$/.test(tail)) return [[type, type], ['i32']]
  if (/^(clz|ctz|popcnt|abs|neg|ceil|floor|trunc|nearest|sqrt)$/.test(tail)) return [[type], [type]]
  return [[type, type], [type]]
}

describe('the assembler', () => {
  it('writes every plain instruction so that engines accept it, with its operands', () => {
    for (const name of Object.keys(PLAIN) as Plain[]) {
      if (name.includes('relaxed') && !hasRelaxedVectors()) continue
      const [params, results] = signatureOf(name)
      const m = moduleWriter()
      m.function('f', { params, results }, (code, ...locals) => {
        for (const l of locals) code.get(l)
        code.op(name)
      })
      expect(WebAssembly.validate(m.bytes()), name).toBe(true)
      expect(m.text()).toContain(name)
    }
  })

  it('writes every access to memory', () => {
    const typeOf = (name: string): ValueType => name.split('.')[0] as ValueType
    const check = (name: string, write: (m: ReturnType<typeof moduleWriter>) => void): void => {
      const m = moduleWriter()
      m.importMemory('e', 'm', { initial: 1, maximum: 2 })
      write(m)
      expect(WebAssembly.validate(m.bytes()), name).toBe(true)
      expect(m.text()).toContain(name)
    }
    for (const name of Object.keys(MEMORY) as Memory[])
      check(name, (m) => {
        const type = typeOf(name)
        const store = name.includes('store')
        m.function(
          'f',
          { params: store ? ['i32', type] : ['i32'], results: store ? [] : [type] },
          (code, ...locals) => {
            for (const l of locals) code.get(l)
            code.memory(name, { offset: 4096 })
          },
        )
      })
    for (const name of Object.keys(ATOMIC) as Atomic[])
      check(name, (m) => {
        const type = name.startsWith('memory') ? 'i32' : typeOf(name)
        const isStore = name.includes('store')
        const operands = name.endsWith('load') ? [] : name.endsWith('cmpxchg') ? [type, type] : [type]
        m.function(
          'f',
          {
            params: ['i32', ...operands, ...(name.includes('wait') ? ['i64' as const] : [])],
            results: isStore ? [] : [type],
          },
          (code, ...locals) => {
            for (const l of locals) code.get(l)
            code.atomic(name, 64)
          },
        )
      })
    for (const name of Object.keys(MEMORY_LANE) as MemoryLane[])
      check(name, (m) => {
        m.function(
          'f',
          { params: ['i32', 'v128'], results: name.includes('store') ? [] : ['v128'] },
          (code, ...locals) => {
            for (const l of locals) code.get(l)
            code.memoryLane(name, 1, { offset: 8, align: 1 })
          },
        )
      })
    for (const name of Object.keys(LANE) as LaneOf[])
      check(name, (m) => {
        const scalar: ValueType =
          name.startsWith('i8') || name.startsWith('i32') ? 'i32' : (name.slice(0, 3) as ValueType)
        const replace = name.includes('replace')
        m.function(
          'f',
          { params: replace ? ['v128', scalar] : ['v128'], results: [replace ? 'v128' : scalar] },
          (code, ...locals) => {
            for (const l of locals) code.get(l)
            code.lane(name, 1)
          },
        )
      })
    for (const name of Object.keys(WHOLE) as (keyof typeof WHOLE)[])
      check(name, (m) => {
        const n = { 'memory.size': 0, 'memory.grow': 1, 'memory.copy': 3, 'memory.fill': 3 }[name]
        m.function(
          'f',
          { params: Array.from({ length: n }, () => 'i32'), results: n < 3 ? ['i32'] : [] },
          (code, ...locals) => {
            for (const l of locals) code.get(l)
            code.whole(name)
          },
        )
      })
  })

  it('writes integers of variable length that read back', () => {
    const m = (x: number, y: bigint): Exports => {
      const w = moduleWriter()
      w.export(w.function('i', { params: [], results: ['i32'] }, (code) => code.i32(x)))
      w.export(w.function('l', { params: [], results: ['i64'] }, (code) => code.i64(y)))
      return instantiate(w)
    }
    fc.assert(
      fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (x, y) => {
        const e = m(x, y)
        expect(e.i?.()).toBe(x)
        expect(e.l?.()).toBe(y)
      }),
    )
    const out = bytes()
    out.unsigned(624485)
    out.signed(-123456)
    expect([...out.done()]).toEqual([0xe5, 0x8e, 0x26, 0xc0, 0xbb, 0x78])
  })

  it('reads imported globals beside its own', () => {
    const m = moduleWriter()
    const given = m.importGlobal('e', 'given')
    const own = m.global(5)
    m.export(
      m.function('f', { params: [], results: ['i32'] }, (code) => {
        code.globalGet(given)
        code.globalGet(own)
        code.op('i32.sub')
      }),
    )
    expect(instantiate(m, { e: { given: 42 } }).f?.()).toBe(37)
    expect(() => m.importGlobal('e', 'late')).toThrow(/import first/)
  })

  it('writes loops, branches, calls and globals', () => {
    const m = moduleWriter()
    const log = m.importFunction('e', 'log', { params: ['i32'], results: [] })
    const total = m.global(100)
    const twice = m.declare('twice', { params: ['i32'], results: ['i32'] })
    const sum = m.function('sum', { params: ['i32'], results: ['i32'] }, (code, n) => {
      const s = code.local('i32')
      code.block((exit) => {
        code.loop((again) => {
          code.get(n as number)
          code.op('i32.eqz')
          code.brIf(exit)
          code.get(s)
          code.get(n as number)
          code.call(twice)
          code.op('i32.add')
          code.set(s)
          code.get(n as number)
          code.i32(1)
          code.op('i32.sub')
          code.set(n as number)
          code.br(again)
        })
      })
      code.get(s)
      code.i32(20)
      code.op('i32.gt_s')
      code.if(
        () => code.i32(1),
        () => code.i32(-1),
        'i32',
      )
      code.call(log)
      code.globalGet(total)
      code.get(s)
      code.op('i32.add')
    })
    m.define(twice, (code, x) => {
      code.get(x as number)
      code.i32(1)
      code.op('i32.shl')
    })
    m.export(sum)
    m.export(sum, 'other')
    const said: number[] = []
    const e = instantiate(m, { e: { log: (x: number) => said.push(x) } })
    expect(e.sum?.(4)).toBe(120)
    expect(e.other?.(5)).toBe(130)
    expect(said).toEqual([-1, 1])
    expect(m.text(twice)).toBe('(func $twice (param i32) (result i32)\n  local.get 0\n  i32.const 1\n  i32.shl\n)')
    expect(m.text(sum)).toMatch(/block\n {4}loop\n {6}local.get 0\n {6}i32.eqz\n {6}br_if 1/)
    expect(m.text(sum)).toContain('call $twice')
  })

  it('takes the locals of an ended scope again', () => {
    const b = body([], (code) => {
      for (let i = 0; i < 100; i++)
        code.scope(() => {
          code.local('v128')
          code.local('i32')
        })
      code.local('v128')
    })
    expect(b.locals).toBe(2)
  })

  it('refuses what no engine would take', () => {
    const m = moduleWriter()
    const f = m.function('f', { params: [], results: [] }, () => {})
    expect(() => m.define(f, () => {})).toThrow(/defined twice/)
    expect(() => m.importFunction('e', 'g', { params: [], results: [] })).toThrow(/import first/)
    expect(() => body([], (code) => code.v128([1]))).toThrow(/16/)
    expect(() => body([], (code) => code.memory('i32.load', { align: 3 }))).toThrow(/power of two/)
    expect(() => body([], (code) => code.memory('i32.load', { offset: -4 }))).toThrow(/offset/)
    expect(() =>
      body([], (code) => {
        for (let i = 0; i < 50_001; i++) code.local('i32')
      }),
    ).toThrow(/50001 locals/)
    expect(() =>
      body([], (code) => {
        for (let i = 0; i < 450_000; i++) code.v128(new Uint8Array(16))
      }),
    ).toThrow(/bytes/)
    const declared = moduleWriter()
    declared.declare('later', { params: [], results: [] })
    expect(() => declared.bytes()).toThrow(/not defined/)
  })

  it('knows what the engine can do', () => {
    expect(hasVectors()).toBe(true)
    const major = Number(process.versions.v8.split('.')[0])
    expect(hasRelaxedVectors()).toBe(major >= 12)
  })
})
