/**
 * Layers: lens-like pairs (forward, vjp) over parameters.
 *
 *     forward : (P, A) → B          vjp : (P, A) → (B, Ḃ → (Ṗ, Ȧ))
 *
 * Parameters are one flat tuple in forward order, a place for each stage that has any; composition is `chain`, and it is
 * associative on the nose. A layer is typed by the shape of one example and applies under any leading batch shape.
 *
 * State (running statistics) and randomness (dropout) have their place: `S` is the flat tuple of states, empty for most
 * layers, and `train` threads it purely. A layer without state does not show it anywhere, in its type neither.
 *
 * Laws (checked in laws/layer): the pair is adjoint; it agrees with the derivative of `apply`; init is a function of its
 * key; a batch is the stack of its examples.
 */
import { TreeError } from '../core/error.js'
import type { Float, Shape, Tensor } from '../core/value.js'
import { foldIn, type Key } from '../random/index.js'
import { customVjp, vjp } from '../transform/index.js'
import { checkInput, type Form, type Gives, type Input } from './form.js'
import { type Mode, type Rope, rope, type Stage, stagesOf } from './stage.js'

// ---------------------------------------------------------------------------------------------------------------- model

declare const types: unique symbol

/** What a layer is made of, for the compiler alone. */
export interface Types<P, I, O, S> {
  readonly params: P
  readonly input: I
  readonly output: O
  readonly state: S
}

/** Options of initialisation: the element type of parameters, f32 unless named. */
export interface InitOptions {
  readonly dtype?: Float | undefined
}

/** Any layer, its types forgotten. */
export interface AnyLayer {
  readonly kind: 'layer'
  readonly rope: Rope
  /** Whether the parameters are those of a single stage, bare (named records). */
  readonly bare: boolean
  /** The form of one example; null when any fits. */
  readonly input: Form | null
  /** What it gives for one example of its own form; null when that depends on what it is given. */
  readonly output: Form | null
}

/** No state: the state of most layers. */
export type Stateless = []

/** States as arguments: none for a layer without state. */
type Given<S> = S extends readonly [] ? [] : [state: S]

/** A layer of which nothing but its types is asked. */
export interface Typed<P, I, O, S> extends AnyLayer {
  readonly [types]?: Types<P, I, O, S> | undefined
}

/** A layer from examples of form `I` to results of form `O`, with parameters `P` and state `S`. */
export interface StatefulLayer<P, I extends Form, O extends Form, S extends readonly unknown[]>
  extends Typed<P, I, O, S> {
  /** Fresh parameters: a function of the key. */
  readonly init: (key: Key, options?: InitOptions) => P
  /** Fresh state. */
  readonly initState: (options?: InitOptions) => S
  /** The function in use: `apply(params)(x)`. */
  readonly apply: (params: P, ...state: Given<S>) => <const X>(x: Input<I, X>) => Gives<I, O, X>
  /** Value and pullback: `const [y, pull] = vjp(params, x)`, `pull(cotangent)` is `[dParams, dx]`. */
  readonly vjp: <const X>(
    params: P,
    x: Input<I, X>,
    ...state: Given<S>
  ) => readonly [Gives<I, O, X>, (cotangent: Gives<I, O, X>) => readonly [P, X]]
  /** The function in training: statistics move, dropout drops; gives the result and the next state. */
  readonly train: (params: P, state: S, key: Key) => <const X>(x: Input<I, X>) => readonly [Gives<I, O, X>, S]
}

/** A layer from examples of form `I` to results of form `O`, with parameters `P`. */
export interface Layer<P, I extends Form, O extends Form> extends StatefulLayer<P, I, O, Stateless> {}

/** A layer with state `S`: one that does not show it when it has none. */
export type LayerWith<P, I extends Form, O extends Form, S extends readonly unknown[]> = S extends readonly []
  ? Layer<P, I, O>
  : StatefulLayer<P, I, O, S>

/** The parameters of a layer. */
export type ParamsOf<L> = L extends Typed<infer P, infer _I, infer _O, infer _S> ? P : never

// -------------------------------------------------------------------------------------------------------------- running

const USE: Mode = { training: false, key: null }

/** The parameters as a flat list. @throws TreeError when they are not this layer's */
const slotsOf = (layer: AnyLayer, stages: readonly Stage[], params: unknown): readonly unknown[] => {
  if (layer.bare) return [params]
  const count = stages.reduce((n, s) => n + s.slots, 0)
  if (Array.isArray(params) && params.length === count) return params
  throw new TreeError({
    operation: 'apply',
    problem: `the parameters of this layer are a list of ${count}, found ${Array.isArray(params) ? `a list of ${params.length}` : typeof params}`,
    hint: 'pass what init gave, or a tree of the same structure',
  })
}

interface Places {
  readonly params: readonly unknown[]
  readonly state: readonly unknown[]
}

/** Refuses a state of another length. @throws TreeError */
const checkState = (operation: string, count: number, state: readonly unknown[]): void => {
  if (!Array.isArray(state) || state.length !== count)
    throw new TreeError({
      operation,
      problem: `the state of this layer is a list of ${count}, found ${Array.isArray(state) ? `a list of ${state.length}` : typeof state}`,
      hint: 'pass what initState gave, or what the last run in training returned',
    })
}

