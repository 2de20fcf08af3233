/** Layers with state and randomness: threaded purely, shown only where there is some. */
import {
  add,
  broadcastTo,
  convert,
  grad,
  jit,
  mean,
  mul,
  relu,
  scalar,
  sub,
  sum,
  type Tensor,
  TreeError,
  tensor,
  toArray,
  zeros,
} from 'lanac'
import { exact, holds } from 'lanac/laws'
import * as Lens from 'lanac/lens'
import { chain, dense, parallel, residual, split } from 'lanac/nn'
import { bernoulli, foldIn, type Key, key } from 'lanac/random'
import { describe, expect, it } from 'vitest'

const identical = (left: unknown, right: unknown): void => {
  const verdict = exact(left, right)
  expect(holds(verdict), verdict.witness()).toBe(true)
}

/** Less the running mean of what was seen in training; in training less the batch's own. */
const centre = (size: number) =>
  Lens.fromRun<Record<string, never>, [number], [number], [{ readonly mean: Tensor }]>({
    name: `centre(${size})`,
    input: [size],
    output: [size],
    init: () => ({}),
    states: (dtype) => [{ mean: zeros([size], { dtype }) }],
    run: (_, state, x, mode) => {
      const [{ mean: running }] = state
      if (!mode.training) return [sub(x, running) as Tensor, state]
      const own = mean(x, { axis: 0 }) as Tensor
      return [sub(x, own) as Tensor, [{ mean: add(mul(0.5, running), mul(0.5, own)) as Tensor }]]
    },
  })

/** Keeps each element with probability ½ and doubles it, in training. */
const halve = Lens.fromRun<Record<string, never>, [number], [number]>({
  name: 'halve',
  input: [64],
  output: [64],
  random: true,
  init: () => ({}),
  run: (_, state, x, { training, key }) => {
    if (!training) return [x, state]
    return [mul(mul(x, 2), convert(bernoulli(key as Key, 0.5, x.shape), x.dtype as 'f64')) as Tensor, state]
  },
})

const x = tensor([[1, 2], [3, 6]]) // biome-ignore format: a matrix
const said = (f: () => unknown): Error => {
  try {
    f()
  } catch (e) {
    return e as Error
  }
  throw new Error('nothing was thrown')
}

