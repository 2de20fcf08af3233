/** jax-js' part, in a process of its own: its WebAssembly backend, values freed by reference count. */
import { type Array, defaultDevice, grad, init, jit, numpy as np, vmap } from '@jax-js/jax'
import { reportTasks } from '../measure.js'
import { ADD, CHAIN, GRAD, GRAD_JIT, LENGTH, MATMUL, numbers, POINT, POINTS, rows, SIZE, VMAP } from '../tasks.js'

await init('wasm')
defaultDevice('wasm')

const f = (x: Array): Array => {
  const y = np.multiply(x.ref, x.ref)
  const u = np.exp(np.sin(y.ref))
  const t = np.subtract(np.tanh(np.multiply(np.add(u.ref, x.ref), y)), x)
  return np.divide(np.add(np.multiply(t.ref, t), 1), u)
}

const chain = (x: Array): Array => {
  let y = x
  for (let i = 0; i < LENGTH; i++) y = i % 2 === 0 ? np.sin(y) : np.multiply(y, 1.0001)
  return y
}

const a = np.array(numbers(8))
const b = np.array(numbers(8).reverse())
const x = np.array(POINT)
const points = np.array(numbers(POINTS))
const left = np.array(rows(SIZE))
const right = np.array(rows(SIZE))

const gradient = grad(f)
const compiled = jit(gradient)
const chainGradient = grad(chain)
const stacked = vmap(gradient)

reportTasks({
  [ADD]: () => np.add(a.ref, b.ref).dataSync(),
  [GRAD]: () => gradient(x.ref).dataSync(),
  [GRAD_JIT]: () => compiled(x.ref).dataSync(),
  [CHAIN]: () => chainGradient(x.ref).dataSync(),
  [VMAP]: () => stacked(points.ref).dataSync(),
  [MATMUL]: () => np.matmul(left.ref, right.ref).dataSync(),
})
