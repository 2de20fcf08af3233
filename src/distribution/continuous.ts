/** Distributions of numbers. */
import { ValueError } from '../core/error.js'
import { type DType, type Float, isFloat, type Shape, type Tensor } from '../core/value.js'
import { floating, lift, meet, stretch } from '../ops/operand.js'
import * as random from '../random/index.js'
import { builder as b } from '../tape/node.js'
import { broadcastShapes } from '../tensor/shape.js'
import type { Adapted, DTypeOf, Fits, Ok, Operand, Pair, PairDType, ShapeOf } from '../tensor/static.js'
import { type Distribution, distribution } from './distribution.js'

type FloatOf<D> = D extends Float ? D : 'f64'

const HALF_LOG_TAU = 0.5 * Math.log(2 * Math.PI)

const positive = (std: unknown): void => {
  if (typeof std === 'number' && !(std > 0))
    throw new ValueError({ operation: 'normal', problem: `a standard deviation is positive, found ${std}` })
}

/** Both in one shape and element type. */
const alike = (operation: string, x: Tensor, y: Tensor): readonly [Tensor, Tensor] => {
  const [p, q] = meet(operation, x, y)
  const shape = broadcastShapes(operation, p.shape, q.shape)
  return [stretch(operation, p, shape), stretch(operation, q, shape)]
}

/**
 * The normal distribution of this mean and standard deviation, element by element; both broadcast, and draws are
 * differentiable in them. Its density is exp(−½((x − μ)/σ)²)/(σ√2π).
 *
 * @throws ValueError for a number that is no standard deviation; ShapeError, DTypeError when mean and deviation do not fit
 * @example
 * ```ts
 * import { item, tensor } from 'lanac'
 * import { negativeLogLikelihood, normal } from 'lanac/distribution'
 * // half the squared error, and the constant ½·log 2π
 * const loss = negativeLogLikelihood(normal(tensor([1, 2]), 1), tensor([1, 4]))
 * assert.ok(Math.abs(item(loss) - (1 + 0.5 * Math.log(2 * Math.PI))) < 1e-15)
 * ```
 */
export const normal = <M extends Operand, S extends Operand>(
  mean: M,
  std: Fits<Pair<'normal', M, S>, S>,
): Distribution<Ok<Pair<'normal', M, S>>, FloatOf<PairDType<M, S>>, FloatOf<PairDType<M, S>>> => {
  positive(std)
  const [m, s] = alike('normal', floating('normal', mean), floating('normal', std))
  return distribution({
    kind: 'normal',
    shape: m.shape,
    dtype: m.dtype,
    logProb: (x) => {
      const [v, mu] = alike('normal.logProb', x, m)
      const sigma = stretch('normal.logProb', s, v.shape)
      const z = b.div(b.sub(v, mu), sigma)
      return b.sub(b.sub(b.mul(-0.5, b.mul(z, z)), b.log(sigma)), HALF_LOG_TAU)
    },
    sample: (key, shape) => random.normal(key, shape, { mean: m, std: s, dtype: m.dtype as Float }) as Tensor,
  })
}

/**
 * The distribution that has all its mass at one value, of any element type: log-probability 0 there, −∞ elsewhere. The
 * probability of a miss, 1 − exp(logProb), is the 0–1 loss. Derivative 0, where it has one.
 */
export const dirac = <X extends Operand>(
  value: X,
): Distribution<ShapeOf<X>, Adapted<DTypeOf<X>>, FloatOf<Adapted<DTypeOf<X>>>> => {
  const at = lift('dirac', value)
  const dtype: DType = at.dtype
  return distribution({
    kind: 'dirac',
    shape: at.shape,
    dtype,
    logProb: (x) => {
      const [v, w] = alike('dirac.logProb', x, at)
      const zero = b.full([...v.shape] as Shape, isFloat(dtype) ? dtype : 'f64', 0)
      return b.select(b.equal(v, w), zero, Number.NEGATIVE_INFINITY)
    },
    sample: (_key, shape) => stretch('dirac.sample', at, shape),
  })
}
