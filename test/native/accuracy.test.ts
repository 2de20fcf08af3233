/** Functions of one number or two are as accurate in C as their bounds say. */
import { describe, expect, it } from 'vitest'
import { worstOf } from '../../bench/accuracy/measure.js'
import { SPECIAL, sample, samplePair } from '../../bench/accuracy/samples.js'
import { arrayOf, numbers } from '../../laws/sample.js'
import type { Tensor } from '../../src/core/value.js'
import { BOUNDS, polygammaBound } from '../../src/engine/math/bounds.js'
import { builder } from '../../src/tape/node.js'
import { abstractly } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'
import { prepare, programOf } from '../engine/same.js'
import { batched } from './batched.js'
import { compiler } from './compiler.js'

const N = 1000

type Function = (x: Tensor, y: Tensor) => Tensor

const one = (name: string): Function =>
  name.startsWith('polygamma')
    ? (x) => builder.polygamma(x, Number(name.slice('polygamma'.length)))
    : (builder[name as never] as Function)

const PAIRS = new Set(['pow', 'atan2'])
// the composed sigmoid has laws of its own
const NAMES = [...Object.keys(BOUNDS).filter((name) => name !== 'sigmoid'), 'polygamma1', 'polygamma2', 'polygamma3']

describe.skipIf(compiler === null)('functions in C', () => {
  if (compiler === null) return
  const target = batched('C', compiler, { threads: 1 })
  for (const type of ['f32', 'f64'] as const) {
    const cases = NAMES.map((name) => {
      const random = Array.from({ length: N }, () => samplePair(PAIRS.has(name) ? name : 'pow', Math.random))
      const pairs = PAIRS.has(name)
        ? [...SPECIAL.flatMap((x) => SPECIAL.map((y) => [x, y] as const)), ...random]
        : [...SPECIAL, ...random.map(() => sample(name, Math.random))].map((x) => [x, 0] as const)
      const arrays = (PAIRS.has(name) ? [0, 1] : [0]).map((k) =>
        arrayOf(
          [pairs.length],
          type,
          pairs.map((p) => (type === 'f32' ? Math.fround(p[k] as number) : (p[k] as number))),
        ),
      )
      const f = ([x, y]: readonly Tensor[]) => [one(name)(x as Tensor, y as Tensor)]
      return { name, f, x: arrays }
    })
    it(`of ${type} keep within their bounds`, () => {
      prepare(
        [target],
        cases.map(({ f, x }) => ({ f, x: x.map(abstractly) })),
      )
      for (const { name, f, x } of cases) {
        const p = programOf(f, x.map(abstractly))
        const values = p === null ? null : target.compile(p)?.run(x as readonly Concrete[], p.constants)?.[0]
        const bound = name.startsWith('polygamma') ? polygammaBound(Number(name.at(-1))) : BOUNDS[name]
        const worst = worstOf(name, type, x.map(numbers), numbers(values as Tensor))
        expect(worst.ulp, `${name}(${worst.at}) = ${worst.got}`).toBeLessThanOrEqual(bound?.[type] as number)
      }
    })
  }
})
