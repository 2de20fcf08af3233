import * as fc from 'fast-check'
import {
  DTypeError,
  grad,
  jit,
  mapLeaves,
  mul,
  ShapeError,
  scalar,
  stopGradient,
  sum,
  type Tensor,
  TreeError,
  tensor,
  toArray,
  ValueError,
  vmap,
  zeros,
} from 'lanac'
import * as Optim from 'lanac/optim'
import { key } from 'lanac/random'
import { describe, expect, test } from 'vitest'
import { kolmogorov, kolmogorovBound, normalCdf } from '../random/statistics.js'

/** Every optimizer by name, with options that bring out all of its parts. */
const all: Readonly<Record<string, Optim.Optimizer>> = {
  sgd: Optim.sgd({ learningRate: 0.1 }),
  'sgd with decay': Optim.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: Optim.adam({ learningRate: 0.1 }),
  adamw: Optim.adamw({ learningRate: 0.1 }),
  amsgrad: Optim.amsgrad({ learningRate: 0.1 }),
  nadam: Optim.nadam({ learningRate: 0.1 }),
  radam: Optim.radam({ learningRate: 0.1 }),
  adamax: Optim.adamax({ learningRate: 0.1 }),
  adaBelief: Optim.adaBelief({ learningRate: 0.1 }),
  lion: Optim.lion({ learningRate: 0.1 }),
  rmsprop: Optim.rmsprop({ learningRate: 0.1, momentum: 0.9, centered: true }),
  adagrad: Optim.adagrad({ learningRate: 0.1 }),
  adadelta: Optim.adadelta(),
  lamb: Optim.lamb({ learningRate: 0.1, weightDecay: 0.1 }),
  lars: Optim.lars({ learningRate: 0.1, weightDecay: 0.1 }),
  'a scheduled rate': Optim.sgd({ learningRate: Optim.cosine({ from: 0.1, steps: 10 }) }),
  'a tensor as rate': Optim.adamw({ learningRate: scalar(0.1), weightDecay: scalar(0.1) }),
  ema: Optim.ema({ beta: 0.9 }),
  clipped: Optim.chain(Optim.clipByGlobalNorm(1), Optim.clipByNorm(0.5), Optim.clipByValue(0.1)),
  addNoise: Optim.addNoise(key(1), 0.1),
  centralize: Optim.centralize,
  accumulate: Optim.accumulate(2, Optim.adam({ learningRate: 0.1 })),
  masked: Optim.masked((x) => x.shape.length > 1, Optim.adam({ learningRate: 0.1 })),
  freeze: Optim.freeze((_, path) => path === '[1].b'),
}

const params = [
  { w: tensor([[1, -2], [3, 4]], { dtype: 'f32' }), frozen: null }, // biome-ignore format: one line
  { b: tensor([0.5, -1]), steps: tensor([7], { dtype: 'i32' }), name: 'last' },
] as const
const gradients = [
  { w: tensor([[0.5, 1], [-1, 2]], { dtype: 'f32' }), frozen: null }, // biome-ignore format: one line
  { b: tensor([2, -0.25]), steps: null, name: 'last' },
] as const
const dtypes = (x: unknown): unknown =>
  JSON.parse(JSON.stringify(x, (_, v) => (v?.dtype === undefined ? v : `${v.dtype}[${v.shape}]`)))
const read = (x: unknown): unknown =>
  Array.isArray(x)
    ? x.map(read)
    : x === null || typeof x !== 'object'
      ? x
      : 'dtype' in x
        ? toArray(x as Tensor)
        : Object.fromEntries(Object.entries(x).map(([k, v]) => [k, read(v)]))

