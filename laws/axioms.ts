/**
 * The axioms of reverse derivative categories (Cockett et al., arXiv 1910.07065), and that perturbations are not confused.
 *
 * R[f](x, w) = Jᵀ w. RD5 is the chain rule; it stands with programs, which can be composed.
 */
import type { Tensor } from '../src/core/value.js'
import type { Opt } from '../src/primitive/record.js'
import { builder } from '../src/tape/node.js'
import { range } from '../src/tensor/shape.js'
import { compiled } from './compiled.js'
import { everyArgument, floatsOnly, jvpOf, type Point, vjpOf } from './derivative.js'
import { agreed, all, identical, type Law, labelled, law, type Verdict } from './law.js'
import { agreeOver, type ListFunction } from './rounding.js'

type Values = readonly Tensor[]

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

// ------------------------------------------------------------------------------------------ reverse derivative categories

/** R[f](x, w) = Jᵀw: the reverse derivative of the differentiable part of a program at its differentiable inputs. */
const reverse = (f: ListFunction, x: Values, w: Values): Values => compact(vjpOf(f, x, w))
const forward = (f: ListFunction, x: Values, v: Values): Values => compact(jvpOf(f, x, v))

/** The differentiable part of a sample: function, point, two directions, two weights. */
interface Part {
  readonly f: ListFunction
  readonly x: Values
  readonly v: Values
  readonly u: Values
  readonly w: Values
  readonly z: Values
}

const onPart =
  (check: (p: Part) => Verdict) =>
  (point: Point): Verdict => {
    const p = everyArgument(point)[0]
    if (p === undefined) return agreed
    return check({
      f: floatsOnly(p.f),
      x: p.x,
      v: compact(p.v),
      u: compact(p.u),
      w: compact(p.w),
      z: compact(p.z),
    })
  }

const plus = (x: Values, y: Values): Values => x.map((a, i) => builder.add(a, y[i] as Tensor))
const zeros = (x: Values): Values => x.map((v) => builder.like(v, 0))

const rd1 = onPart(({ f, x, w }) => {
  const g: ListFunction = (y) => f(y.map((v) => builder.sin(v)))
  return all([
    agreeOver(
      [x, w],
      (y, c) => reverse((t) => plus(f(t), g(t)), y, c),
      (y, c) => plus(reverse(f, y, c), reverse(g, y, c)),
    ),
    agreeOver(
      [x, w],
      (y, c) => reverse((t) => zeros(f(t)), y, c),
      (y) => zeros(y),
    ),
  ])
})

const rd2 = onPart(({ f, x, w, z }) =>
  all([
    agreeOver(
      [x, w, z],
      (y, c, d) => reverse(f, y, plus(c, d)),
      (y, c, d) => plus(reverse(f, y, c), reverse(f, y, d)),
    ),
    agreeOver(
      [x],
      (y) => reverse(f, y, zeros(w)),
      (y) => zeros(y),
    ),
  ]),
)

const rd3 = onPart(({ x, v }) =>
  all([
    identical(
      reverse((y) => y, x, v),
      v,
    ),
    ...v.map((c, i) =>
      identical(
        reverse((y) => [y[i] as Tensor], x, [c]),
        x.map((y, k) => (k === i ? c : builder.like(y, 0))),
      ),
    ),
  ]),
)

const rd4 = onPart(({ f, x, w, z }) => {
  const g: ListFunction = (y) => f(y.map((v) => builder.mul(v, 0.5)))
  return agreeOver(
    [x, w, z],
    (y, c, d) => reverse((t) => [...f(t), ...g(t)], y, [...c, ...d]),
    (y, c, d) => plus(reverse(f, y, c), reverse(g, y, d)),
  )
})

