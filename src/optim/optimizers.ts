/** The optimizers people know by name: each a chain of steps, ending in the learning rate. */
import type { Tensor } from '../core/value.js'
import {
  type Betas,
  type RmsOptions,
  scaleByAdaBelief,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByAdam,
  scaleByAdamax,
  scaleByAmsgrad,
  scaleByLion,
  scaleByNadam,
  scaleByRadam,
  scaleByRms,
} from './adaptive.js'
import { addDecayedWeights, type Chosen, scaleByTrustRatio } from './decay.js'
import { trace } from './momentum.js'
import { chain, identity, type Optimizer } from './optimizer.js'
import { type Rate, scaleByLearningRate } from './scale.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A learning rate: a number, a scalar tensor, or a schedule. */
export interface Learning {
  readonly learningRate: Rate
}

/** Weight decay, of all parameters or of those that are chosen. */
export interface Decaying {
  readonly weightDecay?: number | Tensor<[]> | undefined
  /** Which parameters decay; all unless said. */
  readonly decays?: Chosen | undefined
}

const decayed = (
  o: { readonly weightDecay?: number | Tensor<[]> | undefined; readonly decays?: Chosen | undefined },
  otherwise = 0,
): Optimizer => {
  const rate = o.weightDecay ?? otherwise
  return rate === 0 ? identity : addDecayedWeights(rate, { chosen: o.decays })
}

// ------------------------------------------------------------------------------------------------------ gradient descent

/** Momentum 0 is plain descent. */
export interface SgdOptions extends Learning, Decaying {
  readonly momentum?: number | undefined
  readonly nesterov?: boolean | undefined
}

/**
 * Gradient descent: p ← p − η g; with momentum m ← μ m + g, p ← p − η m. Weight decay is an L2 penalty, added to g.
 *
 * @example
 * ```ts
 * import { grad, item, square, tensor, type Tensor } from 'lanac'
 * import { applyUpdates, sgd } from 'lanac/optim'
 * const f = (x: Tensor<[], 'f64'>) => square(x)
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 })
 * let x = tensor(1)
 * let state = optimizer.init(x)
 * for (let i = 0; i < 200; i++) {
 *   const [update, next] = optimizer.update(grad(f)(x), state, x)
 *   x = applyUpdates(x, update)
 *   state = next
 * }
 * assert(Math.abs(item(x)) < 1e-3)
 * ```
 */
export const sgd = ({ learningRate, momentum: mu = 0, nesterov: ahead = false, ...decay }: SgdOptions): Optimizer =>
  chain(
    decayed(decay),
    mu === 0 ? identity : trace({ momentum: mu, nesterov: ahead }),
    scaleByLearningRate(learningRate),
  )

/** Gradient descent with momentum, 0.9 unless named. */
export const momentum = (o: Omit<SgdOptions, 'nesterov'>): Optimizer => sgd({ momentum: 0.9, ...o })

/** Gradient descent with Nesterov's momentum, 0.9 unless named. */
export const nesterov = (o: Omit<SgdOptions, 'nesterov'>): Optimizer => sgd({ momentum: 0.9, ...o, nesterov: true })

// -------------------------------------------------------------------------------------------------------- adam and kin

/** Adam: `scaleByAdam`, then the learning rate. Kingma and Ba, ICLR 2015. */
export const adam = ({ learningRate, ...o }: Learning & Betas): Optimizer =>
  chain(scaleByAdam(o), scaleByLearningRate(learningRate))

/** Adam with decoupled weight decay (0.01 unless named): p ← p − η (m̂/(√v̂ + ε) + λ p). Loshchilov and Hutter, ICLR 2019. */
export const adamw = ({ learningRate, weightDecay, decays, ...o }: Learning & Betas & Decaying): Optimizer =>
  chain(scaleByAdam(o), decayed({ weightDecay, decays }, 0.01), scaleByLearningRate(learningRate))

