/**
 * Forward mode over programs: every value becomes a primal and a tangent. A zero tangent is null and costs nothing.
 *
 * What the tangents are decides what this is: numbers give a directional derivative, variables of a scope of their own
 * give the linear program whose transpose is reverse mode.
 */

import { LinearityError } from '../core/error.js'
import type { Tensor } from '../core/value.js'
import type { AnyMultiple, AnySingle, Opt } from '../primitive/record.js'
import { type Algebra, right } from '../tape/fold.js'
import { apply, applyMany, builder } from '../tape/node.js'
import { inline, type Program } from '../tape/program.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A value and its tangent; null is zero. */
export interface DualValue {
  readonly primal: Tensor
  readonly tangent: Opt
}

const constant = (primal: Tensor): DualValue => ({ primal, tangent: null })

// -------------------------------------------------------------------------------------------------------------- algebra

const single = (primitive: AnySingle, params: unknown, args: readonly DualValue[]): DualValue => {
  const n = args.length
  const x = new Array<Tensor>(n)
  const t = new Array<Opt>(n)
  let any = false
  for (let i = 0; i < n; i++) {
    const a = args[i] as DualValue
    x[i] = a.primal
    t[i] = a.tangent
    if (a.tangent !== null) any = true
  }
  const y = apply(primitive, params, x)
  if (!any) return constant(y)
  const rule = primitive.jvp
  if (rule === 'not differentiable') return constant(y)
  return { primal: y, tangent: rule(builder, t, x, y, params as never) }
}

const many = (primitive: AnyMultiple, params: unknown, args: readonly DualValue[]): readonly DualValue[] => {
  const x = args.map((a) => a.primal)
  const t = args.map((a) => a.tangent)
  if (t.every((dx) => dx === null)) return applyMany(primitive, params, x).map(constant)
  const [ys, dys] = primitive.dual(builder, t, x, params as never)
  if (ys.length !== dys.length)
    throw new LinearityError({ operation: primitive.name, problem: `${ys.length} results with ${dys.length} tangents` })
  return ys.map((primal, i) => ({ primal, tangent: dys[i] as Opt }))
}

/** The algebra of duals. */
export const dualAlgebra: Algebra<DualValue> = { lift: constant, single, many }

// -------------------------------------------------------------------------------------------------------------- running

/** A program on primals and tangents. */
export const foldDual = (p: Program, primals: readonly Tensor[], tangents: readonly Opt[]): DualValue[] =>
  right(
    inline(p),
    primals.map((primal, i) => ({ primal, tangent: tangents[i] as Opt })),
    dualAlgebra,
  )
