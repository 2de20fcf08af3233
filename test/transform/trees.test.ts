/** Trees of arguments and results: types, values, keys and what is no value survive every verb. */
import { none, type Option, some } from 'fp-ts/lib/Option.js'
import {
  add,
  combine,
  convert,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  mapLeaves,
  mul,
  partition,
  type Scalar,
  square,
  stopGradient,
  sum,
  type Tensor,
  take,
  tensor,
  toArray,
  valueAndGrad,
  vjp,
  vmap,
} from 'lanac'
import { describe, expect, it } from 'vitest'

type V3 = Tensor<[3], 'f64'>
const v = (...x: readonly [number, number, number]): V3 => tensor([x[0], x[1], x[2]])

interface Params {
  readonly scale: number
  readonly name: string
  readonly activation: (x: V3) => V3
  readonly head: Option<V3>
  readonly rest: Option<V3>
  readonly layers: readonly { readonly w: V3; readonly b: Scalar }[]
  readonly pair: readonly [V3, Tensor<[3], 'i32'>]
  readonly nothing: null
}

const activation = (x: V3): V3 => square(x) as V3
const params: Params = {
  scale: 2,
  name: 'model',
  activation,
  head: some(v(1, 2, 3)),
  rest: none,
  layers: [
    { w: v(1, 0, -1), b: 3 },
    { w: v(2, 2, 2), b: tensor(4) as never },
  ],
  pair: [v(5, 6, 7), tensor([1, 2, 3], { dtype: 'i32' })],
  nothing: null,
}

/** scale · (Σ activation(head) + Σ w₀·w₁ + b₀·b₁) + Σ pair₀ · pair₁ */
const loss = (p: Params): Tensor<[], 'f64'> => {
  const [l, m] = p.layers as readonly [Params['layers'][0], Params['layers'][0]]
  const head = p.head._tag === 'Some' ? sum(p.activation(p.head.value)) : 0
  const inner = add(add(head, sum(mul(l.w, m.w))), mul(l.b, m.b))
  return add(mul(p.scale, inner), sum(mul(p.pair[0], convert(p.pair[1], 'f64')))) as Tensor<[], 'f64'>
}

/** Leaves as plain numbers, everything else as it is. */
const plain = (x: unknown): unknown => {
  if (typeof x !== 'object' || x === null) return x
  if ('dtype' in x) return toArray(x as Tensor)
  if (Array.isArray(x)) return x.map(plain)
  return Object.fromEntries(Object.entries(x).map(([k, y]) => [k, plain(y)]))
}

// head: 1 + 4 + 9 = 14; layers: 2 + 0 − 2 + 12 = 12; 2 · 26 + 5 + 12 + 21 = 90
const expected = {
  scale: 26,
  name: 'model',
  activation,
  head: { _tag: 'Some', value: [4, 8, 12] },
  rest: { _tag: 'None' },
  layers: [
    { w: [4, 4, 4], b: 8 },
    { w: [2, 0, -2], b: 6 },
  ],
  pair: [[1, 2, 3], null],
  nothing: null,
}

