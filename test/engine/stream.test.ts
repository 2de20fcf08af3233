/** Long results that are copied to the heap while they are written: the same bits, and nothing left to copy. */
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

/** A function's results where those that can be are streamed, called several times over in a small arena. */
const streamed = (f: ListFunction, x: readonly Tensor[], a: Arena, s = streaming): readonly (readonly Tensor[])[] => {
  const p = programOf(f, x)
  const c = compileProgram(p, a, wasmWith({ streaming: s }))
  if (c === null) throw new Error('not compiled')
  return [1, 2, 3].map(() => {
    const out = c.run(x as readonly Concrete[], p.constants)
    if (out === null) throw new Error('not run')
    return out
  })
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
  ['read again', (x) => [b.exp(at(x)), b.sum(b.exp(at(x)), [0])], [rough([90, 101])]],
]

describe('streamed results', () => {
  it.each(cases)('have the bits of others: %s', (_, f, x) => {
    expect(streams(f, x)).toBeGreaterThan(0)
    const p = programOf(f, x)
    const expected = bits(alone(p).run(x as readonly Concrete[], p.constants))
    for (const piece of [1, 100, 3000, 10_000])
      for (const out of streamed(f, x, arena(2 ** 20), { long: OWN, piece, worth: 0 }))
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
        for (const out of streamed(g, x, arena(2 ** 26))) expect(bits(out)).toEqual(expected)
      }),
      { numRuns: 60 },
    )
    expect(found).toBeGreaterThan(20)
  })

  it('are on the heap already when they are read, or their place is needed', () => {
    const a = arena(2 ** 18)
    const x = [rough([9001])]
    const [y] = streamed((v) => [b.mul(at(v), 0.5)], x, a).map((out) => at(out)) as [Tensor]
    const { heap } = slabOf(y)
    expect(heap?.byteLength).toBe(4 * 9001)
    // it still stands in the arena, and goes in from there
    const { address } = slabOf(y)
    expect(address).toBeGreaterThan(0)
    const [z] = streamed((v) => [b.mul(at(v), 2)], [y], a) as [readonly Tensor[]]
    expect([slabOf(y).address, (y as Concrete).held]).toEqual([address, null])
    expect([...bufferOf(at(z) as Concrete)]).toEqual([...bufferOf(x[0] as Concrete)])
    expect(bufferOf(y as Concrete).buffer).toBe(heap)
    a.empty()
    expect([slabOf(y).address, slabOf(y).heap]).toEqual([-1, heap])
  })

  it('are right when memory has grown since', () => {
    const x = [rough([9001])]
    const p = programOf((v) => [b.exp(at(v))], x)
    const a = arena(2 ** 26, 2 ** 18)
    const c = compileProgram(p, a, wasmWith({ streaming }))
    const run = (): readonly string[] => {
      const out: readonly Tensor[] = c?.run(x as readonly Tensor[] as readonly Concrete[], p.constants) ?? []
      expect(slabOf(at(out)).heap).not.toBeNull()
      return bits(out)
    }
    const before = run()
    const { buffer } = a.memory
    // it is detached then
    a.begin(2 ** 25)
    expect(buffer.byteLength).toBe(0)
    expect(run()).toEqual(before)
  })

  it('are not what is short, folded, or written by more than one nest', () => {
    const x = rough([100, 90])
    const rows = rough([100], 'i32')
    expect(streams((v) => [b.mul(at(v), 2)], [rough([100])])).toBe(0)
    expect(streams((v) => [b.contract(at(v), at(v, 1), { a: [0, 1], b: [2, 1], out: [0, 2] })], [x, x])).toBe(0)
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
      const y = at(c?.run(x as readonly Concrete[], p.constants) ?? [])
      expect(slabOf(y).heap).toBeNull()
      expect(bits([y])).toEqual(bits(alone(p).run(x as readonly Concrete[], p.constants)))
    } finally {
      t.stop()
    }
  })

  it('are not of so little arithmetic that the copy would be waited for', () => {
    const least = (worth: number, f: ListFunction): boolean =>
      streamsOf(scheduled(f, [rough([9001])]), { ...streaming, worth }).size > 0
    const few: ListFunction = (v) => [b.add(b.mul(at(v), 2), 1)]
    const more: ListFunction = (v) => [b.div(1, b.sqrt(b.abs(at(v))))]
    expect([least(STREAMING.worth, few), least(0, few)]).toEqual([false, true])
    expect(least(STREAMING.worth, more)).toBe(true)
  })
})
