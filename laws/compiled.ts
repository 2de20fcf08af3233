/** Laws of jit: a compiled function is the function, at the first call and after, and anywhere in a nest of derivatives. */
import type { Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { jit } from '../src/transform/jit.js'
import { everyArgument, jvpOf, type Point, vjpOf } from './derivative.js'
import { agreed, all, type Law, labelled, law, type Verdict } from './law.js'
import { agree, type ListFunction } from './rounding.js'

/** The function, compiled. */
export const compiled = (f: ListFunction): ListFunction => {
  const fast = jit(((...xs: Tensor[]) => f(xs)) as never)
  return (x) => fast(...x) as readonly Tensor[]
}

const sameAsEager = (p: Point): Verdict => {
  const fast = compiled(p.f)
  return all([
    labelled(() => 'first call', agree(fast, p.f, p.x)),
    labelled(() => 'cached call', agree(fast, p.f, p.x)),
  ])
}

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

const anywhere = (p: Point): Verdict => {
  const q = everyArgument(p)[0]
  if (q === undefined) return agreed
  const backward =
    (f: ListFunction): ListFunction =>
    (x) =>
      compact(vjpOf(f, x, q.w))
  const forward =
    (f: ListFunction): ListFunction =>
    (x) =>
      compact(jvpOf(f, x, q.v))
  const along =
    (f: ListFunction): ListFunction =>
    (x) =>
      compact(jvpOf(f, x, q.v))
  const gradient = backward(q.f)
  const tangent = forward(q.f)
  const second = along(gradient)
  const nests: readonly (readonly [string, ListFunction, ListFunction])[] = [
    ['vjp of jit', backward(compiled(q.f)), gradient],
    ['jit of vjp', compiled(gradient), gradient],
    ['jvp of jit', forward(compiled(q.f)), tangent],
    ['jit of jvp of jit', compiled(forward(compiled(q.f))), tangent],
    ['jit of jvp of jit of vjp of jit', compiled(along(compiled(backward(compiled(q.f))))), second],
  ]
  return all(nests.map(([name, left, right]) => labelled(() => name, agree(left, right, q.x))))
}

/** The laws of jit. */
export const compiledLaws: readonly Law<Point>[] = [
  law('jit', 'jit f = f', sameAsEager),
  law('jit in derivatives', 'jit inserted anywhere in a nest of derivatives changes nothing', anywhere),
]
