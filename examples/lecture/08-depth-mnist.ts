/**
 * 8, continued. Depth against width on handwritten digits, at equal numbers of parameters and over several seeds. To read one
 * digit (made small, 7 × 7) depth neither helps nor hurts. To read two and say their sum is a task made of tasks: there a
 * second layer is worth as much as twice the parameters.
 */
import assert from 'node:assert/strict'
import { concat, div, item, mean, relu, reshape, slice, std, sub, type Tensor, tensor, toArray } from 'lanac'
import { crossEntropy } from 'lanac/loss'
import { chain, countParameters, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { type Bar, bars, sheet } from 'lanac/plot'
import { heNormal, key } from 'lanac/random'
import { accuracy, fit, predict } from 'lanac/train'
import { type Digits, loadMnist } from '../support/mnist-data.js'
import { savePicture } from '../support/save-picture.js'

interface Task {
  readonly x: Tensor<[number, number], 'f32'>
  readonly y: Tensor<[number], 'i32'>
}

const { train, test } = await loadMnist()
const TRAIN = 30_000
const SEEDS = [1, 2, 3]

// -------------------------------------------------------------------------------------------------------------- two tasks

/** Digits of 7 × 7, each pixel the mean of 4 × 4. */
const shrink = (x: Digits['x']) =>
  reshape(mean(reshape(x, [x.shape[0], 7, 4, 7, 4]), { axis: [2, 4] }), [x.shape[0], 49])
const scale = shrink(train.x)
const digits = (d: Digits, n: number): Task => ({
  x: slice(div(sub(shrink(d.x), mean(scale)), std(scale)), { start: [0], stop: [n] }),
  y: slice(d.y, { start: [0], stop: [n] }),
})
/** Each digit with the one after it, and the last figure of their sum. */
const sums = ({ x, y }: Task): Task => {
  const n = x.shape[0]
  const rotate = <T extends Tensor>(t: T): T =>
    concat([slice(t as never, { start: [1] }), slice(t as never, { start: [0], stop: [1] })]) as T
  const [a, b] = [toArray(y), toArray(rotate(y))] as unknown as readonly (readonly number[])[]
  return {
    x: concat([x, rotate(x)], { axis: 1 }),
    y: tensor(
      Array.from({ length: n }, (_, i) => (a![i]! + b![i]!) % 10),
      { dtype: 'i32' },
    ),
  }
}

// ------------------------------------------------------------------------------------------------- models of equal size

const he = { initW: heNormal }
const modelOf = (inputs: number, width: number, depth: number) => {
  const hidden = Array.from({ length: depth - 1 }, () => [dense(width, width, he), relu]).flat()
  const layers = [dense(inputs, width, he), relu, ...hidden, dense(width, 10)]
  return chain(...(layers as never[])) as never as ReturnType<typeof dense<number, number>>
}
/** The width at which a model of this depth comes nearest to so many parameters. */
const widthFor = (inputs: number, depth: number, parameters: number): number => {
  const off = (w: number): number => Math.abs((inputs + 11 + depth - 1 + (depth - 1) * w) * w + 10 - parameters)
  return Array.from({ length: 300 }, (_, i) => i + 1).reduce((best, w) => (off(w) < off(best) ? w : best))
}

interface Result extends Bar {
  readonly value: number
  readonly parameters: number
}
const run = (trained: Task, tested: Task, depth: number, budget: number): Result => {
  const inputs = trained.x.shape[1]
  const model = modelOf(inputs, widthFor(inputs, depth, budget), depth)
  const steps = 8 * Math.ceil(TRAIN / 256)
  const accuracies = SEEDS.map((seed) => {
    let params = model.init(key(seed))
    const optimizer = Optim.adam({ learningRate: Optim.cosine({ from: 5e-3, steps }) })
    const options = { model, loss: crossEntropy, optimizer, data: trained, key: key(seed), epochs: 8 }
    for (const state of fit({ ...options, params, batchSize: 256 })) params = state.params
    return item(accuracy(predict(model, params, tested.x), tested.y))
  })
  const value = accuracies.reduce((a, b) => a + b) / accuracies.length
  const spread = Math.sqrt(accuracies.reduce((s, a) => s + (a - value) ** 2, 0) / (accuracies.length - 1))
  const parameters = countParameters(model)
  console.log(
    `${inputs} inputs, depth ${depth}, ${parameters} parameters: ${(100 * value).toFixed(2)} ± ${(100 * spread).toFixed(2)} %`,
  )
  // the mean is known to within t·s/√n; t = 4.30 of two degrees of freedom leaves 5 %
  const half = (4.3 * spread) / Math.sqrt(SEEDS.length)
  return {
    label: `${depth} × ${widthFor(inputs, depth, budget)}`,
    value,
    low: value - half,
    high: value + half,
    parameters,
  }
}

const one = [digits(train, TRAIN), digits(test, 10_000)] as const
const two = [sums(one[0]), sums(one[1])] as const
const ofOne = [1, 2, 3].map((depth) => run(...one, depth, 8000))
const ofTwo = [1, 2, 3].map((depth) => run(...two, depth, 8000))
const wide = run(...two, 1, 16_000)
for (const r of [...ofOne, ...ofTwo]) assert.ok(Math.abs(r.parameters / 8000 - 1) < 0.03)
assert.ok(Math.abs(ofOne[1]!.value - ofOne[0]!.value) < 0.01, 'one digit: as good')
assert.ok(ofTwo[1]!.value > ofTwo[0]!.value + 0.05, 'two digits: depth is better')
assert.ok(ofTwo[1]!.value > wide.value, 'and no worse than twice the parameters in one layer')

// --------------------------------------------------------------------------------------------------------------- picture

const chart = (results: readonly Bar[], title: string, low: number) =>
  bars(results, {
    title,
    subtitle: 'mean of three seeds, with its 95 % interval',
    x: 'hidden layers × units',
    y: { label: 'test accuracy', domain: [low, 1] },
    width: 340,
  })
await savePicture(
  'lecture/08-depth-mnist',
  sheet([
    chart(ofOne, 'One digit, 8,000 parameters', 0),
    chart([...ofTwo, { ...wide, label: `${wide.label} (16,000)` }], 'The sum of two, 8,000 parameters', 0),
  ]),
)
