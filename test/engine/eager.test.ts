/** Large operations outside of jit: what compiled kernels give against the evaluator, and when they are asked at all. */
import * as fc from 'fast-check'
import { add, grad, matmul, mul, sum, tensor, toTypedArray } from 'lanac'
import { describe, expect, it } from 'vitest'
import { EPSILON, tolerance } from '../../laws/tolerance.js'
import type { DType, Float, Tensor } from '../../src/core/value.js'
import { Slab } from '../../src/engine/arena.js'
import { eager } from '../../src/engine/eager.js'
import type { AnySingle } from '../../src/primitive/record.js'
import { type SingleParams, table } from '../../src/primitive/table.js'
import { apply, builder } from '../../src/tape/node.js'
import { allocate, bufferOf, type Concrete, cast, concrete, uniform } from '../../src/tensor/concrete.js'
import { sizeOf } from '../../src/tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Name = keyof SingleParams

/** An operation on arguments of these shapes. */
interface Case {
  readonly name: Name
  readonly params: unknown
  readonly args: readonly { readonly shape: readonly number[]; readonly dtype: DType; readonly below?: number }[]
  /** Terms that are summed for one element of the result; 1: none. */
  readonly terms: number
}

const SPECIAL = [0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 2.5, 1e-310, 1e-40]

/** Numbers from a seed: below a bound, or any, with special ones among them. */
const filled = (shape: readonly number[], dtype: DType, seed: number, special: boolean, below?: number): Concrete => {
  const out = allocate(dtype, sizeOf(shape))
  let state = seed >>> 0
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const fraction = state / 2 ** 32
    const x =
      below !== undefined
        ? Math.floor(fraction * below)
        : dtype === 'i32'
          ? state | 0
          : dtype === 'bool'
            ? state >>> 31
            : special && (state & 15) === 0
              ? (SPECIAL[(state >>> 8) % SPECIAL.length] as number)
              : special
                ? (fraction - 0.5) * 2 ** ((state & 63) - 32)
                : 0.25 + fraction / 2
    out[i] = cast(dtype, x)
  }
  return concrete(shape, dtype, out)
}

const N = 10_000
const S = 100
const unary = (dtypes: readonly DType[], ...names: readonly Name[]): readonly Case[] =>
  names.flatMap((name) => dtypes.map((dtype) => ({ name, params: null, args: [{ shape: [N], dtype }], terms: 1 })))
const two = (dtypes: readonly DType[], ...names: readonly Name[]): readonly Case[] =>
  names.flatMap((name) =>
    dtypes.map((dtype) => ({
      name,
      params: null,
      args: [
        { shape: [S, S], dtype },
        { shape: [S, S], dtype },
      ],
      terms: 1,
    })),
  )
const one = (name: Name, params: unknown, dtypes: readonly DType[], terms = 1): readonly Case[] =>
  dtypes.map((dtype) => ({ name, params, args: [{ shape: [S, S, 2], dtype }], terms }))

const FLOATS: readonly DType[] = ['f64', 'f32']
const NUMBERS: readonly DType[] = ['f64', 'f32', 'i32']
const ALL: readonly DType[] = ['f64', 'f32', 'i32', 'bool']

/** Operations that have to have the evaluator's very bits. */
const exact: readonly Case[] = [
  ...unary(NUMBERS, 'neg', 'abs', 'sign'),
  ...unary(FLOATS, 'floor', 'ceil', 'round', 'sqrt', 'isNaN', 'isFinite'),
  ...two(NUMBERS, 'add', 'sub', 'mul', 'maximum', 'minimum', 'less', 'lessEqual'),
  ...two(FLOATS, 'div', 'maskedMul'),
  ...two(ALL, 'equal', 'notEqual'),
  ...two(['i32', 'bool'], 'and', 'or', 'xor'),
  ...two(['i32'], 'shiftLeft', 'shiftRight'),
  ...unary(['i32', 'bool'], 'not'),
  ...ALL.map(
    (dtype): Case => ({
      name: 'select',
      params: null,
      args: [
        { shape: [S, S], dtype: 'bool' },
        { shape: [S, S], dtype },
        { shape: [S, S], dtype },
      ],
      terms: 1,
    }),
  ),
  ...one('sum', [1], ['i32']),
  ...one('prod', [0, 2], ['i32']),
  ...one('max', [1, 2], NUMBERS),
  ...one('min', [0], NUMBERS),
  ...one('argmax', 1, NUMBERS),
  ...one('argmin', 0, NUMBERS),
  ...one('argsort', 2, NUMBERS),
  ...one('permute', [2, 0, 1], ALL),
  ...one('flip', [0, 1], ALL),
  ...one('broadcast', { shape: [S, 3, S, 2], dims: [0, 2, 3] }, ALL),
  ...one('slice', { start: [1, 0, 0], stop: [S, S, 2], step: [1, 1, 1] }, ALL),
  ...one('pad', { low: [1, 0, 0], high: [0, 2, 0], interior: [0, 0, 1], value: 0 }, NUMBERS),
  ...ALL.map(
    (dtype): Case => ({
      name: 'gather',
      params: { batch: 0 },
      args: [
        { shape: [N / 20, 20], dtype },
        { shape: [N / 20], dtype: 'i32', below: N / 20 },
      ],
      terms: 1,
    }),
  ),
  ...one('cumsum', { axis: 1, reverse: true }, ['i32']),
]

