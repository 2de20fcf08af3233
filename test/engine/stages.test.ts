/** Nests in stages: the same results, few functions in each, and no more handed on than is needed. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, fill, genome, pool } from '../../laws/random-program.js'
import { arrayOf } from '../../laws/sample.js'
import type { Nest } from '../../src/core/nest.js'
import type { DType, Shape, Tensor } from '../../src/core/value.js'
import { arena } from '../../src/engine/arena.js'
import { compileProgram } from '../../src/engine/compiled.js'
import { type Machine, simd128 } from '../../src/engine/machine.js'
import { schedule } from '../../src/engine/schedule.js'
import { surveyOf } from '../../src/engine/survey.js'
import { wasm } from '../../src/engine/wasm/backend.js'
import { hasRelaxedVectors } from '../../src/engine/wasm/features.js'
import { builder as b } from '../../src/tape/node.js'
import type { Concrete } from '../../src/tensor/concrete.js'
import { vmap } from '../../src/transform/vmap.js'
import { type ListFunction, programOf } from './plans.js'
import { assertSame, type Tested } from './same.js'
import { bits } from './threads/team.js'

const whole: Machine = { ...simd128, functions: null }
const inStages = (most: number, from = 1): Machine => ({ ...simd128, functions: { most, from } })

const results = (f: ListFunction, x: readonly Tensor[], machine: Machine): readonly string[] => {
  const p = programOf(f, x)
  const c = compileProgram(p, arena(2 ** 24), { ...wasm, machine })
  const out = c?.run(x as readonly Concrete[], p.constants) ?? null
  if (out === null) throw new Error('not compiled')
  return bits(out)
}

const nestsOf = (f: ListFunction, x: readonly Tensor[], machine: Machine): readonly Nest[] =>
  schedule(programOf(f, x), machine)?.kernels.flatMap((k) => k.nests) ?? []

const functionsIn = (nest: Nest): readonly unknown[] => {
  const { inner, outer } = surveyOf(nest)
  const lanes = new Set([...inner.lanes, ...outer.lanes])
  return [...lanes].filter((l) => l.op === 'call').map((l) => l.data)
}

/** The functions of each nest, and how many values it hands on or stores. */
const outline = (f: ListFunction, x: readonly Tensor[], most = 2): readonly string[] =>
  nestsOf(f, x, inStages(most)).map((n) => `${functionsIn(n).join(' ')} > ${n.stores.length}`)

const numbers = (shape: Shape, dtype: DType = 'f32'): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1)
  return arrayOf(
    shape,
    dtype,
    Array.from({ length: size }, (_, i) => (((i * 37) % 101) + 1) / 64),
  )
}
const at = (x: readonly Tensor[], i = 0): Tensor => x[i] as Tensor

/** Ten operations, none of them a function. */
const polynomial = (v: Tensor): Tensor =>
  [1, 2, 3, 4, 5].reduce((sum: Tensor, k) => b.add(b.mul(sum, v), k / 8), b.mul(v, 0.5))

const four: ListFunction = (x) => {
  const y = b.mul(b.exp(b.mul(at(x), 0.5)), b.sin(b.add(at(x), 1)))
  return [b.sub(b.mul(b.tanh(y), b.log(b.add(b.mul(at(x), at(x)), 1))), y)]
}

const row = [numbers([37])]
const table = [numbers([19, 23]), numbers([23]), numbers([23, 19])]
const cases: readonly (readonly [string, ListFunction, readonly Tensor[]])[] = [
  ['four functions', four, row],
  ['in doubles', four, [numbers([41], 'f64')]],
  ['one after the other', (x) => [b.exp(b.neg(b.exp(b.neg(b.exp(at(x))))))], row],
  ['more beside each other than fit', (x) => [b.add(b.add(b.exp(at(x)), b.log(at(x))), b.sin(b.cos(at(x))))], row],
  ['with results on the way', (x) => [b.exp(at(x)), b.log1p(b.exp(at(x))), b.tanh(b.log1p(b.exp(at(x))))], row],
  ['of a truth', (x) => [b.exp(b.select(b.less(b.sin(b.exp(at(x))), 0.5), b.log(at(x)), at(x)))], row],
  ['after much arithmetic', (x) => [b.add(b.exp(b.sin(polynomial(at(x)))), b.log(b.cos(polynomial(at(x)))))], row],
  ['in a sum', (x) => [b.sum(b.tanh(b.log1p(b.exp(at(x)))), [0])], table],
  ['in a sum along rows', (x) => [b.sum(b.tanh(b.log1p(b.exp(at(x)))), [1])], table],
  [
    'of a row that is added to a table',
    (x) => [b.sin(b.exp(b.add(at(x), b.broadcast(b.tanh(b.log(at(x, 1))), [19, 23], [1]))))],
    table,
  ],
  ['read the other way round', (x) => [b.sin(b.exp(b.add(at(x), b.tanh(b.permute(at(x, 2), [1, 0])))))], table],
  [
    'beside a product',
    (x) => {
      const z = b.contract(at(x), at(x, 2), { a: [0, 1], b: [1, 2], out: [0, 2] })
      return [b.mul(b.log1p(b.exp(z)), b.tanh(b.exp(b.neg(b.abs(z)))))]
    },
    table,
  ],
  ['that choose rows', (x) => [b.gather(at(x), b.convert(b.floor(b.exp(b.sin(b.log(at(x, 1))))), 'i32'), 0)], table],
  ['running sums', (x) => [b.cumsum(b.tanh(b.log1p(b.exp(at(x)))), 1, false)], table],
]

