/** Laws of learners: a step of the composite lens is a step by grad. */
import * as fc from 'fast-check'
import type { Tensor } from '../src/core/value.js'
import {
  type AnyLayer,
  type AnyOptimizer,
  type LearnerParts,
  learner as made,
  type Optimizer,
} from '../src/lens/index.js'
import { type Key, key } from '../src/random/index.js'
import { builder } from '../src/tape/node.js'
import { flattenValues } from '../src/tape/trace.js'
import { grad } from '../src/transform/reverse.js'
import { unflatten, zipLeaves } from '../src/tree/tree.js'
import { law, show, type Verdict } from './law.js'
import { given, type Suite, suite } from './property.js'
import { agree, type ListFunction } from './rounding.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The parts of a learner, and examples to learn from. */
export interface LearnerOptions<T> {
  readonly model: AnyLayer
  readonly loss: (prediction: Tensor, target: Tensor) => Tensor
  readonly optimizer: AnyOptimizer<T>
  readonly examples: fc.Arbitrary<readonly [x: Tensor, y: Tensor]>
  /** A name for messages. */
  readonly name?: string
}

interface Lesson {
  readonly seed: number
  readonly examples: readonly [Tensor, Tensor]
}

interface Loose {
  readonly init: (key: Key, options: { readonly dtype: 'f64' }) => unknown
  readonly apply: (params: unknown) => (x: Tensor) => Tensor
}

/** How many steps are taken, so that what the optimiser remembers counts. */
const STEPS = 3

// ----------------------------------------------------------------------------------------------------------------- laws

/** A learner, held to being what it is made of: `put` is the gradient, the optimiser's update, and their sum. */
export const learner = <T>({ model, loss, optimizer, examples, name }: LearnerOptions<T>): Suite => {
  const m = model as unknown as Loose
  const o = optimizer as unknown as Optimizer<unknown, unknown>
  const student = made({ model, loss, optimizer } as unknown as LearnerParts<unknown, unknown, [], [], Tensor>)
  const stepIsGrad = ({ seed, examples: pair }: Lesson): Verdict => {
    const params = m.init(key(seed), { dtype: 'f64' })
    const { structure, leaves } = flattenValues([params, pair])
    const run =
      (steps: (p: unknown, x: Tensor, y: Tensor) => unknown): ListFunction =>
      (list) => {
        const [p, [x, y]] = unflatten({ structure, leaves: list }) as [unknown, readonly [Tensor, Tensor]]
        return flattenValues(steps(p, x, y)).leaves
      }
    return agree(
      run((p, x, y) => {
        let learned = { params: p, optimizerState: o.init(p) }
        for (let i = 0; i < STEPS; i++) learned = student.put(learned, x, y)
        return [learned.params, learned.optimizerState]
      }),
      run((p, x, y) => {
        let state = o.init(p)
        let q = p
        for (let i = 0; i < STEPS; i++) {
          const g = grad(((r: unknown) => loss(m.apply(r)(x), y)) as never)(q as never)
          const [updates, next] = o.update(g, state, q)
          q = zipLeaves((a: Tensor, u: Tensor) => builder.add(a, u))(q, updates)
          state = next
        }
        return [q, state]
      }),
      leaves,
    )
  }
  const lessons = fc
    .record({ seed: fc.nat(), examples })
    .map((l) => ({ ...l, toString: () => `key(${l.seed}); examples ${show(l.examples)}` }))
  return suite(
    name ?? 'the learner',
    given(lessons, law('a step is a step by grad', 'put(learned, x, y) = learned + update(∇ loss)', stepIsGrad)),
  )
}
