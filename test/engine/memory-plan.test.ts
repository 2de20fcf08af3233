/** Workspaces of random programs: what lives at the same time lies apart, and little room is left empty. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayOf } from '../../laws/sample.js'
import type { Memory } from '../../src/core/nest.js'
import type { Tensor } from '../../src/core/value.js'
import { simd128 } from '../../src/engine/machine.js'
import { byteSize, planMemory } from '../../src/engine/memory-plan.js'
import { type Schedule, schedule } from '../../src/engine/schedule.js'
import { builder } from '../../src/tape/node.js'
import { ofSchedules, partsOf, programOf } from './plans.js'

interface Life {
  readonly memory: Memory
  first: number
  last: number
}

/** From which kernel to which each scratch memory is used; what is read after the run, to the end. */
const livesOf = (s: Schedule): readonly Life[] => {
  const lives = new Map<Memory, Life>()
  s.kernels.forEach((k, i) => {
    for (const m of partsOf(k).flatMap((n) => [...n.reads, ...n.writes])) {
      if (m.role !== 'scratch') continue
      const life = lives.get(m) ?? { memory: m, first: i, last: i }
      life.last = i
      lives.set(m, life)
    }
  })
  for (const m of s.checks) {
    const life = lives.get(m)
    if (life !== undefined) life.last = s.kernels.length
  }
  return [...lives.values()]
}

const lines = (m: Memory): number => 64 * Math.ceil(Math.max(1, byteSize(m)) / 64)

/** The most that lives at once, in whole cache lines. */
const largestLiveSet = (s: Schedule): number => {
  const lives = livesOf(s)
  return s.kernels.reduce(
    (most, _, i) =>
      Math.max(
        most,
        lives.filter((l) => l.first <= i && i <= l.last).reduce((n, l) => n + lines(l.memory), 0),
      ),
    0,
  )
}

const checkPlan = (s: Schedule): void => {
  const plan = planMemory(s)
  const lives = livesOf(s)
  for (const { memory } of lives) {
    const at = plan.offsets.get(memory) as number
    expect(at % 64).toBe(0)
    expect(at).toBeGreaterThanOrEqual(0)
    expect(at + byteSize(memory)).toBeLessThanOrEqual(plan.size)
  }
  lives.forEach((a, i) => {
    for (const b of lives.slice(i + 1)) {
      if (a.last < b.first || b.last < a.first) continue
      const p = plan.offsets.get(a.memory) as number
      const q = plan.offsets.get(b.memory) as number
      expect(p + byteSize(a.memory) <= q || q + byteSize(b.memory) <= p).toBe(true)
    }
  })
}

const scheduled = (f: (x: Tensor) => readonly Tensor[], x: Tensor): Schedule => {
  const s = schedule(
    programOf(([v]) => f(v as Tensor), [x]),
    simd128,
  )
  if (s === null) throw new Error('not scheduled')
  return s
}

describe('a workspace', () => {
  it('holds what lives at the same time apart', () => {
    fc.assert(
      ofSchedules(({ schedule: s }) => checkPlan(s)),
      { numRuns: 100 },
    )
  })

  it('is nearly as small as what lives at once', () => {
    fc.assert(
      ofSchedules(({ schedule: s }) => {
        // checks have lines of their own throughout; first fit leaves less than as much again empty
        expect(planMemory(s).size).toBeLessThanOrEqual(2 * largestLiveSet(s) + 64 * s.checks.length)
      }),
      { numRuns: 100 },
    )
  })

  it('does not grow with the length of a chain', () => {
    const n = 40
    const matrix = arrayOf(
      [n, n],
      'f64',
      Array.from({ length: n * n }, (_, i) => i / n ** 3),
    )
    const chain = (length: number) => {
      const s = scheduled((x) => {
        let y = x
        for (let i = 0; i < length; i++) y = builder.contract(y, x, { a: [0, 1], b: [1, 2], out: [0, 2] } as never)
        return [y]
      }, matrix)
      checkPlan(s)
      return planMemory(s).size
    }
    expect(chain(40)).toBe(chain(6))
    expect(chain(6)).toBeGreaterThan(n * n * 8)
  })
})
