/** Long results that pass the arena by: the same bits, on the heap at once, and in the arena once some have come back. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, fill, genome, pool } from '../../laws/random-program.js'
import { arrayOf } from '../../laws/sample.js'
import type { DType, Shape, Tensor } from '../../src/core/value.js'
import { type Arena, arena, OWN, Slab } from '../../src/engine/arena.js'
import { compileProgram } from '../../src/engine/compiled.js'
import { simd128 } from '../../src/engine/machine.js'
import { type Schedule, schedule } from '../../src/engine/schedule.js'
import { STREAMING, type Streaming, streamsOf } from '../../src/engine/stream.js'
import { wasmWith } from '../../src/engine/wasm/backend.js'
import { builder as b } from '../../src/tape/node.js'
import { bufferOf, type Concrete } from '../../src/tensor/concrete.js'
import { vmap } from '../../src/transform/vmap.js'
import { type ListFunction, programOf } from './plans.js'
import { alone, bits, team } from './threads/team.js'

const streaming: Streaming = { long: OWN, piece: 3000, worth: 0 }

/** A function that is called in an arena, where those of its results that can be are streamed. */
const calling = (f: ListFunction, x: readonly Tensor[], a: Arena, s = streaming): ListFunction => {
  const p = programOf(f, x)
  const c = compileProgram(p, a, wasmWith({ streaming: s }))
  if (c === null) throw new Error('not compiled')
  return (v) => {
    const out = c.run(v as readonly Concrete[], p.constants)
    if (out === null) throw new Error('not run')
    return out
  }
}

/** Results that have passed the arena by: they never stood in it. */
const passed = (out: readonly Tensor[]): readonly Slab[] =>
  (out as readonly Concrete[]).flatMap(({ residence }) =>
    residence instanceof Slab && residence.address < 0 ? [residence] : [],
  )

/** Calls it until results pass by, since others have left the arena unused. */
const untilPassed = (g: ListFunction, x: readonly Tensor[]): readonly Tensor[] => {
  for (let n = 0; n < 1000; n++) {
    const out = g(x)
    if (passed(out).length > 0) return out
  }
  throw new Error('nothing passes by')
}

/** A function's results: as they stand in the arena, as they pass by, and after those have come back. */
const streamed = (f: ListFunction, x: readonly Tensor[], a: Arena, s = streaming): readonly (readonly Tensor[])[] => {
  const g = calling(f, x, a, s)
  const staying = [g(x), g(x)]
  if (streamsOf(scheduled(f, x), s).size === 0) return staying
  const passing = [untilPassed(g, x), g(x)]
  const slabs = passed(passing[1] as readonly Tensor[])
  // so that they lie side by side, whatever stood in between
  a.empty()
  a.begin(slabs.reduce((n, { bytes }) => n + bytes, 0))
  for (const slab of slabs) a.resident(slab)
  return [...staying, ...passing, g(x), g(x)]
}

const scheduled = (f: ListFunction, x: readonly Tensor[]): Schedule => schedule(programOf(f, x), simd128) as Schedule
const streams = (f: ListFunction, x: readonly Tensor[]): number => streamsOf(scheduled(f, x), streaming).size
const slabOf = (x: Tensor): Slab => {
  const { residence } = x as Concrete
  if (!(residence instanceof Slab)) throw new Error('stands on the heap')
  return residence
}
const rough = (shape: Shape, dtype: DType = 'f32'): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1)
  return arrayOf(
    shape,
    dtype,
    Array.from({ length: size }, (_, i) => ((i * 37) % 101) - 50),
  )
}
const at = (x: readonly Tensor[], i = 0): Tensor => x[i] as Tensor

const cases: readonly (readonly [string, ListFunction, readonly Tensor[]])[] = [
  ['one line', (x) => [b.mul(at(x), 0.5)], [rough([9001])]],
  ['f64', (x) => [b.exp(at(x))], [rough([4099], 'f64')]],
  ['i32 and bool', (x) => [b.add(at(x), 3), b.convert(b.abs(at(x)), 'bool')], [rough([20_003], 'i32')]],
  ['two of one shape', (x) => [b.sin(at(x)), b.mul(b.sin(at(x)), at(x, 1))], [rough([7003]), rough([7003])]],
  ['a column added', (x) => [b.add(at(x), b.broadcast(at(x, 1), [103, 97], [0]))], [rough([103, 97]), rough([103])]],
  ['a row added', (x) => [b.add(at(x), b.broadcast(at(x, 1), [103, 97], [1]))], [rough([103, 97]), rough([97])]],
  [
    'beside a product',
    (x) => [b.exp(at(x)), b.contract(at(x), at(x), { a: [0, 1], b: [2, 1], out: [0, 2] })],
    [rough([90, 101])],
  ],
]

