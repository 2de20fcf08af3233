/** Steps that divide updates by their own size, coordinate by coordinate. */
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { average, averageSquare, combined, debias, filledLike, fraction, remember, zerosLike } from './momentum.js'
import { fromStep, type Optimizer } from './optimizer.js'
import { asFloat, spread, zeroCount } from './scale.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How fast the averages of gradients (`beta1`) and of their squares (`beta2`) fade, and what keeps from dividing by 0. */
export interface Betas {
  readonly beta1?: number | undefined
  readonly beta2?: number | undefined
  readonly epsilon?: number | undefined
}

interface Moments {
  readonly count: Tensor
  readonly mean: unknown
  readonly square: unknown
}

const moments = (params: unknown): Moments => ({
  count: zeroCount(),
  mean: zerosLike(params),
  square: zerosLike(params),
})

type Four = (g: Tensor, m: Tensor, v: Tensor, w: Tensor) => Tensor
const leafwise = (u: unknown, memories: readonly unknown[], f: Four): unknown => combined(u, memories, f as never)

/** m/c for a scalar c: one division, and a product for each element. */
const over = (m: Tensor, c: Tensor): Tensor => b.mul(m, spread(b.div(1, c), m))

/** √(v/c) + ε. */
const root = (v: Tensor, c: Tensor, epsilon: number): Tensor =>
  b.add(b.mul(b.sqrt(v), spread(b.div(1, b.sqrt(c)), v)), epsilon)

// ----------------------------------------------------------------------------------------------------------------- adam

/**
 * m̂ / (√v̂ + ε), of averages of gradients and of their squares, with their bias taken out. State: `{ count, mean, square }`.
 * D. P. Kingma and J. Ba, "Adam", ICLR 2015.
 */
export const scaleByAdam = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Betas = {}): Optimizer => {
  fraction('scaleByAdam', 'beta1', beta1)
  fraction('scaleByAdam', 'beta2', beta2)
  return fromStep<Moments>({
    name: 'scaleByAdam',
    init: moments,
    update: (u, s) => {
      const count = b.add(s.count, 1)
      const mean = average(s.mean, u, beta1)
      const square = averageSquare(s.square, u, beta2)
      const [c1, c2] = [debias(beta1, count), debias(beta2, count)]
      const out = leafwise(u, [mean, square], (_, m, v) => b.div(over(m, c1), root(v, c2, epsilon)))
      return [out as typeof u, { count, mean, square }]
    },
  })
}

/**
 * Adam with the largest average of squares so far. State: `{ count, mean, square, largest }`.
 * S. J. Reddi, S. Kale and S. Kumar, ICLR 2018, with the biases taken out as PyTorch does (the largest is of biased averages).
 */
export const scaleByAmsgrad = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Betas = {}): Optimizer => {
  fraction('scaleByAmsgrad', 'beta1', beta1)
  fraction('scaleByAmsgrad', 'beta2', beta2)
  return fromStep<Moments & { readonly largest: unknown }>({
    name: 'scaleByAmsgrad',
    init: (params) => ({ ...moments(params), largest: zerosLike(params) }),
    update: (u, s) => {
      const count = b.add(s.count, 1)
      const mean = average(s.mean, u, beta1)
      const square = averageSquare(s.square, u, beta2)
      const largest = remember(s.largest, square, b.maximum)
      const [c1, c2] = [debias(beta1, count), debias(beta2, count)]
      const out = leafwise(u, [mean, largest], (_, m, v) => b.div(over(m, c1), root(v, c2, epsilon)))
      return [out as typeof u, { count, mean, square, largest }]
    },
  })
}

/**
 * Adam with Nesterov's look ahead: μₜ = β₁(1 − ½·0.96^(ψt)), μₜ₊₁ m/(1 − Πμ·μₜ₊₁) + (1 − μₜ) g/(1 − Πμ), over √v̂ + ε.
 * State: `{ count, mean, square, product }`. T. Dozat, "Incorporating Nesterov momentum into Adam", 2016; ψ as in PyTorch.
 */
