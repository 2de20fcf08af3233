/** tap keeps the type of what passes through it. */
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../../src/core/value.js'
import { tap } from '../../../src/ops/tap.js'
import { equal } from './equal.js'

declare const a: Tensor<[2, 3], 'f32'>
const print = (_label: string, _value: Tensor): void => {}

const direct = tap('a', a)
equal<typeof direct, Tensor<[2, 3], 'f32'>>(true)
const elsewhere = tap('a', a, { print })
equal<typeof elsewhere, Tensor<[2, 3], 'f32'>>(true)
const last = tap('a')(a)
equal<typeof last, Tensor<[2, 3], 'f32'>>(true)
const piped = pipe(a, tap('a', { print }))
equal<typeof piped, Tensor<[2, 3], 'f32'>>(true)
const number = tap('n', 2)
equal<typeof number, Tensor<[], 'f64'>>(true)
