/**
 * What multiplications and additions cost at the least here: a WebAssembly loop of nothing but vector multiplications and
 * additions that do not wait for each other.
 */
import type { Local } from '../src/engine/wasm/code.js'
import { moduleWriter } from '../src/engine/wasm/module.js'
import { microseconds } from './measure.js'

const LANES = { f32: 4, f64: 2 } as const

/** Chains of each of the two: enough to hide their latency, and with both constants they fit the registers. */
const CHAINS = 6

/** Rounds of the loop in a call. */
const ROUNDS = 100_000

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

/** Multiplications and additions in a nanosecond, in vectors of 128 bits on one thread. */
export const peakGflops = (type: 'f32' | 'f64'): number => {
  const loop = loopOf(type)
  const time = microseconds(() => loop(ROUNDS, 1, 1))
  return (2 * CHAINS * LANES[type] * ROUNDS) / (time * 1000)
}
