/** Cross-entropies against their definitions; the lecture's numbers; large, infinite and masked logits. */
import * as fc from 'fast-check'
import {
  type DType,
  grad,
  hessian,
  item,
  jit,
  jvp,
  mul,
  oneHot,
  type Shape,
  softmax as softmaxOf,
  sum,
  type Tensor,
  tensor,
  toArray,
  vmap,
} from 'lanac'
import { binaryCrossEntropyWithLogits, crossEntropy, klDivergence, softCrossEntropy, zeroOneLoss } from 'lanac/loss'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'
import * as naive from './value.js'

const EPS = tolerance('f64', 'reference')
const close = (found: unknown, expected: unknown, dtype: 'f64' | 'f32' = 'f64'): void => {
  const [f, e] = [[found].flat(5), [expected].flat(5)] as readonly [number[], number[]]
  expect(f.length).toBe(e.length)
  f.forEach((v, i) => {
    const w = e[i] as number
    if (Object.is(v, w) || v === w) return
    expect(Math.abs(v - w), `${v} at ${i}, expected ${w}`).toBeLessThanOrEqual(
      tolerance(dtype, 'reference') * Math.max(1, Math.abs(w)),
    )
  })
}

const labelsOf = (l: readonly number[]): Tensor<[number], 'i32'> =>
  tensor(l, { dtype: 'i32' }) as Tensor<[number], 'i32'>
const logit = fc.double({ min: -20, max: 20, noNaN: true })

/** A batch of logits with a label for each. */
const batches = fc.record({ n: fc.integer({ min: 1, max: 4 }), c: fc.integer({ min: 1, max: 5 }) }).chain(({ n, c }) =>
  fc.record({
    z: fc.array(fc.array(logit, { minLength: c, maxLength: c }), { minLength: n, maxLength: n }),
    w: fc.array(fc.array(logit, { minLength: c, maxLength: c }), { minLength: n, maxLength: n }),
    labels: fc.array(fc.nat({ max: c - 1 }), { minLength: n, maxLength: n }),
    c: fc.constant(c),
  }),
)
type Logits = Tensor<[number, number], 'f64'>
const total = (xs: readonly number[]): number => xs.reduce((p, q) => p + q, 0)

