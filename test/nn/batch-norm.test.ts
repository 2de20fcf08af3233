/** Batch normalisation: statistics by their definition, threaded purely; use and training. */

import fc from 'fast-check'
import {
  add,
  allClose,
  convert,
  grad,
  greater,
  item,
  jit,
  mean,
  mul,
  relu,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  valueAndGrad,
  variance,
  vmap,
} from 'lanac'
import * as Laws from 'lanac/laws'
import { meanSquaredError } from 'lanac/loss'
import { batchNorm, chain, dense, dropout, summary } from 'lanac/nn'
import { sgd } from 'lanac/optim'
import { key, normal } from 'lanac/random'
import { fit as training } from 'lanac/train'
import { describe, expect, expectTypeOf, it } from 'vitest'

const f64 = { dtype: 'f64' } as const
const layer = batchNorm(2)
const params = layer.init(key(0), f64)
const state = layer.initState(f64)
// biome-ignore format: a matrix
const x = tensor([[1, 10], [3, 10], [5, 40]])

describe('batchNorm', () => {
  it('in training gives features of mean 0 and variance 1', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 9 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (seed, n, s) => {
          const given = normal(key(seed), [n, 4, 2], { mean: 7, std: s }) as Tensor<[number, 4, 2], 'f64'>
          const [y] = layer.train(params, state, key(0))(given)
          const axes = { axis: [0, 1] } as const
          expect(allClose(mean(y, axes), tensor([0, 0]))).toBe(true)
          // less by ε of the variance that there was
          const before = variance(given, axes)
          const expected = toArray(before).map((v) => v / (v + 1e-5))
          expect(allClose(variance(y, axes), tensor(expected as [number, number]))).toBe(true)
        },
      ),
    )
  })

  it('moves running statistics towards those of the batch, and leaves the given state as it was', () => {
    const [, next] = layer.train(params, state, key(0))(x)
    // means 3 and 20; variances, divided by the count less one, 4 and 300
    expect(allClose(next[0].mean, tensor([0.3, 2]))).toBe(true)
    expect(allClose(next[0].variance, tensor([1.3, 30.9]))).toBe(true)
    expect(toArray(state[0].mean)).toEqual([0, 0])
    expect(toArray(state[0].variance)).toEqual([1, 1])
  })

  it('in use normalises by the running statistics, each example by itself', () => {
    const known = [{ mean: tensor([3, 20]), variance: tensor([4, 100]) }] as typeof state
    const y = layer.apply(params, known)(x)
    // biome-ignore format: a matrix
    const expected = tensor([[-1, -1], [0, -1], [1, 2]])
    expect(allClose(y, expected, { absolute: 1e-4 } as never)).toBe(true)
    const each = vmap((row: Tensor<[2], 'f64'>) => layer.apply(params, known)(row))(x)
    expect(allClose(each, y)).toBe(true)
  })

  it('forgets the scale and the offset of what it is given', () => {
    const [a] = layer.train(params, state, key(0))(x)
    const [b] = layer.train(params, state, key(0))(add(mul(1000, x), 5))
    expect(allClose(a, b, { absolute: 1e-5 } as never)).toBe(true)
  })

  it('leaves about half of the ReLUs active, whatever the weights', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: -5, max: 5, noNaN: true }), (seed, shift) => {
        const model = chain(dense(3, 50), batchNorm(50))
        const p = model.init(key(seed), f64)
        const given = normal(key(seed + 1), [500, 3], { mean: shift })
        const [y] = model.train(p, model.initState(f64), key(0))(given)
        expect(item(mean(convert(greater(y, 0), 'f64')))).toBeGreaterThan(0.45)
        expect(item(mean(convert(greater(y, 0), 'f64')))).toBeLessThan(0.55)
      }),
      { numRuns: 20 },
    )
  })

  it('is differentiated through its statistics', () => {
    // a loss that sees features through their statistics alone is blind to shift and scale of the input
    const f = (v: Tensor<[3, 2], 'f64'>) => sum(mul(layer.train(params, state, key(0))(v)[0], tensor([[1, 2], [3, -4], [0, 5]]))) // biome-ignore format: one line
    const g = grad(f)(x)
    expect(allClose(sum(g, { axis: 0 }), tensor([0, 0]), { absolute: 1e-9 } as never)).toBe(true)
    const along = sum(mul(g, sub(x, mean(x, { axis: 0 }))), { axis: 0 })
    expect(allClose(along, tensor([0, 0]), { absolute: 1e-4 } as never)).toBe(true)
    fc.assert(Laws.gradient(f, { inputs: [[3, 2]] }), { numRuns: 20 })
  })

  it('is trained in a chain, its statistics in the states of training; compiled it is the same', () => {
    const model = chain(dense(2, 8), batchNorm(8), relu, dense(8, 1))
    const data = { x: normal(key(3), [64, 2]), y: normal(key(4), [64, 1]) }
    const options = {
      model,
      data,
      loss: meanSquaredError,
      optimizer: sgd({ learningRate: 0.1 }),
      key: key(5),
      epochs: 3,
    }
    const [compiled, plain] = [options, { ...options, jit: false }].map((o) => Array.from(training(o)).at(-1))
    expect(compiled?.loss).toBeCloseTo(plain?.loss as number, 9)
    expect(allClose(compiled?.state[0].mean as Tensor, plain?.state[0].mean as Tensor)).toBe(true)
    const step = jit(
      valueAndGrad((p: ReturnType<typeof model.init>) =>
        mean(square(model.train(p, model.initState(f64), key(0))(data.x)[0])),
      ),
    )
    expect(item(step(model.init(key(1), f64))[0])).toBeGreaterThan(0)
  })

  it('counts its parameters, writes its equation and types its shapes', () => {
    const s = summary(chain(dense(2, 3), batchNorm(3)))
    expect(s.parameters).toBe(9 + 6)
    expect(s.equations.at(-1)).toBe('y = batchNorm(h1; γ2, β2)')
    expectTypeOf(layer.apply(params, state)(x)).toEqualTypeOf<Tensor<[3, 2], 'f64'>>()
    // @ts-expect-error three features into two
    expect(() => layer.apply(params, state)(tensor([1, 2, 3]))).toThrow(/takes \[2\]/)
    // @ts-expect-error eight features into two
    expect(() => chain(dense(2, 8), batchNorm(2))).toThrow(/takes \[2\]/)
  })

  it('refuses a batch of one in training, and options out of range', () => {
    expect(() => layer.train(params, state, key(0))(tensor([[1, 2]]))).toThrow(/a batch of 1 has no variance/)
    expect(() => batchNorm(0)).toThrow(/whole number/)
    expect(() => batchNorm(2, { epsilon: -1 })).toThrow(/epsilon/)
    expect(() => batchNorm(2, { momentum: 2 })).toThrow(/momentum/)
  })

  it('holds to the laws of layers', () => {
    fc.assert(Laws.layer(chain(dense(2, 3), batchNorm(3), dense(3, 1))), { numRuns: 20 })
  })
})

