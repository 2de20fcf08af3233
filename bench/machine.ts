/** What this machine does at the most: multiplications and additions, or copies, whichever is asked for. */
import { microseconds, report } from './measure.js'
import { longArray } from './model.js'
import { peakGflops } from './peak.js'
import { FUNCTIONS, ONE, PLAIN, PRODUCTS } from './tasks.js'

const peaks = () => {
  const peak = { f32: peakGflops('f32'), f64: peakGflops('f64') }
  return Object.fromEntries(PRODUCTS.map(({ name, type }) => [name, peak[type]]))
}

/** What no library that leaves its arguments alone does without: memory that is read, and memory that is new. */
const copies = () => {
  const from = longArray()
  const many = Array.from({ length: 32 }, () => from.slice())
  let next = 0
  const copy = microseconds(() => {
    next = (next + 1) % many.length
    return new Float32Array(many[next] as Float32Array)
  })
  return { [ONE]: copy, [PLAIN]: copy, [FUNCTIONS]: copy }
}

report(process.argv[2] === 'peaks' ? peaks() : copies())
