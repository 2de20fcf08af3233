/** Batch normalisation: features of mean 0 and variance 1 (S. Ioffe and C. Szegedy, 2015). */
import { ValueError } from '../core/error.js'
import type { Float, Tensor } from '../core/value.js'
import { fromRun, type StatefulLayer } from '../lens/layer.js'
import { add, div, full, mean, mul, sqrt, square, sub } from '../ops/index.js'
import { ones, zeros } from '../random/index.js'
import { range, sizeOf } from '../tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Parameters of batch normalisation: what features are multiplied by, and what is then added. */
export interface Scaling<N extends number> {
  readonly scale: Tensor<[N], Float>
  readonly shift: Tensor<[N], Float>
}

/** Running statistics: what features are normalised by in use. */
export interface Statistics<N extends number> {
  readonly mean: Tensor<[N], Float>
  readonly variance: Tensor<[N], Float>
}

/** How statistics are taken. */
export interface BatchNormOptions {
  /** Added to the variance, 1e-5 unless named. */
  readonly epsilon?: number
  /** How far running statistics move to those of a batch, 0.1 unless named. */
  readonly momentum?: number
}

// --------------------------------------------------------------------------------------------------------- constructors

const vector = (x: unknown): Tensor => x as Tensor

/**
 * (x − mean)/√(variance + ε)·scale + shift, feature by feature: [n] → [n], under any batch shape.
 *
 * In training mean and variance are the batch's own (the variance divided by the count), and the running statistics, which
 * are the layer's state, move to them (there the variance is divided by the count less one). In use they are the running
 * ones: `apply(params, state)`.
 *
 * @throws ValueError for options out of range, and in training for a batch of fewer than two
 * @example
 * ```ts
 * import { item, mean, tensor, toArray } from 'lanac'
 * import { batchNorm } from 'lanac/nn'
 * import { key } from 'lanac/random'
 * const layer = batchNorm(1)
 * const params = layer.init(key(0), { dtype: 'f64' })
 * const state = layer.initState({ dtype: 'f64' })
 * const x = tensor([[1], [3]])
 * const [y, next] = layer.train(params, state, key(0))(x)
 * assert.ok(Math.abs(item(mean(y))) < 1e-12)
 * assert.deepEqual(toArray(next[0].mean), [0.2]) // from 0 a tenth of the way to 2
 * assert.deepEqual(toArray(state[0].mean), [0]) // the state that was given is as it was
 * ```
 */
export const batchNorm = <const N extends number>(
  features: N,
  options: BatchNormOptions = {},
): StatefulLayer<[Scaling<N>], [N], [N], [Statistics<N>]> => {
  const { epsilon = 1e-5, momentum = 0.1 } = options
  const refuse = (problem: string): never => {
    throw new ValueError({ operation: 'batchNorm', problem })
  }
  if (!Number.isInteger(features) || features < 1) refuse(`features are a whole number from 1, found ${features}`)
  if (!(epsilon >= 0)) refuse(`epsilon is not negative, found ${epsilon}`)
  if (!(momentum >= 0 && momentum <= 1)) refuse(`momentum lies between 0 and 1, found ${momentum}`)
  const made: unknown = fromRun<Scaling<N>, [N], [N], [Statistics<N>]>({
    name: `batchNorm(${features})`,
    input: [features],
    output: [features],
    init: (key, { dtype }) => ({
      scale: vector(ones(key, [features], { dtype })) as Scaling<N>['scale'],
      shift: vector(zeros(key, [features], { dtype })) as Scaling<N>['shift'],
    }),
    states: (dtype) => [
      {
        mean: full([features], 0, { dtype }) as Statistics<N>['mean'],
        variance: full([features], 1, { dtype }) as Statistics<N>['variance'],
      },
    ],
    run: (params, state, x, mode) => {
      const [scale, shift] = [vector(params.scale), vector(params.shift)]
      const normalised = (m: Tensor, v: Tensor): Tensor =>
        vector(add(mul(div(sub(x, m), sqrt(add(v, epsilon))), scale), shift))
      const [running] = state
      if (!mode.training) return [normalised(vector(running.mean), vector(running.variance)), state]
      const batch = x.shape.slice(0, -1)
      const count = sizeOf(batch)
      if (count < 2) refuse(`a batch of ${count} has no variance; train on two examples or more`)
      const axis = range(batch.length)
      const m = vector(mean(x, { axis }))
      const v = vector(mean(square(sub(x, m)), { axis }))
      const moved = (from: unknown, to: Tensor): Tensor =>
        vector(add(vector(from), mul(momentum, sub(to, vector(from)))))
      const next = {
        mean: moved(running.mean, m) as Statistics<N>['mean'],
        variance: moved(running.variance, vector(mul(v, count / (count - 1)))) as Statistics<N>['variance'],
      }
      return [normalised(m, v), [next]]
    },
    equation: (h, i) => `batchNorm(${h}; γ${i}, β${i})`,
  })
  return made as StatefulLayer<[Scaling<N>], [N], [N], [Statistics<N>]>
}
