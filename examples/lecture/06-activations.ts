/**
 * 6. Activations. Their shapes and derivatives; which derivative ReLU has at 0; units that die; batch normalisation, which
 * keeps half of the ReLUs active; and how much of a gradient is left at the bottom of a deep network.
 */
import assert from 'node:assert/strict'
import { convert, elu, grad, greater, item, leakyRelu, max, mean, norm, relu, sigmoid, softplus, square, type Tensor, tanh, tensor, vmap } from 'lanac' // biome-ignore format: words
import { batchNorm, chain, dense } from 'lanac/nn'
import { bars, line, type Picture, sheet } from 'lanac/plot'
import { heNormal, key, normal } from 'lanac/random'
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
  near(
    at((v) => leakyRelu(v, { alpha: 0.1 }), x),
    Math.max(0, x) + 0.1 * Math.min(0, x),
  )
  near(
    at((v) => elu(v, { alpha: 2, scale: 3 }), x),
    3 * (x < 0 ? 2 * (Math.exp(x) - 1) : x),
  )
}
near(at(softplus, 1000), 1000)
assert.equal(
  slope((x) => relu(x), 0),
  0,
) // the left derivative, unless the right one is asked for
assert.equal(
  slope((x) => relu(x, { derivativeAtZero: 1 }), 0),
  1,
)
assert.equal(
  slope((x) => elu(x, { scale: 3 }), 0),
  3,
) // the right one: λ
near(slope(tanh, 0), 1) // like the identity near 0
assert.ok(slope(sigmoid, 0) === 0.25 && slope(sigmoid, 10) < 1e-4) // at most a quarter, and next to nothing in saturation

// -------------------------------------------------------------------- ReLU's mean is not 0; units die; batchNorm's half

const batch = normal(key(0), [512, 64])
near(mean(batch), 0, 0.02)
assert.ok(item(mean(relu(batch))) > 0.38) // 1/√(2π) = 0.399

const UNITS = 256
const share = (x: Tensor): number => item(mean(convert(greater(x as Tensor<[number], 'f64'>, 0), 'f64')))
const shifts = [0, -1, -2, -4, -8]
/** Of units whose bias has moved by a shift, as a step too large may do: the share that no example activates. */
const dead = shifts.map((shift) => {
  const { w } = dense(64, UNITS).init(key(2), { dtype: 'f64' })[0]
  const pre = dense(64, UNITS).apply([{ w, b: tensor(new Array(UNITS).fill(shift)) }] as never)(batch)
  return { shift, plain: share(pre), dead: 1 - share(max(relu(pre), { axis: 0 })) }
})
const normalised = shifts.map((shift) => {
  const model = chain(dense(64, UNITS), batchNorm(UNITS))
  const [first, second] = model.init(key(2), { dtype: 'f64' })
  const params = [{ ...first, b: tensor(new Array(UNITS).fill(shift)) }, second] as never
  const [pre] = model.train(params, model.initState({ dtype: 'f64' }), key(3))(batch)
  near(mean(pre), 0, 1e-9)
  near(mean(square(pre)), 1, 1e-3)
  return share(pre)
})
for (const [i, { shift, plain, dead: gone }] of dead.entries())
  console.log(
    `biases at ${shift}: ${(100 * plain).toFixed(1)} % active, ${(100 * gone).toFixed(0)} % of units dead; normalised ${(100 * normalised[i]!).toFixed(1)} % active`,
  )
assert.ok(dead.at(-1)!.dead > 0.9 && dead.at(-1)!.plain < 0.01)
for (const s of normalised) assert.ok(Math.abs(s - 0.5) < 0.01, 'half of the ReLUs are active in every step')

// ------------------------------------------------------------------------------------- the gradient against depth

const DEPTHS = [1, 2, 4, 6, 8, 12, 16, 20]
const WIDTH = 48
/** The size of ∂L/∂x beside that of ∂L/∂y, through so many layers whose weights keep ReLU's variance (He, 2015). */
const remaining = (activation: (x: Tensor) => Tensor, depth: number): number => {
  const layers = Array.from({ length: depth }, () => [dense(WIDTH, WIDTH, { initW: heNormal }), activation as never])
  const model = chain(...(layers.flat() as never[])) as never as ReturnType<typeof dense<48, 48>>
  const params = model.init(key(depth), { dtype: 'f64' })
  const [y, pull] = model.vjp(params, normal(key(9), [64, WIDTH]))
  const back = normal(key(10), [64, WIDTH])
  assert.deepEqual(y.shape, [64, WIDTH])
  return item(norm(pull(back)[1])) / item(norm(back))
}
const shown = { sigmoid, tanh, ReLU: relu } as never as Readonly<Record<string, (x: Tensor) => Tensor>>
const sizes = Object.entries(shown).map(([name, f]) => ({ name, x: DEPTHS, y: DEPTHS.map((d) => remaining(f, d)) }))
for (const { name, y } of sizes)
  console.log(`${name.padEnd(7)} after 20 layers ${y.at(-1)!.toExponential(1)} of the gradient is left`)
const [bySigmoid, byTanh, byRelu] = sizes.map((s) => s.y.at(-1)!) as [number, number, number]
assert.ok(bySigmoid < 1e-8 && byTanh > 1e3 * bySigmoid && byRelu > 0.1)

// ------------------------------------------------------------------------------------------------------------- pictures

const xs = Array.from({ length: 201 }, (_, i) => -4 + i / 25)
const stacked = tensor(xs) as never
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
await savePicture(
  'lecture/06-signal',
  sheet([
    bars(
      dead.flatMap(({ shift, plain }, i) => [
        { label: String(shift), group: 'as it is', value: plain },
        { label: String(shift), group: 'batch normalised', value: normalised[i]! },
      ]),
      {
        title: 'ReLUs that are active',
        x: 'bias of the layer',
        y: { label: 'share of activations above 0', domain: [0, 0.6] },
      },
    ),
    line(sizes, {
      title: 'The gradient that reaches the input',
      x: 'layers',
      y: { label: 'size beside that at the output', scale: 'log', format: '.0e' },
      points: true,
    }),
  ]),
)
