/** Call signatures of control flow: the carry keeps its type, branches agree, rows lose an axis and stacks get one. */
import type { None, Some } from 'fp-ts/lib/Option.js'
import type { ShapeError } from '../core/error.js'
import type { brand, Holding, Shape, Tensor } from '../core/value.js'
import type {
  Adapted,
  AgreeShape,
  Box,
  DropAxis,
  DTypeOf,
  Fits,
  Result,
  ShapeOf,
  Show,
  SizeAt,
  Static,
} from '../tensor/static.js'
import type { Arguments, Traced, Value } from './signatures-tree.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Leaf = { readonly [brand]: Holding }
type Anything = (...args: never[]) => unknown
type Still = None | Anything | string | boolean | null | undefined

type Inner<T> = T extends readonly unknown[] ? T[number] : T[keyof T]

/** How often a scan runs (absent: the size of the xs along their first axis), and whether from the last to the first. */
export interface ScanOptions<N extends number = number> {
  readonly length?: N | undefined
  readonly reverse?: boolean | undefined
}

// ------------------------------------------------------------------------------------------------------------- agreeing

/** A sentence for each pair of leaves at one place whose shapes differ. */
type Differences<A, B> = A extends number | Leaf
  ? B extends number | Leaf
    ? AgreeShape<ShapeOf<A>, ShapeOf<B>> extends false
      ? `${Show<ShapeOf<A>>} and ${Show<ShapeOf<B>>}`
      : never
    : never
  : A extends Still
    ? never
    : A extends object
      ? B extends object
        ? Inner<{ [K in keyof A]: K extends keyof B ? Differences<A[K], B[K]> : never }>
        : never
      : never

/** `unknown` where two trees may have the same shapes; a sentence otherwise. */
type Same<Says extends string, A, B> = unknown extends A | B
  ? unknown
  : [Differences<A, B>] extends [never]
    ? unknown
    : ShapeError<`${Says} ${Differences<A, B> & string}`>

// ----------------------------------------------------------------------------------------------------------------- cond

type Truth<P> = [DTypeOf<P>] extends ['bool']
  ? AgreeShape<ShapeOf<P>, []> extends false
    ? `cond: the predicate has to be one truth value, found shape ${Show<ShapeOf<P>>}`
    : []
  : 'bool' extends DTypeOf<P>
    ? []
    : `cond: the predicate has to be bool, found ${Adapted<DTypeOf<P>>} of shape ${Show<ShapeOf<P>>}`

/** `cond(predicate, onTrue, onFalse, ...operands)`. */
export interface Cond {
  <P extends Tensor | boolean, A extends Arguments, R, Q>(
    predicate: P extends boolean ? P : Fits<Truth<P>, P>,
    onTrue: (...operands: NoInfer<Traced<A>>) => R,
    onFalse: ((...operands: NoInfer<Traced<A>>) => Q) & Same<'cond: the branches return', NoInfer<R>, NoInfer<Q>>,
    ...operands: A
  ): Value<R>
}

// ----------------------------------------------------------------------------------------------------------------- scan

/** One step's part of stacks. */
type Row<T> = T extends number | Leaf
  ? Result<Static<ShapeOf<T>> extends true ? DropAxis<ShapeOf<T>, 0> : Shape, Adapted<DTypeOf<T>>>
  : T extends Still
    ? T
    : T extends Some<infer A>
      ? Some<Row<A>>
      : T extends object
        ? { [K in keyof T]: Row<T[K]> }
        : T

/** What steps return, stacked. */
type Stack<T, N extends number> = T extends number
  ? Tensor<[N], 'f64'>
  : T extends Leaf
    ? Result<Static<ShapeOf<T>> extends true ? [N, ...ShapeOf<T>] : Shape, Adapted<DTypeOf<T>>>
    : T extends Still
      ? T
      : T extends Some<infer A>
        ? Some<Stack<A, N>>
        : T extends object
          ? { [K in keyof T]: Stack<T[K], N> }
          : T

/** The sizes of all leaves along their first axis. */
type Leading<T> = T extends number | Leaf
  ? Box<ShapeOf<T>> extends Box<infer S extends Shape>
    ? Static<S> extends true
      ? SizeAt<S, 0>
      : number
    : number
  : T extends Still
    ? never
    : T extends object
      ? Inner<{ [K in keyof T]: Leading<T[K]> }>
      : never

type Steps<X, N extends number> = [Leading<X>] extends [never] ? N : Extract<Leading<X>, number>

/** `scan((carry, x) => [carry, y], carry, xs)`. */
export interface Scan {
  <C, X, R, Y, const N extends number = number>(
    f: ((carry: NoInfer<Value<C>>, x: NoInfer<Row<X>>) => readonly [R, Y]) &
      Same<'scan: the carry goes in and comes out as', NoInfer<Value<C>>, NoInfer<R>>,
    carry: C,
    xs: X,
    options?: ScanOptions<N>,
  ): readonly [Value<C>, Stack<Y, Steps<X, N>>]
}

// ----------------------------------------------------------------------------------------------------------------- fori

/** `fori(from, to, (i, carry) => carry, carry)`. */
export interface Fori {
  <C, R>(
    from: number | Tensor,
    to: number | Tensor,
    body: ((i: Tensor<[], 'i32'>, carry: NoInfer<Value<C>>) => R) &
      Same<'fori: the carry goes in and comes out as', NoInfer<Value<C>>, NoInfer<R>>,
    carry: C,
  ): Value<C>
}
