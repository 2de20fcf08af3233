/** Laws of monads: doing nothing changes nothing, and how a sequence is bracketed does not matter. */
import * as fc from 'fast-check'
import { law, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Computations `M` of values `A`: any fp-ts `Monad`, at one type. */
export interface MonadLike<M, A> {
  readonly of: (a: A) => M
  readonly chain: (m: M, f: (a: A) => M) => M
  readonly map: (m: M, f: (a: A) => A) => M
}

/** What a monad is held to. */
export interface MonadOptions<M, A> {
  readonly values: fc.Arbitrary<A>
  readonly computations: fc.Arbitrary<M>
  /** Functions of a value to a computation. */
  readonly functions: fc.Arbitrary<(a: A) => M>
  /** Whether two computations do the same. */
  readonly same: (left: M, right: M) => Verdict
  /** A name for messages. */
  readonly name?: string
}

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * A monad: of(a) ≫= f is f(a), m ≫= of is m, (m ≫= f) ≫= g is m ≫= (a ↦ f(a) ≫= g), and map is a special case.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * import { Monad, type Option, some, none } from 'fp-ts/lib/Option.js'
 * const option = fc.integer().map((n): Option<number> => (n % 3 === 0 ? none : some(n)))
 * const functions = fc.func(option)
 * const same = (l: Option<number>, r: Option<number>) => Laws.fact(JSON.stringify(l) === JSON.stringify(r), () => '')
 * fc.assert(Laws.monad<Option<number>, number>(Monad, { values: fc.integer(), computations: option, functions, same }))
 * ```
 */
export const monad = <M, A>(M: MonadLike<M, A>, o: MonadOptions<M, A>): Suite => {
  interface Sample {
    readonly a: A
    readonly m: M
    readonly f: (a: A) => M
    readonly g: (a: A) => M
  }
  const samples = fc.record({ a: o.values, m: o.computations, f: o.functions, g: o.functions })
  return suite(
    o.name ?? 'the monad',
    given(
      samples as fc.Arbitrary<Sample>,
      law('left identity', 'of(a) ≫= f = f(a)', ({ a, f }: Sample) => o.same(M.chain(M.of(a), f), f(a))),
      law('right identity', 'm ≫= of = m', ({ m }: Sample) => o.same(M.chain(m, M.of), m)),
      law('associative', '(m ≫= f) ≫= g = m ≫= (a ↦ f(a) ≫= g)', ({ m, f, g }: Sample) =>
        o.same(
          M.chain(M.chain(m, f), g),
          M.chain(m, (a) => M.chain(f(a), g)),
        ),
      ),
      law('map', 'map(m, f) = m ≫= (of ∘ f)', ({ m, a }: Sample) =>
        o.same(
          M.map(m, () => a),
          M.chain(m, () => M.of(a)),
        ),
      ),
    ),
  )
}
