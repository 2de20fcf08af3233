import fc from 'fast-check'
import {
  add,
  allClose,
  convert,
  equal,
  exp,
  type Float,
  grad,
  item,
  jit,
  linspace,
  logSoftmax,
  mean,
  mul,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  vmap,
} from 'lanac'
import { bernoulli, categorical, dirac, negativeLogLikelihood, normal } from 'lanac/distribution'
import * as Laws from 'lanac/laws'
import { binaryCrossEntropyWithLogits, crossEntropy, gaussianNll, zeroOneLoss } from 'lanac/loss'
import { key, splitKeys } from 'lanac/random'
import { describe, expect, expectTypeOf, test } from 'vitest'

const logit = fc.double({ min: -20, max: 20, noNaN: true })
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 })

/** The interval that a mean of n draws of this deviation leaves once in 10⁹ times. */
const within = (found: number, expected: number, deviation: number, n: number): void => {
  expect(Math.abs(found - expected)).toBeLessThan(6.2 * (deviation / Math.sqrt(n)) + 1e-12)
}

describe('normal', () => {
  test('log-probability is that of the density, in far tails too', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        (x, s) => {
          const expected = -0.5 * ((x - 1) / s) ** 2 - Math.log(s) - 0.5 * Math.log(2 * Math.PI)
          expect(item(normal(1, s).logProb(x))).toBeCloseTo(expected, 10)
        },
      ),
    )
  })
  test('density integrates to 1', () => {
    const x = linspace(-12, 12, 4001)
    expect(item(mul(sum(exp(normal(0.5, 1.3).logProb(x))), 24 / 4000))).toBeCloseTo(1, 9)
  })
  test('of unit variance its negative log-likelihood is half the squared error and a constant', () => {
    const [m, y] = [tensor([1, -2, 0.5]), tensor([0, 3, 0.5])]
    const loss = negativeLogLikelihood(normal(m, 1), y)
    expect(allClose(loss, gaussianNll(m, y, { full: true }))).toBe(true)
    const g = grad((p: typeof m) => negativeLogLikelihood(normal(p, 1), y, { reduction: 'sum' }))(m)
    expect(allClose(g, sub(m, y))).toBe(true)
  })
  test('draws have its mean and deviation, and are differentiable in them', () => {
    fc.assert(
      fc.property(seed, (s) => {
        const x = normal(3, tensor([0.5, 2])).sample(key(s), [2000])
        const [a = 0, b = 0] = toArray(mean(x, { axis: 0 }))
        within(a, 3, 0.5, 2000)
        within(b, 3, 2, 2000)
      }),
      { numRuns: 20 },
    )
    const drawn = (m: Tensor<[], 'f64'>, s: Tensor<[], 'f64'>) => normal(m, s).sample(key(1))
    expect(item(grad(drawn)(2, 3))).toBe(1)
    expect(item(grad(drawn, { argument: 1 })(2, 3))).toBeCloseTo((item(drawn(tensor(2), tensor(3))) - 2) / 3, 12)
  })
  test('derivatives hold to the law', () => {
    type V = Tensor<[2], 'f64'>
    const f = (m: V, s: V, x: V) => negativeLogLikelihood(normal(m, add(1, square(s))), x)
    fc.assert(Laws.gradient(f, { inputs: [[2], [2], [2]] }))
  })
  test('refuses what is no deviation', () => {
    expect(() => normal(0, 0)).toThrow(/positive/)
    expect(() => normal(0, -1)).toThrow(/positive/)
  })
})

describe('categorical', () => {
  test('probabilities are the softmax and add up to 1', () => {
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 6 }), (z) => {
        const logits = tensor(z) as Tensor<[number], 'f64'>
        const classes = tensor([...z.keys()], { dtype: 'i32' }) as Tensor<[number], 'i32'>
        const logP = categorical(logits).logProb(classes)
        expect(allClose(logP, logSoftmax(logits))).toBe(true)
        expect(item(sum(exp(logP)))).toBeCloseTo(1, 12)
      }),
    )
  })
  test('its negative log-likelihood is the cross-entropy, of masked classes too', () => {
    const z = tensor([
      [1, 2, Number.NEGATIVE_INFINITY],
      [1000, -1000, 0],
    ])
    const y = tensor([1, 2], { dtype: 'i32' })
    expect(item(negativeLogLikelihood(categorical(z), y))).toBe(item(crossEntropy(z, y)))
    expect(toArray(categorical(z).logProb(2))).toEqual([Number.NEGATIVE_INFINITY, -1000])
  })
  test('classes are drawn as often as they are likely', () => {
    const p = [0.5, 0.2, 0.3]
    const d = categorical(tensor(p.map(Math.log)) as Tensor<[3], 'f64'>)
    fc.assert(
      fc.property(seed, (s) => {
        const x = d.sample(key(s), [3000])
        for (const [k, q] of p.entries())
          within(item(mean(convert(equal(x, k), 'f64'))), q, Math.sqrt(q * (1 - q)), 3000)
      }),
      { numRuns: 20 },
    )
  })
  test('refuses a label that names no class', () => {
    expect(() => categorical(tensor([1, 2])).logProb(2)).toThrow(/label 2/)
  })
})

