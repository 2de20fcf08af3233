import { add, grad, jit, mean, mul, square, sub, sum, type Tensor, tensor, valueAndGrad } from 'lanac'
import * as Optim from 'lanac/optim'
import { expect, test } from 'vitest'
import { equal } from '../types/ok/equal.js'

type Params = readonly [
  { readonly w: Tensor<[2, 3], 'f32'>; readonly b: Tensor<[3], 'f64'> },
  { readonly steps: Tensor<[], 'i32'>; readonly name: 'last'; readonly frozen: null },
]

test('states, updates and parameters keep the exact type of the tree', () => {
  const params: Params = [
    { w: tensor([[1, 2, 3], [4, 5, 6]], { dtype: 'f32' }), b: tensor([1, 2, 3]) }, // biome-ignore format: one line
    { steps: tensor(0, { dtype: 'i32' }), name: 'last', frozen: null },
  ]
  const optimizer = Optim.adam({ learningRate: 0.1 })
  const state = optimizer.init(params)
  equal<typeof state, Optim.State<Params>>(true)
  const loss = (p: Params) => add(sum(square(p[0].b)), 1)
  const gradients = grad(loss)(params)
  const [updates, next] = optimizer.update(gradients, state, params)
  equal<typeof next, Optim.State<Params>>(true)
  equal<typeof updates, typeof gradients>(true)
  const moved = Optim.applyUpdates(params, updates)
  equal<typeof moved, Params>(true)
  expect(moved[1]).toEqual(params[1])
  expect([moved[0].w.dtype, moved[0].b.dtype]).toEqual(['f32', 'f64'])
})

test('a training step compiles, and its type is that of the function', () => {
  type Line = { readonly slope: Tensor<[], 'f64'>; readonly intercept: Tensor<[], 'f64'> }
  const x = tensor([1, 2, 3, 4])
  const y = tensor([3, 5, 7, 9])
  const loss = (p: Line) => mean(square(sub(add(mul(p.slope, x), p.intercept), y)))
  const optimizer = Optim.chain(Optim.clipByGlobalNorm(10), Optim.momentum({ learningRate: 0.02 }))
  const step = jit((params: Line, state: Optim.State<Line>) => {
    const [value, gradients] = valueAndGrad(loss)(params)
    const [updates, next] = optimizer.update(gradients, state, params)
    return [Optim.applyUpdates(params, updates), next, value] as const
  })
  let params: Line = { slope: tensor(0), intercept: tensor(0) }
  let state = optimizer.init(params)
  for (let i = 0; i < 1000; i++) {
    const [p, s, value] = step(params, state)
    equal<typeof p, Line>(true)
    equal<typeof s, Optim.State<Line>>(true)
    equal<typeof value, Tensor<[], 'f64'>>(true)
    params = p
    state = s
  }
  expect([String(params.slope), String(params.intercept)].map(Number).map((v) => v.toFixed(6))).toEqual([
    '2.000000',
    '1.000000',
  ])
})

test('mistakes that the compiler sees', () => {
  const params = { w: tensor([1, 2]) }
  const other = { w: tensor([1, 2, 3]) }
  const optimizer = Optim.sgd({ learningRate: 1 })
  const state = optimizer.init(params)
  // @ts-expect-error gradients of another shape
  expect(() => optimizer.update(other, state, params)).toThrow()
  // @ts-expect-error parameters of another shape
  expect(() => optimizer.update(params, state, other)).toThrow()
  // @ts-expect-error no learning rate
  expect(() => Optim.sgd({})).toThrow('takes a tensor or a number')
})
