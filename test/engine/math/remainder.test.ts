import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../bench/accuracy/measure.js'
import { remainder } from '../../../src/primitive/special.js'

/** x = m · 2ᵉ: any bits, quotients of all sizes. */
const number = (bits: number, low: number, high: number): fc.Arbitrary<number> =>
  fc
    .tuple(
      fc.double({ min: 1, max: 2, noNaN: true, maxExcluded: true }),
      fc.integer({ min: low, max: high }),
      fc.boolean(),
    )
    .map(([m, e, isNegative]) => (isNegative ? -1 : 1) * (bits === 24 ? Math.fround(m) : m) * 2 ** e)

const check = (type: 'f64' | 'f32', x: readonly number[], y: readonly number[], vl: 1 | 2 | 4): void => {
  const round = type === 'f32' ? Math.fround : (v: number): number => v
  evaluate('remainder', type, [x, y], vl).forEach((got, i) => {
    const [a, b] = [x[i] as number, y[i] as number]
    expect([a, b, got]).toEqual([a, b, round(remainder(a, b))])
  })
}

/** Pairs whose quotients are below 2³⁰⁰. */
const pairs = (bits: 24 | 53): fc.Arbitrary<readonly (readonly [number, number])[]> =>
  fc.array(
    bits === 24
      ? fc.tuple(number(24, -126, 126), number(24, -126, 126))
      : fc
          .tuple(number(53, -1000, 700), fc.integer({ min: -300, max: 299 }))
          .chain(([x, e]) =>
            number(53, 0, 0).map((y) => [x, y * 2 ** (Math.floor(Math.log2(Math.abs(x))) - e)] as const),
          ),
    { minLength: 8, maxLength: 8 },
  )

describe('remainder written out in lanes', () => {
  for (const [type, bits, widths] of [
    ['f64', 53, [1, 2]],
    ['f32', 24, [1, 4]],
  ] as const)
    for (const vl of widths)
      it(`is exact: ${type}, ${vl} at once`, () => {
        fc.assert(
          fc.property(pairs(bits), (list) => {
            check(
              type,
              list.map((p) => p[0]),
              list.map((p) => p[1]),
              vl,
            )
          }),
          { numRuns: 500 },
        )
      })

  it('is exact where quotients are next to whole numbers, and where they are whole', () => {
    const ys = [0.1, 0.2, 0.3, 3, 7, 1e-3, Math.PI, 2 ** -1074, 1e300]
    const list = ys.flatMap((y) =>
      [1, 2, 3, 7, 73, 1e6, 2 ** 25 - 1, 2 ** 25, 2 ** 26, 2 ** 26 + 1, 2 ** 53 - 1].flatMap((k) =>
        [1, 1 + 2 ** -52, 1 - 2 ** -53].flatMap((d) => [
          [k * y * d, y],
          [-k * y * d, y],
          [k * y * d, -y],
        ]),
      ),
    )
    const finite = list.filter(([x]) => Number.isFinite(x)) as [number, number][]
    check(
      'f64',
      finite.map((p) => p[0]),
      finite.map((p) => p[1]),
      2,
    )
  })

  it('has the special values of the reference semantics', () => {
    const special = [0, -0, 1, -1, 2.5, Number.NaN, Infinity, -Infinity, 2 ** -1022]
    const list = special
      .flatMap((x) => special.map((y) => [x, y] as const))
      .filter(([x, y]) => !(Number.isFinite(x) && y !== 0 && Math.abs(x / y) > 2 ** 300))
    check(
      'f64',
      list.map((p) => p[0]),
      list.map((p) => p[1]),
      2,
    )
  })
})
