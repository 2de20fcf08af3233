/** Axes of shapes: reducing, permuting, inserting, removing and joining them. A shape, or a sentence. */
import type { Shape } from '../core/value.js'
import type { Add, Product } from './static-decimal.js'
import type { Agree, AgreeShape, Box, Known, Show, ShowSize, Static } from './static-size.js'

// -------------------------------------------------------------------------------------------------------------- model

/** One axis, or several; negative ones count from the end. */
export type Axes = number | readonly number[]

/** The key of axis `-M`, found by taking `M` axes from the end. */
type FromEnd<S extends Shape, M extends string, Taken extends readonly unknown[] = []> = `${Taken['length']}` extends M
  ? `${S['length']}`
  : S extends readonly [...infer T extends Shape, number]
    ? FromEnd<T, M, [...Taken, 0]>
    : never

/** The key of an axis, counted from the front; `never` when it is out of range. */
export type AxisKey<S extends Shape, Ax extends number> = Ax extends number
  ? `${Ax}` extends `-${infer M}`
    ? FromEnd<S, M>
    : `${Ax}` extends keyof S
      ? `${Ax}`
      : never
  : never

type OutOfRange<
  Name extends string,
  S extends Shape,
  Ax extends number,
> = `${Name}: axis ${Ax} is out of range for shape ${Show<S>}`

/** The keys of a list of axes, or the first axis that is out of range, or the first that is named twice. */
type AxisKeys<
  Name extends string,
  S extends Shape,
  Ax extends readonly number[],
  Out extends string = never,
> = Ax extends readonly [infer H extends number, ...infer T extends readonly number[]]
  ? [AxisKey<S, H>] extends [never]
    ? { readonly sentence: OutOfRange<Name, S, H> }
    : [AxisKey<S, H> & Out] extends [never]
      ? AxisKeys<Name, S, T, Out | AxisKey<S, H>>
      : { readonly sentence: `${Name}: axis ${AxisKey<S, H>} is named twice for shape ${Show<S>}` }
  : Out

// ----------------------------------------------------------------------------------------------------------- reduction

type Reduced<
  S extends Shape,
  Keys,
  Keep,
  Seen extends readonly unknown[] = [],
  Out extends Shape = [],
> = S extends readonly [infer H extends number, ...infer T extends Shape]
  ? Reduced<
      T,
      Keys,
      Keep,
      [...Seen, 0],
      `${Seen['length']}` extends Keys ? (Keep extends true ? [...Out, 1] : Out) : [...Out, H]
    >
  : Out

type Ones<S extends Shape> = Static<S> extends true ? { -readonly [I in keyof S]: 1 } : Shape

type ReduceKeys<S extends Shape, K, Keep> = [K] extends [{ readonly sentence: infer M }]
  ? [K] extends [never]
    ? S
    : M
  : Reduced<S, K, Keep>

/** The shape left by a reduction over one axis, several, or (absent) all; or a sentence. */
export type Reduce<
  Name extends string,
  S extends Shape,
  Ax extends Axes | undefined,
  Keep extends boolean = false,
> = boolean extends Keep
  ? Shape
  : [Ax] extends [undefined]
    ? Keep extends true
      ? Ones<S>
      : []
    : Static<S> extends false
      ? Shape
      : [Ax] extends [number]
        ? number extends Ax
          ? Shape
          : ReduceKeys<S, AxisKeys<Name, S, [Ax]>, Keep>
        : [Ax] extends [readonly number[]]
          ? number extends Ax['length'] | Ax[number]
            ? Shape
            : ReduceKeys<S, AxisKeys<Name, S, Ax>, Keep>
          : Shape

/** The same shape when the axis is one of its axes, or a sentence. */
export type HasAxis<Name extends string, S extends Shape, Ax extends Axes | undefined> = [Ax] extends [undefined]
  ? S
  : Reduce<Name, S, Ax> extends infer R
    ? R extends string
      ? R
      : S
    : S

// --------------------------------------------------------------------------------------------------------- permutation

type Reversed<S extends Shape, Out extends Shape = []> = S extends readonly [
  infer H extends number,
  ...infer T extends Shape,
]
  ? Reversed<T, [H, ...Out]>
  : Out

type Take<S extends Shape, P extends readonly number[], Out extends Shape = []> = P extends readonly [
  infer H extends number,
  ...infer T extends readonly number[],
]
  ? Take<S, T, [...Out, Extract<S[AxisKey<S, H> & keyof S], number>]>
  : Out

/** The shape with its axes in this order (absent: reversed), or a sentence. */
export type Permute<Name extends string, S extends Shape, P extends readonly number[] | undefined = undefined> =
  Static<S> extends false
    ? Shape
    : [P] extends [undefined]
      ? Reversed<S>
      : [P] extends [readonly number[]]
        ? number extends P['length'] | P[number]
          ? Shape
          : P['length'] extends S['length']
            ? [AxisKeys<Name, S, P>] extends [{ readonly sentence: infer M }]
              ? [AxisKeys<Name, S, P>] extends [never]
                ? []
                : M
              : Take<S, P>
            : `${Name}: a permutation of ${P['length'] & number} axes does not fit shape ${Show<S>}`
        : Shape

// --------------------------------------------------------------------------------------------- inserting and removing

type Inserted<S extends Shape, Key, N extends number, Out extends Shape = []> = `${Out['length']}` extends Key
  ? [...Out, N, ...S]
  : S extends readonly [infer H extends number, ...infer T extends Shape]
    ? Inserted<T, Key, N, [...Out, H]>
    : Out

