/** Layers run: for one example and for batches, forwards and backwards, with the right errors. */
import * as fc from 'fast-check'
import {
  DTypeError,
  grad,
  item,
  jit,
  mul,
  relu,
  reshape,
  ShapeError,
  sum,
  type Tensor,
  TreeError,
  tanh,
  tensor,
  toArray,
  vmap,
  zeros,
} from 'lanac'
import { close, exact, holds, tolerance } from 'lanac/laws'
import * as Lens from 'lanac/lens'
import { chain, dense, layer } from 'lanac/nn'
import { key, normal } from 'lanac/random'
import { describe, expect, it } from 'vitest'
import { affine, affineOf, plain, type Row, row, rows, twoLayers } from './plain.js'

const same = (left: unknown, right: unknown): void => {
  const verdict = close(left, right, { tolerance: tolerance('f64', 'reference') })
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const identical = (left: unknown, right: unknown): void => {
  const verdict = exact(left, right)
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const model = chain(dense(3, 4), tanh, dense(4, 2))
type Params = Lens.ParamsOf<typeof model>
const parts = fc.tuple(plain(3, 4), plain(4, 2))
const paramsOf = (p: readonly [Parameters<typeof affineOf>[0], Parameters<typeof affineOf>[0]]): Params =>
  [affineOf(p[0]), affineOf(p[1])] as unknown as Params

describe('apply', () => {
  it('is x·W + b, for one example', () => {
    fc.assert(
      fc.property(plain(3, 4), row(3), (p, x) => {
        same(
          dense(3, 4).apply([affineOf(p)] as never)(tensor(x as number[]) as never),
          tensor(affine(p, x) as number[]),
        )
      }),
    )
  })

  it('applies under any leading batch shape, example by example', () => {
    fc.assert(
      fc.property(parts, rows(6, 3), (p, xs) => {
        const f = model.apply(paramsOf(p))
        const ys = xs.map((x) => twoLayers(p, x, [0, 0]).y)
        const x = tensor(xs as number[][]) as Tensor<[6, 3], 'f64'>
        same(f(x), tensor(ys as number[][]))
        same(f(reshape(x, [2, 1, 3, 3])), reshape(tensor(ys as number[][]), [2, 1, 3, 2]))
      }),
    )
  })

  it('of a batch of none is a batch of none', () => {
    const y = model.apply(model.init(key(0), { dtype: 'f64' }))(zeros([0, 3]))
    expect(y.shape).toEqual([0, 2])
    expect(model.apply(model.init(key(0), { dtype: 'f64' }))(zeros([5, 0, 3])).shape).toEqual([5, 0, 2])
  })

  it('is the same compiled and mapped', () => {
    fc.assert(
      fc.property(parts, rows(4, 3), (p, xs) => {
        const params = paramsOf(p)
        const x = tensor(xs as number[][]) as Tensor<[4, 3], 'f64'>
        same(jit((q: Params, v: Tensor<[4, 3], 'f64'>) => model.apply(q)(v))(params, x), model.apply(params)(x))
        same(vmap((v: Tensor<[3], 'f64'>) => model.apply(params)(v))(x), model.apply(params)(x))
      }),
      { numRuns: 20 },
    )
  })
})

describe('vjp', () => {
  it('gives the cotangents that hand calculation gives', () => {
    fc.assert(
      fc.property(parts, row(3), row(2), (p, x, dy) => {
        const expected = twoLayers(p, x, dy)
        const [y, pull] = model.vjp(paramsOf(p), tensor(x as number[]) as Tensor<[3], 'f64'>)
        same(y, tensor(expected.y as number[]))
        const [dParams, dx] = pull(tensor(dy as number[]) as Tensor<[2], 'f64'>)
        same(
          dParams,
          expected.dParams.map(({ dw, db }) => ({ w: tensor(dw as number[][]), b: tensor(db as number[]) })),
        )
        same(dx, tensor(expected.dx as number[]))
      }),
    )
  })

  it('is grad, of parameters and of the input', () => {
    fc.assert(
      fc.property(parts, rows(5, 3), rows(5, 2), (p, xs, dys) => {
        const params = paramsOf(p)
        const x = tensor(xs as number[][]) as Tensor<[5, 3], 'f64'>
        const dy = tensor(dys as number[][]) as Tensor<[5, 2], 'f64'>
        const [, pull] = model.vjp(params, x)
        const inner = (q: Params, v: Tensor<[5, 3], 'f64'>) => sum(mul(model.apply(q)(v), dy))
        same(pull(dy), grad(inner, { argument: [0, 1] })(params, x))
      }),
    )
  })

  it('can itself be differentiated', () => {
    // y = tanh(w·x), so d/dx of the pullback's dx, w·(1 − tanh²), is −2w²·tanh·(1 − tanh²)
    const one = chain(dense(1, 1), tanh)
    const slope = (x: Tensor<[1], 'f64'>) =>
      sum(one.vjp([{ w: tensor([[0.5]]), b: tensor([0]) }], x)[1](tensor([1]))[1] as Tensor<[1], 'f64'>)
    const t = Math.tanh(0.5 * 0.75)
    same(grad(slope)(tensor([0.75])), tensor([-2 * 0.25 * t * (1 - t * t)]))
  })
})

describe('init', () => {
  it('is a function of the key', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        identical(model.init(key(a)), model.init(key(a)))
        const [x, y] = [model.init(key(a)), model.init(key(b))].map((p) => toArray(p[0].w as Tensor).toString())
        expect(x === y).toBe(a === b)
      }),
    )
  })

  it('makes f32 parameters, f64 when asked for', () => {
    expect(model.init(key(0)).flatMap((p) => [p.w.dtype, p.b.dtype])).toEqual(['f32', 'f32', 'f32', 'f32'])
    expect(model.init(key(0), { dtype: 'f64' }).flatMap((p) => [p.w.dtype, p.b.dtype])).toEqual([
      'f64',
      'f64',
      'f64',
      'f64',
    ])
  })

  it('gives layers of one shape different weights', () => {
    const [a, b] = chain(dense(3, 3), dense(3, 3)).init(key(0))
    expect(toArray(a.w)).not.toEqual(toArray(b.w))
  })

  it('does not depend on steps without parameters', () => {
    identical(chain(dense(3, 4), relu, tanh, dense(4, 2)).init(key(5)), chain(dense(3, 4), dense(4, 2)).init(key(5)))
  })

  it('runs compiled, to the same bits', () => {
    identical(jit(() => model.init(key(3)))(), model.init(key(3)))
  })
})

