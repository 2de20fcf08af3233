/**
 * Lanes: arithmetic on one element, as expressions that every target can emit.
 *
 * The body of a loop nest is written in lanes. What a lane means is fixed here; how it is computed (one element at a time
 * in JavaScript, four at a time in a SIMD register, …) is the emitter's business. Floats are IEEE; integers are 32 or 64 bits
 * and wrap; a mask is all ones or all zeros in the width of the lanes it chooses between.
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** Types of lanes: floats, integers, and masks of either width. */
export type LaneType = 'f32' | 'f64' | 'i32' | 'i64' | 'm32' | 'm64'

/** Operations of one lane: floats to floats. */
export type FloatUnary = 'neg' | 'abs' | 'sqrt' | 'floor' | 'ceil' | 'trunc' | 'nearest'

/** Functions that a target may have of its own; where it has not, `engine/math` writes them out in the other operations. */
export type FunctionName =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'erfc'
  | 'lgamma'
  | 'digamma'
  | 'pow'
  | 'atan2'
  /** With the sign of the divisor. */
  | 'remainder'
  | 'sigmoid'
  /** The derivative of this order of digamma. */
  | `polygamma${number}`

/** Operations of two lanes of one type. `min` and `max` give NaN if either is NaN, and order −0 below 0. */
export type Binary = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'and' | 'or' | 'xor' | 'andNot'

/** Comparisons: masks. Ordered but for `ne`; of integers signed. */
export type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'

/** Shifts by a constant. */
export type Shift = 'shl' | 'shrS' | 'shrU'

/** Changes of type: of value (`convert`, `promote`, …) or of reading the same bits (`bits`). */
export type Conversion =
  /** Same width, same bits: float ↔ integer ↔ mask. */
  | 'bits'
  /** To f64 from f32 or i32, to f32 from f64 or i32 (rounded), masks and integers of the other width (sign-extended, or low half). */
  | 'convert'
  /** Floats to i32, truncated; NaN is 0, out of range the nearest end. */
  | 'truncate'

/** An expression of one element. Shared subexpressions are shared objects. */
export interface Lane {
  readonly op: string
  readonly type: LaneType
  readonly args: readonly Lane[]
  /** A constant's value, a shift's distance, what a load reads: whatever the operation needs besides lanes. */
  readonly data: unknown
}

// --------------------------------------------------------------------------------------------------------- constructors

const lane = (op: string, type: LaneType, args: readonly Lane[], data: unknown = null): Lane => ({
  op,
  type,
  args,
  data,
})

/** The mask type of a width. */
export const maskOf = (type: LaneType): 'm32' | 'm64' => (type.endsWith('64') ? 'm64' : 'm32')

/** A constant float or whole number. */
export const constant = (type: LaneType, value: number): Lane => lane('constant', type, [], value)

/** A constant by its bits, lowest first when it is i64. */
export const constantBits = (type: LaneType, bits: bigint): Lane => lane('constantBits', type, [], bits)

/** Whether a lane is a constant, by value or by bits. */
export const isConstant = ({ op }: Lane): boolean => op === 'constant' || op === 'constantBits'

/** Something that an emitter knows how to read: an element of a buffer, an index of a loop. */
export const source = (type: LaneType, data: unknown): Lane => lane('source', type, [], data)

/** An operation of one float. */
export const unary = (op: FloatUnary, x: Lane): Lane => lane(op, x.type, [x])

/** A function of one or two floats. */
export const call = (name: FunctionName, ...args: readonly Lane[]): Lane =>
  lane('call', (args[0] as Lane).type, args, name)

/** An operation of two lanes of one type. */
export const binary = (op: Binary, x: Lane, y: Lane): Lane => lane(op, x.type, [x, y])

/** x · y + z, rounded once or twice: as the target does it faster. */
export const madd = (x: Lane, y: Lane, z: Lane): Lane => lane('madd', x.type, [x, y, z])

/** All bits turned. */
export const not = (x: Lane): Lane => lane('not', x.type, [x])

/** A comparison of two lanes of one type. */
export const compare = (op: Comparison, x: Lane, y: Lane): Lane => lane(op, maskOf(x.type), [x, y])

/** `x` where the mask holds, `y` elsewhere. The mask has their width. */
export const select = (mask: Lane, x: Lane, y: Lane): Lane => lane('select', x.type, [mask, x, y])

/**
 * As `select`, where the mask hardly ever holds: a target may look whether it holds at all, and else not compute `x`.
 */
export const rarely = (mask: Lane, x: Lane, y: Lane): Lane => lane('rarely', x.type, [mask, x, y])

/** A shift of an integer by a constant. */
export const shift = (op: Shift, x: Lane, by: number): Lane => lane(op, x.type, [x], by)

/** A shift of an i32 by another (modulo 32). */
export const shiftBy = (op: Shift, x: Lane, by: Lane): Lane => lane(`${op}By`, x.type, [x, by])

/** The same bits read as another type of the same width. */
export const bits = (x: Lane, type: LaneType): Lane => (x.type === type ? x : lane('bits', type, [x]))

/** The same value in another type. */
export const convert = (x: Lane, type: LaneType): Lane => (x.type === type ? x : lane('convert', type, [x]))

/** A float as an i32, truncated. */
export const truncate = (x: Lane): Lane => lane('truncate', 'i32', [x])