describe('a tree of parameters', () => {
  it('has a gradient of its own structure, null for integers, what is no value as it is', () => {
    const [value, gradient] = valueAndGrad(loss)(params)
    expect(toArray(value)).toBe(90)
    expect(plain(gradient)).toEqual(expected)
    expect(Object.keys(gradient)).toEqual(Object.keys(params))
    expect(gradient.activation).toBe(activation)
    expect(gradient.scale.dtype).toBe('f64')
    expect(gradient.scale.shape).toEqual([])
  })

  it('the same through vjp, jit and linearize', () => {
    const [y, back] = vjp(loss, params)
    expect(toArray(y)).toBe(90)
    expect(plain(back(1)[0])).toEqual(expected)
    expect(plain(jit(grad(loss))(params))).toEqual(expected)
    const [, push] = linearize(loss, params)
    const tangent = mapLeaves((x) => (x.dtype === 'i32' ? x : mul(x, 0)))(params)
    const one = { ...tangent, pair: [v(0, 0, 1), null], scale: 10 }
    expect(toArray(push(one as never))).toBe(10 * 26 + 3)
  })

  it('takes null for a tangent that is zero, for a leaf or a branch, and keys in any order', () => {
    const zero = {
      nothing: null,
      pair: null,
      layers: [null, { b: 1, w: null }],
      rest: none,
      head: null,
      activation: null,
      name: null,
      scale: 1,
    }
    expect(toArray(jvp(loss, [params], [zero as never])[1])).toBe(26 + 6)
  })

  it('is a result as much as an argument', () => {
    const f = (p: { readonly a: V3; readonly k: number }) => ({ twice: mul(p.a, p.k), k: 1, label: 'out', all: [p] })
    const y = jit(f)({ a: v(1, 2, 3), k: 2 })
    expect(plain(y)).toEqual({ twice: [2, 4, 6], k: 1, label: 'out', all: [{ a: [1, 2, 3], k: 2 }] })
    const [, dy] = jvp(f, [{ a: v(1, 2, 3), k: 2 }], [{ a: v(1, 0, 0), k: 1 }])
    expect(plain(dy)).toEqual({ twice: [3, 2, 3], k: 0, label: 'out', all: [{ a: [1, 0, 0], k: 1 }] })
    const [, back] = vjp(f, { a: v(1, 2, 3), k: 2 })
    const ct = { twice: v(1, 1, 1), k: 5, label: null, all: [{ a: v(0, 0, 1), k: 3 }] }
    expect(plain(back(ct as never))).toEqual([{ a: [2, 2, 3], k: 9 }])
  })

  it('nests in Jacobians and Hessians: a tree of trees', () => {
    const f = (p: { readonly a: V3; readonly k: number; readonly i: Tensor<[], 'i32'> }) => ({
      y: mul(p.a, p.k),
      s: sum(mul(p.a, p.a)),
    })
    const at = { a: v(1, 2, 3), k: 2, i: tensor(1, { dtype: 'i32' }) as never }
    const diagonal = [
      [2, 0, 0],
      [0, 2, 0],
      [0, 0, 2],
    ]
    const jacobian = { y: { a: diagonal, k: [1, 2, 3], i: null }, s: { a: [2, 4, 6], k: 0, i: null } }
    expect(plain(jacfwd(f)(at))).toEqual(jacobian)
    expect(plain(jacrev(f)(at))).toEqual(jacobian)
    const g = (p: { readonly a: V3; readonly k: number }) => mul(p.k, sum(mul(p.a, p.a)))
    expect(plain(hessian(g)({ a: v(1, 2, 3), k: 2 }))).toEqual({
      a: { a: diagonal.map((r) => r.map((x) => 2 * x)), k: [2, 4, 6] },
      k: { a: [2, 4, 6], k: 0 },
    })
  })

  it('maps over examples, shared leaves apart', () => {
    const f = (p: { readonly w: V3; readonly b: Scalar }, x: Scalar) => ({ y: add(mul(p.w, x), p.b), b: p.b })
    const p = { w: v(1, 2, 3), b: 1 }
    const y = vmap(f as never, { in: [null, 0], out: { y: 0, b: null } as never })(p as never, v(1, 10, 100) as never)
    expect(plain(y)).toEqual({
      y: [
        [2, 3, 4],
        [11, 21, 31],
        [101, 201, 301],
      ],
      b: 1,
    })
    const each = vmap(f as never, { in: [{ w: null, b: 0 }, 0] as never, out: { y: 1, b: 0 } as never })
    expect(plain(each({ w: v(1, 2, 3), b: v(0, 1, 2) } as never, v(1, 1, 1) as never))).toEqual({
      y: [
        [1, 2, 3],
        [2, 3, 4],
        [3, 4, 5],
      ],
      b: [0, 1, 2],
    })
  })
})

