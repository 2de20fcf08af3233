/** The numbers that are drawn: lists, or tensors read off. */
import { ShapeError, showShape } from '../core/error.js'
import { isTensor, type Tensor } from '../core/value.js'
import { toTypedArray } from '../ops/index.js'

/** A list of numbers, or a tensor of one axis. */
export type Numbers = readonly number[] | ArrayLike<number> | Tensor

/** Rows of numbers, or a tensor of two axes. */
export type Table = readonly (readonly number[])[] | Tensor

/** The numbers in order. */
export const numbersOf = (x: Numbers): readonly number[] => Array.from(isTensor(x) ? toTypedArray(x) : x)

/** A table's numbers row by row, and its size. @throws ShapeError for a tensor of other than two axes, or ragged rows */
export const tableOf = (
  operation: string,
  x: Table,
): { readonly rows: number; readonly columns: number; readonly at: (row: number, column: number) => number } => {
  if (isTensor(x)) {
    if (x.shape.length !== 2)
      throw new ShapeError({
        operation,
        problem: `a table has two axes, found a tensor of shape ${showShape(x.shape)}`,
      })
    const [rows, columns] = x.shape as readonly [number, number]
    const flat = toTypedArray(x)
    return { rows, columns, at: (r, c) => flat[r * columns + c] as number }
  }
  const columns = x[0]?.length ?? 0
  const ragged = x.findIndex((row) => row.length !== columns)
  if (ragged >= 0)
    throw new ShapeError({
      operation,
      problem: `row ${ragged} has ${x[ragged]?.length} numbers where row 0 has ${columns}`,
    })
  return { rows: x.length, columns, at: (r, c) => x[r]?.[c] as number }
}

/** Least and greatest of the finite numbers; 0 and 1 when there are none. */
export const extent = (xs: Iterable<number>): readonly [number, number] => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const x of xs) {
    if (!Number.isFinite(x)) continue
    if (x < low) low = x
    if (x > high) high = x
  }
  return low <= high ? [low, high] : [0, 1]
}

/** A number as people write it: at most four digits, ∞ and minus signs as in print. */
export const showNumber = (x: number): string => {
  if (Number.isNaN(x)) return 'NaN'
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞'
  const size = Math.abs(x)
  const text = size !== 0 && (size >= 1e5 || size < 1e-3) ? x.toExponential(1) : String(Number(x.toPrecision(4)))
  return text.replace(/-/g, '−')
}
