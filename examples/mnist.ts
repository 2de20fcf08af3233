/**
 * Handwritten digits: a network of one hidden layer, 784–128–10, trained on MNIST for five epochs of Adam under a cosine
 * schedule (`npm start`).
 *
 * Writes out/report.html: the loss of every step, what digits were taken for which, those it errs on most surely, and what
 * its hidden units look for.
 */
import assert from 'node:assert/strict'
import { div, item, relu, reshape, sub, toArray, transpose } from 'lanac'
import { count } from 'lanac/data'
import { fromFunction } from 'lanac/lens'
import { crossEntropy } from 'lanac/loss'
import { chain, dense, summary } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { heatMap, imageGrid, line } from 'lanac/plot'
import { key } from 'lanac/random'
import { accuracy, confusionMatrix, fit, predict, progress, showConfusion } from 'lanac/train'
import { misclassified } from './support/misclassified.js'
import { loadMnist } from './support/mnist-data.js'
import { saveReport } from './support/report.js'
import { savePicture } from './support/save-picture.js'

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
const confusion = confusionMatrix(logits, test.y)

// ------------------------------------------------------------------------------------------------------------- pictures

const average = losses.map((_, i) => {
  const window = losses.slice(Math.max(0, i - 12), i + 13)
  return window.reduce((a, b) => a + b) / window.length
})
const curve = line(
  [
    { name: 'each step', y: losses, faint: true },
    { name: 'average of 25 steps', y: average },
  ],
  {
    title: 'The loss of every step',
    x: 'step',
    y: { label: 'cross-entropy (nats)', scale: 'log' },
    width: 640,
    height: 340,
    thickness: 1.5,
  },
)

const names = Array.from({ length: 10 }, (_, i) => String(i))
const errors = (toArray(confusion) as number[][]).flatMap((row, i) => row.filter((_, j) => i !== j))
const table = heatMap(confusion, {
  title: 'What digits were read as',
  subtitle: 'colours end at the commonest error',
  x: { label: 'read as', names },
  y: { label: 'is', names },
  label: 'test digits',
  range: [0, Math.max(...errors)],
  width: 420,
  height: 420,
})

const filters = imageGrid(reshape(transpose(params[0].w), [128, 28, 28]), {
  title: 'What the 128 hidden units look for: their weights',
  ramp: 'diverging',
  columns: 16,
  scale: 2,
})

const pictures = { loss: curve, confusion: table, misclassified: misclassified(test, logits), filters }
for (const [name, picture] of Object.entries(pictures)) await savePicture(`mnist/${name}`, picture)

await saveReport(
  'out/report.html',
  'Handwritten digits',
  `A network of one hidden layer, 784–128–10, reads ${percent.toFixed(2)} % of 10,000 test digits right after ${epochs} epochs of Adam on 60,000 (MNIST).`,
  [
    {
      heading: 'Training',
      picture: curve,
      text: `Batches of ${batchSize}; the learning rate falls from 0.003 to 0 along a cosine.`,
    },
    { heading: 'Confusion', picture: table, text: 'Rows are what digits are, columns what they were read as.' },
    {
      heading: 'Errors',
      picture: pictures.misclassified,
      text: 'The test digits that it is most sure of, and wrong about.',
    },
    {
      heading: 'Filters',
      picture: filters,
      text: 'The weights from the 784 pixels to each hidden unit: ink on vermilion raises its activation, ink on blue lowers it.',
    },
    { heading: 'The model', lines: String(summary(model)) },
  ],
)

console.log(`\n${summary(model)}\n`)
console.log(`${showConfusion(confusion)}\n`)
console.log('out/report.html shows it all')
assert.ok(percent > 97.5, `five epochs gave ${percent.toFixed(2)} %`)
console.log(`test accuracy ${percent.toFixed(2)} %`)
