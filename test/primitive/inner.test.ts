import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DType } from '../../src/core/value.js'
import type { AnySingle } from '../../src/primitive/record.js'
import { table } from '../../src/primitive/table.js'
import { bufferOf, type Concrete, concrete, uniform } from '../../src/tensor/concrete.js'

type Float = 'f64' | 'f32'

const round = (dtype: DType, x: number): number => (dtype === 'f32' ? Math.fround(x) : x)

/** n elements, stored one by one or as one number. */
const argument = (
  dtype: Float,
  n: number,
): fc.Arbitrary<{ readonly x: Concrete; readonly elements: readonly number[] }> => {
  const element = dtype === 'f32' ? fc.float() : fc.double()
  const made = dtype === 'f32' ? Float32Array : Float64Array
  return fc.oneof(
    fc
      .array(element, { minLength: n, maxLength: n })
      .map((xs) => ({ x: concrete([n], dtype, made.from(xs)), elements: xs })),
    element.map((x) => ({ x: uniform([n], dtype, x), elements: new Array<number>(n).fill(x) })),
  )
}

const pairs = fc
  .tuple(fc.constantFrom<Float>('f64', 'f32'), fc.integer({ min: 0, max: 9 }))
  .chain(([dtype, n]) => fc.tuple(fc.constant(dtype), argument(dtype, n), argument(dtype, n)))

const evaluate = (primitive: AnySingle, ...args: readonly Concrete[]): readonly number[] =>
  Array.from(bufferOf(primitive.evaluate(null as never, args)))

describe('loops written out are their operations, on special numbers too', () => {
  test.each<readonly [string, AnySingle, (x: number, y: number) => number]>([
    ['add', table.add, (x, y) => x + y],
    ['sub', table.sub, (x, y) => x - y],
    ['mul', table.mul, (x, y) => x * y],
    ['div', table.div, (x, y) => x / y],
    ['maskedMul', table.maskedMul, (x, y) => (x === 0 || y === 0 ? 0 : x * y)],
  ])('%s', (_, primitive, f) => {
    fc.assert(
      fc.property(pairs, ([dtype, a, b]) => {
        expect(evaluate(primitive, a.x, b.x)).toEqual(
          a.elements.map((x, i) => round(dtype, f(x, b.elements[i] as number))),
        )
      }),
    )
  })

  test.each<readonly [string, AnySingle, (x: number) => number]>([
    ['neg', table.neg, (x) => -x],
    ['exp', table.exp, Math.exp],
    ['sqrt', table.sqrt, Math.sqrt],
  ])('%s', (_, primitive, f) => {
    fc.assert(
      fc.property(pairs, ([dtype, { x, elements }]) => {
        expect(evaluate(primitive, x)).toEqual(elements.map((v) => round(dtype, f(v))))
      }),
    )
  })

  test('sums, differences and products of integers wrap', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (x, y) => {
        const [a, b] = [concrete([1], 'i32', Int32Array.of(x)), concrete([1], 'i32', Int32Array.of(y))]
        expect(evaluate(table.add, a, b)).toEqual([(x + y) | 0])
        expect(evaluate(table.sub, a, b)).toEqual([(x - y) | 0])
        expect(evaluate(table.mul, a, b)).toEqual([Math.imul(x, y)])
      }),
    )
  })
})
