/** Blocks of networks, against their definitions on plain numbers and the invariances that define them. */

import * as fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import {
  attention,
  cosineSimilarity,
  embedding,
  grad,
  gruCell,
  item,
  jit,
  lstmCell,
  reshape,
  sum,
  type Tensor,
  take,
  tensor,
  toArray,
  vmap,
  zeros,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'
import { at, build, lift, lower, type Plain } from './naive.js'

const EPS = tolerance('f64', 'reference')
const near = (found: Plain, expected: Plain, scale = 1): void => {
  expect(found.shape).toEqual([...expected.shape])
  found.data.forEach((v, i) => {
    const w = expected.data[i] as number
    expect(Math.abs(v - w), `${v} at ${i}, expected ${w}`).toBeLessThanOrEqual(EPS * Math.max(scale, Math.abs(w)))
  })
}

const real = fc.double({ min: -5, max: 5, noNaN: true })
const filled = (shape: readonly number[]): fc.Arbitrary<Plain> => {
  const n = shape.reduce((p, q) => p * q, 1)
  return fc.array(real, { minLength: n, maxLength: n }).map((data) => ({ shape, data }))
}

// ------------------------------------------------------------------------------------------------------------ attention

const attended = (q: Plain, k: Plain, v: Plain, seen: (t: number, s: number) => boolean): Plain => {
  const [t, d] = q.shape as [number, number]
  const s = k.shape[0] as number
  return build([t, v.shape[1] as number], ([i, j]) => {
    const w = Array.from({ length: s }, (_, n) => {
      if (!seen(i as number, n)) return 0
      const dot = Array.from({ length: d }, (_u, c) => at(q, [i as number, c]) * at(k, [n, c])).reduce(
        (p, r) => p + r,
        0,
      )
      return Math.exp(dot / Math.sqrt(d))
    })
    const total = w.reduce((p, r) => p + r, 0)
    return total === 0 ? 0 : w.reduce((p, r, n) => p + (r / total) * at(v, [n, j as number]), 0)
  })
}

describe('attention', () => {
  const parts = fc.tuple(filled([3, 2]), filled([4, 2]), filled([4, 5]))
  test('is the mean of the values weighted by softmax(q·k/√d); causal and masked too', () => {
    fc.assert(
      fc.property(parts, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), ([q, k, v], bits) => {
        const [x, y, z] = [lift(q), lift(k), lift(v)]
        near(
          lower(attention(x, y, z)),
          attended(q, k, v, () => true),
        )
        near(
          lower(attention(x, y, z, { causal: true })),
          attended(q, k, v, (t, s) => s <= t),
        )
        const mask = reshape(tensor(bits) as Tensor<[number], 'bool'>, [3, 4])
        near(
          lower(attention(x, y, z, { mask })),
          attended(q, k, v, (t, s) => bits[t * 4 + s] === true),
        )
        near(
          lower(attention(x, y, z, { mask, causal: true })),
          attended(q, k, v, (t, s) => s <= t && bits[t * 4 + s] === true),
        )
        near(lower(attention(x, y, z, { scale: 1 / Math.sqrt(2) })), lower(attention(x, y, z)))
        expect(lower(pipe(x, attention(y, z, { causal: true })))).toEqual(lower(attention(x, y, z, { causal: true })))
      }),
    )
  })
  test('leading axes are batches, and broadcast', () => {
    fc.assert(
      fc.property(filled([2, 3, 2]), filled([4, 2]), filled([4, 5]), (q, k, v) => {
        const [x, y, z] = [
          lift(q) as Tensor<[2, 3, 2], 'f64'>,
          lift(k) as Tensor<[4, 2], 'f64'>,
          lift(v) as Tensor<[4, 5], 'f64'>,
        ]
        const each = vmap((u: Tensor<[3, 2], 'f64'>) => attention(u, y, z))(x)
        near(lower(attention(x, y, z)), lower(each))
      }),
      { numRuns: 20 },
    )
  })
  test('a joint permutation of keys and values changes nothing', () => {
    fc.assert(
      fc.property(parts, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), ([q, k, v], p) => {
        const order = tensor(p, { dtype: 'i32' })
        const moved = attention(lift(q), take(lift(k), order, { axis: 0 }), take(lift(v), order, { axis: 0 }))
        near(lower(moved), lower(attention(lift(q), lift(k), lift(v))))
      }),
    )
  })
  test('a query that may attend to nothing gives 0, with gradient 0', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    const mask = tensor([
      [false, false],
      [true, true],
    ])
    const f = (u: typeof x): Tensor<[], 'f64'> =>
      sum(take(attention(u, x, x, { mask }), 0, { axis: 0 })) as Tensor<[], 'f64'>
    for (const run of [f, jit(f)]) expect(item(run(x))).toBe(0)
    expect(toArray(grad(f)(x))).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(toArray(attention(x, zeros([0, 2]), zeros([0, 3])))).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
  test('large products neither overflow nor give NaN', () => {
    const x = tensor([
      [1e200, 0],
      [0, 1e200],
    ])
    expect(toArray(attention(tensor([[1e100, 0]]), x, tensor([[1], [2]])))).toEqual([[1]])
    const half = tensor([[1e3]], { dtype: 'f32' })
    expect(toArray(attention(half, half, half))).toEqual([[1000]])
  })
})

