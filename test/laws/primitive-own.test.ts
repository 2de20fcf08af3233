/** Records of one's own are held to the laws as the table's are; wrong ones are found out, by the law that should. */
import * as fc from 'fast-check'
import * as Laws from 'lanac/laws'
import { describe, expect, test } from 'vitest'
import type { Abstract, Tensor } from '../../src/core/value.js'
import { elementwise, pointwiseCases } from '../../src/primitive/define.js'
import { loop1 } from '../../src/primitive/kernel.js'
import type { Single } from '../../src/primitive/record.js'
import type { Concrete } from '../../src/tensor/concrete.js'

const loop = loop1<null>((x) => 1 / (1 + x * x))

/** 1 / (1 + x²), the bell of Agnesi. */
const bell: Single<null> = elementwise<null>({
  name: 'bell',
  accepts: 'float',
  evaluate: (_, args) => loop(args[0] as Concrete, null),
  terms: [(b, t, x, y) => b.maskedMul(t, b.mul(-2, b.mul(x[0] as Tensor, b.mul(y, y))))],
  samples: {
    cases: pointwiseCases(null, [{ low: -3, high: 3 }]),
    special: [{ params: null, at: [0], value: 1, partials: [0] }],
    refused: [{ params: null, args: [{ shape: [2], dtype: 'i32' }], error: 'DTypeError' }],
  },
})

/** The law that fails, and what it says. */
const found = (p: Single<null>): string => {
  for (const l of Laws.primitive(p).laws) {
    const run = fc.check(l.property, { numRuns: 40 })
    if (run.failed) return `${l.name}: ${String((run.errorInstance as Error).message)}`
  }
  return 'nothing'
}

describe('a primitive of one’s own', () => {
  test.each(Laws.primitive(bell).laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
    fc.assert(property, { numRuns: 40 })
  })
})

describe('a wrong one', () => {
  test.each([
    [
      'a slope off by a factor',
      {
        jvp: elementwise({
          ...stated(),
          terms: [(b, t, x, y) => b.maskedMul(t, b.neg(b.mul(x[0] as Tensor, b.mul(y, y))))],
        }).jvp,
      },
      /^finite differences/,
    ],
    [
      'a slope whose own slope is lost',
      {
        jvp: elementwise({
          ...stated(),
          terms: [(b, t, x, y) => b.maskedMul(t, b.stopGradient(b.mul(-2, b.mul(x[0] as Tensor, b.mul(y, y)))))],
        }).jvp,
      },
      /^second differences/,
    ],
    [
      'a batch rule that repeats the first example',
      {
        batch: (b, x, axis, n) =>
          b.align(
            b.reshape(b.slice(x[0] as Tensor, first(x[0] as Tensor)), (x[0] as Tensor).shape.slice(axis[0] ? 1 : 0)),
            false,
            n,
          ),
      },
      /^vmap/,
    ],
    ['a shape that is not the result’s', { abstract: () => ({ shape: [7], dtype: 'f64' }) }, /^shapes/],
    ['a refusal that is missing', { abstract: (_, args) => args[0] as Abstract }, /^refusals/],
    [
      'a special value that is not so',
      { samples: { ...bell.samples, special: [{ params: null, at: [0], value: 0.5 }] } },
      /^special values/,
    ],
  ] satisfies readonly (readonly [string, Partial<Single<null>>, RegExp])[])('%s', (_, rules, law) => {
    expect(found({ ...bell, ...rules })).toMatch(law)
  })
  test('no samples at all', () => {
    expect(() => Laws.primitive({ ...bell, samples: { cases: [] } })).toThrow(/bell has no samples/)
  })
})

function stated(): Parameters<typeof elementwise<null>>[0] {
  return { name: 'bell', accepts: 'float', evaluate: bell.evaluate, terms: [null], samples: bell.samples }
}

function first(x: Tensor): { start: number[]; stop: number[]; step: number[] } {
  return {
    start: x.shape.map(() => 0),
    stop: x.shape.map((n, i) => (i === 0 ? Math.min(1, n) : n)),
    step: x.shape.map(() => 1),
  }
}
