/**
 * 3. XOR by one hidden layer. Two ReLU units solve it exactly; whether gradient descent finds that depends on where it
 * begins. How often it does is asked of a thousand networks for each width, trained at once by one compiled program.
 */
import assert from 'node:assert/strict'
import { add, matmul, relu, tensor, toArray } from 'lanac'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import { bars, decisionBoundary, histogram, sheet } from 'lanac/plot'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'
import { trainMany } from '../support/train-many.js'

const X = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) // biome-ignore format: a matrix
const y = tensor([[0], [1], [1], [0]])

// ------------------------------------------------------------------------------------------------- the exact solution

// Weights stand to the right of the row they act on: W here is the transpose of the lecture's W·x (both symmetric).
const exact = [{ w: tensor([[1, 1], [1, 1]]), b: tensor([0, -1]) }, { w: tensor([[1], [-2]]), b: tensor([0]) }] as const // biome-ignore format: matrices
const [hidden, out] = exact
const s = matmul(X, hidden.w)
const shifted = add(s, hidden.b)
const h = relu(shifted)
assert.deepEqual(toArray(s), [[0, 0], [1, 1], [1, 1], [2, 2]]) // biome-ignore format: a matrix
assert.deepEqual(toArray(shifted), [[0, -1], [1, 0], [1, 0], [2, 1]]) // biome-ignore format: a matrix
assert.deepEqual(toArray(h), [[0, 0], [1, 0], [1, 0], [2, 1]]) // biome-ignore format: a matrix
assert.deepEqual(toArray(add(matmul(h, out.w), out.b)), [[0], [1], [1], [0]])
const two = chain(dense(2, 2), relu, dense(2, 1))
near(two.apply(exact as never)(X), y)
// f(x₀, x₁) = max(x₀ + x₁, 0) − 2·max(x₀ + x₁ − 1, 0)
for (const [a = 0, b = 0] of toArray(X))
  near(two.apply(exact as never)(tensor([a, b])), [Math.max(a + b, 0) - 2 * Math.max(a + b - 1, 0)])

// ------------------------------------------------------------------------------------- a thousand initialisations at once

const RUNS = 1000
const STEPS = 1500

/** The losses that networks of this width end at, each from an initialisation of its own. */
const endings = (width: number): readonly number[] => {
  const model = chain(dense(2, width), relu, dense(width, 1))
  return trainMany({
    init: (k) => model.init(k, { dtype: 'f64' }),
    loss: (p) => meanSquaredError(model.apply(p)(X), y),
    runs: RUNS,
    steps: STEPS,
    learningRate: 0.02,
    seed: width,
  }).losses
}

const widths = [2, 3, 4, 6, 8, 16] as const
const ended = widths.map((width) => ({ width, losses: endings(width) }))

/** The share that reached the global minimum, 0, and the interval it lies in with 95 % certainty (E. B. Wilson, 1927). */
const share = (losses: readonly number[]): { readonly value: number; readonly low: number; readonly high: number } => {
  const [n, z] = [losses.length, 1.96]
  const value = losses.filter((l) => l < 1e-3).length / n
  const middle = (value + (z * z) / (2 * n)) / (1 + (z * z) / n)
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n))
  return { value, low: middle - half, high: middle + half }
}
const shares = ended.map(({ width, losses }) => ({ label: String(width), ...share(losses) }))
for (const b of shares) console.log(`${b.label.padStart(2)} units: ${(100 * b.value).toFixed(1)} % solve XOR`)
assert.ok(shares[0]!.value > 0.05 && shares[0]!.value < 0.6, 'two units are sometimes enough, and often are not')
assert.ok(shares.at(-1)!.value > 0.95, 'sixteen units nearly always are')
for (const [i, b] of shares.entries()) if (i > 0) assert.ok(b.high >= shares[i - 1]!.low, 'wider is never worse')

// ------------------------------------------------------------------------------------------------------------- pictures

const unit = { domain: [-0.5, 1.5] as const }
await savePicture(
  'lecture/03-xor',
  sheet(
    [
      bars(shares, {
        title: 'Networks that learn XOR, of 1,000 initialisations',
        x: 'hidden units',
        y: { label: 'share that reaches loss 0', domain: [0, 1] },
      }),
      histogram([{ name: 'two units', values: ended[0]!.losses }], {
        title: 'Where networks of two hidden units end',
        subtitle: 'local minima: one point wrong, two averaged, or no unit active',
        x: 'mean squared error after training',
        y: 'networks',
      }),
      decisionBoundary(
        {
          probabilities: (p) => two.apply(exact as never)(p),
          points: X,
          labels: [0, 1, 1, 0],
          classes: ['output 0', 'output 1'],
        },
        { title: 'The exact solution', x: { label: 'x0', ...unit }, y: { label: 'x1', ...unit } },
      ),
    ],
    { columns: 2 },
  ),
)
