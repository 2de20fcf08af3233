/**
 * Chains: layers one after the other. Parameters and states are concatenated, never nested, so that composition is
 * associative on the nose, on the parameter tree too.
 */
import { ShapeError, TreeError } from '../core/error.js'
import type { Shape, Tensor } from '../core/value.js'
import type { AlongLater, KeepsShape, Pointwise } from '../ops/index.js'
import type { Fits } from '../tensor/static.js'
import { type Form, type LeadingForm, leading, type ShowForm, showForm, type Under, under } from './form.js'
import {
  type AnyLayer,
  fromRope,
  functionStage,
  isLayer,
  type Layer,
  type LayerWith,
  runLayer,
  type Stateless,
  type Typed,
  type Types,
} from './layer.js'
import { join, type Rope, rope, type Stage, stagesOf } from './stage.js'

// --------------------------------------------------------------------------------------------------------- compile time

/** A step of a chain: a layer, or an operation that keeps every shape (`relu`, `softmax`). */
export type Step = AnyLayer | Pointwise | KeepsShape

type TypesIn<L> = L extends Typed<infer P, infer I, infer O, infer S> ? Types<P, I, O, S> : never

/** The places that parameters take among a chain's: a flat tuple its own, anything else one. */
type Places<P> = P extends readonly unknown[] ? P : readonly [P]

/** The form after a step. */
type After<F, I, O> = LeadingForm<F, I> extends infer B ? (B extends Shape ? Under<B, O> : O) : O

type Link<F, I> =
  LeadingForm<F, I> extends Shape ? true : `this layer takes ${ShowForm<I>} but the one before gives ${ShowForm<F>}`

/** Whether an operation along a named axis counts it from the end, as it has to under any batch shape; or a sentence. */
type FromTheEnd<L> =
  L extends AlongLater<infer Name, infer Ax, infer _D>
    ? Ax extends number
      ? `${Ax}` extends `-${string}`
        ? true
        : number extends Ax
          ? true
          : `${Name}: under a batch shape axis ${Ax} is another one; count from the end, like axis -1`
      : true
    : true

/** No layer so far: what comes in is not known yet. */
interface Open {
  readonly open: true
}

/** One tail-recursive pass. Accumulators are parameters of their own, so that each is evaluated at once. */
type Walk<
  Ls,
  I,
  O,
  P extends readonly unknown[],
  S extends readonly unknown[],
  K extends readonly unknown[],
> = Ls extends readonly [infer L, ...infer R]
  ? L extends AnyLayer
    ? TypesIn<L> extends Types<infer LP, infer LI, infer LO, infer LS extends readonly unknown[]>
      ? O extends Open
        ? Walk<R, LI, LO, [...P, ...Places<LP>], [...S, ...LS], [...K, true]>
        : Walk<R, I, After<O, LI, LO>, [...P, ...Places<LP>], [...S, ...LS], [...K, Link<O, LI>]>
      : Walk<R, Shape, Shape, [...P, ...unknown[]], S, [...K, true]>
    : Walk<R, I, O, P, S, [...K, FromTheEnd<L>]>
  : { readonly in: I; readonly out: O; readonly params: P; readonly state: S; readonly links: K }

/** The state of steps in an order unknown to the compiler: none when none of them has any. */
type StateOfSome<L> = (
  L extends AnyLayer
    ? L extends Typed<infer _P, infer _I, infer _O, infer S>
      ? S
      : readonly unknown[]
    : Stateless
) extends readonly []
  ? Stateless
  : readonly unknown[]

type Start<Ls extends readonly Step[]> = number extends Ls['length']
  ? {
      readonly in: Shape
      readonly out: Shape
      readonly params: readonly unknown[]
      readonly state: StateOfSome<Ls[number]>
      readonly links: readonly []
    }
  : Walk<Ls, Open, Open, [], [], []>

/** Every step, with a sentence in the place of one that does not follow the one before it. */
type Checked<Ls extends readonly unknown[], K> = { [i in keyof Ls]: i extends keyof K ? Fits<K[i], Ls[i]> : Ls[i] }

type Closed<F> = F extends Open ? Shape : Extract<F, Form>

type Chained<W> = W extends {
  readonly in: infer I
  readonly out: infer O
  readonly params: infer P
  readonly state: infer S extends readonly unknown[]
}
  ? LayerWith<P, Closed<I>, Closed<O>, S>
  : never

/** The parameters of a step among named ones: bare when there is one place. */
type Named<L> = L extends AnyLayer
  ? TypesIn<L> extends Types<infer P, infer _I, infer _O, infer _S>
    ? P extends readonly [infer Only]
      ? Only
      : P
    : unknown
  : never

type HasParams<L> = L extends AnyLayer
  ? TypesIn<L> extends Types<infer P, infer _I, infer _O, infer _S>
    ? P extends readonly []
      ? false
      : true
    : true
  : false

type NamedParams<R> = {
  readonly [K in keyof R as HasParams<R[K]> extends true ? K : never]: Named<R[K]>
}

// ------------------------------------------------------------------------------------------------------------- run time

interface Part {
  readonly rope: Rope
  readonly input: Form | null
  readonly output: Form | null
}

const part = (x: unknown, i: number): Part => {
  if (isLayer(x)) return x
  if (typeof x === 'function') {
    const name = (x as Partial<Pointwise>).pointwise ?? (x as Partial<KeepsShape>).along ?? x.name
    return {
      rope: rope([functionStage(name === '' ? 'function' : name, x as (v: Tensor) => Tensor, null, null)]),
      input: null,
      output: null,
    }
  }
  throw new TreeError({
    operation: 'chain',
    problem: `step ${i} is neither a layer nor a function`,
    hint: 'a chain takes layers (dense(2, 5)) and operations that keep shapes (relu)',
  })
}

