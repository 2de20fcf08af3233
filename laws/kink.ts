/** How far a program's values are from where it is not smooth: finite differences across a kink say nothing. */
import { isFloat, type Tensor } from '../src/core/value.js'
import type { AnyMultiple, AnySingle, Primitive, Sample } from '../src/primitive/record.js'
import { right } from '../src/tape/fold.js'
import { apply, applyMany, builder } from '../src/tape/node.js'
import { inline } from '../src/tape/program.js'
import { abstractly, traceLeaves } from '../src/tape/trace.js'
import type { Concrete } from '../src/tensor/concrete.js'
import type { ListFunction } from './rounding.js'
import { distance, numbers } from './sample.js'

/** How far one entry's arguments are from what its record says to avoid, or two that are compared from each other. */
const entryDistance = (primitive: Primitive, args: readonly Tensor[], result: Tensor): number => {
  if (!isFloat(result.dtype)) {
    const [a, b] = args
    if (a === undefined || b === undefined || !isFloat(a.dtype) || !isFloat(b.dtype)) return Infinity
    return numbers(builder.abs(builder.sub(a, b))).reduce((m, d) => Math.min(m, d), Infinity)
  }
  const sample = primitive.samples.cases[0] as Sample<unknown> | undefined
  return args.reduce((least, a, i) => {
    const d = sample?.args[i]?.domain
    const inward = d !== undefined && isFloat(a.dtype) && (d.avoid !== undefined || d.distinct === true)
    return inward ? Math.min(least, distance(a as Concrete, d)) : least
  }, Infinity)
}

/** The least distance of any value in a program, at these arguments, from a kink or singularity of its operation. */
export const kinkDistance = (f: ListFunction, x: readonly Tensor[]): number => {
  let least = Infinity
  right(inline(traceLeaves(f, x.map(abstractly), { name: 'laws' })), [...x], {
    lift: (v: Tensor) => v,
    single: (primitive: AnySingle, params, args) => {
      const y = apply(primitive, params, args)
      least = Math.min(least, entryDistance(primitive, args, y))
      return y
    },
    many: (primitive: AnyMultiple, params, args) => applyMany(primitive, params, args),
  })
  return least
}
