/**
 * lanac's part of the main job, in a process of its own: what examples/mnist.ts trains. `start` on the command line prints
 * what others need to do the same: the parameters to begin with, and the order of examples in each epoch.
 */
import assert from 'node:assert/strict'
import { div, item, relu, sub, type Tensor, toTypedArray } from 'lanac'
import { count } from 'lanac/data'
import { fromFunction } from 'lanac/lens'
import { crossEntropy } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { adam, cosine } from 'lanac/optim'
import { foldIn, key, permutation, split } from 'lanac/random'
import { accuracy, fit, predict } from 'lanac/train'
import { loadMnist } from '../examples/support/mnist-data.js'
import { asked } from './asked.js'
import { report } from './measure.js'
import { COMPARED_STEPS } from './networks.js'
import { type Begun, encoded } from './request.js'
import { DIGITS } from './tasks.js'

const { name, epochs, batch: batchSize, rate } = DIGITS
const { train, test } = await loadMnist()
const standardize = fromFunction('standardize', (x) => div(sub(x, 0.1307), 0.3081), [784], [784])
const model = chain(standardize, dense(784, 128), relu, dense(128, 10))
const start = model.init(key(1))

const values = (x: Tensor) => encoded(toTypedArray(x) as Float32Array | Int32Array)

if (process.argv[2] === 'start') {
  const [, order] = split(key(1), 3)
  const begun: Begun = {
    layers: start.map(({ w, b }) => ({ fanIn: w.shape[0], fanOut: w.shape[1], w: values(w), b: values(b) })),
    orders: Array.from({ length: epochs }, (_, epoch) =>
      values(permutation(foldIn(order as typeof order, epoch), count(train))),
    ),
  }
  console.log(JSON.stringify(begun))
} else {
  const from = performance.now()
  const steps = epochs * Math.ceil(count(train) / batchSize)
  const optimizer = adam({ learningRate: cosine({ from: rate, steps }) })
  const losses: number[] = []
  let params = start
  for (const state of fit({
    model,
    params,
    loss: crossEntropy,
    optimizer,
    data: train,
    key: key(1),
    epochs,
    batchSize,
    jit: asked,
  })) {
    losses.push(state.loss)
    params = state.params
  }
  const seconds = (performance.now() - from) / 1000
  assert.ok(item(accuracy(predict(model, params, test.x), test.y)) > 0.975)
  report({ [name]: seconds }, { losses: { [name]: losses[COMPARED_STEPS - 1] as number } })
}