export const scaleByNadam = ({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  momentumDecay = 0.004,
}: Betas & { readonly momentumDecay?: number | undefined } = {}): Optimizer => {
  fraction('scaleByNadam', 'beta1', beta1)
  fraction('scaleByNadam', 'beta2', beta2)
  const momentumAt = (t: Tensor): Tensor => b.mul(beta1, b.sub(1, b.mul(0.5, b.pow(0.96, b.mul(momentumDecay, t)))))
  return fromStep<Moments & { readonly product: Tensor }>({
    name: 'scaleByNadam',
    init: (params) => ({ ...moments(params), product: b.full([], 'f64', 1) }),
    update: (u, s) => {
      const count = b.add(s.count, 1)
      const t = asFloat(count)
      const mean = average(s.mean, u, beta1)
      const square = averageSquare(s.square, u, beta2)
      const now = momentumAt(t)
      const next = momentumAt(b.add(t, 1))
      const product = b.mul(s.product, now)
      const ofGradient = b.div(b.sub(1, now), b.sub(1, product))
      const ofMean = b.div(next, b.sub(1, b.mul(product, next)))
      const c2 = debias(beta2, count)
      const out = leafwise(u, [mean, square], (g, m, v) =>
        b.div(b.add(b.mul(g, spread(ofGradient, g)), b.mul(m, spread(ofMean, m))), root(v, c2, epsilon)),
      )
      return [out as typeof u, { count, mean, square, product }]
    },
  })
}

/**
 * Adam that begins without dividing, and divides by so much as the average of squares can be trusted: m̂ · r √(1 − β₂ᵗ) /
 * (√v + ε) once the length ρ of the average is above 5, before that m̂. State: `{ count, mean, square }`.
 * L. Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020.
 */
export const scaleByRadam = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Betas = {}): Optimizer => {
  fraction('scaleByRadam', 'beta1', beta1)
  fraction('scaleByRadam', 'beta2', beta2)
  const longest = 2 / (1 - beta2) - 1
  return fromStep<Moments>({
    name: 'scaleByRadam',
    init: moments,
    update: (u, s) => {
      const count = b.add(s.count, 1)
      const t = asFloat(count)
      const mean = average(s.mean, u, beta1)
      const square = averageSquare(s.square, u, beta2)
      const [c1, c2] = [debias(beta1, count), debias(beta2, count)]
      const length = b.sub(longest, b.div(b.mul(b.mul(2, t), b.sub(1, c2)), c2))
      const trusted = b.less(5, length)
      const safe = b.select(trusted, length, 6)
      const rectified = b.sqrt(
        b.div(b.mul(b.mul(b.sub(safe, 4), b.sub(safe, 2)), longest), b.mul((longest - 4) * (longest - 2), safe)),
      )
      const factor = b.mul(rectified, b.sqrt(c2))
      const out = leafwise(u, [mean, square], (_, m, v) => {
        const unbiased = over(m, c1)
        const divided = b.div(b.mul(unbiased, spread(factor, m)), b.add(b.sqrt(v), epsilon))
        return b.select(spreadCondition(trusted, m), divided, unbiased)
      })
      return [out as typeof u, { count, mean, square }]
    },
  })
}

const spreadCondition = (condition: Tensor, leaf: Tensor): Tensor => b.broadcast(condition, leaf.shape, [])

/** Adam by the largest fading magnitude: m̂ / u with u ← max(β₂ u, |g| + ε). State: `{ count, mean, largest }`. Kingma and Ba, §7. */
export const scaleByAdamax = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Betas = {}): Optimizer => {
  fraction('scaleByAdamax', 'beta1', beta1)
  fraction('scaleByAdamax', 'beta2', beta2)
  return fromStep<{ readonly count: Tensor; readonly mean: unknown; readonly largest: unknown }>({
    name: 'scaleByAdamax',
    init: (params) => ({ count: zeroCount(), mean: zerosLike(params), largest: zerosLike(params) }),
    update: (u, s) => {
      const count = b.add(s.count, 1)
      const mean = average(s.mean, u, beta1)
      const largest = remember(s.largest, u, (x, g) => b.maximum(b.mul(x, beta2), b.add(b.abs(g), epsilon)))
      const c1 = debias(beta1, count)
      const out = leafwise(u, [mean, largest], (_, m, x) => b.div(over(m, c1), x))
      return [out as typeof u, { count, mean, largest }]
    },
  })
}

/**
 * Adam by how far gradients are from what was expected: s ← β₂ s + (1 − β₂)(g − m)² + ε. State: `{ count, mean, square }`.
 * J. Zhuang et al., "AdaBelief optimizer", NeurIPS 2020.
 */
export const scaleByAdaBelief = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-16 }: Betas = {}): Optimizer => {
  fraction('scaleByAdaBelief', 'beta1', beta1)
  fraction('scaleByAdaBelief', 'beta2', beta2)
  return fromStep<Moments>({
    name: 'scaleByAdaBelief',
    init: moments,
    update: (u, s) => {
      const count = b.add(s.count, 1)
      const mean = average(s.mean, u, beta1)
      const surprise = combined(u, [mean], (g, m) => b.sub(g as Tensor, m as Tensor))
      const square = remember(averageSquare(s.square, surprise, beta2), u, (v) => b.add(v, epsilon))
      const [c1, c2] = [debias(beta1, count), debias(beta2, count)]
      const out = leafwise(u, [mean, square], (_, m, v) => b.div(over(m, c1), root(v, c2, epsilon)))
      return [out as typeof u, { count, mean, square }]
    },
  })
}

