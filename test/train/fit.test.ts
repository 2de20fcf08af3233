import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  add,
  allClose,
  equals,
  fromTypedArray,
  item,
  jit,
  matmul,
  mean,
  mul,
  relu,
  ShapeError,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  toArray,
  toTypedArray,
  transpose,
  ValueError,
  valueAndGrad,
  zeros,
} from 'lanac'
import { batches } from 'lanac/data'
import { loadParams, saveParams } from 'lanac/io'
import * as Lens from 'lanac/lens'
import { crossEntropy, meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { foldIn, type Key, key, normal, split, uniform } from 'lanac/random'
import { accuracy, predict, type TrainingState, fit as train } from 'lanac/train'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'
import { sameValues } from '../support/values.js'

const close = (dtype: 'f64' | 'f32') => ({
  relative: tolerance(dtype, 'reference'),
  absolute: tolerance(dtype, 'reference'),
})

// -------------------------------------------------------------------------------------------------------------- samples

const model = chain(dense(3, 5), relu, dense(5, 2))
const data = {
  x: uniform(key(1), [11, 3], { dtype: 'f32' }),
  y: tensor([0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0], { dtype: 'i32' }),
}
const optimizers = {
  sgd: Optim.sgd({ learningRate: 0.1 }),
  adam: Optim.adam({ learningRate: 0.01 }),
  clipped: Optim.chain(Optim.clipByGlobalNorm(0.1), Optim.momentum({ learningRate: 0.1 })),
}
type Name = keyof typeof optimizers
const names = fc.constantFrom<Name>('sgd', 'adam', 'clipped')
const options = (name: Name, seed: number) => ({
  model,
  loss: crossEntropy,
  optimizer: optimizers[name],
  data,
  key: key(seed),
  epochs: 3,
  batchSize: 4,
})

type Params = ReturnType<typeof model.init>

/** The same training, written out. */
const byHand = (name: Name, seed: number, compiled: boolean) => {
  const optimizer = optimizers[name]
  const [initKey, orderKey] = split(key(seed), 3)
  let params = model.init(initKey, { dtype: 'f32' })
  let state = optimizer.init(params)
  const loss = (p: Params, x: Tensor<[number, 3], 'f32'>, y: Tensor<[number], 'i32'>) =>
    crossEntropy(model.apply(p)(x), y)
  const once = (p: Params, s: typeof state, x: Tensor<[number, 3], 'f32'>, y: Tensor<[number], 'i32'>) => {
    const [l, gradients] = valueAndGrad(loss)(p, x, y)
    const [updates, next] = optimizer.update(gradients, s, p)
    return [Optim.applyUpdates(p, updates), next, l] as const
  }
  const step = (compiled ? jit(once) : once) as typeof once
  const reached: { readonly params: Params; readonly optimizerState: typeof state; readonly loss: number }[] = []
  for (let epoch = 0; epoch < 3; epoch++)
    for (const { x, y } of batches(data, { size: 4, key: orderKey, epoch })) {
      const [p, s, l] = step(params, state, x, y)
      params = p
      state = s
      reached.push({ params, optimizerState: state, loss: item(l) })
    }
  return reached
}

// -------------------------------------------------------------------------------------------------------------- checks

describe('fit', () => {
  test.each([true, false])('is the loop written by hand, bit for bit (compiled: %s)', (compiled) => {
    fc.assert(
      fc.property(names, fc.integer(), (name, seed) => {
        const states = [...train({ ...options(name, seed), jit: compiled })]
        const expected = byHand(name, seed, compiled)
        expect(states.length).toBe(9)
        states.forEach((s, i) => {
          const e = expected[i] as (typeof expected)[number]
          expect(sameValues(s.params, e.params)).toBe(true)
          expect(sameValues(s.optimizerState, e.optimizerState)).toBe(true)
          expect(s.loss).toBe(e.loss)
        })
      }),
      { numRuns: 5 },
    )
  })

  test('says where it is', () => {
    const states = [...train(options('sgd', 0))]
    expect(states.map((s) => [s.epoch, s.batch, s.step, s.steps, s.batches])).toEqual(
      Array.from({ length: 9 }, (_, i) => [Math.floor(i / 3), i % 3, i + 1, 9, 3]),
    )
  })

  test('is a function of its key, and iterates the same again', () => {
    const run = train(options('adam', 4))
    expect(sameValues([...run], [...run])).toBe(true)
    expect(sameValues([...train(options('adam', 4))], [...run])).toBe(true)
    const other = [...train(options('adam', 5))]
    expect(equals([...run][8]?.params[0].w as Tensor, other[8]?.params[0].w as Tensor)).toBe(false)
  })

  test('resumed at any state is the run uninterrupted, also through a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lanac-'))
    try {
      await fc.assert(
        fc.asyncProperty(names, fc.integer(), fc.integer({ min: 0, max: 8 }), async (name, seed, at) => {
          const whole = [...train(options(name, seed))]
          const from = whole[at] as (typeof whole)[number]
          expect(sameValues([...train({ ...options(name, seed), from })], whole.slice(at + 1))).toBe(true)
          await saveParams(join(folder, 'state.safetensors'), from)
          const loaded = await loadParams(join(folder, 'state.safetensors'), from)
          expect(sameValues([...train({ ...options(name, seed), from: loaded })], whole.slice(at + 1))).toBe(true)
        }),
        { numRuns: 6 },
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a run that has ended goes on with more epochs', () => {
    const long = [...train({ ...options('adam', 8), epochs: 5 })]
    const from = [...train(options('adam', 8))].at(-1) as (typeof long)[number]
    expect(sameValues([...train({ ...options('adam', 8), epochs: 5, from })], long.slice(9))).toBe(true)
    expect([...train({ ...options('adam', 8), from })]).toEqual([])
  })

  test.each([true, false])(
    'an epoch in one call gives the state that its steps come to, bit for bit (compiled: %s)',
    (compiled) => {
      const noisy = {
        init: model.init,
        apply: model.apply,
        train: (p: Params, s: readonly [], k: Key) => (x: Tensor<[number, 3], 'f32'>) =>
          [model.apply(p)(add(x, mul(0.1, uniform(k, x.shape, { dtype: 'f32' })))), s] as const,
      }
      fc.assert(
        fc.property(
          names,
          fc.integer(),
          fc.integer({ min: 1, max: 12 }),
          fc.boolean(),
          (name, seed, batchSize, dropLast) => {
            fc.pre(!dropLast || batchSize < 12)
            const o = {
              ...options(name, seed),
              model: noisy,
              batchSize,
              dropLast,
              jit: compiled,
              metrics: { spread: (p: Tensor) => sum(square(p)) },
              evaluate: (s: { readonly step: number }) => s.step,
            }
            const steps = [...train(o)]
            const ends = steps.filter((s) => s.batch === s.batches - 1)
            const epochs = [...train({ ...o, every: 'epoch' })]
            expect(epochs.length).toBe(3)
            expect(sameValues(epochs, ends)).toBe(true)
            const from = steps[Math.floor(steps.length / 2)] as (typeof steps)[number]
            const rest = ends.filter((s) => s.step > from.step)
            expect(sameValues([...train({ ...o, every: 'epoch', from })], rest)).toBe(true)
          },
        ),
        { numRuns: 8 },
      )
    },
  )

  test('computes only what is asked of it', () => {
    let evaluated = 0
    const run = train({ ...options('sgd', 0), epochs: 1e6, evaluate: () => ++evaluated })
    let seen = 0
    for (const s of run) {
      seen += 1
      if (s.step === 4) break
    }
    expect([seen, evaluated]).toEqual([4, 1])
  })

  test('descends to the closed form of least squares', () => {
    const x = normal(key(2), [40, 3])
    const w = tensor([[1], [-2], [0.5]])
    const y = add(matmul(x, w), mul(0.1, normal(key(3), [40, 1])))
    const linear = {
      init: (_: Key) => zeros([3, 1]) as Tensor<[3, 1], 'f64'>,
      apply: (p: Tensor<[3, 1], 'f64'>) => (v: Tensor<[number, 3], 'f64'>) => matmul(v, p),
    }
    const run = train({
      model: linear,
      loss: meanSquaredError,
      optimizer: Optim.sgd({ learningRate: 0.2 }),
      data: { x, y },
      key: key(0),
      epochs: 600,
      batchSize: 40,
    })
    const last = [...run].at(-1) as TrainingState<Tensor<[3, 1], 'f64'>>
    // Xᵀ(Xw − y) = 0
    const residual = matmul(transpose(x, [1, 0]), sub(matmul(x, last.params), y))
    expect(allClose(residual, zeros([3, 1]), close('f64'))).toBe(true)
  })
})