/** A reader of flat parameters and states, stage by stage. */
const reader = (layer: AnyLayer, stages: readonly Stage[], params: unknown, state: readonly unknown[]) => {
  const all = slotsOf(layer, stages, params)
  checkState(
    'apply',
    stages.reduce((n, s) => n + s.states, 0),
    state,
  )
  let nextParam = 0
  let nextState = 0
  return (s: Stage): Places => {
    const p = all.slice(nextParam, nextParam + s.slots)
    const t = state.slice(nextState, nextState + s.states)
    nextParam += s.slots
    nextState += s.states
    return { params: p, state: t }
  }
}

/** Runs all stages. */
export const runLayer = (
  layer: AnyLayer,
  params: unknown,
  state: readonly unknown[],
  x: unknown,
  mode: Mode,
): readonly [unknown, readonly unknown[]] => {
  const stages = stagesOf(layer.rope)
  const read = reader(layer, stages, params, state)
  const states: unknown[] = []
  let value = x
  let drawn = 0
  stages.forEach((stage, i) => {
    const own = read(stage)
    if (stage.input !== null) checkInput(stage.name, stage.input, value, `stage ${i}`)
    const key = mode.key === null || !stage.random ? null : foldIn(mode.key, drawn++)
    const [y, after] = stage.run(own.params, own.state, value, { training: mode.training, key })
    checkState(stage.name, stage.states, after)
    value = y
    states.push(...after)
  })
  return [value, states]
}

/** The pullback of a layer: that of each stage, the last one first. This loop is the chain rule. */
const vjpLayer = (layer: AnyLayer, params: unknown, state: readonly unknown[], x: unknown) => {
  const stages = stagesOf(layer.rope)
  const read = reader(layer, stages, params, state)
  const pulls: ((dy: unknown) => readonly [readonly unknown[], unknown])[] = []
  let value = x
  stages.forEach((stage, i) => {
    const own = read(stage)
    if (stage.input !== null) checkInput(stage.name, stage.input, value, `stage ${i}`)
    const forward = (p: readonly unknown[], v: unknown): unknown => stage.run(p, own.state, v, USE)[0]
    const [y, pull] = vjp(forward as never, own.params, value) as unknown as readonly [
      unknown,
      (dy: unknown) => readonly [readonly unknown[], unknown],
    ]
    value = y
    pulls.push(pull)
  })
  const back = (cotangent: unknown): readonly [unknown, unknown] => {
    let dy = cotangent
    const parts: (readonly unknown[])[] = new Array(pulls.length)
    for (let i = pulls.length - 1; i >= 0; i--) {
      const [dp, dx] = (pulls[i] as (typeof pulls)[number])(dy)
      parts[i] = dp
      dy = dx
    }
    const flat = parts.flat(1)
    return [layer.bare ? flat[0] : flat, dy]
  }
  return [value, back] as const
}

