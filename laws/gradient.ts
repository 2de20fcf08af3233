/** Laws of functions: one of your own, on trees of tensors and numbers, differentiates as it computes. */
import * as fc from 'fast-check'
import type { DType, Shape } from '../src/core/value.js'
import type { Domain, Opt, Result } from '../src/primitive/record.js'
import { abstractly, flattenValues } from '../src/tape/trace.js'
import { type Structure, unflatten } from '../src/tree/tree.js'
import { compiledLaws } from './compiled.js'
import { derivativeLaws, type Point } from './derivative.js'
import { type Law, show } from './law.js'
import { given, type Suite, suite } from './property.js'
import type { ListFunction } from './rounding.js'
import { drawnFrom, factor, vector } from './sample.js'

// ---------------------------------------------------------------------------------------------------------------- model

/**
 * Where the arguments of a function come from: for each argument a shape (`[3]`, drawn anew each time), a value or tree
 * of values (held), or an arbitrary of either.
 */
export interface GradientOptions {
  readonly inputs: readonly (Shape | fc.Arbitrary<unknown> | object | number)[]
  /** Where drawn numbers lie (by default between −2 and 2), and what they keep away from. */
  readonly domain?: Domain
  readonly dtype?: DType
  /** A name for messages; by default the function's own. */
  readonly name?: string
  /** Whether finite differences are to agree: not for a straight-through rule. */
  readonly isDerivative?: boolean
}

/** A function at arguments, with directions. */
export interface FunctionSample extends Point {
  readonly args: readonly unknown[]
  readonly structure: Structure
}

type AnyFunction = (...args: never[]) => unknown

const DEFAULT: Domain = { low: -2, high: 2 }

// ----------------------------------------------------------------------------------------------------------- arbitraries

const isShape = (x: unknown): x is Shape =>
  Array.isArray(x) && x.every((n) => Number.isInteger(n) && (n as number) >= 0)

const isArbitrary = (x: unknown): x is fc.Arbitrary<unknown> =>
  typeof x === 'object' && x !== null && 'generate' in x && 'shrink' in x

const argument = (x: GradientOptions['inputs'][number], options: GradientOptions): fc.Arbitrary<unknown> =>
  isArbitrary(x)
    ? x
    : isShape(x)
      ? drawnFrom({ shape: x, dtype: options.dtype ?? 'f64', domain: options.domain ?? DEFAULT })
      : fc.constant(x)

/** A function of trees as one of the leaves of its list of arguments. */
export const listFunction =
  (f: AnyFunction, structure: Structure): ListFunction =>
  (x) =>
    flattenValues(f(...(unflatten({ structure, leaves: x }) as never[]))).leaves

const each = (of: readonly Result[]): fc.Arbitrary<readonly Opt[]> => fc.tuple(...of.map(vector))

/** A sample at these arguments. What the function does not take throws its own error. */
const sampleAt = (f: AnyFunction, options: GradientOptions, args: readonly unknown[]): fc.Arbitrary<FunctionSample> => {
  const { structure, leaves } = flattenValues(args)
  const list = listFunction(f, structure)
  const inputs = leaves.map(abstractly)
  const results = list(leaves).map((y): Result => ({ shape: y.shape, dtype: y.dtype }))
  return fc
    .record({ v: each(inputs), u: each(inputs), w: each(results), z: each(results), factors: fc.tuple(factor, factor) })
    .map((drawn) => ({
      ...drawn,
      args,
      structure,
      f: list,
      x: leaves,
      notDerivative: options.isDerivative === false,
      toString: () => `${args.map(show).join(', ')}; v = ${show(drawn.v)}; w = ${show(drawn.w)}`,
    }))
}

/** Samples of a function: its laws are those of points. */
export const functionSamples = (f: AnyFunction, options: GradientOptions): fc.Arbitrary<FunctionSample> =>
  fc.tuple(...options.inputs.map((x) => argument(x, options))).chain((args) => sampleAt(f, options, args))

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * A function held to the laws of derivatives: jvp and vjp are adjoint and linear, finite differences and second
 * derivatives agree, compiling changes nothing. A wrong custom rule in it fails finite differences.
 *
 * Kinks and singularities are not for finite differences: give a `domain` that avoids them.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { mul, sin, sum, type Tensor } from 'lanac'
 * import * as fc from 'fast-check'
 * const f = (x: Tensor<[3]>) => sum(mul(x, sin(x)))
 * fc.assert(Laws.gradient(f, { inputs: [[3]] }), { numRuns: 5 })
 * ```
 */
export const gradient = (f: (...args: never[]) => unknown, options: GradientOptions): Suite => {
  const name = options.name ?? (f.name === '' ? 'the function' : f.name)
  const laws: readonly Law<Point>[] = [...derivativeLaws, ...compiledLaws]
  return suite(name, given(functionSamples(f, options), ...laws))
}
