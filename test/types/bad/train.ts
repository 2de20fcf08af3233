/** Training on data that do not fit the model. */

import type { Tensor } from '../../../src/core/value.js'
import { crossEntropy } from '../../../src/loss/index.js'
import { chain, dense } from '../../../src/nn/index.js'
import { adam } from '../../../src/optim/index.js'
import type { Key } from '../../../src/random/index.js'
import { fit as learn, predict } from '../../../src/train/index.js'

declare const key: Key
declare const images: Tensor<[60, 28, 28], 'f32'>
declare const flat: Tensor<[60, 784], 'f32'>
declare const y: Tensor<[60], 'i32'>

const model = chain(dense(784, 128), dense(128, 10))
const params = model.init(key)
const other = dense(784, 10).init(key)
const common = { model, loss: crossEntropy, optimizer: adam({ learningRate: 1e-3 }), key, epochs: 1 } as const

// error: this layer takes [784], under any batch shape, but is given [60, 28, 28]
learn({ ...common, data: { x: images, y } })
// error: this layer takes [784], under any batch shape, but is given [60, 28, 28]
predict(model, params, images)
// error
predict(model, other, flat)
