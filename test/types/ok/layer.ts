/** Layers, chains, and the types their parameters keep. */
import { pipe } from 'fp-ts/lib/function.js'
import { elu, grad, jit, leakyRelu, mapLeaves, mul, relu, type Shape, softmax, sum, type Tensor, tanh, tensor, valueAndGrad } from 'lanac'
import * as Lens from 'lanac/lens'
import {
  type Affine,
  andThen,
  chain,
  dense,
  flatten,
  type Layer,
  type Linear,
  layer,
  type ParamsOf,
  parallel,
  reparametrise,
  residual,
  type StatefulLayer,
  split,
} from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { type Key, key } from 'lanac/random'
import type { Dim } from '../../../src/tensor/static.js'
import { equal } from './equal.js'

declare const x2: Tensor<[2], 'f32'>
declare const batch2: Tensor<[32, 2], 'f32'>
declare const nested2: Tensor<[7, 32, 2], 'f64'>
declare const named2: Tensor<[Dim<'batch'>, 2], 'f32'>
declare const some2: Tensor<[number, 2], 'f32'>
declare const loose: Tensor
declare const five: Tensor<[5], 'f32'>
declare const pairs: readonly [Tensor<[4, 2], 'f32'>, Tensor<[4, 3], 'f32'>]

// ---- one layer

const single = dense(2, 5)
equal<typeof single, Layer<[Affine<2, 5>], [2], [5]>>(true)
const unbiased = dense(2, 5, { bias: false })
equal<typeof unbiased, Layer<[Linear<2, 5>], [2], [5]>>(true)
declare const width: number
const sized = dense(width, 5)
equal<typeof sized, Layer<[Affine<number, 5>], [number], [5]>>(true)

// ---- chains: flat parameters in forward order

const model = chain(dense(784, 128), relu, dense(128, 10))
equal<typeof model, Layer<[Affine<784, 128>, Affine<128, 10>], [784], [10]>>(true)
const deep = chain(dense(2, 5), relu, dense(5, 10), tanh, dense(10, 5), softmax, dense(5, 2))
equal<typeof deep, Layer<[Affine<2, 5>, Affine<5, 10>, Affine<10, 5>, Affine<5, 2>], [2], [2]>>(true)
const withOptions = chain(dense(2, 5), leakyRelu({ alpha: 0.1 }), dense(5, 2), softmax({ axis: -1 }), elu({ alpha: 2 }))
equal<typeof withOptions, Layer<[Affine<2, 5>, Affine<5, 2>], [2], [2]>>(true)
const operationFirst = chain(tanh, dense(2, 5))
equal<typeof operationFirst, Layer<[Affine<2, 5>], [2], [5]>>(true)
const five5 = chain(dense(1, 2), dense(2, 3), dense(3, 4), dense(4, 5), dense(5, 6))
equal<ParamsOf<typeof five5>, [Affine<1, 2>, Affine<2, 3>, Affine<3, 4>, Affine<4, 5>, Affine<5, 6>]>(true)
const w3 = five5.init(key(0))[3].w
equal<typeof w3, Tensor<[4, 5], 'f64' | 'f32'>>(true)

// ---- composition is associative, also in its type

const [a, b, c] = [dense(2, 5), dense(5, 10), dense(10, 3)] as const
const left = chain(chain(a, b), c)
const right = chain(a, chain(b, c))
const flat = chain(a, b, c)
equal<typeof left, typeof flat>(true)
equal<typeof right, typeof flat>(true)
const piped = pipe(a, andThen(relu), andThen(b), andThen(tanh), andThen(c))
equal<typeof piped, typeof flat>(true)

// ---- fifty layers

const d = dense(4, 4)
const ten = [d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu, d, relu] as const
const fifty = chain(...ten, ...ten, ...ten, ...ten, ...ten)
equal<ParamsOf<typeof fifty>['length'], 50>(true)
const last = fifty.init(key(0))[49]
equal<typeof last, Affine<4, 4>>(true)
const fiftyOut = fifty.apply(fifty.init(key(0)))(tensor([[1, 2, 3, 4]]))
equal<typeof fiftyOut, Tensor<[1, 4], 'f64'>>(true)

