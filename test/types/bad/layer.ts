/** Layers that don't follow one another, and inputs they don't take. */
import { pipe } from 'fp-ts/lib/function.js'
import { cumsum, relu, softmax, type Tensor, tanh, tensor } from 'lanac'
import { andThen, chain, dense, flatten, type Layer, parallel, residual, type StatefulLayer, split } from 'lanac/nn'
import { key } from 'lanac/random'

declare const five: Tensor<[5], 'f32'>
declare const batch3: Tensor<[32, 3], 'f32'>
declare const someBatch3: Tensor<[number, 3], 'f32'>
declare const scalar: Tensor<[], 'f64'>
declare const image: Tensor<[28, 28], 'f32'>

// ---- chains

// error: this layer takes [4] but the one before gives [5]
chain(dense(2, 5), dense(4, 3))
// error: this layer takes [4] but the one before gives [5]
chain(dense(2, 5), relu, dense(4, 3))
// error: this layer takes [6] but the one before gives [5]
chain(dense(2, 5), tanh, dense(6, 10), dense(10, 2))
// error: this layer takes [100] but the one before gives [784]
chain(flatten(28, 28), dense(100, 10))
// error: this layer takes ([5], [7]) but the one before gives ([5], [6])
chain(split(dense(2, 5), dense(2, 6)), parallel(dense(5, 1), dense(7, 1)))
// error: this layer takes [3] but the one before gives ([5], [6])
chain(split(dense(2, 5), dense(2, 6)), dense(3, 1))
// error: is not assignable to parameter of type
chain(dense(2, 5), 'relu')

const d = dense(4, 4)
const ten = [d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu] as const
// error: this layer takes [5] but the one before gives [4]
chain(...ten, ...ten, ...ten, ...ten, ...ten, dense(5, 2))

// error: softmax: under a batch shape axis 0 is another one; count from the end, like axis -1
chain(dense(2, 5), softmax({ axis: 0 }))
// error: cumsum: under a batch shape axis 1 is another one; count from the end, like axis -1
chain(dense(2, 5), cumsum({ axis: 1 }), dense(5, 1))

// ---- andThen

// error: this layer takes [4] but the one before gives [5]
pipe(dense(2, 5), andThen(dense(4, 3)))
// error: this layer takes [6] but the one before gives [5]
pipe(dense(2, 5), andThen(relu), andThen(dense(6, 10)), andThen(dense(10, 2)))

// ---- inputs

const net = chain(dense(2, 5), relu, dense(5, 2))
const params = net.init(key(0))
// error: this layer takes [2], under any batch shape, but is given [5]
net.apply(params)(five)
// error: this layer takes [2], under any batch shape, but is given [32, 3]
net.apply(params)(batch3)
// error: this layer takes [2], under any batch shape, but is given [?, 3]
net.apply(params)(someBatch3)
// error: this layer takes [2], under any batch shape, but is given []
net.apply(params)(scalar)
// error: this layer takes [2], under any batch shape, but is given []
net.apply(params)(3)
// error: this layer takes [2], under any batch shape, but is given [3]
net.vjp(params, tensor([1, 2, 3]))
// error: this layer takes [2], under any batch shape, but is given [3]
net.train(params, [], key(0))(tensor([1, 2, 3]))
// error: this layer takes [2], under any batch shape, but is given [28, 28]
net.apply(params)(image)
const both = parallel(dense(2, 5), dense(3, 5))
// error: this layer takes ([2], [3]), under any batch shape, but is given ([5], [32, 3])
both.apply(both.init(key(0)))([five, batch3])
// error: this layer takes ([2], [3]), under any batch shape, but is given [5]
both.apply(both.init(key(0)))(five)
declare const batched2: Tensor<[8, 2], 'f32'>
// error: this layer takes ([2], [3]), under any batch shape, but is given ([8, 2], [32, 3])
both.apply(both.init(key(0)))([batched2, batch3])

// ---- parameters and cotangents

const other = chain(dense(2, 4), relu, dense(4, 2)).init(key(0))
// error: Type 'Affine<2, 4>' is not assignable to type 'Affine<2, 5>'
net.apply(other)
// error: not assignable to parameter of type '[Affine<2, 5>, Affine<5, 2>]'
net.apply(params[0])
const [, pull] = net.vjp(params, tensor([1, 2]))
// error: Argument of type 'Tensor<[3], "f64">' is not assignable to parameter of type 'Tensor<[2], "f64">'
pull(tensor([1, 2, 3]))

// ---- side by side, around, and flat

// error: split: the branches take [2] and [3]
split(dense(2, 5), dense(3, 5))
// error: residual: the layer takes [2] but gives [5], and x + f(x) needs both the same
residual(dense(2, 5))
// error: residual: the layer takes [2] but gives [5], and x + f(x) needs both the same
residual(chain(dense(2, 10), relu, dense(10, 5)))
// error: residual: the layer takes [2] but gives [3]
chain(dense(2, 2), relu, residual(chain(dense(2, 5), dense(5, 3))))

// ---- what a layer is

// error: Type 'Layer<[Affine<784, 128>, Affine<128, 10>], [784], [10]>' is not assignable to type 'string'
const shown: string = chain(dense(784, 128), relu, dense(128, 10))
// error: Type 'Layer<[Affine<2, 5>], [2], [5]>' is not assignable to type 'Layer<[Affine<2, 5>], [2], [4]>'
const wrong: Layer<[Affine25], [2], [4]> = dense(2, 5)
type Affine25 = ReturnType<(typeof one)['init']>[0]
const one = dense(2, 5)

// ---- state

declare const centre: StatefulLayer<[], [5], [5], [{ readonly mean: Tensor }]>
// error: Expected 2 arguments, but got 1
centre.apply([])
// error: Expected 1 arguments, but got 2
net.apply(params, [])

export const kept = { shown, wrong }
