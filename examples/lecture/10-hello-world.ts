/**
 * 10. The lecture's two programs. Gradient descent on a polynomial, to the last digits and in single precision as on the
 * slide; a small network with its loss and regulariser, its gradients; and the homework, an equation solved by descent.
 */
import assert from 'node:assert/strict'
import { add, grad, item, jit, matmul, mul, pow, relu, type Scalar, square, sub, type Tensor, tensor, toArray, valueAndGrad, vmap } from 'lanac' // biome-ignore format: words
import { binaryCrossEntropyWithLogits, l2 } from 'lanac/loss'
import { line, overlay, reference, scatter, sheet } from 'lanac/plot'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

// ---------------------------------------------------------------------------------------- y = x⁴ − x³ − 2x² + 3, from 2

const f = (x: Scalar) => add(sub(sub(pow(x, 4), pow(x, 3)), mul(2, square(x))), 3)
const step = jit(valueAndGrad(f))

let x: Tensor<[], 'f64'> = tensor(2)
const walk = Array.from({ length: 100 }, () => {
  const [y, dy] = step(x)
  const now = { x: item(x), y: item(y), dy: item(dy) }
  x = sub(x, mul(0.13, dy))
  return now
})
for (const i of [0, 1, 2, 99]) console.log(`iteration ${i}: x = ${walk[i]!.x}, y = ${walk[i]!.y}, dy = ${walk[i]!.dy}`)
assert.deepEqual(walk[0], { x: 2, y: 3, dy: 12 })
near([walk[1]!.x, walk[1]!.y, walk[1]!.dy], [0.44, 2.56509696, -2.000064], 1e-14)
near([walk[2]!.x, walk[2]!.y, walk[2]!.dy], [0.70000832, 1.917075888559703, -2.898019302026197], 1e-14)
near([walk[99]!.x, walk[99]!.y], [1.4430004681646915, 0.16657759099964897], 1e-14)
for (const stationary of [0, -0.69300047, 1.44300047]) near(item(grad(f)(stationary)), 0, 1e-6)

// In single precision, as the slide's program: the same to seven digits.
const slope = grad(f) as unknown as (x: Tensor<[], 'f32'>) => Tensor<[], 'f32'>
let single = tensor(2, { dtype: 'f32' })
for (let i = 0; i < 99; i++) single = sub(single, mul(0.13, slope(single)))
assert.equal(single.dtype, 'f32')
near(item(single), walk[99]!.x, 2e-7)

// ------------------------------------------------------------------------------------- a network, its loss and gradients

const y = tensor(0)
const input = tensor([1, 1])
const parameters = { W1: tensor([[0.5, 0], [0, 1]]), W2: tensor([1, 0]) } // biome-ignore format: a matrix
const objective = ({ W1, W2 }: typeof parameters) => {
  const s2 = matmul(W2, relu(matmul(W1, input)))
  const loss = binaryCrossEntropyWithLogits(s2, y)
  return [add(loss, mul(0.01, l2([W1, W2]))), { s2, loss }] as const
}
const [[J, { s2, loss }], gradients] = valueAndGrad(objective, { aux: true })(parameters)
assert.equal(item(s2), 0.5)
near(loss, 0.9740769841801067, 1e-15)
near(J, 0.9965769841801067, 1e-15)
near(gradients.W1, tensor([[0.6325, 0.6225], [0, 0.02]]), 5e-5) // biome-ignore format: a matrix
near(gradients.W2, [0.3312, 0.6225], 5e-5)
console.log(`J = ${J}, ∂J/∂W1 = ${JSON.stringify(toArray(gradients.W1))}, ∂J/∂W2 = ${gradients.W2}`)

// ------------------------------------------------------------------------------- homework: x⁵ − x⁴ − x = −1, by descent

// The roots of g are where g² is least: 1, twice a root, and −1.
const g = (v: Scalar) => add(sub(sub(pow(v, 5), pow(v, 4)), v), 1)
near([item(g(1)), item(grad(g)(1)), item(g(-1))], [0, 0, 0])
const G = (v: Scalar) => square(g(v))
const starts = Array.from({ length: 400 }, (_, i) => -1.6 + (3.2 * (i + 0.5)) / 400)
const descend = jit(vmap((v: Tensor<[], 'f64'>) => sub(v, mul(0.01, grad(G)(v)))))
let points = tensor(starts)
for (let i = 0; i < 20_000; i++) points = descend(points)
const ends = toArray(points) as readonly number[]
const basin = (end: number): string => (Math.abs(end + 1) < 1e-6 ? 'to −1' : Math.abs(end - 1) < 0.03 ? 'to 1' : 'away')
const basins = ['to −1', 'to 1', 'away'].map((name) => ({
  name: `leads ${name}`,
  x: starts.filter((_, i) => basin(ends[i]!) === name),
}))
for (const b of basins) console.log(`${b.x.length} of ${starts.length} starting points: ${b.name}`)
assert.ok(basins.every((b) => b.x.length > 20))
assert.equal(basins[0]!.x.length + basins[1]!.x.length + basins[2]!.x.length, 400)

// ------------------------------------------------------------------------------------------------------------- pictures

const curve = (of: (v: Scalar) => Tensor, from: number, to: number): { readonly x: number[]; readonly y: number[] } => {
  const xs = Array.from({ length: 301 }, (_, i) => from + ((to - from) * i) / 300)
  return { x: xs, y: xs.map((v) => item(of(v))) }
}
const axes = {
  x: 'x',
  y: { label: 'y', domain: [0, 3.2] as const },
  title: 'The lecture’s polynomial: 100 steps of 0.13, from 2',
}
const basinAxes = {
  title: 'The homework’s equation g(x) = 0, by descent on g(x)²',
  subtitle: 'roots are 1 (double) and −1; where a starting point leads, for steps of 0.01',
  x: 'starting point x',
  y: { label: 'g(x)²', scale: 'symlog', ticks: [0, 1, 3, 10, 30, 100] } as const,
}
const heights = (xs: readonly number[]): number[] => xs.map((v) => item(G(v)))
await savePicture(
  'lecture/10-hello-world',
  sheet([
    overlay(
      line([{ name: 'y', ...curve(f, -1.2, 2.05) }], { ...axes, clip: true, legend: false }),
      line([{ name: 'steps', x: walk.map((w) => w.x), y: walk.map((w) => w.y) }], {
        ...axes,
        points: true,
        thickness: 1,
      }),
    ),
    overlay(
      scatter(
        basins.map((b) => ({ ...b, y: heights(b.x) })),
        { ...basinAxes, size: 34 },
      ),
      reference({ x: -1 }, 'x = −1', basinAxes),
      reference({ x: 1 }, 'x = 1', basinAxes),
    ),
  ]),
)
