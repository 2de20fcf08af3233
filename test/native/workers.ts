/** A program whose threads of JavaScript call native code at once; prints whether each of them is always right. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { item, jit, matmul, sum, tensor } from 'lanac'
import 'lanac/native'

/** A product that is worth sharing, of numbers whose sum is exact. */
const checked = (): boolean => {
  const n = 128
  const row = (k: number): number[] => Array.from({ length: n }, (_, i) => (k * i) % 7)
  const a = tensor(Array.from({ length: n }, (_, k) => row(k)))
  const f = (x: typeof a) => sum(matmul(x, x))
  const fast = jit(f, { target: 'native', threads: 2 } as never)
  const expected = item(f(a))
  return Array.from({ length: 300 }, () => item(fast(a))).every((y) => y === expected)
}

if (isMainThread) {
  // a worker does not inherit how TypeScript is read
  const start = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(import.meta.url)}) })`
  const workers = [0, 1].map(() => new Worker(start, { eval: true }))
  const results = workers.map((w) => new Promise((done) => w.once('message', done)))
  console.log(JSON.stringify([checked(), ...(await Promise.all(results))]))
} else parentPort?.postMessage(checked())
