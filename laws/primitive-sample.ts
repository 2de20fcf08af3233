/** Samples of a primitive: one of its cases, with values for its arguments, a stack of three of each, and directions. */
import * as fc from 'fast-check'
import { type DType, isFloat, type Shape, type Tensor } from '../src/core/value.js'
import type { AnyMultiple, AnySingle, Drawn, Opt, Primitive, Result, Sample } from '../src/primitive/record.js'
import { apply, applyMany, builder } from '../src/tape/node.js'
import type { Concrete } from '../src/tensor/concrete.js'
import type { Point } from './derivative.js'
import { show } from './law.js'
import type { ListFunction } from './rounding.js'
import { distance, drawnFrom, factor, vector } from './sample.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many examples of each argument a sample has. */
export const STACK = 3

/** One case of a primitive with values. */
export interface PrimitiveSample {
  readonly primitive: Primitive
  readonly params: unknown
  /** Values of each argument, `STACK` of them. */
  readonly args: readonly (readonly Concrete[])[]
  readonly v: readonly (readonly Opt[])[]
  readonly u: readonly Opt[]
  readonly w: readonly (readonly Opt[])[]
  readonly z: readonly Opt[]
  readonly factors: readonly [number, number]
  /** How far the values are from the nearest singularity; null where that is not known. */
  readonly distance: number | null
}

// ------------------------------------------------------------------------------------------------------------- applying

/** A primitive under its parameters as a function of its arguments. */
export const applied =
  (primitive: Primitive, params: unknown): ListFunction =>
  (x) =>
    primitive.results === 'one'
      ? [apply(primitive as AnySingle, params, x)]
      : applyMany(primitive as AnyMultiple, params, x)

/** Shapes and element types of the results of a primitive. */
export const resultsOf = (
  primitive: Primitive,
  params: unknown,
  args: readonly { readonly shape: Shape; readonly dtype: DType }[],
): readonly Result[] => {
  const inputs = args.map(({ shape, dtype }) => ({ shape, dtype, weak: false }))
  return primitive.results === 'one'
    ? [primitive.abstract(params as never, inputs)]
    : primitive.abstract(params as never, inputs)
}

// ---------------------------------------------------------------------------------------------------------- arbitraries

const times = <A>(n: number, one: fc.Arbitrary<A>): fc.Arbitrary<readonly A[]> =>
  fc.tuple(...Array.from({ length: n }, () => one))

const each = <A>(of: readonly fc.Arbitrary<A>[]): fc.Arbitrary<readonly A[]> => fc.tuple(...of)

/** A case with values. */
export const sampleOf = (primitive: Primitive, { params, args }: Sample<unknown>): fc.Arbitrary<PrimitiveSample> => {
  const results = resultsOf(primitive, params, args)
  return fc
    .record({
      args: each(args.map((a) => times(STACK, drawnFrom(a)))),
      v: each(args.map((a) => times(STACK, vector(a)))),
      u: each(args.map(vector)),
      w: each(results.map((r) => times(STACK, vector(r)))),
      z: each(results.map(vector)),
      factors: fc.tuple(factor, factor),
    })
    .map((drawn) => ({
      ...drawn,
      primitive,
      params,
      distance: nearest(args, drawn.args),
      toString: () => describe(primitive, params, drawn),
    }))
}

const nearest = (args: readonly Drawn[], values: readonly (readonly Concrete[])[]): number =>
  Math.min(1, ...args.flatMap((a, i) => (values[i] ?? []).map((x) => (isFloat(a.dtype) ? distance(x, a.domain) : 1))))

/** A sample in one line. */
export const describe = (
  primitive: Primitive,
  params: unknown,
  s: Pick<PrimitiveSample, 'args' | 'v' | 'w'>,
): string => {
  const first = (of: readonly (readonly Opt[])[]): string => of.map((stack) => show(stack[0])).join(', ')
  const named = params === null ? '' : ` ${show(params)}`
  return `${primitive.name}${named} at ${first(s.args)}; v = ${first(s.v)}; w = ${first(s.w)}`
}

// --------------------------------------------------------------------------------------------------------------- points

/** The first example of a sample, as a point to differentiate at. */
export const pointOf = (s: PrimitiveSample): Point => ({
  f: applied(s.primitive, s.params),
  x: firsts(s.args),
  v: firsts(s.v),
  u: s.u,
  w: firsts(s.w),
  z: s.z,
  factors: s.factors,
  ...(s.distance === null ? {} : { distance: s.distance }),
  notDerivative: s.primitive.samples.notDerivative === true,
})

const firsts = <A>(of: readonly (readonly A[])[]): readonly A[] => of.map((stack) => stack[0] as A)

/** The first `n` of a list of values of one shape, along a new leading axis. */
export const stacked = (xs: readonly Tensor[], n: number): Tensor => {
  const one = xs[0] as Tensor
  if (n === 0) return builder.full([0, ...one.shape], one.dtype, 0)
  return builder.concatenate(
    xs.slice(0, n).map((x) => builder.reshape(x, [1, ...x.shape])),
    0,
  )
}
