/** Counted loops, what control flow costs, and custom rules that loop. */
import {
  add,
  cond,
  convert,
  customVjp,
  exp,
  fori,
  grad,
  greater,
  item,
  jit,
  jvp,
  matmul,
  mul,
  type Scalar,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  toArray,
  vmap,
} from 'lanac'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'
import type { ScanParams } from '../../src/primitive/scan.js'
import type { Program } from '../../src/tape/program.js'
import { agree, close, type T, x } from './nests.js'

describe('fori', () => {
  describe('in every nest is the loop', () => {
    agree(
      (c) => fori(2, 5, (i, y) => sin(add(mul(y as T, convert(i, 'f64')), c)) as T, c) as T,
      (c) => sin(add(mul(sin(add(mul(sin(add(mul(c, 2), c)), 3), c)), 4), c)) as T,
      x,
    )
  })
  it('counts from the first bound up to the second', () => {
    const counts = (from: number, to: number) =>
      toArray(fori(from, to, (i, c) => add(mul(c, 10), convert(i, 'f64')) as Tensor<[], 'f64'>, 0))
    expect(counts(1, 4)).toBe(123)
    expect(counts(3, 3)).toBe(0)
    expect(counts(5, 3)).toBe(0)
    expect(counts(-1, 2)).toBe(-99)
  })
  it('takes bounds that are known while something is differentiated', () => {
    const f = (y: Scalar) => fori(0, convert(y, 'i32'), (_, c) => mul(c, y) as Tensor<[], 'f64'>, 1)
    expect(item(grad(f)(3))).toBe(27)
  })
  it('whole numbers stay whole', () => {
    const zero = convert(0, 'i32')
    const n = fori(0, 5, (i, c) => add(c, i), zero)
    expect([n.dtype, item(n)]).toEqual(['i32', 10])
  })
})

describe('what it costs', () => {
  it('the function is traced once', () => {
    let calls = 0
    const f = (y: Scalar) =>
      scan(
        (c: Scalar) => {
          calls++
          return [sin(c), null] as const
        },
        y,
        null,
        { length: 50 },
      )[0] as Scalar
    grad(f)(1)
    expect(calls).toBe(1)
  })
  it('a start of another element type is met by tracing again', () => {
    const [last] = scan((c, y: Tensor) => [add(c, y), null], 0, tensor([1, 2], { dtype: 'f32' }))
    expect([last.dtype, item(last)]).toEqual(['f32', 3])
  })
  it('a hundred thousand steps run and differentiate', () => {
    const n = 100_000
    const f = (y: Scalar) => fori(0, n, (_, c) => mul(c, y) as Tensor<[], 'f64'>, 1)
    const at = 1 + 1e-5
    close(item(f(at)), at ** n)
    close(item(grad(f)(at)), n * at ** (n - 1))
    close(item(jvp(f, [at], [1])[1] as Scalar), n * at ** (n - 1))
    const second = n * (n - 1) * at ** (n - 2)
    expect(Math.abs(item(grad(grad(f))(at)) / second - 1)).toBeLessThan(1e-9)
  })
  it('what all steps share is not kept for each of them', () => {
    const big = tensor(Array.from({ length: 20 }, (_, i) => Array.from({ length: 20 }, (_, j) => Math.sin(i * 20 + j))))
    const f = (m: T) =>
      sum(
        scan((h: T) => [tanh(matmul(m as never, h as never)) as T, null], tensor(Array(20).fill(1)) as T, null, {
          length: 7,
        })[0] as T,
      )
    const program = Tape.trace(((m: T) => grad(f)(m)) as never)(big as never) as Program
    const stacked = program.primitives.flatMap((p, k) =>
      p.name === 'scan'
        ? (program.params[k] as ScanParams).program.results.slice((program.params[k] as ScanParams).carry)
        : [],
    )
    expect(stacked.length).toBeGreaterThan(0)
    expect(stacked.every((r) => r.shape.reduce((n, m) => n * m, 1) <= 20)).toBe(true)
    const loop = (m: T) => {
      let h = tensor(Array(20).fill(1)) as T
      for (let i = 0; i < 7; i++) h = tanh(matmul(m as never, h as never)) as T
      return sum(h)
    }
    close(grad(f)(big as never), grad(loop)(big as never))
  })
  it('compiled, its programs are compiled as well, loops in loops and branches too', () => {
    const wide = (n: number, k: number) =>
      tensor(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Math.sin(k + i * n + j) / 4)))
    const f = (m: T) => {
      const [last, ys] = scan(
        (h: T, row: T) => {
          const next = fori(0, 2, (_, g) => tanh(matmul(m as never, add(g, row) as never)) as T, h)
          const kept = cond(
            greater(sum(next), 0.5),
            (y: T) => square(y) as T,
            (y: T) => sin(y) as T,
            next,
          )
          return [kept, sum(mul(kept, h))]
        },
        tensor(Array(9).fill(0.5)) as T,
        wide(9, 3) as T,
      )
      return add(sum(last), sum(exp(ys)))
    }
    const m = wide(9, 0) as T
    close(jit(f)(m), f(m))
    close(jit(grad(f))(m), grad(f)(m))
    close(jit(grad((y: T) => sum(square(grad(f)(y)))))(m), grad((y: T) => sum(square(grad(f)(y))))(m))
    close(jit(vmap(f as never) as never)(tensor([toArray(m), toArray(m)] as never) as never), [item(f(m)), item(f(m))])
  })
  it('programs inside are shown', () => {
    const text = Tape.show(Tape.trace((y) => scan((c, k: Tensor) => [add(c, k), null], 0, y)[0])(tensor([1, 2])))
    expect(text.split('\n')).toEqual([
      '%0 : f64[2] input',
      '%1 = scan { constants: 0, carry: 1, length: 2, reverse: false } 0 %0 : f64[]',
      '    %0 : f64[] input',
      '    %1 : f64[] input',
      '    %2 = add %0 %1 : f64[]',
      '    return %2',
      'return %1',
    ])
  })
})

describe('rules and scans', () => {
  it('a backward function may scan, with a count beside the cotangent, and forward mode transposes it', () => {
    // y = 6 x, by a backward function that adds ct, 2 ct, 3 ct
    const f = customVjp(
      (y: Scalar) => mul(y, 6) as Scalar,
      (y: Scalar) => [mul(y, 6), null] as never,
      (_: null, ct) => [
        scan(
          ({ n, total }: { n: Tensor; total: Tensor }) =>
            [{ n: add(n, 1), total: add(total, mul(n, ct as Scalar)) }, null] as const,
          { n: tensor(1), total: tensor(0) } as { readonly n: Tensor; readonly total: Tensor },
          null,
          { length: 3 },
        )[0].total as Tensor<[], 'f64'>,
      ],
    )
    expect(item(grad(f as (y: Scalar) => Scalar)(5))).toBe(6)
    expect(item(jvp(f as (y: Scalar) => Scalar, [5], [1])[1] as Scalar)).toBe(6)
    close(vmap(grad(f as (y: Scalar) => Scalar) as never)(tensor([1, 2]) as never), [6, 6])
  })
  it('a backward function that scans and is not linear is refused', () => {
    const f = customVjp(
      (y: Scalar) => mul(y, 2) as Scalar,
      (y: Scalar) => [mul(y, 2), null] as never,
      (_: null, ct) => [scan((c: Scalar) => [add(c, 1), null], ct as Scalar, null, { length: 2 })[0]],
    )
    expect(() => jvp(f as (y: Scalar) => Scalar, [5], [1])[1]).toThrow(/has to be linear in the cotangent/)
  })
})
