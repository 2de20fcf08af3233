/** Laws of composition: layers are a category under `chain`, and side by side their product is a bifunctor. */
import * as fc from 'fast-check'
import type { Tensor } from '../src/core/value.js'
import { type AnyLayer, chain, parallel } from '../src/lens/index.js'
import { stagesOf } from '../src/lens/stage.js'
import { foldIn, key, normal } from '../src/random/index.js'
import { mapLeaves } from '../src/tree/tree.js'
import { all, exact, labelled, law, show, type Verdict } from './law.js'
import { examplesOf, type LayerOptions, loose } from './layer.js'
import { given, type Suite, suite } from './property.js'
import { category } from './structure/index.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Where a layer is looked at: initialised by a key, at an example. */
interface Place {
  readonly seed: number
  readonly x: unknown
}

/** All there is to see of a layer at a place. */
interface Seen {
  readonly initial: readonly unknown[]
  readonly params: readonly unknown[]
  readonly value: unknown
  /** The pair: value, cotangents of the parameters and of the input. */
  readonly pair: readonly [y: unknown, dParams: readonly unknown[], dx: unknown]
}

type Two = (f: AnyLayer, g: AnyLayer) => AnyLayer
const then: Two = chain as unknown as Two
const beside: Two = parallel as unknown as Two
const nothing = chain as unknown as () => AnyLayer

// --------------------------------------------------------------------------------------------------------------- seeing

const see = (layer: AnyLayer, { seed, x }: Place, given?: readonly unknown[]): Seen => {
  const m = loose(layer)
  const k = key(seed)
  const params = given ?? (m.init(k, { dtype: 'f64' }) as readonly unknown[])
  const [y, pull] = m.vjp(params, x)
  const dy = mapLeaves((t: Tensor) => normal(foldIn(k, 1), t.shape, { dtype: 'f64' }))(y as Tensor)
  const [dParams, dx] = pull(dy) as readonly [readonly unknown[], unknown]
  return { initial: m.init(k) as readonly unknown[], params, value: m.apply(params)(x), pair: [y, dParams, dx] }
}

const places = (whole: AnyLayer, options: LayerOptions): fc.Arbitrary<Place> =>
  fc
    .record({ seed: fc.nat(), x: examplesOf(whole, options) })
    .map((p) => ({ ...p, toString: () => `key(${p.seed}); x = ${show(p.x)}` }))

/** Layers as messages print them: by the names of their stages. */
const named = <A extends readonly AnyLayer[]>(layers: A): A =>
  Object.assign(layers, {
    [fc.toStringMethod]: () => layers.map((l) => `(${stagesOf(l.rope).map((s) => s.name)})`).join(', '),
  })

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * Three layers that follow one another: chaining is associative and the empty chain is neutral, to the bit, on parameters
 * and their initialisation, forwards and backwards.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { relu } from 'lanac'
 * import { chain, dense } from 'lanac/nn'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.layerCategory(dense(2, 3), chain(relu), dense(3, 1)), { numRuns: 5 })
 * ```
 */
export const layerCategory = (f: AnyLayer, g: AnyLayer, h: AnyLayer, options: LayerOptions = {}): Suite =>
  category<AnyLayer, Place>(
    { id: () => nothing(), compose: (after, before) => then(before, after) },
    {
      name: options.name ?? 'chain',
      arrows: fc.constant(named([f, g, h])),
      at: places(f, options),
      observe: see,
    },
  )

const slots = (f: AnyLayer): number => (loose(f).init(key(0)) as readonly unknown[]).length

/** Two pairs of layers that follow one another, side by side: (f ⊗ g) ∘ (f′ ⊗ g′) = (f ∘ f′) ⊗ (g ∘ g′), parameters permuted. */
export const layerProduct = (
  [f1, f]: readonly [AnyLayer, AnyLayer],
  [g1, g]: readonly [AnyLayer, AnyLayer],
  options: LayerOptions = {},
): Suite => {
  const left = then(beside(f1, g1), beside(f, g))
  const right = beside(then(f1, f), then(g1, g))
  const [a, b, c] = [slots(f1), slots(g1), slots(f)]
  const permuted = (p: readonly unknown[]) => [
    ...p.slice(0, a),
    ...p.slice(a + b, a + b + c),
    ...p.slice(a, a + b),
    ...p.slice(a + b + c),
  ]
  const same = (at: Place): Verdict => {
    const l = see(left, at)
    const r = see(right, at, permuted(l.params))
    const [y, dParams, dx] = l.pair
    return all([
      labelled(() => 'forwards', exact(l.value, r.value)),
      labelled(() => 'forwards and back', exact([y, permuted(dParams), dx], r.pair)),
    ])
  }
  return suite(
    options.name ?? 'parallel',
    given(places(left, options), law('bifunctor', '(f ⊗ g) ∘ (f′ ⊗ g′) = (f ∘ f′) ⊗ (g ∘ g′)', same)),
  )
}
