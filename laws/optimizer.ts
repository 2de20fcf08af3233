/** Laws of optimizers: chaining is a monoid, updates are pure, compiled and mapped they are the same. */
import * as fc from 'fast-check'
import { isFloat, type Tensor } from '../src/core/value.js'
import { trace } from '../src/optim/momentum.js'
import { applyUpdates, chain, identity, type Optimizer, type State } from '../src/optim/optimizer.js'
import { scale } from '../src/optim/scale.js'
import { each } from '../src/optim/zip.js'
import { flattenValues } from '../src/tape/trace.js'
import type { Concrete } from '../src/tensor/concrete.js'
import { sizeOf } from '../src/tensor/shape.js'
import { flatten, isLeaf, type Leaf, unflatten } from '../src/tree/tree.js'
import { mapped } from './batching.js'
import { compiled } from './compiled.js'
import { all, exact, fact, type Law, labelled, law, show, type Verdict } from './law.js'
import { stacked } from './primitive-sample.js'
import { given, type Suite, suite } from './property.js'
import { agree, type ListFunction } from './rounding.js'
import { arrayOf } from './sample.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What an optimizer is held to. */
export interface OptimizerOptions {
  /** Parameters, or an arbitrary of them; by default a tree with both float types, a scalar, an integer and a null. */
  readonly params?: unknown
  /** Claimed: from the beginning, gradients of 0 give updates of 0. Not with weight decay. */
  readonly still?: boolean
  /** A name for messages. */
  readonly name?: string
}

/** Parameters, gradients for three updates, and two powers of 2. */
interface Descent {
  readonly params: unknown
  readonly gradients: readonly unknown[]
  readonly factors: readonly [number, number]
}

/** What came of it. */
interface Outcome {
  readonly updates: readonly unknown[]
  readonly params: unknown
  readonly state: unknown
}

// ----------------------------------------------------------------------------------------------------------- arbitraries

/** Eighths between −2 and 2 without 0, where quotients like g / √v have no derivative. */
const eighths = (n: number): fc.Arbitrary<readonly number[]> =>
  fc.array(
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.boolean()).map(([k, negative]) => (negative ? -k : k) / 8),
    { minLength: n, maxLength: n },
  )

const leafLike = (x: Tensor): fc.Arbitrary<Concrete> =>
  eighths(sizeOf(x.shape)).map((v) => arrayOf(x.shape, x.dtype, v))

const standard: fc.Arbitrary<unknown> = fc
  .record({ w: eighths(6), b: eighths(3), s: eighths(1), v: eighths(2), flat: fc.boolean() })
  .map(({ w, b, s, v, flat }) => {
    const layer = { w: arrayOf([2, 3], 'f64', w), b: arrayOf([3], 'f64', b), frozen: null }
    const rest = { scale: arrayOf([], 'f64', s), steps: arrayOf([], 'i32', [3]), v: arrayOf([2], 'f32', v) }
    return flat ? layer : [layer, rest]
  })

/** A gradient for every float of the parameters, null elsewhere. */
const gradientOf = (params: unknown): fc.Arbitrary<unknown> => {
  const t = flatten<Leaf | null>(
    each((x) => (isFloat(x.dtype) ? x : null), params),
    (y): y is Leaf | null => y === null || isLeaf(y),
  )
  return fc
    .tuple(...t.leaves.map((x) => (x === null ? fc.constant(null) : leafLike(x as Tensor))))
    .map((leaves) => unflatten({ structure: t.structure, leaves }))
}

const isArbitrary = (x: unknown): x is fc.Arbitrary<unknown> =>
  typeof x === 'object' && x !== null && 'generate' in x && 'shrink' in x

const power = fc.constantFrom(-4, -0.5, 0.25, 1, 2)

const descents = (params: unknown): fc.Arbitrary<Descent> =>
  (params === undefined ? standard : isArbitrary(params) ? params : fc.constant(params)).chain((p) =>
    fc
      .record({
        gradients: fc.tuple(gradientOf(p), gradientOf(p), gradientOf(p)),
        factors: fc.tuple(power, power),
      })
      .map((d) => ({ ...d, params: p, toString: () => `parameters ${show(p)}; gradients ${show(d.gradients)}` })),
  )

// -------------------------------------------------------------------------------------------------------------- running

const update = (o: Optimizer, gradients: unknown, state: unknown, params: unknown): readonly [unknown, unknown] =>
  o.update<unknown>(gradients as never, state as State<unknown>, params)

const descend = (o: Optimizer, params: unknown, gradients: readonly unknown[]): Outcome => {
  let p = params
  let state: unknown = o.init(p)
  const updates: unknown[] = []
  for (const g of gradients) {
    const [u, next] = update(o, g, state, p)
    updates.push(u)
    state = next
    p = applyUpdates<unknown>(p, u as never)
  }
  return { updates, params: p, state }
}

/** A whole descent as a function of a list of values, and its arguments. */
const listed = (o: Optimizer, d: Descent): { readonly f: ListFunction; readonly x: readonly Tensor[] } => {
  const { structure, leaves } = flattenValues([d.params, d.gradients])
  return {
    f: (x) => {
      const [params, gradients] = unflatten({ structure, leaves: x }) as [unknown, readonly unknown[]]
      return flattenValues(descend(o, params, gradients)).leaves
    },
    x: leaves,
  }
}

const same = (left: Optimizer, right: Optimizer, d: Descent): Verdict =>
  exact(descend(left, d.params, d.gradients), descend(right, d.params, d.gradients))

