/** Laws of jit: a compiled function is the function, at the first call and after, and anywhere in a nest of derivatives. */
import type { Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { type JitOptions, jit } from '../src/transform/jit.js'
import { everyArgument, floatsOnly, jvpOf, type Point, vjpOf } from './derivative.js'
import { agreed, all, type Law, labelled, law, type Verdict } from './law.js'
import { agree, agreeOver, type ListFunction } from './rounding.js'

type Values = readonly Tensor[]

/** The function, compiled; with what `jit` is asked for. */
export const compiled = (f: ListFunction, options: JitOptions = {}): ListFunction => {
  const fast = jit(((...xs: Tensor[]) => f(xs)) as never, options)
  return (x) => fast(...x) as readonly Tensor[]
}

const sameAsEager = (p: Point, options: JitOptions): Verdict => {
  const fast = compiled(p.f, options)
  return all([
    labelled(() => 'first call', agree(fast, p.f, p.x)),
    labelled(() => 'cached call', agree(fast, p.f, p.x)),
  ])
}

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

/** A function of the point, cotangents and tangents. */
type Nest = (x: Values, w: Values, v: Values) => Values

const anywhere = (p: Point, options: JitOptions): Verdict => {
  const fast = (f: ListFunction): ListFunction => compiled(f, options)
  const q = everyArgument(p)[0]
  if (q === undefined) return agreed
  const f = floatsOnly(q.f)
  const back =
    (g: ListFunction, w: Values): ListFunction =>
    (x) =>
      compact(vjpOf(g, x, w))
  const push =
    (g: ListFunction, v: Values): ListFunction =>
    (x) =>
      compact(jvpOf(g, x, v))
  const nests: readonly (readonly [string, Nest, Nest])[] = [
    ['vjp of jit', (x, w) => back(fast(f), w)(x), (x, w) => back(f, w)(x)],
    ['jit of vjp', (x, w) => fast(back(f, w))(x), (x, w) => back(f, w)(x)],
    ['jvp of jit', (x, _, v) => push(fast(f), v)(x), (x, _, v) => push(f, v)(x)],
    ['jit of jvp of jit', (x, _, v) => fast(push(fast(f), v))(x), (x, _, v) => push(f, v)(x)],
    [
      'jit of jvp of jit of vjp of jit',
      (x, w, v) => fast(push(fast(back(fast(f), w)), v))(x),
      (x, w, v) => push(back(f, w), v)(x),
    ],
  ]
  const groups = [q.x, compact(q.w), compact(q.v)] as const
  return all(nests.map(([name, left, right]) => labelled(() => name, agreeOver(groups, left, right))))
}

/** The laws of jit with these options. */
export const compiledLawsWith = (options: JitOptions): readonly Law<Point>[] => [
  law('jit', 'jit f = f', (p) => sameAsEager(p, options)),
  law('jit in derivatives', 'jit inserted anywhere in a nest of derivatives changes nothing', (p) =>
    anywhere(p, options),
  ),
]

/** The laws of jit. */
export const compiledLaws: readonly Law<Point>[] = compiledLawsWith({})
