/** Losses of numbers, regularisers and metrics, against their definitions; what all losses refuse. */
import * as fc from 'fast-check'
import * as lanac from 'lanac'
import {
  DTypeError,
  grad,
  hessian,
  item,
  jit,
  lgamma,
  ShapeError,
  type Tensor,
  tensor,
  toArray,
  ValueError,
} from 'lanac'
import * as Loss from 'lanac/loss'
import {
  accuracy,
  gaussianNll,
  huber,
  l1,
  l2,
  meanAbsoluteError,
  meanSquaredError,
  poissonNll,
  zeroOneLoss,
} from 'lanac/loss'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'

const close = (found: unknown, expected: unknown): void => {
  const [f, e] = [[found].flat(5), [expected].flat(5)] as readonly [number[], number[]]
  expect(f.length).toBe(e.length)
  f.forEach((v, i) => {
    const w = e[i] as number
    if (!(v === w))
      expect(Math.abs(v - w), `${v} at ${i}, expected ${w}`).toBeLessThanOrEqual(
        tolerance('f64', 'reference') * Math.max(1, Math.abs(w)),
      )
  })
}

type Matrix = Tensor<[number, number], 'f64'>
type Loose = (p: Matrix, t: Matrix, options?: { readonly reduction?: Loss.Reduction }) => Tensor
const number = fc.double({ min: -10, max: 10, noNaN: true })
/** Predictions and targets of one shape. */
const pairs = fc.record({ n: fc.integer({ min: 1, max: 4 }), d: fc.integer({ min: 1, max: 3 }) }).chain(({ n, d }) => {
  const rows = fc.array(fc.array(number, { minLength: d, maxLength: d }), { minLength: n, maxLength: n })
  return fc.record({ p: rows, t: rows, count: fc.constant(n * d) })
})

interface Definition {
  readonly loss: Loose
  readonly value: (p: number, t: number) => number
  readonly slope: (p: number, t: number) => number
  readonly target?: (t: number) => number
}

const LOG_2PI = Math.log(2 * Math.PI)
const definitions: Readonly<Record<string, Definition>> = {
  meanSquaredError: { loss: meanSquaredError as Loose, value: (p, t) => (p - t) ** 2, slope: (p, t) => 2 * (p - t) },
  meanAbsoluteError: {
    loss: meanAbsoluteError as Loose,
    value: (p, t) => Math.abs(p - t),
    slope: (p, t) => Math.sign(p - t),
  },
  huber: {
    loss: ((p, t, o) => huber(p, t, { delta: 1.5, ...o })) as Loose,
    value: (p, t) => (Math.abs(p - t) <= 1.5 ? (p - t) ** 2 / 2 : 1.5 * (Math.abs(p - t) - 0.75)),
    slope: (p, t) => Math.max(-1.5, Math.min(1.5, p - t)),
  },
  gaussianNll: {
    loss: ((p, t, o) => gaussianNll(p, t, 2.5, { full: true, ...o })) as Loose,
    value: (p, t) => 0.5 * ((t - p) ** 2 / 2.5 + Math.log(2.5) + LOG_2PI),
    slope: (p, t) => (p - t) / 2.5,
  },
  'gaussianNll of unit variance': {
    loss: ((p, t, o) => gaussianNll(p, t, o)) as Loose,
    value: (p, t) => 0.5 * (t - p) ** 2,
    slope: (p, t) => p - t,
  },
  poissonNll: {
    loss: poissonNll as Loose,
    value: (p, t) => Math.exp(p) - t * p,
    slope: (p, t) => Math.exp(p) - t,
    target: (t) => Math.abs(Math.round(t)),
  },
}

describe.each(Object.entries(definitions))('%s', (_, { loss, value, slope, target = (t: number) => t }) => {
  test('value, reductions and derivative are those of the definition', () => {
    fc.assert(
      fc.property(pairs, ({ p, t: raw, count }) => {
        const t = raw.map((r) => r.map(target))
        const each = p.map((r, i) => r.map((v, k) => value(v, (t[i] as number[])[k] as number)))
        const all = each.flat().reduce((a, b) => a + b, 0)
        const [x, y] = [tensor(p) as Matrix, tensor(t) as Matrix]
        close(toArray(loss(x, y, { reduction: 'none' })), each)
        close(item(loss(x, y, { reduction: 'sum' })), all)
        close(item(loss(x, y)), all / count)
        const slopes = p.map((r, i) => r.map((v, k) => slope(v, (t[i] as number[])[k] as number) / count))
        const f = (u: Matrix): Tensor<[], 'f64'> => loss(u, y) as Tensor<[], 'f64'>
        close(toArray(grad(f)(x)), slopes)
        close(toArray(jit(grad(f))(x)), slopes)
      }),
    )
  })
})

