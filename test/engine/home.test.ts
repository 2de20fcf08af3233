/** Which memory programs run in: one that threads do not share, until several are asked for. */
import { exp, jit, linspace, mul, type Tensor, toArray } from 'lanac'
import { expect, it } from 'vitest'
import { type Arena, Slab } from '../../src/engine/arena.js'
import { byDefault } from '../../src/engine/execute.js'
import type { Concrete } from '../../src/tensor/concrete.js'

const homeOf = (x: Tensor): Arena | null => {
  const { residence } = x as Concrete
  return residence instanceof Slab ? residence.owner : null
}

it('moves once, and programs and values with it', () => {
  const x = linspace(0, 1, 5000)
  const alone = jit((v: Tensor) => exp(v), { threads: 1 })
  const together = jit((v: Tensor) => mul(v, 3), { threads: 2 })
  const expected = Array.from({ length: 5000 }, (_, i) => Math.exp(i / 4999))
  const near = (y: Tensor, by = 1): void => {
    ;(toArray(y) as readonly number[]).forEach((v, i) => {
      expect(Math.abs(v / (by * (expected[i] as number)) - 1)).toBeLessThan(1e-15)
    })
  }
  const first = alone(x)
  const before = homeOf(first)
  expect(before).not.toBeNull()
  expect(before?.pool).toBeNull()
  // the second thread needs memory that it can read
  const second = together(first)
  const after = homeOf(second)
  expect(after?.pool).not.toBeNull()
  near(second, 3)
  near(first)
  // what was compiled for the other memory moves too
  const third = alone(x)
  expect(homeOf(third)).toBe(after)
  expect(homeOf(alone(second))).toBe(after)
  near(third)
  near(first)
  // so are single operations, which as many threads compute as there are
  if (byDefault.threads > 1) expect(homeOf(exp(third))).toBe(after)
})
