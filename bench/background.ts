/**
 * What a compiler in the background costs: training steps in WebAssembly while it runs, beside steps of a program that is not
 * compiled in C, in a process of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { add, item, jit, valueAndGrad } from 'lanac'
import { applyUpdates, sgd } from 'lanac/optim'
import { median, type Pair } from './measure.js'
import { type Labels, loss, type Matrix, type Params, valuesOf } from './model.js'
import { LEARNING_RATE, NETWORKS, type Network } from './networks.js'

// where nothing has been compiled before
const folder = mkdtempSync(join(tmpdir(), 'lanac-bench-'))
process.env.LANAC_CACHE = folder
await import('lanac/native')

const network = NETWORKS[2] as Network
const { params: start, x, labels } = valuesOf(network)
const optimizer = sgd({ learningRate: LEARNING_RATE })
const state = optimizer.init(start)

/** A training step; `apart` makes it another program than the last one. */
const stepOf = (target: 'wasm' | 'auto', apart: number) =>
  jit(
    (p: Params, inputs: Matrix, classes: Labels) => {
      const [value, gradients] = valueAndGrad(loss)(p, inputs, classes)
      const [updates] = optimizer.update(gradients, state, p)
      return [add(value, apart), applyUpdates(p, updates)] as const
    },
    { target, threads: 1 },
  )

/** Steps at the beginning, in which V8 still compiles. */
const WARM_UP = 100

/** Milliseconds of each step, as long as they are asked for. */
const timesOf = (step: ReturnType<typeof stepOf>, isOver: (times: readonly number[]) => boolean): readonly number[] => {
  const times: number[] = []
  for (let params = start; !isOver(times); ) {
    const from = performance.now()
    const [value, next] = step(params, x, labels)
    item(value)
    times.push(performance.now() - from)
    params = next
  }
  return times.slice(WARM_UP)
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b) / xs.length

timesOf(stepOf('wasm', 0), (t) => t.length === 1000)
const alone = timesOf(stepOf('wasm', 1), (t) => t.length === 800)
/** As soon as several steps in a row are so much faster, they are native. */
const isNative = (t: readonly number[]): boolean =>
  t.length > 20_000 || (t.length > WARM_UP + 9 && median(t.slice(-9)) < 0.6 * median(alone))
const during = timesOf(stepOf('auto', 2), isNative).slice(0, -9)
rmSync(folder, { recursive: true, force: true })

const name = `${network.name}, while it is compiled in the background, and else`
console.log(
  JSON.stringify([
    { name: `${name}: median`, ours: median(during), peer: median(alone), unit: 'ms' },
    { name: `${name}: mean`, ours: mean(during), peer: mean(alone), unit: 'ms' },
  ] satisfies readonly Pair[]),
)
