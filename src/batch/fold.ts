/** vmap's fold: a program over one example becomes a program over a stack of them, by each primitive's `batch` rule. */
import type { Tensor } from '../core/value.js'
import type { AnyMultiple, AnySingle } from '../primitive/record.js'
import { type Algebra, right } from '../tape/fold.js'
import { apply, applyMany, builder } from '../tape/node.js'
import { inline, type Program } from '../tape/program.js'

/** A value, and whether it has the new leading axis. */
export interface Batched {
  readonly value: Tensor
  readonly batched: boolean
}

const constant = (value: Tensor): Batched => ({ value, batched: false })

const valueOf = (b: Batched): Tensor => b.value
const isBatched = (b: Batched): boolean => b.batched

/** The algebra of stacks of `n`. */
export const batchAlgebra = (n: number): Algebra<Batched> => ({
  lift: constant,
  single: (primitive: AnySingle, params, args) => {
    const x = args.map(valueOf)
    if (!args.some(isBatched)) return constant(apply(primitive, params, x))
    return { value: primitive.batch(builder, x, args.map(isBatched), n, params as never), batched: true }
  },
  many: (primitive: AnyMultiple, params, args) => {
    const x = args.map(valueOf)
    const axis = args.map(isBatched)
    if (!axis.includes(true)) return applyMany(primitive, params, x).map(constant)
    return primitive.batch(builder, x, axis, n, params as never).map((value) => ({ value, batched: true }))
  },
})

/** A program over stacks of `n`: the new axis leads. */
export const foldBatch = (p: Program, inputs: readonly Batched[], n: number): Batched[] =>
  right(inline(p), inputs, batchAlgebra(n))

/** The value with the leading axis, whether it varied along it or not. */
export const stacked = (b: Batched, n: number): Tensor => builder.align(b.value, b.batched, n)
