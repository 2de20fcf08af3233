/**
 * The tape monad: computations that write a tape and accumulate on it, over a private session that a runner owns.
 *
 * It does the two honest jobs of reverse mode: naming slots, so that what is shared is written at most once (a pure
 * graph cannot observe its sharing), and collecting cotangents. The phantom `S` keeps references inside their session.
 *
 * Laws (checked in laws/tape): left identity, right identity, associativity; `chainRec` is stack-safe; `recordM` and
 * `leftM` agree with the loops of `record` and `left`, and with a specification in fp-ts `State`.
 */
import { bind as bind_, type Chain2 } from 'fp-ts/lib/Chain.js'
import type { ChainRec2 } from 'fp-ts/lib/ChainRec.js'
import { type Either, isLeft, left as leftOf, right as rightOf } from 'fp-ts/lib/Either.js'
import { bindTo as bindTo_, type Functor2, let as let_ } from 'fp-ts/lib/Functor.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Monad2 } from 'fp-ts/lib/Monad.js'
import type { Abstract, Tensor } from '../core/value.js'
import type { AnySingle, Primitive } from '../primitive/record.js'
import type { Backwards } from './fold.js'
import { isNode, type Node } from './node.js'
import { entryCount, type Program, Writer } from './program.js'
import type { Scope } from './scope.js'

// ---------------------------------------------------------------------------------------------------------------- model

declare const session: unique symbol

/** A reference to a slot or constant of the session's tape. */
export type Ref<S> = number & { readonly [session]?: (s: S) => S }

/** What a computation writes to; only a runner makes one. */
export interface Session<S> {
  readonly [session]?: (s: S) => S
  readonly writer: Writer
  readonly slots: Map<object, Ref<S>>
  readonly reached: Map<number, unknown>
}

/** A computation of an `A` that may write to the tape of its session. */
export type Tape<S, A> = (s: Session<S>) => A

const fresh = <S>(): Session<S> => ({ writer: new Writer(), slots: new Map(), reached: new Map() })

// --------------------------------------------------------------------------------------------------------- constructors

/** A value, nothing written. */
export const of =
  <S, A>(a: A): Tape<S, A> =>
  () =>
    a

/** Writes an input. */
export const input =
  <S>(a: Abstract): Tape<S, Ref<S>> =>
  (s) =>
    s.writer.input(a)

/** Writes a constant. */
export const constant =
  <S>(v: Tensor): Tape<S, Ref<S>> =>
  (s) =>
    s.writer.constant(v)

/** Writes an entry of a primitive with one result. */
export const emit =
  (primitive: AnySingle, params: unknown) =>
  <S>(...args: readonly Ref<S>[]): Tape<S, Ref<S>> =>
  (s) => {
    const result = primitive.abstract(
      params as never,
      args.map((r) => s.writer.abstractOf(r)),
    )
    return s.writer.entry(primitive, params, args, [{ shape: result.shape, dtype: result.dtype, weak: false }])
  }

/** The reference that stands for a value (or for the first result of an application), once it has one. */
export const lookup =
  <S>(v: object): Tape<S, Ref<S> | undefined> =>
  (s) =>
    s.slots.get(v)

/** Lets a reference stand for a value from now on. */
export const assign =
  <S>(v: object, ref: Ref<S>): Tape<S, Ref<S>> =>
  (s) => {
    s.slots.set(v, ref)
    return ref
  }

/** Adds to what has reached a reference. */
export const contribute =
  <S, A>(ref: Ref<S>, x: A | null, concat: (x: A, y: A) => A): Tape<S, void> =>
  (s) => {
    if (ref < 0 || x === null) return
    const before = s.reached.get(ref)
    s.reached.set(ref, before === undefined ? x : concat(before as A, x))
  }

/** What has reached a reference, taken away. */
export const collect =
  <S, A>(ref: Ref<S>): Tape<S, A | null> =>
  (s) => {
    const x = s.reached.get(ref)
    s.reached.delete(ref)
    return x === undefined ? null : (x as A)
  }

// ---------------------------------------------------------------------------------------------------------- combinators

/** Applies a function to what is computed. */
export const map =
  <A, B>(f: (a: A) => B) =>
  <S>(m: Tape<S, A>): Tape<S, B> =>
  (s) =>
    f(m(s))

