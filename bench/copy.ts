/** What no library that leaves its arguments alone does without: memory that is read, and memory that is new. */
import { keepPages } from '../src/engine/pages.js'
import { microseconds, report } from './measure.js'
import { longArray } from './model.js'
import { FUNCTIONS, ONE, PLAIN } from './tasks.js'

// the pages of arrays that were collected, as in lanac
keepPages()
const from = longArray()
const many = Array.from({ length: 32 }, () => from.slice())
let next = 0
const copy = microseconds(() => {
  next = (next + 1) % many.length
  return new Float32Array(many[next] as Float32Array)
})
report({ [ONE]: copy, [PLAIN]: copy, [FUNCTIONS]: copy })
