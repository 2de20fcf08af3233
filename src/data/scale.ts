/** Features on one scale. */
import type { DType, Float, Shape, Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Mean and standard deviation of each feature, and the two maps that they make. */
export interface Standardizer<D extends DType = DType> {
  readonly mean: Tensor<Shape, D>
  readonly std: Tensor<Shape, D>
  /** (x − mean) / std: rows of the data the standardizer was made from get mean 0 and variance 1. */
  readonly apply: <X extends Tensor<Shape, D>>(x: X) => X
  /** The inverse. */
  readonly invert: <X extends Tensor<Shape, D>>(x: X) => X
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A value without leading axes, repeated along those of another. */
const along = (v: Tensor, like: Tensor): Tensor => {
  const lead = like.shape.length - v.shape.length
  return b.broadcast(
    v,
    like.shape,
    v.shape.map((_, i) => lead + i),
  )
}

const mean0 = (x: Tensor): Tensor => b.div(b.sum(x, [0]), x.shape[0] as number)

/**
 * The standardizer of examples [n, …features]: made from the training set, applied to it and to the test set alike.
 * A feature that never varies is only centred.
 *
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import { standardizer } from 'lanac/data'
 * const s = standardizer(tensor([[1, 7], [3, 7]]))
 * assert.deepStrictEqual(toArray(s.apply(tensor([[5, 8]]))), [[3, 1]])
 * ```
 */
export const standardizer = <D extends Float>(x: Tensor<Shape, D>): Standardizer<D> => {
  const mean = mean0(x)
  const centred = b.sub(x, along(mean, x))
  const deviation = b.sqrt(mean0(b.mul(centred, centred)))
  const std = b.select(b.equal(b.max(x, [0]), b.min(x, [0])), 1, deviation)
  return {
    mean: mean as Tensor<Shape, D>,
    std: std as Tensor<Shape, D>,
    apply: (v) => b.div(b.sub(v, along(mean, v)), along(std, v)) as typeof v,
    invert: (v) => b.add(b.mul(v, along(std, v)), along(mean, v)) as typeof v,
  }
}

/** Grey levels from 0 to 255 as floats from 0 to 1: f32 unless named. */
export const toFloat = <S extends Shape, D extends Float = 'f32'>(x: Tensor<S>, dtype?: D): Tensor<S, D> =>
  b.div(b.convert(x, dtype ?? 'f32'), 255) as Tensor as Tensor<S, D>
