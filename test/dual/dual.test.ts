/** Dual numbers over exact fields: ring axioms, division, powers, and higher derivatives by nesting. */
import fc from 'fast-check'
import type { Field } from 'fp-ts/lib/Field.js'
import * as N from 'fp-ts/lib/number.js'
import * as Dual from 'lanac/dual'
import { describe, expect, it } from 'vitest'

/** The integers modulo a prime: a field in which every law holds exactly. */
const P = 7919
const modular = (x: number): number => ((x % P) + P) % P
const inverse = (x: number): number => {
  // x^(P−2), Fermat
  let [base, power, result] = [modular(x), P - 2, 1]
  for (; power > 0; power >>= 1) {
    if (power & 1) result = (result * base) % P
    base = (base * base) % P
  }
  return result
}
const GF: Field<number> = {
  zero: 0,
  one: 1,
  add: (x, y) => (x + y) % P,
  sub: (x, y) => modular(x - y),
  mul: (x, y) => (x * y) % P,
  div: (x, y) => (x * inverse(y)) % P,
  mod: () => 0,
  degree: () => 1,
}
const element = fc.integer({ min: 0, max: P - 1 })
const dualOf = <A>(a: fc.Arbitrary<A>): fc.Arbitrary<Dual.Dual<A>> => fc.tuple(a, a).map(([p, t]) => Dual.dual(p, t))

const holdsRing = <A>(name: string, F: Field<A>, arbitrary: fc.Arbitrary<A>, invertible: (x: A) => boolean): void => {
  describe(name, () => {
    const law = (title: string, f: (x: A, y: A, z: A) => readonly [A, A]): void =>
      it(title, () =>
        fc.assert(
          fc.property(arbitrary, arbitrary, arbitrary, (x, y, z) => {
            const [l, r] = f(x, y, z)
            expect(l).toEqual(r)
          }),
        ),
      )
    law('x + y = y + x', (x, y) => [F.add(x, y), F.add(y, x)])
    law('(x + y) + z = x + (y + z)', (x, y, z) => [F.add(F.add(x, y), z), F.add(x, F.add(y, z))])
    law('x + 0 = x', (x) => [F.add(x, F.zero), x])
    law('x − x = 0', (x) => [F.sub(x, x), F.zero])
    law('x − y = x + (0 − y)', (x, y) => [F.sub(x, y), F.add(x, F.sub(F.zero, y))])
    law('x · y = y · x', (x, y) => [F.mul(x, y), F.mul(y, x)])
    law('(x · y) · z = x · (y · z)', (x, y, z) => [F.mul(F.mul(x, y), z), F.mul(x, F.mul(y, z))])
    law('1 · x = x', (x) => [F.mul(F.one, x), x])
    law('x · (y + z) = x · y + x · z', (x, y, z) => [F.mul(x, F.add(y, z)), F.add(F.mul(x, y), F.mul(x, z))])
    law('(x / y) · y = x where y has an inverse', (x, y) => (invertible(y) ? [F.mul(F.div(x, y), y), x] : [x, x]))
    law('x / 1 = x', (x) => [F.div(x, F.one), x])
    it('the degree is that of the parts', () => expect(F.degree(F.one)).toBe(1))
  })
}

const D = Dual.getField(GF)
const DD = Dual.getField(D)
holdsRing('duals over a field', D, dualOf(element), (y) => y.primal !== 0)
holdsRing('duals over duals', DD, dualOf(dualOf(element)), (y) => y.primal.primal !== 0)

describe('ε', () => {
  const epsilon = Dual.dual(0, 1)
  it('squares to zero, so it has no inverse', () => {
    expect(D.mul(epsilon, epsilon)).toEqual(D.zero)
    fc.assert(
      fc.property(dualOf(element), (x) => {
        expect(D.mul(epsilon, x)).not.toEqual(D.one)
      }),
    )
  })
  it('has as many kinds as there are levels: ε₁ε₂ is not zero', () => {
    const e1 = Dual.dual(Dual.dual(0, 1), D.zero)
    const e2 = Dual.dual(D.zero, D.one)
    expect(DD.mul(e1, e1)).toEqual(DD.zero)
    expect(DD.mul(e2, e2)).toEqual(DD.zero)
    expect(DD.mul(e1, e2)).toEqual(Dual.dual(D.zero, Dual.dual(0, 1)))
  })
})

describe('derivatives', () => {
  it('of powers: d/dx xⁿ = n xⁿ⁻¹, exactly', () => {
    fc.assert(
      fc.property(element, fc.integer({ min: 1, max: 12 }), (x, n) => {
        const power = <A>(F: Field<A>, y: A, k: number): A => (k === 0 ? F.one : F.mul(y, power(F, y, k - 1)))
        const { primal, tangent } = power(D, Dual.variable(GF)(x), n)
        expect([primal, tangent]).toEqual([power(GF, x, n), GF.mul(n % P, power(GF, x, n - 1))])
      }),
    )
  })
  it('of quotients: (f/g)′ = (f′g − fg′)/g²', () => {
    fc.assert(
      fc.property(dualOf(element), dualOf(element.filter((y) => y !== 0)), (f, g) => {
        const top = GF.sub(GF.mul(f.tangent, g.primal), GF.mul(f.primal, g.tangent))
        expect(D.div(f, g).tangent).toBe(GF.div(top, GF.mul(g.primal, g.primal)))
      }),
    )
  })
  it('of the second and third order, by nesting', () => {
    // x⁵: 5x⁴, 20x³, 60x²
    const fifth =
      <A>(F: Field<A>) =>
      (x: A): A =>
        F.mul(F.mul(F.mul(x, x), F.mul(x, x)), x)
    const D2 = Dual.getField(Dual.getField(N.Field))
    const D3 = Dual.getField(D2)
    const x2 = Dual.dual(Dual.dual(3, 1), Dual.dual(1, 0))
    expect(fifth(D2)(x2)).toEqual(Dual.dual(Dual.dual(243, 405), Dual.dual(405, 540)))
    const y = fifth(D3)(Dual.dual(x2, D2.one))
    expect(y.tangent.tangent.tangent).toBe(60 * 9)
    expect(y.primal.primal.primal).toBe(243)
  })
  it('of a remainder: its own slope, minus the quotient times that of the divisor', () => {
    const F = Dual.getField(N.Field)
    expect(F.mod(Dual.dual(7.5, 1), Dual.dual(2, 0))).toEqual(Dual.dual(1.5, 1))
    expect(F.mod(Dual.dual(7.5, 0), Dual.dual(2, 1))).toEqual(Dual.dual(1.5, -3))
    expect(F.degree(Dual.dual(0, 1))).toBe(N.Field.degree(0))
  })
  it('equality looks at both parts', () => {
    const E = Dual.getEq(N.Eq)
    expect(E.equals(Dual.dual(1, 2), Dual.dual(1, 2))).toBe(true)
    expect(E.equals(Dual.dual(1, 2), Dual.dual(1, 3))).toBe(false)
    expect(E.equals(Dual.dual(2, 2), Dual.dual(1, 2))).toBe(false)
  })
  it('a constant has none, a variable has 1', () => {
    expect(Dual.constant(N.Field)(5)).toEqual(Dual.dual(5, 0))
    expect(Dual.variable(N.Field)(5)).toEqual(Dual.dual(5, 1))
  })
})
