/**
 * 5. Losses. What a model predicts is a distribution, and the loss is −log of the probability of what happened. Softmax
 * where the naive form fails; why not the squared error. (Logits as the logarithm of a density: 05-energies.)
 */
import assert from 'node:assert/strict'
import { add, convert, div, exp, grad, item, log, max, mul, oneHot, sigmoid, softmax, square, sub, sum, type Tensor, take, tensor, toArray, vmap } from 'lanac' // biome-ignore format: words
import { bernoulli, categorical, dirac, negativeLogLikelihood, normal } from 'lanac/distribution'
import { binaryCrossEntropyWithLogits, crossEntropy, meanSquaredError, softCrossEntropy, zeroOneLoss } from 'lanac/loss'
import { line, sheet } from 'lanac/plot'
import { normal as gaussian, key, randint } from 'lanac/random'
import * as Tape from 'lanac/tape'
import { near } from '../support/near.js'
import { savePicture } from '../support/save-picture.js'

type Number = Tensor<[], 'f64'>
const label = (k: number) => tensor(k, { dtype: 'i32' })

// --------------------------------------------------------------------------------------------- a likelihood is a loss

const z = gaussian(key(1), [1000, 5], { std: 3 })
const y = randint(key(2), [1000], { high: 5 })
const [guess, target] = [gaussian(key(3), [100]), gaussian(key(4), [100])]
const constant = 0.5 * Math.log(2 * Math.PI)
near(sub(negativeLogLikelihood(normal(guess, 1), target), constant), div(meanSquaredError(guess, target), 2))
near(negativeLogLikelihood(categorical(z), y), crossEntropy(z, y))
const yes = tensor(toArray(target).map((t) => (t > 0 ? 1 : 0)))
near(negativeLogLikelihood(bernoulli(guess), yes), binaryCrossEntropyWithLogits(guess, yes))
const read = tensor([0, 2, 1], { dtype: 'i32' })
const missed = sub(1, exp(dirac(read).logProb(tensor([0, 1, 1], { dtype: 'i32' }))))
assert.deepEqual(toArray(missed), [0, 1, 0]) // of Dirac's distribution the chance of a miss is the 0–1 loss

// --------------------------------------------------------------------------------------- softmax, where it is hard

const naive = (v: Tensor<[3], 'f64'>) => div(exp(v), sum(exp(v)))
const large = tensor([1000, 0, -1000])
assert.ok(toArray(naive(large)).some(Number.isNaN), 'exp(1000) overflows')
near(softmax(large), [1, 0, 0])
near(grad((v: Tensor<[3], 'f64'>) => crossEntropy(v, label(1)))(large), [1, -1, 0])
near(crossEntropy(tensor([1e300, -1e300]), label(1)), 2e300)
near(crossEntropy(tensor([1e3, -1e3], { dtype: 'f32' }), label(1)), 2000)
near(crossEntropy(tensor([0, Number.NEGATIVE_INFINITY, 0]), label(0)), Math.LN2) // a class that cannot happen
const w = tensor([0.3, -1.2, 2])
near(softmax(add(w, 7)), softmax(w)) // shifting all logits changes nothing,
near(softmax(sub(w, 0.3)), softmax(w)) // so one of them may be 0: C − 1 degrees of freedom,
near(take(softmax(tensor([0, 1.7])), 1), sigmoid(1.7)) // and of two classes softmax is the sigmoid

// ------------------------------------------------------------------------ above log 2 times the 0–1 loss, and why

const losses = toArray(crossEntropy(z, y, { reduction: 'none' }))
const wrong = toArray(zeroOneLoss(z, y, { reduction: 'none' }))
const others = sub(z, mul(1e9, convert(oneHot(y, 5), 'f64')))
const lead = toArray(sub(max(others, { axis: 1 }), sum(mul(z, convert(oneHot(y, 5), 'f64')), { axis: 1 })))
for (const [i, l] of losses.entries()) {
  assert.ok(l >= Math.LN2 * wrong[i]! - 1e-12)
  // the most active wrong class decides: the loss is its lead over the true one, to within log C
  assert.ok(l >= Math.max(lead[i]!, 0) - 1e-9 && l <= Math.max(lead[i]!, 0) + Math.log(5) + 1e-9)
}

// ---------------------------------------------------- homework: both derivatives, in numbers and on the tape

near(grad((v: typeof z) => crossEntropy(v, y, { reduction: 'sum' }))(z), sub(softmax(z), convert(oneHot(y, 5), 'f64')))
const bce = (v: Number, t: number) => binaryCrossEntropyWithLogits(v, t)
for (const t of [0, 1]) near(grad((v: Number) => bce(v, t))(tensor(0.7)), item(sigmoid(0.7)) - t)
// read off the tape: for z > 0 it is −e⁻ᶻ/(1 + e⁻ᶻ), else eᶻ/(1 + eᶻ) − 1; either is σ(z) − 1
const program = Tape.trace(grad((v: Number) => bce(v, 1)))(tensor(0.7))
console.log(`the derivative of the binary cross-entropy at label 1, as it is computed:\n${Tape.show(program)}\n`)
near(item(Tape.run(program)(tensor(0.7))[0] as Number), item(sigmoid(0.7)) - 1)

// ----------------------------------------------------------------------------------------- why not the squared error

const truth = tensor([0, 0, 1])
const [sure, spread] = [tensor([0.8, 0, 0.2]), tensor([0.4, 0.4, 0.2])]
near(meanSquaredError(sure, truth, { reduction: 'sum' }), 1.28)
near(meanSquaredError(spread, truth, { reduction: 'sum' }), 0.96)
for (const p of [sure, spread]) near(softCrossEntropy(log(p), truth), -Math.log(0.2)) // equally wrong

const squared = (v: Number) => square(sub(sigmoid(v), 1)) as Number
for (const v of [-3, 0.5]) {
  const s = item(sigmoid(v))
  near(grad(squared)(tensor(v)), 2 * (s - 1) * (1 - s) * s)
}
/** A unit that is wrong and saturated (z = −8, y = 1), trained by steps of 1. */
const train = (loss: (v: Number) => Number): readonly number[] => {
  let v = tensor(-8)
  return Array.from({ length: 400 }, () => {
    v = sub(v, grad(loss)(v))
    return item(sigmoid(v))
  })
}
const trained = [{ name: 'cross-entropy', y: train((v) => bce(v, 1)) }, { name: 'squared error', y: train(squared) }] // biome-ignore format: one line
assert.ok(trained[0]!.y.at(-1)! > 0.99 && trained[1]!.y.at(-1)! < 0.01, 'the squared error does not get away')

// ------------------------------------------------------------------------------------------------------------- pictures

const xs = Array.from({ length: 161 }, (_, i) => -8 + i / 10)
const slopes = (f: (v: Number) => Number): Tensor => vmap(grad(f))(tensor(xs))
await savePicture(
  'lecture/05-losses',
  sheet([
    line(
      [
        { name: 'cross-entropy', x: xs, y: slopes((v) => bce(v, 1)) },
        { name: 'squared error', x: xs, y: slopes(squared) },
      ],
      { title: 'Gradients of a unit whose label is 1', subtitle: 'left of 0 it is wrong', x: 'logit z', y: 'dℓ/dz' },
    ),
    line(trained, { title: 'Training out of saturation', x: 'step', y: 'predicted probability of the label' }),
  ]),
)
