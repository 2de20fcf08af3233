/** The two programs of the lecture and their numbers: section 7. */
import {
  add,
  grad,
  item,
  jit,
  matmul,
  mul,
  pow,
  relu,
  type Scalar,
  square,
  sub,
  type Tensor,
  tensor,
  toArray,
  valueAndGrad,
} from 'lanac'
import { tolerance } from 'lanac/laws'
import { binaryCrossEntropyWithLogits, l2 } from 'lanac/loss'
import * as Optim from 'lanac/optim'
import { describe, expect, it } from 'vitest'

const within = (found: number, expected: number, relative: number): void => {
  expect(Math.abs(found - expected), `${found} is not ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))
}

/** To the last digits that the order of summation leaves. */
const DIGITS = tolerance('f64', 'cancelled')

describe('“hello world”: y = x⁴ − x³ − 2x² + 3, 100 steps of 0.13 from 2', () => {
  const y = (x: Scalar) => add(sub(sub(pow(x, 4), pow(x, 3)), mul(2, square(x))), 3)
  const both = valueAndGrad(y)

  /** Value and derivative at every point, before it moves. */
  const descent = (step: (x: Tensor<[], 'f64'>) => readonly [Tensor<[], 'f64'>, Tensor<[], 'f64'>]) => {
    let x = tensor(2) as Tensor<[], 'f64'>
    return Array.from({ length: 100 }, () => {
      const [value, slope] = step(x)
      const now = { x: item(x), y: item(value), dy: item(slope) }
      x = sub(x, mul(0.13, slope))
      return now
    })
  }

  for (const [name, step] of [
    ['eager', (x: Tensor<[], 'f64'>) => both(x)],
    ['compiled', jit((x: Tensor<[], 'f64'>) => both(x))],
  ] as const)
    it(`goes as printed, ${name}`, () => {
      const run = descent(step as never)
      expect(run[0]).toEqual({ x: 2, y: 3, dy: 12 })
      const [, second, third] = run as [unknown, (typeof run)[0], (typeof run)[0]]
      within(second.x, 0.44, DIGITS)
      within(second.y, 2.56509696, DIGITS)
      within(second.dy, -2.000064, DIGITS)
      within(third.x, 0.70000832, DIGITS)
      within(third.y, 1.917075888559703, DIGITS)
      within(third.dy, -2.898019302026197, DIGITS)
      const last = run[99] as (typeof run)[0]
      within(last.x, 1.4430004681646915, DIGITS)
      // y is what is left of terms of size 4
      expect(Math.abs(last.y - 0.16657759099964897)).toBeLessThanOrEqual(DIGITS)
      within(last.y, 0.16657759099964897, DIGITS)
    })

  it('goes to the same place as a chain of an optimiser', () => {
    const optimizer = Optim.sgd({ learningRate: 0.13 })
    let x = tensor(2) as Tensor<[], 'f64'>
    let state = optimizer.init(x)
    for (let i = 0; i < 99; i++) {
      const [updates, next] = optimizer.update(grad(y)(x), state, x)
      x = Optim.applyUpdates(x, updates)
      state = next
    }
    within(item(x), 1.4430004681646915, DIGITS)
  })

  it('runs in float32, as on the slide', () => {
    type F = Tensor<[], 'f32'>
    const y32 = (x: F) => add(sub(sub(pow(x, 4), pow(x, 3)), mul(2, square(x))), 3)
    let x = tensor(2, { dtype: 'f32' }) as F
    for (let i = 0; i < 99; i++) x = sub(x, mul(0.13, grad(y32 as never)(x as never) as F))
    expect(x.dtype).toBe('f32')
    // a fixed point up to the rounding of y′, terms of size 12, over y″ = 13
    within(item(x), 1.4430004681646915, tolerance('f32', 'program') * 12)
    expect(Math.abs(item(y32(x)) - 0.16657759099964897)).toBeLessThanOrEqual(tolerance('f32', 'program') * 16)
    expect(Math.fround(item(x))).toBe(item(x))
  })

  it('has the stationary points 0 and (3 ± √73)/8', () => {
    expect(item(grad(y)(0))).toBe(0)
    expect(item(grad(grad(y))(0))).toBe(-4)
    const [low, high] = [(3 - Math.sqrt(73)) / 8, (3 + Math.sqrt(73)) / 8]
    for (const point of [low, high]) {
      expect(Math.abs(item(grad(y)(point)))).toBeLessThan(12 * DIGITS)
      expect(item(grad(grad(y))(point))).toBeGreaterThan(0)
    }
    let x = tensor(-1) as Tensor<[], 'f64'>
    for (let i = 0; i < 200; i++) x = sub(x, mul(0.1, grad(y)(x)))
    within(item(x), low, DIGITS)
    expect(Number(item(x).toFixed(8))).toBe(-0.69300047)
  })
})

describe('homework: x⁵ − x⁴ − x = −1', () => {
  const residual = (x: Scalar) => add(sub(sub(pow(x, 5), pow(x, 4)), x), 1)
  const loss = (x: Scalar) => square(residual(x))

  it('has the roots −1, simple, and 1, double', () => {
    expect([item(residual(-1)), item(residual(1))]).toEqual([0, 0])
    expect([item(grad(residual)(-1)), item(grad(residual)(1))]).toEqual([8, 0])
    expect(item(grad(grad(residual))(1))).toBe(8)
    // (x − 1)²(x + 1)(x² + 1): no other real ones
    for (const x of [-2.5, -1.5, -0.5, 0.25, 0.75, 1.5, 3])
      within(item(residual(x)), (x - 1) ** 2 * (x + 1) * (x * x + 1), DIGITS * 10)
  })

  const descend = (from: number, rate: number, steps: number): number => {
    const step = jit((x: Tensor<[], 'f64'>) => sub(x, mul(rate, grad(loss)(x))))
    let x = tensor(from) as Tensor<[], 'f64'>
    for (let i = 0; i < steps; i++) x = step(x)
    return item(x)
  }

  it('is solved by descent: quickly to −1, slowly to 1, where the loss is of fourth order', () => {
    within(descend(-1.2, 0.005, 200), -1, DIGITS)
    // x ← x − δ·64(x − 1)³ near 1, so (x − 1)² → 1/(128·δ·k)
    const [rate, steps] = [0.005, 4000]
    const x = descend(1.5, rate, steps)
    const predicted = Math.sqrt(1 / (128 * rate * steps))
    expect(x - 1).toBeGreaterThan(0.5 * predicted)
    expect(x - 1).toBeLessThan(1.5 * predicted)
    expect(Math.abs(item(residual(x)))).toBeLessThan(0.005)
  })
})

describe('the graph: h1 = relu(W1 x), J = BCE(W2 h1, y) + λ(‖W1‖² + ‖W2‖²)', () => {
  type W1 = Tensor<[2, 2], 'f64'>
  type W2 = Tensor<[2], 'f64'>
  const x = tensor([1, 1])
  const w1 = tensor([[0.5, 0], [0, 1]]) // biome-ignore format: a matrix
  const w2 = tensor([1, 0])
  const logit = (a: W1, b: W2) => matmul(b, relu(matmul(a, x)))
  const bce = (a: W1, b: W2) => binaryCrossEntropyWithLogits(logit(a, b), 0)
  const J = (a: W1, b: W2) => add(bce(a, b), mul(0.01, add(l2(a), l2(b))))

  it('has the values of the slide', () => {
    expect(item(logit(w1, w2))).toBe(0.5)
    within(item(bce(w1, w2)), 0.9740769841801067, DIGITS)
    within(item(J(w1, w2)), 0.9965769841801067, DIGITS)
    within(Math.log(1 + Math.exp(0.5)), 0.9740769841801067, DIGITS)
  })

  it('has its gradients, to four digits', () => {
    const [d1, d2] = grad(J, { argument: [0, 1] })(w1, w2)
    const digits = (v: number): number => Number(v.toFixed(4))
    expect((toArray(d1) as unknown as number[][]).map((r) => r.map(digits))).toEqual([[0.6325, 0.6225], [0, 0.02]]) // biome-ignore format: a matrix
    expect((toArray(d2) as readonly number[]).map(digits)).toEqual([0.3312, 0.6225])
    // σ(½) by each entry of the first row, and 2λW
    const s = 1 / (1 + Math.exp(-0.5))
    within((toArray(d1) as unknown as number[][])[0]?.[0] as number, s + 0.01, DIGITS)
    within((toArray(d2) as readonly number[])[0] as number, s * 0.5 + 0.02, DIGITS)
  })

  it('has them by finite differences too', () => {
    const [d1, d2] = grad(J, { argument: [0, 1] })(w1, w2)
    const h = 1e-3
    const slope = (f: (t: number) => number): number => (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h)
    const rows = toArray(w1) as unknown as number[][]
    const truncation = tolerance('f64', 'truncation')
    for (const i of [0, 1]) {
      for (const j of [0, 1]) {
        const moved = (t: number): W1 =>
          tensor(rows.map((r, k) => r.map((v, l) => (k === i && l === j ? v + t : v)))) as W1
        const found = slope((t) => item(J(moved(t), w2)))
        expect(Math.abs(found - ((toArray(d1) as unknown as number[][])[i]?.[j] as number))).toBeLessThan(truncation)
      }
      const moved = (t: number): W2 =>
        tensor((toArray(w2) as readonly number[]).map((v, k) => (k === i ? v + t : v))) as W2
      const found = slope((t) => item(J(w1, moved(t))))
      expect(Math.abs(found - ((toArray(d2) as readonly number[])[i] as number))).toBeLessThan(truncation)
    }
  })
})
