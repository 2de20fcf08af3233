import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ContractParams, contract } from '../../src/primitive/contract.js'
import { bufferOf, type Concrete, concrete, elementAt, uniform } from '../../src/tensor/concrete.js'
import { sizeOf, stridesOf } from '../../src/tensor/shape.js'

// ---------------------------------------------------------------------------------------------------- the definition

/** Σ over every label that is not in the result, written out index by index; `times` and `plus` are the arithmetic. */
const defined = (
  p: ContractParams,
  a: Concrete,
  b: Concrete,
  size: ReadonlyMap<number, number>,
  times: (x: number, y: number) => number,
  plus: (x: number, y: number) => number,
): readonly number[] => {
  const labels = [...new Set([...p.out, ...p.a, ...p.b])]
  const at = (own: readonly number[], index: ReadonlyMap<number, number>): number => {
    const strides = stridesOf(own.map((l) => size.get(l) as number))
    return own.reduce((sum, l, i) => sum + (index.get(l) as number) * (strides[i] as number), 0)
  }
  const out = new Array<number>(sizeOf(p.out.map((l) => size.get(l) as number))).fill(0)
  const go = (depth: number, index: Map<number, number>): void => {
    const label = labels[depth]
    if (label === undefined) {
      const to = at(p.out, index)
      out[to] = plus(out[to] as number, times(elementAt(a, at(p.a, index)), elementAt(b, at(p.b, index))))
      return
    }
    for (let i = 0; i < (size.get(label) as number); i++) go(depth + 1, index.set(label, i))
  }
  go(0, new Map())
  return out
}

// ----------------------------------------------------------------------------------------------------------- samples

/** Labels in any order on both sides and in the result, each standing in at least two of the three. */
const params = fc
  .array(fc.record({ size: fc.integer({ min: 0, max: 5 }), places: fc.constantFrom('ab', 'ao', 'bo', 'abo') }), {
    maxLength: 5,
  })
  .chain((labels) => {
    const named = (place: string): number[] => labels.flatMap((l, i) => (l.places.includes(place) ? [i] : []))
    const shuffled = (ls: number[]) => fc.shuffledSubarray(ls, { minLength: ls.length })
    return fc.record({
      size: fc.constant(new Map(labels.map((l, i) => [i, l.size]))),
      a: shuffled(named('a')),
      b: shuffled(named('b')),
      out: shuffled(named('o')),
    })
  })

type Kind = 'f64' | 'f32' | 'i32'

/** An argument: small whole numbers (products and sums of which are exact), or one number everywhere. */
const argument = (shape: readonly number[], dtype: Kind, element: fc.Arbitrary<number>): fc.Arbitrary<Concrete> => {
  const n = sizeOf(shape)
  const made = dtype === 'f64' ? Float64Array : dtype === 'f32' ? Float32Array : Int32Array
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(element, { minLength: n, maxLength: n }).map((xs) => concrete(shape, dtype, made.from(xs))),
    },
    { weight: 1, arbitrary: element.map((x) => uniform(shape, dtype, x)) },
  )
}

const instance = (dtype: Kind, element: fc.Arbitrary<number>) =>
  params.chain(({ size, ...p }) => {
    const shape = (labels: readonly number[]): number[] => labels.map((l) => size.get(l) as number)
    return fc.record({
      p: fc.constant(p),
      size: fc.constant(size),
      x: argument(shape(p.a), dtype, element),
      y: argument(shape(p.b), dtype, element),
    })
  })

// -------------------------------------------------------------------------------------------------------------- checks

describe('contraction is its definition', () => {
  test.each<Kind>(['f64', 'f32'])('%s, exactly on small whole numbers', (dtype) => {
    fc.assert(
      fc.property(instance(dtype, fc.integer({ min: -8, max: 8 })), ({ p, size, x, y }) => {
        const z = contract.evaluate(p, [x, y])
        const expected = defined(
          p,
          x,
          y,
          size,
          (u, v) => u * v,
          (u, v) => u + v,
        )
        expect(z.dtype).toBe(dtype)
        expect(z.shape).toEqual(p.out.map((l) => size.get(l)))
        expect(Array.from(bufferOf(z), (v) => v + 0)).toEqual(expected.map((v) => v + 0))
      }),
    )
  })

  test('i32, wrapping as every product and sum of 32-bit integers does', () => {
    fc.assert(
      fc.property(instance('i32', fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), ({ p, size, x, y }) => {
        const expected = defined(p, x, y, size, Math.imul, (u, v) => (u + v) | 0)
        expect(Array.from(bufferOf(contract.evaluate(p, [x, y])))).toEqual(expected)
      }),
    )
  })

  test('an infinity meets only the elements it is multiplied with', () => {
    const x = concrete([1, 2], 'f64', Float64Array.of(Infinity, 1))
    const y = concrete([2, 3], 'f64', Float64Array.of(1, -1, 0, 2, 2, 2))
    const z = contract.evaluate({ a: [0, 1], b: [1, 2], out: [0, 2] }, [x, y])
    expect(Array.from(bufferOf(z))).toEqual([Infinity, -Infinity, Number.NaN])
  })
})