describe('state', () => {
  const layer = centre(2)
  const model = chain(dense(2, 2), centre(2), relu, centre(2))
  const eye = [{ w: tensor([[1, 0], [0, 1]]), b: zeros([2]) }, {}, {}] as const // biome-ignore format: a matrix
  const s0 = model.initState({ dtype: 'f64' })

  it('begins as each layer says, in a flat list, in the element type asked for', () => {
    expect(s0.length).toBe(2)
    expect(toArray(s0[0].mean)).toEqual([0, 0])
    expect(s0[0].mean.dtype).toBe('f64')
    expect(model.initState()[1].mean.dtype).toBe('f32')
  })

  it('is used in use, and given back in training', () => {
    const state = [{ mean: tensor([1, 1]) }] as [{ readonly mean: Tensor }]
    expect(toArray(layer.apply([{}], state)(x))).toEqual([[0, 1], [2, 5]]) // biome-ignore format: a matrix
    const [y, next] = layer.train([{}], state, key(0))(x)
    expect(toArray(y)).toEqual([[-1, -2], [1, 2]]) // biome-ignore format: a matrix
    expect(toArray(next[0].mean)).toEqual([1.5, 2.5])
  })

  it('is threaded purely: the state given stays as it was, and runs are functions of it', () => {
    const first = model.train(eye as never, s0, key(0))(x)
    const again = model.train(eye as never, s0, key(0))(x)
    identical(first, again)
    expect(toArray(s0[0].mean)).toEqual([0, 0])
    // mean [2, 4] is seen first; what follows it is [-1, -2], [1, 2], of which relu leaves [0, 0], [1, 2]
    expect(first[1].map((s) => toArray(s.mean))).toEqual([[1, 2], [0.25, 0.5]]) // biome-ignore format: pairs
    const [, second] = model.train(eye as never, first[1], key(0))(x)
    expect(second.map((s) => toArray(s.mean))).toEqual([[1.5, 3], [0.375, 0.75]]) // biome-ignore format: pairs
  })

  it('is asked for by apply and vjp, by whom there is state only', () => {
    const state = [{ mean: tensor([1, 1]) }] as [{ readonly mean: Tensor }]
    const [y, pull] = layer.vjp([{}], x, state)
    identical(y, layer.apply([{}], state)(x))
    identical(pull(tensor([[1, 2], [3, 4]]))[1], tensor([[1, 2], [3, 4]])) // biome-ignore format: a matrix
    const loose = layer as unknown as { readonly apply: (p: unknown, s?: unknown) => (x: Tensor) => Tensor }
    const e = said(() => loose.apply([{}])(x))
    expect(e).toBeInstanceOf(TreeError)
    expect(e.message).toBe(
      'apply: the state of this layer is a list of 1, found a list of 0; pass what initState gave, or what the last run in training returned',
    )
    expect(said(() => loose.apply([{}], 3)(x)).message).toBe(
      'apply: the state of this layer is a list of 1, found number; pass what initState gave, or what the last run in training returned',
    )
  })

  it('that a run returns is checked', () => {
    const forgetful = Lens.fromRun<null, [number], [number], [Tensor]>({
      name: 'forgetful',
      input: [2],
      output: [2],
      init: () => null,
      states: (dtype) => [zeros([], { dtype })],
      run: (_, __, v) => [v, [] as never],
    })
    expect(said(() => forgetful.train([null], [scalar(0)], key(0))(x)).message).toBe(
      'forgetful: the state of this layer is a list of 1, found a list of 0; pass what initState gave, or what the last run in training returned',
    )
  })

  it('is differentiated through: the batch’s own mean counts in training', () => {
    const loss = (v: Tensor<[2, 2], 'f64'>) =>
      sum(mul(layer.train([{}], [{ mean: zeros([2]) }], key(0))(v)[0], tensor([[1, 0], [0, 0]]))) // biome-ignore format: a matrix
    expect(toArray(grad(loss)(x))).toEqual([[0.5, 0], [-0.5, 0]]) // biome-ignore format: a matrix
  })

  it('goes side by side, around and into records', () => {
    const two = parallel(layer, dense(2, 3))
    expect(two.initState().length).toBe(1)
    const params = two.init(key(0), { dtype: 'f64' })
    const [[y], next] = two.train(params, [{ mean: zeros([2]) }], key(0))([x, x])
    expect(toArray(y)).toEqual([[-1, -2], [1, 2]]) // biome-ignore format: a matrix
    expect(toArray(next[0].mean)).toEqual([1, 2])

    const skip = residual(layer)
    const [z, after] = skip.train([{}], [{ mean: zeros([2]) }], key(0))(x)
    expect(toArray(z)).toEqual([[0, 0], [4, 8]]) // biome-ignore format: a matrix
    expect(toArray(after[0].mean)).toEqual([1, 2])

    const forked = split(layer, layer)
    expect(forked.initState().length).toBe(2)
    const named = chain({ first: layer, act: relu, second: layer })
    const [, states] = named.train({ first: {}, second: {} }, named.initState({ dtype: 'f64' }), key(0))(x)
    expect(states.map((s) => toArray((s as { readonly mean: Tensor }).mean))).toEqual([[1, 2], [0.25, 0.5]]) // biome-ignore format: pairs
  })

  it('runs compiled', () => {
    const step = jit((s: readonly [{ readonly mean: Tensor }], v: Tensor<[2, 2], 'f64'>) =>
      layer.train([{}], s as never, key(0))(v),
    )
    identical(step([{ mean: zeros([2]) }], x), layer.train([{}], [{ mean: zeros([2]) }], key(0))(x))
  })
})

describe('randomness', () => {
  const ones = broadcastTo(1, [64]) as Tensor<[64], 'f64'>

  it('is a function of the key', () => {
    const run = (k: number) => halve.train([{}], [], key(k))(ones)[0]
    identical(run(1), run(1))
    expect(toArray(run(1))).not.toEqual(toArray(run(2)))
    for (const v of toArray(run(3)) as unknown as number[]) expect([0, 2]).toContain(v)
  })

  it('is none in use', () => {
    identical(halve.apply([{}])(ones), ones)
    identical(halve.vjp([{}], ones)[1](ones)[1], ones)
  })

  it('of two layers in a chain, or side by side, differs', () => {
    const kept = (ys: Tensor): string => String(toArray(ys))
    const [[a, b]] = parallel(halve, halve).train([{}, {}], [], key(0))([ones, ones])
    expect(kept(a)).not.toBe(kept(b))
    // each keeps half: both keep the same only when they draw the same
    const [twice] = chain(halve, halve).train([{}, {}], [], key(0))(ones)
    const counts = new Set((toArray(twice) as unknown as number[]).map(Number))
    expect([...counts].sort()).toEqual([0, 4])
    const fours = (toArray(twice) as unknown as number[]).filter((v) => v === 4).length
    expect(fours).toBeLessThan(
      (toArray(halve.train([{}], [], foldIn(key(0), 0))(ones)[0]) as unknown as number[]).filter((v) => v === 2).length,
    )
  })

  it('does not depend on the steps without any', () => {
    const alone = chain(halve).train([{}], [], key(7))(ones)[0]
    identical(chain(relu, halve).train([{}], [], key(7))(ones)[0], alone)
    identical(chain(chain(relu), chain(halve, relu)).train([{}], [], key(7))(ones)[0], alone)
  })
})

describe('a layer without state', () => {
  it('shows none', () => {
    const model = chain(dense(2, 3), relu)
    expect(model.initState()).toEqual([])
    const params = model.init(key(0), { dtype: 'f64' })
    const [y, state] = model.train(params, [], key(1))(x)
    expect(state).toEqual([])
    identical(y, model.apply(params)(x))
  })
})
