/** exp, sin, … of duals: first and higher derivatives against closed forms. */
import fc from 'fast-check'
import type { Field } from 'fp-ts/lib/Field.js'
import * as N from 'fp-ts/lib/number.js'
import * as Dual from 'lanac/dual'
import { describe, expect, it } from 'vitest'

type Name = Exclude<keyof Dual.Elementary<number>, 'constant'>

interface Known {
  readonly first: (x: number) => number
  readonly second: (x: number) => number
  readonly from?: number
  readonly to?: number
}

/** First and second derivatives, written out. */
const known: Readonly<Record<Name, Known>> = {
  exp: { first: Math.exp, second: Math.exp },
  log: { first: (x) => 1 / x, second: (x) => -1 / x ** 2, from: 0.25 },
  sin: { first: Math.cos, second: (x) => -Math.sin(x) },
  cos: { first: (x) => -Math.sin(x), second: (x) => -Math.cos(x) },
  tan: {
    first: (x) => 1 / Math.cos(x) ** 2,
    second: (x) => (2 * Math.tan(x)) / Math.cos(x) ** 2,
    from: -1.25,
    to: 1.25,
  },
  asin: {
    first: (x) => 1 / Math.sqrt(1 - x * x),
    second: (x) => x / (1 - x * x) ** 1.5,
    from: -0.875,
    to: 0.875,
  },
  acos: {
    first: (x) => -1 / Math.sqrt(1 - x * x),
    second: (x) => -x / (1 - x * x) ** 1.5,
    from: -0.875,
    to: 0.875,
  },
  atan: { first: (x) => 1 / (1 + x * x), second: (x) => (-2 * x) / (1 + x * x) ** 2 },
  sinh: { first: Math.cosh, second: Math.sinh },
  cosh: { first: Math.sinh, second: Math.cosh },
  tanh: {
    first: (x) => 1 / Math.cosh(x) ** 2,
    second: (x) => (-2 * Math.tanh(x)) / Math.cosh(x) ** 2,
  },
  sqrt: { first: (x) => 0.5 / Math.sqrt(x), second: (x) => -0.25 / x ** 1.5, from: 0.25 },
}

const near = (found: number, expected: number): void =>
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(expected)))

const F = N.Field
const E = Dual.numberElementary
const F1 = Dual.getField(F)
const E1 = Dual.getElementary(F, E)
const E2 = Dual.getElementary(F1, E1)

describe('elementary functions of duals', () => {
  it.each(Object.entries(known) as [Name, Known][])('%s', (name, { first, second, from = -2, to = 2 }) => {
    const points = fc.integer({ min: from * 64, max: to * 64 }).map((n) => n / 64)
    fc.assert(
      fc.property(points, fc.integer({ min: -8, max: 8 }), (x, dx) => {
        const y = E1[name](Dual.dual(x, dx))
        expect(y.primal).toBe(Math[name](x))
        near(y.tangent, first(x) * dx)
        const nested = E2[name](Dual.dual(Dual.dual(x, 1), Dual.dual(1, 0)))
        near(nested.tangent.tangent, second(x))
        near(nested.tangent.primal, first(x))
        near(nested.primal.tangent, first(x))
      }),
    )
  })

  it('constants stay constants on every level', () => {
    expect(E1.constant(3)).toEqual(Dual.dual(3, 0))
    expect(E2.constant(3)).toEqual(Dual.dual(Dual.dual(3, 0), Dual.dual(0, 0)))
  })

  it('derivative: of a function written over any field', () => {
    // exp(sin x) / x
    const f =
      <A>(K: Field<A>, L: Dual.Elementary<A>) =>
      (x: A): A =>
        K.div(L.exp(L.sin(x)), x)
    const closed = (x: number): number => Math.exp(Math.sin(x)) * (Math.cos(x) / x - 1 / x ** 2)
    const df = Dual.derivative(F, E)(f)
    near(df(0.75), closed(0.75))
    const d2f = Dual.derivative(F, E)((K, L) => Dual.derivative(K, L)(f))
    const h = 2 ** -12
    const difference =
      (closed(0.75 - 2 * h) - 8 * closed(0.75 - h) + 8 * closed(0.75 + h) - closed(0.75 + 2 * h)) / (12 * h)
    expect(d2f(0.75)).toBeCloseTo(difference, 9)
  })
})
