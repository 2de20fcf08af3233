import * as fc from 'fast-check'
import { add, mapLeaves, mul, scalar, tensor } from 'lanac'
import * as Laws from 'lanac/laws'
import * as Optim from 'lanac/optim'
import { key } from 'lanac/random'
import { describe, expect, test } from 'vitest'

const rate = { learningRate: 0.125 }
const still: Readonly<Record<string, Optim.Optimizer>> = {
  identity: Optim.identity,
  sgd: Optim.sgd(rate),
  momentum: Optim.momentum(rate),
  nesterov: Optim.nesterov(rate),
  adam: Optim.adam(rate),
  amsgrad: Optim.amsgrad(rate),
  nadam: Optim.nadam(rate),
  radam: Optim.radam(rate),
  adamax: Optim.adamax(rate),
  adaBelief: Optim.adaBelief(rate),
  lion: Optim.lion(rate),
  rmsprop: Optim.rmsprop({ ...rate, momentum: 0.9 }),
  'rmsprop, centred': Optim.rmsprop({ ...rate, centered: true }),
  adagrad: Optim.adagrad(rate),
  adadelta: Optim.adadelta(),
  lars: Optim.lars(rate),
  ema: Optim.ema({ beta: 0.9 }),
  clipByGlobalNorm: Optim.chain(Optim.clipByGlobalNorm(1), Optim.sgd(rate)),
  clipByNorm: Optim.clipByNorm(0.5),
  clipByValue: Optim.clipByValue(0.5),
  centralize: Optim.centralize,
  'a schedule': Optim.sgd({ learningRate: Optim.warmup({ steps: 2, after: Optim.cosine({ from: 0.5, steps: 9 }) }) }),
  'a tensor as rate': Optim.adam({ learningRate: scalar(0.125) }),
  accumulate: Optim.accumulate(2, Optim.adam(rate)),
  masked: Optim.masked((x) => x.shape.length > 1, Optim.adam(rate)),
  freeze: Optim.chain(
    Optim.adam(rate),
    Optim.freeze((x) => x.shape.length > 1),
  ),
}
const moving: Readonly<Record<string, Optim.Optimizer>> = {
  adamw: Optim.adamw(rate),
  'sgd with decay': Optim.sgd({ ...rate, momentum: 0.5, weightDecay: 0.25, decays: (x) => x.shape.length > 1 }),
  addNoise: Optim.addNoise(key(3), 0.1),
  'annealed noise': Optim.chain(Optim.sgd(rate), Optim.addNoise(key(4), Optim.inverseSqrt({ from: 0.1, steps: 1 }))),
  lamb: Optim.lamb({ ...rate, weightDecay: 0.1 }),
}

describe.each([
  ...Object.entries(still).map(([name, o]) => [name, Laws.optimizer(o, { name, still: true })] as const),
  ...Object.entries(moving).map(([name, o]) => [name, Laws.optimizer(o, { name })] as const),
])('%s', (_, suite) => {
  test.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_name, property) => {
    fc.assert(property, { numRuns: 12 })
  })
})

test('parameters of your own', () => {
  fc.assert(Laws.optimizer(Optim.adam(rate), { params: { deep: [{ w: tensor([1, 2]) }, null] } }), { numRuns: 5 })
  fc.assert(Laws.optimizer(Optim.adam(rate), { params: fc.constant(tensor([1, 2])) }), { numRuns: 5 })
})

describe('what is wrong is found', () => {
  const bad = (o: Optim.Optimizer, name: string, options: Laws.OptimizerOptions = {}): void => {
    const found = Laws.optimizer(o, options).laws.find((l) => l.name === name)
    expect(found).toBeDefined()
    const { failed, errorInstance } = fc.check((found as Laws.LawProperty).property, { numRuns: 20 })
    expect(failed).toBe(true)
    expect(errorInstance).toMatchObject({ message: expect.stringContaining(`the optimizer: ${name}`) })
  }

  test('a hidden state', () => {
    let calls = 0
    bad(
      Optim.fromStep({ name: 'counts', init: () => null, update: (u, s) => [mapLeaves((x) => mul(x, calls++))(u), s] }),
      'purity',
    )
  })

  test('a number kept from the first update is another in a compiled one', () => {
    let first: number | undefined
    bad(
      Optim.fromStep({
        name: 'remembers',
        init: () => null,
        update: (u, s) => {
          first = first === undefined ? 1 : first + 1
          return [mapLeaves((x) => mul(x, first as number))(u), s]
        },
      }),
      'jit',
    )
  })

  test('updates of another element type', () => {
    bad(
      Optim.fromStep({ name: 'widens', init: () => null, update: (u, s) => [mapLeaves(() => tensor([1]))(u), s] }),
      'form',
    )
  })

  test('a state that changes its form', () => {
    bad(Optim.fromStep<unknown>({ name: 'grows', init: () => null, update: (u, s) => [u, [s]] }), 'form')
  })

  test('an update out of nothing', () => {
    bad(
      Optim.fromStep({ name: 'lifts', init: () => null, update: (u, s) => [mapLeaves((x) => add(x, 1))(u), s] }),
      'stillness',
      { still: true },
    )
  })

  test('a null gradient that comes to life', () => {
    bad(
      Optim.fromStep<unknown>({
        name: 'wakes',
        init: (p) => p,
        update: (u, s, p) => [(u === null ? p : u) as typeof u, s],
      }),
      'null',
      { params: tensor([1]) },
    )
  })
})
