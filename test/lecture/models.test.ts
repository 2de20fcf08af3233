/** Deep feedforward models, and what linear ones cannot do: sections 1 and 2 of the lecture. */
import * as fc from 'fast-check'
import {
  add,
  attention,
  exp,
  eye,
  grad,
  hessian,
  hvp,
  item,
  jit,
  matmul,
  mean,
  mul,
  relu,
  reshape,
  sigmoid,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  toArray,
  transpose,
  vmap,
} from 'lanac'
import { close, holds, tolerance } from 'lanac/laws'
import { binaryCrossEntropyWithLogits, crossEntropy, meanSquaredError } from 'lanac/loss'
import { chain, countParameters, dense, type ParamsOf, summary } from 'lanac/nn'
import { key, normal, splitKeys } from 'lanac/random'
import { mapLeaves, zipLeaves } from 'lanac/tree'
import { describe, expect, expectTypeOf, it } from 'vitest'

const near = (left: unknown, right: unknown, scale?: number): void => {
  const measure = { tolerance: tolerance('f64', 'reference') }
  const verdict = close(left, right, scale === undefined ? measure : { ...measure, scale })
  expect(holds(verdict), verdict.witness()).toBe(true)
}

const inputs = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) // biome-ignore format: a matrix
const targets = tensor([0, 1, 1, 0])

describe('a model of layers 5, 10, 5, 2 of points in the plane', () => {
  const model = chain(dense(2, 5), relu, dense(5, 10), relu, dense(10, 5), relu, dense(5, 2))

  it('has 142 parameters', () => {
    expect(countParameters(model)).toBe(142)
    const sizes = model
      .init(key(0))
      .flatMap((p) => [p.w.shape, p.b.shape].map((s) => s.reduce((n: number, d: number) => n * d, 1)))
    expect(sizes).toEqual([2 * 5, 5, 5 * 10, 10, 10 * 5, 5, 5 * 2, 2])
    expect(sizes.reduce((a, b) => a + b)).toBe(142)
  })

  it('prints its structure and its equations', () => {
    const s = summary(model)
    expect(s.parameters).toBe(142)
    expect(s.stages.map((l) => l.name)).toEqual([
      'dense(2, 5)',
      'relu',
      'dense(5, 10)',
      'relu',
      'dense(10, 5)',
      'relu',
      'dense(5, 2)',
    ])
    // depth: the layers; width: the features that each gives
    const layers = s.stages.filter((l) => l.parameters > 0)
    expect(layers.length).toBe(4)
    expect(layers.map((l) => l.output)).toEqual([[5], [10], [5], [2]])
    expect(layers.map((l) => l.parameters)).toEqual([15, 60, 55, 12])
    expect(s.equations).toEqual([
      'h1 = relu(x·W1 + b1)',
      'h2 = relu(h1·W2 + b2)',
      'h3 = relu(h2·W3 + b3)',
      'y = h3·W4 + b4',
    ])
  })

  it('says its sizes in its type', () => {
    type Affine<I extends number, O extends number> = {
      readonly w: Tensor<[I, O], 'f32' | 'f64'>
      readonly b: Tensor<[O], 'f32' | 'f64'>
    }
    expectTypeOf<ParamsOf<typeof model>>().toExtend<
      readonly [Affine<2, 5>, Affine<5, 10>, Affine<10, 5>, Affine<5, 2>]
    >()
    const y = model.apply(model.init(key(0), { dtype: 'f64' }))(tensor([[1, 2]]))
    expectTypeOf(y).toEqualTypeOf<Tensor<[1, 2], 'f64'>>()
    expect(y.shape).toEqual([1, 2])
  })

  it('is the composition of its layers, σ(W·x + b) each', () => {
    const params = model.init(key(1), { dtype: 'f64' })
    const x = tensor([0.5, -2])
    let h = toArray(x) as readonly number[]
    params.forEach(({ w, b }, i) => {
      const [rows, bias] = [toArray(w as Tensor) as unknown as number[][], toArray(b as Tensor) as unknown as number[]]
      const s = bias.map((bj, j) => bj + h.reduce((t, v, k) => t + v * (rows[k]?.[j] as number), 0))
      h = i === 3 ? s : s.map((v) => Math.max(v, 0))
    })
    near(model.apply(params)(x), tensor(h as number[]))
  })
})

