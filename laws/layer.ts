/**
 * Laws of layers: the pair (forward, vjp) is the derivative of `apply`, initialisation is a function of its key, a batch is
 * the stack of its examples, compiled it is the same.
 */
import * as fc from 'fast-check'
import { linearize } from '../src/adjoint/linearize.js'
import { isFloat, type Shape, type Tensor } from '../src/core/value.js'
import type { Form } from '../src/lens/form.js'
import type { AnyLayer } from '../src/lens/index.js'
import type { Domain, Opt } from '../src/primitive/record.js'
import { foldIn, type Key, key } from '../src/random/index.js'
import { builder } from '../src/tape/node.js'
import { abstractly, flattenValues, traceLeaves } from '../src/tape/trace.js'
import { sizeOf } from '../src/tensor/shape.js'
import { flatten, isLeaf, type Leaf, mapLeaves, type Structure, unflatten } from '../src/tree/tree.js'
import { compiled, compiledLaws } from './compiled.js'
import { derivativeLaws, jvpOf, vjpOf } from './derivative.js'
import { type FunctionSample, functionSamples } from './gradient.js'
import { kinkDistance } from './kink.js'
import { agreed, all, close, exact, labelled, law, show, type Verdict } from './law.js'
import { stacked } from './primitive-sample.js'
import { given, type Suite, suite } from './property.js'
import { agree, type ListFunction, magnitudes } from './rounding.js'
import { arrayOf, drawnFrom, numbers } from './sample.js'
import { tolerance } from './tolerance.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a layer is held to. */
export interface LayerOptions {
  /** Examples; by default drawn in the layer's form, or [3] where any fits. */
  readonly input?: fc.Arbitrary<unknown>
  /** Where drawn examples lie, by default between −2 and 2. */
  readonly domain?: Domain
  /** A name for messages. */
  readonly name?: string
}

/** A layer as laws call it: what fits what is known to the one who gives it. */
export interface Loose {
  readonly input: Form | null
  readonly init: (key: Key, options?: { readonly dtype?: 'f64' | 'f32' }) => unknown
  readonly initState: (options?: { readonly dtype?: 'f64' | 'f32' }) => readonly unknown[]
  readonly apply: (params: unknown, ...state: readonly unknown[]) => (x: unknown) => unknown
  readonly vjp: (
    params: unknown,
    x: unknown,
    ...state: readonly unknown[]
  ) => readonly [unknown, (dy: unknown) => unknown]
  readonly train: (params: unknown, state: unknown, key: Key) => (x: unknown) => unknown
}

/** A layer, its types forgotten. */
export const loose = (model: AnyLayer): Loose => model as unknown as Loose

// ----------------------------------------------------------------------------------------------------------- arbitraries

const DOMAIN: Domain = { low: -2, high: 2 }

const drawnForm = (form: Form, domain: Domain): fc.Arbitrary<unknown> =>
  form.length > 0 && typeof form[0] !== 'number'
    ? fc.tuple(...form.map((f) => drawnForm(f as Form, domain)))
    : drawnFrom({ shape: form as Shape, dtype: 'f64', domain })

/** Examples of a layer: those of the options, or drawn in its form. */
export const examplesOf = (model: AnyLayer, options: LayerOptions): fc.Arbitrary<unknown> =>
  options.input ?? drawnForm(model.input ?? [3], options.domain ?? DOMAIN)

/** Small numbers without a pattern, one for each element: fractions of multiples of the golden ratio (Weyl, 1916). */
const scattered = (seed: number, n: number): readonly number[] =>
  Array.from({ length: n }, (_, i) => {
    const x = (seed % 1_000_003) * Math.SQRT2 + (i + 1) * ((1 + Math.sqrt(5)) / 2)
    return x - Math.floor(x) - 0.5
  })