describe('frozen parameters', () => {
  const model = { body: { w: v(1, 2, 3) }, head: { w: v(4, 5, 6), b: 7 } }
  const f = (m: typeof model): Tensor<[], 'f64'> => add(sum(mul(m.body.w, m.head.w)), m.head.b) as Tensor<[], 'f64'>

  it('are one half of a partition', () => {
    const [trained, frozen] = partition((_, path) => path.startsWith('head'))(model)
    expect(plain(trained)).toEqual({ body: { w: null }, head: { w: [4, 5, 6], b: 7 } })
    expect(plain(frozen)).toEqual({ body: { w: [1, 2, 3] }, head: { w: null, b: null } })
    const gradient = grad((t: typeof model) => f(combine(t, frozen)))(trained)
    expect(plain(gradient)).toEqual({ body: { w: null }, head: { w: [1, 2, 3], b: 1 } })
    const stepped = mapLeaves((x) => mul(x, 2) as Tensor)(trained)
    expect(plain(combine(stepped, frozen))).toEqual({ body: { w: [1, 2, 3] }, head: { w: [8, 10, 12], b: 14 } })
  })

  it('or go through stopGradient as a tree', () => {
    const gradient = grad((m: typeof model) => f({ body: stopGradient(m.body), head: m.head }))(model)
    expect(plain(gradient)).toEqual({ body: { w: [0, 0, 0] }, head: { w: [1, 2, 3], b: 1 } })
  })
})

describe('arguments', () => {
  const f = (x: V3, y: V3, k: Scalar) => mul(sum(mul(x, square(y) as V3)), k)
  const args = [v(1, 2, 3), v(1, 0, -1), 2] as const

  it('are chosen by number or by list', () => {
    expect(plain(grad(f)(...args))).toEqual([2, 0, 2])
    expect(plain(grad(f, { argument: 1 })(...args))).toEqual([4, 0, -12])
    expect(plain(grad(f, { argument: [2, 0] })(...args))).toEqual([4, [2, 0, 2]])
    expect(plain(grad(f, { argument: [2] })(...args))).toEqual([4])
    expect(plain(valueAndGrad(f, { argument: [0, 2] })(...args))).toEqual([8, [[2, 0, 2], 4]])
    expect(plain(jacrev(f, { argument: [2, 0] })(...args))).toEqual([4, [2, 0, 2]])
    expect(plain(hessian(f, { argument: [2, 0] })(...args))).toEqual([
      [0, [1, 0, 1]],
      [
        [1, 0, 1],
        [
          [0, 0, 0],
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
    ])
  })

  it('come with whatever else the function returns', () => {
    const g = (x: V3) =>
      [sum(square(x)), { first: take(x, 0), label: 'aux', n: tensor([1, 2], { dtype: 'i32' }) }] as const
    expect(plain(grad(g, { aux: true })(v(1, 2, 3)))).toEqual([[2, 4, 6], { first: 1, label: 'aux', n: [1, 2] }])
    expect(plain(valueAndGrad(g, { aux: true })(v(1, 2, 3)))).toEqual([
      [14, { first: 1, label: 'aux', n: [1, 2] }],
      [2, 4, 6],
    ])
    const nested = grad((x: V3) => sum(mul(grad(g, { aux: true })(x)[0], grad(g, { aux: true })(x)[0])))(v(1, 2, 3))
    expect(plain(nested)).toEqual([8, 16, 24])
    expect(plain(jit(grad(g, { aux: true }))(v(1, 2, 3)))).toEqual([[2, 4, 6], { first: 1, label: 'aux', n: [1, 2] }])
  })

  it('that are JS numbers have scalar tensors for gradients, in the element type beside them', () => {
    const half = tensor([1, 2], { dtype: 'f32' })
    const g = grad((k: number) => sum(mul(half, k)) as never)(3)
    expect(plain(g)).toBe(3)
    const [dk, dx] = grad((k: number, x: Tensor<[2], 'f32'>) => sum(mul(x, k)) as never, { argument: [0, 1] })(3, half)
    expect([dk.dtype, dx.dtype]).toEqual(['f64', 'f32'])
    expect(plain([dk, dx])).toEqual([3, [3, 3]])
  })
})