describe('a linear model', () => {
  const design = tensor([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]) // biome-ignore format: a matrix
  type W = Tensor<[3], 'f64'>
  const J = (w: W) => mean(square(sub(matmul(design, w), targets)))

  it('of XOR has the gradient (2/N)(X′w′ − y)ᵀX′', () => {
    fc.assert(
      fc.property(fc.tuple(fc.integer(), fc.integer(), fc.integer()), (k) => {
        const w = tensor(k.map((v) => (v % 64) / 16)) as W
        near(grad(J)(w), mul(0.5, matmul(sub(matmul(design, w), targets), design)), 16)
      }),
    )
  })

  it('of XOR is best at w = 0, b = 0.5, and there only: it cannot represent XOR', () => {
    const best = tensor([0, 0, 0.5])
    expect(toArray(grad(J)(best))).toEqual([0, 0, 0])
    expect(toArray(matmul(design, best))).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(item(J(best))).toBe(0.25)
    // (X′ᵀX′) w′ = X′ᵀy, and (X′ᵀX′)⁻¹ exists: w′ = (X′ᵀX′)⁻¹X′ᵀy
    const normal = matmul(transpose(design), design)
    expect(toArray(normal)).toEqual([[2, 1, 2], [1, 2, 2], [2, 2, 4]]) // biome-ignore format: a matrix
    expect(toArray(matmul(normal, best))).toEqual(toArray(matmul(transpose(design), targets)))
    const inverse = tensor([[1, 0, -0.5], [0, 1, -0.5], [-0.5, -0.5, 0.75]]) // biome-ignore format: a matrix
    expect(toArray(matmul(inverse, normal))).toEqual(toArray(eye(3)))
    expect(toArray(matmul(inverse, matmul(transpose(design), targets)))).toEqual([0, 0, 0.5])
    near(hessian(J)(best), mul(0.5, normal))
  })

  it('of XOR is taught that by descent, wherever it begins', () => {
    const step = jit(vmap((w: W) => sub(w, mul(0.25, grad(J)(w)))))
    let all: Tensor<[number, 3], 'f64'> = mul(10, normal(key(0), [64, 3]))
    for (let i = 0; i < 500; i++) all = step(all)
    for (const w of toArray(all)) near(w, [0, 0, 0.5], 1)
  })

  it('with a usual loss is convex: its Hessian is XᵀSX with S ≥ 0, positive semidefinite', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const x = normal(key(seed), [6, 3])
        const y = tensor([0, 1, 1, 0, 1, 0])
        const w = normal(key(seed + 1), [3])
        const v = normal(key(seed + 2), [3])
        const logistic = (p: W) => binaryCrossEntropyWithLogits(matmul(x, p), y)
        const p = sigmoid(matmul(x, w))
        const S = mul(p, sub(1, p))
        const xv = matmul(x, v)
        const quadratic = item(sum(mul(v, hvp(logistic, w, v))))
        near(tensor(quadratic), mean(mul(S, square(xv))))
        expect(quadratic).toBeGreaterThanOrEqual(0)

        const classes = tensor([0, 1, 2, 0, 1, 2], { dtype: 'i32' })
        const softmaxLoss = (m: Tensor<[3, 3], 'f64'>) => crossEntropy(matmul(x, m), classes)
        const [m, n] = [normal(key(seed + 3), [3, 3]), normal(key(seed + 4), [3, 3])]
        expect(item(sum(mul(n, hvp(softmaxLoss, m, n))))).toBeGreaterThanOrEqual(0)
        const squared = (q: W) => meanSquaredError(matmul(x, q), y)
        near(sum(mul(v, hvp(squared, w, v))), mul(2, mean(square(xv))))
      }),
      { numRuns: 30 },
    )
  })

  it('with a hidden layer is not: a saddle has directions down', () => {
    // J(a, b) = (a·b − 1)² at 0
    const product = (p: Tensor<[2], 'f64'>) => square(sub(mul(take(p, 0), take(p, 1)), 1))
    expect(toArray(hessian(product)(tensor([0, 0])))).toEqual([[0, -2], [-2, 0]]) // biome-ignore format: a matrix
  })
})

