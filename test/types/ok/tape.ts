/** The tape by type: functions are traced as they are called, shapes are evaluated with their types. */

import { pipe } from 'fp-ts/lib/function.js'
import { add, exp, matmul, mul, named, type Scalar, sum, type Tensor } from 'lanac'
import * as Tape from 'lanac/tape'
import { equal } from './equal.js'

declare const x: Tensor<[4, 3], 'f64'>
declare const w: Tensor<[3, 2], 'f64'>
declare const half: Tensor<[2], 'f32'>

const f = (s: Scalar) => add(s, 1)
const p1 = Tape.trace(f)(2)
equal<typeof p1, Tape.Program>(true)
const p2 = Tape.trace((a, b) => mul(a, b))(x, 2)
equal<typeof p2, Tape.Program>(true)
const p3 = Tape.trace((o: { readonly w: typeof w; readonly name: string }, s: Tensor<[], 'f64'>) => mul(sum(o.w), s))({ w, name: 'w' }, 2)
equal<typeof p3, Tape.Program>(true)
const p4 = Tape.trace((v: Tape.Value) => exp(v))(2)
equal<typeof p4, Tape.Program>(true)

const s1 = Tape.evalShape((a: typeof x) => ({ y: matmul(a, w), n: 2, name: 'f' }))(x)
equal<typeof s1, { y: { readonly shape: [4, 2]; readonly dtype: 'f64' }; n: { readonly shape: []; readonly dtype: 'f64' }; name: string }>(true)

const r1 = Tape.run(p1)(2)
equal<typeof r1, readonly Tensor[]>(true)
const r2 = Tape.run(p2, [x, 2])
equal<typeof r2, readonly Tensor[]>(true)

const n1 = named(x, 'x')
equal<typeof n1, Tensor<[4, 3], 'f64'>>(true)
const n2 = pipe(half, named('half'))
equal<typeof n2, Tensor<[2], 'f32'>>(true)
const n3 = named(2, 'two')
equal<typeof n3, Tensor<[], 'f64'>>(true)

const program = Tape.runTape(<S>() =>
  pipe(
    Tape.Do,
    Tape.bind('a', () => Tape.input<S>({ shape: [], dtype: 'f64', weak: false })),
    Tape.bind('b', ({ a }) => pipe(Tape.of<S, Tape.Ref<S>>(a), Tape.map((r) => r))),
    Tape.map(({ a, b }) => [a, b]),
  ),
)
equal<typeof program, Tape.Program>(true)
