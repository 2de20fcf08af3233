/**
 * Reverse mode: a linear program read backwards. Each linear primitive's `transpose` sends the cotangent of its result
 * to its linear arguments; where a value was used twice, cotangents add up.
 *
 * vjp = left ∘ record ∘ right(dual).
 */
import { isFloat, type Tensor } from '../core/value.js'
import { type AnyMultiple, type AnySingle, type Argument, type Hole, notLinear, type Opt } from '../primitive/record.js'
import { left } from '../tape/fold.js'
import { builder } from '../tape/node.js'
import { abstractOf, inline, type Program } from '../tape/program.js'

/** The place of a linear argument. What is no float cannot be one: it was made by comparing, rounding or sorting. */
const hole = (p: Program, ref: number, name: string): Hole => {
  const { shape, dtype } = abstractOf(p, ref)
  if (!isFloat(dtype)) throw notLinear(name)
  return { hole: true, shape, dtype }
}

/**
 * The cotangents of a linear program's inputs, given those of its outputs; null is zero. Constants of the program are
 * the coefficients. @throws LinearityError when an entry is not linear
 */
export const backward = (linear: Program, cotangents: readonly Opt[]): Opt[] => {
  const p = inline(linear)
  const { primitives, params, start, refs, constants } = p
  const back = (k: number, results: readonly Opt[]): readonly Opt[] => {
    const primitive = primitives[k] as AnySingle | AnyMultiple
    if (primitive.transpose === 'not linear') throw notLinear(primitive.name)
    const from = start[k] as number
    const n = (start[k + 1] as number) - from
    const args = new Array<Argument>(n)
    for (let i = 0; i < n; i++) {
      const r = refs[from + i] as number
      args[i] = r < 0 ? (constants[-1 - r] as Tensor) : hole(p, r, primitive.name)
    }
    return primitive.results === 'one'
      ? primitive.transpose(builder, results[0] as Tensor, args, params[k] as never)
      : primitive.transpose(builder, results, args, params[k] as never)
  }
  return left<Tensor>(p, cotangents, builder.add, back)
}
