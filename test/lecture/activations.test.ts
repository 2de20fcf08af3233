/** Activations and batch normalisation: section 4 of the lecture. */
import * as fc from 'fast-check'
import {
  batchNorm,
  elu,
  grad,
  item,
  leakyRelu,
  mean,
  mul,
  relu,
  type Scalar,
  sigmoid,
  softplus,
  sub,
  type Tensor,
  tanh,
  tensor,
  toArray,
  variance,
} from 'lanac'
import { close, holds, tolerance } from 'lanac/laws'
import { key, normal } from 'lanac/random'
import { describe, expect, it } from 'vitest'

type Activation = (x: Scalar) => Tensor<[], 'f64'>

const near = (found: number, expected: number, scale = Math.abs(expected)): void => {
  const verdict = close(found, expected, { tolerance: tolerance('f64', 'reference'), scale })
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const sigma = (x: number): number => 1 / (1 + Math.exp(-x))

/** The function and its derivative by their definitions. */
const table: readonly (readonly [string, Activation, (x: number) => number, (x: number) => number])[] = [
  ['relu', (x) => relu(x) as Tensor<[], 'f64'>, (x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)],
  [
    'leaky relu',
    (x) => leakyRelu(x, { alpha: 0.1 }) as Tensor<[], 'f64'>,
    (x) => Math.max(0, x) + 0.1 * Math.min(0, x),
    (x) => (x < 0 ? 0.1 : 1),
  ],
  ['softplus', (x) => softplus(x) as Tensor<[], 'f64'>, (x) => Math.log1p(Math.exp(x)), sigma],
  ['sigmoid', (x) => sigmoid(x) as Tensor<[], 'f64'>, sigma, (x) => sigma(x) * sigma(-x)],
  ['tanh', (x) => tanh(x) as Tensor<[], 'f64'>, Math.tanh, (x) => 1 / Math.cosh(x) ** 2],
  ['elu', (x) => elu(x) as Tensor<[], 'f64'>, (x) => (x < 0 ? Math.expm1(x) : x), (x) => (x < 0 ? Math.exp(x) : 1)],
  [
    'elu with λ and α',
    (x) => elu(x, { scale: 1.5, alpha: 2 }) as Tensor<[], 'f64'>,
    (x) => 1.5 * (x < 0 ? 2 * Math.expm1(x) : x),
    (x) => 1.5 * (x < 0 ? 2 * Math.exp(x) : 1),
  ],
]

describe.each(table)('%s', (_, f, value, derivative) => {
  it('has the value and the derivative of its definition', () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (x) => {
        near(item(f(x)), value(x))
        // 1 − tanh² and σ(1 − σ) cancel: within ε of 1, which is their scale
        near(item(grad(f)(x)), derivative(x), 1)
      }),
    )
  })
})

describe('at 0', () => {
  it('relu takes the left derivative, or the right one when told so', () => {
    expect(item(grad((x: Scalar) => relu(x))(0))).toBe(0)
    expect(item(grad((x: Scalar) => relu(x, { derivativeAtZero: 0 }))(0))).toBe(0)
    expect(item(grad((x: Scalar) => relu(x, { derivativeAtZero: 1 }))(0))).toBe(1)
    expect(item(relu(0, { derivativeAtZero: 1 }))).toBe(0)
  })

  it('elu takes the right derivative, λ', () => {
    expect(item(grad((x: Scalar) => elu(x))(0))).toBe(1)
    expect(item(grad((x: Scalar) => elu(x, { scale: 1.5, alpha: 3 }))(0))).toBe(1.5)
  })
})

describe('far from 0', () => {
  it('softplus does not overflow', () => {
    expect(item(softplus(1000))).toBe(1000)
    expect(item(softplus(-1000))).toBe(0)
    expect(item(softplus(1e300))).toBe(1e300)
    expect([item(grad((x: Scalar) => softplus(x))(1000)), item(grad((x: Scalar) => softplus(x))(-1000))]).toEqual([
      1, 0,
    ])
  })

  it('sigmoids saturate and strangle the gradient, relu does not', () => {
    for (const x of [-40, 40]) {
      expect(Math.abs(item(grad((v: Scalar) => sigmoid(v))(x)))).toBeLessThan(1e-17)
      expect(Math.abs(item(grad((v: Scalar) => tanh(v))(x)))).toBeLessThan(1e-17)
    }
    expect(item(grad((v: Scalar) => relu(v))(1e6))).toBe(1)
  })
})

describe('near 0', () => {
  it('tanh is like the identity, and its derivative like 1', () => {
    fc.assert(
      fc.property(fc.double({ min: -0.1, max: 0.1, noNaN: true }), (x) => {
        // the series alternates: the error is below its first term left out
        expect(Math.abs(item(tanh(x)) - x)).toBeLessThanOrEqual(Math.abs(x) ** 3 / 3 + 1e-17)
        expect(Math.abs(item(grad((v: Scalar) => tanh(v))(x)) - 1)).toBeLessThanOrEqual(x * x + 1e-15)
      }),
    )
  })

  it('tanh x = 2σ(2x) − 1', () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (x) => {
        near(item(tanh(x)), item(sub(mul(2, sigmoid(2 * x)), 1)), 1)
      }),
    )
  })
})

describe('mean activation', () => {
  it('of relu is not 0 for inputs of mean 0, that of tanh is', () => {
    const x = normal(key(0), [20_000])
    const symmetric = [x, mul(-1, x)] as const
    const whole = (f: (v: typeof x) => Tensor): number =>
      symmetric.reduce((s, v) => s + item(mean(f(v) as typeof x)), 0) / 2
    // E max(0, x) = 1/√(2π); the estimate's standard deviation is below 1/√20000
    expect(Math.abs(whole((v) => relu(v)) - 1 / Math.sqrt(2 * Math.PI))).toBeLessThan(7 / Math.sqrt(20_000))
    near(
      whole((v) => tanh(v)),
      0,
      1,
    )
  })
})

describe('batch normalisation', () => {
  const x = (() => {
    const spread = normal(key(1), [2000, 16])
    return mul(spread, tensor(Array.from({ length: 16 }, (_, i) => 0.1 + i))) as Tensor<[2000, 16], 'f64'>
  })()
  const shifted = sub(x, tensor(Array.from({ length: 16 }, (_, i) => 3 * i - 20))) as Tensor<[2000, 16], 'f64'>
  const y = batchNorm(shifted, 1, 0, { epsilon: 0 })

  it('gives every feature mean 0 and variance 1', () => {
    for (const m of toArray(mean(y, { axis: 0 })) as readonly number[]) near(m, 0, 1)
    for (const v of toArray(variance(y, { axis: 0 })) as readonly number[]) near(v, 1)
  })

  it('leaves about half of the relus active, which without it are not', () => {
    const active = (v: Tensor): readonly number[] => {
      const rows = toArray(relu(v)) as unknown as readonly (readonly number[])[]
      return Array.from({ length: 16 }, (_, j) => rows.filter((r) => (r[j] as number) > 0).length / rows.length)
    }
    // the share among 2000 has a standard deviation of 0.011
    for (const share of active(y)) expect(Math.abs(share - 0.5)).toBeLessThan(7 * 0.0112)
    expect(active(shifted).some((share) => share > 0.95)).toBe(true)
    expect(active(shifted).some((share) => share < 0.05)).toBe(true)
  })
})
