/**
 * 4. Features: given, learned layer by layer, or learned together; and why nearness is not enough when the dimension grows.
 * (What nearness makes of a world that is shown in part: 04-colours.)
 */
import assert from 'node:assert/strict'
import { add, concat, cos, item, matmul, mean, mul, relu, reshape, sin, square, stack, stopGradient, sub, type Tensor, tensor, toArray } from 'lanac' // biome-ignore format: words
import { accuracy, crossEntropy, meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { bars, line, sheet } from 'lanac/plot'
import { heNormal, type Key, key, normal, split, uniform } from 'lanac/random'
import { kernelRegression, nearestNeighbours } from '../support/kernel.js'
import { savePicture } from '../support/save-picture.js'
import { trainMany } from '../support/train-many.js'

type Matrix = Tensor<[number, number], 'f64'>
const he = { initW: heNormal }
const f64 = { dtype: 'f64' } as const
const average = (x: Tensor): number => item(mean(x as Matrix))

// ------------------------------------------------------------------------------ end to end, or layer by layer

const N = 150
const spiral = (k: Key, phase: number) => {
  const t = uniform(k, [N], { low: 0.5, high: 12 })
  return mul(1 / 12, stack([mul(t, cos(add(t, phase))), mul(t, sin(add(t, phase)))], { axis: 1 }))
}
const spirals = concat([spiral(key(1), 0), spiral(key(2), Math.PI)])
const arm = tensor(Array.from({ length: 2 * N }, (_, i) => (i < N ? 0 : 1)), { dtype: 'i32' }) as Tensor<[300], 'i32'> // biome-ignore format: one line
const WIDTH = 8
const layers = [dense(2, WIDTH, he), dense(WIDTH, WIDTH, he), dense(WIDTH, WIDTH, he)] as const
const head = dense(WIDTH, 2)
const linear = dense(2, 2)
type Stack = { readonly layers: readonly unknown[]; readonly heads: readonly unknown[]; readonly linear: unknown }

/** Logits after each layer, by a head on each: gradients go through to the layers below, or stop at the layer itself. */
const logits = (p: Stack, together: boolean): readonly Matrix[] => {
  let h: Tensor = spirals
  return layers.map((layer, i) => {
    h = relu(layer.apply([p.layers[i]] as never)((together ? h : stopGradient(h as Matrix)) as never) as Matrix)
    return head.apply([p.heads[i]] as never)(h as never) as unknown as Matrix
  })
}
const loss = (z: Matrix) => crossEntropy(z, arm as never) as Tensor<[], 'f64'>
const train = (of: (p: Stack) => Tensor<[], 'f64'>) =>
  trainMany({
    init: (k): Stack => {
      const keys = split(k, 7)
      const own = (l: { readonly init: (k: Key, o: typeof f64) => readonly unknown[] }, i: number) =>
        l.init(keys[i] as Key, f64)[0]
      return {
        layers: layers.map((l, i) => own(l as never, i)),
        heads: layers.map((_, i) => own(head, 3 + i)),
        linear: own(linear, 6),
      }
    },
    loss: of,
    runs: 8,
    steps: 1500,
    learningRate: 0.01,
  })
const right = (z: Matrix) => accuracy(z, arm as never) as Tensor
const greedy = train((p) =>
  logits(p, false)
    .map(loss)
    .reduce((a, b) => add(a, b)),
)
const byLayers = [0, 1, 2].map((i) => average(greedy.each((p) => right(logits(p, false)[i]!))))
const endToEnd = [0, 1, 2].map((i) =>
  average(train((p) => loss(logits(p, true)[i]!)).each((p) => right(logits(p, true)[i]!))),
)
const line2 = (p: Stack) => linear.apply([p.linear] as never)(spirals as never) as unknown as Matrix
const straight = average(train((p) => loss(line2(p))).each((p) => right(line2(p))))
const shares = (xs: readonly number[]): string => xs.map((v) => `${(100 * v).toFixed(1)} %`).join(', ')
console.log(
  `spirals: linear ${shares([straight])}; of 1, 2, 3 layers: one by one ${shares(byLayers)}, together ${shares(endToEnd)}`,
)
assert.ok(
  byLayers[0]! > straight && endToEnd[2]! > byLayers[2]!,
  'features help, and more when they are learned together',
)

// ------------------------------------------------- nearness fails as the dimension grows; a learned direction does not

/** y = sin(2·u·x): one hidden factor, a direction u among d. The share of the variance that models explain, of new points. */
const explained = (d: number) => {
  const draw = (k: Key, n: number) => {
    const x = normal(k, [n, d]) as Matrix
    const y = sin(
      mul(2, matmul(x, mul(1 / Math.sqrt(d), tensor(new Array(d).fill(1)) as unknown as Tensor<[number], 'f64'>))),
    )
    return [x, reshape(y, [n, 1]) as unknown as Matrix] as const
  }
  const [[x, y], [tx, ty]] = [draw(key(d), 400), draw(key(100 + d), 400)]
  const score = (guess: Tensor): number => 1 - average(square(sub(guess as Matrix, ty))) / average(square(ty))
  const kernel = Math.max(...[0.3, 0.6, 1, 2].map((w) => score(kernelRegression(x, y, w * Math.sqrt(d), 1e-2)(tx))))
  const neighbours = Math.max(...[1, 3, 10].map((k) => score(nearestNeighbours(x, y, k)(tx))))
  const model = chain(dense(d, 24, he), relu, dense(24, 1))
  const many = trainMany({ init: (k) => model.init(k, f64), loss: (p) => meanSquaredError(model.apply(p)(x as never) as Matrix, y) as Tensor<[], 'f64'>, runs: 4, steps: 600, learningRate: 0.02 }) // biome-ignore format: one line
  const scores = toArray(
    many.each((p) => mean(square(sub(model.apply(p)(tx as never) as Matrix, ty)))) as Tensor<[4], 'f64'>,
  )
  const network = 1 - scores.toSorted((a, b) => a - b)[2]! / average(square(ty))
  return { kernel, neighbours, network }
}
const dimensions = [1, 2, 4, 8, 16]
const scores = dimensions.map(explained)
for (const [i, s] of scores.entries())
  console.log(
    `${dimensions[i]} dimensions: neighbours ${s.neighbours.toFixed(2)}, kernel ${s.kernel.toFixed(2)}, network ${s.network.toFixed(2)}`,
  )

const [low, high] = [scores[0]!, scores.at(-1)!]
assert.ok(low.neighbours > 0.9 && low.kernel > 0.9 && low.network > 0.9, 'in one dimension all are good')
assert.ok(
  high.network > high.kernel + 0.2 && high.kernel > high.neighbours,
  'in sixteen only what learns the direction is',
)

// ------------------------------------------------------------------------------------------------------------- pictures

const depths = ['1 layer', '2 layers', '3 layers']
await savePicture(
  'lecture/04-features',
  sheet([
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
    line(
      (['network', 'kernel', 'neighbours'] as const).map((name) => ({
        name,
        x: dimensions,
        y: scores.map((s) => s[name]),
      })),
      {
        title: 'One hidden factor among d dimensions',
        subtitle: '400 examples; the best of several kernels and neighbourhoods',
        x: { label: 'dimensions d', scale: 'log', ticks: dimensions },
        y: { label: 'variance explained, new points', domain: [0, 1] },
        points: true,
      },
    ),
  ]),
)
