import fc from 'fast-check'
import { allClose, fromTypedArray, mean, std, tensor, toArray, toTypedArray, zerosLike } from 'lanac'
import { standardizer, toFloat } from 'lanac/data'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'

const CLOSE = { relative: tolerance('f64', 'reference'), absolute: tolerance('f64', 'reference') }

const table = fc.tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 4 })).chain(([n, k]) =>
  fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: n * k, maxLength: n * k }).map((xs) =>
    fromTypedArray(
      Float64Array.from(xs, (x) => x / 8),
      [n, k],
    ),
  ),
)

describe('standardizer', () => {
  test('gives the data it was made from mean 0 and variance 1, but for features that never vary', () => {
    fc.assert(
      fc.property(table, (x) => {
        const s = standardizer(x)
        const y = s.apply(x)
        const spread = toArray(std(x, { axis: 0 })) as unknown as readonly number[]
        expect(allClose(mean(y, { axis: 0 }), zerosLike(s.mean), CLOSE)).toBe(true)
        expect(allClose(std(y, { axis: 0 }), tensor(spread.map((v) => (v === 0 ? 0 : 1))), CLOSE)).toBe(true)
        expect(allClose(s.invert(y), x, CLOSE)).toBe(true)
      }),
    )
  })

  test('a feature that is constant, though its mean is not exact, is not blown up', () => {
    const x = tensor([[0.1], [0.1], [0.1], [0.1], [0.1], [0.1]])
    for (const v of toTypedArray(standardizer(x).apply(x)))
      expect(Math.abs(v)).toBeLessThanOrEqual(tolerance('f64', 'cancelled'))
  })

  test('applies to other data of the same features', () => {
    const s = standardizer(
      tensor(
        [
          [0, 10],
          [2, 30],
        ],
        { dtype: 'f32' },
      ),
    )
    expect(toArray(s.apply(tensor([[[3, 20]], [[1, 40]]], { dtype: 'f32' })))).toEqual([[[2, 0]], [[0, 2]]])
  })
})

test('toFloat takes grey levels to 0 … 1', () => {
  const x = toFloat(tensor([0, 51, 255], { dtype: 'i32' }))
  expect(x.dtype).toBe('f32')
  expect(toArray(x)).toEqual([0, Math.fround(0.2), 1])
  expect(toArray(toFloat(tensor([51], { dtype: 'i32' }), 'f64'))).toEqual([0.2])
})
