/** Laws of trees: what is taken apart can be put together, leaves are a traversable container, halves make a whole. */
import * as fc from 'fast-check'
import { getApplicativeComposition } from 'fp-ts/lib/Applicative.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as Id from 'fp-ts/lib/Identity.js'
import * as O from 'fp-ts/lib/Option.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import * as Tree from '../../src/tree/index.js'
import { exact, fact, type Law, law, show, type Verdict } from '../law.js'
import { given, type Suite, suite } from '../property.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What trees are held to. */
export interface TreeOptions {
  /** A name for messages. */
  readonly name?: string
}

/** A tree, two functions of its leaves, and which of them are chosen. */
interface Sample {
  readonly x: unknown
  readonly f: (n: number) => number
  readonly g: (n: number) => number
  readonly chosen: (place: number) => boolean
}

/** Small trees with leaves that are numbers, and structure of every kind. */
export const anyTree: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.integer({ min: -99, max: 99 }),
    fc.constantFrom(null, undefined, 'text', true),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom('w', 'b', '__proto__', 'a.b'), tie('tree')), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).tree

// ------------------------------------------------------------------------------------------------------------ comparing

type Leaves = Tree.Tree<unknown>

const sameTree = (l: Leaves, r: Leaves): Verdict =>
  Tree.sameStructure(l.structure, r.structure)
    ? exact(l.leaves, r.leaves)
    : fact(false, () => `left is ${Tree.showStructure(l.structure)}\nright is ${Tree.showStructure(r.structure)}`)

const sameOption = (l: O.Option<Leaves>, r: O.Option<Leaves>): Verdict =>
  l._tag === 'Some' && r._tag === 'Some'
    ? sameTree(l.value, r.value)
    : fact(l._tag === r._tag, () => `left is ${l._tag}\nright is ${r._tag}`)

// ----------------------------------------------------------------------------------------------------------------- laws

const laws: readonly Law<Sample>[] = [
  law('round trip', 'unflatten(flatten(x)) = x', ({ x }) => {
    const y = Tree.unflatten(Tree.flatten(x))
    return sameTree(Tree.flatten(x), Tree.flatten(y))
  }),
  law('identity', 'map(1) = 1', ({ x }) => {
    const t = Tree.flatten(x)
    return sameTree(
      Tree.Functor.map(t, (n) => n),
      t,
    )
  }),
  law('composition', 'map(g ∘ f) = map(g) ∘ map(f)', ({ x, f, g }) => {
    const t = Tree.flatten(x) as Tree.Tree<number>
    return sameTree(
      Tree.Functor.map(t, (n) => g(f(n))),
      Tree.Functor.map(Tree.Functor.map(t, f), g),
    )
  }),
  law('fold', 'reduce(x, [], append) = leaves(x)', ({ x }) => {
    const t = Tree.flatten(x)
    const collected = Tree.Foldable.reduce(t, [] as readonly unknown[], (acc, n) => [...acc, n])
    const reversed = Tree.Foldable.reduceRight(t, [] as readonly unknown[], (n, acc) => [n, ...acc])
    return exact([collected, reversed], [t.leaves, t.leaves])
  }),
  law('traverse: identity', 'traverse(1, f) = map(f)', ({ x, f }) => {
    const t = Tree.flatten(x) as Tree.Tree<number>
    return sameTree(Tree.Traversable.traverse(Id.Applicative)(t, f), Tree.Functor.map(t, f))
  }),
  law('traverse: naturality', 'η ∘ traverse(F, f) = traverse(G, η ∘ f)', ({ x, f }) => {
    const t = Tree.flatten(x) as Tree.Tree<number>
    const partial = (n: number): readonly number[] => (f(n) % 5 === 0 ? [] : [f(n)])
    return sameOption(
      RA.head(Tree.Traversable.traverse(RA.Applicative)(t, partial)),
      Tree.Traversable.traverse(O.Applicative)(t, (n) => RA.head(partial(n))),
    )
  }),
  law('traverse: composition', 'traverse(F ∘ G, F(g) ∘ f) = F(traverse(G, g)) ∘ traverse(F, f)', ({ x, f, g }) => {
    const t = Tree.flatten(x) as Tree.Tree<number>
    const first = (n: number): O.Option<number> => (f(n) % 7 === 0 ? O.none : O.some(f(n)))
    const second = (n: number): O.Option<number> => (g(n) % 7 === 0 ? O.none : O.some(g(n)))
    const both = getApplicativeComposition(O.Applicative, O.Applicative)
    type Nested = O.Option<O.Option<Leaves>>
    const left = Tree.Traversable.traverse(both as never)(t, ((n: number) => O.map(second)(first(n))) as never)
    const right = pipe(
      Tree.Traversable.traverse(O.Applicative)(t, first),
      O.map((u) => Tree.Traversable.traverse(O.Applicative)(u, second)),
    )
    return sameOption(O.flatten(left as unknown as Nested), O.flatten(right))
  }),
  law('sequence', 'sequence(F) = traverse(F, 1)', ({ x, f }) => {
    const t = Tree.Functor.map(Tree.flatten(x) as Tree.Tree<number>, (n) => (f(n) % 5 === 0 ? O.none : O.some(n)))
    return sameOption(
      Tree.Traversable.sequence(O.Applicative)(t),
      Tree.Traversable.traverse(O.Applicative)(t, (o) => o),
    )
  }),
  law('halves', 'combine(partition(p, x)) = x', ({ x, chosen }) => {
    let place = 0
    const [p, q] = Tree.partition(() => chosen(place++))(x)
    const whole = Tree.flatten(x)
    const one = sameTree(Tree.flatten(Tree.combine(p, q)), whole)
    return one.residual > 0 ? one : sameTree(Tree.flatten(Tree.combine(q, p)), whole)
  }),
]

/**
 * Trees of these kinds: round trip, functor, foldable and traversable laws, partition and combine.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.tree(fc.record({ w: fc.array(fc.integer()), name: fc.constant('p') })))
 * ```
 */
export const tree = (trees: fc.Arbitrary<unknown> = anyTree, { name = 'trees' }: TreeOptions = {}): Suite => {
  const linear = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }))
  const samples: fc.Arbitrary<Sample> = fc.record({ x: trees, a: linear, b: linear, bits: fc.nat() }).map((s) => ({
    x: s.x,
    f: (n) => s.a[0] * n + s.a[1],
    g: (n) => s.b[0] * n + s.b[1],
    chosen: (place) => ((s.bits >> (place % 30)) & 1) === 1,
    toString: () => `x = ${show(s.x)}`,
  }))
  return suite(name, given(samples, ...laws))
}
