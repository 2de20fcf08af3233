/** Activations: values and derivatives against closed forms and differences, at corners, in the tails and at infinity. */
import * as fc from 'fast-check'
import {
  clip,
  elu,
  gelu,
  grad,
  item,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  type Scalar,
  scalar,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
  tensor,
  toArray,
  vmap,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'
import { difference, everywhere, type Function1, first, second } from './derivative.js'

// ------------------------------------------------------------------------------------------------------- closed forms

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805
const sigma = (x: number): number => 1 / (1 + Math.exp(-x))

interface Activation {
  readonly f: Function1
  /** By the definition, not stably. */
  readonly value: (x: number) => number
  readonly slope: (x: number) => number
}

const activations: Readonly<Record<string, Activation>> = {
  relu: { f: (x) => relu(x), value: (x) => Math.max(0, x), slope: (x) => (x > 0 ? 1 : 0) },
  leakyRelu: {
    f: (x) => leakyRelu(x, { alpha: 0.2 }),
    value: (x) => Math.max(0, x) + 0.2 * Math.min(0, x),
    slope: (x) => (x >= 0 ? 1 : 0.2),
  },
  elu: {
    f: (x) => elu(x, { alpha: 1.5, scale: 2 }),
    value: (x) => 2 * (x < 0 ? 1.5 * (Math.exp(x) - 1) : x),
    slope: (x) => 2 * (x < 0 ? 1.5 * Math.exp(x) : 1),
  },
  selu: {
    f: selu,
    value: (x) => SELU_SCALE * (x < 0 ? SELU_ALPHA * (Math.exp(x) - 1) : x),
    slope: (x) => SELU_SCALE * (x < 0 ? SELU_ALPHA * Math.exp(x) : 1),
  },
  sigmoid: { f: sigmoid, value: sigma, slope: (x) => sigma(x) * sigma(-x) },
  tanh: { f: tanh, value: (x) => 2 * sigma(2 * x) - 1, slope: (x) => 4 * sigma(2 * x) * sigma(-2 * x) },
  softplus: { f: softplus, value: (x) => Math.log(1 + Math.exp(x)), slope: sigma },
  logSigmoid: { f: logSigmoid, value: (x) => -Math.log(1 + Math.exp(-x)), slope: (x) => sigma(-x) },
  softsign: { f: softsign, value: (x) => x / (1 + Math.abs(x)), slope: (x) => 1 / (1 + Math.abs(x)) ** 2 },
  silu: { f: silu, value: (x) => x * sigma(x), slope: (x) => sigma(x) * (1 + x * sigma(-x)) },
  mish: {
    f: mish,
    value: (x) => x * Math.tanh(Math.log(1 + Math.exp(x))),
    slope: (x) => {
      const t = Math.tanh(Math.log(1 + Math.exp(x)))
      return t + x * (1 - t * t) * sigma(x)
    },
  },
  geluTanh: {
    f: (x) => gelu(x, { approximate: true }),
    value: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    slope: (x) => {
      const t = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)
    },
  },
  clip: {
    f: (x) => clip(x, { min: -1, max: 2 }),
    value: (x) => Math.min(2, Math.max(-1, x)),
    slope: (x) => (x >= -1 && x < 2 ? 1 : 0),
  },
}

/** Both within the tolerance of reference values, of the larger of their size and 1. */
const close = (found: number, expected: number): boolean =>
  found === expected || Math.abs(found - expected) <= tolerance('f64', 'reference') * Math.max(1, Math.abs(expected))

const numbers = fc.double({ min: -20, max: 20, noNaN: true })

