/**
 * Draws that are made straight of bits: words, uniform numbers, truth values, whole numbers.
 *
 * Element `i` (in row-major order) is made of the 64 bits of block `i`, whatever the shape; an f32 draw is the f64 draw cut
 * to 24 bits.
 */
import { DTypeError, ValueError } from '../core/error.js'
import { type DType, type Float, isFloat, isTensor, type Shape, type Tensor } from '../core/value.js'
import { lift, meet, stretch } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'
import { checkShape, sizeOf } from '../tensor/shape.js'
import { blocks, checkKey } from './key.js'
import type { Draw, DrawBernoulli, DrawBits, DrawIntegers, Key, Parameter } from './signatures.js'

// ------------------------------------------------------------------------------------------------------------- helpers

/** The float type that options name. @throws DTypeError for one that is no float */
export const floatOf = (operation: string, dtype: DType | undefined, otherwise: Float): Float => {
  const d = dtype ?? otherwise
  if (!isFloat(d))
    throw new DTypeError({ operation, problem: `draws f64 or f32, not ${String(d)}`, hint: 'for i32 use randint' })
  return d
}

/** A parameter of a distribution in the shape and element type that are drawn. */
export const parameter = (operation: string, x: Parameter, like: Tensor): Tensor =>
  stretch(operation, meet(operation, lift(operation, x), like)[0], like.shape)

/** Uniform on [0, 1): multiples of 2⁻⁵³ (f64) or 2⁻²⁴ (f32), [n]. */
export const unit = (k: Key, n: number, dtype: Float): Tensor => {
  const [first, second] = blocks(k, n)
  if (dtype === 'f32') return b.mul(b.convert(b.shiftRight(first, 8), 'f32'), 2 ** -24)
  const high = b.convert(b.shiftRight(first, 5), 'f64')
  const low = b.convert(b.shiftRight(second, 6), 'f64')
  return b.mul(b.add(b.mul(high, 2 ** 26), low), 2 ** -53)
}

// -------------------------------------------------------------------------------------------------------------- draws

/** Random words of 32 bits, as i32 of any sign. */
export const bits = ((k: Key, shape: Shape): Tensor => {
  checkKey('bits', k)
  const [first, second] = blocks(k, sizeOf(checkShape('bits', shape)))
  return b.reshape(b.xor(first, second), [...shape])
}) as unknown as DrawBits

/** From where to before where; tensors broadcast to the shape that is drawn, and the draw is differentiable in them. */
export interface UniformOptions {
  readonly low?: Parameter | undefined
  readonly high?: Parameter | undefined
}

/**
 * Uniform on [low, high), by default [0, 1): all multiples of 2⁻⁵³ (f32: 2⁻²⁴) there, scaled; `high` is never drawn, also
 * not by rounding.
 *
 * @throws ValueError when low is above high
 * @example
 * ```ts
 * import { all, and, item, less, lessEqual } from 'lanac'
 * import { key, uniform } from 'lanac/random'
 * const x = uniform(key(0), [2, 3], { low: -1, high: 1 })
 * assert.deepStrictEqual(x.shape, [2, 3])
 * assert(item(all(and(lessEqual(-1, x), less(x, 1)))))
 * ```
 */
export const uniform = ((k: Key, shape: Shape, o: UniformOptions & { readonly dtype?: DType } = {}): Tensor => {
  checkKey('uniform', k)
  const dtype = floatOf('uniform', o.dtype, 'f64')
  const u = b.reshape(unit(k, sizeOf(checkShape('uniform', shape)), dtype), [...shape])
  if (o.low === undefined && o.high === undefined) return u
  const { low = 0, high = 1 } = o
  if (typeof low === 'number' && typeof high === 'number' && !(low <= high))
    throw new ValueError({ operation: 'uniform', problem: `low is ${low}, above high, which is ${high}` })
  const from = parameter('uniform', low, u)
  const to = parameter('uniform', high, u)
  const x = b.add(from, b.mul(u, b.sub(to, from)))
  // rounding may reach the upper end
  return b.select(b.less(x, to), x, from)
}) as unknown as Draw<UniformOptions>

/**
 * True with probability p, up to 2⁻⁵³; p is a number, or a tensor that broadcasts to the shape (absent: the shape of p).
 *
 * @throws ValueError for a number outside [0, 1]
 */
export const bernoulli = ((k: Key, p: Parameter, shape?: Shape): Tensor => {
  checkKey('bernoulli', k)
  if (typeof p === 'number' && !(p >= 0 && p <= 1))
    throw new ValueError({ operation: 'bernoulli', problem: `a probability lies between 0 and 1, found ${p}` })
  const size = shape ?? (isTensor(p) ? p.shape : [])
  const u = b.reshape(unit(k, sizeOf(checkShape('bernoulli', size)), 'f64'), [...size])
  const chance = isTensor(p) && p.dtype === 'f32' ? b.convert(p, 'f64') : p
  return b.less(u, parameter('bernoulli', chance, u))
}) as unknown as DrawBernoulli

/** From where to before where, whole numbers. */
export interface RandintOptions {
  readonly low?: number | undefined
  readonly high: number
}

/**
 * Whole numbers from low (0 unless named) to before high, i32; each as likely as any other, up to 2⁻⁵³.
 *
 * @throws ValueError when there are none, or they are no i32
 */
export const randint = ((k: Key, shape: Shape, { low = 0, high }: RandintOptions): Tensor => {
  checkKey('randint', k)
  for (const [name, x] of [
    ['low', low],
    ['high', high],
  ] as const)
    if (!Number.isInteger(x) || x < -(2 ** 31) || x > 2 ** 31)
      throw new ValueError({ operation: 'randint', problem: `${name} has to be a whole number of 32 bits, found ${x}` })
  if (low >= high)
    throw new ValueError({ operation: 'randint', problem: `there is no whole number from ${low} to before ${high}` })
  const u = unit(k, sizeOf(checkShape('randint', shape)), 'f64')
  // u ≤ 1 − 2⁻⁵³, and span · 2⁻⁵³ is at least half of the distance to the number below span: the product stays below span
  const x = b.add(b.floor(b.mul(u, high - low)), low)
  return b.reshape(b.convert(x, 'i32'), [...shape])
}) as unknown as DrawIntegers<RandintOptions>
