/** Kinks and special values of operations on arrays: ties, zeros, infinities, NaN in a branch not taken, nothing at all. */
import * as fc from 'fast-check'
import {
  abs,
  add,
  any,
  argmax,
  argmin,
  atan2,
  cumprod,
  cumsum,
  div,
  all as every,
  exp,
  grad,
  greater,
  hessian,
  hypot,
  item,
  jacfwd,
  jacrev,
  jit,
  jvp,
  log,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  norm,
  pow,
  prod,
  type Scalar,
  scalar,
  softmax,
  sort,
  sqrt,
  square,
  std,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  toArray,
  variance,
  where,
  zeros,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { tolerance } from '../../laws/tolerance.js'
import { type Function1, first, second } from './derivative.js'

// ------------------------------------------------------------------------------------------------------------- helpers

type Vector = Tensor<[number], 'f64'>
type Reducer = (x: Vector) => Tensor<[], 'f64'>

/** −0 as 0. */
const plain = (x: unknown): unknown =>
  JSON.parse(JSON.stringify(x, (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)))

/** The gradient in every mode. */
const gradients = (f: Reducer, x: readonly number[]): Readonly<Record<string, unknown>> => {
  const v = tensor(x) as Vector
  return {
    reverse: plain(toArray(grad(f)(v))),
    compiled: plain(toArray(jit(grad(f))(v))),
    forward: plain(toArray(jacfwd(f)(v))),
    rows: plain(toArray(jacrev(f)(v))),
  }
}

const expectGradient = (f: Reducer, x: readonly number[], expected: readonly (number | string)[]): void => {
  const g = gradients(f, x)
  expect(g).toEqual(Object.fromEntries(Object.keys(g).map((k) => [k, expected])))
}

const expectSlope = (f: Function1, x: number, value: number): void => {
  const d = first(f, x)
  for (const v of Object.values(d)) expect(v + 0).toBe(value + 0)
}

const expectCurvature = (f: Function1, x: number, value: number): void => {
  for (const v of Object.values(second(f, x))) expect(v + 0).toBe(value + 0)
}

const { NaN: N } = Number

// ----------------------------------------------------------------------------------------------------------------- ties

describe('ties split the derivative evenly', () => {
  test('max and min of an array', () => {
    expectGradient((x) => max(x), [1, 3, 3, 2], [0, 0.5, 0.5, 0])
    expectGradient((x) => min(x), [1, 3, 1, 1], [1 / 3, 0, 1 / 3, 1 / 3])
    expectGradient((x) => max(x), [-Infinity, -Infinity], [0.5, 0.5])
  })
  test('maximum and minimum of two', () => {
    expectGradient((x) => maximum(take(x, 0), take(x, 1)), [2, 2], [0.5, 0.5])
    expectGradient((x) => minimum(take(x, 0), take(x, 1)), [2, 2], [0.5, 0.5])
    expectGradient((x) => maximum(take(x, 0), take(x, 1)), [0, -0], [0.5, 0.5])
  })
  test('sort carries the derivative to where the values came from, equals in order', () => {
    expectGradient((x) => sum(mul(sort(x), tensor([1, 2, 3]))), [5, 1, 1], [3, 1, 2])
  })
  test('NaN wins, wherever it stands', () => {
    for (const x of [
      [N, 1, 2],
      [1, N, 2],
      [1, 2, N],
    ]) {
      expect(item(max(tensor(x)))).toBeNaN()
      expect(item(min(tensor(x)))).toBeNaN()
      expect(item(argmax(tensor(x)))).toBe(x.findIndex(Number.isNaN))
      expect(item(argmin(tensor(x)))).toBe(x.findIndex(Number.isNaN))
    }
    expect(item(maximum(N, 1))).toBeNaN()
    expect(item(minimum(1, scalar(N)))).toBeNaN()
  })
  test('abs has slope 0 at 0', () => {
    expectSlope((x) => abs(x), 0, 0)
    expectSlope((x) => abs(x), -0, 0)
  })
})

// ------------------------------------------------------------------------------------------------------- powers and roots

describe('powers', () => {
  test('at 0', () => {
    for (const two of [2, scalar(2)]) {
      expectSlope((x) => pow(x, two), 0, 0)
      expectCurvature((x) => pow(x, two), 0, 2)
    }
    for (const three of [3, scalar(3)]) {
      expectSlope((x) => pow(x, three), 0, 0)
      expectCurvature((x) => pow(x, three), 0, 0)
    }
    for (const one of [1, scalar(1)]) expectSlope((x) => pow(x, one), 0, 1)
    for (const none of [0, scalar(0)]) {
      expect(item(pow(scalar(0), none))).toBe(1)
      expectSlope((x) => pow(x, none), 0, 0)
      expectCurvature((x) => pow(x, none), 0, 0)
    }
    expectSlope((x) => pow(x, 2.5), 0, 0)
    expectSlope((x) => pow(x, 0.5), 0, Infinity)
    expectSlope((x) => pow(x, -1), 0, -Infinity)
  })
  test('of 0 in the exponent: 0 where the power is 0', () => {
    expectSlope((y) => pow(scalar(0), y), 2, 0)
    expectSlope((y) => pow(scalar(0), y), 0, 0)
  })
  test('of negative numbers by whole exponents', () => {
    for (const exponent of [3, scalar(3)]) {
      expect(item(pow(scalar(-2), exponent))).toBe(-8)
      expectSlope((x) => pow(x, exponent), -2, 12)
      expectCurvature((x) => pow(x, exponent), -2, -12)
    }
    expect(item(pow(scalar(-2), 0.5))).toBeNaN()
  })
})

describe('lengths', () => {
  test('the norm has gradient 0 at 0, and neither overflows nor underflows', () => {
    expectGradient((x) => norm(x), [0, 0, 0], [0, 0, 0])
    for (const s of [1e-300, 1, 1e300]) {
      expect(Math.abs(item(norm(tensor([3 * s, 4 * s]))) / (5 * s) - 1)).toBeLessThanOrEqual(
        tolerance('f64', 'reference'),
      )
      const g = toArray(grad((x: Vector) => norm(x))(tensor([3 * s, 4 * s]))) as number[]
      expect(Math.abs((g[0] as number) / 0.6 - 1)).toBeLessThanOrEqual(tolerance('f64', 'reference'))
    }
    expect(item(norm(tensor([Infinity, 1])))).toBe(Infinity)
    expect(item(norm(tensor([N, 1])))).toBeNaN()
  })
  test('hypot has slope 0 at (0, 0), and does not overflow', () => {
    expectGradient((x) => hypot(take(x, 0), take(x, 1)), [0, 0], [0, 0])
    expect(item(hypot(3e300, 4e300))).toBe(5e300)
    expect(item(hypot(-Infinity, 1))).toBe(Infinity)
    expect(item(hypot(1, N))).toBeNaN()
  })
  test('atan2 near the origin and far from it', () => {
    for (const s of [1e-200, 1, 1e200]) {
      const angle = (u: Scalar, v: Scalar): Scalar => atan2(u, v)
      const slopes = [jvp(angle, [s, s], [1, 0])[1], jvp(angle, [s, s], [0, 1])[1]].map((d) => item(d as Scalar) * s)
      slopes.forEach((d, i) => {
        expect(Math.abs(d - [0.5, -0.5][i]!)).toBeLessThanOrEqual(tolerance('f64', 'reference'))
      })
    }
  })
  test('std of a constant has gradient 0, also where the mean of the constant rounds', () => {
    for (const c of [0, 1, 0.1, 1 / 3, -1e300, 1e-300, 0.7])
      for (const n of [1, 2, 3, 5, 6, 7]) {
        const x = Array.from({ length: n }, () => c)
        expect(item(std(tensor(x)))).toBe(0)
        expect(item(variance(tensor(x)))).toBe(0)
        expectGradient(
          (v) => std(v),
          x,
          x.map(() => 0),
        )
      }
  })
  test('the variance does not cancel on an offset', () => {
    // exact: 1e9 + {0, 1, 2} are doubles, their variance is 2/3
    const v = item(variance(tensor([1e9, 1e9 + 1, 1e9 + 2])))
    expect(Math.abs(v - 2 / 3)).toBeLessThanOrEqual(tolerance('f64', 'cancelled'))
  })
  test('sqrt has slope ∞ at 0, and 0 · ∞ is not NaN behind a constant', () => {
    expectSlope((x) => sqrt(x), 0, Infinity)
    expectSlope((x) => sqrt(mul(x, 0)), 1, 0)
    expectSlope((x) => mul(0, sqrt(x)), 0, 0)
  })
})

// ---------------------------------------------------------------------------------------------------------------- where

describe('where', () => {
  const guarded: readonly (readonly [string, Function1, number, number])[] = [
    // at 0 the branch not taken is −∞, NaN or ∞, and its slope too
    ['log', (x) => where(greater(x, 0), log(x), mul(x, 3)), 3, 0],
    ['sqrt', (x) => where(greater(x, 0), sqrt(x), mul(x, x)), 0, 2],
    ['1/x', (x) => where(greater(x, 0), div(1, x), mul(x, x)), 0, 2],
    ['x/x', (x) => where(greater(x, 0), div(x, x), add(x, mul(x, x))), 1, 2],
    ['log of a negative', (x) => where(greater(x, 0), log(sub(x, 1)), mul(2, x)), 2, 0],
    ['exp overflowing', (x) => where(greater(x, 0), exp(div(1, x)), x), 1, 0],
    ['x·log x', (x) => where(greater(x, 0), mul(x, log(x)), square(x)), 0, 2],
    ['pow', (x) => where(greater(x, 0), pow(x, -0.5), square(x)), 0, 2],
    ['atan of 1/x²', (x) => where(greater(x, 0), sqrt(div(1, square(x))), square(x)), 0, 2],
  ]
  test.each(guarded)('%s in the branch not taken reaches no derivative', (_, f, slope, curvature) => {
    expectSlope(f, 0, slope)
    expectCurvature(f, 0, curvature)
  })
  test('in an array, each element takes its own branch', () => {
    const f: Reducer = (x) => sum(where(greater(x, 0), log(x), square(x)))
    expectGradient(f, [2, 0, -1], [0.5, 0, -2])
    expect(toArray(hessian(f)(tensor([2, 0, -1]) as Vector))).toEqual(
      [
        [-0.25, 0, 0],
        [0, 2, 0],
        [0, 0, 2],
      ].map((r) => r.map((v) => v + 0)),
    )
  })
  test('a NaN that is taken shows', () => {
    expect(item(where(greater(scalar(-1), -2), log(scalar(-1)), 0))).toBeNaN()
  })
  test('the condition may be traced and the branches numbers', () => {
    expect(item(jit((x: Scalar) => where(greater(x, 0), 1, 2))(3))).toBe(1)
    expectSlope((x) => where(greater(x, 0), 1, 2), 1, 0)
  })
})

// --------------------------------------------------------------------------------------------------- logs of sums of exps

describe('log Σ exp and softmax', () => {
  test('entries of −∞ count for nothing', () => {
    expect(item(logSumExp(tensor([0, -Infinity, 0])))).toBe(Math.log(2))
    expectGradient((x) => logSumExp(x), [0, -Infinity, 0], [0.5, 0, 0.5])
    expect(toArray(softmax(tensor([0, -Infinity, 0])))).toEqual([0.5, 0, 0.5])
    expect(toArray(logSoftmax(tensor([0, -Infinity])))).toEqual([0, -Infinity])
    const H = toArray(hessian((x: Vector) => logSumExp(x))(tensor([0, -Infinity, 0]) as Vector))
    expect(plain(H)).toEqual([
      [0.25, 0, -0.25],
      [0, 0, 0],
      [-0.25, 0, 0.25],
    ])
  })
  test('of nothing but −∞: −∞ with gradient 0; no distribution', () => {
    expect(item(logSumExp(tensor([-Infinity, -Infinity])))).toBe(-Infinity)
    expectGradient((x) => logSumExp(x), [-Infinity, -Infinity], [0, 0])
    for (const p of toArray(softmax(tensor([-Infinity, -Infinity])))) expect(p).toBeNaN()
  })
  test('a row of nothing but −∞ leaves the others alone', () => {
    const x = tensor([
      [0, 0],
      [-Infinity, -Infinity],
    ])
    expect(toArray(logSumExp(x, { axis: 1 }))).toEqual([Math.log(2), -Infinity])
    expect(plain(toArray(grad((v: typeof x) => sum(take(logSumExp(v, { axis: 1 }), 0)))(x)))).toEqual([
      [0.5, 0.5],
      [0, 0],
    ])
  })
  test('of +∞: ∞', () => {
    expect(item(logSumExp(tensor([Infinity, 0])))).toBe(Infinity)
  })
  test('large entries neither overflow nor lose the small differences', () => {
    for (const c of [0, 1e3, -1e3, 2 ** 40]) {
      expect(toArray(softmax(tensor([c, c])))).toEqual([0.5, 0.5])
      expect(toArray(logSoftmax(tensor([c, c - 64])))).toEqual(toArray(logSoftmax(tensor([0, -64]))))
    }
    expect(item(logSumExp(tensor([1e300, -1e300])))).toBe(1e300)
    expect(toArray(logSoftmax(tensor([1e300, -1e300])))).toEqual([0, -2e300])
    expect(toArray(softmax(tensor([1e3, 0], { dtype: 'f32' })))).toEqual([1, 0])
    // −log softmax of the winner: e^−30, not 0 and not rounded to the size of the entries
    const winner = (toArray(logSoftmax(tensor([1000, 970]))) as number[])[0] as number
    expect(Math.abs(winner + Math.log1p(Math.exp(-30)))).toBeLessThanOrEqual(tolerance('f64', 'cancelled'))
  })
})

// ------------------------------------------------------------------------------------------------------------- products

describe('products with zeros', () => {
  const gradientOf = (x: readonly number[]): number[] =>
    x.map((_, i) => x.reduce((p, v, k) => (k === i ? p : p * v), 1))
  const small = fc.integer({ min: -3, max: 3 })
  test('prod: the derivative is the product of the others', () => {
    expectGradient((x) => prod(x), [2, 0, 5], [0, 10, 0])
    expectGradient((x) => prod(x), [2, 0, 0], [0, 0, 0])
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 6 }), (x) => {
        expectGradient(
          (v) => prod(v),
          x,
          gradientOf(x).map((v) => v + 0),
        )
      }),
      { numRuns: 30 },
    )
  })
  test('prod: the second derivative is the product of the rest', () => {
    expect(plain(toArray(hessian((x: Vector) => prod(x))(tensor([0, 0, 5]) as Vector)))).toEqual([
      [0, 5, 0],
      [5, 0, 0],
      [0, 0, 0],
    ])
  })
  test('cumprod: its sum has the derivative by the definition', () => {
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 6 }), (x) => {
        const expected = x.map((_, i) =>
          x.reduce(
            (total, _v, n) => (n < i ? total : total + x.slice(0, n + 1).reduce((p, v, k) => (k === i ? p : p * v), 1)),
            0,
          ),
        )
        expectGradient(
          (v) => sum(cumprod(v)),
          x,
          expected.map((v) => v + 0),
        )
      }),
      { numRuns: 30 },
    )
  })
})

