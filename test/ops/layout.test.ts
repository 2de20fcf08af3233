/** Moving elements, against the same by definition; shapes have sizes 0 and 1 among them. */
import * as fc from 'fast-check'
import {
  arange,
  argsort,
  at,
  broadcastTo,
  concat,
  expandDims,
  flip,
  grad,
  jit,
  mul,
  oneHot,
  pad,
  reshape,
  roll,
  slice,
  sort,
  split,
  squeeze,
  stack,
  sum,
  type Tensor,
  take,
  takeAlongAxis,
  tensor,
  tile,
  toArray,
  topK,
  transpose,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { build, count, at as element, indices, lift, lower, plain, plains, shapes } from './naive.js'

const withAxis = plains(4, 0)
  .filter((x) => x.shape.length > 0)
  .chain((x) => fc.record({ x: fc.constant(x), axis: fc.nat({ max: x.shape.length - 1 }) }))

/** Whether the cotangent moves back the way the elements came: ⟨f x, c⟩ = ⟨x, fᵀ c⟩ on whole numbers, exactly. */
const movesBack = (f: (x: Tensor) => Tensor, x: Tensor<number[], 'f64'>): void => {
  const y = f(x)
  const c = reshape(arange(count(y.shape)), [...y.shape])
  const g = grad((v: Tensor<number[], 'f64'>) => sum(mul(f(v), c) as Tensor<number[], 'f64'>))(x)
  const dot = (a: Tensor, b: Tensor): number =>
    lower(a).data.reduce((s, v, i) => s + v * (lower(b).data[i] as number), 0)
  expect(dot(g, x)).toBe(dot(y, c))
}

describe('shapes', () => {
  test('reshape keeps the elements in order; −1 is what is left over', () => {
    fc.assert(
      fc.property(plains(), (x) => {
        expect(lower(reshape(lift(x), [count(x.shape)])).data).toEqual(x.data)
        if (count(x.shape) > 0) expect(reshape(lift(x), [1, -1]).shape).toEqual([1, count(x.shape)])
      }),
    )
  })
  test('transpose moves element i to where the permutation says', () => {
    fc.assert(
      fc.property(
        plains().chain((x) =>
          fc.record({
            x: fc.constant(x),
            p: fc.shuffledSubarray(
              x.shape.map((_, i) => i),
              { minLength: x.shape.length },
            ),
          }),
        ),
        ({ x, p }) => {
          const shape = p.map((a) => x.shape[a] as number)
          const expected = build(shape, (i) =>
            element(
              x,
              x.shape.map((_, a) => i[p.indexOf(a)] as number),
            ),
          )
          expect(lower(transpose(lift(x), p))).toEqual(expected)
          expect(
            lower(
              transpose(
                lift(x),
                p.map((a) => a - p.length),
              ),
            ),
          ).toEqual(expected)
          movesBack((v) => transpose(v, p), lift(x))
        },
      ),
    )
    expect(transpose(tensor([[1, 2, 3]])).shape).toEqual([3, 1])
  })
  test('expandDims and squeeze undo each other', () => {
    fc.assert(
      fc.property(withAxis, ({ x, axis }) => {
        const wide = expandDims(lift(x), { axis })
        expect(wide.shape).toEqual([...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)])
        expect(lower(squeeze(wide, { axis }))).toEqual(x)
        expect(squeeze(lift(x)).shape).toEqual(x.shape.filter((n) => n !== 1))
      }),
    )
  })
  test('broadcastTo repeats along axes of size 1 and new ones', () => {
    fc.assert(
      fc.property(
        plains(3),
        shapes(2),
        fc.array(fc.nat({ max: 3 }), { minLength: 3, maxLength: 3 }),
        (x, lead, sizes) => {
          const shape = [...lead, ...x.shape.map((n, i) => (n === 1 ? (sizes[i] as number) : n))]
          const expected = build(shape, (i) =>
            element(
              x,
              i.slice(lead.length).map((k, a) => (x.shape[a] === 1 ? 0 : k)),
            ),
          )
          expect(lower(broadcastTo(lift(x), shape))).toEqual(expected)
          movesBack((v) => broadcastTo(v, shape), lift(x))
        },
      ),
    )
  })
})

