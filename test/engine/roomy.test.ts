/** Values larger than the arena, and values larger than there can be memory for. */
import {
  add,
  arange,
  cumsum,
  exp,
  grad,
  jit,
  LanacError,
  MemoryError,
  mul,
  ones,
  reshape,
  type Scalar,
  scan,
  sum,
  type Tensor,
  toTypedArray,
  vmap,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { prepared } from '../../src/engine/execute.js'
import { simplify } from '../../src/engine/simplify.js'
import { trace } from '../../src/tape/trace.js'

type Any = (...args: readonly unknown[]) => unknown

/** The error of something that asks for too much. */
const failure = (f: () => unknown): MemoryError => {
  try {
    f()
  } catch (e) {
    expect(e).toBeInstanceOf(MemoryError)
    expect(e).toBeInstanceOf(LanacError)
    return e as MemoryError
  }
  throw new Error('it did not fail')
}

describe('more memory than there can be', () => {
  const x = arange(2 ** 18)
  /** Of 2⁵⁰ elements, 2⁵³ bytes in f64: no engine gives that. */
  const stretched = (v: Tensor): Tensor =>
    add(reshape(v, [2 ** 18, 1, 1]) as Tensor, ones([1, 2 ** 16, 2 ** 16])) as Tensor
  const step = (c: Tensor, v: Tensor) => [c, sum(cumsum(stretched(add(x, v)), { axis: 0 }))] as const
  const cases: readonly (readonly [string, string, Any])[] = [
    ['outside of transformations', 'broadcast', stretched as Any],
    ['a result of a compiled function', 'exp', jit((v: Tensor) => [sum(v), exp(stretched(v))] as const) as Any],
    ['a value on the way', 'broadcast', jit((v: Tensor) => sum(cumsum(stretched(v), { axis: 0 }))) as Any],
    [
      'a compiled gradient',
      'broadcast',
      jit(grad((v: Tensor) => sum(exp(cumsum(stretched(v), { axis: 0 }))) as Scalar)) as Any,
    ],
    ['a gradient', 'broadcast', grad((v: Tensor) => sum(mul(stretched(v), stretched(v))) as Scalar) as Any],
    ['a step of a scan', 'broadcast', (v) => scan(step as never, v as never, x as never)],
    ['a stack', 'broadcast', (v) => vmap((k: Tensor) => add(k, ones([2 ** 16, 2 ** 16])))(v as never)],
  ]
  it.each(cases)('%s', (_, operation, f) => {
    const e = failure(() => f(x))
    expect(e.message).toBe(
      `${operation}: making f64[262144, 65536, 65536] asks for ${2 ** 53} bytes (8.39e+6 GiB), more memory than can be had; ` +
        'use smaller batches, f32 in place of f64, or reduce (sum, mean, matmul) before widening',
    )
    expect([e.name, e.operation, e.bytes]).toEqual(['MemoryError', operation, 2 ** 53])
  })

  it('the stacked results of a scan', () => {
    const rows = (c: Tensor, v: Tensor) => [c, add(v, ones([2 ** 16, 2 ** 16]))] as const
    const e = failure(() => scan(rows as never, x as never, x as never))
    expect(e.message).toMatch(/^scan: making f64\[262144, 65536, 65536\] asks for 9007199254740992 bytes/)
  })

  it('numbers asked for one by one, where all of them are equal', () => {
    const big = mul(ones([2 ** 16, 2 ** 16, 1]), ones([1, 1, 2 ** 16])) as Tensor
    expect(String(big).startsWith('[[[1. 1. 1. ... 1. 1. 1.]\n')).toBe(true)
    const e = failure(() => toTypedArray(big))
    expect(e.message).toMatch(/^toTypedArray: making f64\[65536, 65536, 65536\] asks for 2251799813685248 bytes/)
  })
})

describe('more than the arena holds', () => {
  const n = 6000
  const table = (v: Tensor): Tensor => mul(add(reshape(v, [-1, 1]) as Tensor, v), 0.5) as Tensor
  it('is computed on the heap', () => {
    const target = (size: number): unknown =>
      prepared(simplify(trace(table as never)(arange(size) as never))).compiled?.target
    expect([target(n), target(30)]).toEqual(['js', 'wasm'])
    const y = toTypedArray(jit(table)(arange(n) as Tensor) as Tensor)
    expect(y.length).toBe(n * n)
    for (const [i, j] of [[0, 0], [1, 2], [n - 1, n - 1], [1234, 567]] as const) // biome-ignore format: places
      expect(y[i * n + j]).toBe((i + j) / 2)
  })
})
