/** Tracing: a function called once on variables, and what it did recorded as a program. */
import { TreeError } from '../core/error.js'
import type { Abstract, Tensor } from '../core/value.js'
import { weakScalar } from '../tensor/concrete.js'
import type { DTypeOf, ShapeOf } from '../tensor/static.js'
import type { Accepted, Arguments } from '../tree/accepted.js'
import { flatten, type Leaf, type Structure, unflatten } from '../tree/tree.js'
import { type Node, type Value, variable } from './node.js'
import { type Program, record, recordAsMade } from './program.js'
import { checkOpen, type Scope, scope } from './scope.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A function on trees, traced: its program over leaves, and the structure of its result. */
export interface Traced {
  readonly program: Program
  readonly result: Structure
}

/** How a trace is named, and what its variables stand for. */
export interface TraceOptions {
  readonly name: string
  /** The values that variables stand for, when the function may look at them (`item`); absent inside jit and vmap. */
  readonly known?: readonly Tensor[]
  readonly depth?: number
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A leaf as a value: a JS number becomes a weak f64 scalar. */
export const lift = (x: Leaf): Tensor => (typeof x === 'number' ? weakScalar(x) : x)

/** What is known of a value beforehand. */
export const abstractly = (x: Tensor): Abstract => ({ shape: x.shape, dtype: x.dtype, weak: (x as Value).weak })

/** The leaves of a tree as values, and its structure. */
export const flattenValues = (x: unknown): { readonly structure: Structure; readonly leaves: Tensor[] } => {
  const t = flatten(x)
  return { structure: t.structure, leaves: t.leaves.map(lift) }
}

/** The leaves of a list of arguments. @throws ScopeError for a value of a trace that has ended */
export const flattenArguments = (
  operation: string,
  args: readonly unknown[],
): { readonly structure: Structure; readonly leaves: Tensor[] } => {
  const t = flattenValues(args)
  for (const x of t.leaves) checkOpen((x as Value).scopes, operation)
  return t
}

/** A function of a list of values, traced on fresh variables of these abstract values. */
export const traceLeaves = (
  f: (variables: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Abstract[],
  options: TraceOptions,
): Program => {
  const s: Scope = scope(options.name, options.depth ?? 0)
  const scopes = [s]
  const variables = inputs.map((a, i): Node => variable(a, scopes, options.known?.[i]))
  try {
    if (options.known !== undefined) return record(f(variables), variables, s)
    const recording = recordAsMade(variables, s)
    return recording.finish(f(variables))
  } finally {
    s.closed = true
  }
}

/** A function of trees, traced: `structure` is that of its list of arguments. */
export const traceTree = (
  f: (...args: never[]) => unknown,
  structure: Structure,
  inputs: readonly Abstract[],
  options: TraceOptions,
): Traced => {
  let result: Structure | undefined
  const program = traceLeaves(
    (variables) => {
      const out = flattenResult(f(...(unflatten({ structure, leaves: variables }) as never[])), options.name)
      result = out.structure
      return out.leaves
    },
    inputs,
    options,
  )
  return { program, result: result as Structure }
}

/** The leaves of a function's result. @throws TreeError for a result that holds no values, such as a promise */
export const flattenResult = (
  x: unknown,
  operation: string,
): { readonly structure: Structure; readonly leaves: Tensor[] } => {
  const isPromise = typeof x === 'object' && x !== null && typeof (x as { readonly then?: unknown }).then === 'function'
  if (isPromise || x === undefined)
    throw new TreeError({
      operation,
      problem: isPromise ? 'the function returned a promise' : 'the function returned nothing',
      hint: isPromise
        ? 'a traced function returns its result at once: await what it needs before'
        : 'return a tensor, or a record, tuple or array of tensors',
    })
  const t = flattenValues(x)
  for (const y of t.leaves) checkOpen((y as Value).scopes, operation, 'the function returned')
  return t
}

// -------------------------------------------------------------------------------------------------------------- running

/** The shapes and element types of a tree: `{ shape, dtype }` in the place of each tensor and number. */
export type Shapes<R> = R extends number
  ? { readonly shape: []; readonly dtype: 'f64' }
  : R extends Tensor
    ? { readonly shape: ShapeOf<R>; readonly dtype: DTypeOf<R> }
    : R extends (...args: never[]) => unknown
      ? R
      : R extends object
        ? { [K in keyof R]: Shapes<R[K]> }
        : R

/** `f → arguments → program`. */
export interface Trace {
  <A extends readonly Tensor[]>(f: (...args: A) => unknown): (...args: Accepted<A>) => Program
  <A extends Arguments>(f: (...args: A) => unknown): (...args: Accepted<A>) => Program
}

/** `f → arguments → shapes`. */
export interface EvalShape {
  <A extends readonly Tensor[], R>(f: (...args: A) => R): (...args: Accepted<A>) => Shapes<R>
  <A extends Arguments, R>(f: (...args: A) => R): (...args: Accepted<A>) => Shapes<R>
}

/**
 * What a function does on arguments like these, as a program. Its inputs are the leaves of the arguments, its results
 * the leaves of the function's result.
 *
 * @throws TreeError when the function returns nothing or a promise, ConcretizationError when it asks for numbers
 * @example
 * ```ts
 * import * as Tape from 'lanac/tape'
 * import { mul, sin } from 'lanac'
 * const program = Tape.trace((x) => mul(sin(x), x))(2)
 * assert.equal(Tape.show(program), ['%0 : f64[] input', '%1 = sin %0 : f64[]', '%2 = mul %1 %0 : f64[]', 'return %2'].join('\n'))
 * ```
 */
export const trace = ((f: (...args: never[]) => unknown) =>
  (...args: Arguments): Program => {
    const { structure, leaves } = flattenArguments('trace', args)
    return traceTree(f, structure, leaves.map(abstractly), { name: 'trace' }).program
  }) as Trace

/**
 * The shapes and element types of a function's result, without computing it: `{ shape, dtype }` for each leaf.
 *
 * @example
 * ```ts
 * import * as Tape from 'lanac/tape'
 * import { matmul, zeros } from 'lanac'
 * const y = Tape.evalShape((x) => matmul(x, zeros([3, 2])))(zeros([4, 3]))
 * assert.deepStrictEqual(y, { shape: [4, 2], dtype: 'f64' })
 * ```
 */
export const evalShape = ((f: (...args: never[]) => unknown) =>
  (...args: Arguments): unknown => {
    const { structure, leaves } = flattenArguments('evalShape', args)
    const traced = traceTree(f, structure, leaves.map(abstractly), { name: 'evalShape' })
    return unflatten({
      structure: traced.result,
      leaves: traced.program.results.map(({ shape, dtype }) => ({ shape, dtype })),
    })
  }) as EvalShape
