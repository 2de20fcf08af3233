import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lane, LaneType } from '../../../src/core/lane.js'
import * as L from '../../../src/core/lane.js'
import { emitLanes, widest } from '../../../src/engine/wasm/lanes.js'
import { moduleWriter } from '../../../src/engine/wasm/module.js'
import { evaluate, grow, hasNaNBits, INPUTS, inputBits, isNaNBits, N, width } from '../expression.js'
import { element, loop, sizeOf } from '../loop.js'

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