describe('one hidden layer of two units', () => {
  const model = chain(dense(2, 2), relu, dense(2, 1))
  type Params = ParamsOf<typeof model>
  const params = [
    { w: tensor([[1, 1], [1, 1]]), b: tensor([0, -1]) }, // biome-ignore format: a matrix
    { w: tensor([[1], [-2]]), b: tensor([0]) }, // biome-ignore format: a column
  ] as unknown as Params

  it('solves XOR exactly, by these tables', () => {
    const [first] = params
    const product = matmul(inputs, first.w as Tensor<[2, 2], 'f64'>)
    expect(toArray(product)).toEqual([[0, 0], [1, 1], [1, 1], [2, 2]]) // biome-ignore format: a matrix
    const shifted = add(product, first.b as Tensor<[2], 'f64'>)
    expect(toArray(shifted)).toEqual([[0, -1], [1, 0], [1, 0], [2, 1]]) // biome-ignore format: a matrix
    expect(toArray(relu(shifted))).toEqual([[0, 0], [1, 0], [1, 0], [2, 1]]) // biome-ignore format: a matrix
    expect(toArray(model.apply(params)(inputs))).toEqual([[0], [1], [1], [0]]) // biome-ignore format: a column
  })

  it('is max(x₀ + x₁, 0) − 2·max(x₀ + x₁ − 1, 0)', () => {
    const grid = Array.from({ length: 49 }, (_, i) => [(i % 7) / 2 - 1, Math.floor(i / 7) / 2 - 1])
    const expected = grid.map(([a, b]) => {
      const s = (a as number) + (b as number)
      return [Math.max(s, 0) - 2 * Math.max(s - 1, 0)]
    })
    expect(toArray(model.apply(params)(tensor(grid) as Tensor<[49, 2], 'f64'>))).toEqual(expected)
  })

  it('taught by descent ends in a minimum that depends on where it began', () => {
    const columns = tensor([[0], [1], [1], [0]]) // biome-ignore format: a column
    const loss = (p: Params) => mean(square(sub(model.apply(p)(inputs), columns)))
    const step = (p: Params): Params =>
      zipLeaves((a: Tensor, g: Tensor) => sub(a, mul(0.25, g)) as Tensor)(p, grad(loss)(p) as Params)
    const starts = splitKeys(key(0), 64)
    let all = vmap((k) => model.init(k as never, { dtype: 'f64' }))(starts) as unknown as Params
    const at0 = (p: Params): Params => mapLeaves((t: Tensor) => take(t, 0, { axis: 0 }) as Tensor)(p as never) as never
    let alone = at0(all)
    const steps = jit(vmap((p: Params) => step(p)))
    for (let i = 0; i < 1000; i++) {
      all = steps(all as never) as unknown as Params
      // the batch is each of its examples
      if (i >= 20) continue
      alone = step(alone)
      near(at0(all), alone)
    }
    const losses = toArray(vmap((p: Params) => loss(p))(all as never) as Tensor) as unknown as number[]
    const solved = losses.filter((l) => l < 1e-6).length
    expect(solved).toBeGreaterThan(0)
    expect(losses.filter((l) => l > 0.1).length).toBeGreaterThan(0)
    expect(losses.length).toBe(64)
  })
})

describe('a fully connected layer, applied in many places', () => {
  it('is a convolution: to every window of a signal', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [n, width, channels] = [9, 3, 2] as const
        const layer = dense(width, channels)
        const params: [{ w: Tensor<[3, 2], 'f64'>; b: Tensor<[2], 'f64'> }] = [
          { w: normal(key(seed), [width, channels]), b: tensor([0.5, -1]) },
        ]
        const signal = normal(key(seed + 1), [n])
        const windows = Array.from({ length: n - width + 1 }, (_, i) => [i, i + 1, i + 2])
        const found = layer.apply(params)(take(signal, tensor(windows, { dtype: 'i32' })) as Tensor<[7, 3], 'f64'>)
        const x = toArray(signal) as readonly number[]
        const [w, b] = [toArray(params[0].w), toArray(params[0].b)]
        const expected = windows.map((_, i) =>
          [0, 1].map((c) => w.reduce((s, row, k) => s + (row[c] as number) * (x[i + k] as number), b[c] as number)),
        )
        near(found, tensor(expected), 10)
      }),
      { numRuns: 20 },
    )
  })

  it('is attention: queries, keys and values of every place, softmax(Q·Kᵀ/√d)·V', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [ofQ, ofK, ofV] = [dense(4, 3), dense(4, 3), dense(4, 2)] as const
        const f64 = { dtype: 'f64' } as const
        const x = normal(key(seed), [5, 4])
        const q = ofQ.apply(ofQ.init(key(seed + 1), f64))(x) as Tensor<[5, 3], 'f64'>
        const k = ofK.apply(ofK.init(key(seed + 2), f64))(x) as Tensor<[5, 3], 'f64'>
        const v = ofV.apply(ofV.init(key(seed + 3), f64))(x) as Tensor<[5, 2], 'f64'>
        const [Q, K, V] = [q, k, v].map((t) => toArray(t as Tensor) as unknown as number[][]) as [number[][], number[][], number[][]] // biome-ignore format: one line
        const expected = Q.map((a) => {
          const e = K.map((b) => Math.exp(a.reduce((s, u, i) => s + u * (b[i] as number), 0) / Math.sqrt(3)))
          const whole = e.reduce((s, u) => s + u, 0)
          return [0, 1].map((c) => V.reduce((s, row, i) => s + ((e[i] as number) / whole) * (row[c] as number), 0))
        })
        near(attention(q, k, v), tensor(expected), 10)
      }),
      { numRuns: 20 },
    )
  })
})

