/** Backpropagation: section 6 of the lecture. */
import * as fc from 'fast-check'
import {
  add,
  einsum,
  grad,
  item,
  jacrev,
  matmul,
  mul,
  outer,
  relu,
  reshape,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  toArray,
  transpose,
  vjp,
} from 'lanac'
import { close, holds, tolerance } from 'lanac/laws'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense, type ParamsOf } from 'lanac/nn'
import { key, normal } from 'lanac/random'
import { describe, expect, it } from 'vitest'
import { abstractOf } from '../../src/tape/program.js'
import { trace } from '../../src/tape/trace.js'
import { sizeOf } from '../../src/tensor/shape.js'

const near = (left: unknown, right: unknown): void => {
  const verdict = close(left, right, { tolerance: tolerance('f64', 'reference') })
  expect(holds(verdict), verdict.witness()).toBe(true)
}

describe('the chain rule', () => {
  const f = (x: Tensor<[3], 'f64'>) => tanh(matmul(tensor([[1, 2, -1], [0.5, 0, 1]]), x)) // biome-ignore format: a matrix
  const g = (y: Tensor<[2], 'f64'>) => sum(mul(square(y), tensor([1, -3])))

  it('∂z/∂x = ∂z/∂y · ∂y/∂x, and ∇ₓz = (∂y/∂x)ᵀ ∇_y z', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const x = normal(key(seed), [3])
        const y = f(x)
        const whole = grad((v: typeof x) => g(f(v)))(x)
        near(whole, matmul(grad(g)(y), jacrev(f)(x)))
        near(whole, matmul(transpose(jacrev(f)(x)), grad(g)(y)))
        near(whole, vjp(f, x)[1](grad(g)(y))[0])
      }),
    )
  })
})

describe('a fully connected layer, s = W·h + b', () => {
  const [D, E] = [4, 3] as const
  type W = Tensor<[4, 3], 'f64'>
  const h = normal(key(1), [3])
  const b = normal(key(2), [4])
  const W = normal(key(3), [4, 3])
  const s = (w: W) => add(matmul(w, h), b)
  const L = (v: Tensor<[4], 'f64'>) => sum(sin(v))
  const ds = grad(L)(s(W))

  it('has ∂L/∂W by the vectorised Jacobian, reshaped back, and by the outer product of ∂L/∂s and h', () => {
    // the Jacobian of s by vec W is the identity ⊗ hᵀ
    const jacobian = reshape(jacrev(s)(W), [D, D * E])
    const expected = Array.from({ length: D }, (_, i) =>
      Array.from({ length: D * E }, (__, k) =>
        Math.floor(k / E) === i ? (toArray(h) as readonly number[])[k % E] : 0,
      ),
    )
    expect(toArray(jacobian)).toEqual(expected)
    const vectorised = reshape(matmul(ds, jacobian), [D, E])
    near(vectorised, outer(ds, h))
    near(grad((w: W) => L(s(w)))(W), outer(ds, h))
  })

  it('costs D²·E products by the Jacobian, D·E by the outer product', () => {
    /** Products of a program: of a multiplication one for each element, of a contraction one for each of its labels' places. */
    const products = (f: (v: Tensor<[4], 'f64'>) => Tensor): number => {
      const program = trace(f)(ds)
      let n = 0
      program.primitives.forEach((p, k) => {
        const read = program.refs.slice(program.start[k], program.start[k + 1]).map((r) => abstractOf(program, r))
        const made = abstractOf(program, program.first[k] as number)
        if (p.name === 'mul') n += sizeOf(made.shape)
        if (p.name === 'contract') n += Math.max(...[made, ...read].map((a) => sizeOf(a.shape)))
      })
      return n
    }
    const jacobian = reshape(jacrev(s)(W), [D, D * E])
    expect(products((v) => matmul(v, jacobian))).toBe(D * D * E)
    expect(products((v) => outer(v, h))).toBe(D * E)
  })

  it('of higher rank does too: W of rank 4, s = Σ W[a, b, c, d]·h[c, d]', () => {
    type R = Tensor<[2, 3, 4, 2], 'f64'>
    const H = normal(key(4), [4, 2])
    const R = normal(key(5), [2, 3, 4, 2])
    const t = (w: R) => einsum('abcd,cd->ab', w, H)
    const M = (v: Tensor<[2, 3], 'f64'>) => sum(square(sin(v)))
    const dt = grad(M)(t(R))
    const jacobian = reshape(jacrev(t)(R), [6, 48])
    near(reshape(matmul(reshape(dt, [6]), jacobian), [2, 3, 4, 2]), einsum('ab,cd->abcd', dt, H))
    near(grad((w: R) => M(t(w)))(R), einsum('ab,cd->abcd', dt, H))
  })
})

describe('the backward pass', () => {
  const layers = [dense(3, 4), dense(4, 4), dense(4, 2)] as const
  const model = chain(layers[0], relu, layers[1], tanh, layers[2])
  type Params = ParamsOf<typeof model>
  const params = model.init(key(0), { dtype: 'f64' })
  const x = normal(key(1), [3])
  const y = tensor([1, -1])

  it('is the recursion over layers, each given what the one after it gives', () => {
    const [s1, back1] = layers[0].vjp([params[0]], x)
    const [h1, act1] = vjp((v: typeof s1) => relu(v), s1)
    const [s2, back2] = layers[1].vjp([params[1]], h1)
    const [h2, act2] = vjp((v: typeof s2) => tanh(v), s2)
    const [s3, back3] = layers[2].vjp([params[2]], h2)
    const d3 = grad((v: typeof s3) => meanSquaredError(v, y))(s3)
    const [[g3], dh2] = back3(d3)
    const [ds2] = act2(dh2)
    const [[g2], dh1] = back2(ds2)
    const [ds1] = act1(dh1)
    const [[g1]] = back1(ds1)
    near([g1, g2, g3], grad((p: Params) => meanSquaredError(model.apply(p)(x), y))(params))
    // by hand: the last layer's gradient is h₂·(∂L/∂s₃)ᵀ, the one before it through W₃ and 1 − tanh²
    near(g3, { w: outer(h2, d3), b: d3 })
    near(dh2, matmul(params[2].w as Tensor<[4, 2], 'f64'>, d3))
    near(ds2, mul(dh2, add(1, mul(-1, square(h2)))))
  })

  it('then an optimiser step Θ − δ∇J makes the loss smaller', () => {
    const J = (p: Params) => meanSquaredError(model.apply(p)(x), y)
    const g = grad(J)(params)
    const norm = g.reduce((n, { w, b }) => n + item(sum(square(w))) + item(sum(square(b))), 0)
    const moved = params.map(({ w, b }, i) => ({
      w: add(w as Tensor, mul(-1e-4, g[i]?.w as Tensor)),
      b: add(b as Tensor, mul(-1e-4, g[i]?.b as Tensor)),
    })) as unknown as Params
    // to first order by δ‖∇J‖²
    const gain = item(J(params)) - item(J(moved))
    expect(gain).toBeGreaterThan(0.5e-4 * norm)
    expect(gain).toBeLessThan(2e-4 * norm)
  })
})
