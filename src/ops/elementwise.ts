/** Functions of one argument, element by element. The first part is primitive, the second composed, stably. */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import type { UnaryName } from '../primitive/builder.js'
import { builder as b } from '../tape/node.js'
import { floating, lift, pointwise, withOptions } from './operand.js'
import type { Unary, UnaryPredicate, UnaryWith } from './signatures.js'

const unary = (word: UnaryName): unknown => {
  const f = b[word]
  return pointwise(word, (x) => f(lift(word, x)))
}

/** A composition, of a float. */
const composed = (name: string, f: (x: Tensor) => Tensor): unknown => pointwise(name, (x) => f(floating(name, x)))

/** An operation with options. */
const optional = <O extends object>(name: string, f: (x: unknown, options: O) => unknown): unknown =>
  pointwise(name, withOptions<O>(f) as (x: unknown, options?: unknown) => unknown)

// ----------------------------------------------------------------------------------------------------------- primitive

/** −x. */
export const neg = unary('neg') as Unary<'neg'>
/** eˣ; derivative eˣ. */
export const exp = unary('exp') as Unary<'exp'>
/** The natural logarithm; derivative 1/x. */
export const log = unary('log') as Unary<'log'>
/** eˣ − 1, accurate near 0; derivative eˣ. */
export const expm1 = unary('expm1') as Unary<'expm1'>
/** log(1 + x), accurate near 0; derivative 1/(1 + x). */
export const log1p = unary('log1p') as Unary<'log1p'>
/** sin x; derivative cos x. */
export const sin = unary('sin') as Unary<'sin'>
/** cos x; derivative −sin x. */
export const cos = unary('cos') as Unary<'cos'>
/** tan x; derivative 1 + tan² x. */
export const tan = unary('tan') as Unary<'tan'>
/** arcsin x; derivative 1/√(1 − x²). */
export const asin = unary('asin') as Unary<'asin'>
/** arccos x; derivative −1/√(1 − x²). */
export const acos = unary('acos') as Unary<'acos'>
/** arctan x; derivative 1/(1 + x²). */
export const atan = unary('atan') as Unary<'atan'>
/** sinh x; derivative cosh x. */
export const sinh = unary('sinh') as Unary<'sinh'>
/** cosh x; derivative sinh x. */
export const cosh = unary('cosh') as Unary<'cosh'>
/** tanh x; derivative 1 − tanh² x. */
export const tanh = unary('tanh') as Unary<'tanh'>
/** arsinh x; derivative 1/√(1 + x²). */
export const asinh = unary('asinh') as Unary<'asinh'>
/** arcosh x; derivative 1/√(x² − 1). */
export const acosh = unary('acosh') as Unary<'acosh'>
/** artanh x; derivative 1/(1 − x²). */
export const atanh = unary('atanh') as Unary<'atanh'>
/** √x; derivative 1/(2√x). */
export const sqrt = unary('sqrt') as Unary<'sqrt'>
/** |x|; derivative sign x, 0 at 0. */
export const abs = unary('abs') as Unary<'abs'>
/** −1, 0 or 1; derivative 0. */
export const sign = unary('sign') as Unary<'sign'>
/** The largest whole number not above x; derivative 0. */
export const floor = unary('floor') as Unary<'floor'>
/** The smallest whole number not below x; derivative 0. */
export const ceil = unary('ceil') as Unary<'ceil'>
/** The nearest whole number, halves to even; derivative 0. */
export const round = unary('round') as Unary<'round'>
/** The error function 2/√π ∫₀ˣ e^(−t²) dt; derivative 2/√π e^(−x²). */
export const erf = unary('erf') as Unary<'erf'>
/** 1 − erf x, accurate in the tail. */
export const erfc = unary('erfc') as Unary<'erfc'>
/** log |Γ(x)|; derivative the digamma function. */
export const lgamma = unary('lgamma') as Unary<'lgamma'>
/** ψ(x) = d/dx log Γ(x); derivative the trigamma function. */
export const digamma = unary('digamma') as Unary<'digamma'>
/** Whether x is NaN. */
export const isNaN = unary('isNaN') as UnaryPredicate<'isNaN'>
/** Whether x is neither NaN nor infinite. */
export const isFinite = unary('isFinite') as UnaryPredicate<'isFinite'>