describe('crossEntropy', () => {
  test('of class indices: −log softmax at the label, reduced as asked for', () => {
    fc.assert(
      fc.property(batches, ({ z, labels, c }) => {
        const each = z.map((row, i) => naive.crossEntropy(row, naive.certain(labels[i] as number, c)))
        const [t, l] = [tensor(z) as Logits, labelsOf(labels)]
        close(toArray(crossEntropy(t, l, { reduction: 'none' })), each)
        close(item(crossEntropy(t, l, { reduction: 'sum' })), total(each))
        close(item(crossEntropy(t, l)), total(each) / z.length)
        close(item(jit((a: Logits, b: typeof l) => crossEntropy(a, b))(t, l)), total(each) / z.length)
      }),
    )
  })
  test('its derivative in the logits is softmax − label, over the batch', () => {
    fc.assert(
      fc.property(batches, ({ z, labels, c }) => {
        const l = labelsOf(labels)
        const expected = z.map((row, i) => naive.softmax(row).map((p, k) => (p - (k === labels[i] ? 1 : 0)) / z.length))
        const f = (a: Logits): Tensor<[], 'f64'> => crossEntropy(a, l)
        close(toArray(grad(f)(tensor(z) as Logits)), expected)
        close(toArray(jit(grad(f))(tensor(z) as Logits)), expected)
        const direction = tensor(z.map((row) => row.map((_, k) => k + 1))) as Logits
        const slope = total(expected.map((row) => total(row.map((g, k) => g * (k + 1)))))
        close(item(jvp(f, [tensor(z) as Logits], [direction])[1]), slope)
        expect(c).toBeGreaterThan(0)
      }),
    )
  })
  test('of probabilities: the expected surprise; one-hot labels and indices agree', () => {
    fc.assert(
      fc.property(batches, ({ z, w, labels, c }) => {
        const p = w.map(naive.softmax)
        const each = z.map((row, i) => naive.crossEntropy(row, p[i] as number[]))
        close(toArray(crossEntropy(tensor(z) as Logits, tensor(p) as Logits, { reduction: 'none' })), each)
        close(toArray(softCrossEntropy(tensor(z) as Logits, tensor(p) as Logits, { reduction: 'none' })), each)
        const hot = oneHot(labelsOf(labels), c)
        close(item(crossEntropy(tensor(z) as Logits, hot)), item(crossEntropy(tensor(z) as Logits, labelsOf(labels))))
      }),
    )
  })
  test('labelSmoothing mixes the label with the uniform distribution, for both kinds of labels', () => {
    fc.assert(
      fc.property(batches, fc.double({ min: 0, max: 1, noNaN: true }), ({ z, labels, c }, epsilon) => {
        const p = labels.map((l) => naive.certain(l, c).map((v) => (1 - epsilon) * v + epsilon / c))
        const each = z.map((row, i) => naive.crossEntropy(row, p[i] as number[]))
        const options = { labelSmoothing: epsilon, reduction: 'none' } as const
        close(toArray(crossEntropy(tensor(z) as Logits, labelsOf(labels), options)), each)
        close(toArray(crossEntropy(tensor(z) as Logits, oneHot(labelsOf(labels), c), options)), each)
      }),
    )
  })
  test('one example, and any batch shape', () => {
    close(item(crossEntropy(tensor([1, 2, 3]), 2)), naive.crossEntropy([1, 2, 3], [0, 0, 1]))
    const z = tensor([
      [
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ])
    const l = tensor(
      [
        [0, 1],
        [1, 0],
      ],
      { dtype: 'i32' },
    )
    expect(crossEntropy(z, l, { reduction: 'none' }).shape).toEqual([2, 2])
    close(item(crossEntropy(z, l)), Math.log(2))
    const each = vmap((a: Tensor<[2], 'f64'>, b: Tensor<[], 'i32'>) => crossEntropy(a, b))(
      tensor([
        [1, 2],
        [3, 0],
      ]),
      tensor([0, 1], { dtype: 'i32' }),
    )
    close(toArray(each), [naive.crossEntropy([1, 2], [1, 0]), naive.crossEntropy([3, 0], [0, 1])])
  })
  test('the numbers do not change when a constant is added to dyadic logits', () => {
    const z = [0.5, -1.25, 3]
    for (const c of [1024, -1024, 2 ** 30])
      expect(item(crossEntropy(tensor(z.map((v) => v + c)), 1))).toBe(item(crossEntropy(tensor(z), 1)))
  })
  test('it bounds the 0–1 loss from above, up to the factor log 2', () => {
    fc.assert(
      fc.property(batches, ({ z, labels }) => {
        const [t, l] = [tensor(z) as Logits, labelsOf(labels)]
        const nll = toArray(crossEntropy(t, l, { reduction: 'none' })) as number[]
        const wrong = toArray(zeroOneLoss(t, l, { reduction: 'none' })) as number[]
        // of equal logits the first counts as the likeliest: then the loss may be log 2 to the last bit
        nll.forEach((v, i) => {
          expect(v).toBeGreaterThanOrEqual(Math.log(2) * (wrong[i] as number) * (1 - EPS))
        })
      }),
    )
  })
})

describe('large and infinite logits', () => {
  const cases: readonly (readonly [DType & ('f64' | 'f32'), number])[] = [
    ['f32', 1e3],
    ['f64', 1e3],
    ['f64', 1e300],
  ]
  test.each(cases)('%s at ±%d: finite and right, value and derivative', (dtype, big) => {
    const z = tensor(
      [
        [big, -big],
        [-big, big],
        [big, big],
      ],
      { dtype },
    )
    const l = tensor([0, 0, 1], { dtype: 'i32' })
    close(toArray(crossEntropy(z, l, { reduction: 'none' })), [0, 2 * big, Math.log(2)], dtype)
    const f = (a: typeof z): Tensor<[], 'f64' | 'f32'> => crossEntropy(a, l, { reduction: 'sum' })
    close(
      toArray(grad(f as never)(z as never) as Tensor),
      [
        [0, 0],
        [-1, 1],
        [0.5, -0.5],
      ],
      dtype,
    )
    const x = tensor([big, -big, 0], { dtype })
    const y = tensor([1, 1, 0], { dtype })
    close(toArray(binaryCrossEntropyWithLogits(x, y, { reduction: 'none' })), [0, big, Math.log(2)], dtype)
    const g = (a: typeof x): unknown => binaryCrossEntropyWithLogits(a, y, { reduction: 'sum' })
    close(toArray(grad(g as never)(x as never) as Tensor), [0, -1, 0.5], dtype)
    const p = tensor(
      [
        [1, 0],
        [0.5, 0.5],
        [0, 1],
      ],
      { dtype },
    )
    close(toArray(softCrossEntropy(z, p, { reduction: 'none' })), [0, big, Math.log(2)], dtype)
    close(toArray(klDivergence(z, p, { reduction: 'none' })), [0, big - Math.log(2), Math.log(2)], dtype)
  })
  test('the largest difference of f64 is charged in full', () => {
    expect(item(crossEntropy(tensor([8e307, -8e307]), 1))).toBe(1.6e308)
  })
  test('small losses keep their digits beside large logits', () => {
    const [a, b] = [item(crossEntropy(tensor([1000, 980]), 0)), Math.log1p(Math.exp(-20))]
    expect(Math.abs(a - b)).toBeLessThanOrEqual(tolerance('f64', 'cancelled'))
    const small = item(binaryCrossEntropyWithLogits(tensor(60), 1))
    expect(Math.abs(small / Math.exp(-60) - 1)).toBeLessThanOrEqual(EPS)
  })
  test('−∞ masks a class: nothing for it, all to the others', () => {
    const z = tensor([
      [0, -Infinity, 0],
      [5, -Infinity, -Infinity],
    ])
    const l = tensor([2, 0], { dtype: 'i32' })
    expect(toArray(crossEntropy(z, l, { reduction: 'none' }))).toEqual([Math.log(2), 0])
    const f = (a: typeof z): Tensor<[], 'f64'> => crossEntropy(a, l, { reduction: 'sum' })
    for (const g of [grad(f)(z), jit(grad(f))(z)])
      expect(toArray(g)).toEqual([
        [0.5, 0, -0.5],
        [0, 0, 0],
      ])
    const h = toArray(hessian(f)(z)) as number[][][][]
    expect(h[0]?.[0]?.[0]).toEqual([0.25, 0, -0.25])
    expect([h].flat(5).every(Number.isFinite)).toBe(true)
    const p = tensor([
      [0.5, 0, 0.5],
      [1, 0, 0],
    ])
    for (const loss of [softCrossEntropy, klDivergence]) {
      const value = toArray(loss(z, p, { reduction: 'none' })) as number[]
      close(value, loss === softCrossEntropy ? [Math.log(2), 0] : [0, 0])
      const d = toArray(grad((a: typeof z) => loss(a, p, { reduction: 'sum' }))(z))
      close(d, [
        [0, 0, 0],
        [0, 0, 0],
      ])
    }
    close(toArray(grad((a: typeof z) => klDivergence(a, softmaxOf(a)))(z)), [
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
  test('a masked class that happens costs ∞; smoothing charges for it; a row of nothing but −∞ is NaN', () => {
    expect(item(crossEntropy(tensor([0, -Infinity]), 1))).toBe(Infinity)
    expect(item(crossEntropy(tensor([0, -Infinity]), 0, { labelSmoothing: 0.1 }))).toBe(Infinity)
    expect(item(crossEntropy(tensor([-Infinity, -Infinity]), 0))).toBeNaN()
  })
  test('infinite logits of Bernoulli: nothing when right, ∞ when wrong', () => {
    const f = (x: number, t: number): number => item(binaryCrossEntropyWithLogits(tensor(x), tensor(t)))
    expect([f(Infinity, 1), f(-Infinity, 0), f(Infinity, 0), f(-Infinity, 1)]).toEqual([0, 0, Infinity, Infinity])
  })
})

describe('binaryCrossEntropyWithLogits', () => {
  const targets = fc.double({ min: 0, max: 1, noNaN: true })
  test('is −t·log σ − (1 − t)·log(1 − σ), its derivatives σ − t and σ(1 − σ), at 0 too', () => {
    fc.assert(
      fc.property(fc.oneof(logit, fc.constant(0)), targets, (z, t) => {
        const s = naive.sigmoid(z)
        const value = -t * Math.log(s) - (1 - t) * Math.log(naive.sigmoid(-z))
        const f = (x: Tensor<[], 'f64'>): Tensor<[], 'f64'> => binaryCrossEntropyWithLogits(x, tensor(t))
        close(item(f(tensor(z))), value)
        close(item(grad(f)(z)), s - t)
        close(item(hessian(f)(z)), s * naive.sigmoid(-z))
        close(item(jvp(f, [tensor(z)], [1])[1]), s - t)
        close(item(grad((u: Tensor<[], 'f64'>) => binaryCrossEntropyWithLogits(tensor(z), u))(t)), -z)
      }),
    )
  })
  test('is the cross-entropy of the logits [0, z]', () => {
    fc.assert(
      fc.property(logit, (z) => {
        for (const t of [0, 1])
          close(item(binaryCrossEntropyWithLogits(tensor(z), tensor(t))), item(crossEntropy(tensor([0, z]), t)))
      }),
    )
  })
  test('the lecture: BCE of W2·relu(W1·x) = 0.5 and y = 0', () => {
    close(item(binaryCrossEntropyWithLogits(tensor(0.5), tensor(0))), 0.9740769841801067)
  })
})

describe('klDivergence', () => {
  test('is Σ p·(log p − log q), never negative, and the cross-entropy less the entropy', () => {
    fc.assert(
      fc.property(batches, ({ z, w }) => {
        const p = w.map(naive.softmax)
        const each = z.map((row, i) =>
          naive
            .softmax(row)
            .reduce(
              (s, q, k) => s + ((p[i] as number[])[k] as number) * Math.log(((p[i] as number[])[k] as number) / q),
              0,
            ),
        )
        const [t, target] = [tensor(z) as Logits, tensor(p) as Logits]
        close(toArray(klDivergence(t, target, { reduction: 'none' })), each)
        close(item(klDivergence(t, target)), total(each) / z.length)
        expect(item(klDivergence(t, target))).toBeGreaterThanOrEqual(-EPS)
      }),
    )
  })
  test('a probability of 0 counts for nothing', () => {
    close(item(klDivergence(tensor([0, 0]), tensor([1, 0]))), Math.log(2))
    const g = grad((z: Tensor<[2], 'f64'>) => klDivergence(z, tensor([1, 0])))(tensor([0, 0]))
    close(toArray(g), [-0.5, 0.5])
  })
})

test('losses are linear over the batch: with none, weights can be put in by hand', () => {
  const z = tensor([
    [1, 2],
    [3, 1],
  ])
  const l = tensor([0, 1], { dtype: 'i32' })
  const weighted = sum(mul(crossEntropy(z, l, { reduction: 'none' }), tensor([1, 3])))
  close(item(weighted), naive.crossEntropy([1, 2], [1, 0]) + 3 * naive.crossEntropy([3, 1], [0, 1]))
  expect((z.shape as Shape).length).toBe(2)
})
