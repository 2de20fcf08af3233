/** Two copies of the package in one program understand each other's values: brands are shared symbols. */
import * as one from 'lanac'
import * as tapeOne from 'lanac/tape'
import { beforeAll, describe, expect, it, vi } from 'vitest'

type Lanac = typeof one
type Scalar = one.Scalar
let two: Lanac
let tapeTwo: typeof tapeOne

beforeAll(async () => {
  vi.resetModules()
  two = await import('lanac')
  tapeTwo = await import('lanac/tape')
})

const numbers = (x: unknown): unknown => one.toArray(x as one.Tensor)

describe('two copies', () => {
  it('are two', () => {
    expect(two).not.toBe(one)
    expect(two.add).not.toBe(one.add)
    expect(two.ShapeError).not.toBe(one.ShapeError)
  })
  it('know and compute with each other’s values', () => {
    const x = two.tensor([1, 2, 3])
    expect(one.isTensor(x)).toBe(true)
    expect(numbers(one.add(x, one.tensor([10, 20, 30])))).toEqual([11, 22, 33])
    expect(two.toArray(one.mul(x, 2))).toEqual([2, 4, 6])
    expect(numbers(two.sum(one.tensor([[1, 2]]), { axis: 0 }))).toEqual([1, 2])
    expect(String(two.add(one.tensor([1]), 1))).toBe('[2.]')
    expect(one.equals(x, one.tensor([1, 2, 3]))).toBe(true)
  })
  it('differentiate functions written with the other', () => {
    const f = (x: Scalar): Scalar => one.mul(two.sin(x), one.mul(x, x))
    const expected = Math.cos(2) * 4 + 4 * Math.sin(2)
    for (const a of [one, two])
      for (const b of [one, two]) {
        expect(one.item(a.grad(f as never)(2) as never)).toBeCloseTo(expected, 14)
        expect(one.item(a.jit(b.grad(f as never))(2) as never)).toBeCloseTo(expected, 14)
        expect(one.item(a.grad(b.jit(f as never) as never)(2) as never)).toBeCloseTo(expected, 14)
        expect(one.item(a.jvp(b.jit(f as never) as never, [2] as never, [1] as never)[1] as never)).toBeCloseTo(
          expected,
          14,
        )
        const second = two.item(a.grad(b.grad(f as never) as never)(2) as never)
        expect(second).toBeCloseTo(-4 * Math.sin(2) + 8 * Math.cos(2) + 2 * Math.sin(2), 13)
        const rows = a.vmap(b.grad(f as never) as never)(b.tensor([2, 0]) as never)
        expect((numbers(rows) as number[])[0]).toBeCloseTo(expected, 14)
      }
  })
  it('branch on the other’s values, and refuse the other’s leaks', () => {
    const f = (x: Scalar): Scalar => (one.item(two.mul(x, 2)) > 1 ? two.mul(x, x) : x)
    expect(one.item(two.grad(f as never)(3) as never)).toBe(6)
    let leak: unknown
    two.grad((x: Scalar) => {
      leak = x
      return x as never
    })(1)
    expect(() => one.add(leak as never, 1)).toThrow(
      'add: an argument is a value traced by grad, and that trace has ended',
    )
  })
  it('run custom rules of the other', () => {
    const f = one.customVjp(
      (x: Scalar) => two.mul(x, x),
      (x) => [two.mul(x, x), x] as never,
      (x: Scalar, ct) => [one.mul(two.mul(10, x), ct)],
    )
    expect(two.item(two.grad(f as never)(3) as never)).toBe(30)
    expect(numbers(two.vmap(one.grad(f as never) as never)(one.tensor([1, 2]) as never))).toEqual([10, 20])
  })
  it('share trees and programs', () => {
    const p = tapeTwo.trace((o: { readonly w: Scalar }) => one.exp(o.w))({ w: one.scalar(0) as never })
    expect(tapeOne.show(p)).toBe('%0 : f64[] input\n%1 = exp %0 : f64[]\nreturn %1')
    expect(tapeOne.run(p)({ w: 0 }).map(numbers)).toEqual([1])
    const [a, b] = two.partition((_, path) => path === 'w')({ w: one.tensor([1]), b: two.tensor([2]) })
    expect(numbers(one.combine(a, b).b)).toEqual([2])
  })
})
