/** Definers: what most records have in common, so that each states only what is its own. */
import { DTypeError, ShapeError, showShape } from '../core/error.js'
import type { Abstract, DType, Tensor } from '../core/value.js'
import type { Concrete } from '../tensor/concrete.js'
import { sameShape } from '../tensor/shape.js'
import type { Builder } from './builder.js'
import type { Domain, Drawn, Opt, Result, Samples, Single } from './record.js'

// ------------------------------------------------------------------------------------------------------- element types

/** A group of element types that an operation takes. */
export type Accepts = 'float' | 'number' | 'integer' | 'bits' | 'any'

const GROUPS: { readonly [A in Accepts]: readonly DType[] } = {
  float: ['f64', 'f32'],
  number: ['f64', 'f32', 'i32'],
  integer: ['i32'],
  bits: ['i32', 'bool'],
  any: ['f64', 'f32', 'i32', 'bool'],
}

/** Refuses an argument whose element type is not in the group. @throws DTypeError */
export const checkDType = (operation: string, accepts: Accepts, x: Result): void =>
  checkMember(operation, GROUPS[accepts], x)

const checkMember = (operation: string, group: readonly DType[], x: Result): void => {
  // f64 first: it is looked for most, and stands first where it is accepted
  if (group[0] !== x.dtype && !group.includes(x.dtype))
    throw new DTypeError({
      operation,
      problem: `takes ${group.join(', ')}, found ${x.dtype} of shape ${showShape(x.shape)}`,
      hint: `convert it: convert(x, '${group[0]}')`,
    })
}

/** Refuses arguments of different element types. @throws DTypeError */
export const checkSameDType = (operation: string, a: Result, b: Result): void => {
  if (a.dtype !== b.dtype)
    throw new DTypeError({
      operation,
      problem: `${a.dtype} and ${b.dtype} do not mix (shapes ${showShape(a.shape)} and ${showShape(b.shape)})`,
      hint: `convert one of them: convert(x, '${a.dtype}')`,
    })
}

/** Refuses arguments of different shapes. @throws ShapeError */
export const checkSameShape = (operation: string, a: Result, b: Result): void => {
  if (!sameShape(a.shape, b.shape))
    throw new ShapeError({ operation, problem: `shapes ${showShape(a.shape)} and ${showShape(b.shape)} differ` })
}

// -------------------------------------------------------------------------------------------------------- elementwise

/** The tangent that one argument contributes. */
export type Term<P> = (b: Builder, t: Tensor, x: readonly Tensor[], y: Tensor, params: P) => Opt

/** What an elementwise record states. */
export interface Elementwise<P> {
  readonly name: string
  readonly accepts: Accepts
  /** Element type of the result, when it is not the arguments'. */
  readonly to?: DType
  readonly evaluate: (params: P, args: readonly Concrete[]) => Concrete
  /** One term for each argument, null where nothing flows; or the whole record has no derivative. */
  readonly terms: 'not differentiable' | readonly (Term<P> | null)[]
  readonly transpose?: Single<P>['transpose']
  readonly samples: Samples<P>
}

/** An operation on each element by itself; arguments have one shape and element type. */
export const elementwise = <P>(e: Elementwise<P>): Single<P> => {
  const { name, accepts, to, terms } = e
  const group = GROUPS[accepts]
  const self: Single<P> = {
    name,
    results: 'one',
    abstract: (_, args) => {
      const first = args[0] as Abstract
      checkMember(name, group, first)
      for (let i = 1; i < args.length; i++) {
        checkSameDType(name, first, args[i] as Abstract)
        checkSameShape(name, first, args[i] as Abstract)
      }
      return to === undefined ? first : { shape: first.shape, dtype: to }
    },
    evaluate: e.evaluate,
    jvp:
      terms === 'not differentiable'
        ? terms
        : (b, t, x, y, params) => {
            let sum: Opt = null
            for (let i = 0; i < t.length; i++) {
              const term = terms[i]
              const dx = t[i]
              if (dx != null && term != null) sum = b.plus(sum, term(b, dx, x, y, params))
            }
            return sum
          },
    transpose: e.transpose ?? 'not linear',
    batch: (b, x, axis, n, params) => b.apply(self, params, alignAll(b, x, axis, n)),
    samples: e.samples,
  }
  return self
}

/** Every argument with the batch axis. */
export const alignAll = (b: Builder, x: readonly Tensor[], axis: readonly boolean[], n: number): Tensor[] =>
  x.map((v, i) => b.align(v, axis[i] as boolean, n))

// ------------------------------------------------------------------------------------------------------------- linear

/** What a record linear in its first argument states; further arguments (indices) have no derivative. */
export type LinearIn<P> = Omit<Single<P>, 'results' | 'jvp'>

/** An operation linear in its first argument: its tangent is itself. */
export const linear = <P>(e: LinearIn<P>): Single<P> => {
  const self: Single<P> = {
    ...e,
    results: 'one',
    jvp: (b, t, x, _, params) => (t[0] == null ? null : b.apply(self, params, [t[0], ...x.slice(1)])),
  }
  return self
}

// ------------------------------------------------------------------------------------------------------------- samples

/** Everywhere smooth operations are sampled. */
export const REAL: Domain = { low: -3, high: 3 }

/** An f64 argument to draw. */
export const drawn = (shape: readonly number[], domain: Domain = REAL, dtype: DType = 'f64'): Drawn => ({
  shape,
  dtype,
  domain,
})

/** Sample shapes of elementwise operations: scalar, sizes 0 and 1, and rank 3 with unequal sizes. */
export const SHAPES: readonly (readonly number[])[] = [[], [3], [1, 2], [2, 0], [2, 3, 4]]

/** Elementwise cases over every sample shape, one domain an argument. */
export const pointwiseCases = <P>(params: P, domains: readonly Domain[], dtype: DType = 'f64'): Samples<P>['cases'] =>
  SHAPES.map((shape) => ({ params, args: domains.map((d) => drawn(shape, d, dtype)) }))