describe('stages', () => {
  const isSummed = (n: Nest): boolean => n.folds.some((f) => f.types.some((t) => t === 'f32' || t === 'f64'))
  const target = (most: number): Tested => ({
    name: 'WebAssembly in stages',
    compile: (p) => compileProgram(p, arena(2 ** 24), { ...wasm, machine: inStages(most) }),
  })
  /**
   * The bits of the whole; but sums may be in another order, and where a product and a sum are rounded once in vectors, it
   * depends on its loops which elements are left over for scalars, where they are rounded twice.
   */
  const keep = (f: ListFunction, x: readonly Tensor[], most: number): void => {
    if (hasRelaxedVectors() || nestsOf(f, x, inStages(most)).some(isSummed)) assertSame([target(most)], { f, x })
    else expect(results(f, x, inStages(most))).toEqual(results(f, x, whole))
  }

  it.each(cases)('compute what the whole does: %s', (_, f, x) => {
    for (const most of [1, 2, 3]) keep(f, x, most)
  })

  it('compute what the whole does in random programs and their batches', () => {
    let found = 0
    fc.assert(
      fc.property(genome(24), pool(-4, 4), fc.integer({ min: 1, max: 2 }), fc.boolean(), (genes, drawn, most, many) => {
        const { f, inputs } = decode(genes)
        const over = vmap(((...v: Tensor[]) => f(v)) as never)
        const g: ListFunction = many ? (v) => over(...v) as readonly Tensor[] : f
        const x = inputs.map((r, i) => fill(many ? { ...r, shape: [9, ...r.shape] } : r, drawn, i))
        if (schedule(programOf(g, x), whole) === null || (many && x.length === 0)) return
        found += nestsOf(g, x, inStages(most)).length - nestsOf(g, x, whole).length
        keep(g, x, most)
      }),
      { numRuns: 300 },
    )
    expect(found).toBeGreaterThan(100)
  })

  it('compute few functions each', () => {
    for (const [, f, x] of cases.slice(0, 9))
      for (const n of nestsOf(f, x, inStages(1))) expect(functionsIn(n).length).toBeLessThanOrEqual(1)
  })

  it('hand on what the next ones need, as late as can be', () => {
    // y alone goes on, and the logarithm waits for the hyperbolic tangent
    expect(outline(four, row)).toEqual(['exp sin > 1', 'tanh log > 1'])
    // a result on the way is read where it was stored
    const way: ListFunction = (x) => [b.exp(at(x)), b.log1p(b.exp(at(x)))]
    expect(outline(way, row, 1)).toEqual(['exp > 1', 'log1p > 1'])
    // much arithmetic that two need is done once, little twice
    const shared = (g: (v: Tensor) => Tensor): ListFunction => {
      return (x) => [b.mul(b.sin(b.exp(g(at(x)))), g(at(x)))]
    }
    expect(outline(shared(polynomial), row)).toEqual(['exp > 2', 'sin > 1'])
    expect(outline(shared(b.neg), row)).toEqual(['exp > 1', 'sin > 1'])
    // a row of functions is not computed for each row of a table
    const rows = nestsOf(cases[9]?.[1] as ListFunction, table, inStages(1))
    expect(rows.map((n) => n.loops.reduce((m, l) => m * l.size, 1)).slice(0, 2)).toEqual([23, 23])
  })

  it('take no more memory than there was', () => {
    const pairs = (n: number): readonly Nest[] => {
      const x = numbers([n])
      const f: ListFunction = (v) => {
        const [left, right] = [0, 1].map((axis) => b.broadcast(at(v), [n, n], [axis])) as [Tensor, Tensor]
        return [b.sum(b.exp(b.tanh(b.sin(b.sub(left, right)))), [0, 1])]
      }
      return nestsOf(f, [x], simd128).filter((m) => functionsIn(m).length > 0)
    }
    expect(pairs(255).length).toBe(3)
    expect(pairs(257).length).toBe(1)
  })

  it('are made of long nests only, and not of few functions', () => {
    expect(nestsOf(four, row, inStages(2, 38)).length).toBe(1)
    expect(nestsOf(four, row, inStages(2, 37)).length).toBe(2)
    expect(nestsOf(four, row, inStages(4)).length).toBe(2)
    expect(nestsOf((x) => [b.mul(b.exp(at(x)), b.sin(at(x)))], row, inStages(2)).length).toBe(1)
    expect(nestsOf(four, row, simd128).length).toBe(1)
    expect(nestsOf(four, [numbers([4096])], simd128).length).toBe(2)
  })
})
