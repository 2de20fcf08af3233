/** Layers side by side: products, branches, skip connections, and parameters computed from others. */
import { ShapeError, TreeError } from '../core/error.js'
import type { Float, Tensor } from '../core/value.js'
import { add } from '../ops/index.js'
import { foldIn, type Key } from '../random/index.js'
import type { Fits } from '../tensor/static.js'
import { type Diff, fanOut, type Lens, product } from './diff.js'
import { type Form, type LeadingForm, type ShowForm, sameForm, showForm } from './form.js'
import {
  type AnyLayer,
  fromRope,
  type InitOptions,
  initStages,
  isLayer,
  type LayerWith,
  runLayer,
  type Typed,
} from './layer.js'
import { type Mode, rope, type Stage, stagesOf } from './stage.js'

// -------------------------------------------------------------------------------------------------------------- wrapping

const count = (layer: AnyLayer): number => stagesOf(layer.rope).reduce((n, s) => n + s.slots, 0)
const stateCount = (layer: AnyLayer): number => stagesOf(layer.rope).reduce((n, s) => n + s.states, 0)

/** How several layers are run as one stage: each is given its own parameters and state. */
type Run = (
  each: readonly ((x: unknown) => readonly [unknown, readonly unknown[]])[],
  x: unknown,
) => readonly [unknown, readonly unknown[]]

/** One stage that owns the parameters of several layers, flat. */
const wrap = (
  name: string,
  layers: readonly AnyLayer[],
  input: Form | null,
  output: (input: Form | null) => Form | null,
  equation: Stage['equation'],
  run: Run,
): AnyLayer => {
  const stage: Stage = {
    name,
    slots: layers.reduce((n, l) => n + count(l), 0),
    states: layers.reduce((n, l) => n + stateCount(l), 0),
    random: layers.some((l) => stagesOf(l.rope).some((s) => s.random)),
    input,
    output,
    init: (key, dtype) => layers.flatMap((l, i) => initStages(stagesOf(l.rope), foldIn(key, i), dtype)),
    initState: (dtype) => layers.flatMap((l) => stagesOf(l.rope).flatMap((s) => s.initState(dtype))),
    run: (params, state, x, mode) => {
      let p = 0
      let t = 0
      const each = layers.map((l, i) => {
        const own = params.slice(p, p + count(l))
        const ownState = state.slice(t, t + stateCount(l))
        p += own.length
        t += ownState.length
        const keyed: Mode = { training: mode.training, key: mode.key === null ? null : foldIn(mode.key, i) }
        return (v: unknown) => runLayer(l, l.bare ? own[0] : own, ownState, v, keyed)
      })
      return run(each, x)
    },
    equation,
  }
  return fromRope(rope([stage]), input, output(input))
}

// --------------------------------------------------------------------------------------------------------------- product

type Both<A, B> = readonly [A, B]
type Flat<P> = P extends readonly unknown[] ? P : readonly [P]

const parallelLayers = (f: AnyLayer, g: AnyLayer): AnyLayer =>
  wrap(
    'parallel',
    [f, g],
    f.input === null || g.input === null ? null : [f.input, g.input],
    () => (f.output === null || g.output === null ? null : [f.output, g.output]),
    (x) => `parallel(${x})`,
    (each, x) => {
      if (!Array.isArray(x) || x.length !== 2)
        throw new TreeError({ operation: 'parallel', problem: 'takes a pair of values', hint: 'pass [x, y]' })
      const results = each.map((run, i) => run(x[i]))
      return [results.map((r) => r[0]), results.flatMap((r) => r[1])]
    },
  )

/** The product f ⊗ g: `[x, y] ↦ [f x, g y]`, of two layers or of two differentiable functions. */
export const parallel = ((f: unknown, g: unknown) =>
  isLayer(f) && isLayer(g)
    ? parallelLayers(f, g)
    : product(f as Diff<unknown, unknown>, g as Diff<unknown, unknown>)) as {
  <S, T, A, B, S2, T2, A2, B2>(
    f: Lens<S, T, A, B>,
    g: Lens<S2, T2, A2, B2>,
  ): Lens<Both<S, S2>, Both<T, T2>, Both<A, A2>, Both<B, B2>>
  <
    P,
    I extends Form,
    O extends Form,
    S extends readonly unknown[],
    Q,
    J extends Form,
    N extends Form,
    T extends readonly unknown[],
  >(
    f: Typed<P, I, O, S>,
    g: Typed<Q, J, N, T>,
  ): LayerWith<[...Flat<P>, ...Flat<Q>], [I, J], [O, N], [...S, ...T]>
}

// ---------------------------------------------------------------------------------------------------------------- branch

