/** In a process with `--expose-gc`: a synchronous loop of compiled steps on megabytes, beside data that each of them reads. */
import { jit, type Tensor } from 'lanac'
import type { Slab } from '../../../src/engine/arena.js'
import { builder } from '../../../src/tape/node.js'
import { bufferOf, type Concrete, concrete } from '../../../src/tensor/concrete.js'

declare const gc: () => void

const SIZE = 2 ** 17
const filled = (n: number, x: number): Concrete => concrete([n], 'f64', new Float64Array(n).fill(x))

/** From 0, the first is 2 − 2¹⁻ⁿ after n steps; the second is what the data sum to. */
const step = (w: Tensor, _: Tensor, data: Tensor): readonly Tensor[] => [
  builder.add(builder.mul(w, 0.5), 1),
  builder.broadcast(builder.sum(data, [0]), [100], []),
]

const steps = Number(process.argv[2])
const fast = jit(step as never) as never as typeof step
const data = filled(4 * SIZE, 0.25)
const slabOf = (x: Tensor): Slab => (x as Concrete).residence as Slab
const memory = () => {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  return { rss, heap: heapUsed + arrayBuffers }
}

/** What stands on the heap at the most of arrays as long as results that nobody holds: what this collector lets pile up. */
const piled = (): number => {
  gc()
  const from = memory().heap
  let most = 0
  for (let n = 1; n <= steps; n++) {
    new Float64Array(SIZE).fill(n)
    if (n % 50 === 0) most = Math.max(most, memory().heap - from)
  }
  return most
}
const pile = piled()

let s: readonly Tensor[] = [filled(SIZE, 0), filled(100, 0)]
const kept: Tensor[] = []
const small: Tensor[] = []
let [rss, heap, home, moves] = [0, 0, -1, 0]
let before = memory()
for (let n = 1; n <= steps; n++) {
  s = fast(s[0] as Tensor, s[1] as Tensor, data)
  if (n === 100) {
    gc()
    before = memory()
  }
  if (n <= 60 && n % 20 === 0) kept.push(s[0] as Tensor)
  if (n % 10 === 0) small.push(s[1] as Tensor)
  if (slabOf(data).address !== home) moves += 1
  home = slabOf(data).address
  if (n > 100 && n % 50 === 0) {
    const now = memory()
    rss = Math.max(rss, now.rss - before.rss)
    heap = Math.max(heap, now.heap - before.heap)
  }
}
gc()
gc()
console.log(
  JSON.stringify({
    values: [...kept, s[0] as Tensor].map((w) => [bufferOf(w as Concrete)[0], bufferOf(w as Concrete)[SIZE - 1]]),
    sums: [...new Set(small.flatMap((x) => [...bufferOf(x as Concrete)]))],
    rss,
    heap,
    pile,
    left: memory().heap - before.heap,
    moves,
  }),
)
