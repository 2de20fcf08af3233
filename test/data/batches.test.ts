import fc from 'fast-check'
import {
  arange,
  fromTypedArray,
  mul,
  ShapeError,
  type Tensor,
  TreeError,
  tensor,
  toArray,
  toTypedArray,
  ValueError,
  zeros,
} from 'lanac'
import { batches, count, rowsAt, rowsFrom, splitAt } from 'lanac/data'
import { foldIn, key, permutation } from 'lanac/random'
import { describe, expect, test } from 'vitest'

/** n examples whose columns all say which one each row is. */
const numbered = (n: number) => ({
  x: mul(arange(n, { dtype: 'f32' }) as Tensor<[number], 'f32'>, 10),
  y: arange(n, { dtype: 'i32' }) as Tensor<[number], 'i32'>,
  more: [
    fromTypedArray(
      Float64Array.from({ length: 2 * n }, (_, i) => i),
      [n, 2],
    ),
  ] as const,
})

const instance = fc.record({
  n: fc.integer({ min: 0, max: 40 }),
  size: fc.integer({ min: 1, max: 12 }),
  seed: fc.integer(),
})

describe('batches', () => {
  test('hold every example exactly once, its columns together', () => {
    fc.assert(
      fc.property(instance, ({ n, size, seed }) => {
        const all = [...batches(numbered(n), { size, key: key(seed) })]
        expect(all.map(({ y }) => y.shape[0])).toEqual(
          Array.from({ length: Math.ceil(n / size) }, (_, i) => Math.min(size, n - i * size)),
        )
        const seen = all.flatMap(({ x, y, more: [z] }) => {
          const rows = [...toTypedArray(y)]
          expect([...toTypedArray(x)]).toEqual(rows.map((i) => 10 * i))
          expect(toArray(z)).toEqual(rows.map((i) => [2 * i, 2 * i + 1]))
          return rows
        })
        expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
    )
  })

  test('are those of the permutation drawn with the key, of the epoch when one is named', () => {
    fc.assert(
      fc.property(instance, fc.nat({ max: 99 }), ({ n, size, seed }, epoch) => {
        const order = (data: Iterable<{ readonly y: Tensor }>) => [...data].flatMap(({ y }) => [...toTypedArray(y)])
        const data = numbered(n)
        expect(order(batches(data, { size, key: key(seed) }))).toEqual([...toTypedArray(permutation(key(seed), n))])
        expect(order(batches(data, { size, key: key(seed), epoch }))).toEqual([
          ...toTypedArray(permutation(foldIn(key(seed), epoch), n)),
        ])
        expect(order(batches(data, { size }))).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
    )
  })

  test('without the last one that is not full', () => {
    fc.assert(
      fc.property(instance, ({ n, size, seed }) => {
        const full = batches(numbered(n), { size, key: key(seed), dropLast: true })
        expect(full.length).toBe(Math.floor(n / size))
        for (const { x } of full) expect(x.shape).toEqual([size])
        const every = [...batches(numbered(n), { size, key: key(seed) })]
        expect([...full].map((b) => toArray(b.y))).toEqual(every.slice(0, full.length).map((b) => toArray(b.y)))
      }),
    )
  })

  test('are lazy and the same when iterated again, or asked for by number', () => {
    const data = batches(numbered(10), { size: 3, key: key(5), epoch: 1 })
    const first = [...data].map(({ y }) => toArray(y))
    expect([...data].map(({ y }) => toArray(y))).toEqual(first)
    expect([3, 1, 0, 2].map((i) => toArray(data.at(i).y))).toEqual([3, 1, 0, 2].map((i) => first[i]))
    expect(() => data.at(4)).toThrow('there is no batch 4 of 4')
    const epochs = [0, 1, 2, 3].map((epoch) =>
      [...batches(numbered(10), { size: 10, key: key(5), epoch })].map(({ y }) => String(toArray(y))),
    )
    expect(new Set(epochs.flat()).size).toBe(4)
  })

  test.each([0, -1, 1.5, Number.NaN])('refuse a size of %d', (size) => {
    expect(() => batches(numbered(3), { size })).toThrow(ValueError)
  })
})

describe('datasets', () => {
  test('columns that count differently are told apart, with the path', () => {
    expect(() => count({ x: zeros([3, 2]), y: { z: [zeros([4])] } })).toThrow('[4] has 4 rows, x has 3 (at y.z[0])')
    expect(() => count({ x: zeros([3]), y: 1 })).toThrow(ShapeError)
    expect(() => count({})).toThrow(TreeError)
    expect(() => batches({ x: zeros([3, 2]), y: zeros([4]) }, { size: 2 })).toThrow(ShapeError)
  })

  test('splitAt cuts in two, and its parts are the whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }).chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n }))),
        ([n, k]) => {
          const [a, b] = splitAt(numbered(n), k)
          expect([count(a), count(b)]).toEqual([k, n - k])
          expect([...toTypedArray(a.y), ...toTypedArray(b.y)]).toEqual(Array.from({ length: n }, (_, i) => i))
        },
      ),
    )
    expect(() => splitAt(numbered(3), 4)).toThrow('cannot split 3 examples after 4')
  })

  test('rows of any width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 80 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 9 }),
        (width, chosen) => {
          const x = fromTypedArray(
            Float32Array.from({ length: 5 * width }, (_, i) => i),
            [5, width],
          )
          const indices = fromTypedArray(Int32Array.from(chosen), [chosen.length])
          const expected = chosen.map((r) => Array.from({ length: width }, (_, i) => r * width + i))
          expect(toArray(rowsAt(x, indices))).toEqual(expected)
        },
      ),
    )
  })

  test('rows by index, also repeated and in another order', () => {
    const data = {
      x: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      y: tensor([true, false, true]),
    }
    const chosen = rowsAt(data, tensor([2, 0, 2], { dtype: 'i32' }))
    expect(toArray(chosen.x)).toEqual([
      [5, 6],
      [1, 2],
      [5, 6],
    ])
    expect(toArray(chosen.y)).toEqual([true, true, true])
    expect(toArray(rowsFrom(data, 1, 3).x)).toEqual([
      [3, 4],
      [5, 6],
    ])
    expect(() => rowsAt(data, tensor([3], { dtype: 'i32' }))).toThrow('index 3 is out of range')
  })
})
