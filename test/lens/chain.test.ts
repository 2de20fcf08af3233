/** Chains: associative to the bit, named or not, and as long as one likes. */
import { pipe } from 'fp-ts/lib/function.js'
import {
  grad,
  item,
  mul,
  relu,
  ShapeError,
  sin,
  softmax,
  stack,
  sum,
  type Tensor,
  TreeError,
  tanh,
  tensor,
  toArray,
  zeros,
} from 'lanac'
import { close, exact, holds, tolerance } from 'lanac/laws'
import type * as Lens from 'lanac/lens'
import { andThen, chain, dense, flatten, type Layer, layer, parallel } from 'lanac/nn'
import { key, normal } from 'lanac/random'
import { describe, expect, it } from 'vitest'

const identical = (left: unknown, right: unknown): void => {
  const verdict = exact(left, right)
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const said = (f: () => unknown): Error => {
  try {
    f()
  } catch (e) {
    return e as Error
  }
  throw new Error('nothing was thrown')
}

describe('composition', () => {
  const [a, b, c] = [dense(2, 5), dense(5, 4), dense(4, 3)] as const
  const flat = chain(a, tanh, b, c)
  const ways = {
    'to the left': chain(chain(chain(a, tanh), b), c),
    'to the right': chain(a, chain(tanh, chain(b, c))),
    'by andThen': pipe(a, andThen(tanh), andThen(b), andThen(c)),
    'with the empty chain': chain(chain(), a, chain(), tanh, b, c, chain()),
  } as const
  const x = normal(key(1), [7, 2])
  const dy = normal(key(2), [7, 3])

  for (const [name, way] of Object.entries(ways)) {
    it(`is associative ${name}: in parameters, values and pullbacks`, () => {
      const same = way as unknown as typeof flat
      const params = flat.init(key(0), { dtype: 'f64' })
      identical(same.init(key(0), { dtype: 'f64' }), params)
      identical(same.apply(params)(x), flat.apply(params)(x))
      const [y, pull] = flat.vjp(params, x)
      const [y2, pull2] = same.vjp(params, x)
      identical(y2, y)
      identical(pull2(dy), pull(dy))
    })
  }

  it('applies a step to every part of what has more axes than it takes', () => {
    const rows = layer({
      name: 'rows',
      input: [2],
      output: [7, 2],
      init: () => [],
      apply: (_: unknown[], x) =>
        stack(
          Array.from({ length: 7 }, () => x),
          { axis: -2 },
        ) as Tensor,
    })
    const model = chain(rows, dense(2, 3))
    expect([model.input, model.output]).toEqual([[2], [7, 3]])
    expect(model.apply(model.init(key(0), { dtype: 'f64' }))(x).shape).toEqual([7, 7, 3])
    expect(chain(rows, dense(2, 3), flatten(7, 3)).output).toEqual([21])
  })

  it('knows the forms of its ends', () => {
    expect([flat.input, flat.output]).toEqual([[2], [3]])
    expect([chain(relu, a, tanh).input, chain(relu, a, tanh).output]).toEqual([[2], [5]])
    expect([chain().input, chain().output]).toEqual([null, null])
    expect(chain(relu, tanh)).toMatchObject({ input: null, output: null })
  })
})

describe('steps', () => {
  it('may be any operation that keeps shapes, with its options', () => {
    const f = chain(dense(2, 2, { bias: false }), softmax)
    const y = f.apply([{ w: tensor([[1, 0], [0, 1]]) }])(tensor([0, Math.log(3)])) // biome-ignore format: a matrix
    const verdict = close(y, tensor([0.25, 0.75]), { tolerance: tolerance('f64', 'reference') })
    expect(holds(verdict), verdict.witness()).toBe(true)
  })

  it('refuse what is neither a layer nor a function', () => {
    for (const [step, i] of [
      ['relu', 1],
      [3, 1],
      [null, 1],
      [{ w: 1 }, 1],
    ] as const) {
      // biome-ignore format: pairs
      const e = said(() => chain(dense(2, 5) as never, step as never))
      expect(e).toBeInstanceOf(TreeError)
      expect(e.message).toBe(
        `chain: step ${i} is neither a layer nor a function; a chain takes layers (dense(2, 5)) and operations that keep shapes (relu)`,
      )
    }
  })

  it('refuse to follow what they do not fit', () => {
    const [first, second]: readonly Layer<never, readonly number[], readonly number[]>[] = [
      dense(2, 5),
      dense(4, 3),
    ] as never
    const e = said(() => chain(first as never, relu, second as never))
    expect(e).toBeInstanceOf(ShapeError)
    expect(e.message).toBe('chain: step 2: this layer takes [4] but the one before gives [5]')
    expect(said(() => pipe(first as never, andThen(second as never))).message).toBe(
      'chain: step 1: this layer takes [4] but the one before gives [5]',
    )
    expect(said(() => chain({ first, act: relu, second } as never)).message).toBe(
      'chain: step 2: this layer takes [4] but the one before gives [5]',
    )
    expect(said(() => chain(parallel(dense(1, 2), dense(1, 3)) as never, second as never)).message).toBe(
      'chain: step 1: this layer takes [4] but the one before gives ([2], [3])',
    )
  })
})

describe('records', () => {
  const model = chain({ hidden: dense(2, 3), act: tanh, out: dense(3, 1) })
  const flat = chain(dense(2, 3), tanh, dense(3, 1))

  it('name the parameters of their steps, and compute what the list computes', () => {
    const { hidden, out } = model.init(key(0), { dtype: 'f64' })
    expect(Object.keys(model.init(key(0)))).toEqual(['hidden', 'out'])
    const x = normal(key(1), [4, 2])
    identical(model.apply({ hidden, out })(x), flat.apply([hidden, out])(x))
    const dy = normal(key(2), [4, 1])
    const [d, dx] = model.vjp({ hidden, out }, x)[1](dy as never)
    const [[dHidden, dOut], dx2] = flat.vjp([hidden, out], x)[1](dy)
    identical(d, { hidden: dHidden, out: dOut })
    identical(dx, dx2)
    const g = grad((p: Lens.ParamsOf<typeof model>) => sum(mul(model.apply(p)(x), dy) as Tensor))({ hidden, out })
    identical(g, { hidden: dHidden, out: dOut })
  })

  it('take their parameters in any order of names', () => {
    const { hidden, out } = model.init(key(0), { dtype: 'f64' })
    const x = normal(key(1), [2])
    identical(model.apply({ out, hidden } as never)(x), model.apply({ hidden, out })(x))
  })

  it('stand in lists and in records', () => {
    const outer = chain({ head: dense(4, 2), body: model, tail: chain(dense(1, 2), relu, dense(2, 2)) })
    const params = outer.init(key(0))
    expect(Object.keys(params)).toEqual(['head', 'body', 'tail'])
    expect(Object.keys(params.body)).toEqual(['hidden', 'out'])
    expect(params.tail.map((p) => p.w.shape)).toEqual([[1, 2], [2, 2]]) // biome-ignore format: pairs
    const listed = chain(dense(4, 2), model)
    const [head, body] = listed.init(key(0))
    expect([head.w.shape, body.hidden.w.shape, body.out.w.shape]).toEqual([[4, 2], [2, 3], [3, 1]]) // biome-ignore format: pairs
    expect(listed.apply([head, body])(zeros([5, 4], { dtype: 'f32' })).shape).toEqual([5, 1])
  })

  it('say which name is missing', () => {
    const { hidden } = model.init(key(0))
    const e = said(() => model.apply({ hidden } as never)(zeros([2], { dtype: 'f32' })))
    expect(e).toBeInstanceOf(TreeError)
    expect(e.message).toBe('chain: the parameters have no out (at out)')
  })
})

describe('long chains', () => {
  // x ↦ a·x, ten thousand times with factors near 1: the value is the product of the factors
  const factor = (i: number): number => 1 + ((i % 7) - 3) / 65536
  const N = 10_000
  const stage = layer({
    name: 'times',
    input: [],
    output: [],
    init: () => tensor(1) as Tensor,
    apply: (a: Tensor, x: Tensor) => mul(a, x) as Tensor,
  })
  const factors = Array.from({ length: N }, (_, i) => tensor(factor(i)) as Tensor)
  const product = factors.reduce((p, _, i) => p * factor(i), 1)
  const verify = (model: Layer<readonly Tensor[], readonly number[], readonly number[]>): void => {
    const t = { tolerance: tolerance('f64', 'reference'), scale: 'element' } as const
    const near = (l: unknown, r: unknown): void => {
      const verdict = close(l, r, t)
      expect(holds(verdict), verdict.witness()).toBe(true)
    }
    const x = tensor(0.5)
    near(model.apply(factors)(x), tensor(0.5 * product))
    const expected = factors.map((_, i) => tensor((0.5 * product) / factor(i)))
    const [y, pull] = model.vjp(factors, x)
    near(y, tensor(0.5 * product))
    const [dParams, dx] = pull(tensor(1))
    near(dParams, expected)
    near(dx, tensor(product))
    const g = grad((p: readonly Tensor[]) => model.apply(p)(x) as Tensor<[], 'f64'>)(factors)
    near(g, expected)
  }

  it('of 10⁴ listed stages have the value and gradients of the closed form', () => {
    verify(chain(...Array.from({ length: N }, () => stage)) as never)
  })

  it('of 10⁴ stages joined one by one, from the left and from the right, too', () => {
    let left: unknown = stage
    for (let i = 1; i < N; i++) left = andThen(stage)(left as never)
    verify(left as never)
    let right: unknown = stage
    for (let i = 1; i < N; i++) right = chain(stage, right as typeof stage)
    verify(right as never)
  })

  it('of operations alone run too', () => {
    let model: unknown = chain(sin)
    let expected = Math.sin(0.5)
    for (let i = 1; i < N; i++) {
      model = andThen(sin)(model as never)
      expected = Math.sin(expected)
    }
    const y = (model as Layer<[], readonly number[], readonly number[]>).apply([])(tensor(0.5))
    expect(Math.abs(item(y as Tensor) - expected)).toBeLessThanOrEqual(tolerance('f64', 'reference') * expected)
  })

  it('of 10⁵ stages are built one by one, initialised and run', () => {
    let model: unknown = stage
    for (let i = 1; i < 100_000; i++) model = andThen(stage)(model as never)
    const long = model as Layer<Tensor[], readonly number[], readonly number[]>
    const params = long.init(key(0))
    expect(params.length).toBe(100_000)
    params[99_999] = tensor(3)
    expect(item(long.apply(params)(tensor(2)) as Tensor)).toBe(6)
  })
})

describe('what parameters are', () => {
  it('is one flat list', () => {
    const model = chain(chain(dense(1, 2), chain(relu, dense(2, 3))), dense(3, 4))
    expect(model.init(key(0)).map((p) => toArray(p.b).length)).toEqual([2, 3, 4])
  })
})
