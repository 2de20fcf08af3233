/** Elementwise operations: broadcasting, element types, numbers, both argument orders. */
import { flow, pipe } from 'fp-ts/lib/function.js'
import type { DType, Scalar, Shape, Tensor } from '../../../src/core/value.js'
import type { Dim, Operand } from '../../../src/tensor/static.js'
import { equal } from './equal.js'
import { add, and, clip, convert, exp, isNaN, leakyRelu, less, mul, not, pow, relu, square, sub, tanh, where } from './words.js'

declare const a: Tensor<[2, 3], 'f64'>
declare const v: Tensor<[3], 'f64'>
declare const half: Tensor<[2, 3], 'f32'>
declare const mask: Tensor<[2, 1], 'bool'>
declare const whole: Tensor<[3], 'i32'>
declare const loose: Tensor
declare const batch: Tensor<[number, 3], 'f64'>
declare const named: Tensor<[Dim<'batch'>, 3], 'f64'>
declare const s: Scalar

// unary: the argument's own type; a number is a scalar
const u1 = tanh(a)
equal<typeof u1, Tensor<[2, 3], 'f64'>>(true)
const u2 = exp(2)
equal<typeof u2, Tensor<[], 'f64'>>(true)
const u3 = square(s)
equal<typeof u3, Tensor<[], 'f64'>>(true)
const u4 = pipe(half, tanh, relu)
equal<typeof u4, Tensor<[2, 3], 'f32'>>(true)
const u5 = relu(loose)
equal<typeof u5, Tensor<Shape, DType>>(true)
const u6 = isNaN(a)
equal<typeof u6, Tensor<[2, 3], 'bool'>>(true)
const u7 = leakyRelu(a, { alpha: 0.1 })
equal<typeof u7, Tensor<[2, 3], 'f64'>>(true)
const u8 = pipe(a, leakyRelu({ alpha: 0.1 }), clip({ min: 0 }), leakyRelu)
equal<typeof u8, Tensor<[2, 3], 'f64'>>(true)
const u9 = flow(tanh, relu)(a)
equal<typeof u9, Tensor<[2, 3], 'f64'>>(true)

// binary: broadcasting
const b1 = add(a, v)
equal<typeof b1, Tensor<[2, 3], 'f64'>>(true)
declare const column: Tensor<[5, 1], 'f64'>
declare const row: Tensor<[1, 7], 'f64'>
const b2 = mul(column, row)
equal<typeof b2, Tensor<[5, 7], 'f64'>>(true)
const b3 = add(batch, v)
equal<typeof b3, Tensor<[number, 3], 'f64'>>(true)
const b4 = add(named, v)
equal<typeof b4, Tensor<[Dim<'batch'>, 3], 'f64'>>(true)
const b5 = add(named, batch)
equal<typeof b5, Tensor<[Dim<'batch'>, 3], 'f64'>>(true)
const b6 = add(loose, a)
equal<typeof b6, Tensor<Shape, 'f64'>>(true)

// numbers adapt
const n1 = add(half, 1)
equal<typeof n1, Tensor<[2, 3], 'f32'>>(true)
const n2 = sub(1, half)
equal<typeof n2, Tensor<[2, 3], 'f32'>>(true)
const n3 = add(1, 2)
equal<typeof n3, Tensor<[], 'f64'>>(true)
const n4 = mul(2, square(s))
equal<typeof n4, Tensor<[], 'f64'>>(true)
const n5 = add(whole, 1)
equal<typeof n5, Tensor<[3], 'i32'>>(true)
declare const operand: Operand
const n6 = add(operand, a)
equal<typeof n6, Tensor<Shape, 'f64'>>(true)

// data-last
const d1 = pipe(a, add(1), mul(2), tanh)
equal<typeof d1, Tensor<[2, 3], 'f64'>>(true)
const d2 = pipe(half, add(1), pow(2))
equal<typeof d2, Tensor<[2, 3], 'f32'>>(true)
const d3 = pipe(v, add(a))
equal<typeof d3, Tensor<[2, 3], 'f64'>>(true)

// comparisons, logic, selection
const c1 = less(a, v)
equal<typeof c1, Tensor<[2, 3], 'bool'>>(true)
const c2 = pipe(half, less(0))
equal<typeof c2, Tensor<[2, 3], 'bool'>>(true)
const c3 = and(c1, mask)
equal<typeof c3, Tensor<[2, 3], 'bool'>>(true)
const c4 = not(and(mask, true))
equal<typeof c4, Tensor<[2, 1], 'bool'>>(true)
const w1 = where(mask, a, 0)
equal<typeof w1, Tensor<[2, 3], 'f64'>>(true)
const w2 = where(less(v, 0), 1, half)
equal<typeof w2, Tensor<[2, 3], 'f32'>>(true)
const w3 = where(true, 1, 2)
equal<typeof w3, Tensor<[], 'f64'>>(true)
const k1 = convert(half, 'f64')
equal<typeof k1, Tensor<[2, 3], 'f64'>>(true)
const k2 = pipe(mask, convert('f32'))
equal<typeof k2, Tensor<[2, 1], 'f32'>>(true)

// type parameters of sizes and element types pass through
const scaled = <N extends number>(x: Tensor<[N, 3], 'f64'>) => add(mul(x, 2), v)
const g1 = scaled(a)
equal<typeof g1, Tensor<[2, 3], 'f64'>>(true)
const twice = <D extends 'f32' | 'f64'>(x: Tensor<[3], D>) => add(x, mul(x, 1))
const g2 = twice(convert(v, 'f32'))
equal<typeof g2, Tensor<[3], 'f32'>>(true)
const both = <N extends number>(x: Tensor<[N], 'f64'>, y: Tensor<[N], 'f64'>) => add(x, y)
const g3 = both(v, v)
equal<typeof g3, Tensor<[3], 'f64'>>(true)
