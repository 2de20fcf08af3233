/**
 * 4, continued. Nearness is not enough when the dimension grows: of data with one hidden factor, neighbours and kernels learn
 * less and less, a network that learns the factor's direction much longer.
 */
import assert from 'node:assert/strict'
import { item, matmul, mean, mul, relu, reshape, sin, square, sub, type Tensor, tensor, toArray } from 'lanac'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { line } from 'lanac/plot'
import { heNormal, type Key, key, normal } from 'lanac/random'
import { kernelRegression, nearestNeighbours } from '../support/kernel.js'
import { savePicture } from '../support/save-picture.js'
import { trainMany } from '../support/train-many.js'

const he = { initW: heNormal }
const f64 = { dtype: 'f64' } as const
const average = (x: Tensor): number => item(mean(x))

/** y = sin(2·u·x): one hidden factor, a direction u among d. The share of the variance that models explain, of new points. */
const explained = (d: number) => {
  const draw = (k: Key, n: number) => {
    const x = normal(k, [n, d])
    const y = sin(mul(2, matmul(x, mul(1 / Math.sqrt(d), tensor(new Array(d).fill(1))))))
    return [x, reshape(y, [n, 1])] as const
  }
  const [[x, y], [tx, ty]] = [draw(key(d), 400), draw(key(100 + d), 400)]
  const score = (guess: Tensor): number => 1 - average(square(sub(guess, ty))) / average(square(ty))
  const kernel = Math.max(...[0.3, 0.6, 1, 2].map((w) => score(kernelRegression(x, y, w * Math.sqrt(d), 1e-2)(tx))))
  const neighbours = Math.max(...[1, 3, 10].map((k) => score(nearestNeighbours(x, y, k)(tx))))
  const model = chain(dense(d, 24, he), relu, dense(24, 1))
  const many = trainMany({ init: (k) => model.init(k, f64), loss: (p) => meanSquaredError(model.apply(p)(x), y), runs: 4, steps: 600, learningRate: 0.02 }) // biome-ignore format: one line
  const scores = toArray(many.each((p) => mean(square(sub(model.apply(p)(tx), ty)))) as Tensor<[4], 'f64'>)
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

// -------------------------------------------------------------------------------------------------------------- picture

await savePicture(
  'lecture/04-dimensions',
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
)
