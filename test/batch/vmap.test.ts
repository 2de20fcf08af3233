/** vmap: a function of one example over a stack equals the stack of its results. */
import fc from 'fast-check'
import {
  add,
  argsort,
  concat,
  cumsum,
  exp,
  flip,
  grad,
  greater,
  jit,
  jvp,
  logSumExp,
  matmul,
  max,
  mul,
  type Shape,
  sin,
  softmax,
  sort,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  toArray,
  transpose,
  vjp,
  vmap,
  where,
  zeros,
} from 'lanac'
import { describe, expect, it } from 'vitest'

type T = Tensor<Shape, 'f64'>
/** Shapes are not what is tested here: words without them. */
type Word = (...args: readonly unknown[]) => T
const [Add, Concat, Matmul, Mul, Sub, Sum, Take, Transpose, Where] = [
  add,
  concat,
  matmul,
  mul,
  sub,
  sum,
  take,
  transpose,
  where,
] as unknown as readonly [Word, Word, Word, Word, Word, Word, Word, Word, Word]
const Vmap = vmap as unknown as (f: unknown, options?: object) => Word
const numbers = (x: unknown): unknown => (Array.isArray(x) ? x.map(numbers) : toArray(x as Tensor))

/** Functions of a [3] and a shared [3, 2], with words of every family. */
const functions: Readonly<Record<string, (x: T, w: T) => T>> = {
  arithmetic: (x, w) => Add(Mul(x, x), Sum(w)),
  product: (x, w) => Matmul(x, w),
  'product from the left': (x, w) => Matmul(Transpose(w), x),
  reduction: (x) => logSumExp(x) as T,
  maximum: (x) => max(x) as T,
  softmax: (x, w) => Matmul(softmax(x), w),
  sorting: (x) => sort(x) as T,
  places: (x) => Take(x, argsort(x)),
  layout: (x, w) => Concat([flip(x), Take(w, 0, { axis: 0 })]),
  'running sums': (x) => cumsum(x) as T,
  choice: (x, w) => Where(greater(x, 0), x, Take(w, 1, { axis: 1 })),
  'what does not vary': (_, w) => sin(w) as T,
}

const matrix = (rows: number, columns: number): fc.Arbitrary<readonly (readonly number[])[]> =>
  fc.array(
    fc.array(
      fc.integer({ min: -64, max: 64 }).map((n) => n / 32),
      { minLength: columns, maxLength: columns },
    ),
    { minLength: rows, maxLength: rows },
  )

const T = (rows: readonly (readonly number[])[], columns = 3): T =>
  (rows.length === 0 ? zeros([0, columns]) : tensor(rows as never)) as T

const near = (found: unknown, expected: unknown): void => {
  if (Array.isArray(expected)) {
    expect(Array.isArray(found) && found.length).toBe(expected.length)
    expected.forEach((e, i) => {
      near((found as unknown[])[i], e)
    })
  } else expect(found).toBeCloseTo(expected as number, 12)
}

describe('vmap f is stack ∘ map f', () => {
  const stacks = fc.integer({ min: 0, max: 3 }).chain((n) => fc.tuple(matrix(n, 3), matrix(3, 2)))

  it.each(Object.entries(functions))('%s', (_, f) => {
    fc.assert(
      fc.property(stacks, ([rows, w]) => {
        const shared = T(w)
        const each = rows.map((r) => numbers(f(tensor(r as never) as T, shared)))
        near(numbers(Vmap(f, { in: [0, null] })(T(rows), shared)), each)
        near(numbers(Vmap(f, { in: [1, null] })(Transpose(T(rows)), shared)), each)
        near(numbers(jit(Vmap(f, { in: [0, null] }) as never)(T(rows) as never, shared as never)), each)
      }),
      { numRuns: 20 },
    )
  })

  it.each(Object.entries(functions))('%s, its derivatives', (_, f) => {
    fc.assert(
      fc.property(stacks, ([rows, w]) => {
        const shared = T(w)
        const g = grad(((x: T) => Sum(Mul(f(x, shared), f(x, shared)))) as never) as unknown as (x: T) => T
        near(
          numbers(Vmap(g)(T(rows))),
          rows.map((r) => numbers(g(tensor(r as never) as T))),
        )
        const push = (x: T): T => jvp((y: T) => f(y, shared), [x], [x])[1] as T
        const direct = jvp((xs: T) => Vmap(f, { in: [0, null] })(xs, shared), [T(rows)], [T(rows)])[1]
        near(numbers(Vmap(push)(T(rows))), numbers(direct))
      }),
      { numRuns: 10 },
    )
  })

  it('in the shared argument, gradients add up over the stack', () => {
    fc.assert(
      fc.property(matrix(3, 3), matrix(3, 2), (rows, w) => {
        const f = functions.softmax as (x: T, w: T) => T
        const g = (h: unknown): T => (grad(h as never) as unknown as (x: T) => T)(T(w))
        const whole = numbers(g((v: T) => Sum(Vmap(f, { in: [0, null] })(T(rows), v))))
        const parts = rows.map((r) => g((v: T) => Sum(f(tensor(r as never) as T, v))))
        near(whole, numbers(parts.reduce((p, q) => Add(p, q))))
      }),
      { numRuns: 10 },
    )
  })
})

