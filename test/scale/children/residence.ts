/** In a process with `--expose-gc`: a synchronous loop of compiled steps, what it leaves behind, and whether it was right. */
import { jit, type Tensor, toTypedArray } from 'lanac'
import { arena } from '../../../src/engine/arena.js'
import { compileProgram } from '../../../src/engine/compiled.js'
import { plain } from '../../../src/engine/plain.js'
import { simplify } from '../../../src/engine/simplify.js'
import { builder } from '../../../src/tape/node.js'
import { abstractly, traceLeaves } from '../../../src/tape/trace.js'
import { type Concrete, concrete } from '../../../src/tensor/concrete.js'
import { vjp } from '../../../src/transform/reverse.js'

declare const gc: () => void

const INPUTS = 8
const HIDDEN = 32
const ROWS = 4

const filled = (shape: readonly number[], f: (i: number) => number): Concrete =>
  concrete(
    shape,
    'f64',
    Float64Array.from({ length: shape.reduce((n, k) => n * k, 1) }, (_, i) => f(i)),
  )

const x = filled([ROWS, INPUTS], (i) => Math.sin(3 * i))
const y = filled([ROWS, 1], (i) => Math.cos(i))
const matmul = (a: Tensor, b: Tensor): Tensor => builder.contract(a, b, { a: [0, 1], b: [1, 2], out: [0, 2] })

/** Half the squared error of a network of one hidden layer. */
const loss = (w: Tensor, v: Tensor): Tensor => {
  const e = builder.sub(matmul(builder.tanh(matmul(x, w)), v), y)
  return builder.mul(builder.sum(builder.mul(e, e), [0, 1]), 0.5)
}

/** Descent with momentum: weights and velocities, twice. */
const step = (...s: readonly Tensor[]): readonly Tensor[] => {
  const [w, v, dw, dv] = s as readonly [Tensor, Tensor, Tensor, Tensor]
  const [, back] = vjp(loss as never, w as never, v as never) as unknown as readonly [
    Tensor,
    (ct: number) => readonly [Tensor, Tensor],
  ]
  const [gw, gv] = back(1)
  const nw = builder.add(builder.mul(dw, 0.9), gw)
  const nv = builder.add(builder.mul(dv, 0.9), gv)
  return [builder.sub(w, builder.mul(nw, 1e-3)), builder.sub(v, builder.mul(nv, 1e-3)), nw, nv]
}

const start = (): readonly Concrete[] => [
  filled([INPUTS, HIDDEN], (i) => Math.sin(i + 1) / 3),
  filled([HIDDEN, 1], (i) => Math.cos(i + 2) / 6),
  filled([INPUTS, HIDDEN], () => 0),
  filled([HIDDEN, 1], () => 0),
]

const used = () => {
  gc()
  gc()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  return { rss, heap: heapUsed + arrayBuffers }
}

const copies = (s: readonly Tensor[]): readonly (readonly number[])[] => s.map((t) => [...toTypedArray(t)])
const same = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): boolean =>
  a.every((r, i) => r.every((v, j) => Object.is(v, b[i]?.[j])))

const steps = Number(process.argv[2])
const fast = jit(step as never) as never as typeof step

/** Compiled for a ring that comes round every few steps. */
const small = (() => {
  const program = plain(simplify(traceLeaves((v) => step(...v), start().map(abstractly), { name: 'small' })))
  const compiled = compileProgram(program, arena(2 ** 15))
  if (compiled === null) throw new Error('not compiled')
  return (...s: readonly Tensor[]): readonly Tensor[] =>
    compiled.run(s as readonly Concrete[], program.constants) as readonly Tensor[]
})()

const loop = (f: typeof step, from: readonly Tensor[], n: number, each?: (s: readonly Tensor[], i: number) => void) => {
  let s = from
  for (let i = 0; i < n; i++) {
    s = f(...s)
    each?.(s, i)
  }
  return s
}

// the first steps are for the compiler, the small ring comes round
loop(small, loop(fast, start(), 2000), 2000)
const before = used()
let largest = 0
let most = 0
const kept: (readonly Tensor[])[] = []
const written: (readonly (readonly number[])[])[] = []
const every = Math.floor(steps / 40)
const end = loop(fast, start(), steps, (s, i) => {
  if (i % every !== 0) return
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  largest = Math.max(largest, rss)
  most = Math.max(most, heapUsed + arrayBuffers)
  kept.push(s)
  // every other one is read now, and the rest when it has long been copied out
  written.push(kept.length % 2 === 0 ? copies(s) : [])
})
const after = used()

let right = true
const again = loop(small, start(), steps, (s, i) => {
  if (i % every !== 0) return
  const k = i / every
  const now = copies(s)
  right &&= same(copies(kept[k] as readonly Tensor[]), now)
  right &&= (written[k] as readonly unknown[]).length === 0 || same(written[k] as readonly (readonly number[])[], now)
})
console.log(
  JSON.stringify({
    kept: kept.length,
    right: right && same(copies(end), copies(again)),
    descended: (loss(end[0] as Tensor, end[1] as Tensor) as Concrete).value,
    rss: largest - before.rss,
    heap: after.heap - before.heap,
    most: most - before.heap,
    stepBytes: 2 * 8 * (INPUTS * HIDDEN + HIDDEN),
  }),
)
