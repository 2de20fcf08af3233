/**
 * Laws of primitives: a record is held to all of them by its own samples, and the table's records as any other.
 */
import * as fc from 'fast-check'
import { backward } from '../src/adjoint/backward.js'
import { LinearityError } from '../src/core/error.js'
import { type DType, isFloat, type Tensor } from '../src/core/value.js'
import type { Opt, Primitive, Sample } from '../src/primitive/record.js'
import { builder, variable } from '../src/tape/node.js'
import type { Program } from '../src/tape/program.js'
import { scope } from '../src/tape/scope.js'
import { abstractly, traceLeaves } from '../src/tape/trace.js'
import { type Concrete, cast, elementAt } from '../src/tensor/concrete.js'
import { sizeOf } from '../src/tensor/shape.js'
import { batchLaws, type Stack } from './batching.js'
import { compiledLaws } from './compiled.js'
import { compositeSamples } from './composite.js'
import { derivativeLaws, inner, jvpOf, type Point } from './derivative.js'
import { agreed, all, close, contramap, fact, type Law, labelled, law, show, type Verdict } from './law.js'
import { precisionLaws } from './precision.js'
import { applied, type PrimitiveSample, pointOf, resultsOf, STACK, sampleOf, stacked } from './primitive-sample.js'
import { given, type Suite, suite } from './property.js'
import { magnitudes } from './rounding.js'
import { statedLaws } from './special.js'
import { coarsest, tolerance } from './tolerance.js'

// --------------------------------------------------------------------------------------------------------------- checks

const abstraction = (s: PrimitiveSample): Verdict => {
  const x = s.args.map((xs) => xs[0] as Concrete)
  const f = applied(s.primitive, s.params)
  const expected = resultsOf(s.primitive, s.params, x)
  const found = f(x) as readonly Concrete[]
  const symbolic = x.length === 0 ? found : f(x.map((v) => variable(abstractly(v), [scope('laws')])))
  const types = (list: readonly { readonly shape: readonly number[]; readonly dtype: DType }[]): string =>
    list.map((r) => `${r.dtype}[${r.shape.join(', ')}]`).join(', ')
  const stored = found.every(
    (y) =>
      (y.buffer === null || y.buffer.length === sizeOf(y.shape)) &&
      Array.from({ length: sizeOf(y.shape) }, (_, i) => elementAt(y, i)).every((e) => Object.is(e, cast(y.dtype, e))),
  )
  const agrees = types(expected) === types(found) && types(expected) === types(symbolic)
  return fact(agrees && stored, () =>
    agrees
      ? `elements that are not of ${types(found)}: ${show(found)}`
      : `left   ${types(expected)}\nright  ${types(found)}`,
  )
}

/** The primitive itself transposed, where it is linear in an argument: not its tangent, which may be another. */
const linearArguments = (s: PrimitiveSample): Verdict => {
  const { primitive: p, params } = s
  const { x, v, w } = pointOf(s)
  const u = w[0]
  if (p.results === 'many' || p.transpose === 'not linear' || u == null) return agreed
  return all(
    x.map((_, i) => {
      const t = v[i]
      if (t == null) return agreed
      const at = (y: Tensor): readonly Tensor[] => applied(p, params)(x.map((xi, k) => (k === i ? y : xi)))
      const program = traceLeaves(([y]) => at(y as Tensor), [abstractly(t)], { name: 'laws' })
      const back = transposed(program, u)
      if (back === undefined) return agreed
      const difference = builder.sub(at(t)[0] as Tensor, at(builder.like(t, 0))[0] as Tensor)
      const n = sizeOf(t.shape) + sizeOf(u.shape)
      const scale = n * inner([builder.abs(u)], magnitudes(program, [builder.abs(t)]))
      const measure = { tolerance: tolerance(coarsest([t.dtype, u.dtype]), 'adjoint'), scale }
      return labelled(() => `in argument ${i}`, close(inner([u], [difference]), inner([back], [t]), measure))
    }),
  )
}

/** What comes back to the input of a program; undefined where the program is not linear. */
const transposed = (program: Program, w: Tensor): Opt | undefined => {
  try {
    return backward(program, [w])[0] ?? null
  } catch (e) {
    if (e instanceof LinearityError) return undefined
    throw e
  }
}

/** What has no derivative has no tangent: null, not a zero of its type. */
const withoutDerivative = (s: PrimitiveSample): Verdict => {
  const { f, x, v } = pointOf(s)
  if (!v.some((t) => t !== null)) return agreed
  const tangents = jvpOf(f, x, v)
  return all(
    f(x).map((y, i) =>
      isFloat(y.dtype) ? agreed : fact(tangents[i] === null, () => `left   ${show(tangents[i])}\nright  null`),
    ),
  )
}

/** A primitive without arguments is the same for every example. */
const source = (s: PrimitiveSample): Verdict => {
  if (s.args.length > 0 || s.primitive.results === 'many') return agreed
  const y = applied(s.primitive, s.params)([])[0] as Concrete
  return close(
    s.primitive.batch(builder, [], [], STACK, s.params as never),
    stacked(
      Array.from({ length: STACK }, () => y),
      STACK,
    ),
    { tolerance: 0, scale: 1 },
  )
}

const stackOf = (s: PrimitiveSample): Stack => ({ f: applied(s.primitive, s.params), args: s.args, v: s.v, w: s.w })

// ----------------------------------------------------------------------------------------------------------------- laws

/** The parameters of calls and custom rules hold programs of one element type. */
const onSingles = (l: Law<Point>): Law<PrimitiveSample> => ({
  ...l,
  check: (s) => (s.primitive.results === 'many' ? agreed : l.check(pointOf(s))),
})

const laws: readonly Law<PrimitiveSample>[] = [
  law('shapes', 'the result has the shape and element type that abstract says', abstraction),
  ...derivativeLaws.map(contramap(pointOf)),
  law('results without a derivative', 'J v = null where the result is no float', withoutDerivative),
  law('linear arguments', '⟨w, p(…, v, …) − p(…, 0, …)⟩ = ⟨transpose(w), v⟩', linearArguments),
  ...precisionLaws.map(onSingles),
  law('batching a source', 'batch of a primitive without arguments is copies of its result', source),
  ...batchLaws.map(
    (l): Law<PrimitiveSample> => ({ ...l, check: (s) => (s.args.length === 0 ? agreed : l.check(stackOf(s))) }),
  ),
  ...compiledLaws.map(contramap(pointOf)),
]

/** What there is to say of the samples of a primitive whose parameters hold programs. */
export interface PrimitiveOptions {
  /** Samples, where the record's own cannot be stated beforehand. */
  readonly samples?: fc.Arbitrary<PrimitiveSample>
}

/**
 * A primitive record held to the laws of primitives, by its own samples: shapes, adjointness, linearity, transposition,
 * finite differences, second derivatives, f32, vmap, jit, special values, examples, refusals.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.primitive(Laws.table.tanh), { numRuns: 10 })
 * ```
 */
export const primitive = (p: Primitive, options: PrimitiveOptions = {}): Suite => {
  const cases = p.samples.cases as readonly Sample<unknown>[]
  const composite = compositeSamples(p)
  if (cases.length === 0 && options.samples === undefined && composite === undefined)
    throw new Error(`${p.name} has no samples: state cases in its record`)
  const samples = options.samples ?? composite ?? fc.oneof(...cases.map((c) => sampleOf(p, c)))
  return suite(p.name, given(samples, ...laws), given(fc.constant(null), ...statedLaws(p)))
}
