import * as fc from 'fast-check'
import {
  add,
  customJvp,
  customVjp,
  div,
  exp,
  greater,
  logSumExp,
  matmul,
  mul,
  relu,
  sigmoid,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  where,
} from 'lanac'
import * as Laws from 'lanac/laws'
import { describe, expect, test } from 'vitest'

type Vector = Tensor<[3]>

/** Why a suite fails: the law's own words. */
const reason = (suite: Laws.Suite, numRuns = 20): string => {
  try {
    fc.assert(suite, { numRuns })
  } catch (e) {
    return String(((e as Error).cause as Error | undefined)?.message ?? e)
  }
  return 'nothing'
}

const each = (suite: Laws.Suite): void => {
  test.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
    fc.assert(property, { numRuns: 40 })
  })
}

describe('softmax of a product', () => {
  each(
    Laws.gradient((w: Tensor<[2, 3]>, x: Vector) => softmax(tanh(matmul(w, x))), {
      inputs: [[2, 3], [3]],
    }),
  )
})

describe('a function of trees', () => {
  const loss = (p: { readonly w: Tensor<[2, 3]>; readonly b: Tensor<[2]> }, x: Vector) => {
    const y = add(matmul(p.w, x), p.b)
    return { loss: logSumExp(y), hidden: [sigmoid(y)] }
  }
  const tree = {
    w: tensor([
      [0.5, -1, 2],
      [0.25, 1, -0.5],
    ]),
    b: tensor([0.125, -0.75]),
  }
  each(Laws.gradient(loss, { inputs: [tree, [3]] }))
})

describe('a scalar and a number', () => {
  each(Laws.gradient((x: Tensor<[]>, y: number) => mul(exp(x), y), { inputs: [[], 1.5] }))
})

describe('what fails says why', () => {
  test('a tangent rule off by a factor', () => {
    const wrong = customJvp(
      (x: Vector) => square(x),
      ([x], [dx]) => [square(x), mul(x, dx)],
    )
    expect(reason(Laws.gradient(wrong, { inputs: [[3]], name: 'wrong' }))).toMatch(
      /^wrong: finite differences does not hold[\s\S]*left {3}-?[\d.e-]+\nright {2}/,
    )
  })
  test('a pullback with the wrong sign', () => {
    const wrong = customVjp(
      (x: Vector) => exp(x),
      (x: Vector) => [exp(x), exp(x)],
      (y, ct) => [mul(sub(0, y), ct)],
    )
    expect(reason(Laws.gradient(wrong, { inputs: [[3]] }))).toMatch(/finite differences does not hold/)
  })
  test('a gradient that is stopped', () => {
    const plain = (x: Vector): Tensor => sum(mul(x, x))
    const stopped = (x: Vector): Tensor => sum(mul(x, stopGradient(x)))
    expect(reason(Laws.custom(stopped, plain, { inputs: [[3]] }))).toMatch(/tangents does not hold/)
  })
  test('a kink, found by finite differences when numbers come near it', () => {
    const near = (x: Vector): Tensor => relu(sub(x, tensor([0.25, 0.5, 0.75])))
    const domain = { low: 0.24999, high: 0.25001 }
    expect(reason(Laws.gradient(near, { inputs: [[3]], domain }), 200)).toMatch(/finite differences does not hold/)
  })
  test('what the function throws', () => {
    expect(reason(Laws.gradient((x: Vector) => matmul(x, tensor([1, 2]) as never), { inputs: [[3]] }))).toMatch(
      /matmul/,
    )
  })
})

describe('custom rules', () => {
  const plain = (x: Vector): Vector => div(x, add(1, exp(x))) as Vector
  const slope = (x: Vector): Tensor => {
    const s = div(1, add(1, exp(x)))
    return sub(s, mul(mul(x, s), sub(1, s)))
  }
  describe('a tangent', () => {
    each(
      Laws.custom(
        customJvp(plain, ([x], [dx]) => [plain(x), mul(slope(x), dx) as Vector]),
        plain,
        { inputs: [[3]] },
      ),
    )
  })
  describe('a pullback', () => {
    each(
      Laws.custom(
        customVjp(
          plain,
          (x: Vector) => [plain(x), slope(x)],
          (s, ct) => [mul(s, ct) as Vector],
        ),
        plain,
        { inputs: [[3]] },
      ),
    )
  })
  describe('straight-through says that it is not the derivative', () => {
    const step = (x: Vector): Vector => where(greater(x, 0), 1, 0) as Vector
    each(
      Laws.custom(
        customJvp(step, ([x], [dx]) => [step(x), dx]),
        step,
        { inputs: [[3]], isDerivative: false },
      ),
    )
  })
})