/** Does one computation, then the one it decides on. */
export const flatMap =
  <S, A, B>(f: (a: A) => Tape<S, B>) =>
  (m: Tape<S, A>): Tape<S, B> =>
  (s) =>
    f(m(s))(s)

/** Repeats while the step says left, without using the stack. */
export const chainRec =
  <S, A, B>(a: A, f: (a: A) => Tape<S, Either<A, B>>): Tape<S, B> =>
  (s) => {
    let e = f(a)(s)
    while (isLeft(e)) e = f(e.left)(s)
    return e.right
  }

/** Does a computation for each element, in order. */
export const traverse =
  <S, A, B>(f: (a: A) => Tape<S, B>) =>
  (as: readonly A[]): Tape<S, readonly B[]> =>
  (s) =>
    as.map((a) => f(a)(s))

// ------------------------------------------------------------------------------------------------------------- instances

/** The name of `Tape` among fp-ts's kinds. */
export const URI = 'lanac/Tape'
/** The name of `Tape` among fp-ts's kinds. */
export type URI = typeof URI

declare module 'fp-ts/HKT' {
  interface URItoKind2<E, A> {
    readonly [URI]: Tape<E, A>
  }
}

/** What is computed can be mapped. */
export const Functor: Functor2<URI> = { URI, map: (m, f) => map(f)(m) }

/** Computations in sequence; the first writes first. */
export const Chain: Chain2<URI> = {
  ...Functor,
  ap: (mf, ma) => (s) => mf(s)(ma(s)),
  chain: (m, f) => flatMap(f)(m),
}

/** Computations in sequence, and one that writes nothing. */
export const Monad: Monad2<URI> = { ...Chain, of }

/** Repetition that does not use the stack. */
export const ChainRec: ChainRec2<URI> = { ...Chain, chainRec }

/**
 * The start of a do block; the session's type is named where a computation starts.
 *
 * @example
 * ```ts
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { item, tensor } from 'lanac'
 * import * as Tape from 'lanac/tape'
 * import { table } from 'lanac/laws'
 * const plusTwo = Tape.runTape(<S>() =>
 *   pipe(
 *     Tape.Do,
 *     Tape.bind('x', () => Tape.input<S>({ shape: [], dtype: 'f64', weak: false })),
 *     Tape.bind('two', () => Tape.constant<S>(tensor(2))),
 *     Tape.bind('y', ({ x, two }) => Tape.emit(table.add, null)(x, two)),
 *     Tape.map(({ y }) => [y]),
 *   ),
 * )
 * assert.equal(item(Tape.run(plusTwo)(3)[0]!), 5)
 * ```
 */
export const Do: <S>(s: Session<S>) => Readonly<Record<never, never>> = of({})

/** Names what is computed: the first name of a do block. */
export const bindTo = bindTo_(Functor)
/** Does a computation in a do block, and names what it computes. */
export const bind = bind_(Chain)
/** Names a value in a do block. */
const letTo = let_(Functor)

export { letTo as let }

// -------------------------------------------------------------------------------------------------------------- running

/** Runs a computation and gives the tape it wrote; its session is made here and goes nowhere else. */
export const runTape = (f: <S>() => Tape<S, readonly Ref<S>[]>): Program => {
  const s = fresh<unknown>()
  return s.writer.finish(f<unknown>()(s))
}

/** Runs a computation for its value, on a tape that is thrown away. */
export const evalTape = <A>(f: <S>() => Tape<S, A>): A => f<unknown>()(fresh<unknown>())

type List<A> = { readonly head: A; readonly tail: List<A> } | null

const push = <A>(items: readonly A[], list: List<A>): List<A> =>
  items.reduceRight<List<A>>((tail, head) => ({ head, tail }), list)

const entryOf =
  <S>(node: Node, args: readonly Ref<S>[]): Tape<S, Ref<S>> =>
  (s) =>
    node.application === null
      ? s.writer.entry(node.primitive as Primitive, node.params, args, [node])
      : s.writer.entry(
          node.application.primitive,
          node.application.params,
          args,
          node.application.results.map(({ shape, dtype }) => ({ shape, dtype, weak: false })),
        )

