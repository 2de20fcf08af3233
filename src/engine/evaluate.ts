/** The evaluator: a program on concrete values, entry by entry, by each primitive's reference semantics. */
import type { Abstract, Tensor } from '../core/value.js'
import { type Algebra, right } from '../tape/fold.js'
import { inline, type Program } from '../tape/program.js'
import { type Concrete, weaken, withOperation } from '../tensor/concrete.js'

/** The algebra of values in memory. */
export const concreteAlgebra: Algebra<Concrete> = {
  lift: (v) => v as Concrete,
  single: (primitive, params, args) => {
    try {
      return primitive.evaluate(params as never, args)
    } catch (e) {
      throw withOperation(e, primitive.name, () => [primitive.abstract(params as never, args)])
    }
  },
  many: (primitive, params, args) => {
    try {
      return primitive.evaluate(params as never, args)
    } catch (e) {
      throw withOperation(e, primitive.name, () => primitive.abstract(params as never, args))
    }
  },
}

/** Runs a closed program on values in memory. */
export const evaluate = (
  p: Program,
  inputs: readonly Concrete[],
  algebra: Algebra<Concrete> = concreteAlgebra,
): Tensor[] =>
  right(inline(p), inputs, algebra).map((y, i) => ((p.results[i] as Abstract).weak && !y.weak ? weaken(y) : y))