/** Jᵀ is linear in the cotangent, so what its own derivative there transposes to is J: double reverse is forward. */
const rd6 = onPart(({ f, x, w, z, v }) =>
  all([
    labelled(
      () => 'the derivative of R[f] in w along z is R[f](x, z)',
      agreeOver(
        [x, w, z],
        (y, c, d) => forward((t) => reverse(f, y, t), c, d),
        (y, _, d) => reverse(f, y, d),
      ),
    ),
    labelled(
      () => 'R[R[f]] in w is J v',
      agreeOver(
        [x, w, v],
        (y, c, t) => reverse((d) => reverse(f, y, d), c, t),
        (y, _, t) => forward(f, y, t),
      ),
    ),
  ]),
)

const rd7 = onPart(({ f, x, v, u }) => {
  const twice = (y: Values, s: Values, t: Values): Values => forward((r) => forward(f, r, s), y, t)
  return agreeOver([x, v, u], twice, (y, s, t) => twice(y, t, s))
})

// ------------------------------------------------------------------------------------------------- perturbation confusion

const ZERO = builder.full([], 'f64', 0)
const ONE = builder.full([], 'f64', 1)

const total = (y: Tensor): Tensor => builder.sum(builder.convert(y, 'f64'), range(y.shape.length))

/** x + a t */
const moved = (x: Values, t: Values, a: Tensor): Values =>
  x.map((y, i) =>
    builder.add(y, builder.mul(t[i] as Tensor, builder.broadcast(builder.convert(a, y.dtype), y.shape, []))),
  )

type Scalars = (a: Tensor) => Tensor

const modes: readonly ((h: Scalars) => Scalars)[] = [
  (h) => (a) => forward(([t]) => [h(t as Tensor)], [a], [ONE])[0] as Tensor,
  (h) => (a) => reverse(([t]) => [h(t as Tensor)], [a], [ONE])[0] as Tensor,
]

const wraps: readonly ((h: Scalars) => Scalars)[] = [
  (h) => h,
  (h) => (a) => compiled(([t]) => [h(t as Tensor)])([a])[0] as Tensor,
]

/** d/da [a · d/db φ(x + a v + b u)] at a = b = 0 is ∂φ/∂u alone: the inner derivative is not the outer's. */
const confusion = onPart(({ f, x, v, u, w }) => {
  const phi = (y: Values, c: Values): Tensor =>
    f(y).reduce<Tensor>((sum, r, i) => builder.add(sum, total(builder.mul(r, c[i] as Tensor))), ZERO)
  const expected = (y: Values, _: Values, d: Values, c: Values): Values => [
    modes[0]?.((b) => phi(moved(y, d, b), c))(ZERO) as Tensor,
  ]
  return all(
    modes.flatMap((outer) =>
      modes.flatMap((inner) =>
        wraps.map((wrap) =>
          agreeOver(
            [x, v, u, w],
            (y, s, d, c) => [
              outer((a) => builder.mul(a, inner(wrap((b) => phi(moved(moved(y, s, a), d, b), c)))(ZERO)))(ZERO),
            ],
            expected,
          ),
        ),
      ),
    ),
  )
})

// ----------------------------------------------------------------------------------------------------------------- laws

/** The axioms, about functions at points. */
export const axioms: readonly Law<Point>[] = [
  law('RD1', 'R[f + g] = R[f] + R[g], R[0] = 0', rd1),
  law('RD2', 'R[f](x, w + z) = R[f](x, w) + R[f](x, z), R[f](x, 0) = 0', rd2),
  law('RD3', 'R[1](x, w) = w, R[πᵢ](x, w) = ιᵢ w', rd3),
  law('RD4', 'R[⟨f, g⟩](x, (w, z)) = R[f](x, w) + R[g](x, z)', rd4),
  law('RD6', 'R[f] is linear in the cotangent: its derivatives there are itself and J', rd6),
  law('RD7', 'D[D[f] v] u = D[D[f] u] v', rd7),
  law('no perturbation confusion', 'd/da [a · d/db φ(x + a v + b u)] = ∂φ/∂u at a = b = 0', confusion),
]
