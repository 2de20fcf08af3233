/** Cuts of nests: no two units write to the same place, and every round is in one of them. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constant, source } from '../../../src/core/lane.js'
import {
  along,
  at,
  type Loop,
  type Memory,
  type Nest,
  plus,
  put,
  type Store,
  storing,
  times,
} from '../../../src/core/nest.js'
import { simd128 } from '../../../src/engine/machine.js'
import { costOf, splitOf, WORTH } from '../../../src/engine/split.js'
import { tilingOf } from '../../../src/engine/tile.js'
import { ofSchedules } from '../plans.js'

const memory = (size: number): Memory => ({ dtype: 'f32', size, role: 'scratch' })
const cut = (nest: Nest, worth = 1, inTwo = false) => splitOf(nest, tilingOf(nest, simd128), worth, inTwo)
const load = (m: Memory, ...loops: readonly Loop[]) =>
  source('f32', { kind: 'load', memory: m, index: along(loops[0] as Loop), plus: null })

/** Where a store writes in the rounds of its loops, for each combination of rounds of some of them. */
const placesOf = (s: Store, loops: readonly Loop[]): readonly ReadonlySet<number>[] => {
  const along = (places: readonly number[], [loop, c]: readonly [Loop, number]): readonly number[] =>
    places.flatMap((p) => Array.from({ length: loop.size }, (_, i) => p + c * i))
  const others = [...s.index.terms].filter(([l]) => !loops.includes(l))
  return loops
    .reduce<readonly number[]>((places, l) => along(places, [l, s.index.terms.get(l) ?? 0]), [s.index.constant])
    .map((place) => new Set(others.reduce<readonly number[]>(along, [place])))
}

describe('a cut', () => {
  it('of any nest of any program is along a loop whose rounds write to places of their own', () => {
    let cuts = 0
    let pairs = 0
    fc.assert(
      ofSchedules(({ schedule }) => {
        for (const { nests } of schedule.kernels)
          for (const nest of nests) {
            for (const inTwo of [false, true]) {
              const split = cut(nest, 1, inTwo)
              if (split === null) continue
              cuts += 1
              if (split.inner !== null) pairs += 1
              if (!inTwo) expect(split.inner).toBeNull()
              const { inner } = split
              const parts = inner === null ? [split] : [{ ...split, units: split.units / inner.units }, inner]
              for (const { loop, step, units } of parts) {
                expect(nest.loops).toContain(loop)
                expect(nest.ordered).not.toContain(loop)
                expect(units).toBe(Math.floor(loop.size / step))
                expect(units).toBeGreaterThan(1)
              }
              if (inner !== null) expect(split.step).toBe(1)
              expect(split.grain).toBeGreaterThanOrEqual(1)
              expect(split.grain).toBeLessThanOrEqual(split.units)
              for (const s of [...nest.traces, ...nest.stores]) {
                const rounds = placesOf(
                  s,
                  parts.map((p) => p.loop),
                )
                expect(new Set(rounds.flatMap((r) => [...r])).size).toBe(rounds.reduce((n, r) => n + r.size, 0))
              }
            }
          }
      }),
      { numRuns: 100 },
    )
    expect(cuts).toBeGreaterThan(0)
    expect(pairs).toBeGreaterThan(0)
  })

  it('is not made where rounds write to one place, add to what is there, or have to run in order', () => {
    const [i, j]: readonly Loop[] = [{ size: 64 }, { size: 32 }] as const
    const [x, y] = [memory(64 * 32), memory(64 * 32)]
    const value = load(x, i as Loop)
    const there = plus(times(along(i as Loop), 32), along(j as Loop))
    const loops = [i, j] as readonly Loop[]
    const stored = put(y, there, value)
    expect(cut(storing(loops, [stored]))).not.toBeNull()
    expect(cut(storing(loops, [put(y, at(0), value)]))).toBeNull()
    expect(cut(storing(loops, [put(y, plus(along(i as Loop), along(j as Loop)), value)]))).toBeNull()
    expect(cut(storing(loops, [{ ...stored, mode: 'add' }]))).toBeNull()
    expect(cut(storing(loops, [put(y, there, value, constant('i32', 1))]))).toBeNull()
    expect(cut(storing(loops, [stored], loops))).toBeNull()
    expect(cut(storing(loops, [stored], [i as Loop]))?.loop).toBe(j)
    // what is read was written by another round
    expect(cut(storing(loops, [put(x, there, value)]))).toBeNull()
    // each element is read before it is written, by its own round
    const own = source('f32', { kind: 'load', memory: x, index: there, plus: null })
    expect(cut(storing(loops, [put(x, there, own)]))).not.toBeNull()
    // two stores to one memory
    expect(cut(storing(loops, [stored, put(y, there, value)]))).toBeNull()
  })

  it('is not made where it does not pay', () => {
    const nestOf = (size: number): Nest => {
      const loop: Loop = { size }
      return storing([loop], [put(memory(size), along(loop), load(memory(size), loop))])
    }
    const cost = (n: Nest): number => costOf(n, tilingOf(n, simd128))
    const [small, large] = [nestOf(10_000), nestOf(1_000_000)]
    expect(cost(small)).toBeLessThan(WORTH)
    expect(cost(large)).toBeGreaterThan(WORTH)
    expect([cut(small, WORTH), cut(large, WORTH)]).toEqual([null, expect.anything()])
    expect(cost(large) / cost(small)).toBeCloseTo(100, 6)
  })
})