/** The signs of β₁ m + (1 − β₁) g, where m ← β₂ m + (1 − β₂) g. State: `{ mean }`. X. Chen et al., "Lion", NeurIPS 2023. */
export const scaleByLion = ({ beta1 = 0.9, beta2 = 0.99 }: Omit<Betas, 'epsilon'> = {}): Optimizer => {
  fraction('scaleByLion', 'beta1', beta1)
  fraction('scaleByLion', 'beta2', beta2)
  return fromStep<{ readonly mean: unknown }>({
    name: 'scaleByLion',
    init: (params) => ({ mean: zerosLike(params) }),
    update: (u, s) => {
      const out = leafwise(u, [s.mean], (g, m) => b.sign(b.add(b.mul(m, beta1), b.mul(g, 1 - beta1))))
      return [out as typeof u, { mean: average(s.mean, u, beta2) }]
    },
  })
}

// ------------------------------------------------------------------------------------------------------ without momentum

/** g / (√v + ε) with v ← ρ v + (1 − ρ) g²; `centered`: g / (√(v − m²) + ε), m the average of g. */
export interface RmsOptions {
  readonly decay?: number | undefined
  readonly epsilon?: number | undefined
  readonly centered?: boolean | undefined
}

/** Divides by the root of an average of squares. State: `{ square, mean }`, mean null unless centred. T. Tieleman and G. Hinton, 2012. */
export const scaleByRms = ({ decay = 0.99, epsilon = 1e-8, centered = false }: RmsOptions = {}): Optimizer => {
  fraction('scaleByRms', 'decay', decay)
  return fromStep<{ readonly square: unknown; readonly mean: unknown }>({
    name: 'scaleByRms',
    init: (params) => ({ square: zerosLike(params), mean: centered ? zerosLike(params) : null }),
    update: (u, s) => {
      const square = averageSquare(s.square, u, decay)
      const mean = centered ? average(s.mean, u, decay) : null
      const out = leafwise(u, centered ? [square, mean] : [square], (g, v, m) => {
        // rounding may take the variance below 0
        const power = centered ? b.maximum(b.sub(v, b.mul(m, m)), 0) : v
        return b.div(g, b.add(b.sqrt(power), epsilon))
      })
      return [out as typeof u, { square, mean }]
    },
  })
}

/** g / (√Σg² + ε), over all gradients so far. State: `{ sum }`. J. Duchi, E. Hazan and Y. Singer, JMLR 2011. */
export const scaleByAdagrad = ({
  epsilon = 1e-10,
  initial = 0,
}: {
  readonly epsilon?: number | undefined
  readonly initial?: number | undefined
} = {}): Optimizer =>
  fromStep<{ readonly sum: unknown }>({
    name: 'scaleByAdagrad',
    init: (params) => ({ sum: filledLike(params, initial) }),
    update: (u, s) => {
      const sum = remember(s.sum, u, (v, g) => b.add(v, b.mul(g, g)))
      const out = leafwise(u, [sum], (g, v) => b.div(g, b.add(b.sqrt(v), epsilon)))
      return [out as typeof u, { sum }]
    },
  })

/**
 * g √(d + ε)/√(v + ε), of averages v of squared gradients and d of squared updates: in the parameters' own unit.
 * State: `{ square, moved }`. M. D. Zeiler, "ADADELTA", 2012.
 */
export const scaleByAdadelta = ({
  rho = 0.9,
  epsilon = 1e-6,
}: {
  readonly rho?: number | undefined
  readonly epsilon?: number | undefined
} = {}): Optimizer => {
  fraction('scaleByAdadelta', 'rho', rho)
  return fromStep<{ readonly square: unknown; readonly moved: unknown }>({
    name: 'scaleByAdadelta',
    init: (params) => ({ square: zerosLike(params), moved: zerosLike(params) }),
    update: (u, s) => {
      const square = averageSquare(s.square, u, rho)
      const out = leafwise(u, [square, s.moved], (g, v, d) =>
        b.mul(b.div(b.sqrt(b.add(d, epsilon)), b.sqrt(b.add(v, epsilon))), g),
      )
      return [out as typeof u, { square, moved: averageSquare(s.moved, out, rho) }]
    },
  })
}
