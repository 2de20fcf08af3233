/** Smooth and piecewise functions of one argument, elementwise. */
import type { DType, Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import type { Builder } from './builder.js'
import { type Accepts, drawn, elementwise, pointwiseCases, REAL } from './define.js'
import { exps, type Inner1, negs, sqrts } from './inner.js'
import { loop1 } from './kernel.js'
import type { Domain, Refusal, Single, Special } from './record.js'
import { digamma, erf, erfc, lgamma, polygamma, roundHalfEven } from './special.js'

// ------------------------------------------------------------------------------------------------------------ definers

/** The factor by which a tangent is multiplied: f′(x), given x and y = f(x). */
type Slope = (b: Builder, x: Tensor, y: Tensor) => Tensor

const at = (x: number, value: number, partial: number | null = null): Special<null> => ({
  params: null,
  at: [x],
  value,
  partials: [partial],
})

const refuses = (accepts: Accepts): readonly Refusal<null>[] =>
  (['i32', 'bool'] as const)
    .filter((dtype) => accepts === 'float' || dtype === 'bool')
    .map((dtype) => ({ params: null, args: [drawn([2], REAL, dtype)], error: 'DTypeError' }))

interface Unary {
  readonly accepts?: 'float' | 'number'
  readonly domain?: Domain
  readonly special?: readonly Special<null>[]
  readonly inner?: Inner1
}

/** A smooth function, by its scalar form and its slope. The product is masked: 0 · ∞ is 0 (a branch not taken). */
const smooth = (name: string, f: (x: number) => number, slope: Slope, o: Unary = {}): Single<null> => {
  const loop = loop1<null>(f, undefined, o.inner)
  return elementwise<null>({
    name,
    accepts: o.accepts ?? 'float',
    evaluate: (_, args) => loop(args[0] as Concrete, null),
    terms: [(b, t, x, y) => b.maskedMul(t, slope(b, x[0] as Tensor, y))],
    samples: {
      cases: pointwiseCases(null, [o.domain ?? REAL]),
      refused: refuses(o.accepts ?? 'float'),
      ...(o.special === undefined ? {} : { special: o.special }),
    },
  })
}

/** A function constant between its jumps: derivative 0, which is never built. */
const steps = (
  name: string,
  f: (x: number) => number,
  accepts: 'float' | 'number',
  domain: Domain,
  special: readonly Special<null>[],
  to?: DType,
): Single<null> => {
  const loop = loop1<null>(f, to)
  return elementwise<null>({
    name,
    accepts,
    ...(to === undefined ? {} : { to }),
    evaluate: (_, args) => loop(args[0] as Concrete, null),
    terms: [null],
    samples: { cases: pointwiseCases(null, [domain]), special, refused: refuses(accepts) },
  })
}

const OPEN_UNIT: Domain = { low: -0.9, high: 0.9, avoid: [-1, 1] }
const POSITIVE: Domain = { low: 0.2, high: 4, avoid: [0] }
const AWAY_FROM_0: Domain = { low: -3, high: 3, avoid: [0] }
const BETWEEN_INTEGERS: Domain = { low: -3, high: 3, avoid: [-3, -2, -1, 0, 1, 2, 3] }
const BETWEEN_HALVES: Domain = { low: -3, high: 3, avoid: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] }

// --------------------------------------------------------------------------------------------------------- linear: neg

const negLoop = loop1<null>((x) => -x, undefined, negs)

/** −x. */
export const neg: Single<null> = elementwise<null>({
  name: 'neg',
  accepts: 'number',
  evaluate: (_, args) => negLoop(args[0] as Concrete, null),
  terms: [(b, t) => b.neg(t)],
  transpose: (b, ct) => [b.neg(ct)],
  samples: { cases: pointwiseCases(null, [REAL]), special: [at(0, -0, -1), at(2, -2, -1)], refused: refuses('number') },
})

// ---------------------------------------------------------------------------------------------------- exp and the like

/** eˣ; slope eˣ. */
export const exp = smooth('exp', Math.exp, (_, __, y) => y, {
  special: [at(-Infinity, 0, 0), at(0, 1, 1)],
  inner: exps,
})

/** log x; slope 1/x. */
export const log = smooth('log', Math.log, (b, x) => b.div(1, x), {
  domain: POSITIVE,
  special: [at(1, 0, 1), at(0, -Infinity), at(-1, Number.NaN), at(Infinity, Infinity, 0)],
})

