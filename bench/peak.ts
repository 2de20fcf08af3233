/**
 * What multiplications and additions cost at the least here: a WebAssembly loop of nothing but vector multiplications and
 * additions that do not wait for each other. Loops are timed run by run, beside what is compared with them.
 */
import type { Local } from '../src/engine/wasm/code.js'
import { moduleWriter } from '../src/engine/wasm/module.js'

const LANES = { f32: 4, f64: 2 } as const

/** Chains of each of the two: enough to hide their latency, and with both constants they fit the registers. */
const CHAINS = 6

/** Rounds of the loop in a call. */
const ROUNDS = 100_000

/** Operations in a chain along vectors that one register holds, and vectors beside each other that do not wait. */
const SIDE_BY_SIDE = 10

/** A loop of the ten operations of the chain that is compared, on what stands in registers. */
const chainLoop = (): ((rounds: number, start: number) => number) => {
  const m = moduleWriter()
  const f = m.function('chain', { params: ['i32', 'f32'], results: ['f32'] }, (code, rounds, start) => {
    const splat = (put: () => void): Local => {
      const v = code.local('v128')
      put()
      code.op('f32x4.splat')
      code.set(v)
      return v
    }
    const number = (x: number): Local => splat(() => code.f32(x))
    const [half, one, two, three] = [0.5, 1, 2, 3].map(number) as [Local, Local, Local, Local]
    const xs = Array.from({ length: SIDE_BY_SIDE }, () => splat(() => code.get(start as Local)))
    const y = code.local('v128')
    code.loop((again) => {
      for (const x of xs) {
        const by = (op: 'add' | 'sub' | 'mul', z: Local): void => {
          code.get(z)
          code.op(`f32x4.${op}`)
        }
        code.get(x)
        by('mul', two)
        by('add', one)
        by('mul', x)
        by('sub', three)
        code.op('f32x4.abs')
        code.op('f32x4.sqrt')
        code.get(half)
        code.op('f32x4.max')
        code.set(y)
        code.get(one)
        code.get(y)
        code.op('f32x4.div')
        by('add', x)
        // by a half in place of x: values stay where they are
        by('mul', half)
        code.set(x)
      }
      code.get(rounds as Local)
      code.i32(1)
      code.op('i32.sub')
      code.tee(rounds as Local)
      code.brIf(again)
    })
    xs.forEach((x, i) => {
      code.get(x)
      if (i > 0) code.op('f32x4.add')
    })
    code.lane('f32x4.extract_lane', 0)
  })
  m.export(f)
  return new WebAssembly.Instance(new WebAssembly.Module(m.bytes())).exports.chain as never
}

const timed = (task: () => unknown): number => {
  const from = performance.now()
  task()
  return (performance.now() - from) * 1000
}

/** Microseconds that the arithmetic of the chain of ten operations takes for so many elements, in vectors of 128 bits. */
export const chainMicroseconds = (elements: number): (() => number) => {
  const loop = chainLoop()
  return () => (timed(() => loop(ROUNDS, 0.1)) * elements) / (SIDE_BY_SIDE * LANES.f32 * ROUNDS)
}

const loopOf = (type: 'f32' | 'f64'): ((rounds: number, factor: number, addend: number) => number) => {
  const shape = type === 'f32' ? 'f32x4' : 'f64x2'
  const m = moduleWriter()
  const f = m.function('peak', { params: ['i32', type, type], results: [type] }, (code, rounds, factor, addend) => {
    const splat = (x: Local): Local => {
      const v = code.local('v128')
      code.get(x)
      code.op(`${shape}.splat`)
      code.set(v)
      return v
    }
    const by = splat(factor as Local)
    const plus = splat(addend as Local)
    const factors = Array.from({ length: CHAINS }, () => splat(factor as Local))
    const sums = Array.from({ length: CHAINS }, () => splat(addend as Local))
    code.loop((again) => {
      for (let i = 0; i < CHAINS; i++) {
        code.get(factors[i] as Local)
        code.get(by)
        code.op(`${shape}.mul`)
        code.set(factors[i] as Local)
        code.get(sums[i] as Local)
        code.get(plus)
        code.op(`${shape}.add`)
        code.set(sums[i] as Local)
      }
      code.get(rounds as Local)
      code.i32(1)
      code.op('i32.sub')
      code.tee(rounds as Local)
      code.brIf(again)
    })
    const [first, ...rest] = [...factors, ...sums]
    code.get(first as Local)
    for (const v of rest) {
      code.get(v)
      code.op(`${shape}.add`)
    }
    code.lane(`${shape}.extract_lane`, 0)
  })
  m.export(f)
  return new WebAssembly.Instance(new WebAssembly.Module(m.bytes())).exports.peak as never
}

/** Microseconds of a million multiplications and additions, in vectors of 128 bits on one thread. */
export const peakMicroseconds = (type: 'f32' | 'f64'): (() => number) => {
  const loop = loopOf(type)
  return () => (timed(() => loop(ROUNDS, 1, 1)) * 1e6) / (2 * CHAINS * LANES[type] * ROUNDS)
}
