/**
 * The law suites that hold this library, for holding your own primitives, functions, layers and optimisers to them.
 *
 * Every suite is a fast-check property: `fc.assert(Laws.gradient(f, { inputs: [[3]] }))` works in any test runner, and
 * `suite.laws` has its laws one by one. Below that, a law is a pure function from a sample to a `Verdict`.
 *
 * @module lanac/laws
 */

export type {
  Domain,
  Drawn,
  Example,
  Primitive,
  Refusal,
  Sample,
  Samples,
  Single,
  Special,
} from '../src/primitive/record.js'
export { table } from '../src/primitive/table.js'
export { layerCategory, layerProduct } from './composition.js'
export { controlFlow, type ScanLawOptions, scan } from './control.js'
export { custom } from './custom.js'
export { derivativeLaws, type Point } from './derivative.js'
export * from './field/index.js'
export { type GradientOptions, gradient } from './gradient.js'
export { anyKey, type DrawOptions, draw, keys } from './keys.js'
export * from './law.js'
export { type LayerOptions, layer } from './layer.js'
export { type LearnerOptions, learner } from './learner.js'
export { diffCategory, diffProduct, type LensOptions, lens } from './lens.js'
export { type OptimizerOptions, optimizer } from './optimizer.js'
export { type PrimitiveOptions, primitive } from './primitive.js'
export { program } from './program.js'
export * from './property.js'
export { agree, type ListFunction, roundingOf } from './rounding.js'
export * from './structure/index.js'
export * from './tolerance.js'
