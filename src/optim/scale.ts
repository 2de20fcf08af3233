/** Steps that multiply updates: by a number, a scalar tensor, or a schedule. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import { isTensor, type Scalar, type Tensor } from '../core/value.js'
import { lift, stretch } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { fromStep, type Optimizer, stateless } from './optimizer.js'
import { type Schedule, valueAt } from './schedule.js'
import { each } from './zip.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A learning rate: a number, a scalar tensor (traced, perhaps), or a schedule. */
export type Rate = number | Tensor<[]> | ((step: Scalar) => Scalar)

/** How many updates were made so far: an i32 scalar, 0 at first. */
export const zeroCount = (): Tensor => b.full([], 'i32', 0)

/** A count as an f64 scalar, to compute with. */
export const asFloat = (count: Tensor): Tensor => b.convert(count, 'f64')

/** An f64 scalar in the shape and element type of a leaf. */
export const spread = (scalar: Tensor | number, leaf: Tensor): Tensor =>
  stretch('update', b.convert(lift('update', scalar), leaf.dtype as 'f64'), leaf.shape)

/** A leaf times a scalar. */
export const times = (leaf: Tensor, scalar: Tensor | number): Tensor =>
  typeof scalar === 'number' ? b.mul(leaf, scalar) : b.mul(leaf, spread(scalar, leaf))

const checkScalar = (operation: string, x: unknown): Tensor => {
  const v = lift(operation, x)
  if (v.shape.length !== 0)
    throw new ShapeError({ operation, problem: `takes a scalar, found shape ${showShape(v.shape)}` })
  return v
}

// --------------------------------------------------------------------------------------------------------- constructors

/** Updates times a number or a scalar tensor. */
export const scale = (factor: number | Tensor<[]>): Optimizer => {
  if (isTensor(factor)) checkScalar('scale', factor)
  return stateless('scale', (u) => each((x) => times(x, factor), u))
}

/** Updates times what a schedule gives at the number of updates made so far. State: `{ count }`. */
export const scaleBySchedule = (schedule: (step: Scalar) => Scalar): Optimizer =>
  fromStep<{ readonly count: Tensor }>({
    name: 'scaleBySchedule',
    init: () => ({ count: zeroCount() }),
    update: (u, { count }) => {
      const factor = checkScalar('scaleBySchedule', valueAt(schedule as Schedule, asFloat(count)))
      return [each((x) => times(x, factor), u) as typeof u, { count: b.add(count, 1) }]
    },
  })

/** Updates times minus the learning rate: downhill. @throws ValueError for a rate below 0 */
export const scaleByLearningRate = (rate: Rate): Optimizer => {
  if (typeof rate === 'function')
    return scaleBySchedule((t) => b.neg(lift('scaleByLearningRate', rate(t))) as Tensor<[], 'f64'>)
  if (typeof rate !== 'number') return scale(b.neg(checkScalar('scaleByLearningRate', rate)) as Tensor<[]>)
  if (!(rate >= 0))
    throw new ValueError({
      operation: 'scaleByLearningRate',
      problem: `the learning rate has to be at least 0, found ${rate}`,
      hint: 'to go uphill chain with scale(-1)',
    })
  return scale(-rate)
}
