/** What compiled functions reach beside what this machine does at the most, in a process of its own. */
import {
  abs,
  add,
  div,
  exp,
  type Float,
  fromTypedArray,
  grad,
  item,
  jit,
  log,
  matmul,
  maximum,
  mul,
  type Scalar,
  sin,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  valueAndGrad,
} from 'lanac'
import { median, microseconds, type Pair } from './measure.js'
import { loss, type Params, type Vector, valuesOf } from './model.js'
import { NETWORKS, type Network } from './networks.js'
import { peakGflops } from './peak.js'
import { LENGTH, POINT } from './tasks.js'

// ------------------------------------------------------------------------------------------------------------ compiling

/** Milliseconds of a task that is new every time, the first time and on the median of the times after it. */
const fromNothing = (task: (i: number) => unknown, times: number): readonly [first: number, later: number] => {
  const samples = Array.from({ length: times + 1 }, (_, i) => {
    const start = performance.now()
    task(i)
    return performance.now() - start
  })
  return [samples[0] as number, median(samples.slice(1))]
}

/** A constant that makes a program another one than the last. */
const distinct = (i: number): number => 1 + i / 1024

const compiling = (): readonly Pair[] => {
  const { params, x, labels } = valuesOf(NETWORKS[0] as Network)
  const [first, later] = fromNothing((i) => {
    const [value] = jit(valueAndGrad((p: Params) => mul(loss(p, x, labels), distinct(i))))(params)
    return item(value)
  }, 20)
  const entries = 10_000
  const [, tape] = fromNothing((i) => {
    const chain = (x: Scalar): Scalar => {
      let y = x
      for (let k = 0; k < entries; k++) y = k % 2 === 0 ? sin(y) : mul(y, distinct(i))
      return y
    }
    return item(jit(chain)(POINT))
  }, 5)
  const unit = 'ms'
  return [
    { name: 'first result of value and gradient, 4 layers, first program of a process', ours: first, peer: null, unit },
    { name: 'first result of value and gradient, 4 layers', ours: later, peer: null, unit },
    { name: 'first result of a tape of 10⁴ entries', ours: tape, peer: null, unit },
  ]
}

// -------------------------------------------------------------------------------------------------------------- running

const SIZES = [96, 384, 960]

type Square = Tensor<[number, number], Float>

const squareOf = (type: 'f32' | 'f64', n: number, by: number): Square => {
  const numbers = Array.from({ length: n * n }, (_, i) => ((i * by) % 101) / 113)
  return type === 'f32'
    ? fromTypedArray(Float32Array.from(numbers), [n, n])
    : fromTypedArray(Float64Array.from(numbers), [n, n])
}

const products = (type: 'f32' | 'f64'): readonly Pair[] => {
  const peak = peakGflops(type)
  return SIZES.map((n) => {
    const [a, b] = [squareOf(type, n, 37), squareOf(type, n, 41)]
    const product = jit((x: Square, y: Square) => matmul(x, y))
    // a function is optimised beside the calls of it, and the first ones of a large product are over before it is
    for (let i = 0; i < 4; i++) product(a, b)
    const time = microseconds(() => product(a, b))
    return {
      name: `matmul ${type}, ${n} × ${n} · peak`,
      ours: (2 * n ** 3) / (time * 1000),
      peer: peak,
      unit: 'GFLOP/s',
    }
  })
}

/** Ten operations on every element, none of them a function of the mathematical library. */
const plain = (x: Vector): Vector => {
  const y = sub(mul(add(mul(x, 2), 1), x), 3)
  return mul(add(div(1, maximum(sqrt(abs(y)), 0.5)), x), x)
}

/** Ten operations on every element, four of them functions. */
const functions = (x: Vector): Vector => {
  const y = mul(exp(mul(x, 0.5)), sin(add(x, 1)))
  return sub(mul(tanh(y), log(add(mul(x, x), 1))), y)
}

const elements = (): readonly Pair[] => {
  const from = Float32Array.from({ length: 1e6 }, (_, i) => ((i * 37) % 101) / 113 - 0.4)
  const x = fromTypedArray(from, [from.length])
  // what no library that leaves its arguments alone does without: memory that is read, and memory that is new
  const many = Array.from({ length: 32 }, () => from.slice())
  let next = 0
  const copy = microseconds(() => {
    next = (next + 1) % many.length
    return new Float32Array(many[next] as Float32Array)
  })
  const row = (name: string, f: (x: Vector) => Vector): Pair => {
    const fast = jit(f)
    return { name: `${name} · copy`, ours: microseconds(() => fast(x)), peer: copy, unit: 'µs' }
  }
  return [
    row('1 operation on 10⁶ elements, f32', (v) => mul(v, 2)),
    row('10 operations on 10⁶ elements, f32', plain),
    row('10 operations on 10⁶ elements, f32, four of them exp, sin, tanh, log', functions),
  ]
}

/** Operations outside of compiled functions, on large values. */
const eager = (): readonly Pair[] => {
  const [a, b] = [squareOf('f32', 64, 37), squareOf('f32', 64, 41)]
  const x = fromTypedArray(
    Float32Array.from({ length: 1e5 }, (_, i) => ((i * 37) % 101) / 113),
    [1e5],
  )
  const row = (name: string, task: () => unknown): Pair => ({ name, ours: microseconds(task), peer: null, unit: 'µs' })
  return [
    row('matmul f32, 64 × 64, outside of jit', () => matmul(a, b)),
    row('add, 10⁵ elements, f32, outside of jit', () => add(x, x)),
    row('exp, 10⁵ elements, f32, outside of jit', () => exp(x)),
    row('sum, 10⁵ elements, f32, outside of jit', () => item(sum(x))),
  ]
}

const calling = (): readonly Pair[] => {
  const fast = jit((x: Scalar) => {
    const y = mul(x, x)
    const u = exp(sin(y))
    const t = sub(tanh(mul(add(u, x), y)), x)
    return div(add(mul(t, t), 1), u)
  })
  return [
    {
      name: 'jitted function of ten scalar operations, number to number',
      ours: microseconds(() => item(fast(POINT))),
      peer: null,
      unit: 'µs',
    },
  ]
}

const derivatives = (): readonly Pair[] => {
  const compared = NETWORKS.map((network): Pair => {
    const { params, x, labels } = valuesOf(network)
    const value = jit(loss)
    const both = jit(valueAndGrad(loss))
    const name = network.name.replace('training step', 'value and gradient')
    return {
      name: `${name} · value`,
      ours: microseconds(() => item(both(params, x, labels)[0])),
      peer: microseconds(() => item(value(params, x, labels))),
      unit: 'µs',
    }
  })
  const chain = (x: Scalar): Scalar => {
    let y = x
    for (let i = 0; i < LENGTH; i++) y = i % 2 === 0 ? sin(y) : mul(y, 1.0001)
    return y
  }
  const x = tensor(POINT)
  const gradient = grad(chain)
  return [
    ...compared,
    {
      name: `grad without jit, chain of ${LENGTH} · value`,
      ours: microseconds(() => gradient(x)),
      peer: microseconds(() => chain(x)),
      unit: 'µs',
    },
  ]
}

// the first program of a process has to be the first
const first = compiling()
console.log(
  JSON.stringify([
    ...products('f32'),
    ...products('f64'),
    ...elements(),
    ...eager(),
    ...calling(),
    ...first,
    ...derivatives(),
  ]),
)