describe.each(Object.entries(all))('%s', (_, optimizer) => {
  const state = optimizer.init(params)
  const [updates, next] = optimizer.update(gradients, state, params)

  test('updates are of the form and element types of the gradients, states of that of the first', () => {
    expect(dtypes(updates)).toEqual(dtypes(gradients))
    expect(dtypes(next)).toEqual(dtypes(state))
  })

  test('null gradients and parts without a derivative are passed through', () => {
    const moved = Optim.applyUpdates(params, updates)
    expect(dtypes(moved)).toEqual(dtypes(params))
    expect(toArray(moved[1].steps)).toEqual([7])
    expect(moved[1].name).toBe('last')
  })

  test('a part whose gradient is null is frozen, and what is remembered of it stands', () => {
    const without = [gradients[0], { ...gradients[1], b: null }] as never
    const [first, afterwards] = optimizer.update<unknown>(without, next, params)
    expect((first as typeof gradients)[1].b).toBeNull()
    expect(dtypes(afterwards)).toEqual(dtypes(state))
    expect(toArray(Optim.applyUpdates<typeof params>(params, first as never)[1].b)).toEqual([0.5, -1])
  })

  test('the state is a plain tree: saved as JSON it is the same', () => {
    const saved = JSON.stringify(read(next))
    expect(JSON.parse(saved)).toEqual(read(next))
    expect(saved).not.toContain('undefined')
  })

  test('inside jit, with the state passed along', () => {
    const step = jit((s: typeof state) => optimizer.update(gradients, s, params))
    const [compiledUpdates, compiledNext] = step(state)
    expect(dtypes(compiledUpdates)).toEqual(dtypes(updates))
    expect(dtypes(compiledNext)).toEqual(dtypes(next))
  })

  test('mapped over a stack of parameters, gradients and states, each moves as alone', () => {
    const stack = tensor([[1, 2], [-3, 0.5], [0, 1]]) // biome-ignore format: one line
    const of = (x: Tensor<[2], 'f64'>) => ({ p: x })
    const step = (p: Tensor<[2], 'f64'>, g: Tensor<[2], 'f64'>) => {
      const [u, s] = optimizer.update(of(g), optimizer.init(of(p)), of(p))
      return optimizer.update(of(g), s, Optim.applyUpdates(of(p), u))[0].p
    }
    const together = toArray(vmap(step)(stack, mul(stack, -2)))
    const alone = toArray(stack).map((row) => {
      const p = tensor(row as readonly number[]) as unknown as Tensor<[2], 'f64'>
      return toArray(step(p, mul(p, -2)))
    })
    together.forEach((row, i) => {
      row.forEach((v, j) => {
        expect(v).toBeCloseTo(alone[i]?.[j] as number, 12)
      })
    })
  })
})