/** Parameters of a layer: initial ones, moved a little, so that none is 0. */
const parametersOf = (model: Loose): fc.Arbitrary<unknown> =>
  fc.nat().map((seed) => {
    let at = seed
    return mapLeaves((t: Tensor) => {
      at += 1
      return isFloat(t.dtype) ? builder.add(t, arrayOf(t.shape, t.dtype, scattered(at, sizeOf(t.shape)))) : t
    })(model.init(key(seed), { dtype: 'f64' }) as Tensor)
  })

/** A list of trees of one structure as a tree of stacks. */
const stackTrees = (list: readonly unknown[]): unknown => {
  const leaves = list.map((x) => flattenValues(x))
  const { structure } = leaves[0] as { readonly structure: Structure }
  const count = (leaves[0] as { readonly leaves: readonly Tensor[] }).leaves.length
  return unflatten({
    structure,
    leaves: Array.from({ length: count }, (_, i) =>
      stacked(
        leaves.map((l) => l.leaves[i] as Tensor),
        list.length,
      ),
    ),
  })
}

// --------------------------------------------------------------------------------------------------------------- checks

const compact = (list: readonly (Opt | undefined)[]): Tensor[] => list.filter((t) => t != null)

/** The leaves of a tree of cotangents: null where there is no derivative. */
const cotangents = (x: unknown): Tensor[] =>
  compact(flatten<Leaf | null>(x, (y): y is Leaf | null => y === null || isLeaf(y)).leaves as readonly Opt[])

/** The pullback of a layer as a function of the leaves of [parameters, input]. */
const pulled =
  (model: Loose, s: FunctionSample, state: readonly unknown[]): ListFunction =>
  (leaves) => {
    const [params, x] = unflatten({ structure: s.structure, leaves }) as [unknown, unknown]
    const [y, pull] = model.vjp(params, x, ...state)
    return cotangents(pull(unflatten({ structure: flattenValues(y).structure, leaves: s.w })))
  }

const isDerivative = (model: Loose, state: readonly unknown[]) => (s: FunctionSample) =>
  agree(pulled(model, s, state), (x) => compact(vjpOf(s.f, x, s.w)), s.x)

const inner = (a: readonly Tensor[], b: readonly Tensor[]): number =>
  a.reduce((total, t, i) => {
    const q = numbers(b[i] as Tensor)
    return numbers(t).reduce((sum, v, k) => sum + v * (q[k] as number), total)
  }, 0)

const abs = (x: Tensor): Tensor => builder.abs(x)

/** ⟨dy, J(dp, dx)⟩ = ⟨pull dy, (dp, dx)⟩, of n·⟨|dy|, |J||(dp, dx)|⟩. */
const adjointness = (model: Loose, state: readonly unknown[]) => (s: FunctionSample) => {
  const floats = s.x.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
  const w = compact(s.w)
  if (w.length === 0 || w.length < s.w.length) return agreed
  const v = floats.map((i) => s.v[i] as Tensor)
  const left = inner(w, compact(jvpOf(s.f, s.x, s.v)))
  const right = inner(pulled(model, s, state)(s.x), v)
  const f: ListFunction = (xs) => {
    const full = [...s.x]
    floats.forEach((i, k) => {
      full[i] = xs[k] as Tensor
    })
    return s.f(full)
  }
  const x = floats.map((i) => s.x[i] as Tensor)
  const { linear } = linearize(traceLeaves(f, x.map(abstractly), { name: 'laws' }), x)
  const n = [...v, ...w].reduce((sum, t) => sum + sizeOf(t.shape), 0)
  const scale = n * inner(w.map(abs), magnitudes(linear, v.map(abs)))
  return close(left, right, { tolerance: tolerance('f64', 'adjoint'), scale })
}

interface Examples {
  readonly params: unknown
  readonly examples: readonly unknown[]
}