describe('bernoulli', () => {
  test('yes and no add up to 1, and yes has probability σ(logit)', () => {
    fc.assert(
      fc.property(logit, (z) => {
        const d = bernoulli(z)
        expect(item(exp(d.logProb(1)))).toBeCloseTo(item(sigmoid(z)), 14)
        expect(item(add(exp(d.logProb(1)), exp(d.logProb(0))))).toBeCloseTo(1, 14)
        expect(item(d.logProb(tensor(true)))).toBe(item(d.logProb(1)))
      }),
    )
  })
  test('its negative log-likelihood is the binary cross-entropy, finite where logits are large', () => {
    const z = tensor([1000, -3, 0.5])
    const y = tensor([0, 1, 1])
    expect(item(negativeLogLikelihood(bernoulli(z), y))).toBe(item(binaryCrossEntropyWithLogits(z, y)))
  })
  test('is drawn as often as it is likely', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: -3, max: 3, noNaN: true }), (s, z) => {
        const p = 1 / (1 + Math.exp(-z))
        within(item(mean(convert(bernoulli(z).sample(key(s), [2000]), 'f64'))), p, Math.sqrt(p * (1 - p)), 2000)
      }),
      { numRuns: 20 },
    )
  })
})

describe('dirac', () => {
  test('has everything at its value; a miss is the 0–1 loss', () => {
    const logits = tensor([
      [2, 1],
      [0, 3],
      [5, 4],
    ])
    const y = tensor([0, 0, 1], { dtype: 'i32' })
    const read = tensor([0, 1, 0], { dtype: 'i32' })
    const logP = dirac(read).logProb(y)
    expect(toArray(logP)).toEqual([0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(toArray(sub(1, exp(logP)))).toEqual(toArray(zeroOneLoss(logits, y, { reduction: 'none' })))
    expect(toArray(dirac(read).sample(key(0), [2]))).toEqual([
      [0, 1, 0],
      [0, 1, 0],
    ])
    expect(item(negativeLogLikelihood(dirac(2.5), 2.5))).toBe(0)
  })
})

test('distributions go through jit and vmap', () => {
  const f = (m: Tensor<[], 'f64'>) => negativeLogLikelihood(normal(m, 2), 1)
  expect(item(jit(f)(3))).toBeCloseTo(item(f(tensor(3))), 12)
  const draw = (k: Tensor<[2], 'i32'>) => normal(0, 1).sample(k)
  const keys = splitKeys(key(1), 3)
  expect(toArray(vmap(draw)(keys))[0]).toBe(item(draw(tensor(toArray(keys)[0] as [number, number], { dtype: 'i32' }))))
})

test('shapes are typed, and refused where they do not fit', () => {
  const d = normal(tensor([1, 2]), tensor([[1], [2], [3]]))
  expectTypeOf(d.shape).toEqualTypeOf<[3, 2]>()
  expectTypeOf(d.sample(key(0), [5])).toEqualTypeOf<Tensor<[5, 3, 2], 'f64'>>()
  expectTypeOf(categorical(tensor([[1, 2]])).sample(key(0))).toEqualTypeOf<Tensor<[1], 'i32'>>()
  expectTypeOf(normal(tensor([1, 2], { dtype: 'f32' }), 1).dtype).toEqualTypeOf<'f32'>()
  // @ts-expect-error three observations for two numbers
  expect(() => negativeLogLikelihood(normal(tensor([1, 2]), 1), tensor([1, 2, 3]))).toThrow(/\[2\].*\[3\]/)
  // @ts-expect-error two means and three deviations
  expect(() => normal(tensor([1, 2]), tensor([1, 2, 3]))).toThrow()
  const f32: Float = 'f32'
  expect(normal(tensor([1], { dtype: f32 }), 1).logProb(tensor([1], { dtype: f32 })).dtype).toBe('f32')
})
