/** Products whose sizes don't meet. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../../src/core/value.js'
import { dot, einsum, matmul, outer, tensor } from '../ok/words.js'

declare const a: Tensor<[2, 3], 'f64'>
declare const b: Tensor<[3, 4], 'f64'>
declare const c: Tensor<[4, 5], 'f64'>
declare const d: Tensor<[5, 2], 'f64'>
declare const v: Tensor<[4], 'f64'>
declare const s: Tensor<[], 'f64'>
declare const half: Tensor<[3, 4], 'f32'>
declare const stackA: Tensor<[5, 2, 3], 'f64'>
declare const stackB: Tensor<[6, 3, 4], 'f64'>
declare const batch: Tensor<[number, 3], 'f64'>

// error: matmul [2, 3] x [4, 5]: inner dimensions 3 and 4 differ
const e1 = matmul(a, c)
// error: matmul [2, 3] x [4, 5]: inner dimensions 3 and 4 differ
pipe(a, matmul(c))
// error: matmul [2, 4] x [5, 2]: inner dimensions 4 and 5 differ
matmul(matmul(a, b), d)
// error: matmul [?, 3] x [4, 5]: inner dimensions 3 and 4 differ
matmul(batch, c)
// error: matmul [2, 3] x [4]: inner dimensions 3 and 4 differ
matmul(a, v)
// error: matmul [4] x [3, 4]: inner dimensions 4 and 3 differ
matmul(v, b)
// error: matmul [5, 2, 3] x [6, 3, 4]: leading sizes 5 and 6 differ
matmul(stackA, stackB)
// error: matmul [2, 3] x []: the right operand must have rank 1 or more
matmul(a, s)
// error: matmul: f64 and f32 do not mix; convert one of them
matmul(a, half)

// what failed has an unknown shape, and is not told twice
matmul(e1, tensor([[1, 1]]))

// error: Type 'Tensor<[2, 4], "f64">' is not assignable to type 'Tensor<[2, 5], "f64">'
const e8: Tensor<[2, 5], 'f64'> = matmul(a, b)

// error: dot: sizes 4 and 3 differ
dot(v, tensor([1, 2, 3]))
// error: outer: takes two vectors, found [4] and [2, 3]
outer(v, a)
// error: einsum 'ij,jk->ik': label j has sizes 3 and 4
einsum('ij,jk->ik', a, c)
// error: einsum 'ijk->k': more labels than axes
einsum('ijk->k', a)
