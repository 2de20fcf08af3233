/** Losses and output layers: section 3 of the lecture. */
import * as fc from 'fast-check'
import {
  add,
  argmax,
  convert,
  exp,
  grad,
  item,
  log,
  logSumExp,
  mul,
  oneHot,
  sigmoid,
  softmax,
  square,
  sub,
  type Tensor,
  take,
  tensor,
  toArray,
} from 'lanac'
import { close, exact, holds, tolerance } from 'lanac/laws'
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  gaussianNll,
  l1,
  l2,
  meanSquaredError,
  softCrossEntropy,
  zeroOneLoss,
} from 'lanac/loss'
import { describe, expect, it } from 'vitest'

type Vector = Tensor<[number], 'f64'>

const near = (left: unknown, right: unknown, scale?: number): void => {
  const measure = { tolerance: tolerance('f64', 'reference') }
  const verdict = close(left, right, scale === undefined ? measure : { ...measure, scale })
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const label = (k: number) => tensor(k, { dtype: 'i32' })
const logits = fc
  .array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 2, maxLength: 6 })
  .map((z) => tensor(z) as Vector)
const classified = logits.chain((z) => fc.tuple(fc.constant(z), fc.nat(z.shape[0] - 1)))

describe('empirical risk', () => {
  it('is the mean loss and λ times a regulariser', () => {
    const [x, y, w] = [tensor([1, 2, 4]), tensor([1, 3, 3]), tensor([3, -4])]
    expect(item(meanSquaredError(x, y))).toBe((0 + 1 + 1) / 3)
    expect([item(l2(w)), item(l1(w))]).toEqual([25, 7])
    expect(item(add(meanSquaredError(x, y), mul(0.01, l2(w))))).toBe(2 / 3 + 0.25)
  })
})

describe('negative log-likelihood', () => {
  it('of a Gaussian of unit variance is half the squared error, and a constant', () => {
    fc.assert(
      fc.property(fc.integer({ min: -64, max: 64 }), fc.integer({ min: -64, max: 64 }), (a, b) => {
        const [p, y] = [tensor([a / 8]), tensor([b / 8])]
        const half = tensor(0.5 * (a / 8 - b / 8) ** 2)
        near(gaussianNll(p, y, tensor([1])), half)
        near(gaussianNll(p, y, tensor([1]), { full: true }), add(half, 0.5 * Math.log(2 * Math.PI)))
      }),
    )
  })

  it('of a categorical distribution is the cross-entropy', () => {
    fc.assert(
      fc.property(classified, ([z, y]) => {
        near(crossEntropy(z, label(y)), mul(-1, log(take(softmax(z), y))), 20)
      }),
    )
  })

  it('of a Bernoulli distribution is the binary cross-entropy', () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), fc.constantFrom(0, 1), (z, y) => {
        const p = 1 / (1 + Math.exp(-z))
        near(
          binaryCrossEntropyWithLogits(tensor([z]), tensor([y])),
          tensor(y === 1 ? -Math.log(p) : z - Math.log(p)),
          20,
        )
      }),
    )
  })

  it('is above log 2 times the 0–1 loss', () => {
    fc.assert(
      fc.property(classified, ([z, y]) => {
        const slack = 1 - tolerance('f64', 'program')
        expect(item(crossEntropy(z, label(y)))).toBeGreaterThanOrEqual(
          slack * Math.LN2 * item(zeroOneLoss(z, label(y))),
        )
      }),
    )
    // both are log 2 when two classes tie
    expect(item(crossEntropy(tensor([0, 0]), label(1)))).toBe(Math.LN2)
    expect(item(zeroOneLoss(tensor([0, 0]), label(1)))).toBe(1)
  })

  it('has a slope where the 0–1 loss has none', () => {
    const z = tensor([1, -0.5])
    expect(toArray(grad((v: typeof z) => zeroOneLoss(v, label(1)))(z))).toEqual([0, 0])
    const [up, down] = toArray(grad((v: typeof z) => crossEntropy(v, label(1)))(z)) as readonly number[]
    expect(up).toBeGreaterThan(0.5)
    expect(down).toBeLessThan(-0.5)
  })

  it('is near 0 when the model is right, and what the most active wrong class says when it is wrong', () => {
    const z = tensor([30, 2, -5])
    expect(item(crossEntropy(z, label(0)))).toBeLessThan(1e-12)
    expect(item(crossEntropy(z, label(0)))).toBeGreaterThan(0)
    fc.assert(
      fc.property(classified, ([values, y]) => {
        const loss = item(crossEntropy(values, label(y)))
        const z = toArray(values) as readonly number[]
        const lead = Math.max(...z.filter((_, k) => k !== y)) - (z[y] as number)
        const slack = tolerance('f64', 'reference') * 40
        expect(loss).toBeGreaterThanOrEqual(Math.max(lead, 0) - slack)
        expect(loss).toBeLessThanOrEqual(Math.max(lead, 0) + Math.log(z.length) + slack)
      }),
    )
  })
})