describe('embedding', () => {
  test('reads rows; the derivative counts how often each was read', () => {
    const table = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    const words = tensor(
      [
        [2, 0],
        [2, 2],
      ],
      { dtype: 'i32' },
    )
    expect(toArray(embedding(table, words))).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
      [
        [5, 6],
        [5, 6],
      ],
    ])
    expect(toArray(grad((t: typeof table) => sum(embedding(t, words)))(table))).toEqual([
      [1, 1],
      [0, 0],
      [3, 3],
    ])
    expect(toArray(embedding(table, 1))).toEqual([3, 4])
    expect(toArray(pipe(table, embedding(words)))).toEqual(toArray(embedding(table, words)))
  })
})

// ---------------------------------------------------------------------------------------------------------------- cells

const sigma = (v: number): number => 1 / (1 + Math.exp(-v))
const row = (x: Plain, w: Plain, r: number, j: number): number =>
  Array.from({ length: x.shape[1] as number }, (_, i) => at(x, [r, i]) * at(w, [i, j])).reduce((p, q) => p + q, 0)

describe('recurrent cells', () => {
  test('an LSTM step is its equations', () => {
    fc.assert(
      fc.property(
        filled([2, 3]),
        filled([2, 2]),
        filled([2, 2]),
        filled([3, 8]),
        filled([2, 8]),
        filled([8]),
        (x, h, c, wx, wh, b) => {
          const next = lstmCell(lift(x), { h: lift(h), c: lift(c) }, { wx: lift(wx), wh: lift(wh), b: lift(b) })
          const gate = (r: number, g: number, j: number): number =>
            row(x, wx, r, g * 2 + j) + row(h, wh, r, g * 2 + j) + (b.data[g * 2 + j] as number)
          const cell = build([2, 2], ([r, j]) => {
            const [i, f, n] = [0, 1, 2].map((g) => gate(r as number, g, j as number)) as [number, number, number]
            return sigma(f) * at(c, [r as number, j as number]) + sigma(i) * Math.tanh(n)
          })
          near(lower(next.c), cell)
          near(
            lower(next.h),
            build(
              [2, 2],
              ([r, j]) => sigma(gate(r as number, 3, j as number)) * Math.tanh(at(cell, [r as number, j as number])),
            ),
          )
        },
      ),
      { numRuns: 50 },
    )
  })
  test('a GRU step is its equations', () => {
    fc.assert(
      fc.property(
        filled([2, 3]),
        filled([2, 2]),
        filled([3, 6]),
        filled([2, 6]),
        filled([6]),
        filled([6]),
        (x, h, wx, wh, bx, bh) => {
          const next = gruCell(lift(x), lift(h), { wx: lift(wx), wh: lift(wh), bx: lift(bx), bh: lift(bh) })
          const input = (r: number, g: number, j: number): number =>
            row(x, wx, r, g * 2 + j) + (bx.data[g * 2 + j] as number)
          const state = (r: number, g: number, j: number): number =>
            row(h, wh, r, g * 2 + j) + (bh.data[g * 2 + j] as number)
          near(
            lower(next),
            build([2, 2], (index) => {
              const [r, j] = index as [number, number]
              const reset = sigma(input(r, 0, j) + state(r, 0, j))
              const update = sigma(input(r, 1, j) + state(r, 1, j))
              const fresh = Math.tanh(input(r, 2, j) + reset * state(r, 2, j))
              return (1 - update) * fresh + update * at(h, [r, j])
            }),
          )
        },
      ),
      { numRuns: 50 },
    )
  })
  test('one example without a batch axis, and biases as numbers', () => {
    const wx = tensor([[1, 2, 3]])
    const h = gruCell(tensor([1]), tensor([0]), { wx, wh: tensor([[0, 0, 0]]), bx: 0, bh: 0 })
    expect(h.shape).toEqual([1])
    near(lower(h), { shape: [1], data: [(1 - sigma(2)) * Math.tanh(3)] })
    const s = lstmCell(
      tensor([0]),
      { h: tensor([0]), c: tensor([2]) },
      { wx: tensor([[0, 0, 0, 0]]), wh: tensor([[0, 0, 0, 0]]), b: 0 },
    )
    expect(toArray(s.c)).toEqual([1])
    near(lower(s.h), { shape: [1], data: [0.5 * Math.tanh(1)] })
  })
})

describe('cosineSimilarity', () => {
  test('is the cosine of the angle, of any length', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: Math.PI, noNaN: true }),
        fc.constantFrom(1e-6, 1, 1e200),
        fc.constantFrom(1, 3, 1e300),
        (angle, r, s) => {
          const x = tensor([r, 0])
          const y = tensor([s * Math.cos(angle), s * Math.sin(angle)])
          expect(Math.abs(item(cosineSimilarity(x, y)) - Math.cos(angle))).toBeLessThanOrEqual(EPS)
        },
      ),
    )
  })
  test('of a vector of zeros it is 0; axes and batches', () => {
    expect(item(cosineSimilarity(tensor([0, 0]), tensor([1, 2])))).toBe(0)
    expect(item(pipe(tensor([3, 4]), cosineSimilarity(tensor([4, 3]))))).toBe(
      item(cosineSimilarity(tensor([3, 4]), tensor([4, 3]))),
    )
    const x = tensor([
      [1, 0],
      [1, 1],
    ])
    near(lower(cosineSimilarity(x, tensor([1, 0]))), { shape: [2], data: [1, Math.SQRT1_2] })
    near(lower(cosineSimilarity(x, x, { axis: 0 })), { shape: [2], data: [1, 1] })
    near(lower(cosineSimilarity(tensor([0.25]), tensor([1]), { epsilon: 0.5 })), { shape: [], data: [0.5] })
  })
})
