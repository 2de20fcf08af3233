/** Laws of custom rules: one that claims to be the derivative agrees with the derivative of what it stands for. */
import type { Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { compiledLaws } from './compiled.js'
import { derivativeLaws, everyArgument, jvpOf, type Point, vjpOf } from './derivative.js'
import { type FunctionSample, functionSamples, type GradientOptions, listFunction } from './gradient.js'
import { all, type Law, labelled, law, type Verdict } from './law.js'
import { given, type Suite, suite } from './property.js'
import { agree, type ListFunction } from './rounding.js'

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

/** The same point of the function that a rule stands for. */
const beside = (p: Point, f: ListFunction): Point => ({ ...p, f })

const agreeing =
  (plain: (...args: never[]) => unknown, of: (p: Point) => ListFunction) =>
  (s: FunctionSample): Verdict => {
    const derived = beside(s, listFunction(plain, s.structure))
    const others = everyArgument(derived)
    return all(
      everyArgument(s).map((p, i) =>
        labelled(
          () => (i === 0 ? 'in all arguments' : `in argument ${i - 1}`),
          agree(of(p), of(others[i] as Point), p.x),
        ),
      ),
    )
  }

/**
 * A function with a custom rule, held against the function it stands for: the same values, and where the rule claims to
 * be the derivative, the same tangents and cotangents; its jvp and vjp are adjoint. A rule that is by intent another
 * (straight-through) says so: `isDerivative: false`.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { customJvp, mul, square, type Tensor } from 'lanac'
 * import * as fc from 'fast-check'
 * const ruled = customJvp((x: Tensor) => square(x), ([x], [dx]) => [square(x), mul(mul(2, x), dx)])
 * fc.assert(Laws.custom(ruled, square, { inputs: [[3]] }), { numRuns: 5 })
 * ```
 */
export const custom = (
  ruled: (...args: never[]) => unknown,
  plain: (...args: never[]) => unknown,
  options: GradientOptions,
): Suite => {
  const claims = options.isDerivative !== false
  const values = law('values', 'the function with the rule = the function', (s: FunctionSample) =>
    agree(s.f, listFunction(plain, s.structure), s.x),
  )
  const tangents = law(
    'tangents',
    'J v by the rule = J v derived',
    agreeing(plain, (p) => (x) => compact(jvpOf(p.f, x, p.v))),
  )
  const cotangents = law(
    'cotangents',
    'Jᵀ w by the rule = Jᵀ w derived',
    agreeing(plain, (p) => (x) => compact(vjpOf(p.f, x, p.w))),
  )
  const of: readonly Law<FunctionSample>[] = [
    values,
    ...(claims ? [tangents, cotangents] : []),
    ...derivativeLaws,
    ...compiledLaws,
  ]
  return suite(options.name ?? 'the custom rule', given(functionSamples(ruled, options), ...of))
}
