/** Which classes a classifier takes for which. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import { isFloat, type Shape, type Tensor } from '../core/value.js'
import { lift } from '../ops/operand.js'
import { builder as b, force } from '../tape/node.js'
import { elementAt } from '../tensor/concrete.js'
import { sameShape, sizeOf } from '../tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many classes there are: needed where predictions are classes already. */
export interface ConfusionOptions {
  readonly classes?: number | undefined
}

const checkClasses = (labels: Tensor, classes: number, what: string): void => {
  const known = force(labels, 'confusionMatrix')
  for (let i = 0; i < sizeOf(known.shape); i++) {
    const c = elementAt(known, i)
    if (c < 0 || c >= classes)
      throw new ValueError({ operation: 'confusionMatrix', problem: `${what} ${c} is none of ${classes} classes` })
  }
}

// --------------------------------------------------------------------------------------------------------- constructors

/**
 * The confusion matrix [classes, classes]: entry (i, j) counts examples of class i that were taken for class j.
 * Predictions are logits [...n, classes], of which the largest decides, or classes, i32 [...n].
 *
 * @throws ValueError for a class out of range, ShapeError when predictions and targets do not count the same
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import { confusionMatrix } from 'lanac/train'
 * const logits = tensor([[2, 1], [0, 3], [1, 0]])
 * const labels = tensor([0, 1, 1], { dtype: 'i32' })
 * assert.deepStrictEqual(toArray(confusionMatrix(logits, labels)), [[1, 0], [1, 1]])
 * ```
 */
export const confusionMatrix = (
  prediction: Tensor,
  target: Tensor<Shape, 'i32'>,
  options: ConfusionOptions = {},
): Tensor<[number, number], 'i32'> => {
  const p = lift('confusionMatrix', prediction)
  const soft = isFloat(p.dtype)
  const classes = options.classes ?? (soft ? p.shape.at(-1) : undefined)
  if (classes === undefined)
    throw new ValueError({
      operation: 'confusionMatrix',
      problem: 'it is not said how many classes there are',
      hint: 'name them: { classes: 10 }',
    })
  const chosen = soft ? b.argmax(p, p.shape.length - 1) : p
  if (!sameShape(chosen.shape, target.shape))
    throw new ShapeError({
      operation: 'confusionMatrix',
      problem: `predictions of ${showShape(chosen.shape)} examples, targets of ${showShape(target.shape)}`,
    })
  checkClasses(target, classes, 'the target')
  checkClasses(chosen, classes, 'the prediction')
  const n = sizeOf(target.shape)
  const cells = b.reshape(b.add(b.mul(target, classes), chosen), [n])
  const counts = b.scatterAdd(b.full([n], 'i32', 1), cells, 0, classes * classes)
  return b.reshape(counts, [classes, classes]) as Tensor as Tensor<[number, number], 'i32'>
}

// -------------------------------------------------------------------------------------------------------------- showing

/** A confusion matrix as a table: a row for each true class, a column for each predicted one. */
export const showConfusion = (matrix: Tensor, labels?: readonly string[]): string => {
  const m = force(matrix, 'showConfusion')
  const n = m.shape[0] as number
  const names = labels ?? Array.from({ length: n }, (_, i) => String(i))
  const cells = names.map((_, i) => names.map((__, j) => String(elementAt(m, i * n + j))))
  const width = Math.max(...names.map((s) => s.length), ...cells.flat().map((s) => s.length))
  const side = Math.max('true'.length, ...names.map((s) => s.length))
  const line = (name: string, row: readonly string[]): string =>
    `${name.padStart(side)} │ ${row.map((s) => s.padStart(width)).join(' ')}`
  return [
    `${' '.repeat(side)} │ predicted`,
    line('true', names),
    `${'─'.repeat(side)}─┼─${'─'.repeat((width + 1) * n - 1)}`,
    ...cells.map((row, i) => line(names[i] as string, row)),
  ].join('\n')
}
