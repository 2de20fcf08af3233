/** Moving elements: shapes, order, joining, cutting. All linear: cotangents move back the way the elements came. */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import type { Shape, Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { checkShape, normalizeAxes, normalizeAxis, range, sizeOf } from '../tensor/shape.js'
import { lift, meet, stretch, whole, withOptions } from './operand.js'
import type {
  AlongWith,
  BroadcastToOp,
  ConcatOp,
  ExpandDimsOp,
  Pad,
  Reshape,
  Slice,
  SliceOptions,
  SqueezeOp,
  StackOp,
  Tile,
  Transpose,
} from './signatures.js'

const withShape =
  (f: (x: unknown, shape: Shape) => Tensor): unknown =>
  (x: unknown, shape?: Shape) =>
    shape === undefined ? (y: unknown) => f(y, x as Shape) : f(x, shape)

// -------------------------------------------------------------------------------------------------------------- shapes

/** The target with −1 replaced by the size that is left over. @throws ShapeError when the counts do not match */
const target = (x: Tensor, shape: Shape): Shape => {
  const n = sizeOf(x.shape)
  const open = shape.filter((s) => s === -1).length
  const rest = sizeOf(shape.filter((s) => s !== -1))
  if (open > 1)
    throw new ShapeError({ operation: 'reshape', problem: `${showShape(shape)} leaves more than one size open` })
  const full = open === 1 ? shape.map((s) => (s === -1 ? n / rest : s)) : shape
  if (sizeOf(full) !== n || full.some((s) => !Number.isInteger(s)))
    throw new ShapeError({
      operation: 'reshape',
      problem: `${showShape(x.shape)} has ${n} elements, ${showShape(shape)} ${open === 1 ? 'cannot hold them' : `has ${sizeOf(shape)}`}`,
    })
  return checkShape('reshape', full)
}

/**
 * The same elements in another shape; −1 stands for the size that is left over.
 *
 * @example
 * ```ts
 * import { arange, reshape } from 'lanac'
 * assert.deepStrictEqual(reshape(arange(6), [2, -1]).shape, [2, 3])
 * ```
 */
export const reshape = withShape((x, shape) => {
  const v = lift('reshape', x)
  return b.reshape(v, target(v, shape))
}) as Reshape

/** Stretched to a shape by NumPy's rule. */
export const broadcastTo = withShape((x, shape) =>
  stretch('broadcastTo', lift('broadcastTo', x), checkShape('broadcastTo', shape)),
) as BroadcastToOp

const permutationOf = (x: Tensor, permutation: readonly number[] | undefined): readonly number[] => {
  const rank = x.shape.length
  if (permutation === undefined) return range(rank).reverse()
  const axes = permutation.map((a) => normalizeAxis('transpose', a, x.shape))
  if (axes.length !== rank || new Set(axes).size !== rank)
    throw new ShapeError({
      operation: 'transpose',
      problem: `${showShape(permutation)} is not a permutation of the axes of ${showShape(x.shape)}`,
    })
  return axes
}

/** Axes in another order; absent: reversed. Axis i of the result is axis `permutation[i]` of x. */
export const transpose = ((x: unknown, permutation?: readonly number[]) => {
  if (Array.isArray(x)) return (y: unknown) => transposed(lift('transpose', y), x as number[])
  return transposed(lift('transpose', x), permutation)
}) as Transpose

const transposed = (x: Tensor, permutation: readonly number[] | undefined): Tensor =>
  b.permute(x, permutationOf(x, permutation))

/** A new axis of size 1 before the one named (negative: counted from the back of the result). */
export const expandDims = withOptions<{ readonly axis: number }>((x, { axis }) => {
  const v = lift('expandDims', x)
  const at = normalizeAxis('expandDims', axis, [...v.shape, 1])
  return b.reshape(v, [...v.shape.slice(0, at), 1, ...v.shape.slice(at)])
}) as ExpandDimsOp

/** Without an axis of size 1; absent: without all of them. */
export const squeeze = withOptions<{ readonly axis?: number | readonly number[] | undefined }>((x, { axis }) => {
  const v = lift('squeeze', x)
  const axes =
    axis === undefined ? range(v.shape.length).filter((i) => v.shape[i] === 1) : normalizeAxes('squeeze', axis, v.shape)
  for (const a of axes)
    if (v.shape[a] !== 1)
      throw new ShapeError({
        operation: 'squeeze',
        problem: `axis ${a} of ${showShape(v.shape)} has size ${v.shape[a]}, not 1`,
      })
  return b.reshape(
    v,
    v.shape.filter((_, i) => !axes.includes(i)),
  )
}) as SqueezeOp

// ------------------------------------------------------------------------------------------------------------- joining

const together = (operation: string, xs: unknown): readonly Tensor[] => {
  const list = (xs as readonly unknown[]).map((x) => lift(operation, x))
  const strong = list.find((x) => !(x as unknown as { readonly weak: boolean }).weak) ?? list[0]
  if (strong === undefined) throw new ShapeError({ operation, problem: 'there is nothing to join' })
  return list.map((x) => meet(operation, x, strong)[0])
}

const listed =
  <O extends object>(f: (xs: unknown, options: O) => Tensor): unknown =>
  (xs: unknown, options?: O) =>
    Array.isArray(xs) ? f(xs, options ?? ({} as O)) : (ys: unknown) => f(ys, xs as O)

/** One after the other along an axis (the first unless named). */
export const concat = listed<{ readonly axis?: number }>((xs, { axis = 0 }) => {
  const parts = together('concat', xs)
  return b.concatenate(parts, normalizeAxis('concat', axis, (parts[0] as Tensor).shape))
}) as ConcatOp

/** Side by side along a new axis (the first unless named). */
export const stack = listed<{ readonly axis?: number }>((xs, { axis = 0 }) => {
  const parts = together('stack', xs)
  const shape = (parts[0] as Tensor).shape
  const at = normalizeAxis('stack', axis, [...shape, 1])
  const wide = parts.map((p, k) => {
    if (showShape(p.shape) !== showShape(shape))
      throw new ShapeError({
        operation: 'stack',
        problem: `part ${k} has shape ${showShape(p.shape)}, part 0 ${showShape(shape)}`,
      })
    return b.reshape(p, [...shape.slice(0, at), 1, ...shape.slice(at)])
  })
  return b.concatenate(wide, at)
}) as StackOp

/** In how many equal parts, or of which sizes. */
export interface SplitOptions {
  readonly parts?: number
  readonly sizes?: readonly number[]
  readonly axis?: number
}

/** Cut into parts along an axis (the first unless named): `split(x, { parts: 3 })` or `{ sizes: [2, 5] }`. */
export const split = (x: Tensor, options: SplitOptions): readonly Tensor[] => {
  const axis = normalizeAxis('split', options.axis ?? 0, x.shape)
  const n = x.shape[axis] as number
  const parts = whole('split', options.parts ?? options.sizes?.length ?? 1, 'parts', 1)
  const sizes = options.sizes ?? range(parts).map(() => n / parts)
  if (sizes.some((s) => !Number.isInteger(s) || s < 0) || sizes.reduce((p, q) => p + q, 0) !== n)
    throw new ShapeError({
      operation: 'split',
      problem: `axis ${axis} of ${showShape(x.shape)} cannot be cut into sizes ${showShape(sizes)}`,
    })
  let from = 0
  return sizes.map((size) => {
    const start = from
    from += size
    return section(x, axis, start, start + size)
  })
}

/** A part along one axis. */
const section = (x: Tensor, axis: number, start: number, stop: number): Tensor =>
  b.slice(x, {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    stop: x.shape.map((n, i) => (i === axis ? stop : n)),
    step: x.shape.map(() => 1),
  })

// ------------------------------------------------------------------------------------------------------ parts and edges

/** A bound counted from the front and held between `least` and `most`. @throws ValueError when it is no whole number */
const bound = (value: number | undefined, size: number, least: number, most: number, absent: number): number => {
  if (value === undefined) return absent
  if (!Number.isInteger(value))
    throw new ValueError({ operation: 'slice', problem: `bound ${value} is not a whole number` })
  return Math.max(least, Math.min(most, value < 0 ? value + size : value))
}

/**
 * Every `step`-th element from `start` to before `stop`, axis by axis; axes not named are whole. Bounds count from the
 * back when negative and are held to the axis, as in NumPy; a negative step runs backwards.
 *
 * @example
 * ```ts
 * import { arange, slice, toArray } from 'lanac'
 * assert.deepStrictEqual(toArray(slice(arange(6), { start: [1], stop: [6], step: [2] })), [1, 3, 5])
 * ```
 */
export const slice = withOptions<SliceOptions>((x, o) => {
  const v = lift('slice', x)
  for (const list of [o.start, o.stop, o.step])
    if (list !== undefined && list.length > v.shape.length)
      throw new ShapeError({
        operation: 'slice',
        problem: `${showShape(list)} names more axes than ${showShape(v.shape)} has`,
      })
  const reversed = v.shape.map((_, i) => (o.step?.[i] ?? 1) < 0)
  const step = v.shape.map((_, i) => {
    const s = o.step?.[i] ?? 1
    if (!Number.isInteger(s) || s === 0)
      throw new ValueError({ operation: 'slice', problem: `step ${s} of axis ${i} is not a whole number other than 0` })
    return Math.abs(s)
  })
  const flipped = reversed.some(Boolean)
    ? b.flip(
        v,
        range(v.shape.length).filter((i) => reversed[i]),
      )
    : v
  const start = v.shape.map((n, i) =>
    // backwards, a start may be before the first element, −1, and so take nothing
    reversed[i] ? n - 1 - bound(o.start?.[i], n, -1, n - 1, n - 1) : bound(o.start?.[i], n, 0, n, 0),
  )
  const stop = v.shape.map((n, i) => {
    const s = o.stop?.[i]
    return Math.max(start[i] as number, reversed[i] ? n - 1 - bound(s, n, -1, n - 1, -1) : bound(s, n, 0, n, n))
  })
  return b.slice(flipped, { start, stop, step })
}) as Slice

/** Edges of `value` (0 unless named) added around: `pad(x, { low: [0, 2], high: [1, 1] })`. */
export const pad = withOptions<{
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly value?: number
}>((x, o) => {
  const v = lift('pad', x)
  return b.pad(v, { low: [...o.low], high: [...o.high], interior: v.shape.map(() => 0), value: o.value ?? 0 })
}) as Pad

/** The elements in reverse order along axes; absent: along all. */
export const flip = withOptions<{ readonly axis?: number | readonly number[] }>((x, { axis }) => {
  const v = lift('flip', x)
  return b.flip(v, normalizeAxes('flip', axis, v.shape))
}) as <X extends Tensor>(x: X, options?: { readonly axis?: number | readonly number[] }) => X

/** Moved `shift` places along an axis; what leaves at one end comes in at the other. Without an axis, in row-major order. */
export const roll = withOptions<{ readonly shift: number; readonly axis?: number }>((x, { shift, axis }) => {
  const v = lift('roll', x)
  if (axis === undefined) {
    const n = sizeOf(v.shape)
    return b.reshape(rolled(b.reshape(v, [n]), shift, 0), v.shape)
  }
  return rolled(v, shift, normalizeAxis('roll', axis, v.shape))
}) as AlongWith<'roll', { readonly shift: number }>

const rolled = (x: Tensor, shift: number, axis: number): Tensor => {
  if (!Number.isInteger(shift))
    throw new ValueError({ operation: 'roll', problem: `shift must be a whole number, found ${shift}` })
  const n = x.shape[axis] as number
  if (n === 0) return x
  const k = ((shift % n) + n) % n
  return k === 0 ? x : b.concatenate([section(x, axis, n - k, n), section(x, axis, 0, n - k)], axis)
}

/** Repeated along each axis: `tile(x, { repeats: [2, 3] })`. */
export const tile = withOptions<{ readonly repeats: readonly number[] }>((x, { repeats }) => {
  const v = lift('tile', x)
  const rank = Math.max(v.shape.length, repeats.length)
  const shape = [...range(rank - v.shape.length).map(() => 1), ...v.shape]
  const times = [...range(rank - repeats.length).map(() => 1), ...repeats].map((r) => whole('tile', r, 'repeats'))
  const wide = b.broadcast(
    b.reshape(v, shape),
    shape.flatMap((n, i) => [times[i] as number, n]),
    range(rank).map((i) => 2 * i + 1),
  )
  return b.reshape(
    wide,
    shape.map((n, i) => n * (times[i] as number)),
  )
}) as Tile
