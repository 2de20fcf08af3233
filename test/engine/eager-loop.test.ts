/** Long loops outside of compiled functions: what the evaluator computes, in its words where it refuses. */
import {
  add,
  fori,
  grad,
  item,
  mul,
  type Scalar,
  scalar,
  scan,
  sin,
  type Tensor,
  take,
  tap,
  tensor,
  toArray,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { eagerLoop } from '../../src/engine/eager-loop.js'
import { evaluate } from '../../src/engine/evaluate.js'
import type { AnyMultiple } from '../../src/primitive/record.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly, traceLeaves } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'

type T = Tensor
const loose = <F>(f: F): ((...x: unknown[]) => T) => f as never

/** c ← sin(c) + c/2, n times. */
const looped = (n: number) => (x: T) => loose(fori)(0, n, (_: T, c: T) => add(sin(c) as T, mul(c, 0.5) as T), x)
const plainly = (n: number, x: number): number => {
  let c = x
  for (let i = 0; i < n; i++) c = Math.sin(c) + c * 0.5
  return c
}

describe('a loop outside of compiled functions', () => {
  it('computes the same, short or long', () => {
    for (const n of [0, 1, 100, 30_000])
      expect(item(looped(n)(scalar(0.25)) as Scalar)).toBeCloseTo(plainly(n, 0.25), 11)
  })

  it('is compiled when it is long, and else not', () => {
    const program = (n: number): Program =>
      traceLeaves((v) => [looped(n)(v[0] as T)], [abstractly(scalar(0.25))], { name: 'test' })
    const run = (n: number) => {
      const p = program(n)
      return eagerLoop(p.primitives[0] as AnyMultiple, p.params[0], p.inputs.length === 1 ? argumentsOf(p) : [])
    }
    const argumentsOf = (p: Program): readonly Concrete[] =>
      p.refs.slice(p.start[0], p.start[1]).map((r) => (r < 0 ? p.constants[-1 - r] : scalar(0.25)) as Concrete)
    expect(run(100)).toBe(null)
    const [, y] = run(30_000) as readonly Concrete[]
    const [z] = evaluate(program(30_000), [scalar(0.25) as never]) as readonly T[]
    expect(item(y as never)).toBeCloseTo(item(z as Scalar), 11)
  })

  it('has the derivative of the loop', () => {
    const n = 12_000
    let slope = 1
    for (let i = 0, c = 0.25; i < n; i++) {
      slope *= Math.cos(c) + 0.5
      c = Math.sin(c) + c * 0.5
    }
    const found = item(loose(grad(looped(n) as never))(scalar(0.25)) as Scalar)
    expect(Math.abs(found - slope)).toBeLessThanOrEqual(1e-9 * Math.abs(slope))
  })

  it('stacks rows, over arrays', () => {
    const n = 9000
    const xs = tensor(Array.from({ length: n }, (_, i) => [i % 7, i % 3]))
    const [last, sums] = loose(scan)(
      (c: T, x: T) => {
        const next = add(mul(c, 0.5) as T, x) as T
        return [next, mul(add(next, 1) as T, 2)]
      },
      tensor([0, 0]),
      xs,
    ) as unknown as readonly [T, T]
    let c = [0, 0]
    const rows: number[][] = []
    for (let i = 0; i < n; i++) {
      c = [(c[0] as number) * 0.5 + (i % 7), (c[1] as number) * 0.5 + (i % 3)]
      rows.push(c.map((v) => (v + 1) * 2))
    }
    expect(toArray(last)).toEqual(c)
    expect(toArray(sums)).toEqual(rows)
  })

  it('refuses in the words of the evaluator, and prints from inside', () => {
    const bad = () => loose(fori)(0, 30_000, (i: T, c: T) => add(c, loose(take)(tensor([1, 2, 3]) as T, i)), scalar(0))
    expect(bad).toThrow('index 3 is out of range')
    const seen: number[] = []
    const heard = (v: T): T => loose(tap)('c', v, { print: (_: string, w: T) => seen.push(item(w as Scalar)) })
    loose(fori)(0, 21_000, (_: T, c: T) => add(heard(c), 1), scalar(0))
    expect(seen.length).toBe(21_000)
  })
})