/** Operations that may round otherwise. */
const rounded: readonly Case[] = [
  ...unary(FLOATS, 'exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh'),
  ...unary(FLOATS, 'asinh', 'atanh', 'erf', 'erfc', 'lgamma', 'digamma'),
  ...two(FLOATS, 'pow', 'atan2'),
  ...one('integerPow', 5, FLOATS),
  ...one('sum', [0, 1], FLOATS, S * S),
  ...one('prod', [2], FLOATS, 2),
  ...one('cumsum', { axis: 0, reverse: false }, FLOATS, S),
  ...one('cumprod', 0, FLOATS, S),
  ...FLOATS.map(
    (dtype): Case => ({
      name: 'contract',
      params: { a: [0, 1], b: [1, 2], out: [0, 2] },
      args: [
        { shape: [S, S], dtype },
        { shape: [S, 9], dtype },
      ],
      terms: S,
    }),
  ),
  ...FLOATS.map(
    (dtype): Case => ({
      name: 'scatterAdd',
      params: { batch: 0, size: 50 },
      args: [
        { shape: [S, S], dtype },
        { shape: [S], dtype: 'i32', below: 50 },
      ],
      terms: S,
    }),
  ),
]

const MATMUL = { a: [0, 1], b: [1, 2], out: [0, 2] }

const label = (c: Case): string => `${c.name} ${JSON.stringify(c.params)} of ${c.args.map((a) => a.dtype).join()}`
const primitiveOf = (c: Case): AnySingle => table[c.name] as unknown as AnySingle
const shapeOf = (c: Case, args: readonly Concrete[]): readonly number[] =>
  primitiveOf(c).abstract(c.params as never, args).shape

/** The first element in which two arrays differ, −0 and 0 told apart. */
const different = (x: Concrete, y: Concrete): unknown => {
  const [p, q] = [bufferOf(x), bufferOf(y)]
  const at = p.findIndex((v, i) => !Object.is(v, q[i]))
  return p.length === q.length && at < 0 ? null : { at, left: p[at], right: q[at] }
}

/** What the compiled kernel gives, once there is one. */
const compiled = (c: Case, args: readonly Concrete[]): Concrete => {
  for (let i = 0; i < 2000; i++) {
    const y = eager(primitiveOf(c), c.params, args, shapeOf(c, args))
    if (y !== null) return y
  }
  throw new Error(`${label(c)} is not compiled`)
}

const draw = (c: Case, seed: number, special: boolean, ones: number): readonly Concrete[] =>
  c.args.map((a, i) =>
    (ones >> i) & 1
      ? uniform(a.shape, a.dtype, a.below === undefined ? cast(a.dtype, 0.75) : 1)
      : filled(a.shape, a.dtype, seed + i, special, a.below),
  )

/** One argument at least is an array. */
const masks = (c: Case): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** c.args.length - 2 })

// -------------------------------------------------------------------------------------------------------------- running

