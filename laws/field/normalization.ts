/** Laws of batch normalisation: what a scale and a shift of its input do, and what its gradients are orthogonal to. */
import * as fc from 'fast-check'
import type { Tensor } from '../../src/core/value.js'
import { batchNorm, layerNorm } from '../../src/ops/index.js'
import { builder as b } from '../../src/tape/node.js'
import { vjpOf } from '../derivative.js'
import { all, labelled, law, show, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'
import { agree, type ListFunction } from '../rounding.js'
import { drawnFrom, vector } from '../sample.js'

// ---------------------------------------------------------------------------------------------------------------- model

interface Batch {
  readonly x: Tensor
  readonly w: Tensor
  /** A positive factor, and a shift. */
  readonly a: number
  readonly shift: number
  readonly epsilon: number
}

const bn = (x: Tensor, epsilon: number): Tensor => batchNorm(x, 1, 0, { epsilon })

const N = 5
const C = 3

const batches: fc.Arbitrary<Batch> = fc
  .record({
    x: drawnFrom({ shape: [N, C], dtype: 'f64', domain: { low: -3, high: 3, distinct: true } }),
    w: vector({ shape: [N, C], dtype: 'f64' }) as fc.Arbitrary<Tensor>,
    a: fc.integer({ min: 1, max: 64 }).map((k) => k / 8),
    shift: fc.integer({ min: -64, max: 64 }).map((k) => k / 8),
    epsilon: fc.constantFrom(1e-5, 1e-3, 0.125, 1),
  })
  .map((s) => ({ ...s, toString: () => `x = ${show(s.x)}; w = ${show(s.w)}; a = ${s.a}; c = ${s.shift}` }))

// --------------------------------------------------------------------------------------------------------------- checks

const one =
  (f: (x: Tensor) => Tensor): ListFunction =>
  ([x]) => [f(x as Tensor)]

/** ∇ₓ⟨w, bn x⟩. */
const gradient = (x: Tensor, w: Tensor): Tensor =>
  vjpOf(
    one((y) => bn(y, 0)),
    [x],
    [w],
  )[0] as Tensor

const zeros = (x: Tensor): Tensor => b.full([x.shape[1] as number], 'f64', 0)

const statistics = ({ x }: Batch): Verdict => {
  const mean = (y: Tensor): Tensor => b.div(b.sum(y, [0]), N)
  return all([
    labelled(
      () => 'mean',
      agree(
        one((y) => mean(bn(y, 0))),
        one(zeros),
        [x],
      ),
    ),
    labelled(
      () => 'variance',
      agree(
        one((y) => mean(b.mul(bn(y, 0), bn(y, 0)))),
        one((y) => b.full([y.shape[1] as number], 'f64', 1)),
        [x],
      ),
    ),
  ])
}

// ----------------------------------------------------------------------------------------------------------------- laws

/** The laws of batch normalisation without gain and shift; ε = 0 but in the last. */
export const normalizationLaws = (): Suite =>
  suite(
    'normalisation',
    given(
      batches,
      law('statistics', 'mean bn x = 0, variance bn x = 1', statistics),
      law('invariance', 'bn(a·x + c) = bn x, a > 0', ({ x, a, shift }) =>
        agree(
          one((y) => bn(b.add(b.mul(y, a), shift), 0)),
          one((y) => bn(y, 0)),
          [x],
        ),
      ),
      law('gradients sum to 0', 'Σ ∇ₓ = 0 over the batch', ({ x, w }) =>
        agree(
          one((y) => b.sum(gradient(y, w), [0])),
          one(zeros),
          [x],
        ),
      ),
      law('gradients are orthogonal to the result', '⟨∇ₓ, x̂⟩ = 0 over the batch', ({ x, w }) =>
        agree(
          one((y) => b.sum(b.mul(gradient(y, w), bn(y, 0)), [0])),
          one(zeros),
          [x],
        ),
      ),
      law('ε', 'bn_ε(a·x) = bn_{ε/a²}(x)', ({ x, a, epsilon }) =>
        agree(
          one((y) => bn(b.mul(y, a), epsilon)),
          one((y) => bn(y, epsilon / (a * a))),
          [x],
        ),
      ),
      law('layers', 'layerNorm x = (batchNorm xᵀ)ᵀ', ({ x, epsilon }) =>
        agree(
          one((y) => layerNorm(y, 1, 0, { epsilon })),
          one((y) => b.permute(bn(b.permute(y, [1, 0]), epsilon), [1, 0])),
          [x],
        ),
      ),
    ),
  )
