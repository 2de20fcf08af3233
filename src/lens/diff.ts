/**
 * Lenses, and differentiable functions as lenses: a value together with the way back.
 *
 * A lens takes a source to a view and to a function that carries a change of the view back to the source. A
 * differentiable function is the lens (forward, vjp): its way back takes a cotangent of the result to one of the
 * argument. Composition of lenses *is* the chain rule.
 *
 * Laws (checked in laws/lens, for layers in laws/composition): id ∘ f = f = f ∘ id; (h ∘ g) ∘ f = h ∘ (g ∘ f);
 * (f ⊗ g) ∘ (f′ ⊗ g′) = (f ∘ f′) ⊗ (g ∘ g′). For `put`: GetPut always; PutGet and PutPut where J Jᵀ = 1 (views,
 * permutations, reshapes).
 */
import type { Category2 } from 'fp-ts/lib/Category.js'
import type { Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { vjp } from '../transform/index.js'
import { zipLeaves } from '../tree/tree.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** From a source `S` to a view `A`, and from a `B` in the view's place back to a `T` in the source's. */
export type Lens<S, T, A, B> = (s: S) => readonly [A, (b: B) => T]

/** A differentiable function: its value, and the pullback of cotangents at this point. */
export type Diff<A, B> = Lens<A, A, B, B>

// --------------------------------------------------------------------------------------------------------- constructors

/** The identity: nothing changes on the way there or back. */
export const id =
  <A>(): Diff<A, A> =>
  (a) => [a, (da) => da]

/**
 * A function of one tree as a lens: its way back is the pullback that reverse mode gives.
 *
 * @example
 * ```ts
 * import * as Lens from 'lanac/lens'
 * import { item, scalar, square } from 'lanac'
 * import type { Tensor } from 'lanac'
 * const f = Lens.diff((x: Tensor<[], 'f64'>) => square(x))
 * const [y, back] = Lens.compose(f, f)(scalar(3))
 * assert.equal(item(y), 81)
 * assert.equal(item(back(scalar(1))), 4 * 3 ** 3)
 * ```
 */
export const diff =
  <A, B>(f: (a: A) => B): Diff<A, B> =>
  (a) => {
    const [y, back] = vjp(f as never, a) as unknown as readonly [B, (dy: B) => readonly [A]]
    return [y, (dy) => back(dy)[0]]
  }

// ---------------------------------------------------------------------------------------------------------- combinators

/** `g` after `f`; on the way back `g` comes first. */
export const compose =
  <S, T, A, B, C, D>(g: Lens<A, B, C, D>, f: Lens<S, T, A, B>): Lens<S, T, C, D> =>
  (s) => {
    const [a, backF] = f(s)
    const [c, backG] = g(a)
    return [c, (d) => backF(backG(d))]
  }

/** Acts on the first of a pair. */
export const first =
  <S, T, A, B>(f: Lens<S, T, A, B>) =>
  <X>([s, x]: readonly [S, X]): readonly [readonly [A, X], (d: readonly [B, X]) => readonly [T, X]] => {
    const [a, back] = f(s)
    return [[a, x], ([d, dx]) => [back(d), dx]]
  }

/** Acts on the second of a pair. */
export const second =
  <S, T, A, B>(f: Lens<S, T, A, B>) =>
  <X>([x, s]: readonly [X, S]): readonly [readonly [X, A], (d: readonly [X, B]) => readonly [X, T]] => {
    const [a, back] = f(s)
    return [[x, a], ([dx, d]) => [dx, back(d)]]
  }

/** Acts on both of a pair: f ⊗ g. */
export const product =
  <S, T, A, B, S2, T2, A2, B2>(
    f: Lens<S, T, A, B>,
    g: Lens<S2, T2, A2, B2>,
  ): Lens<readonly [S, S2], readonly [T, T2], readonly [A, A2], readonly [B, B2]> =>
  ([s, s2]) => {
    const [a, backF] = f(s)
    const [a2, backG] = g(s2)
    return [[a, a2], ([d, d2]) => [backF(d), backG(d2)]]
  }

/** The sum of two trees of cotangents; null is zero. */
export const plus = <A>(x: A, y: A): A => {
  if (x === null) return y
  if (y === null) return x
  return zipLeaves((p: Tensor, q: Tensor) => b.add(p, q))(x, y)
}

/** Both of one source: x ↦ (f x, g x); on the way back cotangents add up. */
export const fanOut =
  <A, B, C>(f: Diff<A, B>, g: Diff<A, C>): Diff<A, readonly [B, C]> =>
  (a) => {
    const [x, backF] = f(a)
    const [y, backG] = g(a)
    return [[x, y], ([dx, dy]) => plus(backF(dx), backG(dy))]
  }

// ------------------------------------------------------------------------------------------------------------- instances

/** The name of `Diff` among fp-ts's kinds. */
export const URI = 'lanac/Diff'
/** The name of `Diff` among fp-ts's kinds. */
export type URI = typeof URI

declare module 'fp-ts/HKT' {
  interface URItoKind2<E, A> {
    readonly [URI]: Diff<E, A>
  }
}

/** Differentiable functions are a category. There is no Arrow: `promap` would take functions without a way back. */
export const Category: Category2<URI> = { URI, id, compose }

// -------------------------------------------------------------------------------------------------------------- running

/** The value at a source. */
export const get =
  <S, T, A, B>(f: Lens<S, T, A, B>) =>
  (s: S): A =>
    f(s)[0]

/** Moves the source towards one whose value is `y`: x + vjpₓ(y − f x). */
export const put =
  <A, B>(f: Diff<A, B>) =>
  (x: A, y: B): A => {
    const [value, back] = f(x)
    return plus(x, back(zipLeaves((p: Tensor, q: Tensor) => b.sub(p, q))(y, value)))
  }
