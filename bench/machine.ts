/** What this machine does at the most: multiplications and additions, copies, or the arithmetic of a chain, whichever is asked for. */
import { keepPages } from '../src/engine/pages.js'
import { type Figures, microseconds, report } from './measure.js'
import { longArray } from './model.js'
import { nativePeakGflops } from './native-peak.js'
import { chainMicroseconds, peakGflops } from './peak.js'
import { ELEMENTS, FUNCTIONS, ONE, PLAIN, PRODUCTS } from './tasks.js'

const forAll = (peak: { readonly f32: number; readonly f64: number }) =>
  Object.fromEntries(PRODUCTS.map(({ name, type }) => [name, peak[type]]))

/** What no library that leaves its arguments alone does without: memory that is read, and memory that is new. */
const copies = () => {
  // the pages of arrays that were collected, as in lanac
  keepPages()
  const from = longArray()
  const many = Array.from({ length: 32 }, () => from.slice())
  let next = 0
  const copy = microseconds(() => {
    next = (next + 1) % many.length
    return new Float32Array(many[next] as Float32Array)
  })
  return { [ONE]: copy, [PLAIN]: copy, [FUNCTIONS]: copy }
}

const [asked, compiler] = process.argv.slice(2)
const limits: { readonly [what: string]: () => Figures } = {
  peaks: () => forAll({ f32: peakGflops('f32'), f64: peakGflops('f64') }),
  'native peaks': () => forAll(nativePeakGflops(compiler as string)),
  copies,
  arithmetic: () => ({ [PLAIN]: chainMicroseconds(ELEMENTS) }),
}
report((limits[asked as string] as () => Figures)())
