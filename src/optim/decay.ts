/** Steps that look at the parameters: weight decay and trust ratios. */
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { leafNorm } from './clip.js'
import { needed, type Optimizer, stateless } from './optimizer.js'
import { times } from './scale.js'
import { each, zip } from './zip.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Chooses leaves of the parameters, by what they are and where: `(leaf) => leaf.shape.length > 1` are the matrices. */
export type Chosen = (leaf: Tensor, path: string) => boolean

/** The parameters that are chosen; null for the others. */
export const chosenOf = (params: unknown, chosen: Chosen): unknown =>
  each((x, path) => (chosen(x, path) ? x : null), params)

const beside = (operation: string, updates: unknown, params: unknown, f: (u: Tensor, p: Tensor) => Tensor): unknown =>
  zip(operation, f as never, { name: 'the updates', tree: updates }, { name: 'the parameters', tree: params })

// --------------------------------------------------------------------------------------------------------- constructors

/**
 * Updates plus `rate` times the parameters (those that are chosen; all unless said). Before the learning rate, this is
 * decoupled weight decay; before an adaptive step, an L2 penalty.
 *
 * @throws ValueError when the update is not given the parameters
 */
export const addDecayedWeights = (
  rate: number | Tensor<[]>,
  { chosen }: { readonly chosen?: Chosen | undefined } = {},
): Optimizer =>
  stateless('addDecayedWeights', (u, params) => {
    const all = needed('addDecayedWeights', params)
    const decayed = chosen === undefined ? all : chosenOf(all, chosen)
    return beside('addDecayedWeights', u, decayed, (x, p) => b.add(x, times(p, rate)))
  })

/** By how much to trust, and what is added to the norm of the update. */
export interface TrustOptions {
  readonly coefficient?: number | undefined
  readonly epsilon?: number | undefined
  readonly chosen?: Chosen | undefined
}

/**
 * Each tensor's update times coefficient · ‖p‖ / (‖u‖ + ε), and as it is where either norm is 0: layers move in proportion to
 * their size. Y. You, I. Gitman and B. Ginsburg, 2017.
 *
 * @throws ValueError when the update is not given the parameters
 */
export const scaleByTrustRatio = ({ coefficient = 1, epsilon = 0, chosen }: TrustOptions = {}): Optimizer =>
  stateless('scaleByTrustRatio', (u, params) => {
    const all = needed('scaleByTrustRatio', params)
    return beside('scaleByTrustRatio', u, chosen === undefined ? all : chosenOf(all, chosen), (x, p) => {
      const [ofParameter, ofUpdate] = [leafNorm(p), leafNorm(x)]
      const both = b.and(b.less(0, ofParameter), b.less(0, ofUpdate))
      const ratio = b.div(b.mul(ofParameter, coefficient), b.select(both, b.add(ofUpdate, epsilon), 1))
      return times(x, b.select(both, ratio, 1))
    })
  })

/**
 * Each tensor's update less its mean over all axes but the last: columns of weights [in, out] sum to 0. Vectors stand.
 * H. Yong et al., "Gradient centralization", ECCV 2020.
 */
export const centralize: Optimizer = stateless('centralize', (u) =>
  each((x) => {
    const rank = x.shape.length
    if (rank < 2) return x
    const axes = [...x.shape.keys()].slice(0, -1)
    const n = axes.reduce((p, i) => p * (x.shape[i] as number), 1)
    return b.sub(x, b.broadcast(b.div(b.sum(x, axes), n), x.shape, [rank - 1]))
  }, u),
)
