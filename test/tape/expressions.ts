/** Random expressions, with sharing, constants and operations of several results, for the tests of the tape. */
import fc from 'fast-check'
import type { Shape, Tensor } from '../../src/core/value.js'
import { builder, type Node, variable } from '../../src/tape/node.js'
import { type Scope, scope } from '../../src/tape/scope.js'
import { scalarOf } from '../../src/tensor/concrete.js'

/** One step: what it does, and which earlier values it reads. */
export interface Step {
  readonly kind: 'add' | 'mul' | 'sin' | 'constant' | 'halves' | 'shared'
  readonly left: number
  readonly right: number
}

/** Steps over two inputs, and which values are results. */
export interface Script {
  readonly steps: readonly Step[]
  readonly outputs: readonly number[]
}

const index = fc.nat({ max: 1000 })

export const scripts: fc.Arbitrary<Script> = fc.record({
  steps: fc.array(
    fc.record({
      kind: fc.constantFrom('add', 'mul', 'sin', 'constant', 'halves', 'shared'),
      left: index,
      right: index,
    }),
    { maxLength: 24 },
  ),
  outputs: fc.array(index, { minLength: 1, maxLength: 3 }),
})

const RESULT = { shape: [] as Shape, dtype: 'f64' as const, weak: false }

/** x ↦ (x/2, −x), an operation with two results and rules of its own. */
const halves = (x: Tensor): readonly Tensor[] => {
  const run = ([a]: readonly Tensor[]): readonly Tensor[] => [builder.mul(a as Tensor, 0.5), builder.neg(a as Tensor)]
  return builder.custom(
    {
      name: 'halves',
      results: [RESULT, RESULT],
      run,
      dual: (t, xs) => [run(xs), t[0] == null ? [null, null] : run([t[0]])],
      transpose: ([p, q]) => [builder.plus(p == null ? null : builder.mul(p, 0.5), q == null ? null : builder.neg(q))],
      batch: () => {
        throw new Error('not batched here')
      },
    },
    [x],
  )
}

export interface Expressions {
  readonly scope: Scope
  readonly inputs: readonly Node[]
  readonly outputs: readonly Tensor[]
}

/** A script played on fresh variables. */
export const play = ({ steps, outputs }: Script): Expressions => {
  const s = scope('test')
  const inputs = [variable(RESULT, [s]), variable(RESULT, [s])]
  const values: Tensor[] = [...inputs]
  const at = (i: number): Tensor => values[i % values.length] as Tensor
  const constant = scalarOf('f64', 3)
  for (const { kind, left, right } of steps) {
    const [x, y] = [at(left), at(right)]
    if (kind === 'add') values.push(builder.add(x, y))
    else if (kind === 'mul') values.push(builder.mul(x, y))
    else if (kind === 'sin') values.push(builder.sin(x))
    else if (kind === 'constant') values.push(scalarOf('f64', (left % 7) / 4))
    else if (kind === 'halves') values.push(...halves(x))
    else values.push(builder.add(x, constant), constant)
  }
  return { scope: s, inputs, outputs: outputs.map(at) }
}