describe('joining and cutting', () => {
  test('concat puts one after the other, split takes them apart', () => {
    fc.assert(
      fc.property(
        withAxis.chain(({ x, axis }) =>
          fc.record({
            axis: fc.constant(axis),
            parts: fc.array(
              fc.nat({ max: 3 }).chain((n) => plain(x.shape.map((s, i) => (i === axis ? n : s)))),
              { minLength: 1, maxLength: 3 },
            ),
          }),
        ),
        ({ axis, parts }) => {
          const sizes = parts.map((p) => p.shape[axis] as number)
          const joined = concat(parts.map(lift), { axis })
          const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((p, q) => p + q, 0))
          expect(lower(joined)).toEqual(
            build([...joined.shape], (i) => {
              const place = i[axis] as number
              const k = starts.findLastIndex((s, j) => s <= place && (sizes[j] as number) > 0)
              return element(
                parts[k] as (typeof parts)[0],
                i.map((v, a) => (a === axis ? place - (starts[k] as number) : v)),
              )
            }),
          )
          expect(split(joined, { sizes, axis }).map(lower)).toEqual(parts)
          movesBack(
            (v) => concat(split(v, { sizes, axis }), { axis: axis - joined.shape.length }),
            joined as Tensor<number[], 'f64'>,
          )
        },
      ),
    )
  })
  test('stack puts side by side', () => {
    fc.assert(
      fc.property(plains(3), (x) => {
        for (const axis of [0, x.shape.length, -1]) {
          const y = stack([lift(x), mul(lift(x), 2)], { axis })
          const place = axis < 0 ? axis + x.shape.length + 1 : axis
          expect(lower(y)).toEqual(
            build(
              [...y.shape],
              (i) =>
                element(
                  x,
                  i.filter((_, a) => a !== place),
                ) *
                ((i[place] as number) + 1),
            ),
          )
        }
      }),
    )
  })
  test('slice takes what Python takes, for all bounds and steps', () => {
    const bound = fc.option(fc.integer({ min: -7, max: 7 }), { nil: undefined })
    const step = fc.option(
      fc.integer({ min: -3, max: 3 }).filter((s) => s !== 0),
      { nil: undefined },
    )
    /** The places that `range(*slice(start, stop, step).indices(n))` runs through (CPython, Objects/sliceobject.c). */
    const places = (n: number, start: number | undefined, stop: number | undefined, s = 1): number[] => {
      const [low, high] = s < 0 ? [-1, n - 1] : [0, n]
      const hold = (v: number): number => Math.max(low, Math.min(high, v < 0 ? v + n : v))
      const from = start === undefined ? (s < 0 ? high : low) : hold(start)
      const to = stop === undefined ? (s < 0 ? low : high) : hold(stop)
      const out: number[] = []
      for (let i = from; s < 0 ? i > to : i < to; i += s) out.push(i)
      return out
    }
    fc.assert(
      fc.property(fc.nat({ max: 6 }), bound, bound, step, (n, start, stop, s) => {
        const expected = places(n, start, stop, s)
        const options = { start: [0, start] as number[], stop: [2, stop] as number[], step: [1, s] as number[] }
        const x = reshape(arange(2 * n), [2, n])
        expect(toArray(slice(x, options))).toEqual([expected, expected.map((i) => i + n)])
        movesBack((v) => slice(v, options), x as Tensor<number[], 'f64'>)
      }),
      { numRuns: 500 },
    )
  })
  test('pad adds edges, slice takes them away', () => {
    fc.assert(
      fc.property(plains(3), fc.array(fc.nat({ max: 2 }), { minLength: 6, maxLength: 6 }), (x, edges) => {
        const low = x.shape.map((_, i) => edges[i] as number)
        const high = x.shape.map((_, i) => edges[i + 3] as number)
        const y = pad(lift(x), { low, high, value: 7 })
        const inside = (i: readonly number[]): boolean =>
          i.every((v, a) => v >= (low[a] as number) && v < (low[a] as number) + (x.shape[a] as number))
        expect(lower(y)).toEqual(
          build(
            x.shape.map((n, i) => n + (low[i] as number) + (high[i] as number)),
            (i) =>
              inside(i)
                ? element(
                    x,
                    i.map((v, a) => v - (low[a] as number)),
                  )
                : 7,
          ),
        )
        movesBack((v) => pad(v, { low, high }), lift(x))
      }),
    )
  })
})

