/** A compiled function that is traced again and again says so, once, and what changed. */

import { grad, jit, mul, ones, type Scalar, sum, type Tensor, tensor, zeros } from 'lanac'
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'

let warn: MockInstance<typeof console.warn>
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  warn.mockRestore()
})

const said = (): readonly string[] => warn.mock.calls.map((c) => String(c[0]))
type Any = (...args: readonly unknown[]) => unknown

describe('a function that is traced for every call', () => {
  it('is warned about at the eighth trace, once, with the path, both shapes and what helps', () => {
    const step = jit(function step(p: { readonly w: Tensor }, x: Tensor) {
      return sum(mul(p.w, x))
    } as never) as Any
    const call = (n: number): unknown => step({ w: ones([n, 2]) }, ones([n, 2]))
    for (let n = 1; n < 8; n++) call(n)
    expect(said()).toEqual([])
    call(8)
    expect(said()).toEqual([
      'jit: step was traced 8 times in its last 8 calls, and tracing costs more than it saves: ' +
        'arguments[0].w went from f64[7, 2] to f64[8, 2], arguments[1] went from f64[7, 2] to f64[8, 2]; ' +
        'pad or cut it to one size, or to a few (the last batch of an epoch too)',
    ])
    for (let n = 9; n < 100; n++) call(n)
    expect(said()).toHaveLength(1)
  })

  it('because of functions made anew in the loop', () => {
    const f = jit(((g: (x: Tensor) => Tensor, x: Tensor) => g(x)) as never) as Any
    for (let i = 0; i < 8; i++) f((x: Tensor) => mul(x, 2), 3)
    expect(said()).toHaveLength(1)
    expect(said()[0]).toContain('arguments[0] went from function to another function; a function is the same argument')
    expect(said()[0]).toContain('outside of the loop')
  })

  it('because of a text, or of an object that is no record', () => {
    const texts = jit(((x: number) => mul(x, 2)) as never) as Any
    for (let i = 0; i < 8; i++) texts(1, `step ${i}`)
    expect(said()[0]).toContain(
      'arguments[1] went from "step 6" to "step 7"; pass what changes as a number or a tensor',
    )
    const objects = jit(((x: number) => mul(x, 2)) as never) as Any
    for (let i = 0; i < 8; i++) objects(1, { at: new Date(i) })
    expect(said()[1]).toContain('arguments[1].at went from an object to another object; pass a plain record')
  })

  it('because of a list that grows', () => {
    const total = jit(((xs: readonly Scalar[]) => xs.reduce((a, x) => mul(a, x) as never, 1 as never)) as never) as Any
    for (let n = 1; n <= 8; n++) total(new Array(n).fill(2))
    expect(said()[0]).toContain('arguments[0] went from [*, *, *, *, *, *, *] to [*, *, *, *, *, *, *, *]')
    expect(said()[0]).toContain('stacked into one tensor')
  })

  it('also where a few calls in between are not, and after a long time in which all was well', () => {
    const double = jit((x: Tensor) => mul(x, 2))
    for (let i = 0; i < 10_000; i++) double(ones([3]))
    for (let n = 4; n < 12; n++) {
      double(ones([n]))
      if (n % 2 === 0) double(ones([n]))
    }
    expect(said()).toHaveLength(1)
    expect(said()[0]).toContain('traced 8 times in its last 12 calls')
  })

  it('for each of several functions by itself', () => {
    const f = jit((x: Tensor) => mul(x, 2))
    const g = jit((x: Tensor) => mul(x, 3))
    for (let n = 1; n <= 8; n++) {
      f(ones([n]))
      g(ones([n]))
    }
    expect(said()).toHaveLength(2)
    for (const [i, name] of ['f', 'g'].entries())
      expect(said()[i]).toMatch(new RegExp(`^jit: (${name}|a function) was`))
  })
})

describe('no warning', () => {
  it('where sizes change and most calls are of one that is known', () => {
    const double = jit((x: Tensor) => mul(x, 2))
    for (let n = 1; n <= 40; n++) for (let i = 0; i < 3; i++) double(ones([n]))
    for (let n = 1; n <= 40; n++) double(ones([n]))
    expect(said()).toEqual([])
  })

  it('for the two sizes of an epoch, other numbers, other dtypes', () => {
    const step = jit(((x: Tensor, rate: number) => mul(x, rate)) as never) as Any
    for (let epoch = 0; epoch < 20; epoch++)
      for (const n of [32, 32, 32, 7])
        for (const dtype of ['f64', 'f32'] as const) step(zeros([n], { dtype }), 1 / (epoch + 1))
    expect(said()).toEqual([])
  })

  it('for a compiled function inside others, which is traced with them', () => {
    const inner = jit((x: Tensor) => mul(x, 2))
    const outer = grad((x: Tensor) => sum(inner(x)) as Scalar)
    for (let n = 1; n <= 20; n++) outer(ones([n]) as never)
    expect(said()).toEqual([])
  })

  it('for functions that are made anew each time: each is traced once', () => {
    for (let n = 1; n <= 20; n++) jit((x: Tensor) => mul(x, n))(tensor([1]))
    expect(said()).toEqual([])
  })
})
