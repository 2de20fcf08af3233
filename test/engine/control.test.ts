/** Control flow inside programs: what it costs in code and memory, and what its explanation says. */
import {
  add,
  cond,
  convert,
  explain,
  fori,
  grad,
  greater,
  item,
  jit,
  mul,
  type Scalar,
  scalar,
  scan,
  sin,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { sameValues } from '../support/values.js'

type T = Tensor
const loose = <F>(f: F): ((...x: unknown[]) => T) => f as never

const float = (i: T): T => convert(i, 'f64') as T

/** c ← c/2 + i/4, n times. */
const summed = (n: number) => (x: T) =>
  loose(fori)(0, n, (i: T, c: T) => add(mul(c, 0.5) as T, mul(float(i), 0.25) as T), x)

describe('a loop in a program', () => {
  it('needs as much code and memory for a million rounds as for five thousand', () => {
    const [few, many] = [5000, 1_000_000].map((n) => explain(summed(n) as never)(scalar(0.5) as never))
    expect(many?.target).toBe('wasm')
    expect(many?.memory.workspace).toBe(few?.memory.workspace)
    expect(many?.memory.workspace).toBeLessThan(1024)
    expect(many?.bytes).toEqual({ inputs: 8, outputs: 8, constants: 0 })
    // numbers of more digits
    expect(Math.abs((many?.moduleSize ?? 0) - (few?.moduleSize ?? 0))).toBeLessThan(32)
  })

  it('counts from anywhere, forwards and in its derivative backwards', () => {
    const body = (from: number, n: number) => (x: T) => {
      let c = x
      for (let i = from; i < from + n; i++) c = sin(mul(c, 1 + i / 65536) as T) as T
      return c
    }
    const looped = (from: number, n: number) => (x: T) =>
      loose(fori)(from, from + n, (i: T, c: T) => sin(mul(c, add(1, mul(float(i), 1 / 65536)) as T) as T), x)
    for (const [from, n] of [
      [0, 5000],
      [-7, 40],
      [3, 1],
      [5, 0],
    ] as const) {
      const x = scalar(0.3) as T
      const value = item(loose(jit(looped(from, n) as never))(x) as Scalar)
      expect(Math.abs(value - item(body(from, n)(x) as Scalar))).toBeLessThan(1e-12)
      const slope = item(loose(jit(grad(looped(from, n) as never) as never))(x) as Scalar)
      expect(Math.abs(slope - item(loose(grad(body(from, n) as never))(x) as Scalar))).toBeLessThan(1e-12)
    }
  })

  it('is given nothing that its body does not read', () => {
    const data = tensor(Array.from({ length: 300 }, (_, i) => i / 7))
    const f = (x: T) =>
      (
        loose(scan)((c: T, row: { readonly used: T; readonly unused: T }) => [add(c, row.used), null], scalar(0), {
          used: x,
          unused: mul(sin(x), 2),
        }) as unknown as readonly T[]
      )[0] as T
    const e = explain(f as never)(data as never)
    expect(e.kernels.flatMap((k) => k.operations)).not.toContain('sin')
    expect(item(loose(jit(f as never))(data) as Scalar)).toBeCloseTo(item(sum(data) as Scalar), 9)
  })

  it('is compiled, not run beforehand, where its body reads nothing that is not known', () => {
    const f = (x: T) => (loose(scan)((c: T) => [mul(c, 0.5), c], scalar(1), x) as unknown as readonly T[])[1] as T
    const x = tensor([7, 8, 9])
    const e = explain(f as never)(x as never)
    expect(e.kernels.map((k) => k.control?.rounds)).toContain(3)
    expect(toArray(loose(jit(f as never))(x))).toEqual([1, 0.5, 0.25])
  })

  it('is explained with what it runs, and how often', () => {
    const f = (x: T) =>
      loose(fori)(
        0,
        10,
        (_: T, c: T) =>
          loose(cond)(
            greater(sum(c) as T, 1),
            (y: T) => mul(y, 0.5),
            (y: T) => sub(add(y, y) as T, 0.25),
            c,
          ),
        x,
      )
    const e = explain(f as never)(tensor([0.25, 0.5, 0.75]) as never)
    const loop = e.kernels.at(-1)
    expect(loop?.control?.kind).toBe('scan')
    expect(loop?.control?.rounds).toBe(10)
    const [body] = loop?.control?.programs ?? []
    const branch = body?.find((k) => k.control?.kind === 'cond')
    expect(branch?.control?.programs.map((p) => p.map((k) => k.operations))).toEqual([[['mul']], [['add', 'sub']]])
    // three flops for the sum, six for the dearer branch
    expect(loop?.flops).toBe(10 * (3 + 6))
    expect(String(e)).toContain('10 rounds of')
    expect(String(e)).toContain('where it holds')
  })

  it('closes over arrays of its own, in every loop the same', () => {
    const table = tensor([
      [1, 2],
      [3, 4],
    ])
    const f = (x: T) =>
      loose(fori)(
        0,
        3,
        (_: T, c: T) => loose(fori)(0, 2, (__: T, d: T) => add(mul(d, 0.5) as T, mul(table as T, 0.125) as T), c),
        x,
      )
    const x = tensor([
      [0, 1],
      [2, 3],
    ]) as T
    let expected = x
    for (let i = 0; i < 6; i++) expected = add(mul(expected, 0.5) as T, mul(table as T, 0.125) as T) as T
    const compiled = loose(jit(f as never))
    expect(toArray(compiled(x))).toEqual(toArray(expected))
    expect(sameValues(compiled(x), compiled(x))).toBe(true)
  })
})
