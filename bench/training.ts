/** lanac's part of training, in a process of its own: one compiled step, its loss read back every time. */
import { item, jit, valueAndGrad } from 'lanac'
import { applyUpdates, sgd } from 'lanac/optim'
import { asked } from './asked.js'
import { reportTraining } from './measure.js'
import { type Labels, loss, type Matrix, type Params, valuesOf } from './model.js'
import { ANEW_AFTER, LEARNING_RATE, NETWORKS, type Network } from './networks.js'

const optimizer = sgd({ learningRate: LEARNING_RATE })

const training = (network: Network): (() => number) => {
  const { params: start, x, labels } = valuesOf(network)
  let params = start
  const state = optimizer.init(params)
  const step = jit((p: Params, inputs: Matrix, classes: Labels) => {
    const [value, gradients] = valueAndGrad(loss)(p, inputs, classes)
    const [updates] = optimizer.update(gradients, state, p)
    return [value, applyUpdates(p, updates)] as const
  }, asked)
  let steps = 0
  return () => {
    const [value, next] = step(steps++ % ANEW_AFTER === 0 ? start : params, x, labels)
    params = next
    return item(value)
  }
}

reportTraining(Object.fromEntries(NETWORKS.map((n) => [n.name, training(n)])))