describe('a large operation', () => {
  it.each(exact.map((c) => [label(c), c] as const))('has the bits of the evaluator: %s', (_, c) => {
    fc.assert(
      fc.property(fc.nat(), masks(c), (seed, ones) => {
        fc.pre(c.name !== 'select' || (ones & 1) === 0)
        const args = draw(c, seed, true, ones)
        const y = compiled(c, args)
        const z = primitiveOf(c).evaluate(c.params as never, args)
        expect([y.shape, y.dtype, y.weak]).toEqual([z.shape, z.dtype, z.weak])
        expect(different(y, z)).toBeNull()
      }),
      { numRuns: 3 },
    )
  })

  it.each(rounded.map((c) => [label(c), c] as const))('rounds as well as the evaluator: %s', (_, c) => {
    fc.assert(
      fc.property(fc.nat(), masks(c), (seed, ones) => {
        const args = draw(c, seed, false, ones)
        const y = compiled(c, args)
        const z = primitiveOf(c).evaluate(c.params as never, args)
        expect([y.shape, y.dtype, y.weak]).toEqual([z.shape, z.dtype, z.weak])
        const dtype = z.dtype as Float
        // all terms are positive: a sum is the sum of magnitudes
        const bound = c.terms * tolerance(dtype, c.terms === 1 ? 'elementary' : 'reordered')
        const [p, q] = [bufferOf(y), bufferOf(z)]
        const off = p.findIndex(
          (v, i) => !(Math.abs(v - (q[i] as number)) <= bound * Math.max(Math.abs(q[i] as number), EPSILON[dtype])),
        )
        expect(off < 0 ? null : [off, p[off], q[off]]).toBeNull()
      }),
      { numRuns: 3 },
    )
  })

  it('gives the same bits however often it was done before', () => {
    const cases = [...rounded, ...exact]
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.nat(), fc.integer({ min: 80, max: 110 }), (c, seed, n) => {
        // another size each time: nothing has been compiled for it yet
        const sized: Case = {
          ...c,
          args: c.args.map((a) => ({
            ...a,
            shape: a.shape.map((m) => (m === S ? n : m)),
            ...(a.below === undefined ? {} : { below: Math.min(a.below, n) }),
          })),
        }
        fc.pre(c.name !== 'slice' && c.name !== 'broadcast')
        const args = draw(sized, seed, false, 0)
        const first = apply(primitiveOf(c), c.params, args) as Concrete
        for (let i = 0; i < 200; i++) apply(primitiveOf(c), c.params, args)
        expect(different(apply(primitiveOf(c), c.params, args) as Concrete, first)).toBeNull()
      }),
      { numRuns: 20 },
    )
  })

  it('leaves small ones to the evaluator', () => {
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8])
    for (let i = 0; i < 1000; i++) expect((add(x, x) as Tensor as Concrete).residence).toBeNull()
  })

  it('leaves one number for all elements as it is', () => {
    const x = uniform([1000, 1000], 'f64', 3)
    const y = mul(x, 2) as Concrete
    expect([y.held, y.residence, y.value]).toEqual([null, null, 6])
  })

  it('says in the evaluator’s words that an index is out of range', () => {
    const x = filled([500, 20], 'f64', 1, false)
    const good = filled([500], 'i32', 2, false, 500)
    const bad = concrete([500], 'i32', Int32Array.from(bufferOf(good)).fill(500, 70, 71))
    const c: Case = { name: 'gather', params: { batch: 0 }, args: [], terms: 1 }
    compiled(c, [x, good])
    const words = (f: () => unknown): string => {
      try {
        f()
      } catch (e) {
        return String(e)
      }
      return 'nothing was thrown'
    }
    const expected = words(() => table.gather.evaluate({ batch: 0 }, [x, bad]))
    expect(expected).toMatch(/500/)
    expect(words(() => builder.gather(x, bad, 0))).toBe(expected)
  })

  it('leaves long rows to the evaluator, which copies nothing but them', () => {
    const x = filled([500, 40], 'f32', 1, false)
    const k = filled([500], 'i32', 2, false, 500)
    for (let i = 0; i < 100; i++) expect((builder.gather(x, k, 0) as Concrete).residence).toBeNull()
    expect(x.residence).toBeNull()
  })

  it('does not copy what is there already, under any shape', () => {
    const x = filled([100, 100], 'f32', 3, false)
    const product = builder.contract(x, x, MATMUL) as Concrete
    const again = builder.reshape(product, [100, 100]) as Concrete
    const y = builder.contract(again, again, MATMUL) as Concrete
    expect(y.residence).toBeInstanceOf(Slab)
    expect([product.held, again.held]).toEqual([null, null])
    expect(again.residence).toBe(product.residence)
  })

  it('is differentiated as before', () => {
    const x = filled([64, 64], 'f64', 5, false)
    const g = grad((v: typeof x) => sum(matmul(v as never, v as never)) as never)(x as never)
    // ∂ Σ(XX)ᵢⱼ = 1Xᵀ + Xᵀ1: row sums and column sums
    const b = bufferOf(x)
    const expected = Array.from({ length: 64 * 64 }, (_, k) => {
      const [i, j] = [k >> 6, k & 63]
      let s = 0
      for (let m = 0; m < 64; m++) s += (b[j * 64 + m] as number) + (b[m * 64 + i] as number)
      return s
    })
    const found = toTypedArray(g)
    for (let k = 0; k < expected.length; k++)
      expect(Math.abs((found[k] as number) - (expected[k] as number))).toBeLessThanOrEqual(
        128 * tolerance('f64', 'reordered') * (expected[k] as number),
      )
  })
})
