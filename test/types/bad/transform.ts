/** Transformations of functions that don't fit. */
import type { Scalar, Tensor } from '../../../src/core/value.js'
import type * as T from '../../../src/transform/signatures.js'
import { add, argmax, exp, matmul, square, sum } from '../ok/words.js'

declare const grad: T.Grad
declare const valueAndGrad: T.ValueAndGrad
declare const vjp: T.Vjp
declare const jvp: T.Jvp
declare const vmap: T.Vmap
declare const a: Tensor<[2, 3], 'f64'>
declare const b: Tensor<[4, 3], 'f64'>
declare const c: Tensor<[2, 4], 'f64'>
declare const v: Tensor<[3], 'f64'>

// error: grad: the function has to return a scalar, not shape [3]
grad((x: Tensor<[3], 'f64'>) => exp(x))
// error: grad: the function has to return a float scalar, not i32
grad((x: Tensor<[3], 'f64'>) => argmax(x))
// error: valueAndGrad: the function has to return a scalar
valueAndGrad((x: Tensor<[3], 'f64'>) => ({ loss: sum(x) }))
// error: grad: with aux the function has to return [loss, aux]
grad((x: Tensor<[3], 'f64'>) => sum(x), { aux: true })
// error: grad: there is no argument 1 (of 1, counted from 0)
grad((x: Tensor<[3], 'f64'>) => sum(x), { argument: 1 })
// error: Argument of type 'Tensor<[2, 3], "f64">' is not assignable to parameter of type 'Tensor<[3], "f64">'
grad((x: Tensor<[3], 'f64'>) => sum(x))(a)
// error: matmul [2, 3] x [2, 4]: inner dimensions 3 and 2 differ
vjp((w, x) => matmul(w, x), a, c)
// error: Argument of type 'Tensor<[3], "f64">' is not assignable to parameter of type 'Tensor<[2, 3], "f64">'
vjp((x) => exp(x), a)[1](v)
// error: Type 'Tensor<[3], "f64">' is not assignable to type 'Tensor<[2, 3], "f64">'
jvp((x) => exp(x), [a], [v])
// error: vmap: sizes 2 and 4 differ
vmap((x: Tensor<[3], 'f64'>, y: Tensor<[3], 'f64'>) => add(x, y))(a, b)
// error: vmap: sizes 2 and 4 differ
vmap((x, y) => add(x, y))(a, b)
// error: vmap: the function takes [3] but was given examples of [4]
vmap((x: Tensor<[3], 'f64'>) => exp(x))(c)
// error: vmap: axis 1 is out of range for shape [3]
vmap((x: Scalar) => square(x), { in: 1 })(v)
// error: vmap: the function takes [3] but was given examples of [2, 3]
vmap((x: Tensor<[3], 'f64'>, y: Tensor<[3], 'f64'>) => add(x, y), { in: [0, null] })(a, a)
// error: Expected 1 arguments, but got 2
vmap((x: Tensor<[3], 'f64'>) => exp(x))(a, a)