describe('streamed results', () => {
  it.each(cases)('have the bits of others: %s', (_, f, x) => {
    expect(streams(f, x)).toBeGreaterThan(0)
    const p = programOf(f, x)
    const expected = bits(alone(p).run(x as readonly Concrete[], p.constants))
    for (const piece of [1, 100, 3000, 10_000])
      for (const out of streamed(f, x, arena(2 ** 20, 2 ** 18), { long: OWN, piece, worth: 0 }))
        expect(bits(out)).toEqual(expected)
  })

  it('have the bits of others in random programs over long stacks', () => {
    let found = 0
    fc.assert(
      fc.property(genome(8), pool(-16, 16), fc.integer({ min: 1000, max: 3000 }), (genes, numbers, n) => {
        const { f, inputs } = decode(genes)
        const over = vmap(((...v: Tensor[]) => f(v)) as never)
        const g: ListFunction = (v) => over(...v) as readonly Tensor[]
        const x: readonly Tensor[] = inputs.map((r, i) => fill({ ...r, shape: [n, ...r.shape] }, numbers, i))
        const p = programOf(g, x)
        const s = schedule(p, simd128)
        if (s === null || x.length === 0) return
        found += streamsOf(s, streaming).size
        const expected = bits(alone(p).run(x as readonly Concrete[], p.constants))
        for (const out of streamed(g, x, arena(2 ** 26, 2 ** 18))) expect(bits(out)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
    expect(found).toBeGreaterThan(20)
  })

  const half: ListFunction = (v) => [b.mul(at(v), 0.5)]
  const twice: ListFunction = (v) => [b.mul(at(v), 2)]

  it('stand in the arena as long as they are used, and go in from there', () => {
    const a = arena(2 ** 18)
    const x = [rough([9001])]
    const [f, g] = [calling(half, x, a), calling(twice, x, a)]
    for (let i = 0; i < 50; i++) {
      const y = f(x)
      const { address, heap } = slabOf(at(y))
      expect(address).toBeGreaterThan(0)
      expect(heap).toBeNull()
      g(y)
      expect([slabOf(at(y)).address, (at(y) as Concrete).held]).toEqual([address, null])
    }
  })

  it('pass by once one has left the arena unused: on the heap at once, without room in the arena', () => {
    const a = arena(2 ** 18)
    const x = [rough([9001])]
    const f = calling(half, x, a)
    expect(passed(f(x))).toEqual([])
    untilPassed(f, x)
    const kept = Array.from({ length: 20 }, () => at(f(x)))
    for (const y of kept) {
      const { address, heap } = slabOf(y)
      expect([address, heap?.byteLength]).toEqual([-1, 4 * 9001])
      // reading makes no copy of its own
      expect(bufferOf(y as Concrete).buffer).toBe(heap)
    }
    expect(new Set(kept.map((y) => slabOf(y).heap)).size).toBe(kept.length)
  })

  it('stay from when one that had passed by has come back', () => {
    const a = arena(2 ** 18)
    const x = [rough([9001])]
    const [f, g] = [calling(half, x, a), calling(twice, x, a)]
    const y = untilPassed(f, x)
    const z = g(y)
    expect([...bufferOf(at(z) as Concrete)]).toEqual([...bufferOf(at(x) as Concrete)])
    // what has come in stays
    expect(slabOf(at(y)).address).toBeGreaterThan(0)
    for (let i = 0; i < 50; i++) expect(passed(f(x))).toEqual([])
    expect(bits(g(f(x)))).toEqual(bits(z))
  })

  it('are not taken for unused where all are moved out', () => {
    const a = arena(2 ** 18)
    const x = [rough([9001])]
    const f = calling(half, x, a)
    for (let i = 0; i < 20; i++) {
      expect(passed(f(x))).toEqual([])
      a.empty()
    }
  })

  it('are right when memory has grown since', () => {
    const x = [rough([9001])]
    const a = arena(2 ** 26, 2 ** 18)
    const f = calling((v) => [b.exp(at(v))], x, a)
    const before = bits(untilPassed(f, x))
    const { buffer } = a.memory
    // it is detached then
    a.begin(2 ** 25)
    expect(buffer.byteLength).toBe(0)
    const after = f(x)
    expect(passed(after)).toHaveLength(1)
    expect(bits(after)).toEqual(before)
  })

  it('are not what is short, folded, read in the program, or written by more than one nest', () => {
    const x = rough([100, 90])
    const rows = rough([100], 'i32')
    expect(streams((v) => [b.mul(at(v), 2)], [rough([100])])).toBe(0)
    expect(streams((v) => [b.contract(at(v), at(v, 1), { a: [0, 1], b: [2, 1], out: [0, 2] })], [x, x])).toBe(0)
    expect(streams((v) => [b.exp(at(v)), b.sum(b.exp(at(v)), [0])], [x])).toBe(0)
    // filled with zeros first
    const scatter: ListFunction = (v) => [b.scatterAdd(at(v), b.abs(at(v, 1)), 0, 100)]
    const zeros = scheduled(scatter, [x, rows]).kernels.flatMap((k) => k.nests.filter((n) => n.folds.length === 0))
    expect(zeros.length).toBeGreaterThan(0)
    expect(streams(scatter, [x, rows])).toBe(0)
  })

  it('are not in memory that threads share, which the host would read word by word', async () => {
    const t = team(2)
    try {
      const f: ListFunction = (v) => [b.mul(at(v), 2)]
      const x: readonly Tensor[] = [rough([9001])]
      const p = programOf(f, x)
      const c = compileProgram(p, t.arena, wasmWith({ streaming }), 2)
      const run = (): readonly Tensor[] => c?.run(x as readonly Concrete[], p.constants) ?? []
      for (let i = 0; i < 1000; i++) expect(passed(run())).toEqual([])
      expect(bits(run())).toEqual(bits(alone(p).run(x as readonly Concrete[], p.constants)))
    } finally {
      t.stop()
    }
  })

  it('are not of so little arithmetic that the copy would be waited for', () => {
    const least = (worth: number, f: ListFunction): boolean =>
      streamsOf(scheduled(f, [rough([9001])]), { ...streaming, worth }).size > 0
    const few: ListFunction = (v) => [b.add(b.mul(at(v), 2), 1)]
    const more: ListFunction = (v) => [b.sqrt(b.abs(at(v)))]
    expect([least(STREAMING.worth, few), least(0, few)]).toEqual([false, true])
    expect(least(STREAMING.worth, more)).toBe(true)
  })
})