describe('order', () => {
  test('flip, roll and tile', () => {
    fc.assert(
      fc.property(withAxis, fc.integer({ min: -9, max: 9 }), fc.nat({ max: 3 }), ({ x, axis }, shift, times) => {
        const n = x.shape[axis] as number
        const moved = (f: (k: number) => number) =>
          build(x.shape, (i) =>
            element(
              x,
              i.map((v, a) => (a === axis ? f(v) : v)),
            ),
          )
        expect(lower(flip(lift(x), { axis }))).toEqual(moved((k) => n - 1 - k))
        expect(lower(roll(lift(x), { shift, axis }))).toEqual(moved((k) => (((k - shift) % n) + n) % n))
        const repeats = x.shape.map((_, a) => (a === axis ? times : 1))
        const tiled = tile(lift(x), { repeats })
        expect(lower(tiled)).toEqual(
          build([...tiled.shape], (i) =>
            element(
              x,
              i.map((v, a) => (a === axis ? v % n : v)),
            ),
          ),
        )
        for (const f of [
          (v: Tensor) => flip(v, { axis }),
          (v: Tensor) => roll(v, { shift, axis }) as Tensor,
          (v: Tensor) => tile(v, { repeats }) as Tensor,
        ])
          movesBack(f, lift(x))
      }),
    )
    expect(
      toArray(
        roll(
          tensor([
            [1, 2],
            [3, 4],
          ]),
          { shift: 1 },
        ),
      ),
    ).toEqual([
      [4, 1],
      [2, 3],
    ])
    expect(
      toArray(
        flip(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toEqual([
      [4, 3],
      [2, 1],
    ])
    expect(toArray(tile(tensor([1, 2]), { repeats: [2, 2] }))).toEqual([
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ])
  })
  test('sort is stable and ascending, argsort says from where', () => {
    fc.assert(
      fc.property(withAxis, ({ x, axis }) => {
        const lines = (f: (line: readonly number[]) => readonly number[]) => {
          const n = x.shape[axis] as number
          return build(x.shape, (i) => {
            const line = Array.from({ length: n }, (_, k) =>
              element(
                x,
                i.map((v, a) => (a === axis ? k : v)),
              ),
            )
            return f(line)[i[axis] as number] as number
          })
        }
        expect(lower(sort(lift(x), { axis }))).toEqual(lines((l) => [...l].sort((p, q) => p - q)))
        const order = (l: readonly number[]): number[] =>
          l.map((_, k) => k).sort((i, j) => (l[i] as number) - (l[j] as number))
        expect(lower(argsort(lift(x), { axis }))).toEqual(lines(order))
        movesBack((v) => sort(v, { axis }), lift(x))
      }),
    )
    expect(toArray(sort(tensor([3, Number.NaN, -Infinity, 1])))).toEqual([-Infinity, 1, 3, Number.NaN])
  })
  test('topK gives the largest in falling order, the first of equals first, for every element type', () => {
    const [values, places] = topK(tensor([1, 3, 2, 3]), { k: 3 })
    expect([toArray(values), toArray(places)]).toEqual([
      [3, 3, 2],
      [1, 3, 2],
    ])
    const least = -(2 ** 31)
    const [whole] = topK(tensor([least, 5, least + 1], { dtype: 'i32' }), { k: 3 })
    expect(toArray(whole)).toEqual([5, least + 1, least])
    const [flags] = topK(tensor([false, true, false]), { k: 2 })
    expect(toArray(flags)).toEqual([true, false])
    expect(toArray(topK(tensor([1, 2]), { k: 0 })[0])).toEqual([])
  })
})

describe('indexing', () => {
  const indexed = withAxis
    .filter(({ x, axis }) => (x.shape[axis] as number) > 0)
    .chain(({ x, axis }) => {
      const n = x.shape[axis] as number
      const index = fc.integer({ min: -n, max: n - 1 })
      return fc.record({
        x: fc.constant(x),
        axis: fc.constant(axis),
        i: fc.oneof(
          index.map((v) => [v]),
          fc.array(index, { maxLength: 4 }),
        ),
      })
    })
  test('take reads entries, from the back when negative; its derivative adds up', () => {
    fc.assert(
      fc.property(indexed, ({ x, axis, i }) => {
        const n = x.shape[axis] as number
        const expected = build(
          x.shape.map((s, a) => (a === axis ? i.length : s)),
          (k) =>
            element(
              x,
              k.map((v, a) => (a === axis ? ((i[v] as number) + n) % n : v)),
            ),
        )
        const t = tensor(i, { dtype: 'i32' })
        expect(lower(take(lift(x), t, { axis }))).toEqual(expected)
        expect(lower(jit((v: Tensor, j: typeof t) => take(v, j, { axis }))(lift(x), t))).toEqual(expected)
        movesBack((v) => take(v, t, { axis }), lift(x))
      }),
    )
    const table = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(toArray(take(table, tensor([[0, 2]], { dtype: 'i32' }), { axis: 0 }))).toEqual([
      [
        [1, 2],
        [5, 6],
      ],
    ])
    expect(toArray(take(table, -1, { axis: 0 }))).toEqual([5, 6])
    expect(toArray(take(table, tensor([5, 0], { dtype: 'i32' })))).toEqual([6, 1])
  })
  test('takeAlongAxis reads one entry for each index', () => {
    fc.assert(
      fc.property(withAxis, fc.array(fc.nat(), { minLength: 4 ** 4, maxLength: 4 ** 4 }), ({ x, axis }, random) => {
        const n = x.shape[axis] as number
        if (n === 0) return
        const where = build(x.shape, (i) => (random[i.reduce((p, v) => p * 4 + v, 0)] as number) % n)
        const t = tensor(where.data as number[], { dtype: 'i32' })
        expect(lower(takeAlongAxis(lift(x), reshape(t, [...x.shape]) as Tensor<number[], 'i32'>, { axis }))).toEqual(
          build(x.shape, (i) =>
            element(
              x,
              i.map((v, a) => (a === axis ? element(where, i) : v)),
            ),
          ),
        )
      }),
    )
  })
  test('oneHot has zeros where the index names no class', () => {
    expect(toArray(oneHot(tensor([1, 3, -1], { dtype: 'i32' }), 3))).toEqual([
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(oneHot(tensor([1], { dtype: 'i32' }), 2, { dtype: 'bool' }).dtype).toBe('bool')
  })
})

describe('at', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  test('sets and adds at an index, a range, or rows, and leaves the array as it is', () => {
    expect(toArray(at(x, 1).set(0))).toEqual([
      [1, 2, 3],
      [0, 0, 0],
    ])
    expect(toArray(at(x, [1, 2]).set(9))).toEqual([
      [1, 2, 3],
      [4, 5, 9],
    ])
    expect(toArray(at(x, [-1, -1]).add(1))).toEqual([
      [1, 2, 3],
      [4, 5, 7],
    ])
    expect(toArray(at(x, [{}, { start: 1 }]).add(10))).toEqual([
      [1, 12, 13],
      [4, 15, 16],
    ])
    expect(toArray(at(x, [{}, { step: 2 }]).set(tensor([7, 8])))).toEqual([
      [7, 2, 8],
      [7, 5, 8],
    ])
    expect(toArray(at(x, [{ start: 1, stop: 1 }]).set(9))).toEqual(toArray(x))
    expect(
      toArray(
        at(x, tensor([1, 0], { dtype: 'i32' })).set(
          tensor([
            [0, 0, 0],
            [9, 9, 9],
          ]),
        ),
      ),
    ).toEqual([
      [9, 9, 9],
      [0, 0, 0],
    ])
    expect(toArray(at(x, tensor([1, 1, -1], { dtype: 'i32' })).add(1))).toEqual([
      [1, 2, 3],
      [7, 8, 9],
    ])
    expect(toArray(x)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
  })
  test('infinities and NaN elsewhere stay where they are', () => {
    const odd = tensor([Infinity, Number.NaN, 1])
    expect(toArray(at(odd, 2).set(5))).toEqual([Infinity, Number.NaN, 5])
    expect(toArray(at(odd, 0).set(5))).toEqual([5, Number.NaN, 1])
  })
  test('an index of i32 and bool arrays too', () => {
    expect(toArray(at(tensor([1, 2], { dtype: 'i32' }), 0).add(3))).toEqual([4, 2])
    expect(toArray(at(tensor([true, false]), 1).set(true))).toEqual([true, true])
  })
  test('derivatives: of set 0 where it was set, of add 1', () => {
    const c = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ])
    type X = typeof x
    expect(toArray(grad((v: X) => sum(mul(at(v, [0, { start: 1 }]).set(0), c)))(x))).toEqual([
      [1, 0, 0],
      [4, 5, 6],
    ])
    expect(toArray(grad((v: X) => sum(mul(at(v, 0).add(7), c)))(x))).toEqual(toArray(c))
    expect(
      toArray(grad((w: Tensor<[2], 'f64'>) => sum(mul(at(x, [{}, { step: 2 }]).set(w), c)))(tensor([0, 0]))),
    ).toEqual([5, 9])
    expect(
      toArray(
        grad((w: Tensor<[3], 'f64'>) => sum(mul(at(x, tensor([1, 1], { dtype: 'i32' })).add(w), c)))(tensor([0, 0, 0])),
      ),
    ).toEqual([8, 10, 12])
  })
})

test('indices of the naive arrays are in row-major order', () => {
  expect(indices([2, 2])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])
  expect(indices([])).toEqual([[]])
  expect(indices([2, 0])).toEqual([])
})