const batchIsStack =
  (model: Loose, state: readonly unknown[]) =>
  ({ params, examples }: Examples): Verdict => {
    const { structure, leaves } = flattenValues([params, examples])
    const run =
      (f: (p: unknown, xs: readonly unknown[]) => unknown): ListFunction =>
      (x) => {
        const [p, xs] = unflatten({ structure, leaves: x }) as [unknown, readonly unknown[]]
        return flattenValues(f(p, xs)).leaves
      }
    const f = (p: unknown) => model.apply(p, ...state)
    return all([
      labelled(
        () => 'a batch',
        agree(
          run((p, xs) => f(p)(stackTrees(xs))),
          run((p, xs) => stackTrees(xs.map((x) => f(p)(x)))),
          leaves,
        ),
      ),
      labelled(
        () => 'a batch of batches',
        agree(
          run((p, xs) => f(p)(stackTrees([stackTrees(xs), stackTrees(xs)]))),
          run((p, xs) => stackTrees([f(p)(stackTrees(xs)), f(p)(stackTrees(xs))])),
          leaves,
        ),
      ),
    ])
  }

const initialised =
  (model: Loose) =>
  (seed: number): Verdict =>
    all(
      (['f64', 'f32'] as const).map((dtype) => {
        const list: ListFunction = (x) => flattenValues(model.init(x[0] as Key, { dtype })).leaves
        return labelled(
          () => dtype,
          all([
            exact(model.init(key(seed), { dtype }), model.init(key(seed), { dtype })),
            // draws go through log and cos, whose last bits are each target's own
            labelled(() => 'compiled', agree(compiled(list), list, [key(seed)])),
          ]),
        )
      }),
    )

const trains =
  (model: Loose) =>
  ({ params, examples }: Examples): Verdict => {
    const x = stackTrees(examples)
    const state = model.initState({ dtype: 'f64' })
    const run = () => model.train(params, state, foldIn(key(1), 2))(x)
    const first = run()
    model.train(params, state, key(3))(x)
    return exact(run(), first)
  }

// ----------------------------------------------------------------------------------------------------------------- laws

/**
 * A layer or model, held to the laws of layers and of derivatives. A wrong `backward` of a pair written by hand fails.
 *
 * Where a value stands near a kink, finite differences are left out for that sample; all other laws hold there too.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import { tanh } from 'lanac'
 * import { chain, dense } from 'lanac/nn'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.layer(chain(dense(2, 3), tanh, dense(3, 1))), { numRuns: 3 })
 * ```
 */
export const layer = (model: AnyLayer, options: LayerOptions = {}): Suite => {
  const m = loose(model)
  const state = m.initState({ dtype: 'f64' })
  const given_ = state.length === 0 ? [] : [state]
  const params = parametersOf(m)
  const one = examplesOf(model, options)
  const apply = (p: never, x: never): unknown => m.apply(p, ...given_)(x)
  const batched = fc.tuple(one, one).map(stackTrees)
  const points = functionSamples(apply, { inputs: [params, fc.oneof(one, batched)] }).map((s) =>
    kinkDistance(s.f, s.x) < NEAR ? { ...s, notDerivative: true } : s,
  )
  const examples = fc
    .record({ params, examples: fc.tuple(one, one, one) })
    .map((e) => ({ ...e, toString: () => `parameters ${show(e.params)}; examples ${show(e.examples)}` }))
  return suite(
    options.name ?? 'the layer',
    given(
      points,
      ...derivativeLaws,
      ...compiledLaws,
      law('the pair is the derivative', 'vjp(params, x) = vjp(apply)(params, x)', isDerivative(m, given_)),
      law('the pair is adjoint', '⟨dy, J(dp, dx)⟩ = ⟨pull dy, (dp, dx)⟩', adjointness(m, given_)),
    ),
    given(
      examples,
      law('batch', 'apply ∘ stack = stack ∘ map apply', batchIsStack(m, given_)),
      law('training is pure', 'train(params, state, key)(x) depends on its arguments alone', trains(m)),
    ),
    given(fc.nat(), law('init', 'init is a function of the key, compiled too', initialised(m))),
  )
}

/** Finite differences at a distance from a kink below this are left out. */
const NEAR = 1e-3
