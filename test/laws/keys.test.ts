import * as fc from 'fast-check'
import { add, tensor, zeros } from 'lanac'
import * as Laws from 'lanac/laws'
import * as Random from 'lanac/random'
import { describe, expect, test } from 'vitest'

type Key = Random.Key

describe.each(Laws.keys().laws.map((l) => [l.name, l.property] as const))('keys: %s', (_, property) => {
  test('holds', () => {
    fc.assert(property)
  })
})

const f32 = { dtype: 'f32' } as const
const bits: Readonly<Record<string, (k: Key) => unknown>> = {
  bits: (k) => Random.bits(k, [5]),
  uniform: (k) => Random.uniform(k, [2, 3]),
  'uniform f32': (k) => Random.uniform(k, [3], f32),
  bernoulli: (k) => Random.bernoulli(k, 0.3, [7]),
  randint: (k) => Random.randint(k, [4], { low: -5, high: 100 }),
  permutation: (k) => Random.permutation(k, 6),
  'permutation of rows': (k) => Random.permutation(k, tensor([[1, 2], [3, 4], [5, 6]])), // biome-ignore format: one line
  'zeros and ones': (k) => ({ w: Random.zeros(k, [2]), b: Random.ones(k, [2]) }),
}
const smooth: Readonly<Record<string, (k: Key) => unknown>> = {
  normal: (k) => Random.normal(k, [5], { mean: 1, std: 2 }),
  'normal f32': (k) => Random.normal(k, [4], f32),
  'uniform in a range': (k) => Random.uniform(k, [4], { low: -1, high: 3 }),
  exponential: (k) => Random.exponential(k, [4]),
  gumbel: (k) => Random.gumbel(k, [4]),
  categorical: (k) => Random.categorical(k, zeros([2, 5])),
  glorotUniform: (k) => Random.glorotUniform(k, [3, 2]),
  heNormal: (k) => Random.heNormal(k, [3, 2]),
  truncated: (k) => Random.varianceScaling({ distribution: 'truncatedNormal' })(k, [3, 2], { dtype: 'f64' }),
}

describe.each([
  ...Object.entries(bits).map(([name, f]) => [name, Laws.draw(f, { name, exact: true })] as const),
  ...Object.entries(smooth).map(([name, f]) => [name, Laws.draw(f, { name })] as const),
])('%s', (_, suite) => {
  test.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_name, property) => {
    fc.assert(property, { numRuns: 20 })
  })
})

test('a draw with a source of its own is found', () => {
  const wrong = Laws.draw((k: Key) => add(Random.uniform(k, [2]), Math.random()))
  const { failed, errorInstance } = fc.check(wrong)
  expect(failed).toBe(true)
  expect(errorInstance).toMatchObject({ message: expect.stringContaining('function of the key') })
})