/** A value under a label, also data-last: `named('h1')` waits for it. */
export interface Label {
  (label: string): <X extends Tensor | number>(x: X) => Labelled<X>
  <X extends Tensor | number>(x: X, label: string): Labelled<X>
}

/** The type of a labelled value: a JS number becomes a scalar. */
export type Labelled<X> = X extends number ? Tensor<[], 'f64'> : X

/** The value under a label, which printed tapes and drawings show: `named(x, 'h1')`, or data-last; ∂x = 1. */
export const named = ((x: unknown, label?: string) =>
  label === undefined
    ? (y: unknown) => b.named(lift('named', y), String(x))
    : b.named(lift('named', x), label)) as Label

/** The n-th derivative of the digamma function (n ≥ 1): `polygamma(x, { order: 1 })` is the trigamma function. */
export const polygamma = optional<{ readonly order?: number }>('polygamma', (x, { order = 1 }) => {
  if (!Number.isInteger(order) || order < 1)
    throw new ValueError({ operation: 'polygamma', problem: `order ${order} is not a whole number ≥ 1` })
  return b.polygamma(floating('polygamma', x), order)
}) as UnaryWith<'polygamma', { readonly order?: number }>

// ------------------------------------------------------------------------------------------------------------ algebraic

/** x²; derivative 2x. */
export const square = pointwise('square', (x) => {
  const v = lift('square', x)
  return b.mul(v, v)
}) as Unary<'square'>
/** 1/x; derivative −1/x². */
export const reciprocal = composed('reciprocal', (x) => b.div(1, x)) as Unary<'reciprocal'>
/** 1/√x. */
export const rsqrt = composed('rsqrt', (x) => b.div(1, b.sqrt(x))) as Unary<'rsqrt'>

/** Bounds of clip; an absent one does not bind. */
export interface ClipOptions {
  readonly min?: number
  readonly max?: number
}

/** x held between `min` and `max`; at a bound, the derivative is that of the piece above it. @throws ValueError */
export const clip = optional<ClipOptions>('clip', (x, { min, max }) => {
  const v = lift('clip', x)
  if (min !== undefined && max !== undefined && !(min <= max))
    throw new ValueError({ operation: 'clip', problem: `min ${min} is not below max ${max}` })
  const upper = max === undefined ? v : b.select(b.lessEqual(max, v), max, v)
  return min === undefined ? upper : b.select(b.less(v, min), min, upper)
}) as UnaryWith<'clip', ClipOptions>

// ---------------------------------------------------------------------------------------------------------- activations

/** Which derivative relu has at 0: the left one (0, the default) or the right one (1). */
export interface ReluOptions {
  readonly derivativeAtZero?: 0 | 1
}

/**
 * max(0, x); its derivative at 0 is a choice, 0 by default.
 *
 * @example
 * ```ts
 * import { grad, item, relu } from 'lanac'
 * import type { Scalar } from 'lanac'
 * assert.equal(item(grad(relu)(0)), 0)
 * assert.equal(item(grad((x: Scalar) => relu(x, { derivativeAtZero: 1 }))(0)), 1)
 * ```
 */
export const relu = optional<ReluOptions>('relu', (x, { derivativeAtZero = 0 }) => {
  const v = lift('relu', x)
  return b.select(derivativeAtZero === 0 ? b.lessEqual(v, 0) : b.less(v, 0), 0, v)
}) as UnaryWith<'relu', ReluOptions>

/** The slope below 0. */
export interface LeakyReluOptions {
  readonly alpha?: number
}

