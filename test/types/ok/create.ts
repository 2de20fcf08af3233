/** Creation and reading: literals are exact, anything else is `number`. */
import type { DType, Shape, Tensor } from '../../../src/core/value.js'
import type { Nested } from '../../../src/tensor/static.js'
import { equal } from './equal.js'
import { arange, eye, fromTypedArray, full, item, linspace, ones, scalar, sum, tensor, toArray, toTypedArray, zeros, zerosLike } from './words.js'

declare const rows: number[][]
declare const list: readonly number[]
declare const n: number
declare const anything: Nested
declare const loose: Tensor

const t1 = tensor([[1, 2, 3], [4, 5, 6]])
equal<typeof t1, Tensor<[2, 3], 'f64'>>(true)
const t2 = tensor([1, 2, 3], { dtype: 'f32' })
equal<typeof t2, Tensor<[3], 'f32'>>(true)
const t3 = tensor(rows)
equal<typeof t3, Tensor<[number, number], 'f64'>>(true)
const t4 = tensor([list, list])
equal<typeof t4, Tensor<[2, number], 'f64'>>(true)
const t5 = tensor(2)
equal<typeof t5, Tensor<[], 'f64'>>(true)
const t6 = tensor([true, false])
equal<typeof t6, Tensor<[2], 'bool'>>(true)
const t7 = tensor([])
equal<typeof t7, Tensor<[0], 'f64'>>(true)
const t8 = tensor([n, n])
equal<typeof t8, Tensor<[2], 'f64'>>(true)
const t9 = tensor(anything)
equal<typeof t9, Tensor<Shape, DType>>(true)
const t10 = tensor([[[1]], [[2]]], { dtype: 'i32' })
equal<typeof t10, Tensor<[2, 1, 1], 'i32'>>(true)

const z1 = zeros([2, 3])
equal<typeof z1, Tensor<[2, 3], 'f64'>>(true)
const z2 = ones([n, 3], { dtype: 'f32' })
equal<typeof z2, Tensor<[number, 3], 'f32'>>(true)
const z3 = zeros(z2.shape)
equal<typeof z3, Tensor<[number, 3], 'f64'>>(true)
const z4 = zeros([])
equal<typeof z4, Tensor<[], 'f64'>>(true)
const z5 = full([2], true, { dtype: 'bool' })
equal<typeof z5, Tensor<[2], 'bool'>>(true)
const z6 = zerosLike(t2)
equal<typeof z6, Tensor<[3], 'f32'>>(true)
const z7 = arange(5)
equal<typeof z7, Tensor<[5], 'f64'>>(true)
const z8 = arange(0, 1, 0.1)
equal<typeof z8, Tensor<[number], 'f64'>>(true)
const z9 = linspace(0, 1, 11)
equal<typeof z9, Tensor<[11], 'f64'>>(true)
const z10 = eye(3, { dtype: 'f32' })
equal<typeof z10, Tensor<[3, 3], 'f32'>>(true)
const z11 = scalar(2)
equal<typeof z11, Tensor<[], 'f64'>>(true)
const z12 = fromTypedArray(new Float32Array(6), [2, 3])
equal<typeof z12, Tensor<[2, 3], 'f32'>>(true)

const r1 = item(sum(t1))
equal<typeof r1, number>(true)
const r2 = item(loose)
equal<typeof r2, number>(true)
const r3 = toArray(t1)
equal<typeof r3, readonly (readonly number[])[]>(true)
const r4 = toArray(t6)
equal<typeof r4, readonly boolean[]>(true)
const r5 = toTypedArray(t2)
equal<typeof r5, Float32Array>(true)
const r6 = toArray(loose)
equal<typeof r6, Nested>(true)
