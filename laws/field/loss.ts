/** Laws of the losses of classifiers: their derivatives in the logits, and what they are bounds of. */
import * as fc from 'fast-check'
import type { Tensor } from '../../src/core/value.js'
import { binaryCrossEntropyWithLogits, crossEntropy, softCrossEntropy, zeroOneLoss } from '../../src/loss/index.js'
import { sigmoid, softmax } from '../../src/ops/index.js'
import { builder as b } from '../../src/tape/node.js'
import { vjpOf } from '../derivative.js'
import { all, close, fact, labelled, law, show, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'
import { agree } from '../rounding.js'
import { arrayOf, numbers } from '../sample.js'
import { tolerance } from '../tolerance.js'

// ---------------------------------------------------------------------------------------------------------------- model

interface Classified {
  readonly z: Tensor
  readonly labels: Tensor
  /** The labels as distributions. */
  readonly hot: Tensor
}

type Loss = (z: Tensor, y: Tensor) => Tensor

const each = { reduction: 'none' } as const
const nll: Loss = (z, y) => crossEntropy(z as never, y as never, each) as unknown as Tensor
const soft: Loss = (z, y) => softCrossEntropy(z as never, y as never, each) as unknown as Tensor
const wrong: Loss = (z, y) => zeroOneLoss(z as never, y as never, each) as unknown as Tensor
const binary: Loss = (z, y) => binaryCrossEntropyWithLogits(z as never, y as never, each) as unknown as Tensor

// ----------------------------------------------------------------------------------------------------------- arbitraries

const classified: fc.Arbitrary<Classified> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 5 }))
  .chain(([n, c]) =>
    fc.record({
      z: fc.array(fc.double({ min: -40, max: 40, noNaN: true }), { minLength: n * c, maxLength: n * c }),
      labels: fc.array(fc.nat(c - 1), { minLength: n, maxLength: n }),
      c: fc.constant(c),
    }),
  )
  .map(({ z, labels, c }) => ({
    z: arrayOf([labels.length, c], 'f64', z),
    labels: arrayOf([labels.length], 'i32', labels),
    hot: arrayOf(
      [labels.length, c],
      'f64',
      labels.flatMap((l) => Array.from({ length: c }, (_, k) => (k === l ? 1 : 0))),
    ),
    toString: () => `logits ${show(z)} of ${c} classes; labels ${show(labels)}`,
  }))

const scalars = fc
  .array(fc.tuple(fc.double({ min: -800, max: 800, noNaN: true }), fc.nat(8)), { minLength: 1, maxLength: 5 })
  .map((list) => ({
    z: arrayOf(
      [list.length],
      'f64',
      list.map(([z]) => z),
    ),
    y: arrayOf(
      [list.length],
      'f64',
      list.map(([, k]) => k / 8),
    ),
  }))

// --------------------------------------------------------------------------------------------------------------- checks

const gradientOf = (f: Loss, z: Tensor, y: Tensor): Tensor =>
  vjpOf(([x]) => [f(x as Tensor, y)], [z], [b.like(f(z, y), 1)])[0] as Tensor

const derivative = ({ z, labels, hot }: Classified): Verdict =>
  all([
    labelled(
      () => 'indices',
      agree(
        ([x]) => [gradientOf(nll, x as Tensor, labels)],
        ([x]) => [b.sub(softmax(x as Tensor), hot)],
        [z],
      ),
    ),
    labelled(
      () => 'distributions',
      agree(
        ([x]) => [gradientOf(soft, x as Tensor, hot)],
        ([x]) => [b.sub(softmax(x as Tensor), hot)],
        [z],
      ),
    ),
  ])

/** A wrong class is at least as likely as the right one, which then has probability ½ at most. */
const bound = ({ z, labels }: Classified): Verdict => {
  const losses = numbers(nll(z, labels))
  const errors = numbers(wrong(z, labels))
  const slack = 1 - tolerance('f64', 'program')
  return fact(
    losses.every((l, i) => l >= Math.LN2 * (errors[i] as number) * slack),
    () => `losses ${show(losses)}, errors ${show(errors)}`,
  )
}

// ----------------------------------------------------------------------------------------------------------------- laws

/** The laws of cross-entropies. */
export const lossLaws = (): Suite =>
  suite(
    'losses',
    given(
      classified,
      law('derivative', '∂NLL/∂z = softmax z − onehot y', derivative),
      law('bound', 'NLL ≥ log 2 · (0–1 loss)', bound),
      law('one label, two ways', 'crossEntropy(z, y) = softCrossEntropy(z, onehot y)', ({ z, labels, hot }) =>
        agree(
          ([x]) => [nll(x as Tensor, labels)],
          ([x]) => [soft(x as Tensor, hot)],
          [z],
        ),
      ),
    ),
    given(
      scalars,
      law('binary derivative', 'dℓ(y, σ(z))/dz = σ(z) − y', ({ z, y }) =>
        agree(
          ([x]) => [gradientOf(binary, x as Tensor, y)],
          ([x]) => [b.sub(sigmoid(x as Tensor), y)],
          [z],
        ),
      ),
      law('binary is of two classes', 'ℓ(y, σ(z)) = softCrossEntropy([0, z], [1 − y, y])', ({ z, y }) => {
        const pair = (first: Tensor, second: Tensor): Tensor =>
          b.concatenate([b.reshape(first, [...first.shape, 1]), b.reshape(second, [...second.shape, 1])], 1)
        return close(binary(z, y), soft(pair(b.like(z, 0), z), pair(b.sub(1, y), y)), {
          tolerance: tolerance('f64', 'program'),
          scale: b.add(1, b.abs(z)),
        })
      }),
    ),
  )
