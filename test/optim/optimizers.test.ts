import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { add, concat, cos, fromTypedArray, grad, jit, mul, reshape, square, sum, type Tensor, toArray } from 'lanac'
import { tolerance } from 'lanac/laws'
import * as Optim from 'lanac/optim'
import { describe, expect, test } from 'vitest'

interface Params {
  readonly w: Tensor<[3, 2], 'f64'>
  readonly b: Tensor<[2], 'f64'>
}

/**
 * Parameters after three and after six updates: `accumulate` and `schedule` computed in 40 digits with mpmath 1.3, the others in
 * f64 with optax 0.2.8.
 */
interface Reference {
  readonly a: readonly number[]
  readonly x0: readonly number[]
  readonly trajectories: Readonly<
    Record<string, { readonly third: readonly number[]; readonly sixth: readonly number[] }>
  >
}

const file = fileURLToPath(new URL('./reference.json', import.meta.url))
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference

/** The first six numbers are w, the last two b. */
const unflat = (x: readonly number[]): Params => ({
  w: fromTypedArray(Float64Array.from(x.slice(0, 6)), [3, 2]),
  b: fromTypedArray(Float64Array.from(x.slice(6)), [2]),
})
const flat = (x: Params): readonly number[] => toArray(concat([reshape(x.w, [6]), x.b]))

const a = unflat(reference.a)
const bowl = (c: Tensor, x: Tensor): Tensor<[], 'f64'> =>
  sum(add(mul(0.5, mul(c, square(x))), cos(x))) as Tensor<[], 'f64'>
const loss = (x: Params) => add(bowl(a.w, x.w), bowl(a.b, x.b))

const rate = 0.05
const descend = Optim.scale(-rate)

const optimizers: Readonly<Record<string, Optim.Optimizer>> = {
  adamax: Optim.adamax({ learningRate: rate }),
  adaBelief: Optim.adaBelief({ learningRate: rate }),
  lion: Optim.lion({ learningRate: rate, beta1: 0.8, weightDecay: 0.1 }),
  lamb: Optim.lamb({ learningRate: rate, weightDecay: 0.1 }),
  lars: Optim.lars({ learningRate: 1, weightDecay: 0.1, coefficient: 0.02 }),
  adamw: Optim.adamw({ learningRate: rate, weightDecay: 0.1, beta1: 0.7, beta2: 0.9 }),
  clip: Optim.chain(Optim.clipByGlobalNorm(0.7), Optim.trace({ momentum: 0.9, nesterov: true }), descend),
  ema: Optim.chain(Optim.ema({ beta: 0.8 }), descend),
  rmsprop: Optim.rmsprop({ learningRate: rate, decay: 0.9, epsilon: 1e-6, centered: true, momentum: 0.5 }),
  accumulate: Optim.accumulate(3, Optim.adam({ learningRate: rate })),
  schedule: Optim.sgd({
    learningRate: Optim.warmup({ steps: 3, after: Optim.cosine({ from: 0.3, to: 0.01, steps: 5 }) }),
    momentum: 0.5,
  }),
}

test('every reference has its optimizer', () => {
  expect(Object.keys(optimizers).sort()).toEqual(Object.keys(reference.trajectories).sort())
})

describe.each(Object.entries(optimizers))('%s', (name, optimizer) => {
  const { third, sixth } = reference.trajectories[name] as Reference['trajectories'][string]
  const step = (x: Params, state: Optim.State<Params>) => {
    const [updates, next] = optimizer.update(grad(loss)(x), state, x)
    return [Optim.applyUpdates(x, updates), next] as const
  }
  test.each([
    ['eager', step],
    ['jit', jit(step)],
  ])('the same trajectory, %s', (_mode, advance) => {
    let x = unflat(reference.x0)
    let state = optimizer.init(x)
    const seen: (readonly number[])[] = []
    for (let i = 0; i < 6; i++) {
      ;[x, state] = advance(x, state)
      seen.push(flat(x))
    }
    const close = (found: readonly number[], expected: readonly number[]): void => {
      const scale = Math.max(...expected.map(Math.abs))
      found.forEach((v, i) => {
        expect(Math.abs(v - (expected[i] as number)) / scale).toBeLessThanOrEqual(tolerance('f64', 'reference'))
      })
    }
    close(seen[2] as readonly number[], third)
    close(seen[5] as readonly number[], sixth)
  })
})