const sameUpdates = (left: Optimizer, right: Optimizer, d: Descent): Verdict =>
  exact(descend(left, d.params, d.gradients).updates, descend(right, d.params, d.gradients).updates)

const isZero = (tree: unknown): Verdict =>
  exact(
    tree,
    each((x) => arrayOf(x.shape, x.dtype, new Array(sizeOf(x.shape)).fill(0)), tree),
  )

const formOf = (tree: unknown): string =>
  JSON.stringify(tree, (_, x: unknown) => (isLeaf(x) ? (typeof x === 'number' ? 'f64' : `${x.dtype}[${x.shape}]`) : x))

// --------------------------------------------------------------------------------------------------------------- checks

/** Twice from one state, with another update between. */
const pure =
  (o: Optimizer) =>
  (d: Descent): Verdict => {
    const first = descend(o, d.params, d.gradients)
    const from = o.init(d.params)
    const once = update(o, d.gradients[0], from, d.params)
    update(o, d.gradients[1], from, d.params)
    update(o, d.gradients[1], once[1], d.params)
    return all([
      labelled(() => 'the same update again', exact(update(o, d.gradients[0], from, d.params), once)),
      labelled(() => 'the same descent again', exact(descend(o, d.params, d.gradients), first)),
    ])
  }

const keepsForm =
  (o: Optimizer) =>
  (d: Descent): Verdict => {
    const state = o.init(d.params)
    const [u, next] = update(o, d.gradients[0], state, d.params)
    const [g, f] = [formOf(d.gradients[0]), formOf(u)]
    const [s, n] = [formOf(state), formOf(next)]
    return all([
      fact(f === g, () => `gradients ${g}\nupdates   ${f}`),
      fact(s === n, () => `state     ${s}\nnext      ${n}`),
    ])
  }

const passesNull =
  (o: Optimizer) =>
  (d: Descent): Verdict => {
    const none = each(() => null, d.params)
    const [u] = update(o, none, o.init(d.params), d.params)
    return all([exact(u, none), exact(applyUpdates<unknown>(d.params, u as never), d.params)])
  }

const sameCompiled =
  (o: Optimizer) =>
  (d: Descent): Verdict => {
    const { f, x } = listed(o, d)
    const fast = compiled(f)
    return all([labelled(() => 'first call', agree(fast, f, x)), labelled(() => 'cached call', agree(fast, f, x))])
  }

const sameMapped =
  (o: Optimizer) =>
  (d: Descent): Verdict => {
    const { f, x } = listed(o, d)
    const y = listed(o, { ...d, gradients: [...d.gradients].reverse() }).x
    const n = x.length
    const over = mapped(
      f,
      x.map(() => true),
    )
    return agree(
      (xs) => over(xs.slice(0, n).map((v, i) => stacked([v, xs[n + i] as Tensor], 2))),
      (xs) => {
        const second = f(xs.slice(n))
        return f(xs.slice(0, n)).map((v, i) => stacked([v, second[i] as Tensor], 2))
      },
      [...x, ...y],
    )
  }

const scales =
  (o: Optimizer) =>
  (d: Descent): Verdict => {
    const [a, b] = d.factors
    return sameUpdates(chain(o, scale(a), scale(b)), chain(o, scale(a * b)), d)
  }

const isStill =
  (o: Optimizer) =>
  (d: Descent): Verdict => {
    const zero = each((x) => arrayOf(x.shape, x.dtype, new Array(sizeOf(x.shape)).fill(0)), d.gradients[0])
    return isZero(descend(o, d.params, [zero, zero]).updates)
  }

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * An optimizer, yours or a chain of ours, held to the laws of optimizers.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { adam } from 'lanac/optim'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.optimizer(adam({ learningRate: 0.1 }), { still: true }), { numRuns: 3 })
 * ```
 */
export const optimizer = (t: Optimizer, options: OptimizerOptions = {}): Suite => {
  const half = scale(0.5)
  const fading = trace({ momentum: 0.5 })
  const laws: readonly Law<Descent>[] = [
    law('left identity', 'chain(identity, t) = t', (d) => same(chain(identity, t), t, d)),
    law('right identity', 'chain(t, identity) = t', (d) => same(chain(t, identity), t, d)),
    law('associativity', 'chain(chain(t, u), v) = chain(t, chain(u, v))', (d) =>
      all([
        same(chain(chain(t, fading), half), chain(t, chain(fading, half)), d),
        same(chain(chain(half, t), fading), chain(half, chain(t, fading)), d),
      ]),
    ),
    law('scaling', 'chain(t, scale a, scale b) = chain(t, scale ab)', scales(t)),
    law('no momentum', 'chain(t, trace 0) = t', (d) => sameUpdates(chain(t, trace({ momentum: 0 })), t, d)),
    law('purity', 'the same gradients, state and parameters give the same update and state', pure(t)),
    law('form', 'updates are of the form of the gradients, states of the form of the first', keepsForm(t)),
    law('null', 'where the gradient is null, so is the update, and the parameter stands', passesNull(t)),
    law('jit', 'jit update = update', sameCompiled(t)),
    law('vmap', 'vmap update = stack ∘ map update', sameMapped(t)),
    ...(options.still === true ? [law('stillness', 'gradients of 0 give updates of 0', isStill(t))] : []),
  ]
  return suite(options.name ?? 'the optimizer', given(descents(options.params), ...laws))
}