/** eˣ − 1, accurate near 0; slope eˣ. */
export const expm1 = smooth('expm1', Math.expm1, (b, x) => b.exp(x), { special: [at(0, 0, 1), at(1e-300, 1e-300, 1)] })

/** log(1 + x), accurate near 0; slope 1/(1 + x). */
export const log1p = smooth('log1p', Math.log1p, (b, x) => b.div(1, b.add(1, x)), {
  domain: { low: -0.7, high: 3, avoid: [-1] },
  special: [at(0, 0, 1), at(-1, -Infinity), at(1e-300, 1e-300, 1)],
})

/** √x; slope 1/(2√x). */
export const sqrt = smooth('sqrt', Math.sqrt, (b, _, y) => b.div(0.5, y), {
  inner: sqrts,
  domain: POSITIVE,
  special: [at(0, 0, Infinity), at(-1, Number.NaN)],
})

// ------------------------------------------------------------------------------------------------------ trigonometry

/** sin x; slope cos x. */
export const sin = smooth('sin', Math.sin, (b, x) => b.cos(x), { special: [at(0, 0, 1)] })

/** cos x; slope −sin x. */
export const cos = smooth('cos', Math.cos, (b, x) => b.neg(b.sin(x)), { special: [at(0, 1, 0)] })

/** tan x; slope 1 + tan² x. */
export const tan = smooth('tan', Math.tan, (b, _, y) => b.add(1, b.mul(y, y)), {
  domain: { low: -1.2, high: 1.2, avoid: [-Math.PI / 2, Math.PI / 2] },
  special: [at(0, 0, 1)],
})

/** arcsin x; slope 1/√(1 − x²). */
export const asin = smooth('asin', Math.asin, (b, x) => b.div(1, b.sqrt(b.mul(b.sub(1, x), b.add(1, x)))), {
  domain: OPEN_UNIT,
  special: [at(0, 0, 1), at(1, Math.PI / 2, Infinity), at(2, Number.NaN)],
})

/** arccos x; slope −1/√(1 − x²). */
export const acos = smooth('acos', Math.acos, (b, x) => b.div(-1, b.sqrt(b.mul(b.sub(1, x), b.add(1, x)))), {
  domain: OPEN_UNIT,
  special: [at(1, 0, -Infinity), at(-1, Math.PI, -Infinity)],
})

/** arctan x; slope 1/(1 + x²). */
export const atan = smooth('atan', Math.atan, (b, x) => b.div(1, b.add(1, b.mul(x, x))), {
  special: [at(0, 0, 1), at(Infinity, Math.PI / 2, 0)],
})

/** sinh x; slope cosh x. */
export const sinh = smooth('sinh', Math.sinh, (b, x) => b.cosh(x), { special: [at(0, 0, 1)] })

/** cosh x; slope sinh x. */
export const cosh = smooth('cosh', Math.cosh, (b, x) => b.sinh(x), { special: [at(0, 1, 0)] })

/** tanh x; slope 1 − tanh² x. */
export const tanh = smooth('tanh', Math.tanh, (b, _, y) => b.mul(b.sub(1, y), b.add(1, y)), {
  special: [at(0, 0, 1), at(Infinity, 1, 0), at(-Infinity, -1, 0)],
})

/** arsinh x; slope 1/√(1 + x²). */
export const asinh = smooth('asinh', Math.asinh, (b, x) => b.div(1, b.sqrt(b.add(1, b.mul(x, x)))), {
  special: [at(0, 0, 1), at(Infinity, Infinity, 0)],
})

/** arcosh x; slope 1/√(x² − 1). */
export const acosh = smooth('acosh', Math.acosh, (b, x) => b.div(1, b.sqrt(b.mul(b.sub(x, 1), b.add(x, 1)))), {
  domain: { low: 1.2, high: 4, avoid: [1] },
  special: [at(1, 0, Infinity)],
})

/** artanh x; slope 1/(1 − x²). */
export const atanh = smooth('atanh', Math.atanh, (b, x) => b.div(1, b.mul(b.sub(1, x), b.add(1, x))), {
  domain: OPEN_UNIT,
  special: [at(0, 0, 1), at(1, Infinity)],
})

