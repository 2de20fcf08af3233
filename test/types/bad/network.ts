/** Blocks of networks that don't fit. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../../src/core/value.js'
import { attention, batchNorm, cosineSimilarity, embedding, groupNorm, layerNorm, lstmCell, rmsNorm } from '../../../src/ops/index.js'

declare const x: Tensor<[2, 3], 'f32'>
declare const four: Tensor<[4], 'f32'>
declare const matrix: Tensor<[3, 3], 'f32'>
declare const query: Tensor<[2, 5, 3], 'f32'>
declare const wide: Tensor<[2, 7, 4], 'f32'>
declare const key: Tensor<[2, 7, 3], 'f32'>
declare const late: Tensor<[2, 8, 3], 'f32'>
declare const h: Tensor<[2, 4], 'f32'>
declare const wx: Tensor<[5, 16], 'f32'>
declare const wh: Tensor<[4, 16], 'f32'>
declare const words: Tensor<[2, 7], 'i32'>

// error: layerNorm: [4] does not fit the features of [2, 3]
layerNorm(x, four, 0)
// error: batchNorm: [4] does not fit the features of [2, 3]
batchNorm(x, 1, four)
// error: rmsNorm: [3, 3] does not fit the features of [2, 3]
rmsNorm(x, matrix)
// error: layerNorm: [4] does not fit the features of [2, 3]
pipe(x, layerNorm(four, four, {}))
// error: 'group' does not exist in type
groupNorm(x, 1, 0, { group: 2 })
// error: attention: queries [2, 5, 3] and keys [2, 7, 4] differ in features
attention(query, wide, wide)
// error: attention: keys [2, 7, 3] and values [2, 8, 3] differ in time
attention(query, key, late)
// error: attention: keys have shape [4]; they need time and features
attention(query, four, key)
// error: embedding: the table has shape [4]; it needs a row for each index
embedding(four, words)
// error: is not assignable to parameter of type
embedding(matrix, x)
// error: lstmCell: [2, 3] does not fit weights [5, 16]
lstmCell(x, { h, c: h }, { wx, wh, b: 0 })
// error: cosineSimilarity: cannot broadcast [2, 3] with [4]: sizes 3 and 4 differ
cosineSimilarity(x, four)
