/** What compiling costs, what calls cost, and what a gradient costs beside its value, in a process of its own. */
import {
  add,
  div,
  exp,
  fromTypedArray,
  grad,
  item,
  jit,
  matmul,
  mul,
  type Scalar,
  sin,
  sub,
  sum,
  tanh,
  tensor,
  valueAndGrad,
} from 'lanac'
import { LARGE_MS, median, microseconds, type Pair } from './measure.js'
import { arrayOf, loss, makerOf, type Params, type Values, valuesOf } from './model.js'
import { NETWORKS, type Network } from './networks.js'
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

/** Operations outside of compiled functions, on large values. */
const eager = (): readonly Pair[] => {
  const [a, b] = [arrayOf('f32', [64, 64], 37), arrayOf('f32', [64, 64], 41)]
  const x = fromTypedArray(
    Float32Array.from({ length: 1e5 }, (_, i) => ((i * 37) % 101) / 113),
    [1e5],
  )
  const row = (name: string, task: () => unknown): Pair => ({
    name,
    ours: microseconds(task, 150, LARGE_MS),
    peer: null,
    unit: 'µs',
  })
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

/**
 * How often they take turns, how many calls a turn has, and how many come before those that are timed: a call of new arguments
 * fills the arena's ring three times as fast, so that a few of them would copy out the results of many calls before them.
 */
const TURNS = 15
const CALLS = 8
const LEAD = 24

/** Arguments that have just been made, and stand on the heap, beside the same ones again and again. */
const fromHeap = (network: Network): Pair => {
  const both = jit(valueAndGrad(loss), { threads: 1 })
  const run = ({ params, x, labels }: Values): number => item(both(params, x, labels)[0])
  const make = makerOf(network)
  const same = make()
  microseconds(() => run(same))
  const turn = (next: () => Values): number => {
    const times = Array.from({ length: LEAD + CALLS }, () => {
      const values = next()
      const start = performance.now()
      run(values)
      return (performance.now() - start) * 1000
    })
    return median(times.slice(LEAD))
  }
  const turns = Array.from({ length: TURNS }, () => [turn(() => same), turn(make)] as const)
  const peer = median(turns.map(([a]) => a))
  const ratio = median(turns.map(([a, b]) => b / a))
  const name = `${network.name.replace('training step', 'value and gradient')}, of new arguments · of the same`
  return { name, ours: ratio * peer, peer, unit: 'µs' }
}

// the first program of a process has to be the first
const first = compiling()
const large = NETWORKS.slice(-2).map(fromHeap)
console.log(JSON.stringify([...eager(), ...calling(), ...first, ...large, ...derivatives()]))
