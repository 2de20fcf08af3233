/**
 * A program of its own that runs a compiled function, for tests of what processes do: prints values, then targets. It runs it
 * once, or again and again: until there are two values, until it has been told something, or until the file UNTIL is there.
 */
import { existsSync } from 'node:fs'
import { explain, item, jit, sin, sum, tensor } from 'lanac'
import 'lanac/native'

const [target = 'native', mode = 'once'] = process.argv.slice(2)
const x = tensor([0.5, 1.5, -2])
const f = (v: typeof x) => sum(sin(v))
const fast = jit(f, { target } as never)
const values = new Set<number>()
let isTold = false
const { warn } = console
console.warn = (...words) => {
  isTold = true
  warn(...words)
}
const isOver = (): boolean =>
  mode === 'once' ||
  (mode === 'until two' && values.size > 1) ||
  (mode === 'until told' && isTold) ||
  (mode === 'until there' && existsSync(process.env.UNTIL as string))
const start = performance.now()
do values.add(item(fast(x)))
while (!isOver() && performance.now() - start < 20_000)
console.log(
  JSON.stringify({ values: [...values], expected: item(f(x)), text: String(explain(f, {} as never)(x)).length }),
)
