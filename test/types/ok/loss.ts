/** Losses: scalars for mean and sum, one for each element or example for none. */
import type { DType, Tensor } from '../../../src/core/value.js'
import {
  accuracy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  gaussianNll,
  huber,
  klDivergence,
  l1,
  l2,
  meanSquaredError,
  poissonNll,
  type Reduction,
  softCrossEntropy,
  zeroOneLoss,
} from '../../../src/loss/index.js'
import type { Dim } from '../../../src/tensor/static.js'
import { valueAndGrad } from '../../../src/transform/index.js'
import { equal } from './equal.js'

declare const logits: Tensor<[5, 3], 'f32'>
declare const soft: Tensor<[5, 3], 'f32'>
declare const labels: Tensor<[5], 'i32'>
declare const batch: Tensor<[Dim<'batch'>, 3], 'f64'>
declare const batchLabels: Tensor<[Dim<'batch'>], 'i32'>
declare const unknownLabels: Tensor<[number], 'i32'>
declare const loose: Tensor
declare const y: Tensor<[4, 1], 'f64'>
declare const reduction: Reduction

const c1 = crossEntropy(logits, labels)
equal<typeof c1, Tensor<[], 'f32'>>(true)
const c2 = crossEntropy(logits, labels, { reduction: 'none', labelSmoothing: 0.1 })
equal<typeof c2, Tensor<[5], 'f32'>>(true)
const c3 = crossEntropy(logits, soft, { reduction: 'none' })
equal<typeof c3, Tensor<[5], 'f32'>>(true)
const c4 = crossEntropy(batch, batchLabels, { reduction: 'none' })
equal<typeof c4, Tensor<[Dim<'batch'>], 'f64'>>(true)
const c5 = crossEntropy(logits, unknownLabels, { reduction: 'sum' })
equal<typeof c5, Tensor<[], 'f32'>>(true)
const c6 = crossEntropy(loose, loose)
equal<typeof c6, Tensor<[], DType>>(true)
declare const one: Tensor<[3], 'f64'>
const c7 = crossEntropy(one, 2)
equal<typeof c7, Tensor<[], 'f64'>>(true)
const c8 = accuracy(logits, labels)
equal<typeof c8, Tensor<[], 'f32'>>(true)
const c9 = zeroOneLoss(logits, soft, { reduction: 'none' })
equal<typeof c9, Tensor<[5], 'f32'>>(true)

const m1 = meanSquaredError(y, y)
equal<typeof m1, Tensor<[], 'f64'>>(true)
const m2 = meanSquaredError(y, y, { reduction: 'none' })
equal<typeof m2, Tensor<[4, 1], 'f64'>>(true)
const m3 = huber(y, y, { delta: 2, reduction: 'sum' })
equal<typeof m3, Tensor<[], 'f64'>>(true)
const m4 = meanSquaredError(y, y, { reduction })
equal<typeof m4, Tensor<[], 'f64'> | Tensor<[4, 1], 'f64'>>(true)
const m5 = binaryCrossEntropyWithLogits(y, y)
equal<typeof m5, Tensor<[], 'f64'>>(true)
const m6 = softCrossEntropy(logits, soft)
equal<typeof m6, Tensor<[], 'f32'>>(true)
const m7 = klDivergence(logits, soft, { reduction: 'none' })
equal<typeof m7, Tensor<[5], 'f32'>>(true)
const m8 = gaussianNll(y, y)
equal<typeof m8, Tensor<[], 'f64'>>(true)
const m9 = gaussianNll(y, y, 2, { full: true, reduction: 'none' })
equal<typeof m9, Tensor<[4, 1], 'f64'>>(true)
const m10 = poissonNll(y, y, { full: true })
equal<typeof m10, Tensor<[], 'f64'>>(true)
declare const p: Tensor<[], 'f64'>
const m11 = meanSquaredError(p, 0)
equal<typeof m11, Tensor<[], 'f64'>>(true)

// penalties take any tree
declare const params: readonly [{ readonly w: Tensor<[2, 3], 'f32'>; readonly b: Tensor<[3], 'f32'> }, { readonly steps: Tensor<[], 'i32'> }]
const r1 = l2(params)
equal<typeof r1, Tensor<[], 'f32'>>(true)
const r2 = l1({ a: 1, rest: [2, 3] })
equal<typeof r2, Tensor<[], 'f64'>>(true)

// losses are what valueAndGrad takes
const [v, g] = valueAndGrad((z: Tensor<[5, 3], 'f32'>) => crossEntropy(z, labels))(logits)
equal<typeof v, Tensor<[], 'f32'>>(true)
equal<typeof g, Tensor<[5, 3], 'f32'>>(true)

// a loss as an argument
declare const train: <P, T>(loss: (prediction: P, target: T) => Tensor<[]>, prediction: P, target: T) => void
train(crossEntropy, logits, labels)
train(meanSquaredError, y, y)
