/**
 * How much rounding may move a result: first-order bounds, read off a program entry by entry (Wilkinson's running error
 * analysis). They scale the tolerances of laws whose two sides compute one thing in two ways.
 */
import { linearize } from '../src/adjoint/linearize.js'
import { type Float, isFloat, type Tensor } from '../src/core/value.js'
import type { AnyMultiple, AnySingle, Primitive } from '../src/primitive/record.js'
import { table } from '../src/primitive/table.js'
import { type Algebra, right } from '../src/tape/fold.js'
import { apply, applyMany, builder } from '../src/tape/node.js'
import { inline, type Program } from '../src/tape/program.js'
import { abstractly, traceLeaves } from '../src/tape/trace.js'
import { type Concrete, elementAt } from '../src/tensor/concrete.js'
import { sizeOf } from '../src/tensor/shape.js'
import { close, holds, type Verdict } from './law.js'
import { arrayOf } from './sample.js'
import { coarsest, type LawClass, tolerance } from './tolerance.js'
import { unrolled } from './unrolled.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A function of a list of values: what laws speak of, with trees taken apart. */
export type ListFunction = (x: readonly Tensor[]) => readonly Tensor[]

/** A value of a linear program read in magnitudes; a coefficient keeps its sign until it is used. */
interface Magnitude {
  readonly value: Tensor
  readonly coefficient: boolean
}

const known = new Set<Primitive>(Object.values(table) as Primitive[])

// --------------------------------------------------------------------------------------------------------- magnitudes

const abs = (x: Tensor): Tensor => (isFloat(x.dtype) ? builder.abs(x) : x)

const moving = (value: Tensor): Magnitude => ({ value, coefficient: false })

/** A linear primitive of which nothing is known: its matrix, column by column, in magnitudes. */
const dense = (applied: ListFunction, args: readonly Magnitude[]): Tensor[] => {
  const values = args.map((a) => (a.coefficient ? a.value : builder.like(a.value, 0)))
  let sum: readonly Tensor[] | null = null
  args.forEach((a, i) => {
    if (a.coefficient || !isFloat(a.value.dtype)) return
    const n = sizeOf(a.value.shape)
    for (let k = 0; k < n; k++) {
      const unit = arrayOf(
        a.value.shape,
        a.value.dtype,
        Array.from({ length: n }, (_, j) => (j === k ? 1 : 0)),
      )
      const weight = elementAt(a.value as Concrete, k)
      const column = applied(values.map((v, j) => (j === i ? unit : v))).map((y) =>
        isFloat(y.dtype) ? builder.mul(abs(y), weight) : y,
      )
      sum = sum === null ? column : sum.map((s, o) => (isFloat(s.dtype) ? builder.add(s, column[o] as Tensor) : s))
    }
  })
  return [...(sum ?? applied(values).map(abs))]
}

/** |L|: every coefficient of a linear program in magnitude, so that nothing cancels. */
const magnitudeAlgebra: Algebra<Magnitude> = {
  lift: (value) => ({ value, coefficient: true }),
  single: (primitive: AnySingle, params, args) => {
    if (args.every((a) => a.coefficient))
      return {
        value: apply(
          primitive,
          params,
          args.map((a) => a.value),
        ),
        coefficient: true,
      }
    if (!known.has(primitive)) return moving(dense((x) => [apply(primitive, params, x)], args)[0] as Tensor)
    const x = args.map((a) => (a.coefficient ? abs(a.value) : a.value))
    if (primitive.name === 'neg') return moving(x[0] as Tensor)
    if (primitive.name === 'sub') return moving(builder.add(x[0] as Tensor, x[1] as Tensor))
    return moving(apply(primitive, params, x))
  },
  many: (primitive: AnyMultiple, params, args) => {
    const written = unrolled(
      primitive,
      params,
      args.map((a) => a.value),
    )
    return written === null
      ? dense((x) => applyMany(primitive, params, x), args).map(moving)
      : right(written, args, magnitudeAlgebra)
  },
}

/** |L| v for a linear program L and v ≥ 0. */
export const magnitudes = (linear: Program, v: readonly Tensor[]): Tensor[] =>
  right(inline(linear), v.map(moving), magnitudeAlgebra).map((m) => abs(m.value))

// ------------------------------------------------------------------------------------------------------------ rounding

/** A value, and a bound on its error in units of ε; null is zero. */
interface Rounded {
  readonly value: Tensor
  readonly error: Tensor | null
}