describe('what each step does, in numbers', () => {
  const run = (o: Optim.Optimizer, ...gs: readonly (readonly number[])[]): unknown => {
    const p = zeros([gs[0]?.length as number]) as Tensor<[number], 'f64'>
    let state = o.init(p)
    return gs.map((g) => {
      const [u, next] = o.update(tensor(g) as unknown as typeof p, state, p)
      state = next
      return toArray(u)
    })
  }

  test('scale, clip, trace', () => {
    expect(run(Optim.scale(-2), [1, 3])).toEqual([[-2, -6]])
    expect(run(Optim.clipByValue(1), [0.5, -3])).toEqual([[0.5, -1]])
    expect(run(Optim.clipByNorm(10), [6, 8])).toEqual([[6, 8]])
    expect(run(Optim.clipByNorm(5), [6, 8])).toEqual([[3, 4]])
    expect(run(Optim.trace({ momentum: 0.5 }), [1], [1], [1])).toEqual([[1], [1.5], [1.75]])
    expect(run(Optim.trace({ momentum: 0.5, nesterov: true }), [1], [1])).toEqual([[1.5], [1.75]])
    expect(run(Optim.ema({ beta: 0.5, debias: false }), [1], [1])).toEqual([[0.5], [0.75]])
    expect(run(Optim.ema({ beta: 0.5 }), [3], [3])).toEqual([[3], [3]])
    expect(run(Optim.accumulate(2, Optim.scale(1)), [1], [3], [5], [7])).toEqual([[0], [2], [0], [6]])
  })

  test('the global norm is over all leaves, without overflow and without a derivative of its own at 0', () => {
    const tree = { a: tensor([3e200, 0]), b: [tensor(4e200), null, tensor([5], { dtype: 'i32' })] }
    expect(toArray(Optim.globalNorm({ ...tree, b: [tree.b[0]] }))).toBeCloseTo(5e200, -190)
    expect(toArray(Optim.globalNorm({}))).toBe(0)
    const o = Optim.clipByGlobalNorm(1)
    const p = { a: tensor([1, 1]), b: tensor(1) }
    const [u] = o.update({ a: tensor([3e200, 0]), b: tensor(4e200) }, o.init(p), p)
    expect(toArray(u.a)[0]).toBeCloseTo(0.6, 14)
    expect(toArray(u.b)).toBeCloseTo(0.8, 14)
    expect(run(o, [0, 0])).toEqual([[0, 0]])
  })

  test('centralize: columns of weights sum to 0', () => {
    const p = tensor([[1, 2], [3, 6]]) // biome-ignore format: one line
    expect(toArray(Optim.centralize.update(p, Optim.centralize.init(p))[0])).toEqual([
      [-1, -2],
      [1, 2],
    ])
  })

  test('trust ratios: in proportion to the parameter, as it is where a norm is 0', () => {
    const o = Optim.scaleByTrustRatio({ coefficient: 0.5 })
    const p = { a: tensor([3, 4]), b: tensor([0, 0]), c: tensor([3, 4]) }
    const [u] = o.update({ a: tensor([0, 2]), b: tensor([1, 2]), c: tensor([0, 0]) }, o.init(p), p)
    expect([toArray(u.a), toArray(u.b), toArray(u.c)]).toEqual([
      [0, 2.5],
      [1, 2],
      [0, 0],
    ])
  })

  test('a centred average of constant gradients stays finite: rounding does not make a variance negative', () => {
    for (const g of [0.1, 0.3, 0.7, 1.1, 1.7]) {
      const us = run(
        Optim.rmsprop({ learningRate: 1, decay: 0.5, centered: true }),
        ...Array.from({ length: 80 }, () => [g]),
      )
      for (const [u] of us as readonly (readonly [number])[]) expect(Number.isFinite(u)).toBe(true)
    }
  })

  test('clipping has a finite derivative, also of gradients that are 0', () => {
    for (const o of [Optim.clipByGlobalNorm(1), Optim.clipByNorm(1)]) {
      const f = (g: Tensor<[2], 'f64'>) => sum(o.update(g, o.init(g), g)[0])
      expect(toArray(grad(f)(tensor([0, 0])))).toEqual([1, 1])
      // d/dg Σ g/‖g‖ at (3, 4): 1/5 − (3 + 4)·g/125
      const [x, y] = toArray(grad(f)(tensor([3, 4])))
      expect(x).toBeCloseTo(1 / 5 - 21 / 125, 14)
      expect(y).toBeCloseTo(1 / 5 - 28 / 125, 14)
    }
  })

  test('weight decay of the chosen parameters', () => {
    const o = Optim.addDecayedWeights(0.5, { chosen: (_, path) => path === 'w' })
    const p = { w: tensor([2]), b: tensor([2]) }
    const [u] = o.update({ w: tensor([0]), b: tensor([0]) }, o.init(p), p)
    expect([toArray(u.w), toArray(u.b)]).toEqual([[1], [0]])
  })

  test('a masked optimizer remembers nothing of the others', () => {
    const o = Optim.masked((_, path) => path === 'w', Optim.trace({ momentum: 0.5 }))
    const p = { w: tensor([2]), b: tensor([2]) }
    const [u, state] = o.update({ w: tensor([3]), b: tensor([4]) }, o.init(p), p)
    expect(read(state)).toEqual([[{ momentum: { w: [3], b: null } }]])
    expect([toArray(u.w), toArray(u.b)]).toEqual([[3], [4]])
    const frozen = o.update<unknown>({ w: null, b: tensor([4]) }, state, p)
    expect(read(frozen)).toEqual([{ w: null, b: [4] }, read(state)])
  })

  test('freeze makes updates 0, whatever they were', () => {
    const o = Optim.chain(
      Optim.adam({ learningRate: 1 }),
      Optim.freeze((_, path) => path === 'w'),
    )
    const p = { w: tensor([2]), b: tensor([2]) }
    const [u] = o.update({ w: tensor([3]), b: tensor([3]) }, o.init(p), p)
    expect(toArray(u.w)).toEqual([0])
    expect(toArray(u.b)[0]).toBeCloseTo(-1, 6)
  })

  test('noise is normal with its deviation, another at each update, leaf and key', () => {
    const p = { a: zeros([9000]), b: zeros([9000]) }
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const o = Optim.addNoise(key(seed), Optim.piecewise({ boundaries: [1], values: [0.5, 2] }))
        const [first, state] = o.update(p, o.init(p))
        const [second] = o.update(p, state)
        const draws = [first.a, first.b, second.a, second.b].map((x) => toArray(x))
        draws.forEach((x, i) => {
          expect(kolmogorov(x, (t) => normalCdf(t / (i < 2 ? 0.5 : 2)))).toBeLessThan(kolmogorovBound(9000))
        })
        expect(new Set(draws.map((x, i) => (x[0] as number) / (i < 2 ? 0.5 : 2))).size).toBe(4)
      }),
      { numRuns: 3 },
    )
  })

  test('a learning rate that is an argument of a compiled step', () => {
    const p = tensor([1, 2])
    const step = jit((rate: Tensor<[], 'f64'>) => {
      const o = Optim.sgd({ learningRate: rate })
      return o.update(p, o.init(p))[0]
    })
    expect(toArray(step(scalar(0.5)))).toEqual([-0.5, -1])
    expect(toArray(step(0.25))).toEqual([-0.25, -0.5])
  })

  test('a JS number among the parameters becomes a scalar tensor', () => {
    const o = Optim.sgd({ learningRate: 0.5 })
    const [u] = o.update({ a: tensor(4) }, o.init({ a: 1 }), { a: 1 })
    const moved = Optim.applyUpdates({ a: 1 }, u)
    expect(toArray(moved.a)).toBe(-1)
  })
})