/** Adam with the largest average of squares so far. Reddi, Kale and Kumar, ICLR 2018. */
export const amsgrad = ({ learningRate, ...o }: Learning & Betas): Optimizer =>
  chain(scaleByAmsgrad(o), scaleByLearningRate(learningRate))

/** Adam with Nesterov's momentum. Dozat, 2016. */
export const nadam = ({
  learningRate,
  ...o
}: Learning & Betas & { readonly momentumDecay?: number | undefined }): Optimizer =>
  chain(scaleByNadam(o), scaleByLearningRate(learningRate))

/** Rectified Adam, which needs no warmup. Liu et al., ICLR 2020. */
export const radam = ({ learningRate, ...o }: Learning & Betas): Optimizer =>
  chain(scaleByRadam(o), scaleByLearningRate(learningRate))

/** Adam by the largest fading magnitude. Kingma and Ba, ICLR 2015, §7. */
export const adamax = ({ learningRate, ...o }: Learning & Betas): Optimizer =>
  chain(scaleByAdamax(o), scaleByLearningRate(learningRate))

/** Adam by how surprising gradients are. Zhuang et al., NeurIPS 2020. */
export const adaBelief = ({ learningRate, ...o }: Learning & Betas): Optimizer =>
  chain(scaleByAdaBelief(o), scaleByLearningRate(learningRate))

/** Signs of momentum, with decoupled weight decay. Chen et al., NeurIPS 2023. */
export const lion = ({
  learningRate,
  weightDecay,
  decays,
  ...o
}: Learning & Omit<Betas, 'epsilon'> & Decaying): Optimizer =>
  chain(scaleByLion(o), decayed({ weightDecay, decays }), scaleByLearningRate(learningRate))

// ------------------------------------------------------------------------------------------------- other adaptive rates

/** Divides by the root of an average of squares; momentum is applied to the quotient. Tieleman and Hinton, 2012; as in PyTorch. */
export const rmsprop = ({
  learningRate,
  momentum: mu = 0,
  ...o
}: Learning & RmsOptions & { readonly momentum?: number | undefined }): Optimizer =>
  chain(scaleByRms(o), mu === 0 ? identity : trace({ momentum: mu }), scaleByLearningRate(learningRate))

/** Divides by the root of the sum of all squares. Duchi, Hazan and Singer, JMLR 2011. */
export const adagrad = ({
  learningRate,
  ...o
}: Learning & { readonly epsilon?: number | undefined; readonly initial?: number | undefined }): Optimizer =>
  chain(scaleByAdagrad(o), scaleByLearningRate(learningRate))

/** Steps as long as the past ones; the learning rate is 1 unless named. Zeiler, 2012. */
export const adadelta = ({
  learningRate = 1,
  ...o
}: Partial<Learning> & { readonly rho?: number | undefined; readonly epsilon?: number | undefined } = {}): Optimizer =>
  chain(scaleByAdadelta(o), scaleByLearningRate(learningRate))

// ---------------------------------------------------------------------------------------------------------- large batches

/** Adam with decay (ε is 1e-6 unless named), each tensor's update in proportion to its size. Y. You et al., ICLR 2020. */
export const lamb = ({
  learningRate,
  weightDecay,
  decays,
  epsilon = 1e-6,
  ...o
}: Learning & Betas & Decaying): Optimizer =>
  chain(
    scaleByAdam({ ...o, epsilon }),
    decayed({ weightDecay, decays }),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  )

/** Momentum descent, each tensor's update in proportion to its size. You, Gitman and Ginsburg, 2017. */
export const lars = ({
  learningRate,
  momentum: mu = 0.9,
  nesterov: ahead = false,
  coefficient = 0.001,
  epsilon = 0,
  ...decay
}: SgdOptions & { readonly coefficient?: number | undefined; readonly epsilon?: number | undefined }): Optimizer =>
  chain(
    decayed(decay),
    scaleByTrustRatio({ coefficient, epsilon, chosen: decay.decays }),
    scaleByLearningRate(learningRate),
    trace({ momentum: mu, nesterov: ahead }),
  )