describe('what is watched', () => {
  test('metrics are of the batch, with the parameters before the step', () => {
    const run = train({
      ...options('sgd', 7),
      metrics: { accuracy, double: (p: Tensor<[number, 2], 'f32'>) => mul(2, mean(p)) },
    })
    let params = model.init(split(key(7), 3)[0])
    const order = batches(data, { size: 4, key: split(key(7), 3)[1], epoch: 0 })
    for (const s of run) {
      if (s.epoch > 0) break
      const { x, y } = order.at(s.batch)
      expect(s.metrics.accuracy).toBe(item(accuracy(model.apply(params)(x), y)))
      expect(allClose(s.metrics.double, 2 * item(mean(model.apply(params)(x))), close('f32'))).toBe(true)
      params = s.params
    }
  })

  test('evaluation stands at the end of each epoch, null elsewhere', () => {
    const run = train({
      ...options('sgd', 7),
      evaluate: (s) => [s.step, item(accuracy(model.apply(s.params)(data.x), data.y))] as const,
    })
    const states = [...run]
    expect(states.map((s) => s.evaluation?.[0] ?? null)).toEqual([null, null, 3, null, null, 6, null, null, 9])
    expect(states[8]?.evaluation?.[1]).toBe(item(accuracy(model.apply(states[8]?.params as Params)(data.x), data.y)))
  })

  test('a penalty of the parameters is added to the loss, and descended on', () => {
    const penalty = (p: Params) => mul(0.5, sum(square(p[0].w)))
    const [first] = train({ ...options('sgd', 3), epochs: 1 })
    const [penalised] = train({ ...options('sgd', 3), epochs: 1, penalty })
    const before = model.init(split(key(3), 3)[0])
    expect(allClose(penalised?.loss as number, (first?.loss as number) + item(penalty(before)), close('f32'))).toBe(
      true,
    )
    // its gradient is w itself: the step is longer by learningRate · w
    const longer = sub(first?.params[0].w as Tensor<[3, 5], 'f32'>, mul(0.1, before[0].w))
    expect(allClose(penalised?.params[0].w as Tensor, longer, close('f32'))).toBe(true)
  })
})

