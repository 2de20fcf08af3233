/** The names and call forms that people write first, as they write them. */
import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { Field } from 'fp-ts/lib/number.js'
import type { Scalar, Tensor } from 'lanac'
import {
  add,
  concat,
  customJvp,
  customVjp,
  exp,
  fromTypedArray,
  grad,
  hessian,
  hvp,
  item,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  log,
  logSoftmax,
  logSumExp,
  matmul,
  mul,
  pow,
  relu,
  reshape,
  slice,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  take,
  tanh,
  tensor,
  toArray,
  transpose,
  valueAndGrad,
  vjp,
  vmap,
  where,
  zeros,
} from 'lanac'
import * as Dual from 'lanac/dual'
import * as Laws from 'lanac/laws'
import * as Lens from 'lanac/lens'
import { crossEntropy } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { key, normal, split } from 'lanac/random'
import * as Tape from 'lanac/tape'
import { fit as train } from 'lanac/train'
import { describe, expect, test } from 'vitest'
import { equal } from '../types/ok/equal.js'

const a = tensor([
  [1, 2, 3],
  [4, 5, 6],
])
const f = (x: Scalar) => add(sub(sub(pow(x, 4), pow(x, 3)), mul(2, square(x))), 3)

describe('values and words', () => {
  test('arithmetic, reductions, pipes', () => {
    equal<typeof a, Tensor<[2, 3], 'f64'>>(true)
    const f32 = tensor([1, 2, 3], { dtype: 'f32' })
    expect(f32.dtype).toBe('f32')
    expect(toArray(add(a, 1))).toEqual([
      [2, 3, 4],
      [5, 6, 7],
    ])
    expect(toArray(add(a, tensor([10, 20, 30])))).toEqual([
      [11, 22, 33],
      [14, 25, 36],
    ])
    expect(item(sum(a))).toBe(21)
    expect(toArray(sum(a, { axis: 0 }))).toEqual([5, 7, 9])
    expect(toArray(sum(a, { axis: [0, 1], keepDims: true }))).toEqual([[21]])
    expect(pipe(a, add(1), mul(2), tanh, sum({ axis: 1 })).shape).toEqual([2])
    expect(a.shape).toEqual([2, 3])
    expect(String(a)).toBe('[[1. 2. 3.]\n [4. 5. 6.]]')
    expect(zeros([2]).shape).toEqual([2])
    expect([exp(a), log(a), relu(a), softmax(a)].map((y) => y.shape)).toEqual([
      [2, 3],
      [2, 3],
      [2, 3],
      [2, 3],
    ])
    expect(logSumExp(a, { axis: 1 }).shape).toEqual([2])
  })

  test('call forms', () => {
    expect(toArray(slice(a, { start: [0], stop: [2], step: [1] }))).toEqual(toArray(a))
    expect(toArray(take(a, tensor([1], { dtype: 'i32' }), { axis: 0 }))).toEqual([[4, 5, 6]])
    expect(reshape(a, [3, 2]).shape).toEqual([3, 2])
    expect(transpose(a, [1, 0]).shape).toEqual([3, 2])
    expect(logSoftmax(a, { axis: 1 }).shape).toEqual([2, 3])
    expect(toArray(pow(a, 2))).toEqual([
      [1, 4, 9],
      [16, 25, 36],
    ])
    expect(toArray(where(tensor([true, false]), 1, tensor([5, 6])))).toEqual([1, 6])
    expect(concat([a, a], { axis: 0 }).shape).toEqual([4, 3])
    expect(fromTypedArray(new Float32Array(6), [2, 3]).dtype).toBe('f32')
    expect(item(jit(() => add(1, 2))())).toBe(3)
  })
})

