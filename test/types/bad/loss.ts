/** Losses that don't fit. */

import type { Tensor } from '../../../src/core/value.js'
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  klDivergence,
  meanSquaredError,
} from '../../../src/loss/index.js'

declare const logits: Tensor<[5, 3], 'f32'>
declare const four: Tensor<[4], 'i32'>
declare const five: Tensor<[5], 'i32'>
declare const floats: Tensor<[5], 'f32'>
declare const soft: Tensor<[5, 4], 'f32'>
declare const double: Tensor<[5, 3], 'f64'>
declare const y: Tensor<[4, 1], 'f64'>
declare const flat: Tensor<[4], 'f64'>

// error: crossEntropy: logits [5, 3] need a label for each of [5], found [4]
crossEntropy(logits, four)
// error: crossEntropy: labels of shape [5] for logits [5, 3] are f32; class indices are i32
crossEntropy(logits, floats)
// error: crossEntropy: prediction [5, 3] and target [5, 4] differ in shape
crossEntropy(logits, soft)
// error: crossEntropy: f32 and f64 do not mix; convert one of them
crossEntropy(logits, double)
// error: meanSquaredError: prediction [4, 1] and target [4] differ in shape
meanSquaredError(y, flat)
// error: binaryCrossEntropyWithLogits: f64 and i32 do not mix; convert one of them
binaryCrossEntropyWithLogits(flat, four)
// error: klDivergence: prediction [5, 3] and target [5, 4] differ in shape
klDivergence(logits, soft)
// error: is not assignable to type
crossEntropy(logits, five, { reduction: 'average' })
// error: 'smoothing' does not exist in type
crossEntropy(logits, five, { smoothing: 0.1 })
