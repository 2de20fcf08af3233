/** Learners: a step of the composite lens is a step by grad. */
import * as fc from 'fast-check'
import { add, grad, item, jit, mul, scalar, sum, type Tensor, tanh, tensor, toArray } from 'lanac'
import { close, exact, holds, tolerance } from 'lanac/laws'
import * as Lens from 'lanac/lens'
import { crossEntropy, meanSquaredError } from 'lanac/loss'
import { chain, dense } from 'lanac/nn'
import * as Optim from 'lanac/optim'
import { key, normal } from 'lanac/random'
import { zipLeaves } from 'lanac/tree'
import { describe, expect, it } from 'vitest'

const identical = (left: unknown, right: unknown): void => {
  const verdict = exact(left, right)
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const model = chain(dense(2, 3), tanh, dense(3, 1))
type Params = Lens.ParamsOf<typeof model>
const x = normal(key(10), [6, 2])
const y = normal(key(11), [6, 1])
const loss = (p: Params) => meanSquaredError(model.apply(p)(x), y)

describe('a step', () => {
  it('is params + updates of the gradient, for plain descent', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 16 }), (seed, sixteenths) => {
        const rate = sixteenths / 16
        const student = Lens.learner({ model, loss: meanSquaredError, optimizer: Optim.sgd({ learningRate: rate }) })
        const before = student.init(key(seed), { dtype: 'f64' })
        const after = student.put(before, x, y)
        const expected = zipLeaves((p: Tensor, g: Tensor) => add(p, mul(g, -rate)) as Tensor)(
          before.params,
          grad(loss)(before.params) as Params,
        )
        const verdict = close(after.params, expected, { tolerance: tolerance('f64', 'program') })
        expect(holds(verdict), verdict.witness()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('is that of the optimizer, which remembers', () => {
    const optimizer = Optim.chain(Optim.clipByGlobalNorm(0.5), Optim.adam({ learningRate: 0.1 }))
    const student = Lens.learner({ model, loss: meanSquaredError, optimizer })
    let learned = student.init(key(3), { dtype: 'f64' })
    let params = model.init(key(3), { dtype: 'f64' })
    let state = optimizer.init(params)
    for (let i = 0; i < 5; i++) {
      learned = student.put(learned, x, y)
      const [updates, next] = optimizer.update(grad(loss)(params), state, params)
      params = Optim.applyUpdates(params, updates)
      state = next
    }
    const verdict = close(learned.params, params, { tolerance: tolerance('f64', 'reference') })
    expect(holds(verdict), verdict.witness()).toBe(true)
    expect(holds(close(learned.optimizerState, state, { tolerance: tolerance('f64', 'reference') }))).toBe(true)
  })

  it('leaves what it is given as it was', () => {
    const student = Lens.learner({ model, loss: meanSquaredError, optimizer: Optim.sgd({ learningRate: 1 }) })
    const before = student.init(key(0), { dtype: 'f64' })
    const kept = toArray(before.params[0].w)
    student.put(before, x, y)
    expect(toArray(before.params[0].w)).toEqual(kept)
    identical(student.put(before, x, y), student.put(before, x, y))
  })

  it('multiplies every gradient by its learning rate', () => {
    const optimizer = Optim.sgd({ learningRate: 1 })
    const whole = Lens.learner({ model, loss: meanSquaredError, optimizer })
    const half = Lens.learner({ model, loss: meanSquaredError, optimizer, learningRate: 0.5 })
    const before = whole.init(key(1), { dtype: 'f64' })
    const moved = (l: typeof whole): unknown =>
      zipLeaves((p: Tensor, q: Tensor) => add(q, mul(p, -1)) as Tensor)(before.params, l.put(before, x, y).params)
    const twice = zipLeaves((p: Tensor, q: Tensor) => add(p, q) as Tensor)(moved(half) as Params, moved(half) as Params)
    const verdict = close(twice, moved(whole), { tolerance: tolerance('f64', 'cancelled'), scale: 1 })
    expect(holds(verdict), verdict.witness()).toBe(true)
  })

  it('takes class labels, which have no cotangent', () => {
    const classifier = Lens.learner({
      model: dense(2, 2),
      loss: (z: Tensor, l: Tensor) => crossEntropy(z as Tensor<[4, 2], 'f64'>, l as Tensor<[4], 'i32'>),
      optimizer: Optim.sgd({ learningRate: 1 }),
    })
    const inputs = tensor([[1, 0], [2, 0], [0, 1], [0, 2]]) // biome-ignore format: a matrix
    const labels = tensor([0, 0, 1, 1], { dtype: 'i32' })
    let learned = classifier.init(key(0), { dtype: 'f64' })
    for (let i = 0; i < 50; i++) learned = classifier.put(learned, inputs, labels)
    const z = toArray(classifier.get(learned, inputs)) as unknown as number[][]
    expect(z.map(([a, b]) => Number((b as number) > (a as number)))).toEqual([0, 0, 1, 1])
  })

  it('runs compiled', () => {
    const student = Lens.learner({ model, loss: meanSquaredError, optimizer: Optim.sgd({ learningRate: 0.5 }) })
    const before = student.init(key(5), { dtype: 'f64' })
    const step = jit((l: typeof before) => student.put(l, x, y))
    const verdict = close(step(before), student.put(before, x, y), { tolerance: tolerance('f64', 'program') })
    expect(holds(verdict), verdict.witness()).toBe(true)
  })
})

describe('the lens', () => {
  const optimizer = Optim.sgd({ learningRate: 0.25 })
  const student = Lens.learner({ model: dense(1, 1), loss: meanSquaredError, optimizer })

  it('views the loss, and gives the cotangents of the example on the way back', () => {
    // (2·3 + 1 − 5)² = 4; its derivative 4 by the prediction: 12 by w, 4 by b, 8 by x, −4 by y
    const params = [{ w: tensor([[2]]), b: tensor([1]) }] as Lens.ParamsOf<ReturnType<typeof dense<1, 1>>>
    const [value, back] = student.lens([[[optimizer.init(params), params], tensor([3])], tensor([5])])
    expect(item(value)).toBe(4)
    const [[[, moved], dx], dy] = back(null)
    expect([toArray(moved[0].w), toArray(moved[0].b)]).toEqual([[[2 - 0.25 * 12]], [1 - 0.25 * 4]])
    expect([toArray(dx), toArray(dy)]).toEqual([[8], [-4]])
  })

  it('is made of lenses that stand alone', () => {
    const [l, back] = Lens.rated(0.5)(scalar(3))
    expect([item(l), item(back(null))]).toEqual([3, 0.5])
    const params = { a: tensor([1, 2]) as Tensor }
    const [shown, step] = Lens.stepping(optimizer as never)([optimizer.init(params), params]) as unknown as [
      typeof params,
      (g: typeof params) => readonly [unknown, typeof params],
    ]
    expect(shown).toBe(params)
    expect(toArray(step({ a: tensor([4, 8]) })[1].a)).toEqual([0, 0])
    const [z, pull] = Lens.para(dense(1, 1))([[{ w: tensor([[2]]), b: tensor([1]) }], tensor([3])] as never)
    expect(toArray(z)).toEqual([7])
    expect(item(sum(pull(tensor([1]))[1]))).toBe(2)
  })

  it('answers by get', () => {
    const learned = { params: [{ w: tensor([[2]]), b: tensor([1]) }], optimizerState: null } as never
    expect(toArray(student.get(learned, tensor([[3], [4]])))).toEqual([[7], [9]])
  })
})
