/** A program of its own that runs a compiled function, for tests of what processes do: prints values, then targets. */
import { explain, item, jit, sin, sum, tensor } from 'lanac'
import 'lanac/native'

const [target = 'native', mode = 'once'] = process.argv.slice(2)
const x = tensor([0.5, 1.5, -2])
const f = (v: typeof x) => sum(sin(v))
const fast = jit(f, { target } as never)
const values = new Set<number>()
const start = performance.now()
const most = mode === 'once' ? 0 : mode === 'begun' ? 300 : 20_000
do values.add(item(fast(x)))
while (performance.now() - start < most && !(mode === 'until two' && values.size > 1))
console.log(
  JSON.stringify({ values: [...values], expected: item(f(x)), text: String(explain(f, {} as never)(x)).length }),
)
