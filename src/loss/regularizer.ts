/** Penalties on parameters: Ω in J = mean loss + λ·Ω(Θ). Multiply by the strength λ: `mul(1e-4, l2(params))`. */
import { type DType, type Float, isFloat, type Tensor } from '../core/value.js'
import { meet } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { flattenValues } from '../tape/trace.js'
import { scalarOf } from '../tensor/concrete.js'
import { range } from '../tensor/shape.js'
import type { Adapted, DTypeOf, IsOperand } from '../tensor/static.js'

type FloatOf<P> =
  IsOperand<P> extends true
    ? Extract<DTypeOf<P>, Float>
    : P extends readonly (infer E)[]
      ? FloatOf<E>
      : P extends (...args: never[]) => unknown
        ? never
        : P extends object
          ? FloatOf<P[keyof P]>
          : never

/** A scalar made of all the floats of a tree, in their element type. */
export type Penalty = <P>(params: P) => Tensor<[], Adapted<Extract<FloatOf<P>, DType>>>

const penalty =
  (name: string, f: (x: Tensor) => Tensor): unknown =>
  (params: unknown) =>
    flattenValues(params)
      .leaves.filter((x) => isFloat(x.dtype))
      .map((x) => b.sum(f(x), range(x.shape.length)))
      .reduce((sum: Tensor | null, x) => (sum === null ? x : b.add(...meet(name, sum, x))), null) ?? scalarOf('f64', 0)

/**
 * Σ w² over all parameters; derivative 2w (weight decay). Whole numbers in the tree do not count; to leave out more, pass
 * a part of the tree.
 *
 * @example
 * ```ts
 * import { item, tensor } from 'lanac'
 * import { l1, l2 } from 'lanac/loss'
 * const params = [{ w: tensor([3, -4]), b: tensor([1]) }]
 * assert.equal(item(l2(params)), 26)
 * assert.equal(item(l1(params)), 8)
 * ```
 */
export const l2 = penalty('l2', (x) => b.mul(x, x)) as Penalty

/** Σ |w| over all parameters; derivative sign w, 0 at 0. */
export const l1 = penalty('l1', b.abs) as Penalty