/** The errors of the results of one entry: those of the arguments, carried on, and one rounding of every number in it. */
const entry = (primitive: Primitive, applied: ListFunction, args: readonly Rounded[]): Rounded[] => {
  const x = args.map((a) => a.value)
  const ys = applied(x)
  const floats = args.filter((a) => isFloat(a.value.dtype))
  if (floats.length === 0 || !ys.some((y) => isFloat(y.dtype)))
    return ys.map((y) => ({ value: y, error: isFloat(y.dtype) && floats.length > 0 ? abs(y) : null }))
  const most = Math.max(1, ...ys.map((y) => sizeOf(y.shape)))
  const terms = Math.max(1, ...floats.map((a) => sizeOf(a.value.shape) / most))
  const incoming = floats.map(({ value, error }) => {
    const own = builder.mul(abs(value), terms)
    return error === null ? own : builder.add(own, error)
  })
  if (primitive.samples.notDerivative === true)
    return ys.map((y) => ({ value: y, error: builder.add(abs(y), incoming[0] as Tensor) }))
  const program = traceLeaves(
    (v) => {
      let next = 0
      return applied(x.map((value) => (isFloat(value.dtype) ? (v[next++] as Tensor) : value)))
    },
    floats.map((a) => abstractly(a.value)),
    { name: 'rounding' },
  )
  const carried = magnitudes(
    linearize(
      program,
      floats.map((a) => a.value),
    ).linear,
    incoming,
  )
  return ys.map((y, i) => ({
    value: y,
    error: isFloat(y.dtype) ? builder.add(abs(y), carried[i] as Tensor) : null,
  }))
}

const roundedAlgebra: Algebra<Rounded> = {
  lift: (value) => ({ value, error: null }),
  single: (primitive, params, args) => entry(primitive, (x) => [apply(primitive, params, x)], args)[0] as Rounded,
  many: (primitive, params, args) => {
    const written = unrolled(
      primitive,
      params,
      args.map((a) => a.value),
    )
    return written === null
      ? entry(primitive, (x) => applyMany(primitive, params, x), args)
      : right(written, args, roundedAlgebra)
  },
}

/** Bounds on the rounding errors of a function's results, in units of ε, to first order; null for integers. */
export const roundingOf = (f: ListFunction, x: readonly Tensor[]): readonly (Tensor | null)[] => {
  const program = traceLeaves(f, x.map(abstractly), { name: 'rounding' })
  return right(
    inline(program),
    x.map((value) => ({ value, error: null })),
    roundedAlgebra,
  ).map(({ value, error }) => (isFloat(value.dtype) ? (error === null ? abs(value) : error) : null))
}

/** The coarsest float type among all the values of a function. */
export const precisionOf = (f: ListFunction, x: readonly Tensor[]): Float => {
  const { slots, constants } = inline(traceLeaves(f, x.map(abstractly), { name: 'precision' }))
  return coarsest([...slots, ...constants].map((v) => v.dtype))
}

const sum = (a: Tensor | null, b: Tensor | null): Tensor | null => (a === null || b === null ? null : builder.add(a, b))

/** Two ways to compute one thing: they agree within the rounding errors of both. */
export const agree = (
  left: ListFunction,
  right: ListFunction,
  x: readonly Tensor[],
  lawClass: LawClass = 'program',
): Verdict => {
  const l = left(x)
  const r = right(x)
  // a bound is never below one rounding of the result itself, so what is this close needs no bound
  const quick = close(l, r, { tolerance: tolerance('f64', lawClass), scale: 'element' })
  if (holds(quick) || l.length !== r.length) return quick
  const t = tolerance(coarsest([precisionOf(left, x), precisionOf(right, x)]), lawClass)
  const bound = roundingOf(left, x)
  const other = roundingOf(right, x)
  return close(l, r, { tolerance: t, scale: bound.map((b, i) => sum(b, other[i] as Tensor | null)) })
}

/** Lists of values, as many as there are in `G`. */
type Groups<G extends readonly unknown[]> = { readonly [K in keyof G]: readonly Tensor[] }

/**
 * `agree` for functions of several lists: arguments, tangents, cotangents. Whatever numbers go into both sides should be
 * named here: what is captured instead is computed with before the rounding is counted.
 */
export const agreeOver = <const G extends readonly (readonly Tensor[])[]>(
  groups: G,
  left: (...groups: Groups<G>) => readonly Tensor[],
  right: (...groups: Groups<G>) => readonly Tensor[],
  lawClass: LawClass = 'program',
): Verdict => {
  const grouped =
    (f: (...groups: Groups<G>) => readonly Tensor[]): ListFunction =>
    (x) => {
      let next = 0
      const lists = groups.map((g) => {
        next += g.length
        return x.slice(next - g.length, next)
      })
      return f(...(lists as never))
    }
  return agree(grouped(left), grouped(right), groups.flat(), lawClass)
}