// ------------------------------------------------------------------------------------------------- error and gamma

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI)

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt; slope 2/√π · e^(−x²). */
export const erf_ = smooth('erf', erf, (b, x) => b.mul(TWO_OVER_ROOT_PI, b.exp(b.neg(b.mul(x, x)))), {
  special: [at(0, 0, TWO_OVER_ROOT_PI), at(Infinity, 1, 0)],
})

/** erfc x = 1 − erf x, accurate in the tail; slope −2/√π · e^(−x²). */
export const erfc_ = smooth('erfc', erfc, (b, x) => b.mul(-TWO_OVER_ROOT_PI, b.exp(b.neg(b.mul(x, x)))), {
  special: [at(0, 1, -TWO_OVER_ROOT_PI), at(Infinity, 0, 0), at(-Infinity, 2, 0)],
})

const GAMMA: Domain = { low: 0.3, high: 5, avoid: [0, -1] }

/** log |Γ(x)|; slope ψ(x). */
export const lgamma_ = smooth('lgamma', lgamma, (b, x) => b.digamma(x), {
  domain: GAMMA,
  special: [at(1, 0), at(2, 0), at(0, Infinity)],
})

/** ψ(x) = d/dx log Γ(x); slope ψ₁(x). */
export const digamma_ = smooth('digamma', digamma, (b, x) => b.polygamma(x, 1), {
  domain: GAMMA,
  special: [at(1, -0.5772156649015329, Math.PI ** 2 / 6)],
})

const polygammaLoop = loop1<number>((x, order) => polygamma(order, x))

/** ψₙ(x), the n-th derivative of the digamma function (n ≥ 1); slope ψₙ₊₁(x). */
export const polygamma_: Single<number> = elementwise<number>({
  name: 'polygamma',
  accepts: 'float',
  evaluate: (order, args) => polygammaLoop(args[0] as Concrete, order),
  terms: [(b, t, x, _, order) => b.maskedMul(t, b.polygamma(x[0] as Tensor, order + 1))],
  samples: {
    cases: [1, 2, 3].flatMap((order) => pointwiseCases(order, [{ low: 0.5, high: 5, avoid: [0] }])),
    // ψ₁(1) = π²/6, ψ₂(1) = −2ζ(3), ψ₃(1) = π⁴/15
    special: [
      { params: 1, at: [1], value: Math.PI ** 2 / 6, partials: [-2.4041138063191885] },
      { params: 2, at: [1], value: -2.4041138063191885, partials: [Math.PI ** 4 / 15] },
      { params: 3, at: [1], value: Math.PI ** 4 / 15 },
    ],
    refused: refuses('float').map((r) => ({ ...r, params: 1 })),
  },
})

// ---------------------------------------------------------------------------------------------------------- piecewise

/** |x|; slope sign x, 0 at 0. */
export const abs = smooth('abs', Math.abs, (b, x) => b.sign(x), {
  accepts: 'number',
  domain: AWAY_FROM_0,
  special: [at(0, 0, 0), at(-Infinity, Infinity, -1)],
})

/** −1, 0 or 1; derivative 0. */
export const sign = steps('sign', Math.sign, 'number', AWAY_FROM_0, [at(0, 0, 0), at(-2, -1, 0)])

/** The largest whole number not above x; derivative 0. */
export const floor = steps('floor', Math.floor, 'float', BETWEEN_INTEGERS, [at(-0.5, -1, 0), at(2, 2, 0)])

/** The smallest whole number not below x; derivative 0. */
export const ceil = steps('ceil', Math.ceil, 'float', BETWEEN_INTEGERS, [at(-0.5, -0, 0), at(2, 2, 0)])

/** The nearest whole number, halves to even; derivative 0. */
export const round = steps('round', roundHalfEven, 'float', BETWEEN_HALVES, [
  at(0.5, 0, 0),
  at(1.5, 2, 0),
  at(-2.5, -2, 0),
])

/** Whether x is NaN. */
export const isNaN_ = steps('isNaN', (x) => (x !== x ? 1 : 0), 'float', REAL, [at(Number.NaN, 1), at(0, 0)], 'bool')

/** Whether x is neither NaN nor infinite. */
export const isFinite_ = steps(
  'isFinite',
  (x) => (Number.isFinite(x) ? 1 : 0),
  'float',
  REAL,
  [at(Number.NaN, 0), at(Infinity, 0), at(1, 1)],
  'bool',
)
