/** Law 16: control flow is what it is written out, with its derivatives. */
import * as fc from 'fast-check'
import { add, customJvp, matmul, mul, sin, stopGradient, sub, sum, type Tensor, tanh, tensor } from 'lanac'
import * as Laws from 'lanac/laws'
import { describe, expect, test } from 'vitest'

const each = (suite: Laws.Suite, numRuns: number): void => {
  test.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
    fc.assert(property, { numRuns })
  })
}

describe('random programs', () => {
  each(Laws.controlFlow(), 60)
})

describe('steps of one’s own', () => {
  const w = tensor([
    [0.5, -0.25, 1],
    [0.75, 0.5, -0.5],
    [-1, 0.25, 0.5],
  ])
  describe('a recurrent cell', () => {
    const cell = (h: Tensor, x: Tensor) => {
      const next = tanh(add(matmul(w, h as Tensor<[3]>), x))
      return [next, sum(mul(next, h))] as const
    }
    each(Laws.scan(cell, { inputs: [[3], [4, 3]] }), 10)
  })
  describe('trees, from the last to the first', () => {
    interface State {
      readonly a: Tensor
      readonly b: Tensor
    }
    const step = ({ a, b }: State, [x, y]: readonly [Tensor, Tensor]) =>
      [{ a: sub(mul(b, x), y), b: sin(a) }, [a, mul(b, y)]] as const
    const inputs = [
      fc.constant({ a: tensor([0.5, 1]), b: tensor([-1, 0.75]) }),
      fc.constant([
        tensor([
          [1, 2],
          [0.5, -1],
          [0.25, 1],
        ]),
        tensor([
          [0.5, -0.5],
          [1, 1],
          [2, 0],
        ]),
      ]),
    ] as const
    each(Laws.scan(step, { inputs, reverse: true }), 5)
  })
})

test('a wrong rule inside a step is found out', () => {
  const wrong = customJvp(
    (x: Tensor) => sin(x),
    ([x], [dx]) => [sin(x), mul(sin(x), dx)] as const,
  )
  const suite = Laws.scan((c: Tensor, x: Tensor) => [add(wrong(c), x), c], { inputs: [[2], [3, 2]] })
  const l = suite.laws.find((x) => x.name === 'derivatives: finite differences') as Laws.LawProperty
  expect(fc.check(l.property, { numRuns: 5, endOnFailure: true }).failed).toBe(true)
})

test('a step that stops gradients is held to what it does', () => {
  const step = (c: Tensor, x: Tensor) => [mul(sin(stopGradient(c)), x), c] as const
  fc.assert(Laws.scan(step, { inputs: [[2], [3, 2]] }), { numRuns: 5 })
})
