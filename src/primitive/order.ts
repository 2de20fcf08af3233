/** Where elements stand in order: the places of extremes, and the order that sorts. Integers, without a derivative. */
import { showShape, ValueError } from '../core/error.js'
import type { Abstract, Tensor } from '../core/value.js'
import { allocate, type Concrete, concrete } from '../tensor/concrete.js'
import { dropAxes, sizeOf } from '../tensor/shape.js'
import { drawn } from './define.js'
import { permuted, rowsOver } from './kernel.js'
import type { Single } from './record.js'
import { checkAxes } from './reduce.js'

// ------------------------------------------------------------------------------------------------------------ arg-extremes

const argExtreme = (name: 'argmax' | 'argmin', beats: (x: number, best: number) => boolean): Single<number> => {
  const self: Single<number> = {
    name,
    results: 'one',
    abstract: (axis, args) => {
      const x = args[0] as Abstract
      checkAxes(name, [axis], x.shape)
      const shape = dropAxes(x.shape, [axis])
      if (x.shape[axis] === 0 && sizeOf(shape) > 0)
        throw new ValueError({ operation: name, problem: `an empty axis of ${showShape(x.shape)} has no ${name}` })
      return { shape, dtype: 'i32' }
    },
    evaluate: (axis, args) => {
      const { rows, columns, data, kept } = rowsOver(args[0] as Concrete, [axis])
      const o = allocate('i32', rows)
      for (let r = 0; r < rows; r++) {
        let best = 0
        for (let c = 1; c < columns; c++) {
          const x = data[r * columns + c] as number
          const y = data[r * columns + best] as number
          if (y === y && (beats(x, y) || x !== x)) best = c
        }
        o[r] = best
      }
      return concrete(kept, 'i32', o)
    },
    jvp: 'not differentiable',
    transpose: 'not linear',
    batch: (b, x, _, __, axis) => b[name](x[0] as Tensor, axis + 1),
    samples: {
      cases: [0, 1, 2].map((axis) => ({
        params: axis,
        args: [drawn([2, 3, 4], { low: -3, high: 3, distinct: true })],
      })),
      examples: [
        {
          params: 1,
          args: [
            [
              [3, 1, 2],
              [4, 6, 5],
            ],
          ],
          value: name === 'argmax' ? [0, 1] : [1, 0],
          dtypes: [['f64'], 'i32'],
        },
        {
          params: 0,
          args: [
            [
              [3, 1, 2],
              [4, 0, 5],
            ],
          ],
          value: name === 'argmax' ? [1, 0, 1] : [0, 1, 0],
          dtypes: [['f64'], 'i32'],
        },
        { params: 0, args: [[2, 5, 2, 5]], value: name === 'argmax' ? 1 : 0, dtypes: [['f64'], 'i32'] },
        { params: 0, args: [[2, Number.NaN, 7, Number.NaN]], value: 1, dtypes: [['f64'], 'i32'] },
      ],
      refused: [
        { params: 3, args: [drawn([2, 3, 4])], error: 'ShapeError' },
        { params: 0, args: [drawn([0])], error: 'ValueError' },
      ],
    },
  }
  return self
}

/** Index of the largest element along an axis, the first of equals; NaN wins. */
export const argmax = argExtreme('argmax', (x, best) => x > best)

/** Index of the smallest element along an axis, the first of equals; NaN wins. */
export const argmin = argExtreme('argmin', (x, best) => x < best)

// ------------------------------------------------------------------------------------------------------------- argsort

/** Indices that sort along an axis, ascending, stable, NaN last. */
export const argsort: Single<number> = {
  name: 'argsort',
  results: 'one',
  abstract: (axis, args) => {
    const x = args[0] as Abstract
    checkAxes('argsort', [axis], x.shape)
    return { shape: x.shape, dtype: 'i32' }
  },
  evaluate: (axis, args) => {
    const x = args[0] as Concrete
    const { rows, columns, data, kept } = rowsOver(x, [axis])
    const o = allocate('i32', rows * columns)
    for (let r = 0; r < rows; r++) {
      const order = new Int32Array(columns)
      for (let c = 0; c < columns; c++) order[c] = c
      order.sort((i, j) => {
        const p = data[r * columns + i] as number
        const q = data[r * columns + j] as number
        return p < q ? -1 : p > q ? 1 : p === q ? i - j : Number(p !== p) - Number(q !== q) || i - j
      })
      o.set(order, r * columns)
    }
    const rank = x.shape.length
    const back = [...Array(rank).keys()].map((i) => (i < axis ? i : i === axis ? rank - 1 : i - 1))
    return permuted(concrete([...kept, columns], 'i32', o), back)
  },
  jvp: 'not differentiable',
  transpose: 'not linear',
  batch: (b, x, _, __, axis) => b.argsort(x[0] as Tensor, axis + 1),
  samples: {
    cases: [0, 1, 2].map((axis) => ({ params: axis, args: [drawn([2, 3, 4], { low: -3, high: 3, distinct: true })] })),
    examples: [
      { params: 0, args: [[3, Number.NaN, 1, 2]], value: [2, 3, 0, 1], dtypes: [['f64'], 'i32'] },
      { params: 0, args: [[2, 1, 2, 1]], value: [1, 3, 0, 2], dtypes: [['f64'], 'i32'] },
      {
        params: 1,
        args: [
          [
            [2, 1],
            [3, 4],
          ],
        ],
        value: [
          [1, 0],
          [0, 1],
        ],
        dtypes: [['f64'], 'i32'],
      },
      {
        params: 0,
        args: [
          [
            [2, 1],
            [3, 0],
          ],
        ],
        value: [
          [0, 1],
          [1, 0],
        ],
        dtypes: [['f64'], 'i32'],
      },
    ],
    refused: [{ params: 3, args: [drawn([2, 3, 4])], error: 'ShapeError' }],
  },
}