describe('nearness in 10⁵ dimensions', () => {
  const N = 12
  /** ‖xᵢ − xⱼ‖² of random points in d dimensions, each with all others. */
  const apart = (d: number): readonly number[] => {
    const x = normal(key(0), [N, d])
    const length = sum(square(x), { axis: 1 })
    const squares = sub(add(reshape(length, [N, 1]), length), mul(2, matmul(x, transpose(x))))
    return toArray(squares).flatMap((row, i) => row.filter((_, j) => j !== i))
  }
  const spread = (values: readonly number[]): number => Math.max(...values) / Math.min(...values)
  const d = 1e5
  const far = apart(d)

  it('knows no near points: all are √(2d) away, to within some thousandths', () => {
    // ‖x − x′‖²/2d has the mean 1 and the variance 2/d
    for (const s of far) expect(Math.abs(s / (2 * d) - 1)).toBeLessThan(7 * Math.sqrt(2 / d))
    expect(spread(apart(2))).toBeGreaterThan(100)
  })

  it('is no use to a Gaussian kernel, which is blind to all other points or sees them all alike', () => {
    const kernel = (width: number) => toArray(exp(mul(-1 / (2 * width ** 2), tensor(far)))) as readonly number[]
    expect(new Set(kernel(1))).toEqual(new Set([0]))
    // of the width that their distance asks for: e⁻¹, but for what the distances differ
    const wide = kernel(Math.sqrt(d))
    for (const k of wide) expect(Math.abs(k * Math.E - 1)).toBeLessThan(7 * Math.sqrt(2 / d) * 1.1)
  })
})

describe('a colour of the plane, f(x, y) = (f_R(x) + f_B(y))/2, seen on a part of it', () => {
  // five places on each axis; of the pairs those are seen where one of the two is at most the second
  const N = 5
  const red = [0.1, 0.9, 0.3, 0.7, 0.2]
  const blue = [0.8, 0.2, 0.6, 0, 1]
  const all = Array.from({ length: N * N }, (_, k) => [Math.floor(k / N), k % N] as const)
  const seen = all.filter(([i, j]) => i < 2 || j < 2)
  const unseen = all.filter(([i, j]) => i >= 2 && j >= 2)
  const colour = ([i, j]: readonly [number, number]): number => ((red[i] as number) + (blue[j] as number)) / 2
  const valuesOf = (points: readonly (readonly [number, number])[]) =>
    tensor(points.map(colour)) as Tensor<[number], 'f64'>
  const worst = (found: Tensor, points: readonly (readonly [number, number])[]): number =>
    Math.max(
      ...(toArray(found) as readonly number[]).map((v, k) =>
        Math.abs(v - colour(points[k] as readonly [number, number])),
      ),
    )

  it('is known everywhere to a sum of two models of one number', () => {
    const features = (points: readonly (readonly [number, number])[]) =>
      tensor(points.map(([i, j]) => Array.from({ length: 2 * N }, (_, k) => Number(k === i || k === N + j)))) as Tensor<
        [number, 10],
        'f64'
      >
    const x = features(seen)
    const y = valuesOf(seen)
    const loss = (w: Tensor<[10], 'f64'>) => mean(square(sub(matmul(x, w), y)))
    const step = jit((w: Tensor<[10], 'f64'>) => sub(w, grad(loss)(w)))
    let w: Tensor<[10], 'f64'> = normal(key(0), [10])
    for (let i = 0; i < 2000; i++) w = step(w)
    expect(worst(matmul(x, w), seen)).toBeLessThan(1e-6)
    expect(worst(matmul(features(unseen), w), unseen)).toBeLessThan(1e-6)
  })

  it('is not to a model that is smooth around what was seen: a mean by Gaussian kernel', () => {
    const squares = (points: readonly (readonly [number, number])[]) =>
      tensor(points.map(([i, j]) => seen.map(([k, l]) => -((i - k) ** 2 + (j - l) ** 2) / (2 * 0.25)))) as Tensor<
        [number, number],
        'f64'
      >
    const guess = (points: readonly (readonly [number, number])[]) => matmul(softmax(squares(points)), valuesOf(seen))
    expect(worst(guess(seen), seen)).toBeLessThan(0.15)
    expect(worst(guess(unseen), unseen)).toBeGreaterThan(0.25)
  })
})
