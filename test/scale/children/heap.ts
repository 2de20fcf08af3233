/** In a process with `--expose-gc`: bytes that a synchronous loop of gradient steps leaves behind, on standard output. */
import { grad, mul, square, sub, sum, type Tensor, tensor } from 'lanac'

declare const gc: () => void

const lr = 0.01
const gradient = grad((w: Tensor<[64], 'f64'>) => sum(square(sub(w, 1))))

const descend = (start: Tensor<[64], 'f64'>, steps: number): Tensor<[64], 'f64'> => {
  let w = start
  for (let i = 0; i < steps; i++) w = sub(w, mul(lr, gradient(w)))
  return w
}

const used = (): number => {
  // twice: buffers are counted off at the collection after the one that finds them
  gc()
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

// the first steps are for the compiler: its code and feedback are no part of what a step leaves behind
let w = descend(tensor(Array.from({ length: 64 }, (_, i) => i)) as Tensor<[64], 'f64'>, 5_000)
const before = used()
w = descend(w, Number(process.argv[2]))
console.log(JSON.stringify({ bytes: used() - before, shape: w.shape }))
