/** vmap: an axis is added to results, or moved. */
import type { DType, Scalar, Shape, Tensor } from '../../../src/core/value.js'
import type { Dim } from '../../../src/tensor/static.js'
import type { Grad, Jit, Vmap } from '../../../src/transform/signatures.js'
import { equal } from './equal.js'
import { add, exp, matmul, mul, square, sum } from './words.js'

declare const vmap: Vmap
declare const grad: Grad
declare const jit: Jit
declare const a: Tensor<[2, 3], 'f64'>
declare const b: Tensor<[2, 3], 'f64'>
declare const v: Tensor<[3], 'f64'>
declare const w: Tensor<[3, 4], 'f64'>
declare const cube: Tensor<[5, 2, 3], 'f64'>
declare const batch: Tensor<[Dim<'batch'>, 3], 'f64'>
declare const loose: Tensor

const v1 = vmap((x) => sum(square(x)))(a)
equal<typeof v1, Tensor<[2], DType>>(true)
const v2 = vmap((x: Tensor<[3], 'f64'>) => exp(x))(a)
equal<typeof v2, Tensor<[2, 3], 'f64'>>(true)
const v3 = vmap((x: Tensor<[3], 'f64'>) => exp(x), { out: 1 })(a)
equal<typeof v3, Tensor<[3, 2], 'f64'>>(true)
const v4 = vmap((x: Tensor<[2], 'f64'>) => exp(x), { in: 1 })(a)
equal<typeof v4, Tensor<[3, 2], 'f64'>>(true)
const v5 = vmap((x: Tensor<[3], 'f64'>, m: Tensor<[3, 4], 'f64'>) => matmul(x, m), { in: [0, null], out: 0 })(a, w)
equal<typeof v5, Tensor<[2, 4], 'f64'>>(true)
const v6 = vmap((x: Tensor<[3], 'f64'>, y: Tensor<[3], 'f64'>) => add(x, y))(a, b)
equal<typeof v6, Tensor<[2, 3], 'f64'>>(true)
const v7 = vmap((x: Tensor<[3], 'f64'>) => sum(x))(batch)
equal<typeof v7, Tensor<[Dim<'batch'>], 'f64'>>(true)
const v8 = vmap((x) => sum(x))(loose)
equal<typeof v8, Tensor<[number], DType>>(true)
const v9 = vmap((d: { readonly x: Tensor<[3], 'f64'>; readonly k: Scalar }) => ({ y: mul(d.x, d.k), s: sum(d.x) }))({ x: a, k: sum(a, { axis: 1 }) })
equal<typeof v9, { y: Tensor<[2, 3], 'f64'>; s: Tensor<[2], 'f64'> }>(true)
const v10 = vmap((x: Scalar) => square(x))(v)
equal<typeof v10, Tensor<[3], 'f64'>>(true)
const v11 = vmap(grad((x: Scalar) => square(x)))(v)
equal<typeof v11, Tensor<[3], 'f64'>>(true)
const v12 = vmap(vmap((x: Tensor<[3], 'f64'>) => sum(x)))(cube)
equal<typeof v12, Tensor<[5, number], 'f64'>>(true)
const v13 = jit(vmap((x: Tensor<[3], 'f64'>) => sum(x)))(a)
equal<typeof v13, Tensor<[number], 'f64'>>(true)
const v14 = vmap(grad((x) => sum(square(x))))(a)
equal<typeof v14['shape'], Shape>(true)
