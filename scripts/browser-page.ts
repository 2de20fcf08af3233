/**
 * What browser-check runs in a page: a model is trained, compiled functions are held against the evaluator, and law suites
 * are checked. The script's element says what programs have to become in this page (`data-target`) and how many samples each
 * suite is given (`data-runs`). Everything is synchronous: the page has loaded when it is done. Where it says how many threads
 * there are (`data-threads`), the page waits for them, and then says that it is done.
 */
import * as fc from 'fast-check'
import { item, jit, logSumExp, relu, tanh, tensor, toTypedArray, valueAndGrad } from 'lanac'
import * as Laws from 'lanac/laws'
import { meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { type Key, key, normal } from 'lanac/random'
import type { Tensor } from '../src/core/value.js'
import { arena, Slab } from '../src/engine/arena.js'
import { compileProgram } from '../src/engine/compiled.js'
import { prepared } from '../src/engine/execute.js'
import { simplify } from '../src/engine/simplify.js'
import { CONTROL, WAKING } from '../src/engine/threads/control-block.js'
import { usualThreads } from '../src/engine/threads/hardware.js'
import { wasmWith } from '../src/engine/wasm/backend.js'
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

const { target = 'wasm', runs = '8', threads } = (document.currentScript as HTMLScriptElement).dataset

check(`programs become ${target}`, () => {
  const x = tensor([1, 2, 3]) as Tensor
  const p = simplify(traceLeaves(([v]) => [builder.exp(v as Tensor)], [abstractly(x)], { name: 'page' }))
  const { compiled } = prepared(p)
  const found = compiled?.target ?? 'evaluated'
  assert(found === target, `they become ${found}`)
  return /\w*Chrom\w*\/\d+/.exec(navigator.userAgent)?.[0] ?? navigator.userAgent
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

check('results come out as they are, of WebAssembly memory too', () => {
  const double = jit((v: Tensor) => builder.mul(v, 2)) as never as (v: Tensor) => Tensor
  let v = normal(key(2), [1000], { dtype: 'f64' }) as Tensor
  const first = toTypedArray(v)
  for (let i = 0; i < 10; i++) v = double(v)
  const resident = (v as Concrete).residence instanceof Slab && (v as Concrete).held === null
  assert(resident === (target === 'wasm'), resident ? 'there is no memory that it could be in' : 'it has been copied')
  assert(
    toTypedArray(v).every((z, i) => z === 1024 * (first[i] as number)),
    'it has other numbers',
  )
  return `ten calls, ${target === 'wasm' ? 'one copy' : 'on the heap'}`
})

const suites: readonly Laws.Suite[] = [
  ...Object.values(Laws.table).map((p) => Laws.primitive(p as never)),
  Laws.softmaxLaws(),
  Laws.lossLaws(),
  Laws.program({ size: 8 }),
  Laws.controlFlow(),
  Laws.keys(),
  Laws.draw((k: Key) => normal(k, [5]), { name: 'normal' }),
  Laws.gradient((x: Tensor) => logSumExp(tanh(x)), { inputs: [[3]], name: 'a gradient' }),
  Laws.layer(chain(dense(2, 3), tanh, dense(3, 2))),
  Laws.optimizer(Optim.adam({ learningRate: 0.125 }), { name: 'adam', still: true }),
]
/** The law that does not hold, both sides, and the seed. */
const reason = (e: unknown): string => {
  const { message, cause } = e as Error
  return cause instanceof Error ? `${cause.message}\n${message}` : message
}
for (const suite of suites)
  check(`laws: ${suite.name}`, () => {
    try {
      fc.assert(suite as fc.IPropertyWithHooks<[readonly unknown[]]>, { numRuns: Number(runs) })
    } catch (e) {
      throw new Error(reason(e))
    }
    return `${suite.laws.length} laws`
  })

// -------------------------------------------------------------------------------------------------------------- threads

/** How often a page waits for helpers, and how many milliseconds. */
const TIMES = 200
const PAUSE = 20

/** A compiled function on two threads: its results, and whether a helper had a part in them. */
const helped = async (): Promise<boolean> => {
  const x = normal(key(3), [256, 256], { dtype: 'f32' }) as Tensor as Concrete
  const p = simplify(
    traceLeaves(
      ([v]) => [builder.exp(builder.contract(v as Tensor, v as Tensor, { a: [0, 2], b: [2, 1], out: [0, 1] }))],
      [abstractly(x)],
      { name: 'page' },
    ),
  )
  const shared = arena(2 ** 24, 2 ** 24, true)
  const words = new Int32Array(shared.memory.buffer)
  const [one, two] = [1, 2].map((n) => compileProgram(p, shared, wasmWith({ worth: 1 }), n))
  const numbersOf = (c: typeof one): readonly number[] => {
    const [y] = c?.run([x], p.constants) ?? []
    assert(y !== undefined, 'it is not compiled')
    return Array.from(toTypedArray(y as Tensor))
  }
  const expected = numbersOf(one)
  shared.pool?.expect(Number.POSITIVE_INFINITY, 1)
  for (let k = 0; k < TIMES && words[CONTROL.helped / 4] === 0; k++) {
    words[CONTROL.missed / 4] = WAKING
    const found = numbersOf(two)
    assert(
      found.every((v, i) => Object.is(v, expected[i])),
      'two threads have other results than one',
    )
    await new Promise((done) => setTimeout(done, PAUSE))
  }
  shared.pool?.stop()
  return words[CONTROL.helped / 4] !== 0
}

const finish = (): void => {
  document.body.append(`BEGIN${encodeURIComponent(JSON.stringify(outcomes))}END`)
}

if (threads === undefined) {
  check('a page that is not isolated has one thread', () => {
    assert(usualThreads() === 1, `it has ${usualThreads()}`)
    return 'one'
  })
  finish()
} else {
  const start = performance.now()
  const isHelped = threads !== '1'
  helped()
    .then(
      (was) =>
        check('threads', () => {
          assert(usualThreads() === navigator.hardwareConcurrency || usualThreads() === 8, 'they are not used')
          assert(was === isHelped, was ? 'there are some that were forbidden' : 'nobody helped')
          return `${isHelped ? 'helped' : 'forbidden'} after ${Math.round(performance.now() - start)} ms`
        }),
      (e: Error) => check('threads', () => assert(false, e.message) as never),
    )
    .then(() => {
      finish()
      return fetch('done')
    })
}
