/** Moving elements, against the same by definition; shapes have sizes 0 and 1 among them. */
import * as fc from 'fast-check'
import {
  arange,
  argsort,
  broadcastTo,
  concat,
  expandDims,
  flip,
  grad,
  mul,
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
