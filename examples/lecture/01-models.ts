/**
 * 1. Models. A fully connected model of points in the plane, of layers of 5, 10, 5 and 2 units: its structure, its
 * equations, and how many parameters it has, asked of the model itself.
 */
import assert from 'node:assert/strict'
import { add, matmul, relu, tensor } from 'lanac'
import { chain, dense, summary } from 'lanac/nn'
import { network } from 'lanac/plot'
import { key } from 'lanac/random'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

const model = chain(dense(2, 5), relu, dense(5, 10), relu, dense(10, 5), relu, dense(5, 2))

// ------------------------------------------------------------------------------------------------- what it is made of

const s = summary(model)
console.log(`${s}\n`)
assert.equal(s.parameters, 142)
assert.equal(s.parameters, 2 * 5 + 5 + (5 * 10 + 10) + (10 * 5 + 5) + (5 * 2 + 2))
const layers = s.stages.filter((stage) => stage.parameters > 0)
assert.deepEqual(layers.map((l) => l.parameters), [15, 60, 55, 12]) // biome-ignore format: one line
const widths = [2, ...layers.map((l) => (l.output as readonly [number])[0])]
assert.deepEqual(widths, [2, 5, 10, 5, 2]) // the input's dimension, and each layer's: the depth is 4
assert.deepEqual(s.equations, [
  'h1 = relu(x·W1 + b1)',
  'h2 = relu(h1·W2 + b2)',
  'h3 = relu(h2·W3 + b3)',
  'y = h3·W4 + b4',
])

// ------------------------------------------------------------------------------- the equations, by hand, are the model

const params = model.init(key(1), { dtype: 'f64' })
const [p1, p2, p3, p4] = params
const x = tensor([0.3, -1.2])
const h1 = relu(add(matmul(x, p1.w), p1.b))
const h2 = relu(add(matmul(h1, p2.w), p2.b))
const h3 = relu(add(matmul(h2, p3.w), p3.b))
const y = add(matmul(h3, p4.w), p4.b)
near(model.apply(params)(x), y)

// A model of layers of other sizes than those before is no model: the compiler says which sizes differ.
// @ts-expect-error this layer takes [4] but the one before gives [5]
assert.throws(() => chain(dense(2, 5), relu, dense(4, 2)), /takes \[4\] but the one before gives \[5\]/)

// ----------------------------------------------------------------------------------------------------------- its picture

const joints = layers.map((l, i) => `W${i + 1}, b${i + 1}: ${l.parameters}`)
await savePicture('lecture/01-models', network(widths, { title: 'A fully connected model of 142 parameters', joints }))
