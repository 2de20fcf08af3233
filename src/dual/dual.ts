/**
 * Dual numbers: a + b·ε with ε² = 0, over any fp-ts Field, duals included.
 *
 * f(x + ε) = f(x) + f′(x)·ε: to compute on duals is to differentiate forwards. The duals over a field are a commutative
 * ring; they are no field, since ε has no inverse. `getField` gives an fp-ts `Field` record all the same, with division
 * by a dual whose primal is invertible; `degree` and `mod` are those of the primals, and the multiplicative-inverse law
 * holds for invertible primals only.
 *
 * Laws (checked in laws/dual): ring axioms; division inverts multiplication where the primal is invertible; the tangent
 * of a nested dual is the second derivative.
 */
import type { Eq } from 'fp-ts/lib/Eq.js'
import type { Field } from 'fp-ts/lib/Field.js'
import type { Elementary } from './elementary.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A primal and a tangent. */
export interface Dual<A> {
  readonly primal: A
  readonly tangent: A
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A dual number. */
export const dual = <A>(primal: A, tangent: A): Dual<A> => ({ primal, tangent })

/** A constant: tangent zero. */
export const constant =
  <A>(F: Field<A>) =>
  (primal: A): Dual<A> =>
    dual(primal, F.zero)

/** The variable of differentiation: tangent one. */
export const variable =
  <A>(F: Field<A>) =>
  (primal: A): Dual<A> =>
    dual(primal, F.one)

// ------------------------------------------------------------------------------------------------------------- instances

/** Equality of both parts. */
export const getEq = <A>(E: Eq<A>): Eq<Dual<A>> => ({
  equals: (x, y) => E.equals(x.primal, y.primal) && E.equals(x.tangent, y.tangent),
})

/**
 * Duals over a field, as an fp-ts `Field` (see the header for where its laws end). Nest it for higher derivatives.
 *
 * @example
 * ```ts
 * import * as Dual from 'lanac/dual'
 * import { Field } from 'fp-ts/lib/number.js'
 * const D = Dual.getField(Field)
 * const x = Dual.variable(Field)(3)
 * assert.deepStrictEqual(D.mul(x, x), { primal: 9, tangent: 6 })
 * ```
 */
export const getField = <A>(F: Field<A>): Field<Dual<A>> => ({
  zero: dual(F.zero, F.zero),
  one: dual(F.one, F.zero),
  add: (x, y) => dual(F.add(x.primal, y.primal), F.add(x.tangent, y.tangent)),
  sub: (x, y) => dual(F.sub(x.primal, y.primal), F.sub(x.tangent, y.tangent)),
  mul: (x, y) => dual(F.mul(x.primal, y.primal), F.add(F.mul(x.tangent, y.primal), F.mul(x.primal, y.tangent))),
  div: (x, y) => {
    const quotient = F.div(x.primal, y.primal)
    return dual(quotient, F.div(F.sub(x.tangent, F.mul(quotient, y.tangent)), y.primal))
  },
  degree: (x) => F.degree(x.primal),
  mod: (x, y) => {
    // x mod y = x − q·y, q piecewise constant: the tangent follows x and q
    const rest = F.mod(x.primal, y.primal)
    const q = F.div(F.sub(x.primal, rest), y.primal)
    return dual(rest, F.sub(x.tangent, F.mul(q, y.tangent)))
  },
})

/** The elementary functions of duals, from those of their parts: f(a + bε) = f(a) + f′(a)·b·ε. */
export const getElementary = <A>(F: Field<A>, E: Elementary<A>): Elementary<Dual<A>> => {
  const one = F.one
  const half = F.div(one, F.add(one, one))
  const neg = (x: A): A => F.sub(F.zero, x)
  const square = (x: A): A => F.mul(x, x)
  const by =
    (f: (x: A) => A, slope: (x: A, y: A) => A) =>
    (x: Dual<A>): Dual<A> => {
      const y = f(x.primal)
      return dual(y, F.mul(slope(x.primal, y), x.tangent))
    }
  return {
    exp: by(E.exp, (_, y) => y),
    log: by(E.log, (x) => F.div(one, x)),
    sin: by(E.sin, E.cos),
    cos: by(E.cos, (x) => neg(E.sin(x))),
    tan: by(E.tan, (_, y) => F.add(one, square(y))),
    asin: by(E.asin, (x) => F.div(one, E.sqrt(F.sub(one, square(x))))),
    acos: by(E.acos, (x) => neg(F.div(one, E.sqrt(F.sub(one, square(x)))))),
    atan: by(E.atan, (x) => F.div(one, F.add(one, square(x)))),
    sinh: by(E.sinh, E.cosh),
    cosh: by(E.cosh, E.sinh),
    tanh: by(E.tanh, (_, y) => F.sub(one, square(y))),
    sqrt: by(E.sqrt, (_, y) => F.div(half, y)),
    constant: (x) => dual(E.constant(x), F.zero),
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** The derivative of a function written over any field with elementary functions. */
export const derivative =
  <A>(F: Field<A>, E: Elementary<A>) =>
  (f: (F: Field<Dual<A>>, E: Elementary<Dual<A>>) => (x: Dual<A>) => Dual<A>) =>
  (x: A): A =>
    f(getField(F), getElementary(F, E))(variable(F)(x)).tangent