// -------------------------------------------------------------------------------------------------------------- nothing

describe('reductions of nothing', () => {
  const empty = zeros([0])
  const rows = zeros([2, 0])
  test('have their neutral elements', () => {
    expect(item(sum(empty))).toBe(0)
    expect(item(prod(empty))).toBe(1)
    expect(item(mean(empty))).toBeNaN()
    expect(item(variance(empty))).toBeNaN()
    expect(item(std(empty))).toBeNaN()
    expect(item(norm(empty))).toBe(0)
    expect(item(logSumExp(empty))).toBe(-Infinity)
    expect(item(any(greater(empty, 0)))).toBe(false)
    expect(item(every(greater(empty, 0)))).toBe(true)
    expect(toArray(sum(rows, { axis: 1 }))).toEqual([0, 0])
    expect(toArray(prod(rows, { axis: 1 }))).toEqual([1, 1])
    expect(toArray(sum(rows, { axis: 0 }))).toEqual([])
    expect(toArray(max(rows, { axis: 0 }))).toEqual([])
    expect(toArray(logSumExp(rows, { axis: 1 }))).toEqual([-Infinity, -Infinity])
    expect(toArray(softmax(rows))).toEqual([[], []])
    expect(toArray(logSoftmax(rows))).toEqual([[], []])
    expect(toArray(cumsum(rows))).toEqual([[], []])
    expect(toArray(sort(rows))).toEqual([[], []])
  })
  test('have empty gradients', () => {
    for (const f of [sum, prod, norm, logSumExp, mean] as unknown as Reducer[])
      expect(toArray(grad(f)(empty as unknown as Vector))).toEqual([])
  })
  test('max and min of nothing are refused, also when traced', () => {
    expect(() => jit((x: typeof empty) => max(x))(empty)).toThrow('max: an empty axis of [0] has no max')
    expect(() => min(empty)).toThrow('min: an empty axis of [0] has no min')
  })
})

// ------------------------------------------------------------------------------------------------------------ all modes

const small3 = fc.integer({ min: -4, max: 4 })

test('forward and reverse agree at every kink above, for random directions', () => {
  const kinks: readonly (readonly [Reducer, readonly number[]])[] = [
    [(x) => max(x), [1, 1, 0]],
    [(x) => norm(x), [0, 0, 0]],
    [(x) => std(x), [0.1, 0.1, 0.1]],
    [(x) => prod(x), [0, 0, 2]],
    [(x) => logSumExp(x), [0, -Infinity, 1]],
    [(x) => sum(where(greater(x, 0), log(x), x)), [0, 1, -1]],
  ]
  fc.assert(
    fc.property(fc.constantFrom(...kinks), fc.tuple(small3, small3, small3), ([f, x], v) => {
      const forward = item(jvp(f, [tensor(x) as Vector], [tensor(v) as Vector])[1])
      const g = toArray(grad(f)(tensor(x) as Vector)) as number[]
      const reverse = g.reduce((s, gi, i) => s + gi * (v[i] as number), 0)
      expect(Math.abs(forward - reverse)).toBeLessThanOrEqual(tolerance('f64', 'reference'))
    }),
  )
})