/** x above 0, α·x below (α = 0.01); derivative 1 at 0. */
export const leakyRelu = optional<LeakyReluOptions>('leakyRelu', (x, { alpha = 0.01 }) => {
  const v = floating('leakyRelu', x)
  return b.select(b.less(v, 0), b.mul(v, alpha), v)
}) as UnaryWith<'leakyRelu', LeakyReluOptions>

/** The scale, and the depth of the saturation below 0. */
export interface EluOptions {
  readonly alpha?: number
  readonly scale?: number
}

const eluOf = (v: Tensor, alpha: number, scale: number): Tensor => {
  const y = b.select(b.less(v, 0), b.mul(alpha, b.expm1(v)), v)
  return scale === 1 ? y : b.mul(scale, y)
}

/** λ·x above 0, λ·α(eˣ − 1) below (α = λ = 1); derivative λ at 0. */
export const elu = optional<EluOptions>('elu', (x, { alpha = 1, scale = 1 }) =>
  eluOf(floating('elu', x), alpha, scale),
) as UnaryWith<'elu', EluOptions>

/** Self-normalising elu (Klambauer et al., 2017). */
export const selu = composed('selu', (x) => eluOf(x, 1.6732632423543772, 1.0507009873554805)) as Unary<'selu'>

const sigmoidOf = (x: Tensor): Tensor => {
  const e = b.exp(x)
  return b.select(b.less(x, 0), b.div(e, b.add(1, e)), b.div(1, b.add(1, b.exp(b.neg(x)))))
}

/** 1/(1 + e⁻ˣ), accurate on both sides; derivative σ(1 − σ). */
export const sigmoid = composed('sigmoid', sigmoidOf) as Unary<'sigmoid'>

// x or −x is chosen first, so that both functions are computed once; −|x| would have no slope at 0
const softplusOf = (x: Tensor): Tensor => {
  const isPositive = b.less(0, x)
  return b.add(b.select(isPositive, x, 0), b.log1p(b.exp(b.select(isPositive, b.neg(x), x))))
}

/** log(1 + eˣ) without overflow; derivative σ(x). */
export const softplus = composed('softplus', softplusOf) as Unary<'softplus'>

/** log σ(x) = −softplus(−x). */
export const logSigmoid = composed('logSigmoid', (x) => b.neg(softplusOf(b.neg(x)))) as Unary<'logSigmoid'>

/** x/(1 + |x|); derivative 1/(1 + |x|)². Far from 0 as ±1/(1 + 1/|x|), whose derivative does not cancel. */
export const softsign = composed('softsign', (x) => {
  const far = b.div(b.sign(x), b.add(1, b.div(1, b.abs(x))))
  return b.select(b.less(1, b.abs(x)), far, b.div(x, b.add(1, b.abs(x))))
}) as Unary<'softsign'>

// the products of these are masked: −∞ · 0 is 0, their limit

/** x·σ(x), also called swish. */
export const silu = composed('silu', (x) => b.maskedMul(x, sigmoidOf(x))) as Unary<'silu'>

/** x·tanh(softplus x) (Misra, 2019). */
export const mish = composed('mish', (x) => b.maskedMul(x, b.tanh(softplusOf(x)))) as Unary<'mish'>

/** Whether to use the tanh approximation. */
export interface GeluOptions {
  readonly approximate?: boolean
}

/** x·Φ(x), Φ the normal distribution function (Hendrycks & Gimpel, 2016). */
export const gelu = optional<GeluOptions>('gelu', (x, { approximate = false }) => {
  const v = floating('gelu', x)
  if (!approximate) return b.maskedMul(v, b.mul(0.5, b.erfc(b.mul(-Math.SQRT1_2, v))))
  const inner = b.mul(Math.sqrt(2 / Math.PI), b.add(v, b.mul(0.044715, b.integerPow(v, 3))))
  return b.maskedMul(v, b.mul(0.5, b.add(1, b.tanh(inner))))
}) as UnaryWith<'gelu', GeluOptions>
