/**
 * What browser-check runs in a page: a model is trained, compiled functions are held against the evaluator, and law suites
 * are checked. Everything is synchronous: the page has loaded when it is done.
 */
import * as fc from 'fast-check'
import { item, jit, relu, tensor, toTypedArray, valueAndGrad } from 'lanac'
import * as Laws from 'lanac/laws'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { key, normal } from 'lanac/random'
import type { Tensor } from '../src/core/value.js'
import { Slab } from '../src/engine/arena.js'
import { prepared } from '../src/engine/execute.js'
import { simplify } from '../src/engine/simplify.js'
import { builder } from '../src/tape/node.js'
import { abstractly, traceLeaves } from '../src/tape/trace.js'
import type { Concrete } from '../src/tensor/concrete.js'

/** What a check came to. */
export interface Outcome {
  readonly name: string
  readonly passed: boolean
  readonly note: string
  readonly milliseconds: number
}

const outcomes: Outcome[] = []
const check = (name: string, body: () => string): void => {
  const start = performance.now()
  const done = (passed: boolean, note: string): void => {
    outcomes.push({ name, passed, note, milliseconds: Math.round(performance.now() - start) })
  }
  try {
    done(true, body())
  } catch (e) {
    done(false, e instanceof Error ? e.message : String(e))
  }
}
const assert = (fact: boolean, problem: string): void => {
  if (!fact) throw new Error(problem)
}

check('programs become WebAssembly', () => {
  const x = tensor([1, 2, 3]) as Tensor
  const p = simplify(traceLeaves(([v]) => [builder.exp(v as Tensor)], [abstractly(x)], { name: 'page' }))
  const { compiled } = prepared(p)
  assert(compiled?.target === 'wasm', `the target is ${String(compiled?.target)}`)
  return navigator.userAgent
})

check('a network learns XOR', () => {
  const model = chain(dense(2, 8), relu, dense(8, 1))
  const optimizer = Optim.adam({ learningRate: 0.02 })
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) // biome-ignore format: a matrix
  const y = tensor([[0], [1], [1], [0]])
  type Params = ReturnType<typeof model.init>
  const step = jit((params: Params, state: Optim.State<Params>) => {
    const [loss, gradients] = valueAndGrad((p: Params) => meanSquaredError(model.apply(p)(x), y))(params)
    const [updates, next] = optimizer.update(gradients, state, params)
    return [Optim.applyUpdates(params, updates), next, loss] as const
  })
  let params = model.init(key(1), { dtype: 'f64' })
  let state = optimizer.init(params)
  let loss = Number.POSITIVE_INFINITY
  const steps = 2000
  for (let i = 0; i < steps; i++) {
    const [p, s, l] = step(params as never, state as never)
    params = p as never
    state = s as never
    loss = item(l as never)
  }
  assert(loss < 1e-3, `the loss is ${loss} after ${steps} steps`)
  return `loss ${loss.toExponential(2)} after ${steps} steps`
})

check('results stay in WebAssembly memory, and come out as they are', () => {
  const double = jit((v: Tensor) => builder.mul(v, 2)) as never as (v: Tensor) => Tensor
  let v = normal(key(2), [1000], { dtype: 'f64' }) as Tensor
  const first = toTypedArray(v)
  for (let i = 0; i < 10; i++) v = double(v)
  assert((v as Concrete).residence instanceof Slab && (v as Concrete).held === null, 'it has been copied')
  assert(
    toTypedArray(v).every((z, i) => z === 1024 * (first[i] as number)),
    'it has other numbers',
  )
  return 'ten calls, one copy'
})

for (const suite of [
  Laws.softmaxLaws(),
  Laws.lossLaws(),
  Laws.program({ size: 8 }),
  ...[Laws.table.exp, Laws.table.contract, Laws.table.gather, Laws.table.sum].map((p) => Laws.primitive(p as never)),
])
  check(`laws: ${suite.name}`, () => {
    fc.assert(suite as fc.IPropertyWithHooks<[readonly unknown[]]>, { numRuns: 20 })
    return `${suite.laws.length} laws`
  })

document.body.textContent = `BEGIN${encodeURIComponent(JSON.stringify(outcomes))}END`