const splitLayers = (f: AnyLayer, g: AnyLayer): AnyLayer => {
  if (f.input !== null && g.input !== null && !sameForm(f.input, g.input))
    throw new ShapeError({
      operation: 'split',
      problem: `the branches take ${showForm(f.input)} and ${showForm(g.input)}: both are given the same value`,
    })
  return wrap(
    'split',
    [f, g],
    f.input ?? g.input,
    () => (f.output === null || g.output === null ? null : [f.output, g.output]),
    (x) => `split(${x})`,
    (each, x) => {
      const results = each.map((run) => run(x))
      return [results.map((r) => r[0]), results.flatMap((r) => r[1])]
    },
  )
}

/** Both branches of one value: `x ↦ [f x, g x]`, of two layers or of two differentiable functions. */
export const split = ((f: unknown, g: unknown) =>
  isLayer(f) && isLayer(g) ? splitLayers(f, g) : fanOut(f as Diff<unknown, unknown>, g as Diff<unknown, unknown>)) as {
  <A, B, C>(f: Diff<A, B>, g: Diff<A, C>): Diff<A, Both<B, C>>
  <
    P,
    I extends Form,
    O extends Form,
    S extends readonly unknown[],
    Q,
    J extends Form,
    N extends Form,
    T extends readonly unknown[],
  >(
    f: Typed<P, I, O, S>,
    g: Fits<SameInput<I, J>, Typed<Q, J, N, T>>,
  ): LayerWith<[...Flat<P>, ...Flat<Q>], I, [O, N], [...S, ...T]>
}

type SameInput<I, J> =
  LeadingForm<I, J> extends readonly []
    ? true
    : LeadingForm<I, J> extends false
      ? `split: the branches take ${ShowForm<I>} and ${ShowForm<J>}`
      : true

// ------------------------------------------------------------------------------------------------------------------ skip

type Same<I, O> =
  LeadingForm<I, O> extends false
    ? `residual: the layer takes ${ShowForm<I>} but gives ${ShowForm<O>}, and x + f(x) needs both the same`
    : true

/** The skip connection x + f(x) (He et al., 2016). @throws ShapeError when the result is not of the input's shape */
export const residual = <P, I extends Form, O extends Form, S extends readonly unknown[]>(
  f: Typed<P, I, O, S> & Fits<Same<I, O>, unknown>,
): LayerWith<[...Flat<P>], I, I, S> => {
  const inner: AnyLayer = f
  if (inner.input !== null && inner.output !== null && !sameForm(inner.input, inner.output))
    throw new ShapeError({
      operation: 'residual',
      problem: `the layer takes ${showForm(inner.input)} but gives ${showForm(inner.output)}, and x + f(x) needs both the same`,
    })
  const layer: unknown = wrap(
    `residual(${stagesOf(inner.rope)
      .map((s) => s.name)
      .join(', ')})`,
    [inner],
    inner.input,
    (input) => input,
    (x) => `${x} + f(${x})`,
    (each, x) => {
      const [y, state] = (each[0] as (typeof each)[number])(x)
      return [add(x as Tensor, y as Tensor), state]
    },
  )
  return layer as LayerWith<[...Flat<P>], I, I, S>
}

// ------------------------------------------------------------------------------------------------------------ parameters

/**
 * The layer whose parameters are computed from others: parameters `Q`, one place, that `map` takes to those of `f`. Sharing
 * is a map that uses one part twice; derivatives with respect to `Q` then add up by themselves.
 *
 * @example
 * ```ts
 * import { relu } from 'lanac'
 * import { chain, dense, reparametrise } from 'lanac/nn'
 * import { key } from 'lanac/random'
 * const block = dense(3, 3)
 * const twice = reparametrise(chain(block, relu, block), {
 *   init: (k, options) => block.init(k, options)[0],
 *   map: (shared) => [shared, shared] as const,
 * })
 * assert.equal(twice.init(key(0)).length, 1)
 * ```
 */
export const reparametrise = <P, I extends Form, O extends Form, S extends readonly unknown[], Q>(
  f: Typed<P, I, O, S>,
  by: {
    readonly init: (key: Key, options: InitOptions & { readonly dtype: Float }) => Q
    readonly map: (q: Q) => Readonly<P>
  },
): LayerWith<[Q], I, O, S> => {
  const inner: AnyLayer = f
  const all = stagesOf(inner.rope)
  const stage: Stage = {
    name: `reparametrised(${all.map((s) => s.name).join(', ')})`,
    slots: 1,
    states: stateCount(inner),
    random: all.some((s) => s.random),
    input: inner.input,
    output: (input) => inner.output ?? input,
    init: (key, dtype) => [by.init(key, { dtype })],
    initState: (dtype) => all.flatMap((s) => s.initState(dtype)),
    run: (params, state, x, mode) => runLayer(inner, by.map(params[0] as Q), state, x, mode),
    equation: (x) => `f(${x})`,
  }
  const layer: unknown = fromRope(rope([stage]), inner.input, inner.output)
  return layer as LayerWith<[Q], I, O, S>
}
