/**
 * 6. Activations. Their shapes and derivatives; and which one ReLU has at 0. (What they do to a deep network's
 * signals: 06-signal.)
 */
import assert from 'node:assert/strict'
import { elu, grad, item, leakyRelu, relu, sigmoid, softplus, type Tensor, tanh, tensor, vmap } from 'lanac'
import { line, type Picture, sheet } from 'lanac/plot'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

type Activation = (x: Tensor<[], 'f64'>) => Tensor<[], 'f64'>

// ------------------------------------------------------------------------------------------------------ shapes, derivatives

const activations: Readonly<Record<string, Activation>> = {
  ReLU: (x) => relu(x),
  'leaky ReLU (α = 0.1)': (x) => leakyRelu(x, { alpha: 0.1 }),
  softplus: (x) => softplus(x),
  sigmoid: (x) => sigmoid(x),
  tanh: (x) => tanh(x),
  'ELU (α = 1)': (x) => elu(x),
}
const at = (f: Activation, x: number): number => item(f(tensor(x)))
const slope = (f: Activation, x: number): number => item(grad(f)(tensor(x)))
for (const x of [-3, -0.5, 0.25, 2]) {
  const s = 1 / (1 + Math.exp(-x))
  near(at(tanh, x), 2 * (1 / (1 + Math.exp(-2 * x))) - 1) // tanh x = 2σ(2x) − 1
  near(slope(sigmoid, x), s * (1 - s))
  near(slope(softplus, x), s) // softplus is what the sigmoid is the derivative of
  near(at(softplus, x), Math.log(1 + Math.exp(x)))
  const leaky = at((v) => leakyRelu(v, { alpha: 0.1 }), x)
  near(leaky, Math.max(0, x) + 0.1 * Math.min(0, x))
  const scaled = at((v) => elu(v, { alpha: 2, scale: 3 }), x)
  near(scaled, 3 * (x < 0 ? 2 * (Math.exp(x) - 1) : x))
}
near(at(softplus, 1000), 1000)
const atZero = [(x: Tensor<[], 'f64'>) => relu(x), (x: Tensor<[], 'f64'>) => relu(x, { derivativeAtZero: 1 })]
assert.deepEqual(atZero.map((f) => slope(f, 0)), [0, 1]) // biome-ignore format: the left derivative, or the right one
near(slope((x) => elu(x, { scale: 3 }), 0), 3) // biome-ignore format: the right one, λ
near(slope(tanh, 0), 1) // like the identity near 0
assert.ok(slope(sigmoid, 0) === 0.25 && slope(sigmoid, 10) < 1e-4) // at most a quarter, and next to nothing in saturation

// ------------------------------------------------------------------------------------------------------------- pictures

const xs = Array.from({ length: 201 }, (_, i) => -4 + i / 25)
const stacked = tensor(xs)
const y = { label: 'activation, derivative', domain: [-1.2, 3] } as const
const shape = ([title, f]: readonly [string, Activation]): Picture =>
  line(
    [
      { name: 'value', x: xs, y: vmap(f)(stacked) },
      { name: 'derivative', x: xs, y: vmap(grad(f))(stacked), dashed: true },
    ],
    { title, x: 'x', y, width: 240, height: 180, clip: true },
  )
await savePicture('lecture/06-activations', sheet(Object.entries(activations).map(shape), { columns: 3 }))
