/** TensorFlow.js' part of training, in a process of its own: its WebAssembly backend, its fused layers and optimizer. */
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'
import { reportTraining } from '../measure.js'
import { batchOf, LEARNING_RATE, NETWORKS, type Network, weightsOf } from '../networks.js'

await tf.setBackend('wasm')
await tf.ready()

const training = (network: Network): (() => number) => {
  const batch = batchOf(network)
  const classes = network.sizes.at(-1) as number
  const x = tf.tensor2d(batch.x, [network.batch, network.sizes[0] as number])
  const y = tf.tensor2d(batch.oneHot, [network.batch, classes])
  const params = weightsOf(network).map(({ fanIn, fanOut, w, b }) => ({
    w: tf.variable(tf.tensor2d(w, [fanIn, fanOut])),
    b: tf.variable(tf.tensor1d(b)),
  }))
  const optimizer = tf.train.sgd(LEARNING_RATE)
  const loss = (): tf.Scalar => {
    const logits = params.reduce<tf.Tensor2D>(
      (h, { w, b }, i) =>
        tf.fused.matMul({ a: h, b: w, bias: b, activation: i < params.length - 1 ? 'relu' : 'linear' }) as tf.Tensor2D,
      x,
    )
    return tf.losses.softmaxCrossEntropy(y, logits)
  }
  return () => {
    const cost = optimizer.minimize(loss, true) as tf.Scalar
    const value = cost.dataSync()[0] as number
    cost.dispose()
    return value
  }
}

reportTraining(Object.fromEntries(NETWORKS.map((n) => [n.name, training(n)])))
