/** Reshaping, permuting, joining, slicing, indexing. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Shape, Tensor } from '../../../src/core/value.js'
import { equal } from './equal.js'
import { broadcastTo, concat, expandDims, oneHot, pad, reshape, slice, squeeze, stack, take, takeAlongAxis, tile, transpose } from './words.js'

declare const a: Tensor<[2, 3], 'f64'>
declare const b: Tensor<[2, 4], 'f64'>
declare const cube: Tensor<[2, 3, 4], 'f32'>
declare const indices: Tensor<[5], 'i32'>
declare const loose: Tensor
declare const some: readonly Tensor<[2, 3], 'f64'>[]
declare const n: number

const r1 = reshape(a, [3, 2])
equal<typeof r1, Tensor<[3, 2], 'f64'>>(true)
const r2 = reshape(a, [-1, 2])
equal<typeof r2, Tensor<[number, 2], 'f64'>>(true)
const r3 = pipe(cube, reshape([6, 4]))
equal<typeof r3, Tensor<[6, 4], 'f32'>>(true)
const r4 = reshape(a, [n, 2])
equal<typeof r4, Tensor<[number, 2], 'f64'>>(true)
const r5 = reshape(loose, a.shape)
equal<typeof r5['shape'], [2, 3]>(true)
const r6 = broadcastTo(a, [7, 2, 3])
equal<typeof r6, Tensor<[7, 2, 3], 'f64'>>(true)
const r7 = pipe(1, broadcastTo([2, 2]))
equal<typeof r7, Tensor<[2, 2], 'f64'>>(true)

const t1 = transpose(a)
equal<typeof t1, Tensor<[3, 2], 'f64'>>(true)
const t2 = transpose(cube, [2, 0, 1])
equal<typeof t2, Tensor<[4, 2, 3], 'f32'>>(true)
const t3 = pipe(a, transpose)
equal<typeof t3, Tensor<[3, 2], 'f64'>>(true)
const t4 = pipe(a, transpose([1, 0]))
equal<typeof t4, Tensor<[3, 2], 'f64'>>(true)
const t5 = transpose(loose, [1, 0])
equal<typeof t5['shape'], Shape>(true)

const x1 = expandDims(a, { axis: 1 })
equal<typeof x1, Tensor<[2, 1, 3], 'f64'>>(true)
const x2 = pipe(a, expandDims({ axis: -1 }))
equal<typeof x2, Tensor<[2, 3, 1], 'f64'>>(true)
const x3 = squeeze(x1)
equal<typeof x3, Tensor<[2, 3], 'f64'>>(true)
const x4 = pipe(x1, squeeze({ axis: 1 }), squeeze)
equal<typeof x4, Tensor<[2, 3], 'f64'>>(true)

const c1 = concat([a, b], { axis: 1 })
equal<typeof c1, Tensor<[2, 7], 'f64'>>(true)
const c2 = concat([a, a, a])
equal<typeof c2, Tensor<[6, 3], 'f64'>>(true)
const c3 = pipe([a, b] as const, concat({ axis: -1 }))
equal<typeof c3, Tensor<[2, 7], 'f64'>>(true)
const c4 = concat(some)
equal<typeof c4, Tensor<[number, 3], 'f64'>>(true)
declare const big: Tensor<[999, 65536], 'f64'>
declare const one: Tensor<[1, 65536], 'f64'>
const c5 = concat([big, one])
equal<typeof c5, Tensor<[1000, 65536], 'f64'>>(true)
const s1 = stack([a, a], { axis: 1 })
equal<typeof s1, Tensor<[2, 2, 3], 'f64'>>(true)
const s2 = stack(some)
equal<typeof s2, Tensor<[number, 2, 3], 'f64'>>(true)
const s3 = stack([1, 2, 3])
equal<typeof s3, Tensor<[3], 'f64'>>(true)

const k1 = slice(a, { start: [0], stop: [2], step: [1] })
equal<typeof k1, Tensor<[number, number], 'f64'>>(true)
const k2 = pipe(a, slice({ start: [0, 1] }))
equal<typeof k2, Tensor<[number, number], 'f64'>>(true)
const k3 = pad(a, { low: [0, 2], high: [1, 1], value: 0.5 })
equal<typeof k3, Tensor<[3, 6], 'f64'>>(true)
const k4 = tile(a, { repeats: [2, 3] })
equal<typeof k4, Tensor<[4, 9], 'f64'>>(true)

const i1 = take(cube, indices, { axis: 1 })
equal<typeof i1, Tensor<[2, 5, 4], 'f32'>>(true)
const i2 = pipe(cube, take(indices, { axis: 0 }))
equal<typeof i2, Tensor<[5, 3, 4], 'f32'>>(true)
const i3 = take(cube, 0, { axis: 0 })
equal<typeof i3, Tensor<[3, 4], 'f32'>>(true)
declare const where: Tensor<[2, 1], 'i32'>
const i4 = takeAlongAxis(a, where, { axis: 1 })
equal<typeof i4, Tensor<[2, 1], 'f64'>>(true)
const i5 = oneHot(indices, 10)
equal<typeof i5, Tensor<[5, 10], 'f64'>>(true)
const i6 = oneHot(indices, 10, { dtype: 'f32' })
equal<typeof i6, Tensor<[5, 10], 'f32'>>(true)
const i7 = pipe(indices, oneHot(10))
equal<typeof i7, Tensor<[5, 10], 'f64'>>(true)
