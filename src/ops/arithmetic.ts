/** Arithmetic, comparison, logic and selection: two operands or more, broadcast by NumPy's rule, also data-last. */
import { DTypeError, showShape } from '../core/error.js'
import type { DType, Tensor } from '../core/value.js'
import type { BinaryName } from '../primitive/builder.js'
import { builder } from '../tape/node.js'
import { unknownDType } from '../tensor/concrete.js'
import { broadcastShapes } from '../tensor/shape.js'
import { lift, meet, pair, stretch, withSecond } from './operand.js'
import type { Binary, Comparison, Convert, Logic, LogicUnary, Where } from './signatures.js'

const binary = (name: string, word: BinaryName): unknown => {
  const f = builder[word]
  return withSecond((x, y) => {
    const [a, b] = pair(name, x, y)
    return f(a, b)
  })
}

const swapped = (name: string, word: BinaryName): unknown => {
  const f = builder[word]
  return withSecond((x, y) => {
    const [a, b] = pair(name, x, y)
    return f(b, a)
  })
}

// ---------------------------------------------------------------------------------------------------------- arithmetic

/**
 * x + y; ∂x = ∂y = 1.
 *
 * @example
 * ```ts
 * import { add, tensor, toArray } from 'lanac'
 * assert.deepStrictEqual(toArray(add(tensor([[1, 2], [3, 4]]), tensor([10, 20]))), [[11, 22], [13, 24]])
 * ```
 */
export const add = binary('add', 'add') as Binary<'add'>

/** x − y; ∂x = 1, ∂y = −1. */
export const sub = binary('sub', 'sub') as Binary<'sub'>

/** x · y; ∂x = y, ∂y = x. */
export const mul = binary('mul', 'mul') as Binary<'mul'>

/** x / y; ∂x = 1/y, ∂y = −x/y². Floats only. */
export const div = binary('div', 'div') as Binary<'div'>

/** The larger of x and y; at ties the derivative is split evenly. NaN if either is. */
export const maximum = binary('maximum', 'maximum') as Binary<'maximum'>

/** The smaller of x and y; at ties the derivative is split evenly. NaN if either is. */
export const minimum = binary('minimum', 'minimum') as Binary<'minimum'>

/** The angle of the point (x, y) where y, the first argument, points up: in (−π, π]. */
export const atan2 = binary('atan2', 'atan2') as Binary<'atan2'>

/** The remainder of x / y, with the sign of y (as `torch.remainder`). */
export const remainder = binary('remainder', 'remainder') as Binary<'remainder'>

/**
 * xʸ; ∂x = y·xʸ⁻¹, ∂y = xʸ·log x. A whole-number exponent is exact, also at 0: d/dx x⁰ = 0.
 *
 * @example
 * ```ts
 * import { grad, item, pow } from 'lanac'
 * assert.equal(item(grad((x: number) => pow(x, 2))(0)), 0)
 * ```
 */
export const pow = withSecond((x, y) => {
  if (typeof y === 'number' && Number.isInteger(y)) {
    const v = lift('pow', x)
    if (v.dtype === 'f64' || v.dtype === 'f32') return builder.integerPow(v, y)
  }
  const [a, b] = pair('pow', x, y)
  return builder.pow(a, b)
}) as Binary<'pow'>

/** √(x² + y²) without overflow; its derivative at (0, 0) is 0. */
export const hypot = withSecond((x, y) => {
  const [a, b] = pair('hypot', x, y)
  const m = builder.stopGradient(builder.maximum(builder.abs(a), builder.abs(b)))
  const plain = builder.and(builder.isFinite(m), builder.less(0, m))
  const scale = builder.select(plain, m, 1)
  const u = builder.div(a, scale)
  const v = builder.div(b, scale)
  const root = builder.mul(scale, builder.sqrt(builder.add(builder.mul(u, u), builder.mul(v, v))))
  return builder.select(plain, root, m)
}) as Binary<'hypot'>

// ---------------------------------------------------------------------------------------------------------- comparison

/** Whether x = y, element by element. */
export const equal = binary('equal', 'equal') as Comparison<'equal'>
/** Whether x ≠ y. */
export const notEqual = binary('notEqual', 'notEqual') as Comparison<'notEqual'>
/** Whether x < y. */
export const less = binary('less', 'less') as Comparison<'less'>
/** Whether x ≤ y. */
export const lessEqual = binary('lessEqual', 'lessEqual') as Comparison<'lessEqual'>
/** Whether x > y. */
export const greater = swapped('greater', 'less') as Comparison<'greater'>
/** Whether x ≥ y. */
export const greaterEqual = swapped('greaterEqual', 'lessEqual') as Comparison<'greaterEqual'>

// ------------------------------------------------------------------------------------------------------ logic and bits

/** Logical and of truth values, bitwise of integers. */
export const and = binary('and', 'and') as Logic<'and'>
/** Logical or of truth values, bitwise of integers. */
export const or = binary('or', 'or') as Logic<'or'>
/** Exclusive or of truth values, bitwise of integers. */
export const xor = binary('xor', 'xor') as Logic<'xor'>
/** x shifted left by y bits (0 to 31). */
export const shiftLeft = binary('shiftLeft', 'shiftLeft') as Logic<'shiftLeft'>
/** x, as an unsigned word, shifted right by y bits (0 to 31). */
export const shiftRight = binary('shiftRight', 'shiftRight') as Logic<'shiftRight'>
/** The other truth value; of integers, all bits turned. */
export const not = ((x: unknown) => builder.not(lift('not', x))) as LogicUnary<'not'>

// ------------------------------------------------------------------------------------------------- selection, conversion

/**
 * `a` where the condition holds, `b` elsewhere; the three broadcast. A NaN or infinity in the branch not taken reaches
 * neither the value nor the derivative.
 *
 * @example
 * ```ts
 * import { grad, greater, item, log, where } from 'lanac'
 * import type { Scalar } from 'lanac'
 * assert.equal(item(grad((x: Scalar) => where(greater(x, 0), log(x), 0))(0)), 0)
 * ```
 */
export const where = ((condition: unknown, a: unknown, b: unknown) => {
  const c = lift('where', condition)
  if (c.dtype !== 'bool')
    throw new DTypeError({
      operation: 'where',
      problem: `the condition has to be bool, found ${c.dtype} of shape ${showShape(c.shape)}`,
      hint: 'compare it: notEqual(x, 0)',
    })
  const [x, y] = meet('where', lift('where', a), lift('where', b))
  const shape = broadcastShapes('where', c.shape, broadcastShapes('where', x.shape, y.shape))
  return builder.select(stretch('where', c, shape), stretch('where', x, shape), stretch('where', y, shape))
}) as Where

const DTYPES: readonly unknown[] = ['f64', 'f32', 'i32', 'bool']

/** The same numbers in another element type: `convert(x, 'f32')`, or data-last. To i32 truncates; to bool tests for 0. */
export const convert = ((x: unknown, dtype?: DType) => {
  if (dtype === undefined && typeof x === 'string')
    return (y: unknown) => (convert as (x: unknown, d: DType) => Tensor)(y, x as DType)
  if (!DTYPES.includes(dtype)) throw unknownDType('convert', dtype)
  const v = lift('convert', x)
  return builder.convert(v, dtype as DType)
}) as Convert
