/** f32 against f64: the same function of the same numbers, within the rounding errors of f32. */
import { DTypeError } from '../src/core/error.js'
import { isFloat, type Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { builder } from '../src/tape/node.js'
import { everyArgument, jvpOf, type Point, vjpOf } from './derivative.js'
import { agreed, all, close, type Law, labelled, law, type Verdict } from './law.js'
import { type ListFunction, roundingOf } from './rounding.js'
import { tolerance } from './tolerance.js'

const to = (dtype: 'f32' | 'f64', x: Tensor): Tensor => (isFloat(x.dtype) ? builder.convert(x, dtype) : x)

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

const against = (narrow: ListFunction, wide: ListFunction, x: readonly Tensor[]): Verdict => {
  const left = narrow(x.map((t) => to('f32', t))).map((y) => to('f64', y))
  const right = wide(x).map((y) => to('f64', y))
  const t = tolerance('f32', 'program')
  const quick = close(left, right, { tolerance: t, scale: 'element' })
  if (quick.residual <= quick.tolerance) return quick
  // numbers too small for f32 lose bits that no relative bound knows of
  const least = builder.full([], 'f64', 2 ** -120)
  const scale = roundingOf(wide, x).map((b) =>
    b === null ? null : builder.add(to('f64', b), builder.broadcast(least, b.shape, [])),
  )
  return close(left, right, { tolerance: t, scale })
}

const narrowed = (p: Point): Verdict => {
  // what f32 can hold, so that both sides see the same numbers
  const x = p.x.map((t) => to('f64', to('f32', t)))
  try {
    p.f(x.map((t) => to('f32', t)))
  } catch (e) {
    if (e instanceof DTypeError) return agreed
    throw e
  }
  const q = everyArgument({ ...p, x })[0]
  const value = labelled(() => 'value', against(p.f, p.f, x))
  if (q === undefined) return value
  const results = q.f(q.x.map((t) => to('f32', t)))
  const w32 = q.w.map((w, i) => (w === null ? null : builder.convert(w, (results[i] as Tensor).dtype)))
  return all([
    value,
    labelled(
      () => 'jvp',
      against(
        (y) =>
          compact(
            jvpOf(
              q.f,
              y,
              q.v.map((v) => (v === null ? null : to('f32', v))),
            ),
          ),
        (y) => compact(jvpOf(q.f, y, q.v)),
        q.x,
      ),
    ),
    labelled(
      () => 'vjp',
      against(
        (y) => compact(vjpOf(q.f, y, w32)),
        (y) => compact(vjpOf(q.f, y, q.w)),
        q.x,
      ),
    ),
  ])
}

/** The law of element types. */
export const precisionLaws: readonly Law<Point>[] = [
  law('f32 and f64', 'f, J v and Jᵀ w in f32 = the same in f64, within ε of f32', narrowed),
]