/** Forms of a chain of parts. @throws ShapeError for a step that does not follow the one before it */
const forms = (parts: readonly Part[]): { readonly input: Form | null; readonly output: Form | null } => {
  let input: Form | null = null
  let form: Form | null = null
  parts.forEach((p, i) => {
    if (p.input === null) return
    if (form === null) {
      input = p.input
      form = p.output
      return
    }
    const batch = leading(form, p.input)
    if (batch === null)
      throw new ShapeError({
        operation: 'chain',
        problem: `step ${i}: this layer takes ${showForm(p.input)} but the one before gives ${showForm(form)}`,
      })
    form = p.output === null ? null : under(batch, p.output)
  })
  return { input, output: form }
}

const joined = (parts: readonly Part[]): AnyLayer => {
  const { input, output } = forms(parts)
  return fromRope(join(parts.map((p) => p.rope)), input, output)
}

/** The steps of a record as one layer whose parameters are a record. */
const named = (steps: Readonly<Record<string, unknown>>): AnyLayer => {
  const keys = Object.keys(steps)
  const parts = keys.map((k, i) => {
    const x = steps[k]
    return isLayer(x) ? x : fromRope(part(x, i).rope, null, null)
  })
  const stages = parts.map((p) => stagesOf(p.rope))
  const counts = stages.map((list) => list.reduce((n, s) => n + s.slots, 0))
  const whole = joined(parts)
  const all = stagesOf(whole.rope)
  const pack = (flat: readonly unknown[]): unknown => {
    let at = 0
    return Object.fromEntries(
      keys.flatMap((k, i) => {
        const own = flat.slice(at, at + (counts[i] as number))
        at += own.length
        return own.length === 0 ? [] : [[k, own.length === 1 ? own[0] : own]]
      }),
    )
  }
  const unpack = (record: unknown): readonly unknown[] =>
    keys.flatMap((k, i) => {
      if (counts[i] === 0) return []
      const own = (record as Readonly<Record<string, unknown>> | null)?.[k]
      if (own === undefined)
        throw new TreeError({ operation: 'chain', problem: `the parameters have no ${k}`, path: k })
      return counts[i] === 1 ? [own] : (own as readonly unknown[])
    })
  const stage: Stage = {
    name: `{ ${keys.join(', ')} }`,
    slots: 1,
    states: all.reduce((n, s) => n + s.states, 0),
    random: all.some((s) => s.random),
    input: whole.input,
    output: (input) => whole.output ?? input,
    init: (key, dtype) => [pack((whole as Layer<readonly unknown[], Shape, Shape>).init(key, { dtype }))],
    initState: (dtype) => all.flatMap((s) => s.initState(dtype)),
    run: (params, state, x, mode) => runLayer(whole, unpack(params[0]), state, x, mode),
    equation: (x) => `f(${x})`,
  }
  return fromRope(rope([stage]), whole.input, whole.output, true)
}

// ---------------------------------------------------------------------------------------------------------- combinators

/**
 * Layers one after the other: `chain(dense(784, 128), relu, dense(128, 10))`, or by name: `chain({ hidden, act, out })`.
 *
 * Parameters are a flat tuple in forward order (a record for named steps); steps without parameters take no place.
 * A step that does not follow the one before it is a compile error that says so, and so is an axis counted from the
 * front, where the batch stands.
 *
 * @throws ShapeError where the compiler could not see it
 * @example
 * ```ts
 * import { relu } from 'lanac'
 * import { chain, dense } from 'lanac/nn'
 * import { key } from 'lanac/random'
 * const model = chain(dense(2, 5), relu, dense(5, 1))
 * const params = model.init(key(0))
 * assert.deepStrictEqual(params.map((p) => p.w.shape), [[2, 5], [5, 1]])
 * const byName = chain({ hidden: dense(2, 5), act: relu, out: dense(5, 1) })
 * assert.deepStrictEqual(byName.init(key(0)).out.b.shape, [1])
 * ```
 */
export const chain = ((...steps: readonly unknown[]): AnyLayer => {
  const only = steps[0]
  if (steps.length === 1 && typeof only === 'object' && only !== null && !isLayer(only) && !Array.isArray(only))
    return named(only as Readonly<Record<string, unknown>>)
  return joined(steps.map(part))
}) as unknown as Chain

/** The call signatures of `chain`. */
export interface Chain {
  <R extends Readonly<Record<string, Step>> & { readonly kind?: never }>(
    steps: R,
  ): LayerWith<NamedParams<R>, Shape, Shape, StateOfSome<R[keyof R]>>
  <Ls extends readonly Step[]>(...steps: Checked<Ls, Start<Ls>['links']>): Chained<Start<Ls>>
}

/** A step that waits for the one before it. */
export interface Next<N extends Step> {
  <L extends Step>(previous: Follows<L, N>): Chained<Start<readonly [L, N]>>
}

/** A step that `N` follows, or a sentence. */
type Follows<L extends Step, N extends Step> = Fits<
  Start<readonly [L, N]>['links'] extends readonly [unknown, infer K] ? K : never,
  L
>

/**
 * `next` after a layer, data-last: `pipe(dense(2, 5), andThen(dense(5, 10)))`. (A `then` would turn the module, or a
 * layer, into something that `await` takes for a promise.)
 *
 * @throws ShapeError where the compiler could not see that it does not follow
 */
export const andThen = <N extends Step>(next: N): Next<N> =>
  ((previous: unknown) => joined([part(previous, 0), part(next, 1)])) as unknown as Next<N>
