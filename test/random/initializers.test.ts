import * as fc from 'fast-check'
import { ShapeError, type Tensor, toArray, toTypedArray, ValueError } from 'lanac'
import {
  constant,
  fans,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  key,
  lecunNormal,
  lecunUniform,
  ones,
  varianceScaling,
  zeros,
} from 'lanac/random'
import { describe, expect, test } from 'vitest'
import { equal } from '../types/ok/equal.js'
import { kolmogorov, kolmogorovBound, normalCdf } from './statistics.js'

const keys = fc.maxSafeInteger().map((s) => key(s))
const few = { numRuns: 4 }
const values = (x: Tensor): readonly number[] => [...(toTypedArray(x) as ArrayLike<number> & Iterable<number>)]

test('fan-in and fan-out', () => {
  expect(fans([784, 128])).toEqual({ fanIn: 784, fanOut: 128 })
  expect(fans([3, 5, 8, 16])).toEqual({ fanIn: 120, fanOut: 240 })
  expect(fans([7, 1, 4])).toEqual({ fanIn: 7, fanOut: 28 })
  expect(() => fans([5])).toThrow(ShapeError)
})

describe.each([
  ['glorotUniform', glorotUniform, (i: number, o: number) => Math.sqrt(6 / (i + o))],
  ['heUniform', heUniform, (i: number) => Math.sqrt(6 / i)],
  ['lecunUniform', lecunUniform, (i: number) => Math.sqrt(3 / i)],
])('%s', (_, init: Initializer, limit) => {
  test('is uniform up to its limit', () => {
    fc.assert(
      fc.property(keys, fc.constantFrom<readonly number[]>([150, 100], [3, 3, 30, 50]), (k, shape) => {
        const { fanIn, fanOut } = fans(shape)
        const a = limit(fanIn, fanOut)
        const x = values(init(k, shape, { dtype: 'f64' }))
        expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(a)
        expect(kolmogorov(x, (t) => (t + a) / (2 * a))).toBeLessThan(kolmogorovBound(x.length))
      }),
      few,
    )
  })
})

describe.each([
  ['glorotNormal', glorotNormal, (i: number, o: number) => Math.sqrt(2 / (i + o))],
  ['heNormal', heNormal, (i: number) => Math.sqrt(2 / i)],
  ['lecunNormal', lecunNormal, (i: number) => Math.sqrt(1 / i)],
])('%s', (_, init: Initializer, std) => {
  test('is normal with its deviation', () => {
    fc.assert(
      fc.property(keys, fc.constantFrom<readonly number[]>([150, 100], [3, 3, 30, 50]), (k, shape) => {
        const { fanIn, fanOut } = fans(shape)
        const x = values(init(k, shape, { dtype: 'f64' }))
        expect(kolmogorov(x, (t) => normalCdf(t / std(fanIn, fanOut)))).toBeLessThan(kolmogorovBound(x.length))
      }),
      few,
    )
  })
})

test('the truncated distribution has the variance asked for', () => {
  fc.assert(
    fc.property(keys, (k) => {
      const n = 20_000
      const init = varianceScaling({ scale: 4, mode: 'fanOut', distribution: 'truncatedNormal' })
      const x = values(init(k, [n / 100, 100], { dtype: 'f64' }))
      // a cut at 2 deviations of the uncut distribution; Hoeffding's inequality for squares between 0 and the bound
      const bound = (2 / 0.8796256610342398) * 0.2
      expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(bound)
      const variance = x.reduce((s, v) => s + v * v, 0) / n
      expect(Math.abs(variance - 4 / 100)).toBeLessThan(bound ** 2 * Math.sqrt(Math.log(2 / 1e-9) / (2 * n)))
    }),
    few,
  )
})

test('element types: f32 unless named, with the same numbers rounded', () => {
  const w = heNormal(key(0), [4, 3])
  equal<typeof w, Tensor<[4, 3], 'f32'>>(true)
  const v = glorotUniform(key(0), [4, 3], { dtype: 'f64' })
  equal<typeof v, Tensor<[4, 3], 'f64'>>(true)
  expect([w.dtype, v.dtype]).toEqual(['f32', 'f64'])
  expect(toArray(zeros(key(0), [2]))).toEqual([0, 0])
  expect(toArray(ones(key(0), [2]))).toEqual([1, 1])
  expect(toArray(constant(0.5)(key(0), [1, 2]))).toEqual([[0.5, 0.5]])
  expect(zeros(key(0), [2]).dtype).toBe('f32')
})

test('refusals', () => {
  expect(() => glorotUniform(key(0), [3])).toThrow('for biases use zeros')
  expect(() => varianceScaling({ scale: 0 })).toThrow(ValueError)
  expect(() => zeros(3 as never, [2])).toThrow('make it a key: key(3)')
})