// ---- a list of steps of unknown length

declare const list: readonly Layer<[Affine<4, 4>], [4], [4]>[]
const many = chain(...list)
equal<typeof many, Layer<readonly unknown[], Shape, Shape>>(true)

// ---- one example and any leading batch shape

const net = chain(dense(2, 5), relu, dense(5, 3))
const params = net.init(key(0))
const f = net.apply(params)
const y1 = f(x2)
equal<typeof y1, Tensor<[3], 'f32'>>(true)
const y2 = f(batch2)
equal<typeof y2, Tensor<[32, 3], 'f32'>>(true)
const y3 = f(nested2)
equal<typeof y3, Tensor<[7, 32, 3], 'f64'>>(true)
const y4 = f(named2)
equal<typeof y4, Tensor<[Dim<'batch'>, 3], 'f32'>>(true)
const y5 = f(some2)
equal<typeof y5, Tensor<[number, 3], 'f32'>>(true)
const y6 = f(loose)
equal<typeof y6, Tensor>(true)

// ---- the pair

const [value, pull] = net.vjp(params, batch2)
equal<typeof value, Tensor<[32, 3], 'f32'>>(true)
const [dParams, dx] = pull(value)
equal<typeof dParams, [Affine<2, 5>, Affine<5, 3>]>(true)
equal<typeof dx, Tensor<[32, 2], 'f32'>>(true)

// ---- parameters keep their type through gradients, maps and updates

type Params = [Affine<2, 5>, Affine<5, 3>]
const loss = (p: Params, x: Tensor<[32, 2], 'f64'>) => sum(net.apply(p)(x))
declare const batch64: Tensor<[32, 2], 'f64'>
const g = grad(loss)(params, batch64)
const gw = g[1].w
equal<typeof gw, Tensor<[5, 3], 'f64' | 'f32'>>(true)
const [l, g2] = valueAndGrad(loss)(params, batch64)
equal<typeof l, Tensor<[], 'f64'>>(true)
const next: Params = [g2[0], g2[1]]
const halved = mapLeaves((t) => mul(t, 0.5))(params)
equal<typeof halved, Params>(true)
const optimizer = Optim.adam({ learningRate: 0.1 })
const [updates, state] = optimizer.update(g, optimizer.init(params), params)
const moved = Optim.applyUpdates(params, updates)
equal<typeof moved, Params>(true)
const again = optimizer.update(grad(loss)(moved, batch64), state, moved)
const compiled = jit(net.apply(next))(batch64)
equal<typeof compiled, Tensor<[32, 3], 'f64'>>(true)

// ---- steps by name

const byName = chain({ hidden: dense(2, 5), act: relu, out: dense(5, 1) })
const record = byName.init(key(0))
equal<typeof record, { readonly hidden: Affine<2, 5>; readonly out: Affine<5, 1> }>(true)
const inList = chain(dense(3, 2), byName)
equal<ParamsOf<typeof inList>, [Affine<3, 2>, { readonly hidden: Affine<2, 5>; readonly out: Affine<5, 1> }]>(true)
const branches = chain({ both: parallel(dense(2, 5), dense(3, 5)), none: tanh })
equal<ParamsOf<typeof branches>, { readonly both: [Affine<2, 5>, Affine<3, 5>] }>(true)

// ---- side by side

