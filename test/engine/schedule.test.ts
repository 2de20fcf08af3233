/** Schedules of random programs: everything is written before it is read, once, within the sizes that kernels have. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayOf } from '../../laws/sample.js'
import type { Memory } from '../../src/core/nest.js'
import type { Tensor } from '../../src/core/value.js'
import { simd128 } from '../../src/engine/machine.js'
import { type Schedule, schedule } from '../../src/engine/schedule.js'
import { builder } from '../../src/tape/node.js'
import { sizeOf } from '../../src/tensor/shape.js'
import { ofSchedules, partsOf, programOf } from './plans.js'

const vector = (n: number): Tensor =>
  arrayOf(
    [n],
    'f64',
    Array.from({ length: n }, (_, i) => i / n),
  )

const ints = (...x: readonly number[]): Tensor => arrayOf([x.length], 'i32', x)

const scheduled = (f: (...x: readonly Tensor[]) => readonly Tensor[], ...x: readonly Tensor[]): Schedule => {
  const s = schedule(
    programOf((v) => f(...v), x),
    simd128,
  )
  if (s === null) throw new Error('not scheduled')
  return s
}

/** Checks that every memory is stored before it is loaded. */
const storesFirst = (s: Schedule): void => {
  const known = new Set<Memory>([...s.inputs, ...s.constants.map((c) => c.memory)])
  for (const kernel of s.kernels)
    for (const { reads, writes, reread } of partsOf(kernel)) {
      for (const m of reads) expect(known.has(m) || (reread && writes.has(m))).toBe(true)
      for (const m of writes) known.add(m)
    }
  for (const m of [...s.outputs, ...s.checks]) expect(known.has(m)).toBe(true)
}

describe('a schedule', () => {
  it('stores every memory before it loads it', () => {
    fc.assert(
      ofSchedules(({ schedule: s }) => storesFirst(s)),
      { numRuns: 100 },
    )
  })

  it('stores what has no elements too', () => {
    storesFirst(scheduled((key, counter) => [builder.threefry(key as Tensor, counter as Tensor)], ints(1, 2), ints()))
  })

  it('writes to inputs and constants never, to any memory in one kernel only', () => {
    fc.assert(
      ofSchedules(({ schedule: s }) => {
        const writer = new Map<Memory, number>()
        s.kernels.forEach((kernel, i) => {
          for (const m of partsOf(kernel).flatMap((n) => [...n.writes])) {
            expect(m.role === 'output' || m.role === 'scratch').toBe(true)
            expect(writer.get(m) ?? i).toBe(i)
            writer.set(m, i)
          }
        })
      }),
      { numRuns: 100 },
    )
  })

  it('computes a slot in one kernel at the most', () => {
    fc.assert(
      ofSchedules(({ schedule: s }) => {
        const slots = s.kernels.flatMap((k) => k.slots)
        expect(new Set(slots).size).toBe(slots.length)
      }),
      { numRuns: 100 },
    )
  })

  it('has memories of the size of what they hold, one for each result', () => {
    fc.assert(
      ofSchedules(({ program: p, schedule: s }) => {
        expect(new Set(s.outputs).size).toBe(s.outputs.length)
        if (p === null) return
        expect(s.inputs.map((m) => [m.dtype, m.size])).toEqual(p.inputs.map((a) => [a.dtype, sizeOf(a.shape)]))
        expect(s.outputs.map((m) => [m.dtype, m.size])).toEqual(p.results.map((a) => [a.dtype, sizeOf(a.shape)]))
        for (const { memory, index } of s.constants)
          expect(memory.size).toBe(sizeOf((p.constants[index] as Tensor).shape))
      }),
      { numRuns: 100 },
    )
  })
})

describe('kernels', () => {
  it('take in a chain of elementwise operations', () => {
    const s = scheduled((x) => [builder.mul(builder.add(builder.neg(x as Tensor), 1), 3)], vector(100))
    expect(s.kernels.length).toBe(1)
    expect(s.scratch.length).toBe(0)
  })

  it('stay below a size, however long a chain is', () => {
    // 1000 operations in all; one kernel may have 400 of them, and a cut of 120 more
    const s = scheduled((x) => {
      let y = x as Tensor
      for (let i = 0; i < 500; i++) y = builder.add(builder.mul(y, x as Tensor), 1 + i)
      return [y]
    }, vector(100))
    const sizes = s.kernels.map((k) => laneCount(k.nests))
    expect(sizes.length).toBeGreaterThan(1)
    // a multiplication by a number is two lanes
    expect(Math.max(...sizes)).toBeLessThan(2 * (400 + 120))
    expect(sizes.reduce((n, k) => n + k)).toBeGreaterThanOrEqual(1000)
  })

  it('compute what is used twice once, when it costs something', () => {
    const s = scheduled((x) => {
      const y = builder.exp(x as Tensor)
      return [builder.sum(y, [0]), builder.mul(y, y)]
    }, vector(100))
    const exps = s.kernels.flatMap((k) => k.operations).filter((o) => o === 'exp')
    expect(exps.length).toBe(1)
  })
})

/** Lanes of nests that are computed. */
const laneCount = (nests: Schedule['kernels'][number]['nests']): number => {
  const seen = new Set(nests.flatMap((n) => n.stores.map((s) => s.value)))
  for (const lane of seen) for (const a of lane.args) seen.add(a)
  return [...seen].filter((l) => l.op !== 'source' && l.op !== 'constant').length
}

describe('loops', () => {
  const cube = arrayOf(
    [4, 5, 6],
    'f64',
    Array.from({ length: 120 }, (_, i) => i),
  )
  const loopsIn = (f: (x: Tensor) => Tensor): readonly (readonly [readonly number[], readonly number[]])[] =>
    scheduled((x) => [f(x as Tensor)], cube).kernels.flatMap((k) =>
      k.nests.map((n) => [n.loops.map((l) => l.size), n.folded.map((l) => l.size)] as const),
    )
  it('that run through elements in their order are one', () => {
    expect(loopsIn((x) => builder.mul(x, builder.add(x, 1)))).toEqual([[[120], []]])
    expect(loopsIn((x) => builder.sum(x, [0, 1, 2]))).toEqual([[[], [120]]])
    expect(loopsIn((x) => builder.sum(x, [1, 2]))).toEqual([[[4], [30]]])
    expect(loopsIn((x) => builder.sum(x, [2]))).toEqual([[[20], [6]]])
  })
  it('that run through them in another order are not', () => {
    expect(loopsIn((x) => builder.permute(x, [2, 1, 0]))).toEqual([[[6, 5, 4], []]])
    expect(loopsIn((x) => builder.sum(x, [0, 2]))).toEqual([[[5], [4, 6]]])
    expect(loopsIn((x) => builder.flip(x, [1]))).toEqual([[[4, 5, 6], []]])
  })
})
