/** In a process with `--expose-gc`: bytes that compiling one fresh closure after another leaves behind. */
import { add, item, jit, mul, type Scalar, sum, tensor } from 'lanac'

declare const gc: () => void

const x = tensor([1, 2, 3])
const run = (from: number, to: number): number => {
  let total = 0
  for (let k = from; k < to; k++) {
    const shift = tensor([k, k, k])
    total += item(jit((v: Scalar) => sum(add(mul(x, v), shift)))(2))
  }
  return total
}
const used = (): number => {
  gc()
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const n = Number(process.argv[2])
run(0, 3000)
const before = used()
const total = run(0, n)
console.log(JSON.stringify({ bytes: used() - before, total }))
