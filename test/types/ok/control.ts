/** Control flow: the carry keeps its type, rows lose an axis, stacks get one. */
import type { DType, Scalar, Shape, Tensor } from '../../../src/core/value.js'
import type * as T from '../../../src/transform/signatures.js'
import { equal } from './equal.js'
import { add, exp, less, matmul, mul, square, sum, tanh } from './words.js'

declare const cond: T.Cond
declare const scan: T.Scan
declare const fori: T.Fori
declare const grad: T.Grad
declare const a: Tensor<[2, 3], 'f64'>
declare const w: Tensor<[3, 3], 'f64'>
declare const h: Tensor<[3], 'f64'>
declare const ids: Tensor<[2], 'i32'>
declare const count: Tensor<[], 'i32'>
declare const yes: Tensor<[], 'bool'>
declare const some: Tensor<Shape, DType>

// cond
const c1 = cond(yes, (x) => exp(x), (x) => square(x), a)
equal<typeof c1, Tensor<[2, 3], 'f64'>>(true)
const c2 = cond(true, (x, y) => ({ x, y: add(y, 1) }), (x, y) => ({ x: exp(x), y }), a, 2)
equal<(typeof c2)['x'], Tensor<[2, 3], 'f64'>>(true)
const c3 = cond(less(sum(a), 0), () => a, () => exp(a))
equal<typeof c3, Tensor<[2, 3], 'f64'>>(true)
const c4 = cond(some, (x) => exp(x), (x) => x, a)
equal<typeof c4, Tensor<[2, 3], 'f64'>>(true)
const c5 = grad((x: Scalar) => cond(less(x, 0), (y) => square(y), (y) => exp(y), x))(2)
equal<typeof c5, Tensor<[], 'f64'>>(true)

// scan
const [s1, s2] = scan((carry, x) => [tanh(add(matmul(carry, w), x)), sum(x)], h, a)
equal<typeof s1, Tensor<[3], 'f64'>>(true)
equal<typeof s2, Tensor<[2], 'f64'>>(true)
const [s3, s4] = scan((total, x) => [add(total, sum(x)), null], 0, a)
equal<typeof s3, Tensor<[], 'f64'>>(true)
equal<typeof s4, null>(true)
const [s5, s6] = scan(
  (state, x) => [{ h: add(state.h, x.a), n: mul(state.n, 2) }, { h: state.h, id: x.ids }],
  { h, n: 1 },
  { a, ids },
  { reverse: true },
)
equal<typeof s5, { h: Tensor<[3], 'f64'>; n: Tensor<[], 'f64'> }>(true)
equal<typeof s6, { h: Tensor<[2, 3], 'f64'>; id: Tensor<[2], 'i32'> }>(true)
const [s7, s8] = scan((carry) => [exp(carry), carry], h, null, { length: 4 })
equal<typeof s7, Tensor<[3], 'f64'>>(true)
equal<typeof s8, Tensor<[4, 3], 'f64'>>(true)
const [s9, s10] = scan((carry, x) => [add(carry, x), x], h, some)
equal<typeof s9, Tensor<[3], 'f64'>>(true)
equal<typeof s10, Tensor<Shape, DType>>(true)

// fori
const f1 = fori(0, 3, (_, carry) => matmul(carry, w), h)
equal<typeof f1, Tensor<[3], 'f64'>>(true)
const f2 = fori(0, 3, (i, carry) => ({ x: carry.x, i }), { x: 1, i: count })
equal<typeof f2, { x: Tensor<[], 'f64'>; i: Tensor<[], 'i32'> }>(true)
