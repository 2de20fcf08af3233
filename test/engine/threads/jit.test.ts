/** Threads as users ask for them. */
import { add, explain, fromTypedArray, item, jit, matmul, relu, type Tensor, valueAndGrad } from 'lanac'
import { crossEntropy } from 'lanac/loss'
import { applyUpdates, sgd } from 'lanac/optim'
import { describe, expect, it } from 'vitest'
import { canShare, maySleep, processors, usualThreads } from '../../../src/engine/threads/hardware.js'
import { bits } from './team.js'

type Matrix = Tensor<[number, number], 'f32'>
type Params = readonly { readonly w: Matrix; readonly b: Tensor<[number], 'f32'> }[]

const SIZES = [784, 128, 10]
const BATCH = 128

const floats = (n: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed) / 16)

const start: Params = SIZES.slice(1).map((out, i) => ({
  w: fromTypedArray(floats((SIZES[i] as number) * out, i), [SIZES[i] as number, out]),
  b: fromTypedArray(floats(out, i + 7), [out]),
}))
const x = fromTypedArray(floats(BATCH * 784, 3), [BATCH, 784])
const labels = fromTypedArray(
  Int32Array.from({ length: BATCH }, (_, i) => (i * 7) % 10),
  [BATCH],
)

const loss = (params: Params): Tensor<[], 'f32'> =>
  crossEntropy(
    params.reduce<Matrix>((h, { w, b }, i) => {
      const z = add(matmul(h, w), b)
      return i < params.length - 1 ? relu(z) : z
    }, x),
    labels,
  )

const optimizer = sgd({ learningRate: 0.1 })
const state = optimizer.init(start)
const step = (p: Params) => {
  const [value, gradients] = valueAndGrad(loss)(p)
  const [updates] = optimizer.update(gradients, state, p)
  return [value, applyUpdates(p, updates)] as const
}

describe('threads', () => {
  it('train to the same bits, whatever their number', () => {
    const trained = [1, 2, 3, undefined].map((threads) => {
      const run = jit(step, { threads })
      let params = start
      const losses: number[] = []
      for (let i = 0; i < 20; i++) {
        const [value, next] = run(params)
        params = next
        losses.push(item(value))
      }
      return [losses, ...params.map(({ w, b }) => bits([w, b] as readonly Tensor[]))]
    })
    expect(trained[0]?.[0]?.at(-1)).toBeLessThan(Number(trained[0]?.[0]?.[0]))
    for (const other of trained.slice(1)) expect(other).toEqual(trained[0])
  })

  it('are explained: which loops they share, in how many units', () => {
    const large = explain(loss, { threads: 2 })(start)
    const shared = large.kernels.flatMap((k) => k.nests).flatMap((n) => (n.shared === null ? [] : [n]))
    expect(shared.length).toBeGreaterThan(0)
    for (const { loops, shared: s } of shared) {
      expect(loops.map((l) => l.name)).toEqual(expect.arrayContaining([...(s?.loops ?? [])]))
      expect(s?.units).toBeGreaterThan(1)
    }
    expect(String(large)).toMatch(/i\d(, i\d)? among threads in [\d,]+ units/)
    const one = explain(loss, { threads: 1 })(start)
    expect(one.kernels.flatMap((k) => k.nests).every((n) => n.shared === null)).toBe(true)
    expect(String(one)).not.toMatch(/among threads/)
    // small ones are not worth it
    expect(
      String(explain((v: Matrix) => matmul(v, v), { threads: 2 })(fromTypedArray(floats(64, 1), [8, 8]))),
    ).not.toMatch(/among/)
  })
})

describe('the machine', () => {
  it('has threads and memory for them where it is Node, and none where it says so', () => {
    expect([canShare(), maySleep()]).toEqual([true, true])
    expect(usualThreads()).toBe(Math.min(8, processors()))
    const { SharedArrayBuffer: original } = globalThis
    try {
      Object.assign(globalThis, { SharedArrayBuffer: undefined })
      expect([canShare(), usualThreads(), maySleep()]).toEqual([false, 1, false])
    } finally {
      Object.assign(globalThis, { SharedArrayBuffer: original })
    }
  })
})
