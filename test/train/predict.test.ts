import fc from 'fast-check'
import {
  add,
  allClose,
  item,
  mul,
  relu,
  reshape,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  toArray,
  toTypedArray,
  ValueError,
  zeros,
} from 'lanac'
import { chain, dense } from 'lanac/nn'
import { key, normal, randint } from 'lanac/random'
import { accuracy, confusionMatrix, predict, showConfusion } from 'lanac/train'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'

const CLOSE = { relative: tolerance('f32', 'reference'), absolute: tolerance('f32', 'reference') }

describe('predict', () => {
  const model = chain(dense(3, 4), relu, dense(4, 2))
  const params = model.init(key(0))

  test('is the model, whatever the size of batches', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer(),
        (n, batchSize, seed) => {
          const x = normal(key(seed), [n, 3], { dtype: 'f32' })
          const y = predict(model, params, x, { batchSize })
          expect(y.shape).toEqual([n, 2])
          expect(allClose(y, model.apply(params)(x), CLOSE)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('takes a model with a state, and trees of examples', () => {
    const shifted = {
      init: () => tensor([2]),
      apply:
        (p: Tensor<[1], 'f64'>, [s]: readonly [Tensor<[1], 'f64'>]) =>
        (x: { readonly a: Tensor<[number, 1], 'f64'> }) =>
          add(mul(p, x.a), s),
    }
    const y = predict(
      shifted,
      tensor([2]),
      { a: tensor([[1], [2], [3]]) },
      { batchSize: 2, state: [tensor([10])] as const },
    )
    expect(toArray(y)).toEqual([[12], [14], [16]])
  })

  test('a changed set of parameters is used, though the function was compiled before', () => {
    const other = model.init(key(1))
    const x = normal(key(2), [5, 3], { dtype: 'f32' })
    expect(toArray(predict(model, params, x))).not.toEqual(toArray(predict(model, other, x)))
  })
})

describe('confusionMatrix', () => {
  const samples = fc.record({
    classes: fc.integer({ min: 1, max: 6 }),
    n: fc.integer({ min: 0, max: 50 }),
    seed: fc.integer(),
  })

  test('counts every pair of true and predicted class', () => {
    fc.assert(
      fc.property(samples, ({ classes, n, seed }) => {
        const logits = normal(key(seed), [n, classes])
        const labels = randint(key(seed + 1), [n], { low: 0, high: classes }) as Tensor<[number], 'i32'>
        const expected = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
        const predicted = Array.from({ length: n }, (_, i) => {
          const row = [...toTypedArray(logits)].slice(i * classes, (i + 1) * classes)
          return row.indexOf(Math.max(...row))
        })
        for (const [i, t] of [...toTypedArray(labels)].entries())
          (expected[t] as number[])[predicted[i] as number]! += 1
        expect(toArray(confusionMatrix(logits, labels))).toEqual(expected)
        const classesOnly = reshape(tensor([0, ...predicted], { dtype: 'i32' }), [n + 1]) as Tensor<[number], 'i32'>
        const withZero = reshape(tensor([0, ...toTypedArray(labels)], { dtype: 'i32' }), [n + 1]) as Tensor<
          [number],
          'i32'
        >
        expect(item(sum(confusionMatrix(classesOnly, withZero, { classes })))).toBe(n + 1)
      }),
    )
  })

  test('its diagonal is the accuracy', () => {
    fc.assert(
      fc.property(samples, ({ classes, n, seed }) => {
        const logits = normal(key(seed), [n + 1, classes])
        const labels = randint(key(seed + 1), [n + 1], { low: 0, high: classes }) as Tensor<[number], 'i32'>
        const m = toArray(confusionMatrix(logits, labels)) as unknown as readonly (readonly number[])[]
        const right = m.reduce((s, row, i) => s + (row[i] as number), 0)
        expect(Math.abs(right / (n + 1) - item(accuracy(logits, labels)))).toBeLessThanOrEqual(
          tolerance('f64', 'elementary'),
        )
      }),
    )
  })

  test('refuses classes out of range, and counts that differ', () => {
    const i32 = (xs: number[]) => tensor(xs, { dtype: 'i32' }) as Tensor<[number], 'i32'>
    expect(() => confusionMatrix(zeros([2, 3]), i32([0, 3]))).toThrow('the target 3 is none of 3 classes')
    expect(() => confusionMatrix(i32([-1, 0]), i32([0, 1]), { classes: 2 })).toThrow(
      'the prediction -1 is none of 2 classes',
    )
    expect(() => confusionMatrix(i32([0]), i32([0]))).toThrow(ValueError)
    expect(() => confusionMatrix(zeros([2, 3]), i32([0]))).toThrow(ShapeError)
  })

  test('as a table', () => {
    const m = tensor(
      [
        [10, 2],
        [0, 7],
      ],
      { dtype: 'i32' },
    )
    expect(showConfusion(m, ['cat', 'dog']).split('\n')).toEqual([
      '     │ predicted',
      'true │ cat dog',
      '─────┼────────',
      ' cat │  10   2',
      ' dog │   0   7',
    ])
  })
})
