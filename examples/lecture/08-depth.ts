/**
 * 8. Depth. Two networks of 20 hidden units, in one layer and in two: the boundaries they learn, and the linear regions that
 * they cut the plane into, counted exactly. (How many there can be: 08-folding; on digits: 08-depth-mnist.)
 */
import assert from 'node:assert/strict'
import { add, concat, cos, mul, relu, sin, softmax, stack, type Tensor, tensor, toArray } from 'lanac'
import { accuracy, crossEntropy } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { decisionBoundary, type Picture, plane, sheet } from 'lanac/plot'
import { heNormal, key, normal, split, uniform } from 'lanac/random'
import { drawRegions } from '../support/draw-regions.js'
import { activationPatterns, centre, type Layer, regionsOf } from '../support/regions.js'
import { savePicture } from '../support/save-picture.js'
import { trainMany } from '../support/train-many.js'

// ------------------------------------------------------------------------------------ two spirals, one inside the other

const N = 150
const spiral = (k: Tensor<[2], 'i32'>, phase: number) => {
  const [along, noise] = split(k, 2)
  const t = uniform(along, [N], { low: 0.5, high: 11 })
  const curve = stack([mul(t, cos(add(t, phase))), mul(t, sin(add(t, phase)))], { axis: 1 })
  return add(mul(1 / 11, curve), normal(noise, [N, 2], { std: 0.02 }))
}
const x = concat([spiral(key(1), 0), spiral(key(2), Math.PI)])
const y = tensor(Array.from({ length: 2 * N }, (_, i) => (i < N ? 0 : 1)), { dtype: 'i32' }) // biome-ignore format: one line

// ------------------------------------------------------------------------------ shallow (20) against deep (10, 10)

const he = { initW: heNormal }
const models = {
  'one layer of 20': chain(dense(2, 20, he), relu, dense(20, 2)),
  'two layers of 10': chain(dense(2, 10, he), relu, dense(10, 10, he), relu, dense(10, 2)),
} as const
const WHOLE = [-1.2, 1.2] as const

/** Ten networks trained at once; the median one, its accuracy, and the regions it cuts the square into. */
const median = ([name, model]: readonly [string, (typeof models)['one layer of 20']]) => {
  const many = trainMany({
    init: (k) => model.init(k, { dtype: 'f64' }),
    loss: (p) => crossEntropy(model.apply(p)(x), y),
    runs: 10,
    steps: 2500,
    learningRate: 0.02,
    seed: 3,
  })
  const accuracies = toArray(many.each((p) => accuracy(model.apply(p)(x), y))) as unknown as readonly number[]
  const middle = many.losses.indexOf(many.losses.toSorted((a, b) => a - b)[5]!)
  const params = many.params(middle)
  const hidden = params.slice(0, -1) as readonly Layer[]
  const regions = regionsOf(hidden, WHOLE)
  const mean = accuracies.reduce((a, b) => a + b) / accuracies.length
  console.log(
    `${name}: ${(100 * accuracies[middle]!).toFixed(1)} % right (ten networks: ${(100 * mean).toFixed(1)} %), ${regions.length} linear regions`,
  )
  return {
    name,
    hidden,
    regions,
    mean,
    accuracy: accuracies[middle]!,
    classify: (p: Tensor<[number, 2], 'f64'>) => softmax(model.apply(params)(p)),
  }
}
const [shallow, deep] = Object.entries(models).map((m) => median(m as never)) as [
  ReturnType<typeof median>,
  ReturnType<typeof median>,
]
assert.ok(deep.mean > shallow.mean, 'as many units, better fit')
assert.ok(deep.accuracy > 0.97)

// Bounds for n units in a layer, in the plane: a layer makes 1 + n + n(n − 1)/2 regions at most (Zaslavsky, 1975), and each of
// them as many again in the next layer.
const arrangement = (n: number): number => 1 + n + (n * (n - 1)) / 2
assert.equal(arrangement(20), 211)
assert.equal(arrangement(10) ** 2, 3136)
assert.ok(shallow.regions.length <= 211 && deep.regions.length <= 3136)

for (const { hidden, regions } of [shallow, deep]) {
  const found = activationPatterns(hidden, regions.map(centre)) // biome-ignore format: one line
  assert.equal(found.size, regions.length, 'every polygon is a region of its own')
  for (const pattern of activationPatterns(hidden, toArray(plane(WHOLE, WHOLE, 150))))
    assert.ok(found.has(pattern), 'and there are no others')
}

// ------------------------------------------------------------------------------------------------------------- pictures

const boundary = (m: typeof deep, domain: readonly [number, number], title: string): Picture =>
  decisionBoundary(
    { probabilities: m.classify, points: x, labels: y },
    { title, x: { label: 'x1', domain }, y: { label: 'x2', domain }, legend: false },
  )
const row = (m: typeof deep): readonly Picture[] => [
  boundary(m, WHOLE, `${m.name}: ${(100 * m.accuracy).toFixed(1)} % right`),
  boundary(m, [-0.4, 0.4], 'close-up'),
  drawRegions(m.regions, WHOLE, `${m.regions.length} linear regions`),
]
await savePicture('lecture/08-depth', sheet([...row(shallow), ...row(deep)], { columns: 3 }))
