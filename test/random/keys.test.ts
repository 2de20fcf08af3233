import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import {
  DTypeError,
  fromTypedArray,
  jit,
  reshape,
  ShapeError,
  scalar,
  type Tensor,
  tensor,
  toArray,
  ValueError,
  vmap,
  zeros,
} from 'lanac'
import { bits, foldIn, type Key, type Keys, key, split, splitKeys } from 'lanac/random'
import { describe, expect, test } from 'vitest'
import { builder } from '../../src/tape/node.js'
import { equal } from '../types/ok/equal.js'

const words = (x: Tensor): unknown => toArray(x)
const unsigned = (x: Tensor): readonly number[] => (toArray(x) as readonly number[]).map((w) => w >>> 0)

describe('as JAX 0.10 (jax.random, threefry2x32, partitionable)', () => {
  test.each([
    [0, [0, 0]],
    [1701, [0, 1701]],
    [2 ** 32 + 5, [1, 5]],
    [-1, [4294967295, 4294967295]],
    [-(2 ** 40) - 3, [4294967039, 4294967293]],
  ])('PRNGKey(%i)', (seed, expected) => {
    expect(unsigned(key(seed))).toEqual(expected)
  })

  test('split', () => {
    expect(split(key(1701), 3).map(unsigned)).toEqual([
      [741045208, 1847055613],
      [85238482, 2594297577],
      [56197195, 961309823],
    ])
  })

  test('fold_in', () => {
    expect(unsigned(foldIn(key(1701), 123456789))).toEqual([1724846233, 2979774195])
  })

  test('bits', () => {
    const [a, b] = toArray(bits(key(1701), [2, 3]))
    expect([a, b].map((row) => row?.map((w) => w >>> 0))).toEqual([
      [1111271205, 2679469115, 974515252],
      [521976754, 2127438447, 4120601916],
    ])
  })
})

describe('the reference words', () => {
  interface Vector {
    readonly key: readonly number[]
    readonly counter: readonly number[]
    readonly bits: readonly number[]
  }
  const file = fileURLToPath(new URL('../oracle/reference.json', import.meta.url))
  const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { readonly threefry2x32: readonly Vector[] }).threefry2x32
  const i32 = (x: readonly number[]): Tensor => fromTypedArray(Int32Array.from(x), [x.length])
  const words = (k: Tensor, c: Tensor): Tensor => builder.threefry(k, c)
  const compiled = jit(words)
  const mapped = vmap(words)

  test('there are some', () => {
    expect(vectors.length).toBeGreaterThan(0)
  })

  test.each(vectors)('key $key, at once, compiled and mapped', ({ key: k, counter, bits: expected }) => {
    const [x, c] = [i32(k), i32(counter)]
    expect(unsigned(words(x, c))).toEqual(expected)
    expect(unsigned(compiled(x, c))).toEqual(expected)
    const rows = mapped(reshape(x, [1, 2]), reshape(c, [1, counter.length]))
    expect(unsigned(reshape(rows, [counter.length]))).toEqual(expected)
  })
})

describe('keys', () => {
  const seeds = fc.maxSafeInteger()
  const small = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

  test('different seeds, different keys', () => {
    fc.assert(
      fc.property(seeds, seeds, (s, t) => {
        fc.pre(s !== t)
        expect(words(key(s))).not.toEqual(words(key(t)))
      }),
    )
  })

  test('a seed is the same number as a tensor, in a compiled function and as its argument', () => {
    fc.assert(
      fc.property(small, (s) => {
        const expected = words(key(s))
        const seed = scalar(s, { dtype: 'i32' })
        expect(words(key(seed))).toEqual(expected)
        expect(words(jit((t: Tensor<[], 'i32'>) => key(t))(seed))).toEqual(expected)
        expect(words(jit((t: number) => key(t))(s))).toEqual(expected)
      }),
    )
  })

  test('the number of a child is the same as a tensor, in a compiled function and as its argument', () => {
    fc.assert(
      fc.property(seeds, fc.nat(), (s, i) => {
        const k = key(s)
        const expected = words(foldIn(k, i))
        const child = scalar(i, { dtype: 'i32' })
        expect(words(foldIn(k, child))).toEqual(expected)
        expect(words(jit((c: Tensor<[], 'i32'>) => foldIn(k, c))(child))).toEqual(expected)
        expect(words(jit((c: number) => foldIn(k, c))(i))).toEqual(expected)
      }),
    )
  })

  test('no children', () => {
    expect(split(key(0), 0)).toEqual([])
    expect(splitKeys(key(0), 0).shape).toEqual([0, 2])
  })

  test('the draws of keys that are mapped over are those of each', () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 6 }), (s, n) => {
        const drawn = vmap((k: Key) => bits(k, [3]))(splitKeys(key(s), n))
        expect(toArray(drawn)).toEqual(split(key(s), n).map((k) => toArray(bits(k, [3]))))
      }),
    )
  })

  test('types', () => {
    const [a, b] = split(key(0))
    equal<typeof a, Key>(true)
    equal<typeof b, Key>(true)
    const three = split(key(0), 3)
    equal<typeof three, readonly [Key, Key, Key]>(true)
    equal<Keys<number>, readonly Key[]>(true)
    equal<Keys<100000>, readonly Key[]>(true)
    equal<Keys<-1>, readonly Key[]>(true)
    equal<Keys<0.5>, readonly Key[]>(true)
    equal<Keys<12>['length'], 12>(true)
    const stacked = splitKeys(key(0), 4)
    equal<typeof stacked, Tensor<[4, 2], 'i32'>>(true)
    const mapped = vmap((k: Key) => bits(k, [3]))(stacked)
    equal<typeof mapped, Tensor<[4, 3], 'i32'>>(true)
    expect(three).toHaveLength(3)
  })
})

describe('refused', () => {
  test('seeds that are no whole numbers', () => {
    for (const seed of [0.5, Number.NaN, Infinity, 2 ** 53]) expect(() => key(seed)).toThrow(ValueError)
    expect(() => key(tensor([1, 2], { dtype: 'i32' }) as never)).toThrow(ShapeError)
    expect(() => key(scalar(1) as never)).toThrow(DTypeError)
  })

  test('what is no key', () => {
    expect(() => split(0 as never)).toThrow('make it a key: key(0)')
    expect(() => bits([key(0)] as never, [2])).toThrow('choose one of the keys')
    expect(() => foldIn(tensor([1, 2]) as never, 0)).toThrow(DTypeError)
    expect(() => split(splitKeys(key(0), 3) as never)).toThrow('use vmap')
    expect(() => split(zeros([3], { dtype: 'i32' }) as never)).toThrow(ShapeError)
  })

  test('counts and children that are no whole numbers', () => {
    expect(() => split(key(0), 1.5)).toThrow(ValueError)
    expect(() => splitKeys(key(0), -1)).toThrow(ValueError)
    expect(() => foldIn(key(0), -1)).toThrow(ValueError)
    expect(() => foldIn(key(0), 2 ** 31)).toThrow(ValueError)
  })
})