describe('what it is given', () => {
  test('parameters to begin with', () => {
    const params = model.init(key(99))
    const [first] = train({ ...options('sgd', 0), params, optimizer: Optim.sgd({ learningRate: 0 }) })
    expect(sameValues(toArray(first?.params[0].w as Tensor), toArray(params[0].w))).toBe(true)
  })

  test('parameters take the element type of the inputs, or the one named', () => {
    const y = zeros([11, 2])
    const wide = { model, loss: meanSquaredError, optimizer: optimizers.sgd, key: key(0), epochs: 1 }
    const [a] = train({ ...wide, data: { x: zeros([11, 3]), y } })
    expect(a?.params[0].w.dtype).toBe('f64')
    const [b] = train(options('sgd', 0))
    expect(b?.params[0].w.dtype).toBe('f32')
    const embedding = {
      init: (_: Key, o: { readonly dtype?: 'f32' | 'f64' | undefined } = {}) => zeros([4], { dtype: o.dtype ?? 'f64' }),
      apply: (p: Tensor<[4]>) => (_: Tensor) => sum(p as Tensor<[4], 'f32'>),
    }
    const integers = {
      model: embedding,
      loss: (p: Tensor) => square(p) as Tensor,
      optimizer: optimizers.sgd,
      key: key(0),
      epochs: 1,
      data: { x: data.y, y: data.y },
    }
    expect([...train(integers)][0]?.params.dtype).toBe('f32')
    expect([...train({ ...integers, dtype: 'f64' })][0]?.params.dtype).toBe('f64')
  })

  test('a model with state and randomness: state is threaded, every step has a key of its own', () => {
    const noisy = {
      init: (_: Key) => zeros([1]) as Tensor<[1], 'f64'>,
      initState: () => [zeros([2], { dtype: 'i32' })] as const,
      apply: (p: Tensor<[1], 'f64'>) => (_: Tensor) => p,
      train:
        (p: Tensor<[1], 'f64'>, [k]: readonly [Tensor<[2], 'i32'>], noise: Key) =>
        (_: Tensor) =>
          [p, [add(k, noise)]] as const,
    }
    const run = train({
      model: noisy,
      loss: (p: Tensor) => sum(p as Tensor<[1], 'f64'>),
      optimizer: optimizers.sgd,
      data: { x: zeros([6, 1]), y: zeros([6]) },
      key: key(5),
      epochs: 2,
      batchSize: 3,
    })
    let expected = zeros([2], { dtype: 'i32' }) as Tensor<[2], 'i32'>
    const noise = split(key(5), 3)[2]
    let i = 0
    for (const s of run) {
      expected = add(expected, foldIn(noise, i++))
      expect(toArray(s.state[0])).toEqual(toArray(expected))
    }
    expect(i).toBe(4)
  })

  test('a layer with statistics and dropout: trained with them moving, used with them still', () => {
    const centre = Lens.fromRun<readonly [], [2], [2], [Tensor<[2], 'f64'>]>({
      name: 'centre',
      input: [2],
      output: [2],
      init: () => [],
      states: () => [zeros([2])],
      random: true,
      run: (_, [average], x, { training, key: noise }) => {
        if (!training) return [sub(x, average), [average]]
        const now = mean(x, { axis: 0 }) as Tensor<[2], 'f64'>
        const jitter = normal(noise as Key, [2]) as Tensor<[2], 'f64'>
        return [add(sub(x, now), jitter), [add(mul(0.9, average), mul(0.1, now))]]
      },
    })
    const net = chain(centre, dense(2, 1))
    const x = normal(key(11), [12, 2])
    const last = [
      ...train({
        model: net,
        loss: meanSquaredError,
        optimizer: optimizers.sgd,
        data: { x, y: zeros([12, 1]) },
        key: key(12),
        epochs: 1,
        batchSize: 4,
      }),
    ].at(-1)
    let average = zeros([2]) as Tensor<[2], 'f64'>
    for (const b of batches({ x }, { size: 4, key: split(key(12), 3)[1], epoch: 0 }))
      average = add(mul(0.9, average), mul(0.1, mean(b.x, { axis: 0 })))
    const state = last?.state as [Tensor<[2], 'f64'>]
    expect(allClose(state[0], average, close('f64'))).toBe(true)
    const params = last?.params as ReturnType<typeof net.init>
    const used = predict(net, params, x, { state, batchSize: 5 })
    expect(allClose(used, net.apply(params, state)(x), close('f64'))).toBe(true)
  })

  test('inputs and targets that are trees', () => {
    const sumOf = {
      init: (_: Key) => tensor([1, 1]),
      apply:
        (p: Tensor<[2], 'f64'>) =>
        (v: { readonly a: Tensor<[number, 2], 'f64'>; readonly b: Tensor<[number, 2], 'f64'> }) =>
          mul(p, add(v.a, v.b)),
    }
    const x = {
      a: tensor([
        [1, 2],
        [3, 4],
      ]),
      b: tensor([
        [0, 1],
        [1, 0],
      ]),
    }
    const [s] = train({
      model: sumOf,
      loss: meanSquaredError,
      optimizer: Optim.sgd({ learningRate: 0 }),
      data: {
        x,
        y: tensor([
          [0, 0],
          [0, 0],
        ]),
      },
      key: key(0),
      epochs: 1,
    })
    expect(s?.loss).toBe((1 + 9 + 16 + 16) / 4)
  })

  test('a loss that branches on numbers, run word by word', () => {
    const branching = (p: Tensor, t: Tensor) => {
      const l = meanSquaredError(p as Tensor<[4, 2], 'f32'>, t as Tensor<[4, 2], 'f32'>)
      return item(l) > 0 ? l : mul(2, l)
    }
    const o = { ...options('sgd', 0), loss: branching, data: { x: data.x, y: zeros([11, 2], { dtype: 'f32' }) } }
    expect(() => [...train(o)]).toThrow('while jit traces')
    expect([...train({ ...o, jit: false })].length).toBe(9)
  })

  test('refuses what counts nothing or does not belong together', () => {
    expect(() => train({ ...options('sgd', 0), epochs: -1 })).toThrow(ValueError)
    expect(() => [...train({ ...options('sgd', 0), batchSize: 0 })]).toThrow(ValueError)
    expect(() => [...train({ ...options('sgd', 0), batchSize: 12, dropLast: true })]).toThrow(
      'not enough examples for one batch',
    )
    expect(() => [...train({ ...options('sgd', 0), data: { x: data.x, y: zeros([10], { dtype: 'i32' }) } })]).toThrow(
      ShapeError,
    )
    expect([...train({ ...options('sgd', 0), epochs: 0 })]).toEqual([])
    expect([...train({ ...options('sgd', 0), dropLast: true })].map((s) => s.steps)).toEqual([6, 6, 6, 6, 6, 6])
  })
})

test('XOR is learned', () => {
  const xor = {
    x: fromTypedArray(Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), [4, 2]),
    y: tensor([0, 1, 1, 0], { dtype: 'i32' }),
  }
  const net = chain(dense(2, 16), relu, dense(16, 2))
  const last = [
    ...train({
      model: net,
      loss: crossEntropy,
      optimizer: Optim.adam({ learningRate: 0.05 }),
      data: xor,
      key: key(0),
      epochs: 200,
      batchSize: 4,
    }),
  ].at(-1)
  expect(last?.loss).toBeLessThan(0.05)
  expect(toTypedArray(net.apply(last?.params as ReturnType<typeof net.init>)(xor.x)).length).toBe(8)
  expect(item(accuracy(net.apply(last?.params as ReturnType<typeof net.init>)(xor.x), xor.y))).toBe(1)
})