describe.each(Object.entries(activations))('%s', (_, { f, value, slope }) => {
  test('its value and its derivative are those of the definition, in every mode', () => {
    fc.assert(
      fc.property(numbers, (x) => {
        expect(close(item(f(scalar(x))), value(x)), `value at ${x}`).toBe(true)
        for (const [mode, d] of Object.entries(first(f, x))) expect(close(d, slope(x)), `${mode} at ${x}`).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
  test('its second derivative is the difference of the first', () => {
    const kinks = [-1, 0, 2]
    fc.assert(
      fc.property(numbers, (x) => {
        const h = 1e-3
        // away from kinks by the reach of the differences
        if (kinks.some((k) => Math.abs(x - k) < 3 * h)) return
        const expected = difference(slope, x, h)
        for (const [mode, d] of Object.entries(second(f, x)))
          expect(Math.abs(d - expected), `${mode} at ${x}`).toBeLessThanOrEqual(tolerance('f64', 'truncation'))
      }),
      { numRuns: 60 },
    )
  })
  test('it passes NaN on', () => {
    expect(item(f(scalar(Number.NaN)))).toBeNaN()
  })
})

// -------------------------------------------------------------------------------------------------------------- corners

const all = (f: Function1, x: number, value: number): void => {
  const d = first(f, x)
  expect(d).toEqual(everywhere(d, value))
}

describe('at corners the derivative is', () => {
  const corners: readonly (readonly [string, Function1, number, number])[] = [
    ['relu: 0, the left one', (x) => relu(x), 0, 0],
    ['relu: 1, when the right one is chosen', (x) => relu(x, { derivativeAtZero: 1 }), 0, 1],
    ['leakyRelu: 1', (x) => leakyRelu(x), 0, 1],
    ['elu: the scale', (x) => elu(x, { scale: 3 }), 0, 3],
    ['selu: the scale', (x) => selu(x), 0, SELU_SCALE],
    ['softsign: 1', softsign, 0, 1],
    ['clip: 1 at the lower bound', (x) => clip(x, { min: -1, max: 1 }), -1, 1],
    ['clip: 0 at the upper bound', (x) => clip(x, { min: -1, max: 1 }), 1, 0],
  ]
  test.each(corners)('%s', (_, f, x, value) => {
    all(f, x, value)
    all(f, x === 0 ? -0 : x, value)
  })
  test('the same under vmap over both sides of a corner', () => {
    const f = vmap((x: Scalar) => relu(x))
    expect(toArray(f(tensor([-1, 0, 1])))).toEqual([0, 0, 1])
  })
})

// ---------------------------------------------------------------------------------------------------------------- tails

describe('far out', () => {
  const limits: readonly (readonly [string, Function1, readonly [number, number], readonly [number, number]])[] = [
    // name, function, [value, derivative] at −∞, and at ∞
    ['sigmoid', sigmoid, [0, 0], [1, 0]],
    ['tanh', tanh, [-1, 0], [1, 0]],
    ['softsign', softsign, [-1, 0], [1, 0]],
    ['softplus', softplus, [0, 0], [Infinity, 1]],
    ['logSigmoid', logSigmoid, [-Infinity, 1], [0, 0]],
    ['relu', (x) => relu(x), [0, 0], [Infinity, 1]],
    ['leakyRelu', (x) => leakyRelu(x), [-Infinity, 0.01], [Infinity, 1]],
    ['elu', (x) => elu(x), [-1, 0], [Infinity, 1]],
    ['silu', silu, [0, 0], [Infinity, 1]],
    ['mish', mish, [0, 0], [Infinity, 1]],
    ['gelu', (x) => gelu(x), [0, 0], [Infinity, 1]],
    ['gelu by tanh', (x) => gelu(x, { approximate: true }), [0, 0], [Infinity, 1]],
  ]
  test.each(limits)('%s reaches its limits, and so does its derivative', (_, f, low, high) => {
    for (const [x, [value, slope]] of [
      [-Infinity, low],
      [Infinity, high],
    ] as const) {
      expect(item(f(scalar(x))) + 0).toBe(value)
      for (const [mode, d] of Object.entries(first(f, x))) expect(d + 0, `${mode} at ${x}`).toBe(slope)
    }
  })
  test.each(limits)('%s is finite at ±1e300 in f64 and at ±1e3 in f32, its derivatives too', (_, f) => {
    for (const x of [1e300, -1e300]) {
      expect(item(f(scalar(x)))).not.toBeNaN()
      for (const d of [...Object.values(first(f, x)), ...Object.values(second(f, x))])
        expect(Number.isFinite(d)).toBe(true)
    }
    for (const x of [1e3, -1e3]) {
      const half = (v: Scalar): Scalar => f(v)
      expect(Number.isFinite(item(half(tensor(x, { dtype: 'f32' }) as never)))).toBe(true)
    }
  })
  test('softplus has the slopes of the logistic function where its halves meet', () => {
    const slopes = [softplus, grad(softplus), grad(grad(softplus)), grad(grad(grad(softplus)))]
    const exact = [Math.LN2, 1 / 2, 1 / 4, 0]
    slopes.forEach((f, i) => {
      expect(Math.abs(item(f(0) as Scalar) - (exact[i] as number))).toBeLessThan(1e-15)
    })
  })
  test('small tails keep their digits', () => {
    const near = (found: number, expected: number): void =>
      expect(Math.abs(found / expected - 1)).toBeLessThanOrEqual(tolerance('f64', 'reference'))
    near(item(sigmoid(-300)), Math.exp(-300))
    near(item(softplus(-300)), Math.exp(-300))
    near(item(logSigmoid(300)), -Math.exp(-300))
    for (const d of Object.values(first(sigmoid, 300))) near(d, Math.exp(-300))
    for (const d of Object.values(first(softsign, 1e8))) near(d, 1e-16 / (1 + 1e-8) ** 2)
  })
})
