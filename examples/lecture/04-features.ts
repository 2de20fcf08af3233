/**
 * 4. Features: given, learned layer by layer, or learned together. (Why given ones, such as nearness, are not enough:
 * 04-dimensions and 04-colours.)
 */
import assert from 'node:assert/strict'
import { add, concat, cos, item, mean, mul, relu, sin, stack, stopGradient, type Tensor, tensor } from 'lanac'
import { accuracy, crossEntropy } from 'lanac/loss'
import { dense } from 'lanac/nn'
import { bars } from 'lanac/plot'
import { heNormal, type Key, key, split, uniform } from 'lanac/random'
import { savePicture } from '../support/save-picture.js'
import { trainMany } from '../support/train-many.js'

type Matrix = Tensor<[number, number], 'f64'>
const he = { initW: heNormal }
const f64 = { dtype: 'f64' } as const
const average = (x: Tensor): number => item(mean(x))

// ------------------------------------------------------------------------------ end to end, or layer by layer

const N = 150
const spiral = (k: Key, phase: number) => {
  const t = uniform(k, [N], { low: 0.5, high: 12 })
  return mul(1 / 12, stack([mul(t, cos(add(t, phase))), mul(t, sin(add(t, phase)))], { axis: 1 }))
}
const spirals = concat([spiral(key(1), 0), spiral(key(2), Math.PI)])
const arm = tensor(Array.from({ length: 2 * N }, (_, i) => (i < N ? 0 : 1)), { dtype: 'i32' }) // biome-ignore format: one line
const WIDTH = 8
const layers = [dense(2, WIDTH, he), dense(WIDTH, WIDTH, he), dense(WIDTH, WIDTH, he)] as const
const head = dense(WIDTH, 2)
const linear = dense(2, 2)
type Stack = { readonly layers: readonly unknown[]; readonly heads: readonly unknown[]; readonly linear: unknown }

/** Logits after each layer, by a head on each: gradients go through to the layers below, or stop at the layer itself. */
const logits = (p: Stack, together: boolean): readonly Matrix[] => {
  let h: Tensor = spirals
  return layers.map((layer, i) => {
    h = relu(layer.apply([p.layers[i]] as never)(together ? h : stopGradient(h)))
    return head.apply([p.heads[i]] as never)(h) as unknown as Matrix
  })
}
const loss = (z: Matrix) => crossEntropy(z, arm)
const train = (of: (p: Stack) => Tensor<[], 'f64'>) =>
  trainMany({
    init: (k): Stack => {
      const keys = split(k, 7)
      const own = (l: { readonly init: (k: Key, o: typeof f64) => readonly unknown[] }, i: number) =>
        l.init(keys[i] as Key, f64)[0]
      return {
        layers: layers.map((l, i) => own(l, i)),
        heads: layers.map((_, i) => own(head, 3 + i)),
        linear: own(linear, 6),
      }
    },
    loss: of,
    runs: 8,
    steps: 1500,
    learningRate: 0.01,
  })
const right = (z: Matrix) => accuracy(z, arm)
const greedy = train((p) =>
  logits(p, false)
    .map(loss)
    .reduce((a, b) => add(a, b)),
)
const byLayers = [0, 1, 2].map((i) => average(greedy.each((p) => right(logits(p, false)[i]!))))
const endToEnd = [0, 1, 2].map((i) =>
  average(train((p) => loss(logits(p, true)[i]!)).each((p) => right(logits(p, true)[i]!))),
)
const line2 = (p: Stack) => linear.apply([p.linear] as never)(spirals)
const straight = average(train((p) => loss(line2(p))).each((p) => right(line2(p))))
const shares = (xs: readonly number[]): string => xs.map((v) => `${(100 * v).toFixed(1)} %`).join(', ')
console.log(
  `spirals: linear ${shares([straight])}; of 1, 2, 3 layers: one by one ${shares(byLayers)}, together ${shares(endToEnd)}`,
)
assert.ok(
  byLayers[0]! > straight && endToEnd[2]! > byLayers[2]!,
  'features help, and more when they are learned together',
)
assert.ok(
  byLayers[2]! - byLayers[1]! < (byLayers[1]! - byLayers[0]!) / 3,
  'one by one, a third layer brings less than a third of what the second did',
)

// ------------------------------------------------------------------------------------------------------------- pictures

const depths = ['1 layer', '2 layers', '3 layers']
await savePicture(
  'lecture/04-features',
  bars(
    [
      { label: 'linear', value: straight, group: 'end to end' },
      ...depths.flatMap((label, i) => [
        { label, value: byLayers[i]!, group: 'layer by layer' },
        { label, value: endToEnd[i]!, group: 'end to end' },
      ]),
    ],
    {
      title: 'Two spirals, layers of eight',
      x: 'hidden layers',
      y: { label: 'accuracy, mean of 8 networks', domain: [0, 1] },
    },
  ),
)
