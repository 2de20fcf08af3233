/** What a function of trees accepts from its callers. */
import type { brand, Holding, Tensor } from '../core/value.js'
import type { ShapeOf } from '../tensor/static.js'

/** The arguments of a function. */
export type Arguments = readonly unknown[]

/** Whether `T` is `any`. */
export type IsAny<T> = 0 extends 1 & T ? true : false

/** A plain number where a scalar fits. */
type NumberFor<T> = [T] extends [{ readonly [brand]: Holding }] ? ([] extends ShapeOf<T> ? number : never) : never

/** What a transformed function takes: as written, and a plain number wherever a scalar fits. */
export type Accepted<A extends Arguments> = {
  [I in keyof A]: (IsAny<A[I]> extends true ? Tensor : A[I]) | NumberFor<A[I]>
}
