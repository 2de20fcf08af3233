import * as fc from 'fast-check'
import { add, grad, item, jit, jvp, mul, pow, type Scalar, square, tensor, toArray, vmap } from 'lanac'
import * as Laws from 'lanac/laws'
import { describe, expect, test } from 'vitest'
import { decode, genome } from '../../laws/random-program.js'
import { inline } from '../../src/tape/program.js'
import { traceLeaves } from '../../src/tape/trace.js'

const suite = Laws.program({ size: 10 })

describe('random programs', () => {
  test.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
    fc.assert(property, { numRuns: 150 })
  })
})

describe('what control flow and custom rules hold', () => {
  test('has no f32 in it: derivatives are as precise as the law that compares them', () => {
    fc.assert(
      fc.property(genome(20), (g) => {
        const { f, inputs } = decode(g, { wide: true })
        const p = inline(
          traceLeaves(
            f,
            inputs.map((r) => ({ ...r, weak: false })),
            { name: 'wide' },
          ),
        )
        expect(p.slots.map((a) => a.dtype)).not.toContain('f32')
      }),
      { numRuns: 300 },
    )
  })
})

describe('perturbations that are easily confused', () => {
  const derivatives: readonly (readonly [string, (f: (x: Scalar) => Scalar) => (x: Scalar) => Scalar])[] = [
    ['grad', (f) => (x) => grad(f)(x)],
    ['jvp', (f) => (x) => jvp(f, [x], [1])[1]],
    ['jit of grad', (f) => jit((x: Scalar) => grad(f)(x))],
    ['grad of jit', (f) => (x) => grad(jit(f))(x)],
    ['jvp of jit', (f) => (x) => jvp(jit(f), [x], [1])[1]],
  ]
  const pairs = derivatives.flatMap(([a, outer]) => derivatives.map(([b, inner]) => [a, b, outer, inner] as const))
  test.each(pairs)('%s over %s', (_, __, outer, inner) => {
    // d/dx [x · d/dy x] = 0
    expect(item(outer((x) => mul(x, inner(() => x)(2)))(3))).toBe(0)
    // d/dx [x · d/dy (x + y)] = 1
    expect(item(outer((x) => mul(x, inner((y) => add(x, y))(1)))(1))).toBe(1)
    // d/dx [x · d/dy (x·y) at y = x] = 2x
    expect(item(outer((x) => mul(x, inner((y) => mul(x, y))(x)))(3))).toBe(6)
    // d/dx [d/dy (x²y² + y³) at y = 2] at x = 3: 4xy = 24
    expect(item(outer((x) => inner((y) => add(mul(square(x), square(y)), pow(y, 3)))(2))(3))).toBeCloseTo(24, 12)
  })
  test('under vmap', () => {
    const f = (x: Scalar): Scalar => mul(x, grad((y: Scalar) => mul(x, y))(1))
    expect(toArray(vmap(grad(f))(tensor([1, 2, 3])))).toEqual([2, 4, 6])
  })
})