describe('corners', () => {
  test('where prediction and target agree', () => {
    const x = tensor([1, 2])
    for (const loss of [meanSquaredError, meanAbsoluteError, huber] as unknown as Loose[])
      expect(toArray(grad((p: Tensor<[2], 'f64'>) => loss(p as never, x as never) as Tensor<[], 'f64'>)(x))).toEqual([
        0, 0,
      ])
  })
  test('huber joins its pieces smoothly', () => {
    const f = (p: Tensor<[], 'f64'>): Tensor<[], 'f64'> => huber(p, 0, { delta: 2 })
    expect([
      item(f(tensor(2))),
      item(grad(f)(2)),
      item(grad(f)(-2)),
      item(hessian(f)(2)),
      item(hessian(f)(2.5)),
    ]).toEqual([2, 2, -2, 1, 0])
    expect(item(huber(tensor(1e300), tensor(-1e300)))).toBe(2e300)
  })
  test('the lecture: P = [0.8, 0, 0.2] costs 1.28, P = [0.4, 0.4, 0.2] costs 0.96', () => {
    const target = tensor([0, 0, 1])
    close(item(meanSquaredError(tensor([0.8, 0, 0.2]), target, { reduction: 'sum' })), 1.28)
    close(item(meanSquaredError(tensor([0.4, 0.4, 0.2]), target, { reduction: 'sum' })), 0.96)
  })
  test('gaussianNll: the derivative in the variance, its floor, a variance for each column', () => {
    const f = (v: Tensor<[], 'f64'>): Tensor<[], 'f64'> => gaussianNll(tensor(1), 3, v)
    close(item(grad(f)(2)), 0.5 * (1 / 2 - 4 / 4))
    close(item(f(tensor(0))), 0.5 * (Math.log(1e-6) + 4e6))
    close(item(gaussianNll(tensor(1), 3, 0.5, { epsilon: 1 })), 2)
    const each = gaussianNll(
      tensor([
        [1, 1],
        [1, 1],
      ]),
      tensor([
        [2, 2],
        [1, 1],
      ]),
      tensor([1, 4]),
      { reduction: 'none' },
    )
    close(toArray(each), [
      [0.5, 0.5 * (Math.log(4) + 0.25)],
      [0, 0.5 * Math.log(4)],
    ])
  })
  test('poissonNll: full adds log t!, a rate of 0 costs a count of 0 nothing', () => {
    close(item(poissonNll(tensor(0.5), tensor(4), { full: true })), Math.exp(0.5) - 2 + Math.log(24))
    close(item(lgamma(tensor(5))), Math.log(24))
    expect(item(poissonNll(tensor(-Infinity), tensor(0)))).toBe(0)
    expect(item(poissonNll(tensor(-Infinity), tensor(1)))).toBe(Infinity)
  })
})

describe('regularisers', () => {
  const params = [
    { w: tensor([[3, -4]]), b: tensor([0]) },
    { name: 'static', scale: 2, steps: tensor(7, { dtype: 'i32' }) },
  ] as const
  test('sum over the floats of a tree', () => {
    expect(item(l2(params))).toBe(29)
    expect(item(l1(params))).toBe(9)
    expect(item(l2([]))).toBe(0)
    expect(l2({ w: tensor([1, 2], { dtype: 'f32' }) }).dtype).toBe('f32')
  })
  test('have derivatives 2w and sign w, 0 at 0', () => {
    type P = readonly { readonly w: Tensor<[3], 'f64'> }[]
    const p: P = [{ w: tensor([3, -4, 0]) }]
    expect(toArray((grad((q: P) => l2(q))(p)[0] as { w: Tensor }).w)).toEqual([6, -8, 0])
    expect(toArray((grad((q: P) => l1(q))(p)[0] as { w: Tensor }).w)).toEqual([1, -1, 0])
  })
  test('refuse to mix element types', () => {
    expect(() => l2([tensor([1]), tensor([1], { dtype: 'f32' })])).toThrow(DTypeError)
  })
})

describe('metrics', () => {
  const z = tensor([
    [2, 1, 0],
    [0, 3, 1],
    [1, 1, 0],
    [0, 0, 9],
  ])
  const l = tensor([0, 1, 1, 0], { dtype: 'i32' })
  test('accuracy and zeroOneLoss count; of equal logits the first is the likeliest', () => {
    expect(toArray(accuracy(z, l, { reduction: 'none' }))).toEqual([1, 1, 0, 0])
    expect(toArray(zeroOneLoss(z, l, { reduction: 'none' }))).toEqual([0, 0, 1, 1])
    expect([item(accuracy(z, l)), item(zeroOneLoss(z, l)), item(zeroOneLoss(z, l, { reduction: 'sum' }))]).toEqual([
      0.5, 0.5, 2,
    ])
    expect(item(accuracy(z, lanac.oneHot(l, 3)))).toBe(0.5)
    expect(item(accuracy(tensor([1, 5, 2]), 1))).toBe(1)
    expect(item(jit((a: typeof z, b: typeof l) => accuracy(a, b))(z, l))).toBe(0.5)
  })
  test('have no slope to descend on', () => {
    expect([toArray(grad((a: typeof z) => zeroOneLoss(a, l))(z))].flat(3)).toEqual(Array(12).fill(0))
  })
})

