/** Taps in control flow: what a compiled program prints when it has run is what the function prints as it goes. */
import * as fc from 'fast-check'
import { add, cond, fori, grad, greater, jit, mul, type Scalar, scan, sin, sub, sum, tap, tensor, toArray } from 'lanac'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/core/value.js'
import { prepared } from '../../src/engine/execute.js'
import { plain } from '../../src/engine/plain.js'
import { simplify } from '../../src/engine/simplify.js'
import { untapped } from '../../src/engine/tapped.js'
import { holdsTaps } from '../../src/tape/effect.js'
import { trace } from '../../src/tape/trace.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Step =
  | { readonly kind: 'tap'; readonly label: string }
  | { readonly kind: 'compute'; readonly factor: number }
  | { readonly kind: 'loop'; readonly times: number; readonly reverse: boolean; readonly inside: readonly Step[] }
  | {
      readonly kind: 'branch'
      readonly bound: number
      readonly above: readonly Step[]
      readonly below: readonly Step[]
    }

const steps: fc.Arbitrary<readonly Step[]> = fc.letrec<{ readonly list: readonly Step[]; readonly one: Step }>(
  (tie) => ({
    list: fc.array(tie('one'), { maxLength: 3, depthIdentifier: 'steps' }),
    one: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'steps' },
      fc.record({ kind: fc.constant('tap' as const), label: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ kind: fc.constant('compute' as const), factor: fc.double({ min: -1.5, max: 1.5, noNaN: true }) }),
      fc.record({
        kind: fc.constant('loop' as const),
        times: fc.integer({ min: 0, max: 3 }),
        reverse: fc.boolean(),
        inside: tie('list'),
      }),
      fc.record({
        kind: fc.constant('branch' as const),
        bound: fc.double({ min: -1, max: 1, noNaN: true }),
        above: tie('list'),
        below: tie('list'),
      }),
    ),
  }),
).list

type Print = (label: string, value: Tensor) => void

const run = (list: readonly Step[], x: Scalar, print: Print): Scalar =>
  list.reduce<Scalar>((y, s) => {
    if (s.kind === 'tap') return tap(s.label, y, { print }) as Scalar
    if (s.kind === 'compute') return sin(mul(y, s.factor)) as Scalar
    if (s.kind === 'branch')
      return cond(
        greater(y, s.bound) as never,
        (v: Scalar) => run(s.above, v, print),
        (v: Scalar) => run(s.below, add(v, 0.5), print),
        y,
      ) as Scalar
    const rows = tensor(Array.from({ length: s.times }, (_, i) => i / 4))
    const step = (c: Scalar, row: Scalar) => [run(s.inside, add(c, row), print), null] as const
    return scan(step as never, y as never, rows as never, { reverse: s.reverse } as never)[0] as Scalar
  }, x)

/** What a function prints, and what it returns. */
const told = (f: (print: Print) => unknown): readonly unknown[] => {
  const lines: unknown[] = []
  const y = f((label, value) => lines.push([label, toArray(value)]))
  return [...lines, y]
}

// ---------------------------------------------------------------------------------------------------------------- tests

describe('taps in control flow', () => {
  it('print what the function prints as it goes, in the same order', () => {
    let lines = 0
    fc.assert(
      fc.property(steps, fc.double({ min: -1, max: 1, noNaN: true }), (list, x) => {
        const expected = told((print) => run(list, x, print))
        lines += expected.length - 1
        const sink: unknown[] = []
        const print: Print = (label, value) => sink.push([label, toArray(value)])
        const f = jit((v: Scalar) => run(list, v, print))
        for (let i = 0; i < 2; i++) {
          const y = f(tensor(x))
          const close = (a: unknown): unknown =>
            JSON.parse(JSON.stringify(a), (_, v) => (typeof v === 'number' ? Number(v.toPrecision(9)) : v))
          expect(close([...sink.splice(0), toArray(y as never)])).toEqual(
            close([...expected.slice(0, -1), toArray(add(expected.at(-1) as Scalar, 0))]),
          )
        }
      }),
      { numRuns: 150 },
    )
    expect(lines).toBeGreaterThan(100)
  })

  it('are in programs that are compiled, unless too much would come out', () => {
    const f = (rounds: number, size: number) => (x: Scalar) => {
      const wide = mul(tensor(new Array<number>(size).fill(1)), x)
      return sum(
        fori(
          0,
          rounds,
          ((_: Scalar, c: Tensor) => tap('c', mul(c as never, 0.5), { print: () => {} })) as never,
          wide as never,
        ) as never,
      )
    }
    const programOf = (rounds: number, size: number) => plain(simplify(trace(f(rounds, size))(tensor(1))))
    const u = untapped(programOf(10, 4))
    expect(u === null ? null : [holdsTaps(u.program), prepared(u.program).compiled?.target]).toEqual([false, 'wasm'])
    expect(untapped(programOf(100_000, 100))).toBeNull()
  })

  it('print once however often a loop is differentiated', () => {
    const lines: unknown[] = []
    const print: Print = (label, value) => lines.push([label, toArray(value)])
    const f = (x: Scalar) =>
      fori(0, 3, ((_: Scalar, c: Scalar) => sub(c, tap('c', mul(c, 0.5), { print }))) as never, x as never) as Scalar
    const g = jit(grad(f))
    for (let i = 0; i < 2; i++) {
      expect(toArray(g(tensor(8)))).toBe(0.125)
      expect(lines.splice(0)).toEqual([['c', 4], ['c', 2], ['c', 1]]) // biome-ignore format: three lines
    }
  })
})
