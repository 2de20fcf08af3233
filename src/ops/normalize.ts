/** Normalisation: mean 0 and variance 1 over some axes, then a gain and a shift for each feature (the last axis). */
import { ShapeError, showShape } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { otherAxes, range, sizeOf } from '../tensor/shape.js'
import { floating, isOperand, lift, meet, stretch, whole } from './operand.js'
import type { Normalization, RootMeanSquareNormalization } from './signatures.js'

// ------------------------------------------------------------------------------------------------------------- helpers

const over = (x: Tensor, axes: readonly number[]): Tensor =>
  b.div(b.sum(x, axes), sizeOf(axes.map((a) => x.shape[a] as number)))

const back = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  b.broadcast(y, x.shape, otherAxes(x.shape.length, axes))

const centred = (x: Tensor, axes: readonly number[]): Tensor => b.sub(x, back(over(x, axes), x, axes))

/** Divided by the root of the mean square over axes plus `epsilon`. */
const scaled = (x: Tensor, axes: readonly number[], epsilon: number): Tensor =>
  b.div(x, back(b.sqrt(b.add(over(b.mul(x, x), axes), epsilon)), x, axes))

const normalized = (x: Tensor, axes: readonly number[], epsilon: number): Tensor =>
  scaled(centred(x, axes), axes, epsilon)

/** A gain, shift or statistic: a number, or one for each feature. @throws ShapeError when the features differ */
const perFeature = (name: string, what: string, s: unknown, x: Tensor): Tensor => {
  const v = meet(name, lift(name, s), x)[0]
  const features = x.shape[x.shape.length - 1]
  if (v.shape.length > 1 || (v.shape.length === 1 && v.shape[0] !== features))
    throw new ShapeError({
      operation: name,
      problem: `${what} has shape ${showShape(v.shape)}, which does not fit the features of ${showShape(x.shape)}`,
      hint: features === undefined ? undefined : `give a number or shape [${features}]`,
    })
  return stretch(name, v, x.shape)
}

/** y·scale + bias. */
const affine = (name: string, y: Tensor, scale: unknown, bias: unknown): Tensor =>
  b.add(b.mul(y, perFeature(name, 'scale', scale, y)), perFeature(name, 'bias', bias, y))

const ranked = (name: string, x: unknown, least: number): Tensor => {
  const v = floating(name, x)
  if (v.shape.length < least)
    throw new ShapeError({ operation: name, problem: `takes rank ${least} or more, found ${showShape(v.shape)}` })
  return v
}

/** `f(x, scale, bias, options)`, also without x, which it then waits for. */
const withGains = <O extends object>(
  f: (x: unknown, scale: unknown, bias: unknown, options: Partial<O>) => Tensor,
): unknown => {
  const none: Partial<O> = {}
  return (x: unknown, scale: unknown, bias?: unknown, options?: O) =>
    isOperand(bias)
      ? f(x, scale, bias, options ?? none)
      : (y: unknown) => f(y, x, scale, (bias as O | undefined) ?? none)
}

// ------------------------------------------------------------------------------------------------------------ instances

/** What keeps the divisor away from 0. */
export interface NormOptions {
  readonly epsilon?: number
}

/** `training: false` uses the mean and variance that are given in place of the batch's own. */
export interface BatchNormOptions extends NormOptions {
  readonly training?: boolean
  readonly mean?: Tensor | number
  readonly variance?: Tensor | number
}

/**
 * Each feature (last axis) with mean 0 and variance 1 over all other axes, then `·scale + bias`: [...n, c] → [...n, c].
 * The variance is biased (divided by n), ε = 1e-5 (Ioffe & Szegedy, 2015).
 *
 * @throws ShapeError when scale or bias are not one for each feature
 * @example
 * ```ts
 * import { batchNorm, tensor, toArray } from 'lanac'
 * assert.deepStrictEqual(toArray(batchNorm(tensor([[1], [3]]), 1, 0, { epsilon: 0 })), [[-1], [1]])
 * ```
 */
export const batchNorm = withGains<BatchNormOptions>((x, scale, bias, o) => {
  const { epsilon = 1e-5, training = true } = o
  const v = ranked('batchNorm', x, 1)
  if (training) return affine('batchNorm', normalized(v, range(v.shape.length - 1), epsilon), scale, bias)
  const spread = b.sqrt(b.add(perFeature('batchNorm', 'variance', o.variance ?? 1, v), epsilon))
  return affine('batchNorm', b.div(b.sub(v, perFeature('batchNorm', 'mean', o.mean ?? 0, v)), spread), scale, bias)
}) as Normalization<'batchNorm', BatchNormOptions>

/**
 * The features (last axis) of each example with mean 0 and variance 1, then `·scale + bias`: [...n, c] → [...n, c].
 * ε = 1e-5 (Ba, Kiros & Hinton, 2016).
 */
export const layerNorm = withGains<NormOptions>((x, scale, bias, { epsilon = 1e-5 }) => {
  const v = ranked('layerNorm', x, 1)
  return affine('layerNorm', normalized(v, [v.shape.length - 1], epsilon), scale, bias)
}) as Normalization<'layerNorm', NormOptions>

/** The features (last axis) of each example divided by their root mean square, then `·scale`. ε = 1e-6 (Zhang & Sennrich, 2019). */
export const rmsNorm = ((x: unknown, scale?: unknown, options?: NormOptions) => {
  const f = (y: unknown, gain: unknown, { epsilon = 1e-6 }: NormOptions): Tensor => {
    const v = ranked('rmsNorm', y, 1)
    return b.mul(scaled(v, [v.shape.length - 1], epsilon), perFeature('rmsNorm', 'scale', gain, v))
  }
  return isOperand(scale)
    ? f(x, scale, options ?? {})
    : (y: unknown) => f(y, x, (scale as NormOptions | undefined) ?? {})
}) as RootMeanSquareNormalization<'rmsNorm', NormOptions>

/** In how many groups the features are taken. */
export interface GroupNormOptions extends NormOptions {
  readonly groups: number
}

/**
 * Each group of neighbouring features of each example with mean 0 and variance 1 over all axes but the first, then
 * `·scale + bias`: [n, ...space, c] → [n, ...space, c]. ε = 1e-5 (Wu & He, 2018).
 *
 * @throws ShapeError when the features do not divide into the groups
 */
export const groupNorm = withGains<GroupNormOptions>((x, scale, bias, { groups = 1, epsilon = 1e-5 }) => {
  const v = ranked('groupNorm', x, 2)
  const [n, c] = [v.shape[0] as number, v.shape[v.shape.length - 1] as number]
  if (c % whole('groupNorm', groups, 'groups', 1) !== 0)
    throw new ShapeError({
      operation: 'groupNorm',
      problem: `${c} features of ${showShape(v.shape)} do not divide into ${groups} groups`,
    })
  const grouped = b.reshape(v, [n, sizeOf(v.shape.slice(1, -1)), groups, c / groups])
  return affine('groupNorm', b.reshape(normalized(grouped, [1, 3], epsilon), v.shape), scale, bias)
}) as Normalization<'groupNorm', GroupNormOptions>