const both = parallel(dense(2, 5), chain(dense(3, 4), relu, dense(4, 6)))
equal<typeof both, Layer<[Affine<2, 5>, Affine<3, 4>, Affine<4, 6>], [[2], [3]], [[5], [6]]>>(true)
const sides = both.apply(both.init(key(0)))(pairs)
equal<typeof sides, readonly [Tensor<[4, 5], 'f32'>, Tensor<[4, 6], 'f32'>]>(true)
const forked = split(dense(2, 5), dense(2, 6))
equal<typeof forked, Layer<[Affine<2, 5>, Affine<2, 6>], [2], [[5], [6]]>>(true)
const joined = chain(forked, parallel(dense(5, 1), dense(6, 1)))
equal<typeof joined, Layer<[Affine<2, 5>, Affine<2, 6>, Affine<5, 1>, Affine<6, 1>], [2], [[1], [1]]>>(true)
const skip = residual(chain(dense(2, 5), relu, dense(5, 2)))
equal<typeof skip, Layer<[Affine<2, 5>, Affine<5, 2>], [2], [2]>>(true)

// ---- flatten

const images = flatten(28, 28)
equal<typeof images, Layer<[], [28, 28], [784]>>(true)
const classifier = chain(flatten(28, 28, 1), dense(784, 10))
equal<typeof classifier, Layer<[Affine<784, 10>], [28, 28, 1], [10]>>(true)
declare const digits: Tensor<[64, 28, 28, 1], 'f32'>
const scores = classifier.apply(classifier.init(key(0)))(digits)
equal<typeof scores, Tensor<[64, 10], 'f32'>>(true)
const unknownSize = flatten(width, 3)
equal<typeof unknownSize, Layer<[], [number, 3], [number]>>(true)

// ---- layers of one's own

const scale = layer({
  name: 'scale',
  input: [5],
  output: [5],
  init: (_key, { dtype }) => ({ gain: tensor([1, 1, 1, 1, 1], { dtype }) }),
  apply: ({ gain }, x) => mul(gain as Tensor, x) as Tensor,
})
const scaled = chain(dense(2, 5), scale)
const gain = scaled.init(key(0))[1].gain
equal<(typeof gain)['shape'], [5]>(true)
const tied = reparametrise(chain(dense(5, 5), relu, dense(5, 5)), {
  init: (k, options) => dense(5, 5).init(k, options)[0],
  map: (shared) => [shared, shared] as const,
})
equal<typeof tied, Layer<[Affine<5, 5>], [5], [5]>>(true)

// ---- state shows where there is one

interface Statistics {
  readonly mean: Tensor
}
declare const centre: StatefulLayer<[Affine<1, 1>], [5], [5], [Statistics]>
const stateful = chain(dense(2, 5), centre, dense(5, 1))
equal<typeof stateful, StatefulLayer<[Affine<2, 5>, Affine<1, 1>, Affine<5, 1>], [2], [1], [Statistics]>>(true)
const s0 = stateful.initState()
equal<typeof s0, [Statistics]>(true)
const sp = stateful.init(key(0))
const out = stateful.apply(sp, s0)(five as unknown as Tensor<[8, 2], 'f32'>)
equal<typeof out, Tensor<[8, 1], 'f32'>>(true)
const [trained, s1] = stateful.train(sp, s0, key(1))(batch2)
equal<typeof trained, Tensor<[32, 1], 'f32'>>(true)
equal<typeof s1, [Statistics]>(true)
const statefulSkip = residual(centre)
equal<typeof statefulSkip, StatefulLayer<[Affine<1, 1>], [5], [5], [Statistics]>>(true)
const statefulName = chain({ first: dense(2, 5), centre })
equal<typeof statefulName, StatefulLayer<{ readonly first: Affine<2, 5>; readonly centre: Affine<1, 1> }, Shape, Shape, readonly unknown[]>>(
  true,
)

// ---- differentiable functions are a category

const square = Lens.diff((x: Tensor<[3], 'f64'>) => mul(x, x))
const total = Lens.diff((x: Tensor<[3], 'f64'>) => sum(x))
const composed = Lens.compose(total, square)
equal<typeof composed, Lens.Diff<Tensor<[3], 'f64'>, Tensor<[], 'f64'>>>(true)
const viaCategory = Lens.Category.compose(total, square)
equal<typeof viaCategory, Lens.Diff<Tensor<[3], 'f64'>, Tensor<[], 'f64'>>>(true)

export const kept = { again, initialised: (k: Key) => model.init(k) }
