/** What a function of trees accepts from its callers. */
import type { brand, Holding, Tensor } from '../core/value.js'
import type { ShapeOf } from '../tensor/static.js'

/** The arguments of a function. */
export type Arguments = readonly unknown[]

/** Whether `T` is `any`. */
export type IsAny<T> = 0 extends 1 & T ? true : false

/** What a transformed function takes: as written, and a plain number wherever a scalar fits. */
export type Accepted<A extends Arguments> = {
  [I in keyof A]: IsAny<A[I]> extends true
    ? Tensor | number
    : [A[I]] extends [{ readonly [brand]: Holding }]
      ? [] extends ShapeOf<A[I]>
        ? A[I] | number
        : A[I]
      : A[I]
}