describe('dropout', () => {
  it('in use does nothing; in training keeps means, and zeroes as often as its rate says', () => {
    const drop = dropout(1000, { rate: 0.3 })
    const ones = tensor(Array.from({ length: 1000 }, () => 1)) as Tensor<[1000], 'f64'>
    expect(toArray(drop.apply([])(ones))).toEqual(toArray(ones))
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const y = toArray(drop.train([], [], key(seed))(ones)[0])
        const zeroed = y.filter((v) => v === 0).length
        expect(Math.abs(zeroed - 300)).toBeLessThan(6.2 * Math.sqrt(1000 * 0.3 * 0.7))
        expect(y.every((v) => v === 0 || Math.abs(v - 1 / 0.7) < 1e-12)).toBe(true)
      }),
    )
  })
  it('drops the same in the derivative, other features with another key', () => {
    const drop = dropout(50)
    const ones = tensor(Array.from({ length: 50 }, () => 1)) as Tensor<[50], 'f64'>
    const run = (seed: number) => (v: typeof ones) => drop.train([], [], key(seed))(v)[0]
    const g = grad((v: typeof ones) => sum(run(1)(v)))(ones)
    expect(toArray(g)).toEqual(toArray(run(1)(ones)))
    expect(toArray(run(1)(ones))).not.toEqual(toArray(run(2)(ones)))
  })
  it('holds to the laws of layers, and refuses rates that are none', () => {
    fc.assert(Laws.layer(chain(dense(2, 3), dropout(3), dense(3, 1))), { numRuns: 20 })
    expect(() => dropout(3, { rate: 1 })).toThrow(/rate/)
    expect(() => dropout(0)).toThrow(/whole number/)
  })
})
