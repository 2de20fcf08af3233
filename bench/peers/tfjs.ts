/** TensorFlow.js' part, in a process of its own; the backend is named on the command line. */
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'
import { reportTasks } from '../measure.js'
import { ADD, CHAIN, GRAD, LENGTH, MATMUL, numbers, POINT, rows, SIZE } from '../tasks.js'

await tf.setBackend(process.argv[2] ?? 'cpu')
await tf.ready()

const f = (x: tf.Tensor): tf.Tensor => {
  const y = x.mul(x)
  const u = y.sin().exp()
  const t = u.add(x).mul(y).tanh().sub(x)
  return t.mul(t).add(1).div(u)
}

const chain = (x: tf.Tensor): tf.Tensor => {
  let y = x
  for (let i = 0; i < LENGTH; i++) y = i % 2 === 0 ? y.sin() : y.mul(1.0001)
  return y
}

/** Reads the numbers and frees what was made on the way to them. */
const read = (task: () => tf.Tensor) => (): unknown => {
  const y = tf.tidy(task)
  const numbers = y.dataSync()
  y.dispose()
  return numbers
}

const a = tf.tensor1d(numbers(8))
const b = tf.tensor1d(numbers(8).reverse())
const x = tf.scalar(POINT)
const left = tf.tensor2d(rows(SIZE))
const right = tf.tensor2d(rows(SIZE))

const gradient = tf.grad(f)
const chainGradient = tf.grad(chain)

reportTasks({
  [ADD]: read(() => a.add(b)),
  [GRAD]: read(() => gradient(x)),
  [CHAIN]: read(() => chainGradient(x)),
  [MATMUL]: read(() => tf.matMul(left, right)),
})