/** Fresh parameters, flat: each stage draws from the key of its first place, so that stages without any change nothing. */
export const initStages = (stages: readonly Stage[], key: Key, dtype: Float): readonly unknown[] => {
  let place = 0
  return stages.flatMap((s) => {
    if (s.slots === 0) return []
    const own = s.init(foldIn(key, place), dtype)
    place += s.slots
    return own
  })
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A layer of the stages of a rope. */
export const fromRope = <P, I extends Form, O extends Form, S extends readonly unknown[]>(
  r: Rope,
  input: Form | null,
  output: Form | null,
  bare = false,
): LayerWith<P, I, O, S> => {
  const any: AnyLayer = { kind: 'layer', rope: r, bare, input, output }
  const made: StatefulLayer<P, I, O, S> = {
    ...any,
    init: (key, options = {}) => {
      const flat = initStages(stagesOf(r), key, options.dtype ?? 'f32')
      return (bare ? flat[0] : flat) as P
    },
    initState: (options = {}) => stagesOf(r).flatMap((s) => s.initState(options.dtype ?? 'f32')) as unknown as S,
    apply:
      (params, ...state) =>
      (x) =>
        runLayer(any, params, (state[0] as S | undefined) ?? [], x, USE)[0] as never,
    vjp: (params, x, ...state) => vjpLayer(any, params, (state[0] as S | undefined) ?? [], x) as never,
    train: (params, state, key) => (x) => runLayer(any, params, state, x, { training: true, key }) as never,
  }
  return made as LayerWith<P, I, O, S>
}

/** Whether something is a layer. */
export const isLayer = (x: unknown): x is AnyLayer =>
  typeof x === 'object' && x !== null && (x as { readonly kind?: unknown }).kind === 'layer' && 'rope' in x

/** What a layer of one's own states: its name, forms, parameters, and what it does. */
export interface LayerSpec<P, I extends Form, O extends Form> {
  readonly name: string
  /** The form of one example in and out; null where any fits, which is then kept. */
  readonly input: I | null
  readonly output: O | null
  readonly init: (key: Key, options: { readonly dtype: Float }) => P
  /** The equation of the result, given names of its input and of its parameters (for summaries). */
  readonly equation?: (x: string, number: string) => string
}

/** Forward as a function; its derivative is derived. */
export interface Derived<P> {
  readonly apply: (params: P, x: Tensor) => Tensor
}

/**
 * Forward and backward as a pair, written by hand: `forward` returns the result and the residuals that `backward` needs,
 * `backward` takes them and a cotangent of the result to cotangents of parameters and input.
 */
export interface Pair<P, R> {
  readonly forward: (params: P, x: Tensor) => readonly [Tensor, R]
  readonly backward: (residuals: R, cotangent: Tensor) => readonly [P, Tensor]
}

const unnamed = (name: string) => (x: string) => `${name}(${x})`

/** The form given for an example: what the layer states, or what comes in where any fits. */
const outputOf =
  (output: Form | null) =>
  (input: Form | null): Form | null =>
    output ?? input

/** A layer of one stage with parameters, from what it does in each run. */
export const fromRun = <P, I extends Form, O extends Form, S extends readonly unknown[] = Stateless>(
  spec: LayerSpec<P, I, O> & {
    readonly states?: (dtype: Float) => S
    readonly random?: boolean
    readonly run: (params: P, state: S, x: Tensor, mode: Mode) => readonly [Tensor, S]
  },
): LayerWith<[P], I, O, S> => {
  const initState = spec.states ?? (() => [] as unknown as S)
  return fromRope(
    rope([
      {
        name: spec.name,
        slots: 1,
        states: initState('f32').length,
        random: spec.random === true,
        input: spec.input,
        output: outputOf(spec.output),
        init: (key, dtype) => [spec.init(key, { dtype })],
        initState,
        run: (params, state, x, mode) => spec.run(params[0] as P, state as S, x as Tensor, mode),
        equation: spec.equation ?? unnamed(spec.name),
      },
    ]),
    spec.input,
    spec.output,
  )
}

/**
 * A layer of one's own: its forward function, or a (forward, backward) pair written by hand.
 *
 * A pair takes the place of the derived derivative everywhere (`grad`, `vjp`, in a chain); `Laws.layer` holds it to being
 * the derivative.
 *
 * @example
 * ```ts
 * import * as Lens from 'lanac/lens'
 * import { item, mul, scalar, sum, tensor, toArray } from 'lanac'
 * import type { Tensor } from 'lanac'
 * import { key } from 'lanac/random'
 * const scale = Lens.layer({
 *   name: 'scale',
 *   input: [2],
 *   output: [2],
 *   init: (_key, { dtype }) => scalar(3, { dtype }),
 *   forward: (s: Tensor, x: Tensor) => [mul(s, x), [s, x] as const],
 *   backward: ([s, x], dy) => [sum(mul(dy, x)), mul(s, dy)],
 * })
 * const params = scale.init(key(0), { dtype: 'f64' })
 * const [y, pull] = scale.vjp(params, tensor([1, 2]))
 * assert.deepStrictEqual(toArray(y), [3, 6])
 * const [[ds], dx] = pull(tensor([1, 1]))
 * assert.equal(item(ds), 3)
 * assert.deepStrictEqual(toArray(dx), [3, 3])
 * ```
 */
export const layer = <P, const I extends Form, const O extends Form, R = never>(
  spec: LayerSpec<P, I, O> & (Derived<P> | Pair<P, R>),
): Layer<[P], Writable<I>, Writable<O>> => {
  const forward =
    'apply' in spec
      ? spec.apply
      : (customVjp as unknown as Custom<P, R>)((p, x) => spec.forward(p, x)[0], spec.forward, spec.backward)
  const made: unknown = fromRun<P, Shape, Shape>({
    ...(spec as LayerSpec<P, Shape, Shape>),
    run: (params, state, x) => [forward(params, x), state],
  })
  return made as Layer<[P], Writable<I>, Writable<O>>
}

/** A shape as its author would write it: `[2]` for `readonly [2]`. */
export type Writable<F> = F extends Shape ? [...F] : F extends readonly Form[] ? [...F] : Shape

type Custom<P, R> = (
  f: (p: P, x: Tensor) => Tensor,
  forward: Pair<P, R>['forward'],
  backward: Pair<P, R>['backward'],
) => (p: P, x: Tensor) => Tensor

/** A layer without parameters, from a function that keeps every shape or has one form. */
export const fromFunction = <I extends Form, O extends Form>(
  name: string,
  f: (x: Tensor) => Tensor,
  input: I | null,
  output: O | null,
): Layer<[], I, O> => fromRope(rope([functionStage(name, f, input, output)]), input, output)

/** A stage without parameters. */
export const functionStage = (
  name: string,
  f: (x: Tensor) => Tensor,
  input: Form | null,
  output: Form | null,
): Stage => ({
  name,
  slots: 0,
  states: 0,
  random: false,
  input,
  output: outputOf(output),
  init: () => [],
  initState: () => [],
  run: (_, state, x) => [f(x as Tensor), state],
  equation: unnamed(name),
})
