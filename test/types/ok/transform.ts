/** Transformations: trees keep their exact types; numbers are accepted wherever a scalar is. */
import { none, type Option, some } from 'fp-ts/lib/Option.js'
import type { DType, Scalar, Shape, Tensor } from '../../../src/core/value.js'
import type * as T from '../../../src/transform/signatures.js'
import { equal } from './equal.js'
import { add, exp, log, matmul, mul, pow, square, sub, sum } from './words.js'

declare const grad: T.Grad
declare const valueAndGrad: T.ValueAndGrad
declare const jvp: T.Jvp
declare const vjp: T.Vjp
declare const linearize: T.Linearize
declare const jacfwd: T.JacobianOf<'jacfwd'>
declare const hessian: T.Hessian
declare const hvp: T.Hvp
declare const jit: T.Jit
declare const customJvp: T.CustomJvp
declare const customVjp: T.CustomVjp
declare const stopGradient: T.StopGradient

declare const a: Tensor<[2, 3], 'f64'>
declare const w: Tensor<[3, 4], 'f64'>
declare const v: Tensor<[3], 'f64'>
declare const labels: Tensor<[2], 'i32'>

// scalars
const f = (x: Scalar) => add(sub(sub(pow(x, 4), pow(x, 3)), mul(2, square(x))), 3)
const g1 = grad(f)(2)
equal<typeof g1, Tensor<[], 'f64'>>(true)
const g2 = grad(grad(f))(2)
equal<typeof g2, Tensor<[], 'f64'>>(true)
const g3 = grad((x: number) => square(x))(2)
equal<typeof g3, Tensor<[], 'f64'>>(true)
const g4 = grad((x: Tensor<[], 'f32'>) => square(x))(2)
equal<typeof g4, Tensor<[], 'f32'>>(true)

// unannotated lambdas: tensors of unknown shape
const u1 = grad((x) => sum(square(x)))(a)
equal<typeof u1, Tensor<Shape, DType>>(true)
const u2 = grad((x, y) => sum(mul(x, y)))(2, 3)
equal<typeof u2, Tensor<Shape, DType>>(true)
const u3 = grad(grad((x) => mul(x, x)))(2)
equal<typeof u3, Tensor<Shape, DType>>(true)
const u4 = valueAndGrad((x) => sum(square(x)))(a)
equal<typeof u4, readonly [Tensor<[], DType>, Tensor<Shape, DType>]>(true)
const u5 = jit((x, y) => add(x, y))(a, 1)
equal<typeof u5, Tensor<Shape, DType>>(true)

// a function as it is
const r1 = jit(sum)(a)
equal<typeof r1, Tensor<[], 'f64'>>(true)
const r2 = jit(exp)(a)
equal<typeof r2, Tensor<[2, 3], 'f64'>>(true)
const r3 = grad(exp)(2)
equal<typeof r3, Tensor<[], 'f64'>>(true)
declare const half: Tensor<[], 'f32'>
const r4 = grad(exp)(half)
equal<typeof r4, Tensor<[], 'f32'>>(true)
const r5 = grad(grad(grad(exp)))(2)
equal<typeof r5, Tensor<[], 'f64'>>(true)
const r6 = grad(sum)(a)
equal<typeof r6, Tensor<[2, 3], 'f64'>>(true)
const r7 = valueAndGrad(sum)(a)
equal<typeof r7, readonly [Tensor<[], 'f64'>, Tensor<[2, 3], 'f64'>]>(true)
const r8 = jit(grad(exp))(2)
equal<typeof r8, Tensor<[], 'f64'>>(true)
const r9 = hessian(sum)(v)
equal<typeof r9, Tensor<[3, 3], 'f64'>>(true)

// trees
interface Params {
  readonly w: Tensor<[3, 4], 'f64'>
  readonly b: Tensor<[4], 'f64'>
}
interface Batch {
  readonly x: Tensor<[2, 3], 'f64'>
  readonly y: Tensor<[2], 'i32'>
}
declare const params: Params
declare const batch: Batch
const loss = (p: Params, d: Batch) => sum(square(add(matmul(d.x, p.w), p.b)))
const t1 = grad(loss)(params, batch)
equal<typeof t1, Params>(true)
const t2 = valueAndGrad(loss)(params, batch)
equal<typeof t2, readonly [Tensor<[], 'f64'>, Params]>(true)
const fast = jit(valueAndGrad(loss))
const [value, gradient] = fast(params, batch)
equal<typeof value, Tensor<[], 'f64'>>(true)
equal<typeof gradient, Params>(true)
const t3 = grad(loss, { argument: [0, 1] })(params, batch)
equal<typeof t3, [Params, { readonly x: Tensor<[2, 3], 'f64'>; readonly y: null }]>(true)
const t4 = grad(loss, { argument: 1 })(params, batch)
equal<typeof t4, { readonly x: Tensor<[2, 3], 'f64'>; readonly y: null }>(true)
const withAux = (p: Params, d: Batch) => [loss(p, d), { logits: matmul(d.x, p.w) }] as const
const t5 = grad(withAux, { aux: true })(params, batch)
equal<typeof t5, readonly [Params, { readonly logits: Tensor<[2, 4], 'f64'> }]>(true)
const [[t6, aux], t7] = valueAndGrad(withAux, { aux: true })(params, batch)
equal<typeof t6, Tensor<[], 'f64'>>(true)
equal<typeof aux, { readonly logits: Tensor<[2, 4], 'f64'> }>(true)
equal<typeof t7, Params>(true)
type Mixed = { readonly scale: number; readonly name: string; readonly head: Option<Tensor<[3], 'f32'>>; readonly list: readonly Tensor<[2], 'f64'>[]; readonly pair: readonly [Tensor<[1], 'f64'>, Tensor<[2], 'bool'>]; readonly nothing: null }
const t8 = grad((m: Mixed) => mul(m.scale, sum(m.pair[0])))
equal<ReturnType<typeof t8>, { readonly scale: Tensor<[], 'f64'>; readonly name: string; readonly head: Option<Tensor<[3], 'f32'>>; readonly list: readonly Tensor<[2], 'f64'>[]; readonly pair: readonly [Tensor<[1], 'f64'>, null]; readonly nothing: null }>(true)
t8({ scale: 2, name: 'm', head: some(null as never), list: [], pair: null as never, nothing: null })
t8({ scale: 2, name: 'm', head: none, list: [], pair: null as never, nothing: null })

