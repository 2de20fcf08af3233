/**
 * Handwritten digits: a network of one hidden layer, 784–128–10, trained on MNIST for one epoch of Adam (`npm start`).
 *
 * Draws out/loss.svg, the loss of every step, and out/misclassified.svg, the digits of the test set it errs on most surely.
 */
import assert from 'node:assert/strict'
import { item, relu } from 'lanac'
import { crossEntropy } from 'lanac/loss'
import { chain, dense, summary } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { key } from 'lanac/random'
import { accuracy, confusionMatrix, fit, predict, progress, showConfusion } from 'lanac/train'
import { lossCurve } from './support/loss-curve.js'
import { misclassified } from './support/misclassified.js'
import { loadMnist } from './support/mnist-data.js'
import { saveText } from './support/save-text.js'

const { train, test } = await loadMnist()
const model = chain(dense(784, 128), relu, dense(128, 10))

let params = model.init(key(0))
const training = fit({
  model,
  params,
  loss: crossEntropy,
  optimizer: Optim.adam({ learningRate: 1e-3 }),
  data: train,
  key: key(1),
  epochs: 1,
  batchSize: 64,
})

const shown = await progress()
const losses: number[] = []
for (const state of shown(training)) {
  losses.push(state.loss)
  params = state.params
}

const logits = predict(model, params, test.x)
const percent = 100 * item(accuracy(logits, test.y))

await saveText('out/loss.svg', await lossCurve(losses, 'MNIST, 784–128–10: one epoch of Adam, batches of 64'))
await saveText('out/misclassified.svg', misclassified(test, logits))

console.log(`\n${summary(model)}\n`)
console.log(`${showConfusion(confusionMatrix(logits, test.y))}\n`)
console.log('out/loss.svg and out/misclassified.svg are drawn')
assert.ok(percent > 94.5, `one epoch gave ${percent.toFixed(2)} %`)
console.log(`test accuracy ${percent.toFixed(2)} %`)
