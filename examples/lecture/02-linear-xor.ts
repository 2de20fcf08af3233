/**
 * 2. XOR, and why one layer is not enough. Both ways to the best linear model, the normal equation and gradient descent,
 * end at w = 0, b = ½, which answers ½ to everything. Its loss is convex; that of a deep model is not.
 */
import assert from 'node:assert/strict'
import { add, concat, grad, hessian, jit, log, matmul, mean, mul, ones, relu, reshape, square, sub, type Tensor, take, tensor, toArray, transpose, vmap } from 'lanac' // biome-ignore format: words
import { binaryCrossEntropyWithLogits, meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { heatMap, histogram, type Picture, plane, sheet } from 'lanac/plot'
import { type Key, key, normal, splitKeys } from 'lanac/random'
import { fit } from 'lanac/train'
import { eigenvalues, solve } from '../support/linear-algebra.js'
import { near } from '../support/near.js'
import { ravel } from '../support/ravel.js'
import { savePicture } from '../support/save-picture.js'

const X = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) // biome-ignore format: a matrix
const y = tensor([0, 1, 1, 0])
const X1 = concat([X, ones([4, 1])], { axis: 1 }) // a column of ones, for the bias
type W = Tensor<[3], 'f64'>

// ------------------------------------------------------------------------------------------------------ the normal equation

const J = (w: W) => mean(square(sub(matmul(X1, w), y)))
const w = solve(matmul(transpose(X1), X1), matmul(transpose(X1), y)) as unknown as W
near(w, [0, 0, 0.5])
near(grad(J)(w), [0, 0, 0])
const w1 = tensor([0.3, -2, 1])
near(grad(J)(w1), mul(2 / 4, matmul(sub(matmul(X1, w1), y), X1))) // ∇J = (2/N)(X'w' − y)ᵀX'
console.log(`normal equation: w' = ${w}`)

// ------------------------------------------------------------------------------------------------------- gradient descent

const data = { x: X, y: tensor([[0], [1], [1], [0]]) }
const optimizer = Optim.sgd({ learningRate: 0.3 })
let found = dense(2, 1).init(key(0), { dtype: 'f64' })
for (const s of fit({ model: dense(2, 1), loss: meanSquaredError, optimizer, data, key: key(0), epochs: 500 }))
  found = s.params
near(found[0].w, [0, 0], 1e-6)
near(found[0].b, [0.5], 1e-6)
console.log(`gradient descent: w = ${toArray(found[0].w)}, b = ${found[0].b}`)

// ------------------------------------------------------------------------------- convex, and not: the Hessian's spectrum

const logistic = (v: W) => binaryCrossEntropyWithLogits(matmul(X1, v), y)
const deep = chain(dense(2, 2), relu, dense(2, 1))
const [flat, unravel] = ravel(deep.init(key(1), { dtype: 'f64' }))
const deepLoss = (v: typeof flat) => meanSquaredError(deep.apply(unravel(v))(X), data.y)

const keys = splitKeys(key(2), 300)
const spectrum = (f: (v: Tensor<[number], 'f64'>) => Tensor<[], 'f64'>, n: number): readonly number[] => {
  const points = vmap((k: Key) => normal(k, [n], { std: 2 }))(keys)
  const all = jit(vmap(hessian(f)))(points)
  return toArray(all).map((h) => eigenvalues(tensor(h as number[][]))[0] as number)
}
const least = {
  'linear, squared error': spectrum(J as never, 3),
  'linear, cross-entropy': spectrum(logistic as never, 3),
  'two layers, squared error': spectrum(deepLoss, flat.shape[0]),
}
for (const [name, values] of Object.entries(least)) {
  const negative = values.filter((v) => v < -1e-9).length
  console.log(
    `${name}: the least eigenvalue is negative at ${negative} of 300 points, down to ${Math.min(...values).toFixed(3)}`,
  )
  if (name.startsWith('linear')) assert.equal(negative, 0)
  else assert.ok(negative > 100)
}

// ------------------------------------------------------------------------------------------------------------- pictures

/** The loss along two directions from a point. */
const slice = (f: (v: never) => Tensor, at: Tensor, u: Tensor, v: Tensor, title: string): Picture => {
  const side = { label: 'first direction', domain: [-3, 3] as const }
  const losses = vmap((p: Tensor<[2], 'f64'>) => f(add(at, add(mul(take(p, 0), u), mul(take(p, 1), v))) as never))
  const grid = reshape(log(losses(plane([-3, 3], [-3, 3], 80))), [80, 80])
  return heatMap(grid, { title, x: side, y: { ...side, label: 'second direction' }, label: 'log loss' })
}
const [a, b] = [normal(key(7), [9]), normal(key(8), [9])]
const sampled = Object.entries(least).map(([name, values]) => ({ name, values: values.map((v) => Math.max(v, -6)) }))
await savePicture(
  'lecture/02-linear-xor',
  sheet(
    [
      slice(J, w, tensor([1, 0, 0]), tensor([0, 1, 0.5]), 'Linear: a bowl'),
      slice(deepLoss, flat, a, b, 'Two layers: no bowl'),
      histogram(sampled, {
        title: 'The least eigenvalue of the Hessian, at 300 points',
        subtitle: 'negative: the loss bends down there, so it is not convex (all below −6 stand at −6)',
        x: 'least eigenvalue',
        y: 'points',
        bins: 40,
        width: 620,
      }),
    ],
    { columns: 2 },
  ),
)
