/** Laws of vmap: a function over a stack is the stack of what it does to each example, in every mode. */
import { isFloat, type Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { builder } from '../src/tape/node.js'
import { vmap } from '../src/transform/vmap.js'
import { jvpOf, vjpOf } from './derivative.js'
import { all, type Law, labelled, law, type Verdict } from './law.js'
import { stacked } from './primitive-sample.js'
import { agree, type ListFunction } from './rounding.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A function with several examples of each argument, tangent and cotangent. */
export interface Stack {
  readonly f: ListFunction
  readonly args: readonly (readonly Tensor[])[]
  readonly v: readonly (readonly Opt[])[]
  readonly w: readonly (readonly Opt[])[]
}

// -------------------------------------------------------------------------------------------------------------- verbs

/** The function over stacks of those arguments that are marked; results are stacks. */
export const mapped = (f: ListFunction, axis: readonly boolean[]): ListFunction => {
  const over = vmap(((...xs: Tensor[]) => f(xs)) as never, { in: axis.map((a) => (a ? 0 : null)) })
  return (x) => over(...x) as readonly Tensor[]
}

const LIMIT = 3

/** Every choice of at least one of `n` things; for many things each alone and all together. */
export const choices = (n: number): readonly (readonly boolean[])[] => {
  if (n <= LIMIT)
    return Array.from({ length: 2 ** n - 1 }, (_, k) =>
      Array.from({ length: n }, (__, i) => (((k + 1) >> i) & 1) === 1),
    )
  return [
    Array.from({ length: n }, () => true),
    ...Array.from({ length: n }, (_, k) => Array.from({ length: n }, (__, i) => i === k)),
  ]
}

const given = (s: Stack, axis: readonly boolean[], n: number): Tensor[] =>
  s.args.map((xs, i) => (axis[i] ? stacked(xs, n) : (xs[0] as Tensor)))

/** Example `k` of a stack. */
const row = (x: Tensor, k: number): Tensor => {
  const cut = builder.slice(x, {
    start: x.shape.map((_, i) => (i === 0 ? k : 0)),
    stop: x.shape.map((n, i) => (i === 0 ? k + 1 : n)),
    step: x.shape.map(() => 1),
  })
  return builder.reshape(cut, x.shape.slice(1))
}

/** Example `k` of what `given` stacks. */
const example = (x: readonly Tensor[], axis: readonly boolean[], k: number): Tensor[] =>
  x.map((v, i) => (axis[i] ? row(v, k) : v))

// --------------------------------------------------------------------------------------------------------------- checks

const SIZES = [3, 1, 0]

const byExample = (s: Stack): Verdict =>
  all(
    choices(s.args.length).flatMap((axis) =>
      SIZES.map((n) =>
        labelled(
          () => `stack of ${n}, of arguments ${axis.flatMap((a, i) => (a ? [i] : [])).join(', ')}`,
          agree(
            mapped(s.f, axis),
            (x) => {
              const each = Array.from({ length: n }, (_, k) => s.f(example(x, axis, k)))
              if (n > 0)
                return (each[0] as readonly Tensor[]).map((_, o) =>
                  stacked(
                    each.map((ys) => ys[o] as Tensor),
                    n,
                  ),
                )
              return s.f(s.args.map((xs) => xs[0] as Tensor)).map((y) => stacked([y], 0))
            },
            given(s, axis, n),
          ),
        ),
      ),
    ),
  )

const floatsOf = (list: readonly (readonly Opt[])[]): boolean => list.some((ts) => ts[0] != null)

const whole = (ts: readonly Opt[], n: number): Opt => (ts[0] == null ? null : stacked(ts as readonly Tensor[], n))

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

/** A list with nulls again where there is no derivative. */
const spreadLike = (list: readonly Tensor[], like: readonly Tensor[]): Opt[] => {
  let next = 0
  return like.map((x) => (isFloat(x.dtype) ? (list[next++] as Tensor) : null))
}

const commutes = (s: Stack): Verdict => {
  if (!floatsOf(s.v) || !floatsOf(s.w)) return all([])
  const n = 3
  const k = s.args.length
  const every = s.args.map(() => true)
  const x = s.args.map((xs) => stacked(xs, n))
  const v = compact(s.v.map((ts) => whole(ts, n)))
  const one = s.args.map((xs) => xs[0] as Tensor)
  return agree(
    (all) => compact(jvpOf(mapped(s.f, every), all.slice(0, k), spreadLike(all.slice(k), one))),
    mapped(
      (all) => compact(jvpOf(s.f, all.slice(0, k), spreadLike(all.slice(k), one))),
      [...every, ...v.map(() => true)],
    ),
    [...x, ...v],
  )
}

const perExample = (s: Stack): Verdict => {
  if (!floatsOf(s.v) || !floatsOf(s.w)) return all([])
  const n = 3
  const k = s.args.length
  const every = s.args.map(() => true)
  const x = s.args.map((xs) => stacked(xs, n))
  const w = compact(s.w.map((ts) => whole(ts, n)))
  const ys = s.f(s.args.map((xs) => xs[0] as Tensor))
  return agree(
    (all) => compact(vjpOf(mapped(s.f, every), all.slice(0, k), spreadLike(all.slice(k), ys))),
    mapped(
      (all) => compact(vjpOf(s.f, all.slice(0, k), spreadLike(all.slice(k), ys))),
      [...every, ...w.map(() => true)],
    ),
    [...x, ...w],
  )
}

// ----------------------------------------------------------------------------------------------------------------- laws

/** The laws of vmap. */
export const batchLaws: readonly Law<Stack>[] = [
  law('vmap', 'vmap f = stack ∘ map f, for every choice of stacked arguments and stacks of 3, 1 and 0', byExample),
  law('vmap and jvp', 'vmap ∘ jvp = jvp ∘ vmap', commutes),
  law('vmap and vjp', 'vmap ∘ vjp = vjp ∘ vmap, per example', perExample),
]