describe('own steps', () => {
  test('chain with the others', () => {
    const noGradient = Optim.fromStep({
      name: 'noGradient',
      init: () => ({ seen: scalar(0, { dtype: 'i32' }) }),
      update: (u, s) => [mapLeaves(stopGradient)(u), s],
    })
    const o = Optim.chain(noGradient, Optim.scale(2))
    expect(toArray(o.update(tensor([1]), o.init(tensor([1])))[0])).toEqual([2])
  })
})

describe('refused', () => {
  const o = Optim.adam({ learningRate: 0.1 })
  const p = { layer: { w: tensor([1, 2]), b: tensor([1]) } }
  const state = o.init(p)
  const raised = (f: () => unknown): unknown => {
    try {
      f()
    } catch (e) {
      return e
    }
    throw new Error('nothing was thrown')
  }
  const update = (g: unknown, s: unknown = state, q: unknown = p) =>
    raised(() => o.update<unknown>(g as never, s as never, q))

  test('gradients of another tree, with the path', () => {
    expect(update({ layer: { w: tensor([1, 2]) } })).toBeInstanceOf(TreeError)
    expect(update({ layer: { w: tensor([1, 2]) } })).toMatchObject({
      path: 'layer',
      problem: 'the gradients and the parameters are different trees: a record of w and a record of w, b',
    })
    expect(update({ layer: { w: tensor([1, 2]), b: 'b' } })).toMatchObject({ name: 'TreeError', path: 'layer.b' })
    expect(update({ layer: { w: tensor([1, 2]), b: [tensor([1])] } })).toMatchObject({
      name: 'TreeError',
      path: 'layer.b',
    })
  })

  test('gradients of another shape or element type, with the path', () => {
    const shape = update({ layer: { w: tensor([1, 2]), b: tensor([1, 2]) } })
    expect(shape).toBeInstanceOf(ShapeError)
    expect(shape).toMatchObject({ path: 'layer.b' })
    const dtype = update({ layer: { w: tensor([1, 2]), b: tensor([1], { dtype: 'f32' }) } })
    expect(dtype).toBeInstanceOf(DTypeError)
    expect(dtype).toMatchObject({ path: 'layer.b' })
  })

  test('gradients of what has none', () => {
    const q = { n: tensor([1], { dtype: 'i32' }), x: tensor([1]) }
    const e = update({ n: tensor([1]), x: tensor([1]) }, o.init(q), q)
    expect(e).toMatchObject({ name: 'TreeError', path: 'n', hint: 'null stands there' })
  })

  test('a state of another optimizer or of other parameters', () => {
    expect(update(p, Optim.sgd({ learningRate: 1 }).init(p))).toMatchObject({ name: 'TreeError' })
    expect(update(p, o.init({ layer: { w: tensor([1, 2]) } }))).toMatchObject({ name: 'TreeError', path: 'layer' })
    expect(update(p, o.init({ layer: { w: tensor([1]), b: tensor([1]) } }))).toMatchObject({
      name: 'ShapeError',
      path: 'layer.w',
    })
  })

  test('updates that are not of the parameters', () => {
    expect(raised(() => Optim.applyUpdates(p, {} as never))).toMatchObject({
      name: 'TreeError',
      operation: 'applyUpdates',
    })
  })

  test('no parameters where a step needs them', () => {
    const decaying = Optim.adamw({ learningRate: 0.1 })
    expect(() => decaying.update(p, decaying.init(p))).toThrow('pass them too')
    expect(raised(() => decaying.update(p, decaying.init(p)))).toBeInstanceOf(ValueError)
  })

  test('numbers out of range', () => {
    expect(() => Optim.sgd({ learningRate: -1 })).toThrow('to go uphill chain with scale(-1)')
    expect(() => Optim.adam({ learningRate: 0.1, beta1: 1 })).toThrow(ValueError)
    expect(() => Optim.clipByGlobalNorm(0)).toThrow(ValueError)
    expect(() => Optim.accumulate(0, o)).toThrow(ValueError)
    expect(() => Optim.scale(tensor([1]) as never)).toThrow(ShapeError)
    expect(() => Optim.sgd({ learningRate: 'fast' as never })).toThrow(DTypeError)
  })
})
