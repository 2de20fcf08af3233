/** Blocks of networks: normalisation, attention, embedding, recurrent cells, similarity. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Shape, Tensor } from '../../../src/core/value.js'
import {
  attention,
  batchNorm,
  cosineSimilarity,
  embedding,
  groupNorm,
  gruCell,
  layerNorm,
  lstmCell,
  rmsNorm,
} from '../../../src/ops/index.js'
import type { Dim } from '../../../src/tensor/static.js'
import { equal } from './equal.js'

declare const x: Tensor<[2, 3], 'f32'>
declare const gain: Tensor<[3], 'f32'>
declare const image: Tensor<[8, 5, 5, 4], 'f64'>
declare const four: Tensor<[4], 'f64'>
declare const batch: Tensor<[Dim<'batch'>, 3], 'f32'>
declare const loose: Tensor
declare const key: Tensor<[2, 7, 3], 'f32'>
declare const value: Tensor<[2, 7, 6], 'f32'>
declare const query: Tensor<[2, 5, 3], 'f32'>
declare const table: Tensor<[10, 4], 'f64'>
declare const words: Tensor<[2, 7], 'i32'>

// normalisation keeps the type; scale and bias are one for each feature, or numbers
const n1 = batchNorm(x, gain, gain)
equal<typeof n1, Tensor<[2, 3], 'f32'>>(true)
const n2 = layerNorm(batch, gain, 0, { epsilon: 1e-3 })
equal<typeof n2, Tensor<[Dim<'batch'>, 3], 'f32'>>(true)
const n3 = rmsNorm(image, four)
equal<typeof n3, Tensor<[8, 5, 5, 4], 'f64'>>(true)
const n4 = groupNorm(image, four, four, { groups: 2 })
equal<typeof n4, Tensor<[8, 5, 5, 4], 'f64'>>(true)
const n5 = pipe(x, layerNorm(gain, gain, {}), rmsNorm(1), rmsNorm(gain, { epsilon: 1e-5 }))
equal<typeof n5, Tensor<[2, 3], 'f32'>>(true)
const n6 = layerNorm(loose, gain, gain)
equal<typeof n6, Tensor>(true)

// attention
const a1 = attention(query, key, value)
equal<typeof a1, Tensor<[2, 5, 6], 'f32'>>(true)
const a2 = pipe(query, attention(key, value, { causal: true }))
equal<typeof a2, Tensor<[2, 5, 6], 'f32'>>(true)
declare const heads: Tensor<[8, 1, 5, 3], 'f32'>
const a3 = attention(heads, key, value, { scale: 1 })
equal<typeof a3, Tensor<[8, 2, 5, 6], 'f32'>>(true)
const a4 = attention(loose, key, value)
equal<typeof a4, Tensor<Shape>>(true)

// embedding
const e1 = embedding(table, words)
equal<typeof e1, Tensor<[2, 7, 4], 'f64'>>(true)
const e2 = embedding(table, 3)
equal<typeof e2, Tensor<[4], 'f64'>>(true)

// cells keep the type of their state
declare const h: Tensor<[2, 4], 'f32'>
declare const wx: Tensor<[3, 16], 'f32'>
declare const wh: Tensor<[4, 16], 'f32'>
declare const b: Tensor<[16], 'f32'>
const s1 = lstmCell(x, { h, c: h }, { wx, wh, b })
equal<typeof s1.h, Tensor<[2, 4], 'f32'>>(true)
equal<typeof s1.c, Tensor<[2, 4], 'f32'>>(true)
declare const ux: Tensor<[3, 12], 'f32'>
declare const uh: Tensor<[4, 12], 'f32'>
const s2 = gruCell(x, h, { wx: ux, wh: uh, bx: 0, bh: 0 })
equal<typeof s2, Tensor<[2, 4], 'f32'>>(true)

// similarity
const c1 = cosineSimilarity(x, gain)
equal<typeof c1, Tensor<[2], 'f32'>>(true)
const c2 = cosineSimilarity(x, x, { axis: 0 })
equal<typeof c2, Tensor<[3], 'f32'>>(true)
const c3 = pipe(x, cosineSimilarity(x, { axis: 0 }))
equal<typeof c3, Tensor<[3], 'f32'>>(true)
const c4 = pipe(x, cosineSimilarity(gain))
equal<typeof c4, Tensor<[2], 'f32'>>(true)
const e3 = pipe(table, embedding(words))
equal<typeof e3, Tensor<[2, 7, 4], 'f64'>>(true)
