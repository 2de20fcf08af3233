/** lanac's part of what is compared, in a process of its own. */
import { add, div, exp, grad, jit, matmul, mul, type Scalar, sin, sub, tanh, tensor, vmap } from 'lanac'
import { reportTasks } from './measure.js'
import { ADD, CHAIN, GRAD, GRAD_JIT, LENGTH, MATMUL, numbers, POINT, POINTS, rows, SIZE, VMAP } from './tasks.js'

const f = (x: Scalar) => {
  const y = mul(x, x)
  const u = exp(sin(y))
  const t = sub(tanh(mul(add(u, x), y)), x)
  return div(add(mul(t, t), 1), u)
}

const chain = (x: Scalar): Scalar => {
  let y: Scalar = x
  for (let i = 0; i < LENGTH; i++) y = i % 2 === 0 ? sin(y) : mul(y, 1.0001)
  return y
}

const a = tensor(numbers(8))
const b = tensor(numbers(8).reverse())
const x = tensor(POINT)
const points = tensor(numbers(POINTS))
const left = tensor(rows(SIZE), { dtype: 'f32' })
const right = tensor(rows(SIZE), { dtype: 'f32' })

const gradient = grad(f)
const compiled = jit(gradient)
const chainGradient = grad(chain)
const stacked = vmap(gradient)

reportTasks({
  [ADD]: () => add(a, b),
  [GRAD]: () => gradient(x),
  [GRAD_JIT]: () => compiled(x),
  [CHAIN]: () => chainGradient(x),
  [VMAP]: () => stacked(points),
  [MATMUL]: () => matmul(left, right),
})
