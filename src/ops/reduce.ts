/** Reductions and functions along axes. `axis` is a number or a list, negative counts from the back; absent: all. */
import { ShapeError, showShape } from '../core/error.js'
import { isFloat, type Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { dropAxes, normalizeAxes, normalizeAxis, otherAxes, range, sizeOf } from '../tensor/shape.js'
import { floating, keeping, lift, whole, withOptions } from './operand.js'
import type { Along, ArgReduction, Reduction, TopK } from './signatures.js'

interface Options {
  readonly axis?: number | readonly number[] | undefined
  readonly keepDims?: boolean | undefined
}

interface AxisOptions {
  readonly axis?: number | readonly number[] | undefined
}

// ------------------------------------------------------------------------------------------------------------- helpers

/** A value reduced over `axes`, back under its argument's shape with sizes 1 there. */
const kept = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  b.reshape(
    y,
    x.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
  )

/** A value reduced over `axes`, copied back along them. */
const back = (y: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  b.broadcast(y, x.shape, otherAxes(x.shape.length, axes))

const reduction = (
  name: string,
  f: (x: Tensor, axes: readonly number[], name: string) => Tensor,
  floats = false,
): unknown =>
  withOptions<Options>((x, o) => {
    const v = floats ? floating(name, x) : lift(name, x)
    const axes = normalizeAxes(name, o.axis, v.shape)
    const y = f(v, axes, name)
    return o.keepDims === true ? kept(y, v, axes) : y
  })

const count = (x: Tensor, axes: readonly number[]): number => sizeOf(axes.map((a) => x.shape[a] as number))

/** The one axis that options name; absent: the last. */
const oneAxis = (name: string, x: Tensor, axis: number | readonly number[] | undefined): number => {
  if (axis === undefined) return normalizeAxis(name, -1, x.shape)
  if (typeof axis === 'number') return normalizeAxis(name, axis, x.shape)
  if (axis.length === 1) return normalizeAxis(name, axis[0] as number, x.shape)
  throw new ShapeError({ operation: name, problem: `works along one axis, found ${showShape(axis)}` })
}

const along = (name: string, f: (x: Tensor, axis: number) => Tensor, floats = false): unknown =>
  keeping(
    name,
    withOptions<AxisOptions>((x, o) => {
      const v = floats ? floating(name, x) : lift(name, x)
      return f(v, oneAxis(name, v, o.axis))
    }) as (x: unknown, options?: unknown) => unknown,
  )

// ----------------------------------------------------------------------------------------------------------- sum, mean

/**
 * The sum over axes.
 *
 * @example
 * ```ts
 * import { sum, tensor, toArray } from 'lanac'
 * const a = tensor([[1, 2, 3], [4, 5, 6]])
 * assert.deepStrictEqual(toArray(sum(a, { axis: 0 })), [5, 7, 9])
 * assert.deepStrictEqual(sum(a, { axis: [0, 1], keepDims: true }).shape, [1, 1])
 * ```
 */
export const sum = reduction('sum', (x, axes) => b.sum(x, axes)) as Reduction<'sum'>

const meanOf = (x: Tensor, axes: readonly number[]): Tensor => b.div(b.sum(x, axes), count(x, axes))

/** The mean over axes; of nothing, NaN. */
export const mean = reduction('mean', meanOf, true) as Reduction<'mean'>

/** The product over axes; right also where factors are 0. */
export const prod = reduction('prod', (x, axes) => b.prod(x, axes)) as Reduction<'prod'>

/** The largest element over axes; tied elements share the derivative evenly. */
export const max = reduction('max', (x, axes) => b.max(x, axes)) as Reduction<'max'>

/** The smallest element over axes; tied elements share the derivative evenly. */
export const min = reduction('min', (x, axes) => b.min(x, axes)) as Reduction<'min'>

/** The first element over axes, as a constant. */
const firstOf = (x: Tensor, axes: readonly number[]): Tensor => {
  const start = x.shape.map(() => 0)
  const stop = x.shape.map((n, i) => (axes.includes(i) ? 1 : n))
  const first = b.slice(b.stopGradient(x), { start, stop, step: x.shape.map(() => 1) })
  return b.reshape(first, dropAxes(x.shape, axes))
}

/** Counted from the first element, so that constant data has variance 0 to the last bit and offsets do not cancel. */
const varianceOf = (x: Tensor, axes: readonly number[]): Tensor => {
  if (count(x, axes) === 0) return meanOf(x, axes)
  const u = b.sub(x, back(firstOf(x, axes), x, axes))
  const d = b.sub(u, back(meanOf(u, axes), x, axes))
  return meanOf(b.mul(d, d), axes)
}

/** The mean squared distance from the mean (biased: divided by n). */
export const variance = reduction('variance', varianceOf, true) as Reduction<'variance'>

/** The square root of the variance; of constant data the gradient is 0. */
export const std = reduction('std', (x, axes) => b.sqrt(varianceOf(x, axes)), true) as Reduction<'std'>

/** The largest magnitude over axes as a constant, 1 where it is 0 or infinite: what to divide by before squaring. */
const magnitude = (x: Tensor, axes: readonly number[]): Tensor => {
  if (sizeOf(x.shape) === 0) return b.like({ shape: b.sum(x, axes).shape, dtype: x.dtype }, 1)
  const m = b.stopGradient(b.max(b.abs(x), axes))
  return b.select(b.and(b.isFinite(m), b.less(0, m)), m, 1)
}

/** The Euclidean norm over axes, without overflow; its gradient at 0 is 0. */
export const norm = reduction(
  'norm',
  (x, axes) => {
    const m = magnitude(x, axes)
    const scaled = b.div(x, back(m, x, axes))
    return b.mul(m, b.sqrt(b.sum(b.mul(scaled, scaled), axes)))
  },
  true,
) as Reduction<'norm'>

// ------------------------------------------------------------------------------------------------ exponentials and sums

/** The maximum over axes as a constant; 0 where it is infinite, so that nothing becomes ∞ − ∞. */
const anchor = (x: Tensor, axes: readonly number[]): Tensor => {
  const m = b.stopGradient(b.max(x, axes))
  return b.select(b.isFinite(m), m, 0)
}

const logSumExpOf = (x: Tensor, axes: readonly number[]): Tensor => {
  if (count(x, axes) === 0) return b.log(b.sum(x, axes))
  const m = anchor(x, axes)
  return b.add(m, b.log(b.sum(b.exp(b.sub(x, back(m, x, axes))), axes)))
}

/**
 * log Σ eˣ over axes without overflow, a smooth maximum; its gradient is the softmax. Entries of −∞ count for nothing;
 * of nothing but those, −∞ with gradient 0.
 */
export const logSumExp = reduction('logSumExp', logSumExpOf, true) as Reduction<'logSumExp'>

/**
 * eˣ / Σ eˣ along an axis (the last unless named). Entries of −∞ get 0; a row of nothing but −∞ describes no
 * distribution and gives NaN.
 *
 * @example
 * ```ts
 * import { softmax, tensor, toArray } from 'lanac'
 * assert.deepStrictEqual(toArray(softmax(tensor([1000, 1000]))), [0.5, 0.5])
 * ```
 */
export const softmax = along(
  'softmax',
  (x, axis) => {
    if (x.shape[axis] === 0) return x
    const e = b.exp(b.sub(x, back(anchor(x, [axis]), x, [axis])))
    return b.div(e, back(b.sum(e, [axis]), x, [axis]))
  },
  true,
) as Along<'softmax'>

/**
 * log softmax x = (x − max x) − log Σ exp(x − max x) along an axis (the last unless named); small values keep their digits
 * however large the entries are.
 */
export const logSoftmax = along(
  'logSoftmax',
  (x, axis) => {
    if (x.shape[axis] === 0) return x
    const shifted = b.sub(x, back(anchor(x, [axis]), x, [axis]))
    return b.sub(shifted, back(b.log(b.sum(b.exp(shifted), [axis])), x, [axis]))
  },
  true,
) as Along<'logSoftmax'>

// ----------------------------------------------------------------------------------------------------- truth and places

const truth = (x: Tensor): Tensor => b.convert(b.convert(x, 'bool'), 'i32')

/** Whether any element is true (not 0); of nothing, false. */
export const any = reduction('any', (x, axes) => b.less(0, b.sum(truth(x), axes))) as Reduction<'any', 'bool'>

/** Whether all elements are true (not 0); of nothing, true. */
export const all = reduction('all', (x, axes) => b.equal(b.sum(truth(x), axes), count(x, axes))) as Reduction<
  'all',
  'bool'
>

const place = (name: 'argmax' | 'argmin'): unknown =>
  withOptions<Options>((x, o) => {
    const v = lift(name, x)
    if (o.axis === undefined) {
      const y = b[name](b.reshape(v, [sizeOf(v.shape)]), 0)
      return o.keepDims === true ? kept(y, v, range(v.shape.length)) : y
    }
    const axis = oneAxis(name, v, o.axis)
    const y = b[name](v, axis)
    return o.keepDims === true ? kept(y, v, [axis]) : y
  })

/** Where the largest element is, the first of equals; without an axis, its place in row-major order. */
export const argmax = place('argmax') as ArgReduction<'argmax'>

/** Where the smallest element is, the first of equals; without an axis, its place in row-major order. */
export const argmin = place('argmin') as ArgReduction<'argmin'>

// ------------------------------------------------------------------------------------------------------------- running

/** Running sums along an axis (the last unless named). */
export const cumsum = along('cumsum', (x, axis) => b.cumsum(x, axis, false)) as Along<'cumsum'>

/** Running products along an axis (the last unless named); right also where factors are 0. */
export const cumprod = along('cumprod', (x, axis) => b.cumprod(x, axis)) as Along<'cumprod'>

// ------------------------------------------------------------------------------------------------------------- sorting

/** x at the places `indices` along an axis; both have one shape but for that axis. */
export const alongAxis = (x: Tensor, indices: Tensor, axis: number): Tensor => {
  const rank = x.shape.length
  const last = [...otherAxes(rank, [axis]), axis]
  const undo = range(rank).map((i) => last.indexOf(i))
  return b.permute(b.gather(b.permute(x, last), b.permute(indices, last), rank - 1), undo)
}

/** The places that sort along an axis (the last unless named), ascending; equals keep their order, NaN comes last. */
export const argsort = along('argsort', (x, axis) => b.argsort(x, axis)) as Along<'argsort', object, 'i32'>

/** Sorted along an axis (the last unless named), ascending; the derivative is carried to where the values came from. */
export const sort = along('sort', (x, axis) => alongAxis(x, b.argsort(x, axis), axis)) as Along<'sort'>

/** The `k` largest along an axis (the last unless named), in falling order, and where they were. */
export const topK = ((x: unknown, o: { readonly k: number; readonly axis?: number }) => {
  const v = lift('topK', x)
  const axis = oneAxis('topK', v, o.axis)
  const k = whole('topK', o.k, 'k')
  const n = v.shape[axis] as number
  if (k > n)
    throw new ShapeError({
      operation: 'topK',
      problem: `k is ${k}, but axis ${axis} of ${showShape(v.shape)} has size ${n}`,
    })
  // of whole numbers the complement, −x − 1, which is never out of range
  const falling = isFloat(v.dtype) ? b.neg(v) : b.not(b.convert(v, 'i32'))
  const order = b.argsort(falling, axis)
  const places = b.slice(order, {
    start: v.shape.map(() => 0),
    stop: v.shape.map((s, i) => (i === axis ? k : s)),
    step: v.shape.map(() => 1),
  })
  return [alongAxis(v, places, axis), places]
}) as unknown as TopK
