/** Normal draws, and what is cut from them. */
import { ValueError } from '../core/error.js'
import type { DType, Shape, Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { checkShape, sizeOf } from '../tensor/shape.js'
import { checkKey } from './key.js'
import { lowerTail, quantile } from './quantile.js'
import type { Draw, Key, Parameter } from './signatures.js'
import { floatOf, parameter, unit } from './uniform.js'

/** Where the distribution lies; tensors broadcast to the shape that is drawn, and the draw is differentiable in them. */
export interface NormalOptions {
  readonly mean?: Parameter | undefined
  readonly std?: Parameter | undefined
}

/** Standard normal, f64 [n]: pair `i` of elements, n/2 apart, is made of blocks `i` and `i + n/2`. */
const standard = (k: Key, n: number): Tensor => {
  const half = Math.ceil(n / 2)
  const u = unit(k, 2 * half, 'f64')
  const part = (x: Tensor, start: number, stop: number): Tensor =>
    b.slice(x, { start: [start], stop: [stop], step: [1] })
  // 1 − u lies in (0, 1]: its logarithm is finite
  const radius = b.sqrt(b.mul(-2, b.log(b.sub(1, part(u, 0, half)))))
  const angle = b.mul(2 * Math.PI, part(u, half, 2 * half))
  const z = b.concatenate([b.mul(radius, b.cos(angle)), b.mul(radius, b.sin(angle))], 0)
  return n === 2 * half ? z : part(z, 0, n)
}

/**
 * Normal with a mean (0 unless named) and a standard deviation (1 unless named).
 *
 * By Box and Muller's transform (1958) of 53-bit uniform numbers: exact but for rounding, smooth out to 8.57 standard
 * deviations (a chance of 1e-17), and made of four functions, where inverting the distribution takes some forty operations.
 * An f32 draw is the f64 draw rounded, so its tails are as good.
 *
 * @example
 * ```ts
 * import { item, mean, sub, abs } from 'lanac'
 * import { key, normal } from 'lanac/random'
 * const x = normal(key(0), [10_000], { mean: 3, std: 0.5 })
 * assert(item(abs(sub(mean(x), 3))) < 0.05)
 * ```
 */
export const normal = ((k: Key, shape: Shape, o: NormalOptions & { readonly dtype?: DType } = {}): Tensor => {
  checkKey('normal', k)
  const dtype = floatOf('normal', o.dtype, 'f64')
  const z = b.convert(b.reshape(standard(k, sizeOf(checkShape('normal', shape))), [...shape]), dtype)
  const spread = o.std === undefined ? z : b.mul(parameter('normal', o.std, z), z)
  return o.mean === undefined ? spread : b.add(parameter('normal', o.mean, z), spread)
}) as unknown as Draw<NormalOptions>

/** The smallest chance that is computed with, Φ(−37.5): below it numbers lose their digits. */
const SMALLEST = 2 ** -1022

/** Between which bounds, in standard deviations; −2 and 2 unless named. */
export interface TruncatedNormalOptions {
  readonly low?: number | undefined
  readonly high?: number | undefined
}

/**
 * Standard normal, given that it lies between `low` and `high`: by inverting the distribution function, on the side where
 * its tail is thin, so that far tails are right too.
 *
 * @throws ValueError when low is not below high, or nothing representable lies between
 */
export const truncatedNormal = ((
  k: Key,
  shape: Shape,
  { low = -2, high = 2, dtype }: TruncatedNormalOptions & { readonly dtype?: DType } = {},
): Tensor => {
  checkKey('truncatedNormal', k)
  const d = floatOf('truncatedNormal', dtype, 'f64')
  const n = sizeOf(checkShape('truncatedNormal', shape))
  if (!(low < high))
    throw new ValueError({ operation: 'truncatedNormal', problem: `low is ${low}, not below high, which is ${high}` })
  // the interval is mirrored to lie on the left
  const mirrored = low + high > 0
  const [from, to] = mirrored ? [-high, -low] : [low, high]
  if (!(to > -37))
    throw new ValueError({
      operation: 'truncatedNormal',
      problem: `the normal distribution has no representable mass between ${low} and ${high}`,
    })
  const u = unit(k, n, 'f64')
  const below = lowerTail(b.like(u, from))
  const p = b.add(below, b.mul(u, b.sub(lowerTail(b.like(u, to)), below)))
  const z = quantile(b.maximum(p, SMALLEST))
  const inside = b.minimum(b.maximum(z, from), to)
  return b.convert(b.reshape(mirrored ? b.neg(inside) : inside, [...shape]), d)
}) as unknown as Draw<TruncatedNormalOptions>
