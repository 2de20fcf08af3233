/** stopGradient: a tree as constants of differentiation. */
import { builder } from '../tape/node.js'
import { lift } from '../tape/trace.js'
import { flatten, unflatten } from '../tree/tree.js'

/** The same tree, each leaf a constant to every derivative. */
export const stopGradient = (x: unknown): unknown => {
  const { structure, leaves } = flatten(x)
  return unflatten({ structure, leaves: leaves.map((v) => builder.stopGradient(lift(v))) })
}