// given points
const [y, dy] = jvp(f, [2], [1])
equal<typeof y, Tensor<[], 'f64'>>(true)
equal<typeof dy, Tensor<[], 'f64'>>(true)
const [z, back] = vjp((m, x) => matmul(m, x), a, w)
equal<typeof z, Tensor<[2, 4], 'f64'>>(true)
const back1 = back(z)
equal<typeof back1, [Tensor<[2, 3], 'f64'>, Tensor<[3, 4], 'f64'>]>(true)
const [z2, back2] = vjp(f, 2)
const back3 = back2(1)
equal<typeof back3, [Tensor<[], 'f64'>]>(true)
const [z3, back4] = vjp(loss, params, batch)
const back5 = back4(1)
equal<typeof back5, [Params, { readonly x: Tensor<[2, 3], 'f64'>; readonly y: null }]>(true)
const [z4] = vjp((x) => mul(x, x), 2)
equal<typeof z4, Tensor<[], 'f64'>>(true)
const [z5] = vjp(matmul, a, w)
equal<typeof z5['shape'], Shape>(true)
const j2 = jvp((x, k) => add(x, k), [a, v], [a, v])
equal<typeof j2, readonly [Tensor<[2, 3], 'f64'>, Tensor<[2, 3], 'f64'>]>(true)
const [l, tangentMap] = linearize((x) => sum(square(x)), a)
const l1 = tangentMap(a)
equal<typeof l1, Tensor<[], 'f64'>>(true)
const [l2, tangentMap2] = linearize(f, 2)
const l3 = tangentMap2(1)
equal<typeof l3, Tensor<[], 'f64'>>(true)

// second
const h1 = hessian(f)(2)
equal<typeof h1, Tensor<[], 'f64'>>(true)
const h2 = hessian((x: Tensor<[3], 'f64'>) => sum(square(x)))(v)
equal<typeof h2, Tensor<[3, 3], 'f64'>>(true)
const h3 = hessian((p: { readonly k: Tensor<[2], 'f64'>; readonly b: Scalar }) => sum(p.k))
equal<ReturnType<typeof h3>, { readonly k: { readonly k: Tensor<[2, 2], 'f64'>; readonly b: Tensor<[2], 'f64'> }; readonly b: { readonly k: Tensor<[2], 'f64'>; readonly b: Tensor<[], 'f64'> } }>(true)
const j1 = jacfwd((x: Tensor<[3], 'f64'>) => exp(matmul(x, w)))(v)
equal<typeof j1, Tensor<[4, 3], 'f64'>>(true)
const h4 = hvp((x) => sum(square(x)), v, v)
equal<typeof h4, Tensor<[3], 'f64'>>(true)
const h5 = hvp(f, 2, 1)
equal<typeof h5, Tensor<[], 'f64'>>(true)

// programs and custom rules
const n1 = jit(() => sum(a))()
equal<typeof n1, Tensor<[], 'f64'>>(true)
const n2 = jit((x: Tensor<[2, 3], 'f64'>) => ({ s: sum(x), k: 1 }), { check: true })(a)
equal<typeof n2, { s: Tensor<[], 'f64'>; k: Tensor<[], 'f64'> }>(true)
const c1 = customJvp((x: Tensor<[3], 'f64'>) => exp(x), ([x], [t]) => [exp(x), mul(exp(x), t)])(v)
equal<typeof c1, Tensor<[3], 'f64'>>(true)
const c2 = customVjp((x: Tensor<[3], 'f64'>) => log(x), (x) => [log(x), x], (x, ct) => [mul(ct, x)])(v)
equal<typeof c2, Tensor<[3], 'f64'>>(true)
const c3 = customJvp((x) => exp(x), ([x], [t]) => [exp(x), t])(v)
equal<typeof c3, Tensor<Shape, DType>>(true)
const c4 = customVjp((x) => x, (x) => [x, {}], (_, ct) => [mul(ct, 0.5)])(2)
equal<typeof c4, Tensor<Shape, DType>>(true)
const s1 = stopGradient(params)
equal<typeof s1, Params>(true)
const s2 = stopGradient(2)
equal<typeof s2, Tensor<[], 'f64'>>(true)