/** The shape with a new axis of size `N` put before axis `Ax`, or a sentence. */
export type InsertAxis<Name extends string, S extends Shape, Ax extends number, N extends number> =
  Static<S> extends false
    ? Shape
    : number extends Ax
      ? Shape
      : [AxisKey<[...S, 0], Ax>] extends [never]
        ? OutOfRange<Name, S, Ax>
        : Inserted<S, AxisKey<[...S, 0], Ax>, N>

/** The shape with a new axis of size 1 put before axis `Ax`, or a sentence. */
export type ExpandDims<Name extends string, S extends Shape, Ax extends number> = InsertAxis<Name, S, Ax, 1>

/** The size of an axis; `number` when it is unknown or out of range. */
export type SizeAt<S extends Shape, Ax extends number> =
  Static<S> extends false
    ? number
    : number extends Ax
      ? number
      : [AxisKey<S, Ax>] extends [never]
        ? number
        : Extract<S[AxisKey<S, Ax> & keyof S], number>

type WithoutOnes<S extends Shape, Out extends Shape = []> = S extends readonly [
  infer H extends number,
  ...infer T extends Shape,
]
  ? number extends H
    ? Shape
    : WithoutOnes<T, [H] extends [1] ? Out : [...Out, H]>
  : Out

/** The shape without this axis of size 1 (absent: without all axes of size 1), or a sentence. */
export type Squeeze<Name extends string, S extends Shape, Ax extends number | undefined = undefined> =
  Static<S> extends false
    ? Shape
    : [Ax] extends [undefined]
      ? WithoutOnes<S>
      : [Ax] extends [number]
        ? number extends Ax
          ? Shape
          : [AxisKey<S, Ax>] extends [never]
            ? OutOfRange<Name, S, Ax>
            : Agree<SizeAt<S, Ax>, 1> extends true
              ? Reduced<S, AxisKey<S, Ax>, false>
              : `${Name}: axis ${Ax} of ${Show<S>} has size ${ShowSize<SizeAt<S, Ax>>}, not 1`
        : Shape

/** The shape without one axis, which has to be in range. */
export type DropAxis<S extends Shape, Ax extends number> =
  Static<S> extends true ? Reduced<S, AxisKey<S, Ax>, false> : Shape

/** The shape with the size of one axis replaced. */
export type ReplaceAt<S extends Shape, Key, N extends number, Out extends Shape = []> = S extends readonly [
  infer H extends number,
  ...infer T extends Shape,
]
  ? ReplaceAt<T, Key, N, [...Out, `${Out['length']}` extends Key ? N : H]>
  : Out

/** All axes as one. */
export type Flatten<S extends Shape> = [Product<S>]

// -------------------------------------------------------------------------------------------------------------- joining

/** Two shapes joined along the axis `Key`; `false` when they differ elsewhere. */
type Join<A extends Shape, B extends Shape, Key, Out extends Shape = []> = A extends readonly [
  infer X extends number,
  ...infer S extends Shape,
]
  ? B extends readonly [infer Y extends number, ...infer T extends Shape]
    ? `${Out['length']}` extends Key
      ? Join<S, T, Key, [...Out, Add<X, Y>]>
      : Agree<X, Y> extends true
        ? Box<Known<X, Y>> extends Box<infer K extends number>
          ? Join<S, T, Key, [...Out, K]>
          : false
        : false
    : false
  : B extends readonly []
    ? Out
    : false

type JoinAll<
  Name extends string,
  Acc extends Shape,
  Rest extends readonly Shape[],
  Ax extends number,
> = Rest extends readonly [infer H extends Shape, ...infer T extends readonly Shape[]]
  ? Static<H> extends false
    ? Shape
    : Join<Acc, H, AxisKey<Acc, Ax>> extends infer R
      ? R extends Shape
        ? JoinAll<Name, R, T, Ax>
        : `${Name}: ${Show<Acc>} and ${Show<H>} differ beside axis ${Ax}`
      : Shape
  : Acc

/** The shape of a concatenation along an axis, whose sizes add up; or a sentence. */
export type Concat<Name extends string, Ss extends readonly Shape[], Ax extends number> = number extends Ax
  ? Shape
  : Ss extends readonly [infer H extends Shape, ...infer T extends readonly Shape[]]
    ? Static<H> extends false
      ? Shape
      : [AxisKey<H, Ax>] extends [never]
        ? OutOfRange<Name, H, Ax>
        : JoinAll<Name, H, T, Ax>
    : Ss extends readonly []
      ? `${Name}: there is nothing to join`
      : Static<Ss[number]> extends true
        ? [AxisKey<Ss[number], Ax>] extends [never]
          ? OutOfRange<Name, Ss[number], Ax>
          : ReplaceAt<Ss[number], AxisKey<Ss[number], Ax>, number>
        : Shape

type AgreeAll<Name extends string, Acc extends Shape, Rest extends readonly Shape[]> = Rest extends readonly [
  infer H extends Shape,
  ...infer T extends readonly Shape[],
]
  ? AgreeShape<Acc, H> extends infer R
    ? R extends Shape
      ? AgreeAll<Name, R, T>
      : `${Name}: shapes ${Show<Acc>} and ${Show<H>} differ`
    : Shape
  : Acc

/** The shape of several equal shapes stacked along a new axis, or a sentence. */
export type Stack<Name extends string, Ss extends readonly Shape[], Ax extends number> = Ss extends readonly [
  infer H extends Shape,
  ...infer T extends readonly Shape[],
]
  ? AgreeAll<Name, H, T> extends infer R
    ? R extends Shape
      ? InsertAxis<Name, R, Ax, Ss['length']>
      : R
    : Shape
  : Ss extends readonly []
    ? `${Name}: there is nothing to join`
    : InsertAxis<Name, Ss[number], Ax, number>
