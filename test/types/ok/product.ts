/** Products: matrices, vectors, batches; einsum. */
import { pipe } from 'fp-ts/lib/function.js'
import type { DType, Shape, Tensor } from '../../../src/core/value.js'
import type { Dim } from '../../../src/tensor/static.js'
import { equal } from './equal.js'
import { add, dot, einsum, matmul, outer } from './words.js'

declare const a: Tensor<[2, 3], 'f64'>
declare const b: Tensor<[3, 4], 'f64'>
declare const v: Tensor<[3], 'f64'>
declare const w: Tensor<[4], 'f64'>
declare const stackA: Tensor<[5, 1, 2, 3], 'f32'>
declare const stackB: Tensor<[6, 3, 4], 'f32'>
declare const batch: Tensor<[Dim<'batch'>, 3], 'f64'>
declare const loose: Tensor

const m1 = matmul(a, b)
equal<typeof m1, Tensor<[2, 4], 'f64'>>(true)
const m2 = matmul(a, v)
equal<typeof m2, Tensor<[2], 'f64'>>(true)
const m3 = matmul(v, b)
equal<typeof m3, Tensor<[4], 'f64'>>(true)
const m4 = matmul(v, v)
equal<typeof m4, Tensor<[], 'f64'>>(true)
const m5 = matmul(stackA, stackB)
equal<typeof m5, Tensor<[5, 6, 2, 4], 'f32'>>(true)
const m6 = add(matmul(batch, b), w)
equal<typeof m6, Tensor<[Dim<'batch'>, 4], 'f64'>>(true)
const m7 = matmul(loose, b)
equal<typeof m7, Tensor<Shape, 'f64'>>(true)
const m8 = matmul(loose, loose)
equal<typeof m8, Tensor<Shape, DType>>(true)
const m9 = pipe(a, matmul(b))
equal<typeof m9, Tensor<[2, 4], 'f64'>>(true)
const layer = <N extends number>(x: Tensor<[N, 3], 'f64'>) => add(matmul(x, b), w)
const g1 = layer(a)
equal<typeof g1, Tensor<[2, 4], 'f64'>>(true)

const d1 = dot(v, v)
equal<typeof d1, Tensor<[], 'f64'>>(true)
const d2 = pipe(v, dot(v))
equal<typeof d2, Tensor<[], 'f64'>>(true)
const o1 = outer(v, w)
equal<typeof o1, Tensor<[3, 4], 'f64'>>(true)

const e1 = einsum('ij,jk->ik', a, b)
equal<typeof e1, Tensor<[2, 4], 'f64'>>(true)
const e2 = einsum('ij->ji', a)
equal<typeof e2, Tensor<[3, 2], 'f64'>>(true)
const e3 = einsum('ij,ij->', a, a)
equal<typeof e3, Tensor<[], 'f64'>>(true)
const e4 = einsum('bi,ij->bj', batch, b)
equal<typeof e4, Tensor<[Dim<'batch'>, 4], 'f64'>>(true)
const e5 = einsum('... i, i -> ...', a, v)
equal<typeof e5, Tensor<Shape, 'f64'>>(true)