describe('derivatives', () => {
  test('of a scalar function', () => {
    expect(item(grad(f)(2))).toBe(12)
    expect(item(grad(grad(f))(2))).toBe(32)
    expect(item(hessian(f)(2))).toBe(32)
    const [y, dy] = jvp(f, [2], [1])
    expect([item(y), item(dy)]).toEqual([3, 12])
  })

  test('of products, trees and stacks', () => {
    const w = tensor([
      [1, 2],
      [3, 4],
    ])
    const x = tensor([5, 6])
    const [z, back] = vjp((u: typeof w, v: typeof x) => matmul(u, v), w, x)
    expect(toArray(z)).toEqual([17, 39])
    expect(back(tensor([1, 0])).map((t) => toArray(t))).toEqual([
      [
        [5, 6],
        [0, 0],
      ],
      [1, 2],
    ])
    const loss = (p: { readonly w: Tensor<[2], 'f64'> }, v: Tensor<[2], 'f64'>) => sum(square(sub(p.w, v)))
    const [value, g] = valueAndGrad(loss)({ w: tensor([1, 2]) }, tensor([0, 0]))
    expect([item(value), toArray(g.w)]).toEqual([5, [2, 4]])
    expect(valueAndGrad(loss, { argument: [0, 1] })({ w: tensor([1, 2]) }, tensor([0, 0]))[1].length).toBe(2)
    const squares = vmap((v) => sum(square(v)))(a)
    expect(toArray(squares)).toEqual([14, 77])
    expect(
      toArray(vmap((u: Tensor<[3]>, c: Tensor<[]>) => mul(u, c), { in: [0, null], out: 0 })(a, tensor(2))),
    ).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ])
    expect(item(jit(valueAndGrad(loss))({ w: tensor([1, 2]) }, tensor([0, 0]))[0])).toBe(5)
    const cube = (v: Tensor<[2], 'f64'>) => sum(pow(v, 3))
    expect(toArray(hvp(cube, tensor([1, 2]), tensor([1, 1])))).toEqual([6, 12])
    const jacobian = [
      [2, 0],
      [0, 4],
    ]
    expect(toArray(jacfwd((v: Tensor<[2], 'f64'>) => square(v))(tensor([1, 2])))).toEqual(jacobian)
    expect(toArray(jacrev((v: Tensor<[2], 'f64'>) => square(v))(tensor([1, 2])))).toEqual(jacobian)
    const [, push] = linearize((v: Tensor<[2], 'f64'>) => square(v), tensor([1, 2]))
    expect(toArray(push(tensor([1, 1])))).toEqual([2, 4])
    expect(item(grad((v: Scalar) => mul(v, stopGradient(v)))(3))).toBe(3)
  })

  test('with rules of their own', () => {
    const twice = customJvp(
      (x: Tensor<[], 'f64'>) => square(x),
      ([x], [dx]) => [square(x), mul(mul(2, x), dx)],
    )
    expect(item(grad(twice)(3))).toBe(6)
    const clipped = customVjp(
      (x: Tensor<[], 'f64'>) => x,
      (x) => [x, null],
      (_: null, ct) => [mul(0.5, ct)],
    )
    expect(item(grad(clipped)(3))).toBe(0.5)
  })
})

describe('the mechanisms, bare', () => {
  test('duals, tapes, lenses', () => {
    const D = Dual.getField(Dual.getField(Field))
    const x = Dual.variable(Dual.getField(Field))(Dual.variable(Field)(3))
    expect(D.mul(x, D.mul(x, x)).tangent.tangent).toBe(18)
    const program = Tape.trace((v: Tape.Value) => mul(v, v))(2)
    expect(Tape.show(program)).toContain('mul')
    expect((Tape.run(program)(3) as readonly Tensor[]).length).toBe(1)
    expect(Tape.Monad.URI).toBe(Tape.ChainRec.URI)
    expect(typeof Tape.Do).toBe('function')
    const d = Lens.diff((v: Tensor<[], 'f64'>) => square(v))
    for (const word of [Lens.compose, Lens.first, Lens.second, Lens.parallel]) expect(typeof word).toBe('function')
    expect(item(Lens.Category.compose(d, d)(tensor(2))[0])).toBe(16)
  })
})

describe('models, training', () => {
  const model = chain(dense(4, 8), relu, dense(8, 3))
  const params = model.init(key(0))
  const [k1, k2] = split(key(1))
  const x = normal(k1, [32, 4], { dtype: 'f32' })
  const y = take(
    tensor([0, 1, 2], { dtype: 'i32' }),
    tensor(
      Array.from({ length: 32 }, (_, i) => i % 3),
      { dtype: 'i32' },
    ),
    { axis: 0 },
  )

  test('a step by hand', () => {
    expect(params.map((p) => [p.w.shape, p.b.shape])).toEqual([
      [[4, 8], [8]],
      [[8, 3], [3]],
    ])
    expect(model.apply(params)(x).shape).toEqual([32, 3])
    const [out, pull] = model.vjp(params, x)
    expect(pull(out).length).toBe(2)
    const optimizer = Optim.chain(Optim.clipByGlobalNorm(1), Optim.adam({ learningRate: 1e-3 }))
    expect(typeof Optim.identity.update).toBe('function')
    const state = optimizer.init(params)
    const gradients = grad((p: typeof params) => crossEntropy(model.apply(p)(x), y))(params)
    const [updates, next] = optimizer.update(gradients, state, params)
    expect(Optim.applyUpdates(params, updates)[0].w.shape).toEqual([4, 8])
    expect(next).toBeDefined()
  })

  test('fit', () => {
    const losses: number[] = []
    const optimizer = Optim.adam({ learningRate: 1e-2 })
    for (const s of train({ model, loss: crossEntropy, optimizer, data: { x, y }, key: k2, epochs: 3 }))
      losses.push(Number(s.loss))
    expect(losses.length).toBeGreaterThan(0)
    expect(losses.every(Number.isFinite)).toBe(true)
  })
})

test('laws', () => {
  fc.assert(
    Laws.gradient((v: Tensor) => sum(mul(v, exp(v))), { inputs: [[3]] }),
    { numRuns: 10 },
  )
  fc.assert(Laws.layer(chain(dense(2, 3), tanh)), { numRuns: 3 })
  fc.assert(Laws.optimizer(Optim.sgd({ learningRate: 0.1 })), { numRuns: 3 })
  for (const word of [Laws.primitive, Laws.category]) expect(typeof word).toBe('function')
})
