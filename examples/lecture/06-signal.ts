/**
 * 6, continued. What activations do to signals. ReLU's mean is not 0; units die; batch normalisation keeps half of them active;
 * and how much of a gradient is left at the bottom of a deep network.
 */
import assert from 'node:assert/strict'
import { convert, greater, item, max, mean, norm, relu, sigmoid, square, type Tensor, tanh, tensor } from 'lanac'
import { batchNorm, chain, dense } from 'lanac/nn'
import { bars, line, sheet } from 'lanac/plot'
import { heNormal, key, normal } from 'lanac/random'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

// -------------------------------------------------------------------- ReLU's mean is not 0; units die; batchNorm's half

const batch = normal(key(0), [512, 64])
near(mean(batch), 0, 0.02)
assert.ok(item(mean(relu(batch))) > 0.38) // 1/√(2π) = 0.399

const UNITS = 256
const share = (x: Tensor): number => item(mean(convert(greater(x, 0), 'f64')))
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
  const layers = Array.from({ length: depth }, () => [dense(WIDTH, WIDTH, { initW: heNormal }), activation])
  const model = chain(...(layers.flat() as never[])) as never as ReturnType<typeof dense<48, 48>>
  const params = model.init(key(depth), { dtype: 'f64' })
  const [y, pull] = model.vjp(params, normal(key(9), [64, WIDTH]))
  const back = normal(key(10), [64, WIDTH])
  assert.deepEqual(y.shape, [64, WIDTH])
  return item(norm(pull(back)[1])) / item(norm(back))
}
const shown = { sigmoid, tanh, ReLU: relu } as Readonly<Record<string, (x: Tensor) => Tensor>>
const sizes = Object.entries(shown).map(([name, f]) => ({ name, x: DEPTHS, y: DEPTHS.map((d) => remaining(f, d)) }))
for (const { name, y } of sizes)
  console.log(`${name.padEnd(7)} after 20 layers ${y.at(-1)!.toExponential(1)} of the gradient is left`)
const [bySigmoid, byTanh, byRelu] = sizes.map((s) => s.y.at(-1)!) as [number, number, number]
assert.ok(bySigmoid < 1e-8 && byTanh > 1e3 * bySigmoid && byRelu > 0.1)

// ------------------------------------------------------------------------------------------------------------- pictures

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
