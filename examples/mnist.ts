/**
 * Handwritten digits: a network of one hidden layer, 784–128–10, trained on MNIST for five epochs of Adam under a cosine
 * schedule (`npm start`).
 *
 * Draws out/loss.svg, the loss of every step, and out/misclassified.svg, the digits of the test set it errs on most surely.
 */
import assert from 'node:assert/strict'
import { div, item, relu, sub } from 'lanac'
import { count } from 'lanac/data'
import { fromFunction } from 'lanac/lens'
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

/** Grey levels, standardised by the mean and the deviation of the training set's. */
const standardize = fromFunction('standardize', (x) => div(sub(x, 0.1307), 0.3081), [784], [784])
const model = chain(standardize, dense(784, 128), relu, dense(128, 10))

const epochs = 5
const batchSize = 128
const steps = epochs * Math.ceil(count(train) / batchSize)

let params = model.init(key(1))
const training = fit({
  model,
  params,
  loss: crossEntropy,
  optimizer: Optim.adam({ learningRate: Optim.cosine({ from: 3e-3, steps }) }),
  data: train,
  key: key(1),
  epochs,
  batchSize,
})

const shown = await progress()
const losses: number[] = []
for (const state of shown(training)) {
  losses.push(state.loss)
  params = state.params
}

const logits = predict(model, params, test.x)
const percent = 100 * item(accuracy(logits, test.y))

await saveText('out/loss.svg', await lossCurve(losses, 'MNIST, 784–128–10: five epochs of Adam, batches of 128'))
await saveText('out/misclassified.svg', misclassified(test, logits))

console.log(`\n${summary(model)}\n`)
console.log(`${showConfusion(confusionMatrix(logits, test.y))}\n`)
console.log('out/loss.svg and out/misclassified.svg are drawn')
assert.ok(percent > 97.5, `five epochs gave ${percent.toFixed(2)} %`)
console.log(`test accuracy ${percent.toFixed(2)} %`)