describe('what losses refuse', () => {
  // biome-ignore lint/suspicious/noExplicitAny: these calls are what the types forbid
  const L = Loss as any
  const z = tensor([
    [1, 2],
    [3, 4],
  ])
  const i32 = (data: number | readonly number[]): Tensor => tensor(data as number[], { dtype: 'i32' })
  const refusals: readonly (readonly [() => unknown, unknown, string])[] = [
    [
      () => L.meanSquaredError(tensor([[1], [2]]), tensor([1, 2])),
      ShapeError,
      'meanSquaredError: prediction [2, 1] and target [2] differ in shape; reshape one of them: losses do not broadcast',
    ],
    [() => L.huber(tensor([1]), tensor([1]), { delta: 0 }), ValueError, 'huber: delta must be positive, found 0'],
    [
      () => L.meanSquaredError(tensor([1]), tensor([1]), { reduction: 'average' }),
      ValueError,
      "meanSquaredError: unknown reduction average; use 'mean', 'sum' or 'none'",
    ],
    [
      () => L.meanAbsoluteError(i32([1]), i32([1])),
      DTypeError,
      "meanAbsoluteError: takes f64, f32, found i32 of shape [1]; convert it: convert(x, 'f64')",
    ],
    [
      () => L.binaryCrossEntropyWithLogits(tensor([1]), i32([1])),
      DTypeError,
      "binaryCrossEntropyWithLogits: f64 and i32 do not mix (shapes [1] and [1]); convert one of them: convert(x, 'f64')",
    ],
    [
      () => L.crossEntropy(z, i32([0])),
      ShapeError,
      'crossEntropy: logits [2, 2] need a label for each of [2], found [1]',
    ],
    [() => L.crossEntropy(z, i32([0, 2])), ValueError, 'crossEntropy: label 2 is not one of 2 classes, 0 to 1'],
    [() => L.crossEntropy(z, i32([0, -1])), ValueError, 'crossEntropy: label -1 is not one of 2 classes, 0 to 1'],
    [
      () => L.crossEntropy(z, tensor([0, 1])),
      ShapeError,
      "crossEntropy: labels of shape [2] for logits [2, 2] are f64; class indices are i32; make them integers: convert(labels, 'i32')",
    ],
    [
      () => L.crossEntropy(z, tensor([true, false])),
      DTypeError,
      "crossEntropy: labels are i32 class indices or probabilities [2, 2], found bool of shape [2]; make them integers: convert(labels, 'i32')",
    ],
    [
      () =>
        L.crossEntropy(
          z,
          tensor([
            [1, 0, 0],
            [0, 1, 0],
          ]),
        ),
      ShapeError,
      'crossEntropy: prediction [2, 2] and labels [2, 3] differ in shape; reshape one of them: losses do not broadcast',
    ],
    [
      () => L.crossEntropy(z, i32([0, 1]), { labelSmoothing: 1.5 }),
      ValueError,
      'crossEntropy: labelSmoothing must be between 0 and 1, found 1.5',
    ],
    [() => L.crossEntropy(tensor(1), 0), ShapeError, 'crossEntropy: logits of shape [] have no classes'],
    [
      () => L.softCrossEntropy(z, tensor([1, 0])),
      ShapeError,
      'softCrossEntropy: prediction [2, 2] and probabilities [2] differ in shape; reshape one of them: losses do not broadcast',
    ],
    [() => L.gaussianNll(z, z, tensor([1, 2, 3])), ShapeError, 'gaussianNll: [3] does not stretch to [2, 2]'],
    [() => L.accuracy(z, i32([0])), ShapeError, 'accuracy: logits [2, 2] need a label for each of [2], found [1]'],
  ]
  test.each(refusals.map(([f, type, message]) => ({ f, type, message })))('$message', ({ f, type, message }) => {
    let error: unknown
    try {
      f()
    } catch (e) {
      error = e
    }
    expect((error as Error | undefined)?.message).toBe(message)
    expect(error).toBeInstanceOf(type)
  })
  test('a traced label that names no class, also a negative one, is refused where it is computed', () => {
    const f = jit((a: typeof z, l: Tensor<[2], 'i32'>) => Loss.crossEntropy(a, l))
    for (const bad of [2, -1])
      expect(() => item(f(z, tensor([0, bad], { dtype: 'i32' })))).toThrow(/index \d is out of range/)
  })
})
