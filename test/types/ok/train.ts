/** Data keep their columns' types in batches, training keeps those of parameters, metrics and evaluations. */

import type { Float, Shape, Tensor } from '../../../src/core/value.js'
import { type Batches, batches, type count, type Dataset, decodeParams, parseIdx, rowsAt, splitAt, standardizer, toFloat } from '../../../src/data/index.js'
import { relu } from '../../../src/index.js'
import { loadParams, readIdx } from '../../../src/io/index.js'
import { accuracy, crossEntropy } from '../../../src/loss/index.js'
import { chain, dense } from '../../../src/nn/index.js'
import { adam, type State } from '../../../src/optim/index.js'
import type { Key } from '../../../src/random/index.js'
import { fit as learn, type OptimizerState, predict, type TrainingState } from '../../../src/train/index.js'
import { equal } from './equal.js'

declare const key: Key
declare const bytes: Uint8Array
declare const data: { readonly x: Tensor<[60, 4], 'f32'>; readonly y: Tensor<[60], 'i32'> }
declare const indices: Tensor<[3], 'i32'>

// data
const b = batches(data, { size: 8, key })
equal<typeof b, Batches<typeof data>>(true)
const first = b.at(0)
equal<(typeof first)['x'], Tensor<[number, 4], 'f32'>>(true)
equal<(typeof first)['y'], Tensor<[number], 'i32'>>(true)
const [train, test] = splitAt(data, 50)
equal<(typeof train)['x'], Tensor<[number, 4], 'f32'>>(true)
equal<(typeof test)['y'], Tensor<[number], 'i32'>>(true)
const some = rowsAt([data.x, { z: data.y }] as const, indices)
equal<(typeof some)[0], Tensor<[number, 4], 'f32'>>(true)
equal<(typeof some)[1]['z'], Tensor<[number], 'i32'>>(true)
const loose: Dataset = data
equal<ReturnType<typeof count>, number>(true)
const scaled = standardizer(data.x).apply(data.x)
equal<typeof scaled, Tensor<[60, 4], 'f32'>>(true)
const grey = toFloat(data.y)
equal<typeof grey, Tensor<[60], 'f32'>>(true)
const idx = parseIdx(bytes, { dtype: 'f32' })
equal<typeof idx, Tensor<Shape, 'f32'>>(true)
const read = readIdx('x')
equal<typeof read, Promise<Tensor>>(true)

// parameters
const model = chain(dense(4, 8), relu, dense(8, 3))
const params = model.init(key)
const decoded = decodeParams(bytes, params)
equal<typeof decoded, typeof params>(true)
const loaded = loadParams('x', params)
equal<typeof loaded, Promise<typeof params>>(true)
const anything = loadParams('x')
equal<typeof anything, Promise<unknown>>(true)

// training
const optimizer = adam({ learningRate: 1e-3 })
const run = learn({ model, loss: crossEntropy, optimizer, data, key, epochs: 3 })
for (const s of run) {
  equal<typeof s.params, typeof params>(true)
  equal<typeof s.optimizerState, State<typeof params>>(true)
  equal<typeof s.loss, number>(true)
  equal<typeof s.evaluation, null>(true)
}
const watched = learn({
  model,
  loss: (p, y) => crossEntropy(p, y as Tensor<Shape, 'i32'>),
  optimizer,
  data: loose,
  key,
  epochs: 3,
  metrics: { accuracy },
  evaluate: (s) => ({ step: s.step, w: s.params[0].w }),
})
for (const s of watched) {
  equal<typeof s.metrics.accuracy, number>(true)
  equal<typeof s.evaluation, { step: number; w: Tensor<[4, 8], Float> } | null>(true)
  learn({ model, loss: crossEntropy, optimizer, data, key, epochs: 3, from: s })
}
const logits = predict(model, params, data.x)
equal<typeof logits, Tensor<[60, 3], 'f32'>>(true)

// a model and an optimizer of one's own
const own = learn({
  model: { init: () => ({ w: data.x }), apply: (p: { w: typeof data.x }) => () => p.w },
  loss: (p) => p,
  optimizer: { init: () => 0, update: (g: { w: typeof data.x }, s: number) => [g, s + 1] as const },
  data,
  key,
  epochs: 1,
})
for (const s of own) equal<typeof s.optimizerState, number>(true)
equal<OptimizerState<typeof optimizer, typeof params>, State<typeof params>>(true)
equal<TrainingState['loss'], number>(true)
