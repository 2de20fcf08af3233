/** The shape of nested arrays, and of one example under leading batch axes. A shape, or a sentence. */
import type { DType, Shape } from '../core/value.js'
import type { Agree, Show, Static } from './static-size.js'

// ------------------------------------------------------------------------------------------------------- nested arrays

/** Numbers or truth values, nested to any depth; rows of equal length. */
export type Nested = number | boolean | readonly Nested[]

// Rows are compared as a union: equal rows collapse into one shape, however many there are.
type Rows<T> = T extends number | boolean
  ? []
  : T extends readonly []
    ? [0]
    : T extends readonly (infer Row)[]
      ? Rows<Row> extends infer R
        ? R extends Shape
          ? [T['length'], ...R]
          : never
        : never
      : never

type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never

/** The shape of nested arrays, sizes exact where literals are; or a sentence. */
export type NestedShape<Name extends string, T> = Nested extends T
  ? Shape
  : Rows<T> extends infer R extends Shape
    ? true extends IsUnion<R>
      ? number extends R[number]
        ? IsUnion<R['length']> extends false
          ? Loose<R>
          : Shape
        : `${Name}: the rows have different shapes`
      : R
    : Shape

// One tuple of the right rank, all sizes unknown.
type Loose<R extends Shape, Out extends Shape = []> = Out['length'] extends R['length']
  ? Out
  : Loose<R, [...Out, number]>

/** Whether the leaves are truth values. */
export type NestedDType<T> = Nested extends T
  ? DType
  : T extends boolean
    ? 'bool'
    : T extends readonly []
      ? 'f64'
      : T extends readonly (infer Row)[]
        ? NestedDType<Row>
        : 'f64'

// ------------------------------------------------------------------------------------------------------------- batches

type Leading<S extends Shape, I extends Shape> = I extends readonly [...infer I0 extends Shape, infer Y]
  ? S extends readonly [...infer S0 extends Shape, infer X]
    ? Agree<X, Y> extends true
      ? Leading<S0, I0>
      : false
    : false
  : S

/** The batch axes that stand before one example of shape `I`, or a sentence. */
export type LeadingBatch<S extends Shape, I extends Shape> = false extends Static<S> | Static<I>
  ? Shape
  : Leading<S, I> extends infer R
    ? R extends Shape
      ? R
      : `this layer takes ${Show<I>} but was given ${Show<S>}`
    : Shape

/** Where `I` stands under batch axes, `O` under the same ones. */
export type UnderBatch<S extends Shape, I extends Shape, O extends Shape> =
  LeadingBatch<S, I> extends infer B
    ? B extends Shape
      ? false extends Static<B> | Static<O>
        ? Shape
        : [...B, ...O]
      : Shape
    : Shape
