/**
 * What a value is, seen from below: a shape, an element type, and a brand.
 *
 * Everything above (concrete arrays, symbolic expressions) is a `Tensor`; rules are written against it without knowing
 * which of the two they hold.
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** Sizes along each axis, outermost first; `[]` is a scalar. */
export type Shape = readonly number[]

/** Element types: f64 is the default (JS numbers are f64), f32 is for speed, i32 indexes, bool decides. */
export type DType = 'f64' | 'f32' | 'i32' | 'bool'

/** The element types that can carry a derivative. */
export type Float = 'f64' | 'f32'

/** The brand every value carries; `Symbol.for`, so that two copies of the package on one page understand each other. */
export const brand: unique symbol = Symbol.for('lanac/tensor') as never

/** How a branded value holds its elements: as numbers in memory, or as an expression of a trace. */
export type Holding = 'concrete' | 'symbolic'

/**
 * An immutable n-dimensional array of one element type, concrete or symbolic.
 *
 * @typeParam S - its shape: a tuple of literal sizes where the compiler knows them, `number` where it does not
 */
export interface Tensor<out S extends Shape = Shape, out D extends DType = DType> {
  readonly [brand]: Holding
  readonly shape: S
  readonly dtype: D
}

/** A scalar f64 value or a plain JS number. */
export type Scalar = Tensor<[], 'f64'> | number

/** What is known of a value before it is computed: shape, element type, and whether it came from a bare JS number. */
export interface Abstract {
  readonly shape: Shape
  readonly dtype: DType
  /** Made of JS numbers only: takes the element type of what stands beside it. */
  readonly weak: boolean
}

// --------------------------------------------------------------------------------------------------------- constructors

/** An abstract value. */
export const abstract = (shape: Shape, dtype: DType, weak = false): Abstract => ({ shape, dtype, weak })

// ----------------------------------------------------------------------------------------------------------- predicates

/** Whether `x` is a value of this library (of any copy of it). */
export const isTensor = (x: unknown): x is Tensor =>
  typeof x === 'object' && x !== null && (x as { readonly [brand]?: unknown })[brand] !== undefined

/** Whether an element type can carry a derivative. */
export const isFloat = (dtype: DType): dtype is Float => dtype === 'f64' || dtype === 'f32'