describe('softmax', () => {
  it('is exp z over the sum, and the posterior of a joint density e^z', () => {
    fc.assert(
      fc.property(logits, (z) => {
        near(softmax(z), mul(exp(z), item(exp(sub(0, logSumExp(z))))), 1)
        const values = (toArray(z) as readonly number[]).map(Math.exp)
        const whole = values.reduce((a, b) => a + b, 0)
        near(softmax(z), tensor(values.map((v) => v / whole)))
      }),
    )
  })

  it('has C − 1 degrees of freedom: fixing one logit to 0 loses nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -128, max: 128 }), { minLength: 2, maxLength: 6 }),
        fc.integer({ min: -64, max: 64 }),
        (k, c) => {
          const z = tensor(k.map((v) => v / 8)) as Vector
          const verdict = exact(softmax(sub(z, (k[0] as number) / 8)), softmax(z))
          expect(holds(verdict), verdict.witness()).toBe(true)
          expect(toArray(softmax(add(z, c / 8)))).toEqual(toArray(softmax(z)))
          expect(toArray(softmax(sub(z, Math.max(...k) / 8)))).toEqual(toArray(softmax(z)))
        },
      ),
    )
  })

  it('of two classes with the first logit 0 is the sigmoid', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (z) => {
        near(take(softmax(tensor([0, z])), 1), sigmoid(z))
      }),
    )
  })
})

describe('the names', () => {
  it('softmax is a soft argmax: the gradient of LSE, and all of its weight on the largest logit when they are far apart', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 6 }), (k) => {
        const z = tensor(k) as Vector
        near(grad((v: Vector) => logSumExp(v))(z), softmax(z), 1)
        expect(toArray(softmax(mul(1000, z)))).toEqual(toArray(convert(oneHot(argmax(z), k.length), 'f64')))
        expect(toArray(softmax(mul(0, z)))).toEqual(k.map(() => 1 / k.length))
      }),
    )
  })

  it('LSE is the soft maximum: from it to log C above, and it when the logits are far apart', () => {
    fc.assert(
      fc.property(logits, (z) => {
        const values = toArray(z) as readonly number[]
        const [top, lse] = [Math.max(...values), item(logSumExp(z))]
        const slack = tolerance('f64', 'reference')
        expect(lse).toBeGreaterThanOrEqual(top)
        expect(lse).toBeLessThanOrEqual(top + Math.log(values.length) + slack)
        // LSE(t·z)/t, in the same bounds divided by t
        const hard = item(logSumExp(mul(1e6, z))) / 1e6
        expect(Math.abs(hard - top)).toBeLessThanOrEqual(Math.log(values.length) / 1e6 + slack)
      }),
    )
  })
})

