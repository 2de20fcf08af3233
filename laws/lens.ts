/**
 * Laws of lenses: `put` moves the source by the pullback of what is missing, and gives back what it is given wherever the
 * view is a part of the source; differentiable functions are a category with a product.
 */
import * as fc from 'fast-check'
import { isFloat, type Shape, type Tensor } from '../src/core/value.js'
import { Category, compose, type Diff, diff, get, id, parallel, put } from '../src/lens/index.js'
import { builder } from '../src/tape/node.js'
import { abstractly } from '../src/tape/trace.js'
import { vjpOf } from './derivative.js'
import { exact, type Law, law, show, type Verdict } from './law.js'
import { given, type Suite, suite } from './property.js'
import { agree } from './rounding.js'
import { vector } from './sample.js'
import { category } from './structure/index.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Arrow = Diff<Tensor, Tensor>

/** What a lens is held to. */
export interface LensOptions {
  /** The shape of sources. */
  readonly input: Shape
  /** Claimed: J Jᵀ = 1, the view is a part of the source (slices, permutations, reshapes). */
  readonly structural?: boolean
  /** A name for messages. */
  readonly name?: string
}

/** A source and two values of the view. */
interface Moves {
  readonly x: Tensor
  readonly y: Tensor
  readonly z: Tensor
}

// ----------------------------------------------------------------------------------------------------------- arbitraries

/** Eighths between −2 and 2: sums and differences of them are exact. */
const eighths = (shape: Shape): fc.Arbitrary<Tensor> => vector({ shape, dtype: 'f64' }) as fc.Arbitrary<Tensor>

const moves = (f: (x: Tensor) => Tensor, input: Shape): fc.Arbitrary<Moves> => {
  const view = abstractly(f(builder.full(input, 'f64', 1)))
  if (!isFloat(view.dtype)) throw new Error(`a lens has a view of floats, found ${view.dtype}`)
  return fc
    .record({ x: eighths(input), y: eighths(view.shape), z: eighths(view.shape) })
    .map((m) => ({ ...m, toString: () => `x = ${show(m.x)}; y = ${show(m.y)}; z = ${show(m.z)}` }))
}

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * A function as a lens. Structural ones are held to all three laws of lenses, exactly; any other to the first.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { transpose, type Tensor } from 'lanac'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.lens((x) => transpose(x as Tensor<[2, 3]>), { input: [2, 3], structural: true }))
 * ```
 */
export const lens = (f: (x: Tensor) => Tensor, { input, structural = false, name }: LensOptions): Suite => {
  const arrow: Arrow = diff(f)
  const first: readonly Law<Moves>[] = [
    law('put', 'put(x, y) = x + vjpₓ(y − f x)', ({ x, y }) =>
      agree(
        ([s, v]) => [put(arrow)(s as Tensor, v as Tensor)],
        ([s, v]) => {
          const missing = builder.sub(v as Tensor, f(s as Tensor))
          return [builder.add(s as Tensor, vjpOf(([t]) => [f(t as Tensor)], [s as Tensor], [missing])[0] as Tensor)]
        },
        [x, y],
      ),
    ),
    law('GetPut', 'put(x, get x) = x', ({ x }) => exact(put(arrow)(x, get(arrow)(x)), x)),
  ]
  const rest: readonly Law<Moves>[] = [
    law('PutGet', 'get(put(x, y)) = y', ({ x, y }) => exact(get(arrow)(put(arrow)(x, y)), y)),
    law('PutPut', 'put(put(x, y), z) = put(x, z)', ({ x, y, z }) =>
      exact(put(arrow)(put(arrow)(x, y), z), put(arrow)(x, z)),
    ),
  ]
  return suite(name ?? 'the lens', given(moves(f, input), ...first, ...(structural ? rest : [])))
}

// ------------------------------------------------------------------------------------------------------------- category

interface At<A> {
  readonly x: A
  readonly dy: A
}

/** All there is to see of an arrow: its value, and what comes back. */
const seen = <A>(arrow: Diff<A, A>, { x, dy }: At<A>): unknown => {
  const [y, back] = arrow(x)
  return [y, back(dy)]
}

/** Two arrows that are one. */
const sameArrow =
  <A>(left: Diff<A, A>, right: Diff<A, A>) =>
  (at: At<A>): Verdict =>
    exact(seen(left, at), seen(right, at))

/** Three functions of one shape into itself, as arrows: composition is associative, `id` is neutral. */
export const diffCategory = (
  [f, g, h]: readonly [(x: Tensor) => Tensor, (x: Tensor) => Tensor, (x: Tensor) => Tensor],
  { input, name }: Pick<LensOptions, 'input' | 'name'>,
): Suite =>
  category<Arrow, At<Tensor>>(Category, {
    name: name ?? 'Diff',
    arrows: fc.constant([diff(f), diff(g), diff(h)]),
    at: fc.record({ x: eighths(input), dy: eighths(input) }),
    observe: seen,
  })

/** Functions of one shape into itself, side by side: the product is a bifunctor. */
export const diffProduct = (
  [f1, f]: readonly [(x: Tensor) => Tensor, (x: Tensor) => Tensor],
  [g1, g]: readonly [(x: Tensor) => Tensor, (x: Tensor) => Tensor],
  { input, name }: Pick<LensOptions, 'input' | 'name'>,
): Suite => {
  const [a1, a, b1, b] = [diff(f1), diff(f), diff(g1), diff(g)] as const
  const pair = fc.tuple(eighths(input), eighths(input))
  return suite(
    name ?? 'Diff',
    given(
      fc.record({ x: pair, dy: pair }),
      law(
        'bifunctor',
        '(f ⊗ g) ∘ (f′ ⊗ g′) = (f ∘ f′) ⊗ (g ∘ g′)',
        sameArrow<readonly [Tensor, Tensor]>(
          compose(parallel(a, b), parallel(a1, b1)),
          parallel(compose(a, a1), compose(b, b1)),
        ),
      ),
      law('identity', 'id ⊗ id = id', sameArrow<readonly [Tensor, Tensor]>(parallel(id<Tensor>(), id<Tensor>()), id())),
    ),
  )
}
