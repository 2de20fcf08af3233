/**
 * XOR: what a linear model cannot learn, two hidden units can, if they are lucky with their first parameters.
 *
 * How lucky they have to be is asked of 200 networks trained at once: one network's step of training, mapped by `vmap` over
 * a stack of parameters and optimizer states, is the step of all of them.
 */
import assert from 'node:assert/strict'
import { jit, relu, tensor, toArray, toTypedArray, valueAndGrad, vmap } from 'lanac'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { type Key, key, splitKeys } from 'lanac/random'
import { fit } from 'lanac/train'

const x = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
])
const y = tensor([[0], [1], [1], [0]])

// ------------------------------------------------------------------------------------------------------ a linear model

const linear = dense(2, 1)
const descent = fit({
  model: linear,
  loss: meanSquaredError,
  optimizer: Optim.sgd({ learningRate: 0.3 }),
  data: { x, y },
  key: key(0),
  epochs: 500,
})
let line = linear.init(key(0), { dtype: 'f64' })
for (const state of descent) line = state.params
const answers = toTypedArray(linear.apply(line)(x))
console.log(`a line answers ${[...answers].map((a) => a.toFixed(3)).join(', ')}: w = 0, b = 0.5 is the best it can do`)
for (const a of answers) assert.ok(Math.abs(a - 0.5) < 1e-6)

// -------------------------------------------------------------------------------------------------- 200 small networks

const model = chain(dense(2, 2), relu, dense(2, 1))
const optimizer = Optim.adam({ learningRate: 0.02 })
type Params = ReturnType<typeof model.init>
type State = Optim.State<Params>

const step = (params: Params, state: State) => {
  const [loss, gradients] = valueAndGrad((p: Params) => meanSquaredError(model.apply(p)(x), y))(params)
  const [updates, next] = optimizer.update(gradients, state, params)
  return [Optim.applyUpdates(params, updates), next, loss] as const
}
const stepOfAll = jit(vmap(step))

const start = vmap((k: Key) => model.init(k, { dtype: 'f64' }))(splitKeys(key(1), 200))
let [params, state, losses] = stepOfAll(start, vmap((p: Params) => optimizer.init(p))(start))
for (let i = 1; i < 1500; i++) [params, state, losses] = stepOfAll(params, state)

// ------------------------------------------------------------------------------------------------- what became of them

const found = new Map<string, number>()
for (const loss of toArray(losses)) found.set(loss.toFixed(3), (found.get(loss.toFixed(3)) ?? 0) + 1)
console.log('\nloss   networks that ended there')
for (const [loss, n] of [...found].toSorted())
  console.log(`${loss}  ${String(n).padStart(3)} ${'█'.repeat(Math.ceil(n / 4))}`)
const solved = found.get('0.000') ?? 0
console.log(`\n${solved} of 200 learned XOR; the others are stuck in local minima or have no unit left that is active`)
assert.ok(solved > 20 && solved < 180)
