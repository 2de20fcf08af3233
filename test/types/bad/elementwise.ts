/** Elementwise operations that don't fit. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../../src/core/value.js'
import type { Dim } from '../../../src/tensor/static.js'
import { add, and, leakyRelu, less, mul, tanh, where } from '../ok/words.js'

declare const a: Tensor<[2, 3], 'f64'>
declare const b: Tensor<[2, 4], 'f64'>
declare const half: Tensor<[2, 3], 'f32'>
declare const whole: Tensor<[3], 'i32'>
declare const mask: Tensor<[4], 'bool'>
declare const batch: Tensor<[Dim<'batch'>, 3], 'f64'>
declare const time: Tensor<[Dim<'time'>, 3], 'f64'>

// error: add: cannot broadcast [2, 3] with [2, 4]: sizes 3 and 4 differ
add(a, b)
// error: mul: cannot broadcast [2, 4] with [2, 3]: sizes 4 and 3 differ
pipe(b, mul(a))
// error: add: f64 and f32 do not mix; convert one of them
add(a, half)
// error: less: i32 and f64 do not mix; convert one of them
less(whole, a)
// error: add: cannot broadcast [batch, 3] with [time, 3]: sizes batch and time differ
add(batch, time)
// error: where: cannot broadcast [4] with [2, 3]: sizes 4 and 3 differ
where(mask, a, 0)
// error: where: the condition has to be bool, found f64 of shape [2, 3]
where(a, a, 0)
// error: where: f64 and f32 do not mix; convert one of them
where(true, a, half)
// error: is not assignable to parameter of type 'Bits'
and(a, mask)
// error: Argument of type 'string' is not assignable to parameter of type 'Operand'
tanh('1')
// error: 'alfa' does not exist in type
leakyRelu(a, { alfa: 1 })
// error: 'alfa' does not exist in type
pipe(a, leakyRelu({ alfa: 1 }))

// a mistake is told once: what failed has an unknown shape
// error: add: cannot broadcast [2, 3] with [2, 4]: sizes 3 and 4 differ
const failed = add(a, b)
add(failed, a)
