/**
 * How a primitive becomes part of a loop nest: the `lower` side of the table.
 *
 * Most primitives never touch memory of their own: an elementwise one is a lane of its arguments' lanes, a layout change is
 * another index into its argument. Folds and the few that move data write their result; everything else is read through.
 */
import type { Lane } from '../core/lane.js'
import type { Fold, Index, Loop, Memory, Nest } from '../core/nest.js'
import type { DType, Shape } from '../core/value.js'

/** What is known of an argument or result. */
export interface Known {
  readonly shape: Shape
  readonly dtype: DType
}

/** Reads an element of an argument. */
export type Read = (argument: number, index: readonly Index[]) => Lane

/** What a rule that writes its own result is given. */
export interface Site {
  readonly args: readonly Known[]
  readonly result: Known
  readonly read: Read
  /** Where the result goes, and the place of an element in it. */
  readonly memory: Memory
  readonly place: (index: readonly Index[]) => Index
  /** Memory of an argument that was asked for, and the place of an element in it. */
  readonly memoryOf: (argument: number) => Memory
  readonly placeOf: (argument: number, index: readonly Index[]) => Index
  /** Memory for the nests of this entry alone. */
  readonly scratch: (dtype: DType, size: number) => Memory
}

/** A fold over an argument's elements, for one element of the result. */
export interface FoldSite {
  readonly args: readonly Known[]
  readonly result: Known
  readonly read: Read
  /** The element of the result. */
  readonly index: readonly Index[]
  /** The loops folded over, of the sizes that the rule asked for. */
  readonly loops: readonly Loop[]
}

/** How one primitive is lowered. */
export type Rule<P> =
  /** Element by element: the arguments' lanes to the result's. */
  | {
      readonly kind: 'lane'
      readonly lane: (x: readonly Lane[], params: P, result: Known, args: readonly Known[]) => Lane
    }
  /** Elements of the argument under other indices; null when the index is not affine. */
  | {
      readonly kind: 'view'
      readonly index: (index: readonly Index[], params: P, argument: Shape) => readonly Index[] | null
    }
  /** An element of an argument at an index that is computed: needs the argument in memory. */
  | {
      readonly kind: 'lookup'
      readonly lane: (index: readonly Index[], params: P, site: Site) => Lane
    }
  /** Values of nothing but their own index. */
  | { readonly kind: 'index'; readonly lane: (index: readonly Index[], params: P) => Lane }
  /** One fold for each element of the result. */
  | {
      readonly kind: 'fold'
      readonly sizes: (params: P, args: readonly Known[]) => readonly number[]
      readonly fold: (params: P, site: FoldSite) => Fold
      /** Which of the carried values is the result. */
      readonly which: number
    }
  /** Nests that write the result. */
  | {
      readonly kind: 'nests'
      /** Arguments that have to be in memory. */
      readonly inMemory: readonly number[]
      readonly nests: (params: P, site: Site) => readonly Nest[]
    }
