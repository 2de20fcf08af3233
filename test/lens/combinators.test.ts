/** Layers side by side, around and over one another. */
import * as fc from 'fast-check'
import {
  add,
  concat,
  exp,
  grad,
  item,
  mul,
  relu,
  reshape,
  ShapeError,
  scalar,
  square,
  sum,
  type Tensor,
  TreeError,
  tanh,
  tensor,
  toArray,
  zeros,
} from 'lanac'
import { close, exact, holds, tolerance } from 'lanac/laws'
import * as Lens from 'lanac/lens'
import { chain, countParameters, dense, parallel, reparametrise, residual, split } from 'lanac/nn'
import { key, normal } from 'lanac/random'
import { describe, expect, it } from 'vitest'
import { affine, affineBack, affineOf, plain, rows } from './plain.js'

const identical = (left: unknown, right: unknown): void => {
  const verdict = exact(left, right)
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const near = (left: unknown, right: unknown): void => {
  const verdict = close(left, right, { tolerance: tolerance('f64', 'reference') })
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

const f = chain(dense(2, 3), tanh)
const g = dense(3, 2)
const x = normal(key(1), [5, 2])
const y = normal(key(2), [5, 3])
const pf = f.init(key(3), { dtype: 'f64' })
const pg = g.init(key(4), { dtype: 'f64' })

describe('parallel', () => {
  const both = parallel(f, g)

  it('is both layers, each on its own', () => {
    identical(both.apply([...pf, ...pg])([x, y]), [f.apply(pf)(x), g.apply(pg)(y)])
    const [dy1, dy2] = [normal(key(5), [5, 3]), normal(key(6), [5, 2])]
    const [value, pull] = both.vjp([...pf, ...pg], [x, y])
    identical(value, [f.apply(pf)(x), g.apply(pg)(y)])
    const [df, dx] = f.vjp(pf, x)[1](dy1)
    const [dg, dy] = g.vjp(pg, y)[1](dy2)
    identical(pull([dy1, dy2]), [[...df, ...dg], [dx, dy]]) // biome-ignore format: pairs
  })

  it('initialises two layers of one kind differently', () => {
    const [a, b] = parallel(g, g).init(key(0))
    expect(toArray(a.w)).not.toEqual(toArray(b.w))
  })

  it('knows its forms', () => {
    expect([both.input, both.output]).toEqual([[[2], [3]], [[3], [2]]]) // biome-ignore format: pairs
    const longer = chain(both, parallel(dense(3, 1), dense(2, 1)))
    expect(longer.output).toEqual([[1], [1]])
    expect(parallel(chain(relu), f).input).toBe(null)
  })

  it('takes pairs of one batch shape only', () => {
    expect(said(() => both.apply([...pf, ...pg])(x as never))).toBeInstanceOf(ShapeError)
    expect(said(() => both.apply([...pf, ...pg])([x, zeros([4, 3])] as never)).message).toBe(
      'parallel: this layer takes ([2], [3]), under any batch shape, but is given ([5, 2], [4, 3]) (at stage 0)',
    )
    const free = parallel(chain(relu), chain(tanh))
    const e = said(() => free.apply([])(x as never))
    expect(e).toBeInstanceOf(TreeError)
    expect(e.message).toBe('parallel: takes a pair of values; pass [x, y]')
  })
})

describe('split', () => {
  it('gives both branches, and adds up what comes back', () => {
    const h = dense(2, 4)
    const ph = h.init(key(7), { dtype: 'f64' })
    const both = split(f, h)
    const [value, pull] = both.vjp([...pf, ...ph], x)
    identical(value, [f.apply(pf)(x), h.apply(ph)(x)])
    const [dy1, dy2] = [normal(key(5), [5, 3]), normal(key(6), [5, 4])]
    const [df, dx1] = f.vjp(pf, x)[1](dy1)
    const [dh, dx2] = h.vjp(ph, x)[1](dy2)
    near(pull([dy1, dy2]), [[...df, ...dh], add(dx1, dx2)])
  })

  it('refuses branches of other inputs', () => {
    const e = said(() => split(f, g as never))
    expect(e).toBeInstanceOf(ShapeError)
    expect(e.message).toBe('split: the branches take [2] and [3]: both are given the same value')
  })
})

describe('residual', () => {
  it('is x + f(x), whose pullback is that of f and the identity', () => {
    fc.assert(
      fc.property(plain(3, 3), rows(4, 3), rows(4, 3), (p, xs, dys) => {
        const skip = residual(dense(3, 3))
        const x = tensor(xs as number[][]) as Tensor<[4, 3], 'f64'>
        const [value, pull] = skip.vjp([affineOf(p)] as never, x)
        near(value, tensor(xs.map((r) => affine(p, r).map((v, j) => v + (r[j] as number)))))
        const [, dx] = pull(tensor(dys as number[][]) as never)
        near(
          dx,
          tensor(xs.map((r, i) => affineBack(p, r, dys[i] as number[]).dx.map((d, j) => d + (dys[i]?.[j] as number)))),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('stands in chains', () => {
    const model = chain(dense(2, 3), residual(chain(dense(3, 5), relu, dense(5, 3))), dense(3, 1))
    expect(countParameters(model)).toBe(2 * 3 + 3 + (3 * 5 + 5) + (5 * 3 + 3) + (3 + 1))
    expect(model.apply(model.init(key(0), { dtype: 'f64' }))(x).shape).toEqual([5, 1])
  })

  it('refuses a layer that changes the shape', () => {
    const e = said(() => residual(f as never))
    expect(e).toBeInstanceOf(ShapeError)
    expect(e.message).toBe('residual: the layer takes [2] but gives [3], and x + f(x) needs both the same')
  })
})

describe('reparametrise', () => {
  const block = dense(3, 3)
  const pair = chain(block, tanh, block)
  const tied = reparametrise(pair, {
    init: (k, options) => block.init(k, options)[0],
    map: (shared) => [shared, shared] as const,
  })
  const [shared] = tied.init(key(0), { dtype: 'f64' })
  const v = normal(key(8), [4, 3])
  const dy = normal(key(9), [4, 3])

  it('shares parameters, whose gradients add up', () => {
    identical(tied.apply([shared])(v), pair.apply([shared, shared])(v))
    const [[d], dx] = tied.vjp([shared], v)[1](dy)
    const [[d1, d2], dx2] = pair.vjp([shared, shared], v)[1](dy)
    near(d, { w: add(d1.w, d2.w), b: add(d1.b, d2.b) })
    near(dx, dx2)
    near(grad((p: typeof shared) => sum(mul(tied.apply([p])(v), dy)))(shared), d)
  })

  it('counts shared parameters once', () => {
    expect(countParameters(tied)).toBe(12)
    expect(countParameters(pair)).toBe(24)
  })

  it('computes parameters from others: a positive weight from its logarithm', () => {
    const positive = reparametrise(dense(1, 1, { bias: false }), {
      init: () => zeros([1, 1]),
      map: (log: Tensor<[1, 1], 'f64'>) => [{ w: exp(log) }] as const,
    })
    const at = tensor([[Math.log(2)]])
    const [value, pull] = positive.vjp([at], tensor([3]))
    near(value, tensor([6]))
    near(pull(tensor([1])), [[tensor([[6]])], tensor([2])])
  })
})

describe('differentiable functions', () => {
  const sq = Lens.diff((a: Tensor<[], 'f64'>) => square(a))
  const cube = Lens.diff((a: Tensor<[], 'f64'>) => mul(square(a), a))

  it('go side by side and split as layers do', () => {
    const [[a, b], back] = parallel(sq, cube)([scalar(3), scalar(2)])
    expect([item(a), item(b)]).toEqual([9, 8])
    expect(back([scalar(1), scalar(10)]).map((t) => item(t))).toEqual([6, 120])
    const [[c, d], both] = split(sq, cube)(scalar(2))
    expect([item(c), item(d)]).toEqual([4, 8])
    expect(item(both([scalar(1), scalar(10)]))).toBe(4 + 120)
  })

  it('add cotangents as trees, null for none', () => {
    const [a, b] = [tensor([1, 2]), tensor([10, 20])]
    expect(Lens.plus<unknown>(null, a)).toBe(a)
    expect(Lens.plus<unknown>(a, null)).toBe(a)
    expect(Lens.plus<unknown>(null, null)).toBe(null)
    const sum = Lens.plus({ w: a, labels: null }, { w: b, labels: null })
    expect(toArray(sum.w)).toEqual([11, 22])
    expect(sum.labels).toBe(null)
  })

  it('act on one of a pair', () => {
    const [[a, same], back] = Lens.first(sq)([scalar(3), 'kept'])
    expect([item(a), same]).toEqual([9, 'kept'])
    const [da, kept] = back([scalar(2), 'kept'])
    expect([item(da), kept]).toEqual([12, 'kept'])
    const [[same2, b], back2] = Lens.second(sq)(['kept', scalar(3)])
    expect([same2, item(b)]).toEqual(['kept', 9])
    expect(item(back2(['kept', scalar(2)])[1])).toBe(12)
  })

  it('compose backwards what they compose forwards, over trees', () => {
    const halves = Lens.diff((p: { readonly a: Tensor<[2], 'f64'>; readonly b: Tensor<[2], 'f64'> }) =>
      concat([p.a, p.b]),
    )
    const matrix = Lens.diff((v: Tensor<[4], 'f64'>) => reshape(v, [2, 2]))
    const [m, back] = Lens.compose(matrix, halves)({ a: tensor([1, 2]), b: tensor([3, 4]) })
    expect(toArray(m)).toEqual([[1, 2], [3, 4]]) // biome-ignore format: a matrix
    const d = back(tensor([[5, 6], [7, 8]])) // biome-ignore format: a matrix
    expect([toArray(d.a), toArray(d.b)]).toEqual([[5, 6], [7, 8]]) // biome-ignore format: a matrix
  })

  it('move their source by put', () => {
    const view = Lens.diff((v: Tensor<[4], 'f64'>) => reshape(v, [2, 2]))
    identical(Lens.put(view)(tensor([1, 2, 3, 4]), tensor([[4, 3], [2, 1]])), tensor([4, 3, 2, 1])) // biome-ignore format: a matrix
    // x + f′(x)·(y − f x) for the square at 3, towards 10
    expect(item(Lens.put(sq)(scalar(3), scalar(10)))).toBe(3 + 6 * (10 - 9))
    expect(item(Lens.get(sq)(scalar(3)))).toBe(9)
  })
})
