/** jax-js' part of training, in a process of its own: its WebAssembly backend, one compiled step. */
import { type Array, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
import { reportTraining } from '../measure.js'
import { batchOf, LEARNING_RATE, NETWORKS, type Network, weightsOf } from '../networks.js'

await init('wasm')
defaultDevice('wasm')

type Params = { w: Array; b: Array }[]

const training = (network: Network): (() => number) => {
  const batch = batchOf(network)
  const classes = network.sizes.at(-1) as number
  const x = np.array(batch.x, { shape: [network.batch, network.sizes[0] as number] })
  const y = np.array(batch.oneHot, { shape: [network.batch, classes] })
  let params: Params = weightsOf(network).map(({ fanIn, fanOut, w, b }) => ({
    w: np.array(w, { shape: [fanIn, fanOut] }),
    b: np.array(b, { shape: [fanOut] }),
  }))
  const loss = (p: Params, inputs: Array, labels: Array): Array => {
    let h = inputs
    p.forEach(({ w, b }, i) => {
      const z = np.add(np.matmul(h, w), b)
      h = i < p.length - 1 ? nn.relu(z) : z
    })
    return np.multiply(np.sum(np.multiply(nn.logSoftmax(h), labels)), -1 / network.batch)
  }
  const step = jit((p: Params, inputs: Array, labels: Array): [Array, Params] => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), inputs, labels)
    const update = (q: Array, g: Array): Array => np.subtract(q, np.multiply(g, LEARNING_RATE))
    return [value, tree.map(update, p, gradients) as Params]
  })
  return () => {
    const [value, next] = step(params, x.ref, y.ref)
    params = next
    return value.dataSync()[0] as number
  }
}

reportTraining(Object.fromEntries(NETWORKS.map((n) => [n.name, training(n)])))