describe('a pair written by hand', () => {
  // y = s·x with a pullback that says three times the derivative of s, to be recognised
  const scale = layer({
    name: 'scale',
    input: [2],
    output: [2],
    init: (_key, { dtype }) => tensor(3, { dtype }) as Tensor,
    forward: (s: Tensor, x: Tensor) => [mul(s, x) as Tensor, [s, x] as const],
    backward: ([s, x], dy) => [mul(3, sum(mul(dy, x) as Tensor)) as Tensor, mul(s, dy) as Tensor],
  })

  it('is used by vjp and by grad, alone and in a chain', () => {
    const x = tensor([1, 2])
    const [y, pull] = scale.vjp([tensor(4)], x)
    expect(toArray(y)).toEqual([4, 8])
    const [[ds], dx] = pull(tensor([10, 100]))
    expect(item(ds)).toBe(3 * 210)
    expect(toArray(dx)).toEqual([40, 400])
    const g = grad((s: Tensor<[], 'f64'>) => sum(scale.apply([s])(x)))(tensor(4))
    expect(item(g)).toBe(9)

    const twice = chain(scale, scale)
    const through = grad((p: [Tensor, Tensor]) => sum(twice.apply(p)(x)))([tensor(4) as Tensor, tensor(5) as Tensor])
    // d(s₂·s₁·x): three times s₂·Σx = 15 and three times s₁·Σx = 12
    expect(through.map((t) => item(t as Tensor))).toEqual([45, 36])
    const [[d1, d2]] = twice.vjp([tensor(4), tensor(5)], x)[1](tensor([1, 1]))
    expect([item(d1), item(d2)]).toEqual([45, 36])
  })

  it('runs compiled', () => {
    const g = jit(grad((s: Tensor<[], 'f64'>) => sum(scale.apply([s])(tensor([1, 2])))))(tensor(4))
    expect(item(g)).toBe(9)
  })

  it('applies under a batch shape', () => {
    expect(
      toArray(
        scale.apply([tensor(2)])(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toEqual([
      [2, 4],
      [6, 8],
    ])
  })
})

describe('errors', () => {
  const params = model.init(key(0), { dtype: 'f64' })
  const said = (f: () => unknown): unknown => {
    try {
      f()
    } catch (e) {
      return e
    }
    return undefined
  }

  it('name the sizes that do not fit', () => {
    const loose: Tensor = zeros([7, 5])
    const e = said(() => model.apply(params)(loose))
    expect(e).toBeInstanceOf(ShapeError)
    expect((e as Error).message).toBe(
      'dense(3, 4): this layer takes [3], under any batch shape, but is given [7, 5] (at stage 0)',
    )
    expect(said(() => model.vjp(params, loose))).toEqual(e)
    expect((said(() => model.apply(params)(zeros([]) as Tensor)) as Error).message).toBe(
      'dense(3, 4): this layer takes [3], under any batch shape, but is given [] (at stage 0)',
    )
  })

  it('name the element types that do not mix', () => {
    const e = said(() => model.apply(params)(zeros([3], { dtype: 'f32' })))
    expect(e).toBeInstanceOf(DTypeError)
    expect((e as Error).message).toBe(
      "dense(3, 4): the input is f32, the parameters are f64; convert the input: convert(x, 'f64'), or make the parameters f32: init(key, { dtype: 'f32' })",
    )
    expect((said(() => model.apply(model.init(key(0)))(zeros([3]))) as Error).message).toBe(
      "dense(3, 4): the input is f64, the parameters are f32; convert the input: convert(x, 'f32'), or make the parameters f64: init(key, { dtype: 'f64' })",
    )
  })

  it('do not offer integer parameters', () => {
    expect((said(() => model.apply(params)(zeros([3], { dtype: 'i32' }))) as Error).message).toBe(
      "dense(3, 4): the input is i32, the parameters are f64; convert the input: convert(x, 'f64')",
    )
  })

  it('say what parameters there should be', () => {
    const e = said(() => model.apply([params[0]] as never)(zeros([3])))
    expect(e).toBeInstanceOf(TreeError)
    expect((e as Error).message).toBe(
      'apply: the parameters of this layer are a list of 2, found a list of 1; pass what init gave, or a tree of the same structure',
    )
    expect((said(() => model.apply(params[0] as never)(zeros([3]))) as Error).message).toBe(
      'apply: the parameters of this layer are a list of 2, found object; pass what init gave, or a tree of the same structure',
    )
    expect((said(() => model.vjp(undefined as never, zeros([3]))) as Error).message).toBe(
      'apply: the parameters of this layer are a list of 2, found undefined; pass what init gave, or a tree of the same structure',
    )
  })

  it('say where a parameter is of another size', () => {
    const swapped = [{ w: zeros([3, 5]), b: zeros([4]) }, params[1]] as never
    const e = said(() => model.apply(swapped)(zeros([3])))
    expect(e).toBeInstanceOf(ShapeError)
    expect((e as Error).message).toBe(
      'dense(3, 4): w has to be [3, 4], found [3, 5] (at w); pass what init gave, or a tree of the same structure',
    )
    expect((said(() => model.apply([{ w: zeros([3, 4]) }, params[1]] as never)(zeros([3]))) as Error).message).toBe(
      'dense(3, 4): the parameters are w, b, found w; pass what init gave, or a tree of the same structure',
    )
    expect((said(() => model.apply([3, params[1]] as never)(zeros([3]))) as Error).message).toBe(
      'dense(3, 4): the parameters are w, b, found number; pass what init gave, or a tree of the same structure',
    )
  })
})

describe('what a layer is', () => {
  it('is told from what is not', () => {
    for (const x of [model, dense(1, 1), chain(), chain({ a: dense(1, 1) })]) expect(Lens.isLayer(x)).toBe(true)
    for (const x of [null, undefined, relu, {}, { kind: 'layer' }, 'layer', zeros([2])])
      expect(Lens.isLayer(x)).toBe(false)
  })

  it('is no promise', () => {
    expect('then' in model).toBe(false)
    expect('then' in Lens).toBe(false)
  })

  it('adds up along a batch: the gradient of a batch is the sum of those of its examples', () => {
    fc.assert(
      fc.property(parts, rows(3, 3), (p, xs) => {
        const params = paramsOf(p)
        const f = (q: Params, x: Tensor<[3], 'f64'>) => sum(model.apply(q)(x))
        const each = xs.map((x: Row) => grad(f)(params, tensor(x as number[]) as Tensor<[3], 'f64'>))
        const whole = grad((q: Params) => sum(model.apply(q)(tensor(xs as number[][]) as Tensor<[3, 3], 'f64'>)))(
          params,
        )
        same(
          whole,
          each.reduce((a, b) => Lens.plus(a, b)),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('draws with whatever initialiser it is told', () => {
    const [p] = dense(2, 3, {
      initW: (k, shape, options) => normal(k, shape, options),
      initB: (_k, shape, o) => zeros(shape, o),
    }).init(key(1))
    expect(p.w.shape).toEqual([2, 3])
    expect(toArray(p.b)).toEqual([0, 0, 0])
  })
})
