/** Losses of numbers: how far a prediction is from what was measured. */
import { ValueError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import { isOperand, lift, meet, stretch } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import type { Fits, Operand, PairDType } from '../tensor/static.js'
import {
  type ElementwiseLoss,
  elementwise,
  type Matched,
  matched,
  type Reduced,
  type Reduction,
  type ReductionOption,
  reduce,
} from './reduction.js'

// ------------------------------------------------------------------------------------------------------------ distances

/**
 * (prediction − target)², averaged over all elements: the negative log-likelihood of a Gaussian of unit variance, but for
 * a factor and a constant. Derivative 2·(prediction − target).
 *
 * @example
 * ```ts
 * import { item, tensor } from 'lanac'
 * import { meanSquaredError } from 'lanac/loss'
 * assert.equal(item(meanSquaredError(tensor([1, 2]), tensor([1, 4]))), 2)
 * assert.equal(item(meanSquaredError(tensor([1, 2]), tensor([1, 4]), { reduction: 'sum' })), 4)
 * ```
 */
export const meanSquaredError = elementwise('meanSquaredError', (p, t) => {
  const d = b.sub(p, t)
  return b.mul(d, d)
}) as ElementwiseLoss<'meanSquaredError'>

/** |prediction − target|, averaged over all elements; derivative ±1, 0 where they agree. */
export const meanAbsoluteError = elementwise('meanAbsoluteError', (p, t) =>
  b.abs(b.sub(p, t)),
) as ElementwiseLoss<'meanAbsoluteError'>

/** From which distance on the loss is linear. */
export interface HuberOptions extends ReductionOption {
  readonly delta?: number
}

/** ½d² for distances d = |prediction − target| up to δ (1), δ·(d − ½δ) beyond; averaged over all elements (Huber, 1964). */
export const huber = elementwise<HuberOptions>('huber', (p, t, { delta = 1 }) => {
  if (!(delta > 0)) throw new ValueError({ operation: 'huber', problem: `delta must be positive, found ${delta}` })
  const d = b.sub(p, t)
  const far = b.abs(d)
  return b.select(b.lessEqual(far, delta), b.mul(0.5, b.mul(d, d)), b.mul(delta, b.sub(far, delta / 2)))
}) as ElementwiseLoss<'huber', { readonly delta?: number }>

// ---------------------------------------------------------------------------------------------------------- likelihoods

/** `full`: with the constant ½·log 2π; `epsilon`: the least variance. */
export interface GaussianOptions {
  readonly full?: boolean
  readonly epsilon?: number
}

/** `gaussianNll(mean, target, variance, options)`; without a variance it is 1. */
export interface GaussianNll {
  <M extends Tensor, T extends Operand, const R extends Reduction = 'mean'>(
    mean: M,
    target: Fits<Matched<'gaussianNll', M, T>, T>,
    options?: ReductionOption<R> & GaussianOptions,
  ): Reduced<R, Matched<'gaussianNll', M, T>, PairDType<M, T>>
  <M extends Tensor, T extends Operand, const R extends Reduction = 'mean'>(
    mean: M,
    target: Fits<Matched<'gaussianNll', M, T>, T>,
    variance: Tensor | number,
    options?: ReductionOption<R> & GaussianOptions,
  ): Reduced<R, Matched<'gaussianNll', M, T>, PairDType<M, T>>
}

/**
 * −log of the normal density at the target, ½·(log σ² + (target − mean)²/σ²), averaged over all elements. The variance
 * broadcasts to the target's shape, is 1 unless given and held at least at `epsilon` (1e-6); `full` adds ½·log 2π.
 *
 * @example
 * ```ts
 * import { item, tensor } from 'lanac'
 * import { gaussianNll } from 'lanac/loss'
 * assert.equal(item(gaussianNll(tensor([1, 2]), tensor([1, 4]))), 1)
 * ```
 */
export const gaussianNll = ((mean: unknown, target: unknown, third?: unknown, fourth?: GaussianOptions) => {
  const given = isOperand(third)
  const options: GaussianOptions & ReductionOption = (given ? fourth : (third as GaussianOptions | undefined)) ?? {}
  const { full = false, epsilon = 1e-6 } = options
  const [m, t] = matched('gaussianNll', mean, target)
  const d = b.sub(t, m)
  const constant = full ? 0.5 * Math.log(2 * Math.PI) : 0
  const plus = (losses: Tensor): Tensor => (full ? b.add(losses, constant) : losses)
  if (!given) return reduce('gaussianNll', plus(b.mul(0.5, b.mul(d, d))), options.reduction)
  const v = stretch('gaussianNll', meet('gaussianNll', lift('gaussianNll', third), m)[0], m.shape)
  const held = b.select(b.less(v, epsilon), epsilon, v)
  const losses = b.mul(0.5, b.add(b.log(held), b.div(b.mul(d, d), held)))
  return reduce('gaussianNll', plus(losses), options.reduction)
}) as GaussianNll

/** `full`: with log t!, which does not depend on the prediction. */
export interface PoissonOptions extends ReductionOption {
  readonly full?: boolean
}

/**
 * −log of the Poisson probability of the counts t at rates exp(logRate), exp(logRate) − t·logRate, averaged over all
 * elements; `full` adds log t!. Derivative in the log-rate: rate − t. A rate of 0 (logRate −∞) costs a count of 0 nothing.
 */
export const poissonNll = elementwise<PoissonOptions>('poissonNll', (logRate, t, { full = false }) => {
  const losses = b.sub(b.exp(logRate), b.maskedMul(logRate, t))
  return full ? b.add(losses, b.lgamma(b.add(t, 1))) : losses
}) as ElementwiseLoss<'poissonNll', { readonly full?: boolean }>
