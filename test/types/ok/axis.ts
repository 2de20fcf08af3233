/** Reductions and scans: one axis, several, all; keepDims; both argument orders. */
import { pipe } from 'fp-ts/lib/function.js'
import type { DType, Shape, Tensor } from '../../../src/core/value.js'
import type { ReduceOptions } from '../../../src/ops/signatures.js'
import type { Dim } from '../../../src/tensor/static.js'
import { equal } from './equal.js'
import { any, argmax, argsort, cumsum, flip, logSoftmax, mean, roll, softmax, square, sum, topK } from './words.js'

declare const a: Tensor<[2, 3], 'f32'>
declare const cube: Tensor<[2, 3, 4], 'f64'>
declare const batch: Tensor<[Dim<'batch'>, 3], 'f64'>
declare const loose: Tensor
declare const options: ReduceOptions
declare const axis: number

const s1 = sum(a)
equal<typeof s1, Tensor<[], 'f32'>>(true)
const s2 = sum(a, { axis: 0 })
equal<typeof s2, Tensor<[3], 'f32'>>(true)
const s3 = sum(a, { axis: -1 })
equal<typeof s3, Tensor<[2], 'f32'>>(true)
const s4 = sum(a, { axis: [0, 1], keepDims: true })
equal<typeof s4, Tensor<[1, 1], 'f32'>>(true)
const s5 = sum(cube, { axis: [0, -1] })
equal<typeof s5, Tensor<[3], 'f64'>>(true)
const s6 = sum(cube, { keepDims: true })
equal<typeof s6, Tensor<[1, 1, 1], 'f64'>>(true)
const s7 = sum(batch, { axis: 1 })
equal<typeof s7, Tensor<[Dim<'batch'>], 'f64'>>(true)
const s8 = sum(3)
equal<typeof s8, Tensor<[], 'f64'>>(true)
const s9 = sum(loose)
equal<typeof s9, Tensor<[], DType>>(true)
const s10 = sum(loose, { axis: 0 })
equal<typeof s10, Tensor<Shape, DType>>(true)
const s11 = sum(a, { axis })
equal<typeof s11, Tensor<Shape, 'f32'>>(true)
const s12 = sum(a, options)
equal<typeof s12, Tensor<Shape, 'f32'>>(true)
const s13 = sum(a, { axis: 0, keepDims: axis > 0 })
equal<typeof s13, Tensor<Shape, 'f32'>>(true)
const s14 = any(a, { axis: 0 })
equal<typeof s14, Tensor<[3], 'bool'>>(true)
const s15 = argmax(a, { axis: 1 })
equal<typeof s15, Tensor<[2], 'i32'>>(true)

const p1 = pipe(a, sum)
equal<typeof p1, Tensor<[], 'f32'>>(true)
const p2 = pipe(a, square, sum({ axis: 1 }))
equal<typeof p2, Tensor<[2], 'f32'>>(true)
const p3 = pipe(a, mean({ axis: [1], keepDims: true }))
equal<typeof p3, Tensor<[2, 1], 'f32'>>(true)
const p4 = pipe(a, softmax, argmax({ axis: 1 }))
equal<typeof p4, Tensor<[2], 'i32'>>(true)
const p5 = pipe(a, sum(options))
equal<typeof p5, Tensor<Shape, 'f32'>>(true)

const l1 = softmax(a)
equal<typeof l1, Tensor<[2, 3], 'f32'>>(true)
const l2 = logSoftmax(a, { axis: 1 })
equal<typeof l2, Tensor<[2, 3], 'f32'>>(true)
const l3 = pipe(cube, cumsum({ axis: 2 }), flip({ axis: [0, 1] }))
equal<typeof l3, Tensor<[2, 3, 4], 'f64'>>(true)
const l4 = argsort(a, { axis: 0 })
equal<typeof l4, Tensor<[2, 3], 'i32'>>(true)
const l5 = roll(a, { shift: 2, axis: 1 })
equal<typeof l5, Tensor<[2, 3], 'f32'>>(true)
const l6 = pipe(a, roll({ shift: 2 }))
equal<typeof l6, Tensor<[2, 3], 'f32'>>(true)
const [values, places] = topK(a, { k: 2 })
equal<typeof values, Tensor<[2, 2], 'f32'>>(true)
equal<typeof places, Tensor<[2, 2], 'i32'>>(true)

const rows = <N extends number>(x: Tensor<[N, 3], 'f64'>) => sum(x, { axis: 1 })
const g1 = rows(batch)
equal<typeof g1, Tensor<[Dim<'batch'>], 'f64'>>(true)
