/** Laws of control flow: what it computes, and every derivative of it, is what it computes written out. */
import type * as fc from 'fast-check'
import type { Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { table } from '../src/primitive/table.js'
import { run } from '../src/tape/fold.js'
import { flattenValues } from '../src/tape/trace.js'
import { range } from '../src/tensor/shape.js'
import { scan as scanned } from '../src/transform/control.js'
import { unflatten } from '../src/tree/tree.js'
import { compositeSamples } from './composite.js'
import { everyArgument, jvpOf, type Point, vjpOf } from './derivative.js'
import { type FunctionSample, functionSamples, type GradientOptions, gradient, listFunction } from './gradient.js'
import { agreed, all, contramap, identical, type Law, labelled, law, type Verdict } from './law.js'
import { type PrimitiveSample, pointOf } from './primitive-sample.js'
import { given, type Suite, suite } from './property.js'
import { agree, agreeOver, type ListFunction } from './rounding.js'
import { rowOf, stackOf, unrolled } from './unrolled.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Two functions that are to be one. */
interface Pair {
  readonly point: Point
  readonly other: ListFunction
}

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

// ----------------------------------------------------------------------------------------------------------------- laws

/** Both functions of all differentiable arguments together, and of each by itself. */
const inEveryArgument =
  (check: (p: Point, other: ListFunction) => Verdict) =>
  ({ point, other }: Pair): Verdict => {
    const others = everyArgument({ ...point, f: other })
    return all(
      everyArgument(point).map((p, i) =>
        labelled(() => (i === 0 ? 'in all arguments' : `in argument ${i - 1}`), check(p, (others[i] as Point).f)),
      ),
    )
  }

const sameTangents = inEveryArgument((p, other) =>
  agreeOver(
    [p.x, compact(p.v)],
    (x, v) => compact(jvpOf(p.f, x, v)),
    (x, v) => compact(jvpOf(other, x, v)),
  ),
)

/** Cotangents for the float results, null for the others. */
const placed = (w: readonly Opt[], list: readonly Tensor[]): readonly Opt[] => {
  let next = 0
  return w.map((c) => (c === null ? null : (list[next++] as Tensor)))
}

const sameCotangents = inEveryArgument((p, other) =>
  agreeOver(
    [p.x, compact(p.w)],
    (x, w) => compact(vjpOf(p.f, x, placed(p.w, w))),
    (x, w) => compact(vjpOf(other, x, placed(p.w, w))),
  ),
)

/** H v, forward over reverse. */
const sameSecond = (pair: Pair): Verdict => {
  const p = everyArgument(pair.point)[0]
  const q = everyArgument({ ...pair.point, f: pair.other })[0]
  if (p === undefined || q === undefined) return agreed
  const second =
    (f: ListFunction) =>
    (x: readonly Tensor[], w: readonly Tensor[], v: readonly Tensor[]): readonly Tensor[] =>
      compact(jvpOf((y) => compact(vjpOf(f, y, placed(p.w, w))), x, v))
  return agreeOver([p.x, compact(p.w), compact(p.v)], second(p.f), second(q.f))
}

const pairLaws: readonly Law<Pair>[] = [
  law('values', 'written out, it computes the same', ({ point, other }) => agree(point.f, other, point.x)),
  law('tangents', 'J v is that of what is written out', sameTangents),
  law('cotangents', 'Jᵀ w is that of what is written out', sameCotangents),
  law('second derivatives', 'D(Jᵀ w) v is that of what is written out', sameSecond),
]

const toTheBit = law('values to the bit', 'written out, it computes the same bits', ({ point, other }: Pair) =>
  identical(point.f(point.x), other(point.x)),
)

// --------------------------------------------------------------------------------------------------------------- suites

/** A sample of control flow, and what it does at its values, written out. */
const writtenOut = (s: PrimitiveSample): Pair => {
  const point = pointOf(s)
  const program = unrolled(s.primitive, s.params, point.x)
  return { point, other: program === null ? point.f : (x) => run(program, x) }
}

const randomly = (name: 'cond' | 'scan'): Suite => {
  const samples = compositeSamples(table[name]) as fc.Arbitrary<PrimitiveSample>
  return suite(name, given(samples, ...[toTheBit, ...pairLaws].map(contramap(writtenOut))))
}

/**
 * Control flow of random programs: `cond` is the branch that it takes, `scan` is the loop written out, to the bit; so are
 * first and second derivatives.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.controlFlow(), { numRuns: 3 })
 * ```
 */
export const controlFlow = (): Suite => suite('control flow', randomly('cond'), randomly('scan'))

/** What a scan of a step is held to: arguments `[carry, xs]` as for `gradient`, and the direction. */
export interface ScanLawOptions extends Omit<GradientOptions, 'inputs'> {
  readonly inputs: readonly [GradientOptions['inputs'][number], GradientOptions['inputs'][number]]
  readonly reverse?: boolean
}

type Step = (carry: never, x: never) => readonly [unknown, unknown]

/** The loop that `scan` stands for, in JS. */
const loop =
  (step: Step, reverse: boolean) =>
  (start: never, xs: never): readonly [unknown, unknown] => {
    const { structure, leaves } = flattenValues(xs)
    const length = (leaves[0] as Tensor).shape[0] as number
    const rows: (readonly Tensor[])[] = range(length).map(() => [])
    let carry: unknown = start
    let of = flattenValues(null).structure
    for (const k of reverse ? range(length).reverse() : range(length)) {
      const [next, y] = step(carry as never, unflatten({ structure, leaves: leaves.map((x) => rowOf(x, k)) }) as never)
      const flat = flattenValues(y ?? null)
      of = flat.structure
      carry = next
      rows[k] = flat.leaves
    }
    const stacks = (rows[0] ?? []).map((y, i) =>
      stackOf(
        rows.map((r) => r[i] as Tensor),
        y,
      ),
    )
    return [carry, unflatten({ structure: of, leaves: stacks })]
  }

/**
 * A step of one's own, scanned, held to the laws of functions and against the loop in JS: the same values, first and second
 * derivatives. The xs have at least one row.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { add, mul, sin, type Tensor } from 'lanac'
 * import * as fc from 'fast-check'
 * const step = (c: Tensor, x: Tensor) => [add(sin(c), x), mul(c, x)] as const
 * fc.assert(Laws.scan(step, { inputs: [[2], [3, 2]] }), { numRuns: 3 })
 * ```
 */
export const scan = (step: Step, options: ScanLawOptions): Suite => {
  const reverse = options.reverse === true
  const whole = (carry: never, xs: never): readonly [unknown, unknown] => scanned(step, carry, xs, { reverse })
  const pairOf = (s: FunctionSample): Pair => ({ point: s, other: listFunction(loop(step, reverse), s.structure) })
  const samples = functionSamples(whole, options)
  return suite(
    options.name ?? 'scan',
    gradient(whole, { ...options, name: 'derivatives' }),
    given(samples, ...pairLaws.map(contramap(pairOf))),
  )
}