describe('−log softmax', () => {
  it('is LSE(z) − z_y, and LSE is max z + log Σ exp(z − max z)', () => {
    fc.assert(
      fc.property(classified, ([z, y]) => {
        near(crossEntropy(z, label(y)), sub(logSumExp(z), take(z, y)), 40)
        const v = toArray(z) as readonly number[]
        const top = Math.max(...v)
        near(logSumExp(z), tensor(top + Math.log(v.reduce((s, x) => s + Math.exp(x - top), 0))), 20)
      }),
    )
  })

  it('is finite and right at 10³ in f32 and 10³⁰⁰ in f64', () => {
    for (const [dtype, m] of [
      ['f32', 1e3],
      ['f64', 1e300],
    ] as const) {
      const z = tensor([m, -m, m], { dtype }) as Tensor<[3], 'f64'>
      const t = { tolerance: tolerance(dtype, 'program'), scale: 'element' } as const
      const right = (found: unknown, values: readonly number[] | number): void => {
        const verdict = close(found, tensor(values as number[], { dtype }), t)
        expect(holds(verdict), verdict.witness()).toBe(true)
      }
      right(crossEntropy(z, label(0)), Math.log(2))
      right(crossEntropy(z, label(1)), 2 * m + Math.log(2))
      right(logSumExp(z), m + Math.log(2))
      right(softmax(z), [0.5, 0, 0.5])
      right(grad((v: Tensor<[3], 'f64'>) => crossEntropy(v, label(0)))(z), [-0.5, 0, 0.5])
      right(grad((v: Tensor<[3], 'f64'>) => crossEntropy(v, label(1)))(z), [0.5, -1, 0.5])
    }
  })

  it('takes masked classes of logit −∞', () => {
    const z = tensor([1, -Infinity, 1])
    expect(item(crossEntropy(z, label(0)))).toBe(Math.LN2)
    expect(item(crossEntropy(z, label(1)))).toBe(Infinity)
    expect(toArray(softmax(z))).toEqual([0.5, 0, 0.5])
    expect(toArray(grad((v: Tensor<[3], 'f64'>) => crossEntropy(v, label(0)))(z))).toEqual([-0.5, 0, 0.5])
    expect(item(logSumExp(z))).toBe(1 + Math.LN2)
  })
})

describe('derivatives in the logits', () => {
  it('∂ℓ_CE/∂z_k = softmax(z)_k − 1[y = k]', () => {
    fc.assert(
      fc.property(classified, ([z, y]) => {
        const g = grad((v: Vector) => crossEntropy(v, label(y)))(z)
        near(g, sub(softmax(z), convert(oneHot(label(y), z.shape[0]), 'f64')), 1)
      }),
    )
  })

  it('dℓ_CE(y, σ(z))/dz = σ(z) − y', () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 700, noNaN: true }), fc.constantFrom(0, 1), (z, y) => {
        const g = grad((v: Tensor<[1], 'f64'>) => binaryCrossEntropyWithLogits(v, tensor([y])))(tensor([z]))
        near(g, sub(sigmoid(tensor([z])), y), 1)
      }),
    )
  })

  it('∂ℓ_MSE/∂z = 2(σ − y)(1 − σ)σ, which vanishes where the model is saturated and wrong', () => {
    const squared = (z: Tensor<[], 'f64'>, y: number) => square(sub(sigmoid(z), y)) as Tensor<[], 'f64'>
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), fc.constantFrom(0, 1), (z, y) => {
        const s = 1 / (1 + Math.exp(-z))
        const back = 1 / (1 + Math.exp(z))
        near(grad((v: Tensor<[], 'f64'>) => squared(v, y))(tensor(z)), tensor(2 * (s - y) * back * s), 1)
      }),
    )
    const z = tensor(-20)
    const slow = item(grad((v: Tensor<[], 'f64'>) => squared(v, 1))(z))
    const quick = item(grad((v: Tensor<[], 'f64'>) => binaryCrossEntropyWithLogits(v, 1))(z))
    expect(Math.abs(slow)).toBeLessThan(1e-8)
    expect(Math.abs(quick + 1)).toBeLessThan(1e-8)
  })
})

describe('squared error for classification', () => {
  const target = tensor([0, 0, 1])
  const [sure, spread] = [tensor([0.8, 0, 0.2]), tensor([0.4, 0.4, 0.2])]

  it('costs 1.28 and 0.96 where the negative log-likelihood is equal', () => {
    near(meanSquaredError(sure, target, { reduction: 'sum' }), tensor(1.28))
    near(meanSquaredError(spread, target, { reduction: 'sum' }), tensor(0.96))
    const nll = (p: Tensor<[3], 'f64'>) => softCrossEntropy(log(p), target)
    near(nll(sure), tensor(-Math.log(0.2)))
    near(nll(spread), tensor(-Math.log(0.2)))
  })
})
