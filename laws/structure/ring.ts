/** Laws of rings, and of dual numbers: a commutative ring whose ε squares to zero, over any field. */
import * as fc from 'fast-check'
import type { Field } from 'fp-ts/lib/Field.js'
import type { Ring } from 'fp-ts/lib/Ring.js'
import { constant, type Dual, dual, getField } from '../../src/dual/index.js'
import { exact, law, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a ring is held to. */
export interface RingOptions<A> {
  readonly samples: fc.Arbitrary<A>
  /** How results are compared: as trees of numbers, exactly, unless named. */
  readonly same?: (left: A, right: A) => Verdict
  /** A name for messages. */
  readonly name?: string
}

/** What duals over a field are held to. */
export interface DualOptions<A> extends RingOptions<A> {
  /** Elements with an inverse. */
  readonly invertible: fc.Arbitrary<A>
}

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * A commutative ring: + is a commutative group, · a commutative monoid, and · distributes over +.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * import { Field } from 'fp-ts/lib/number.js'
 * fc.assert(Laws.ring(Field, { samples: fc.integer({ min: -99, max: 99 }) }))
 * ```
 */
export const ring = <A>(R: Ring<A>, o: RingOptions<A>): Suite => {
  const same = o.same ?? exact
  const { add, mul, sub, zero, one } = R
  type Sample = readonly [A, A, A]
  return suite(
    o.name ?? 'the ring',
    given(
      fc.tuple(o.samples, o.samples, o.samples),
      law('+ associative', '(x + y) + z = x + (y + z)', ([x, y, z]: Sample) =>
        same(add(add(x, y), z), add(x, add(y, z))),
      ),
      law('+ commutative', 'x + y = y + x', ([x, y]: Sample) => same(add(x, y), add(y, x))),
      law('0 neutral', 'x + 0 = x', ([x]: Sample) => same(add(x, zero), x)),
      law('inverse', 'x − x = 0', ([x]: Sample) => same(sub(x, x), zero)),
      law('difference', 'x − y = x + (0 − y)', ([x, y]: Sample) => same(sub(x, y), add(x, sub(zero, y)))),
      law('· associative', '(x · y) · z = x · (y · z)', ([x, y, z]: Sample) =>
        same(mul(mul(x, y), z), mul(x, mul(y, z))),
      ),
      law('· commutative', 'x · y = y · x', ([x, y]: Sample) => same(mul(x, y), mul(y, x))),
      law('1 neutral', '1 · x = x', ([x]: Sample) => same(mul(one, x), x)),
      law('distributive', 'x · (y + z) = x · y + x · z', ([x, y, z]: Sample) =>
        same(mul(x, add(y, z)), add(mul(x, y), mul(x, z))),
      ),
    ),
  )
}

/** The duals of an arbitrary element. */
export const anyDual = <A>(a: fc.Arbitrary<A>): fc.Arbitrary<Dual<A>> => fc.tuple(a, a).map(([x, dx]) => dual(x, dx))

/**
 * Duals over a field: a commutative ring; ε² = 0; products by Leibniz' rule; division undoes multiplication where the
 * primal has an inverse; constants are a copy of the field.
 */
export const duals = <A>(F: Field<A>, o: DualOptions<A>): Suite => {
  const D = getField(F)
  const same = (o.same ?? exact) as (left: unknown, right: unknown) => Verdict
  const lift = constant(F)
  const epsilon = dual(F.zero, F.one)
  const samples = anyDual(o.samples)
  const invertible = fc.tuple(o.invertible, o.samples).map(([y, dy]) => dual(y, dy))
  type Sample = readonly [Dual<A>, Dual<A>]
  return suite(
    o.name ?? 'duals',
    ring(D, { samples, same, name: 'ring' }),
    given(
      fc.tuple(samples, invertible),
      law('ε² = 0', '(x · ε) · (y · ε) = 0', ([x, y]: Sample) =>
        same(D.mul(D.mul(x, epsilon), D.mul(y, epsilon)), D.zero),
      ),
      law('Leibniz', '(x · y)′ = x′ · y + x · y′', ([x, y]: Sample) =>
        same(D.mul(x, y).tangent, F.add(F.mul(x.tangent, y.primal), F.mul(x.primal, y.tangent))),
      ),
      law('division', '(x / y) · y = x', ([x, y]: Sample) => same(D.mul(D.div(x, y), y), x)),
      law('constants', 'c(x · y) = c(x) · c(y), c(x + y) = c(x) + c(y)', ([x, y]: Sample) =>
        same(
          [lift(F.mul(x.primal, y.primal)), lift(F.add(x.primal, y.primal))],
          [D.mul(lift(x.primal), lift(y.primal)), D.add(lift(x.primal), lift(y.primal))],
        ),
      ),
    ),
  )
}
