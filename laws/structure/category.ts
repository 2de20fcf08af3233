/**
 * Laws of categories: arrows compose, identities change nothing, and how a composition is bracketed does not matter.
 */
import * as fc from 'fast-check'
import { exact, law, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'

// ---------------------------------------------------------------------------------------------------------------- model

/**
 * Arrows of one type `F` with identities and composition, first argument after second: any fp-ts `Category`, or a word
 * and an identity of your own. An identity may depend on the arrow that it stands beside, and on which side.
 */
export interface CategoryLike<F> {
  readonly id: (beside: F, side: 'before' | 'after') => F
  readonly compose: (after: F, before: F) => F
}

/** What a category is held to. */
export interface CategoryOptions<F, X> {
  /** Arrows that compose: f, then g, then h. */
  readonly arrows: fc.Arbitrary<readonly [f: F, g: F, h: F]>
  /** Where arrows are looked at. */
  readonly at: fc.Arbitrary<X>
  /** All there is to see of an arrow there; a tree of tensors and numbers. */
  readonly observe: (arrow: F, x: X) => unknown
  /** How observations are compared: exactly unless named. */
  readonly same?: (left: unknown, right: unknown) => Verdict
  /** A name for messages. */
  readonly name?: string
}

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * A category: 1 ∘ f = f = f ∘ 1 and (h ∘ g) ∘ f = h ∘ (g ∘ f), as far as the arrows can be observed.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * type Arrow = (x: number) => number
 * const functions = { id: (): Arrow => (x) => x, compose: (g: Arrow, f: Arrow): Arrow => (x) => g(f(x)) }
 * const arrow = fc.integer({ min: -9, max: 9 }).map((k): Arrow => (x) => k * x + 1)
 * fc.assert(Laws.category(functions, { arrows: fc.tuple(arrow, arrow, arrow), at: fc.integer(), observe: (f, x) => f(x) }))
 * ```
 */
export const category = <F, X>(C: CategoryLike<F>, o: CategoryOptions<F, X>): Suite => {
  const same = o.same ?? exact
  type Sample = readonly [readonly [F, F, F], X]
  const equal = (left: F, right: F, x: X): Verdict => same(o.observe(left, x), o.observe(right, x))
  return suite(
    o.name ?? 'the category',
    given(
      fc.tuple(o.arrows, o.at),
      law('left identity', '1 ∘ f = f', ([[f], x]: Sample) => equal(C.compose(C.id(f, 'after'), f), f, x)),
      law('right identity', 'f ∘ 1 = f', ([[f], x]: Sample) => equal(C.compose(f, C.id(f, 'before')), f, x)),
      law('associative', '(h ∘ g) ∘ f = h ∘ (g ∘ f)', ([[f, g, h], x]: Sample) =>
        equal(C.compose(C.compose(h, g), f), C.compose(h, C.compose(g, f)), x),
      ),
    ),
  )
}
