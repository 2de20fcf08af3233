/** Learners of several models, losses and optimisers, held to being one step by grad each. */
import * as fc from 'fast-check'
import { relu, type Tensor, tanh, tensor } from 'lanac'
import * as Laws from 'lanac/laws'
import { crossEntropy, meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { describe, it } from 'vitest'

const eighth = fc.integer({ min: -16, max: 16 }).map((k) => k / 8)
const matrix = (n: number, m: number): fc.Arbitrary<Tensor> =>
  fc
    .array(fc.array(eighth, { minLength: m, maxLength: m }), { minLength: n, maxLength: n })
    .map((rows) => tensor(rows) as Tensor)
const labels = (n: number, classes: number): fc.Arbitrary<Tensor> =>
  fc.array(fc.nat(classes - 1), { minLength: n, maxLength: n }).map((l) => tensor(l, { dtype: 'i32' }) as Tensor)

const suites = [
  Laws.learner({
    name: 'regression by plain descent',
    model: chain(dense(2, 3), tanh, dense(3, 1)),
    loss: (z, y) => meanSquaredError(z as Tensor<[4, 1], 'f64'>, y as Tensor<[4, 1], 'f64'>),
    optimizer: Optim.sgd({ learningRate: 0.125 }),
    examples: fc.tuple(matrix(4, 2), matrix(4, 1)),
  }),
  Laws.learner({
    name: 'regression with momentum, clipped',
    model: dense(2, 1),
    loss: (z, y) => meanSquaredError(z as Tensor<[4, 1], 'f64'>, y as Tensor<[4, 1], 'f64'>),
    optimizer: Optim.chain(Optim.clipByValue(0.5), Optim.momentum({ learningRate: 0.25 })),
    examples: fc.tuple(matrix(4, 2), matrix(4, 1)),
  }),
  Laws.learner({
    name: 'classification of named layers',
    model: chain({ hidden: dense(2, 4), act: relu, out: dense(4, 3) }),
    loss: (z, y) => crossEntropy(z as Tensor<[5, 3], 'f64'>, y as Tensor<[5], 'i32'>),
    optimizer: Optim.nesterov({ learningRate: 0.5 }),
    examples: fc.tuple(matrix(5, 2), labels(5, 3)),
  }),
]

describe('a step of the composite lens is a step by grad', () => {
  it.each(suites.map((s) => [s.name, s] as const))('%s', (_, suite) => {
    fc.assert(suite, { numRuns: 30 })
  })
})
