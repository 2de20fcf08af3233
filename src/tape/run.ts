/** Running a program by hand: on values, concrete or symbolic, that fit its inputs. */
import { DTypeError, ShapeError, showShape, TreeError } from '../core/error.js'
import { type Abstract, isFloat, type Tensor } from '../core/value.js'
import { sameShape } from '../tensor/shape.js'
import * as fold from './fold.js'
import { builder, type Value } from './node.js'
import type { Program } from './program.js'
import { flattenArguments } from './trace.js'

/** A value for an input: same shape, same element type; JS numbers adapt. @throws ShapeError, DTypeError */
const fit = (x: Tensor, like: Abstract, i: number): Tensor => {
  const { shape, dtype, weak } = x as Value
  if (!sameShape(shape, like.shape))
    throw new ShapeError({
      operation: 'run',
      problem: `input ${i} has shape ${showShape(shape)}, the program takes ${showShape(like.shape)}`,
      hint: 'trace the function again for arguments of this shape',
    })
  if (dtype === like.dtype) return x
  if (weak && isFloat(like.dtype)) return builder.convert(x, like.dtype)
  throw new DTypeError({
    operation: 'run',
    problem: `input ${i} is ${dtype}, the program takes ${like.dtype}`,
    hint: `convert it: convert(x, '${like.dtype}')`,
  })
}

const runOn = (p: Program, args: readonly unknown[]): readonly Tensor[] => {
  const { leaves } = flattenArguments('run', args)
  if (leaves.length !== p.inputs.length)
    throw new TreeError({
      operation: 'run',
      problem: `found ${leaves.length} values for a program of ${p.inputs.length} inputs`,
      hint: 'give the arguments that it was traced for, or their leaves in order',
    })
  return fold.run(
    p,
    leaves.map((x, i) => fit(x, p.inputs[i] as Abstract, i)),
  )
}

/** `(program, arguments) → results`, or the program first. */
export interface Run {
  (program: Program): (...args: readonly unknown[]) => readonly Tensor[]
  (program: Program, args: readonly unknown[]): readonly Tensor[]
}

/**
 * The results of a program, as a list: `run(program, [x, y])`, or `run(program)(x, y)` as the traced function is called.
 *
 * @throws TreeError, ShapeError, DTypeError when the arguments are not like those that it was traced for
 * @example
 * ```ts
 * import * as Tape from 'lanac/tape'
 * import { add, item, mul } from 'lanac'
 * const program = Tape.trace((x, y) => add(mul(x, y), 1))(0, 0)
 * assert.deepStrictEqual(Tape.run(program)(2, 3).map(item), [7])
 * ```
 */
export const run = ((p: Program, args?: readonly unknown[]) =>
  args === undefined ? (...xs: readonly unknown[]) => runOn(p, xs) : runOn(p, args)) as Run
