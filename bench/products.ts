/** lanac's products, in GFLOP/s, beside what multiplications and additions alone come to. */
import { jit, matmul, type Tensor } from 'lanac'
import { asked } from './asked.js'
import { besideLimit, report, warmed } from './measure.js'
import { arrayOf } from './model.js'
import { nativePeakMicroseconds } from './native-peak.js'
import { peakMicroseconds } from './peak.js'
import { gflops, NATIVE_PEAK, operationsOf, PEAK, PRODUCTS } from './tasks.js'

const [compiler] = process.argv.slice(2)
const isNative = asked.target === 'native'
const peakOf = (type: 'f32' | 'f64'): (() => number) =>
  warmed(isNative ? nativePeakMicroseconds(compiler as string, type) : peakMicroseconds(type))
const peaks = { f32: peakOf('f32'), f64: peakOf('f64') }

const reached = PRODUCTS.map((p) => {
  const [a, b]: readonly [Tensor, Tensor] = [arrayOf(p.type, p.a, 37), arrayOf(p.type, p.b, 41)]
  const product = jit((x: Tensor, y: Tensor) => matmul(x, y), asked)
  // a function is optimised beside the calls of it, and the first ones of a large product are over before it is
  for (let i = 0; i < 4; i++) product(a, b)
  const peak = peaks[p.type]
  const { time, ratio } = besideLimit(
    () => product(a, b),
    () => (peak() * operationsOf(p)) / 1e6,
  )
  const figure = gflops(p, time)
  return { name: p.name, figure, limit: figure * ratio }
})

report(Object.fromEntries(reached.map(({ name, figure }) => [name, figure])), {
  limits: { [isNative ? NATIVE_PEAK : PEAK]: Object.fromEntries(reached.map(({ name, limit }) => [name, limit])) },
})
