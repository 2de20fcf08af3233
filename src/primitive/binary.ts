/** Arithmetic of two arguments, elementwise. */
import type { Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import { type Accepts, drawn, elementwise, pointwiseCases, REAL, type Term } from './define.js'
import { differences, maskedProducts, products, quotients, sums } from './inner.js'
import { type Loop2, loop1, loop2 } from './kernel.js'
import {
  type Argument,
  type Domain,
  isHole,
  notLinear,
  type Refusal,
  type Single,
  type Special,
  soleHole,
} from './record.js'
import { remainder } from './special.js'

// ------------------------------------------------------------------------------------------------------------ definers

const AWAY: Domain = { low: 0.3, high: 3, avoid: [0] }

interface Binary {
  readonly accepts?: Accepts
  readonly loop: Loop2<null>
  readonly terms: readonly [Term<null> | null, Term<null> | null]
  readonly transpose?: Single<null>['transpose']
  readonly domains?: readonly [Domain, Domain]
  readonly special?: readonly Special<null>[]
}

const refusals = (accepts: Accepts): readonly Refusal<null>[] => {
  const dtype = accepts === 'bits' ? 'i32' : 'f64'
  const refused: Refusal<null>[] = [
    { params: null, args: [drawn([2], REAL, dtype), drawn([3], REAL, dtype)], error: 'ShapeError' },
    { params: null, args: [drawn([2], REAL, dtype), drawn([2], REAL, 'f32')], error: 'DTypeError' },
  ]
  return accepts === 'float' || accepts === 'number'
    ? [...refused, { params: null, args: [drawn([2], REAL, 'bool'), drawn([2], REAL, 'bool')], error: 'DTypeError' }]
    : refused
}

/** A binary operation, by its loop and the tangent that each argument contributes. */
const binary = (name: string, o: Binary): Single<null> =>
  elementwise<null>({
    name,
    accepts: o.accepts ?? 'float',
    evaluate: (_, args) => o.loop(args[0] as Concrete, args[1] as Concrete, null),
    terms: o.terms,
    ...(o.transpose === undefined ? {} : { transpose: o.transpose }),
    samples: {
      cases: pointwiseCases(null, o.domains ?? [REAL, REAL]),
      refused: refusals(o.accepts ?? 'float'),
      ...(o.special === undefined ? {} : { special: o.special }),
    },
  })

const at = (x: number, y: number, value: number, dx: number | null, dy: number | null): Special<null> => ({
  params: null,
  at: [x, y],
  value,
  partials: [dx, dy],
})

const X = (x: readonly Tensor[]): Tensor => x[0] as Tensor
const Y = (x: readonly Tensor[]): Tensor => x[1] as Tensor
const coefficient = (x: readonly Argument[], i: number): Tensor => x[i] as Tensor

// ------------------------------------------------------------------------------------------------------- linear forms

/** x + y. */
export const add = binary('add', {
  accepts: 'number',
  loop: loop2((x, y) => x + y, undefined, sums),
  terms: [(_, t) => t, (_, t) => t],
  transpose: (_, ct, x) => [isHole(x[0] as Argument) ? ct : null, isHole(x[1] as Argument) ? ct : null],
  special: [at(5, 3, 8, 1, 1), at(-0, -0, -0, 1, 1)],
})

/** x − y. */
export const sub = binary('sub', {
  accepts: 'number',
  loop: loop2((x, y) => x - y, undefined, differences),
  terms: [(_, t) => t, (b, t) => b.neg(t)],
  transpose: (b, ct, x) => [isHole(x[0] as Argument) ? ct : null, isHole(x[1] as Argument) ? b.neg(ct) : null],
  special: [at(5, 3, 2, 1, -1), at(3, Infinity, -Infinity, 1, -1)],
})

const mulFloat = loop2<null>((x, y) => x * y, undefined, products)
const mulInteger = loop2<null>(Math.imul)

/** x · y, bilinear. */
export const mul = binary('mul', {
  accepts: 'number',
  loop: (x, y, p) => (x.dtype === 'i32' ? mulInteger(x, y, p) : mulFloat(x, y, p)),
  terms: [(b, t, x) => b.maskedMul(t, Y(x)), (b, t, x) => b.maskedMul(t, X(x))],
  transpose: (b, ct, x) =>
    soleHole('mul', x) === 0 ? [b.maskedMul(ct, coefficient(x, 1)), null] : [null, b.maskedMul(ct, coefficient(x, 0))],
})

/**
 * x · y where 0 times anything is 0: the product of a tangent with a slope. A slope may be infinite or NaN in a branch
 * that a select did not take; the cotangent there is 0 and stays 0.
 */
export const maskedMul = binary('maskedMul', {
  loop: loop2((x, y) => (x === 0 || y === 0 ? 0 : x * y), undefined, maskedProducts),
  terms: [(b, t, x) => b.maskedMul(t, Y(x)), (b, t, x) => b.maskedMul(t, X(x))],
  transpose: (b, ct, x) =>
    soleHole('maskedMul', x) === 0
      ? [b.maskedMul(ct, coefficient(x, 1)), null]
      : [null, b.maskedMul(ct, coefficient(x, 0))],
  special: [at(0, Infinity, 0, Infinity, 0), at(0, Number.NaN, 0, null, 0), at(Number.NaN, 0, 0, 0, null)],
})

// ---------------------------------------------------------------------------------------------------------- quotients

/** x / y; ∂x = 1/y, ∂y = −x/y². */
export const div = binary('div', {
  loop: loop2((x, y) => x / y, undefined, quotients),
  terms: [(b, t, x) => b.maskedMul(t, b.div(1, Y(x))), (b, t, x, y) => b.maskedMul(t, b.neg(b.div(y, Y(x))))],
  transpose: (b, ct, x) => {
    if (isHole(x[1] as Argument)) throw notLinear('div')
    return [b.maskedMul(ct, b.div(1, coefficient(x, 1))), null]
  },
  domains: [REAL, AWAY],
  special: [at(1, 0, Infinity, Infinity, -Infinity), at(0, 2, 0, 0.5, 0)],
})

/** The remainder of x / y with the sign of y; ∂x = 1, ∂y = −⌊x/y⌋. */
export const remainder_ = binary('remainder', {
  accepts: 'number',
  loop: loop2(remainder),
  terms: [(_, t) => t, (b, t, x) => b.maskedMul(t, b.neg(b.floor(b.div(X(x), Y(x)))))],
  domains: [
    { low: 2.1, high: 2.35 },
    { low: 0.6, high: 0.65 },
  ],
  special: [at(-1, 3, 2, 1, 1), at(5, -3, -1, 1, 2)],
})

// ------------------------------------------------------------------------------------------------------------- powers

/** xʸ; ∂x = y·xʸ⁻¹ (0 where y is 0), ∂y = xʸ·log x (0 where x is 0). */
export const pow = binary('pow', {
  loop: loop2((x, y) => x ** y),
  terms: [
    (b, t, x) => b.maskedMul(t, b.maskedMul(Y(x), b.pow(X(x), b.sub(Y(x), 1)))),
    (b, t, x, y) => b.maskedMul(t, b.maskedMul(b.log(b.select(b.equal(X(x), 0), 1, X(x))), y)),
  ],
  domains: [AWAY, REAL],
  special: [
    at(0, 0, 1, 0, 0),
    at(0, 3, 0, 0, 0),
    at(0, 1, 0, 1, 0),
    at(2, 0, 1, 0, Math.log(2)),
    at(-2, 3, -8, 12, null),
  ],
})

const integerPowLoop = loop1<number>((x, n) => x ** n)

/** xⁿ for a whole number n; slope n·xⁿ⁻¹, 0 for n = 0. */
export const integerPow: Single<number> = elementwise<number>({
  name: 'integerPow',
  accepts: 'float',
  evaluate: (n, args) => integerPowLoop(args[0] as Concrete, n),
  terms: [
    (b, t, x, _, n) =>
      n === 0 ? null : n === 1 ? t : b.maskedMul(t, n === 2 ? b.mul(2, X(x)) : b.mul(n, b.integerPow(X(x), n - 1))),
  ],
  samples: {
    cases: [
      ...[0, 1, 2, 3, 5].flatMap((n) => pointwiseCases(n, [REAL])),
      ...[-1, -2].flatMap((n) => pointwiseCases(n, [AWAY])),
    ],
    special: [
      { params: 0, at: [0], value: 1, partials: [0] },
      { params: 1, at: [0], value: 0, partials: [1] },
      { params: 3, at: [0], value: 0, partials: [0] },
      { params: -1, at: [0], value: Infinity, partials: [-Infinity] },
    ],
    refused: [{ params: 2, args: [drawn([2], REAL, 'i32')], error: 'DTypeError' }],
  },
})

// ------------------------------------------------------------------------------------------------- extremes and angles

const nan = (x: number, y: number): boolean => x !== x || y !== y

/** The larger of x and y; at ties each side gets half. NaN if either is. */
export const maximum = binary('maximum', {
  accepts: 'number',
  loop: loop2((x, y) => (nan(x, y) ? Number.NaN : Math.max(x, y))),
  terms: [(b, t, x) => b.maskedMul(t, share(b, X(x), Y(x))), (b, t, x) => b.maskedMul(t, share(b, Y(x), X(x)))],
  domains: [
    { low: -3, high: -0.5 },
    { low: 0.5, high: 3 },
  ],
  special: [at(1, 1, 1, 0.5, 0.5), at(2, 1, 2, 1, 0), at(1, 2, 2, 0, 1), at(Number.NaN, 1, Number.NaN, null, null)],
})

/** The smaller of x and y; at ties each side gets half. NaN if either is. */
export const minimum = binary('minimum', {
  accepts: 'number',
  loop: loop2((x, y) => (nan(x, y) ? Number.NaN : Math.min(x, y))),
  terms: [(b, t, x) => b.maskedMul(t, share(b, Y(x), X(x))), (b, t, x) => b.maskedMul(t, share(b, X(x), Y(x)))],
  domains: [
    { low: -3, high: -0.5 },
    { low: 0.5, high: 3 },
  ],
  special: [at(1, 1, 1, 0.5, 0.5), at(2, 1, 1, 0, 1), at(1, 2, 1, 1, 0), at(1, Number.NaN, Number.NaN, null, null)],
})

/** 1 where `winner` is above `other`, ½ at ties, else 0. */
const share = (b: Parameters<Term<null>>[0], winner: Tensor, other: Tensor): Tensor =>
  b.select(
    b.less(other, winner),
    b.like(winner, 1),
    b.select(b.equal(winner, other), b.like(winner, 0.5), b.like(winner, 0)),
  )

/** u/(u² + v²), whose squares neither overflow nor vanish. */
const inverted = (b: Parameters<Term<null>>[0], u: Tensor, v: Tensor): Tensor => {
  const m = b.maximum(b.abs(u), b.abs(v))
  const scale = b.stopGradient(b.select(b.and(b.isFinite(m), b.less(0, m)), m, 1))
  const p = b.div(u, scale)
  const q = b.div(v, scale)
  return b.div(b.div(p, b.add(b.mul(p, p), b.mul(q, q))), scale)
}

/** The angle of the point (y, x), the first argument up; ∂₁ = x₂/(x₁² + x₂²), ∂₂ = −x₁/(x₁² + x₂²). */
export const atan2 = binary('atan2', {
  loop: loop2(Math.atan2),
  terms: [
    (b, t, x) => b.maskedMul(t, inverted(b, Y(x), X(x))),
    (b, t, x) => b.maskedMul(t, b.neg(inverted(b, X(x), Y(x)))),
  ],
  domains: [AWAY, AWAY],
  special: [at(0, 1, 0, 1, 0), at(1, 0, Math.PI / 2, 0, -1), at(0, -1, Math.PI, -1, 0)],
})