/** Writes the entry of a node, once for all results of an application; the node stands for its own result. */
const writeNode = <S>(node: Node): Tape<S, Ref<S>> => {
  const entry: object = node.application ?? node
  const place = node.application === null ? 0 : (node.params as number)
  return pipe(
    lookup<S>(entry),
    flatMap((known) =>
      known !== undefined
        ? of<S, Ref<S>>(known)
        : pipe(
            traverse<S, Tensor, Ref<S>>((a) => map((r: Ref<S> | undefined) => r as Ref<S>)(lookup<S>(a)))(node.args),
            flatMap((args) => entryOf<S>(node, args)),
            flatMap((ref) => assign<S>(entry, ref)),
          ),
    ),
    flatMap((ref) => assign<S>(node, (ref + place) as Ref<S>)),
  )
}

/** One step of recording: the head of the list is written, or what it needs is put before it. */
const step =
  (scope: Scope) =>
  <S>(todo: List<Tensor>): Tape<S, Either<List<Tensor>, void>> => {
    if (todo === null) return of(rightOf(undefined))
    const x = todo.head
    return pipe(
      lookup<S>(x),
      flatMap((seen): Tape<S, Either<List<Tensor>, void>> => {
        if (seen !== undefined) return of(leftOf(todo.tail))
        const next = map((): Either<List<Tensor>, void> => leftOf(todo.tail))
        if (!isNode(x) || !x.scopes.includes(scope))
          return pipe(
            constant<S>(x),
            flatMap((ref) => assign<S>(x, ref)),
            next,
          )
        return pipe(
          traverse<S, Tensor, Ref<S> | undefined>(lookup)(x.args),
          flatMap((refs): Tape<S, Either<List<Tensor>, void>> => {
            const missing = x.args.filter((_, i) => refs[i] === undefined)
            return missing.length > 0 ? of(leftOf(push(missing, todo))) : next(writeNode<S>(x))
          }),
        )
      }),
    )
  }

/** `record` as a program of this monad. */
export const recordM =
  (outs: readonly Tensor[], ins: readonly Node[], scope: Scope) =>
  <S>(): Tape<S, readonly Ref<S>[]> =>
    pipe(
      traverse<S, Node, Ref<S>>((v) =>
        pipe(
          input<S>(v),
          flatMap((ref) => assign<S>(v, ref)),
        ),
      )(ins),
      flatMap(() => chainRec<S, List<Tensor>, void>(push(outs, null), step(scope))),
      flatMap(() =>
        traverse<S, Tensor, Ref<S>>((o) => map((r: Ref<S> | undefined) => r as Ref<S>)(lookup<S>(o)))(outs),
      ),
    )

/** `left` as a program of this monad. */
export const leftM =
  <A>(p: Program, seeds: readonly (A | null)[], concat: (x: A, y: A) => A, back: Backwards<A>) =>
  <S>(): Tape<S, readonly (A | null)[]> => {
    const slotsOf = (k: number): readonly number[] =>
      Array.from({ length: (p.first[k + 1] as number) - (p.first[k] as number) }, (_, i) => (p.first[k] as number) + i)
    const entry = (k: number): Tape<S, Either<number, void>> =>
      k < 0
        ? of(rightOf(undefined))
        : pipe(
            traverse<S, number, A | null>((slot) => collect(slot))(slotsOf(k)),
            flatMap(
              (results): Tape<S, readonly unknown[]> =>
                results.every((r) => r === null)
                  ? of<S, readonly unknown[]>([])
                  : traverse<S, readonly [number, A | null], void>(([ref, x]) => contribute(ref, x, concat))(
                      back(k, results).map((x, i) => [p.refs[(p.start[k] as number) + i] as number, x] as const),
                    ),
            ),
            map((): Either<number, void> => leftOf(k - 1)),
          )
    return pipe(
      traverse<S, readonly [number, A | null], void>(([ref, x]) => contribute(ref, x, concat))(
        p.outputs.map((ref, i) => [ref, seeds[i] ?? null] as const),
      ),
      flatMap(() => chainRec<S, number, void>(entryCount(p) - 1, entry)),
      flatMap(() => traverse<S, number, A | null>((slot) => collect(slot))(p.inputs.map((_, i) => i))),
    )
  }
