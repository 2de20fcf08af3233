/** Laws of monoids, and of the one that reverse mode adds cotangents up in. */
import * as fc from 'fast-check'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { Shape, Tensor } from '../../src/core/value.js'
import { builder } from '../../src/tape/node.js'
import { close, exact, type Law, law, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'
import { drawnFrom } from '../sample.js'
import { tolerance } from '../tolerance.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a monoid is held to. */
export interface MonoidOptions<A> {
  readonly samples: fc.Arbitrary<A>
  /** How results are compared: as trees of tensors and numbers, exactly, unless named. */
  readonly same?: (left: A, right: A, of: readonly A[]) => Verdict
  /** Claimed: x · y = y · x. */
  readonly commutative?: boolean
  /** A name for messages. */
  readonly name?: string
}

/** Nothing, or a tensor. */
export type Cotangent = Tensor | null

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * A monoid: associative, with a neutral element; commutative where that is claimed.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * import { MonoidSum } from 'fp-ts/lib/number.js'
 * fc.assert(Laws.monoid(MonoidSum, { samples: fc.integer(), commutative: true }))
 * ```
 */
export const monoid = <A>(M: Monoid<A>, o: MonoidOptions<A>): Suite => {
  type Sample = readonly [A, A, A]
  const same = o.same ?? ((left: A, right: A) => exact(left, right))
  const laws: readonly Law<Sample>[] = [
    law('associative', '(x · y) · z = x · (y · z)', ([x, y, z]) =>
      same(M.concat(M.concat(x, y), z), M.concat(x, M.concat(y, z)), [x, y, z]),
    ),
    law('left neutral', 'e · x = x', ([x]) => same(M.concat(M.empty, x), x, [x])),
    law('right neutral', 'x · e = x', ([x]) => same(M.concat(x, M.empty), x, [x])),
  ]
  const commutes: Law<Sample> = law('commutative', 'x · y = y · x', ([x, y]) =>
    same(M.concat(x, y), M.concat(y, x), [x, y]),
  )
  return suite(
    o.name ?? 'the monoid',
    given(fc.tuple(o.samples, o.samples, o.samples), ...laws, ...(o.commutative === true ? [commutes] : [])),
  )
}

/** Cotangents as an fp-ts Monoid: sums, where null is a zero that is never built. */
export const cotangentMonoid: Monoid<Cotangent> = { empty: null, concat: builder.plus }

/** Cotangents of a shape: a commutative monoid, but for the rounding of sums in another order. */
export const cotangents = (shape: Shape): Suite => {
  const any: fc.Arbitrary<Tensor> = drawnFrom({ shape, dtype: 'f64', domain: { low: -3, high: 3 } })
  const bound = 3 * tolerance('f64', 'reordered')
  const magnitudes = (of: readonly Cotangent[]): object | number =>
    of.reduce<Cotangent>((sum, x) => builder.plus(sum, x === null ? null : builder.abs(x)), null) ?? 1
  return monoid(cotangentMonoid, {
    samples: fc.option(any),
    // only the order of three sums rounds; the other laws hold exactly
    same: (left, right, of) => close(left, right, { tolerance: of.length === 3 ? bound : 0, scale: magnitudes(of) }),
    commutative: true,
    name: 'cotangents',
  })
}
