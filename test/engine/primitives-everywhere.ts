/** What every target computes like the evaluator: each primitive in each type, at samples of its own and at special values. */
import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { all, close, fact, holds, type Verdict } from '../../laws/law.js'
import { applied, resultsOf } from '../../laws/primitive-sample.js'
import type { ListFunction } from '../../laws/rounding.js'
import { arrayOf, drawnFrom, numbers } from '../../laws/sample.js'
import { tolerance } from '../../laws/tolerance.js'
import { type DType, isFloat, type Tensor } from '../../src/core/value.js'
import type { AnySingle, Drawn, Sample } from '../../src/primitive/record.js'
import { table } from '../../src/primitive/table.js'
import { abstractly } from '../../src/tape/trace.js'
import { assertSame, type Case, prepare, type Tested } from './same.js'

// -------------------------------------------------------------------------------------------------------------- samples

const singles = (Object.values(table) as unknown as readonly AnySingle[]).filter((p) => p.results === 'one')

/** The case with its floats in another type, when the primitive takes it. */
const inType = (p: AnySingle, c: Sample<unknown>, dtype: DType): Sample<unknown> | null => {
  const args = c.args.map((a): Drawn => (a.dtype === 'f64' ? { ...a, dtype } : a))
  try {
    resultsOf(p, c.params, args)
    return { ...c, args }
  } catch {
    return null
  }
}

const SPECIAL = [0, -0, 1, -1, 0.5, -2.5, Number.NaN, Infinity, -Infinity, 3, 1e30, -1e30, 1e-30]

/** NaN is NaN, an infinity itself, −0 is not 0; the rest within a few units in the last place. */
const closely = (left: ListFunction, right: ListFunction, x: readonly Tensor[]): Verdict => {
  const l = left(x)
  const r = right(x)
  return all(
    l.map((a, i) => {
      const b = r[i] as Tensor
      const t = isFloat(a.dtype) ? tolerance(a.dtype, 'elementary') : 0
      const near = close(a, b, { tolerance: t, scale: 'element' })
      if (!holds(near)) return near
      const signs = numbers(a).every((u, k) => u !== 0 || Object.is(u, numbers(b)[k]))
      return fact(signs, () => `left   ${a}\nright  ${b}`)
    }),
  )
}

/** A primitive at special values, and at every pair of them where it takes two; null where it refuses them. */
const atSpecialValues = (p: AnySingle, c: Sample<unknown>, dtype: DType): Case | null => {
  const n = SPECIAL.length
  const size = c.args.length === 1 ? n : n * n
  const of = (i: number) => (k: number) => SPECIAL[i === 0 ? k % n : Math.floor(k / n) % n] as number
  const x = c.args.map((_, i) =>
    arrayOf(
      [size],
      dtype,
      Array.from({ length: size }, (_, k) => of(i)(k)),
    ),
  )
  try {
    resultsOf(p, c.params, x)
    return { f: applied(p, c.params), x, compare: closely }
  } catch {
    return null
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** Describes primitives on these targets; each case is drawn so often. */
export const primitivesEverywhere = (targets: readonly Tested[], draws: number): void => {
  describe.each(singles.map((p) => [p.name, p] as const))('%s', (_, p) => {
    const cases = p.samples.cases as readonly Sample<unknown>[]
    for (const dtype of ['f64', 'f32'] as const) {
      const typed = cases.flatMap((c) => inType(p, c, dtype) ?? [])
      if (typed.length === 0) continue
      const first = typed[0] as Sample<unknown>
      const isElementwise = first.args.length > 0 && first.args.every((a) => isFloat(a.dtype))
      const special = isElementwise ? atSpecialValues(p, first, dtype) : null
      it(`is the same in every target, ${dtype}`, () => {
        prepare(targets, [
          ...typed.map((c) => ({ f: applied(p, c.params), x: c.args.map((a) => ({ ...a, weak: false })) })),
          ...(special === null ? [] : [{ f: special.f, x: special.x.map(abstractly) }]),
        ])
        for (const c of typed)
          fc.assert(
            fc.property(fc.tuple(...c.args.map(drawnFrom)), (x) => assertSame(targets, { f: applied(p, c.params), x })),
            { numRuns: draws },
          )
      })
      if (special !== null) it(`takes special values in every target, ${dtype}`, () => assertSame(targets, special))
    }
  })
}
