import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { add, cos, fromTypedArray, grad, jit, mul, square, sum, type Tensor, toArray } from 'lanac'
import { tolerance } from 'lanac/laws'
import * as Optim from 'lanac/optim'
import { describe, expect, test } from 'vitest'

interface Trajectory {
  readonly optimizer: string
  readonly attrs: { readonly learningRate: number } & Readonly<Record<string, number>>
  readonly a: readonly number[]
  readonly x0: readonly number[]
  readonly trajectory: readonly (readonly number[])[]
}

const file = fileURLToPath(new URL('../oracle/reference.json', import.meta.url))
const trajectories = (JSON.parse(readFileSync(file, 'utf8')) as { readonly optimizers: readonly Trajectory[] })
  .optimizers

type Vector = Tensor<[number], 'f64'>
const vector = (x: readonly number[]): Vector => fromTypedArray(Float64Array.from(x), [x.length]) as unknown as Vector

const make = (t: Trajectory): Optim.Optimizer => {
  const maker = (Optim as unknown as Readonly<Record<string, (o: object) => Optim.Optimizer>>)[t.optimizer]
  if (maker === undefined) throw new Error(`no optimizer ${t.optimizer}`)
  return maker(t.attrs)
}

/** The distance from the reference, relative to the largest magnitude of the vector. */
const apart = (x: readonly number[], y: readonly number[]): number => {
  const scale = Math.max(...y.map(Math.abs))
  return Math.max(...x.map((v, i) => Math.abs(v - (y[i] as number)))) / scale
}

describe.each(trajectories.map((t) => [t.optimizer, t] as const))('%s', (_, t) => {
  const a = vector(t.a)
  const loss = (x: Vector) => sum(add(mul(0.5, mul(a, square(x))), cos(x)))
  const optimizer = make(t)
  const step = (x: Vector, state: Optim.State<Vector>) => {
    const [updates, next] = optimizer.update(grad(loss)(x), state, x)
    return [Optim.applyUpdates(x, updates), next] as const
  }
  test.each([
    ['eager', step],
    ['jit', jit(step) as unknown as typeof step],
  ])('follows the reference trajectory, %s', (_, advance) => {
    let x = vector(t.x0)
    let state = optimizer.init(x)
    expect(t.trajectory.length).toBeGreaterThan(0)
    for (const expected of t.trajectory) {
      ;[x, state] = advance(x, state)
      expect(apart(toArray(x) as readonly number[], expected)).toBeLessThanOrEqual(tolerance('f64', 'reference'))
    }
  })

  test('follows it in f32, where the state is f32 too', () => {
    type Single = Tensor<[number], 'f32'>
    const single = (x: readonly number[]): Single =>
      fromTypedArray(Float32Array.from(x), [x.length]) as unknown as Single
    const b = single(t.a)
    const slope = grad((x: Single) => sum(add(mul(0.5, mul(b, square(x))), cos(x))))
    let x = single(t.x0)
    let state = optimizer.init(x)
    for (const expected of t.trajectory) {
      const [updates, next] = optimizer.update(slope(x), state, x)
      x = Optim.applyUpdates(x, updates)
      state = next
      expect(x.dtype).toBe('f32')
      expect(apart(toArray(x) as readonly number[], expected)).toBeLessThanOrEqual(tolerance('f32', 'reference'))
    }
  })
})
