/** Every layer, and models of them, held to the laws of layers; and layers that break them, found out. */
import * as fc from 'fast-check'
import { add, leakyRelu, mean, mul, relu, sin, softmax, sub, sum, type Tensor, tanh, tensor, zeros } from 'lanac'
import * as Laws from 'lanac/laws'
import * as Lens from 'lanac/lens'
import { chain, dense, flatten, layer, parallel, reparametrise, residual, split } from 'lanac/nn'
import { normal } from 'lanac/random'
import { describe, expect, it } from 'vitest'

const block = dense(3, 3)

const halves = layer({
  name: 'halves',
  input: [2],
  output: [2],
  init: (key, { dtype }) => normal(key, [2], { dtype }) as Tensor,
  forward: (a: Tensor, x: Tensor) => [mul(a, sin(x)) as Tensor, [a, x] as const],
  backward: ([a, x], dy) => {
    const s = mul(dy, sin(x)) as Tensor
    const axes = x.shape.slice(1).map((_, i) => i)
    const cos = sin(add(x, Math.PI / 2)) as Tensor
    return [sum(s, { axis: axes }) as Tensor, mul(dy, mul(a, cos)) as Tensor]
  },
})

const centre = Lens.fromRun<{ readonly gain: Tensor }, [number], [number], [Tensor]>({
  name: 'centre',
  input: [3],
  output: [3],
  init: (key, { dtype }) => ({ gain: normal(key, [3], { dtype }) as Tensor }),
  states: (dtype) => [zeros([3], { dtype })],
  run: ({ gain }, state, x, mode) => {
    if (!mode.training) return [mul(gain, sub(x, state[0])) as Tensor, state]
    const own = mean(x, { axis: 0 }) as Tensor
    return [mul(gain, sub(x, own)) as Tensor, [add(mul(0.5, state[0]), mul(0.5, own)) as Tensor]]
  },
})

const suites = {
  dense: Laws.layer(dense(2, 3)),
  'dense without bias': Laws.layer(dense(2, 3, { bias: false })),
  'dense from nothing': Laws.layer(dense(0, 2)),
  flatten: Laws.layer(flatten(2, 2)),
  'a chain': Laws.layer(chain(dense(2, 3), tanh, dense(3, 2))),
  'a chain with kinks': Laws.layer(chain(dense(2, 3), relu, dense(3, 2), leakyRelu({ alpha: 0.1 }))),
  'a chain that ends in softmax': Laws.layer(chain(dense(2, 3), softmax)),
  'the empty chain': Laws.layer(chain()),
  'a record': Laws.layer(chain({ hidden: dense(2, 3), act: tanh, out: dense(3, 1) })),
  parallel: Laws.layer(parallel(dense(2, 2), chain(dense(1, 2), tanh))),
  split: Laws.layer(split(dense(2, 1), dense(2, 3))),
  residual: Laws.layer(residual(chain(dense(2, 3), tanh, dense(3, 2)))),
  'shared parameters': Laws.layer(
    reparametrise(chain(block, tanh, block), {
      init: (k, options) => block.init(k, options)[0],
      map: (p) => [p, p] as const,
    }),
  ),
  'a pair written by hand': Laws.layer(halves),
  'a pair in a chain': Laws.layer(chain(dense(2, 2), halves, dense(2, 1))),
  state: Laws.layer(chain(dense(2, 3), centre, tanh)),
} as const

describe.each(Object.entries(suites))('%s', (_, s) => {
  it.each(s.laws.map((l) => [l.name, l.property] as const))('%s', (__, property) => {
    fc.assert(property as fc.IPropertyWithHooks<[unknown]>, { numRuns: 10 })
  })
})

describe('composition', () => {
  const [f, g, h] = [dense(2, 3), residual(chain(dense(3, 3), relu)), chain(tanh, dense(3, 2))] as const
  const byName = chain({ a: dense(3, 3), b: tanh })
  it.each(Laws.layerCategory(f, g, h).laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
    fc.assert(property as fc.IPropertyWithHooks<[unknown]>, { numRuns: 30 })
  })
  it('of operations, records and pairs is a category too', () => {
    fc.assert(Laws.layerCategory(chain(tanh), chain(sin), chain(softmax)), { numRuns: 20 })
    fc.assert(Laws.layerCategory(f, byNameStep(byName), h), { numRuns: 20 })
    fc.assert(Laws.layerCategory(dense(1, 2), halves, dense(2, 1)), { numRuns: 20 })
  })
  it('and products are a bifunctor', () => {
    fc.assert(Laws.layerProduct([f, h], [dense(1, 2), dense(2, 2)]), { numRuns: 20 })
    fc.assert(Laws.layerProduct([chain(tanh), dense(3, 1)], [dense(2, 2), halves], { input: pairs }), { numRuns: 20 })
  })
})

const pairs = fc.constant([tensor([0.5, -1, 2]), tensor([0.25, 1])])
const byNameStep = (l: Lens.AnyLayer): Lens.AnyLayer => chain(l as never) as unknown as Lens.AnyLayer

describe('the laws find out', () => {
  const fails = (model: Lens.AnyLayer, equation: string | RegExp): void => {
    const details = fc.check(Laws.layer(model), { numRuns: 50 })
    expect(details.failed).toBe(true)
    expect(String((details.errorInstance as Error).message)).toMatch(equation)
  }
  const like = (name: string, more: object): Lens.AnyLayer =>
    layer({ name, input: [2], output: [2], init: () => tensor(0.5) as Tensor, ...more } as never)

  it('a backward that forgets a factor', () => {
    fails(
      like('wrong', {
        forward: (s: Tensor, x: Tensor) => [mul(s, mul(x, x)), [s, x]],
        backward: ([s, x]: Tensor[], dy: Tensor) => [
          sum(mul(dy, mul(x as Tensor, x as Tensor))),
          mul(s as Tensor, mul(dy, x as Tensor)),
        ],
      }),
      /finite differences|adjoint/,
    )
  })

  it('an init that counts', () => {
    let n = 0
    fails(
      like('counting', { init: () => tensor(n++), apply: (s: Tensor, x: Tensor) => add(s, x) }),
      'init is a function of the key',
    )
  })

  it('a layer that mixes its batch', () => {
    fails(
      like('mixing', {
        apply: (s: Tensor, x: Tensor) => mul(s, x.shape.length > 1 ? sub(x, mean(x, { axis: 0 })) : x),
      }),
      'apply ∘ stack = stack ∘ map apply',
    )
  })
})