describe('axes', () => {
  const a = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])

  it('of arguments and results, also from the back', () => {
    const twice = (x: T): T => Mul(x, 2)
    expect(numbers(Vmap(twice, { in: 1, out: 1 })(a))).toEqual(numbers(Mul(a, 2)))
    expect(numbers(Vmap(twice, { in: -1, out: 0 })(a))).toEqual(numbers(Transpose(Mul(a, 2))))
    expect(numbers(Vmap((x: T) => Concat([x, x]), { in: [0], out: -1 })(a))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
      [1, 4],
      [2, 5],
      [3, 6],
    ])
  })

  it('one for all arguments', () => {
    expect(numbers(Vmap(Matmul, { in: 1 })(a, a))).toEqual([17, 29, 45])
  })

  it('nest: an outer product of two stacks', () => {
    const outer = Vmap((x: T) => Vmap((y: T) => Sub(x, y))(tensor([10, 20, 30])))
    expect(numbers(outer(tensor([1, 2])))).toEqual([
      [-9, -19, -29],
      [-8, -18, -28],
    ])
    const pairs = Vmap(Vmap(Mul, { in: [null, 0] }), { in: [0, null] })
    expect(numbers(pairs(tensor([1, 2]), tensor([3, 4, 5])))).toEqual([
      [3, 4, 5],
      [6, 8, 10],
    ])
  })

  it('nest in other orders: the outer axis is the last one', () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ])
    const f = Vmap(
      Vmap((v: T) => Mul(v, v), { in: 0 }),
      { in: 2, out: 2 },
    )
    expect(numbers(f(x))).toEqual(numbers(Mul(x, x)))
    const sums = Vmap(
      Vmap((v: T) => Sum(v), { in: 1 }),
      { in: 1 },
    )
    // out: [3, 2]
    expect(numbers(sums(x))).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
  })

  it('what no example changes has an axis all the same, or none with out: null', () => {
    expect(numbers(Vmap(() => tensor([1, 2]))(a))).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(numbers(Vmap(() => tensor([1, 2]), { out: null })(a))).toEqual([1, 2])
    expect(numbers(Vmap(() => 5)(a))).toEqual([5, 5])
  })

  it('of a traced value closed over', () => {
    const f = (w: T): T => Sum(Vmap((x: T) => Mul(Sum(Mul(x, w)), Sum(w)))(a))
    // (Σ_i a_i·w) Σ w with column sums [5, 7, 9]
    const g = (grad(f as never) as unknown as (x: T) => T)(tensor([1, 0, 2]) as T)
    expect(numbers(g)).toEqual([5 * 3 + 23, 7 * 3 + 23, 9 * 3 + 23])
    const [, back] = vjp((w: T) => Vmap((x: T) => Mul(x, w))(a), tensor([1, 1, 1]) as T)
    expect(numbers(back(a as never)[0])).toEqual([17, 29, 45])
  })

  it('size 0: no example, the shape of a result all the same', () => {
    const none = zeros([0, 3])
    expect((Vmap((x: T) => Sum(x))(none) as Tensor).shape).toEqual([0])
    expect((Vmap((x: T) => Concat([x, x]), { out: 1 })(none) as Tensor).shape).toEqual([6, 0])
    expect(numbers((grad(((x: T) => Sum(Vmap((y: T) => Sum(exp(y)))(x))) as never) as unknown as Word)(none))).toEqual(
      [],
    )
    expect(numbers(Sum(stack([Vmap((x: T) => Sum(x))(none)] as never)))).toBe(0)
  })
})
