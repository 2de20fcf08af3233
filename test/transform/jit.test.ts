/** jit: the same function, traced once for each kind of arguments. */

import {
  add,
  concat,
  exp,
  grad,
  item,
  jit,
  jvp,
  mul,
  type Scalar,
  type Shape,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  vjp,
  vmap,
  zeros,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'

/** A function that counts how often it is called, which is how often it is traced. */
const counted = <A extends readonly unknown[], R>(
  f: (...args: A) => R,
): { readonly f: (...args: A) => R; readonly traces: () => number } => {
  let n = 0
  return {
    f: (...args) => {
      n += 1
      return f(...args)
    },
    traces: () => n,
  }
}

const numbers = (x: unknown): unknown => toArray(x as Tensor)
type Vector = Tensor<Shape, 'f64'>

describe('jit traces', () => {
  it('once for one shape, element type and structure', () => {
    const { f, traces } = counted((x: Vector) => mul(x, 2))
    const fast = jit(f)
    expect(numbers(fast(tensor([1, 2])))).toEqual([2, 4])
    expect(numbers(fast(tensor([3, 4])))).toEqual([6, 8])
    expect(traces()).toBe(1)
    expect(numbers(fast(tensor([1, 2, 3])))).toEqual([2, 4, 6])
    expect(traces()).toBe(2)
    expect(numbers(fast(tensor([1, 2], { dtype: 'f32' }) as never))).toEqual([2, 4])
    expect(traces()).toBe(3)
    fast(tensor([5, 6]))
    fast(tensor([5, 6, 7]))
    expect(traces()).toBe(3)
  })

  it('numbers as dynamic scalars: another learning rate is the same program', () => {
    const { f, traces } = counted((x: Vector, rate: Scalar) => sub(x, mul(rate, x)))
    const step = jit(f)
    for (const rate of [0.5, 0.25, 0, -0, 1, -1, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY])
      expect(numbers(step(tensor([4, 8]), rate))).toEqual([4 - rate * 4, 8 - rate * 8])
    expect(traces()).toBe(1)
    step(tensor([4, 8], { dtype: 'f32' }) as never, 0.5)
    expect(traces()).toBe(2)
  })

  it('numbers in trees too, and they adapt to what stands beside them', () => {
    const { f, traces } = counted((x: Tensor, o: { readonly rate: Scalar }) => mul(x, o.rate))
    const fast = jit(f as never) as never as (x: unknown, o: unknown) => Tensor
    const half = fast(tensor([1, 2], { dtype: 'f32' }), { rate: 0.1 })
    expect(half.dtype).toBe('f32')
    expect(numbers(half)).toEqual([Math.fround(0.1), Math.fround(Math.fround(0.1) * 2)])
    fast(tensor([1, 2], { dtype: 'f32' }), { rate: 0.2 })
    expect(traces()).toBe(1)
  })

  it('again for another structure, and for another static part', () => {
    const { f, traces } = counted((o: { readonly x: Vector; readonly mode: string }) =>
      o.mode === 'twice' ? mul(o.x, 2) : o.x,
    )
    const fast = jit(f)
    expect(numbers(fast({ x: tensor([1]), mode: 'twice' }))).toEqual([2])
    expect(numbers(fast({ x: tensor([1]), mode: 'once' }))).toEqual([1])
    expect(numbers(fast({ x: tensor([3]), mode: 'twice' }))).toEqual([6])
    expect(traces()).toBe(2)
  })

  it('keeps a bounded number of programs', () => {
    const { f, traces } = counted((x: Vector) => mul(x, 2))
    const fast = jit(f)
    const bound = 64
    for (let n = 0; n <= bound; n++) fast(zeros([n]) as never)
    expect(traces()).toBe(bound + 1)
    fast(zeros([bound]) as never)
    expect(traces()).toBe(bound + 1)
    fast(zeros([0]) as never)
    expect(traces()).toBe(bound + 2)
  })

  it('once under grad, vmap and jvp of one shape', () => {
    const { f, traces } = counted((x: Scalar) => mul(x, sin(x)))
    const fast = jit(f)
    fast(1)
    grad(fast)(2)
    jvp(fast, [2], [1])
    expect(traces()).toBe(1)
    vmap(fast)(tensor([1, 2, 3]))
    vmap(grad(fast))(tensor([1, 2, 3]))
    expect(traces()).toBe(2)
  })

  it('the inner function of a compiled one only when the outer one is traced', () => {
    const { f, traces } = counted((x: Scalar) => exp(x))
    const inner = jit(f)
    const outer = jit((x: Scalar) => add(inner(x), inner(mul(x, 2))))
    outer(1)
    outer(2)
    expect(traces()).toBe(1)
  })
})

describe('jit computes', () => {
  it('a function of nothing', () => {
    const { f, traces } = counted(() => sum(tensor([1, 2, 3])))
    const fast = jit(f)
    expect(item(fast())).toBe(6)
    expect(item(fast())).toBe(6)
    expect(traces()).toBe(1)
  })

  it('arguments handed on, constants, the same result twice', () => {
    const x = tensor([1, 2])
    const y = jit((a: Tensor<[2], 'f64'>) => ({ a, again: [a, a], one: 1, k: x }))(x)
    expect([y.a, y.again[0], y.again[1], y.one, y.k].map(numbers)).toEqual([[1, 2], [1, 2], [1, 2], 1, [1, 2]])
  })

  it('with values of an outer trace that it closes over', () => {
    const f = (x: Scalar) => {
      const inner = jit((y: Scalar) => mul(mul(x, x), y))
      return add(inner(3), inner(x))
    }
    // 3x² + x³
    expect(item(grad(f)(2))).toBe(12 + 12)
    expect(item(grad(grad(f))(2))).toBe(6 + 12)
    expect(item(jit(grad(f))(2))).toBe(24)
    expect(numbers(vmap(grad(f))(tensor([1, 2])))).toEqual([9, 24])
    expect(numbers(vmap(jit(f))(tensor([1, 2])))).toEqual([4, 20])
  })

  it('does not keep a program that closes over a value of a trace', () => {
    let captured: Scalar = 0
    const { f, traces } = counted((y: Scalar) => mul(captured, y))
    const inner = jit(f)
    const at = (x: Scalar): Scalar => {
      captured = x
      return inner(5)
    }
    expect(item(grad(at)(2))).toBe(5)
    expect(item(grad(at)(3))).toBe(5)
    expect(traces()).toBe(2)
  })

  it('in either order with derivatives', () => {
    const f = (x: Vector) => sum(mul(sin(x), square(x) as Vector))
    const x = tensor([0.5, 1, 1.5])
    const closed = [0.5, 1, 1.5].map((t) => Math.cos(t) * t * t + 2 * t * Math.sin(t))
    for (const g of [grad(f as never), grad(jit(f as never)), jit(grad(f as never)), jit(jit(grad(jit(f as never))))])
      (numbers(g(x as never)) as number[]).forEach((y, i) => {
        expect(y).toBeCloseTo(closed[i] as number, 13)
      })
    const back = vjp(jit(f), x)[1](1)[0]
    expect((numbers(back) as number[])[0]).toBeCloseTo(closed[0] as number, 13)
  })

  it('nested beyond any stack', () => {
    let f: (x: Scalar) => Scalar = (x) => add(x, 1)
    for (let i = 0; i < 300; i++) {
      const g = f
      f = jit((x: Scalar) => mul(g(x), 1)) as (x: Scalar) => Scalar
    }
    expect(item(f(1))).toBe(2)
    expect(item(grad(f)(1))).toBe(1)
  })

  it('what it would compute without it, checked on every call', () => {
    const f = jit((x: Vector, k: Scalar) => ({ y: concat([mul(x, k), exp(x)] as never), k, label: 'y' }), {
      check: true,
    })
    const e = item(jit((x: Scalar) => exp(x))(1))
    expect(Math.abs(e / Math.E - 1)).toBeLessThanOrEqual(tolerance('f64', 'elementary'))
    expect(numbers(f(tensor([0, 1]), 2).y)).toEqual([0, 2, 1, e])
    expect(numbers(f(tensor([0, 1]), 3).y)).toEqual([0, 3, 1, e])
    expect(numbers(f(tensor([Number.NaN, 1]), 3).y)).toEqual([Number.NaN, 3, Number.NaN, e])
  })
})
