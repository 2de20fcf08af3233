/** Reading and functional updating by index. */
import { DTypeError, ShapeError, showShape, ValueError } from '../core/error.js'
import type { DType, Tensor } from '../core/value.js'
import { builder as b, isNode } from '../tape/node.js'
import { bufferOf, type Concrete } from '../tensor/concrete.js'
import { normalizeAxis, otherAxes, range, sizeOf } from '../tensor/shape.js'
import { isOperand, lift, meet, stretch, whole } from './operand.js'
import { alongAxis } from './reduce.js'
import type { OneHot, Take, TakeAlongAxis } from './signatures.js'

// -------------------------------------------------------------------------------------------------------------- reading

/** Indices as i32: bare numbers are. @throws DTypeError */
const indicesOf = (operation: string, x: unknown): Tensor => {
  const v = lift(operation, x)
  if (v.dtype === 'i32') return v
  if (typeof x === 'number' && x === (x | 0)) return b.full([], 'i32', x)
  throw new DTypeError({
    operation,
    problem: `indices must be i32, found ${v.dtype} of shape ${showShape(v.shape)}`,
    hint: "make them integers: tensor([0, 2], { dtype: 'i32' })",
  })
}

/** Refuses indices out of range where they are known; others are refused when they are. @throws ValueError */
const checkRange = (operation: string, indices: Tensor, x: Tensor, axis: number): Tensor => {
  const n = x.shape[axis] as number
  if (!isNode(indices))
    for (const i of bufferOf(indices as Concrete))
      if (i < -n || i >= n)
        throw new ValueError({
          operation,
          problem: `index ${i} is out of range for axis ${axis} of ${showShape(x.shape)}`,
        })
  return indices
}

/** Entries by index along an axis, under an operation's name. */
export const takeOf = (operation: string, x: Tensor, indices: unknown, axis: number | undefined): Tensor => {
  const at = indicesOf(operation, indices)
  if (axis === undefined) return takeOf(operation, b.reshape(x, [sizeOf(x.shape)]), at, 0)
  const a = normalizeAxis(operation, axis, x.shape)
  checkRange(operation, at, x, a)
  const rank = x.shape.length
  const first = [a, ...otherAxes(rank, [a])]
  const rows = b.gather(b.permute(x, first), b.reshape(at, [sizeOf(at.shape)]), 0)
  const shaped = b.reshape(rows, [...at.shape, ...rows.shape.slice(1)])
  const k = at.shape.length
  const order = [...range(a).map((i) => k + i), ...range(k), ...range(rank - 1 - a).map((i) => k + a + i)]
  return b.permute(shaped, order)
}

/**
 * Entries by index along an axis; without one, of the elements in row-major order. Negative indices count from the back.
 *
 * @example
 * ```ts
 * import { take, tensor, toArray } from 'lanac'
 * const x = tensor([[1, 2], [3, 4], [5, 6]])
 * assert.deepStrictEqual(toArray(take(x, tensor([2, 0], { dtype: 'i32' }), { axis: 0 })), [[5, 6], [1, 2]])
 * ```
 */
export const take = ((x: unknown, indices: unknown, options?: { readonly axis?: number }) => {
  if (options === undefined && indices !== undefined && !isOperand(indices))
    return (y: unknown) => takeOf('take', lift('take', y), x, (indices as { readonly axis?: number }).axis)
  return takeOf('take', lift('take', x), indices, options?.axis)
}) as Take

const takeAlong = (x: Tensor, indices: unknown, axis: number | undefined): Tensor => {
  const at = indicesOf('takeAlongAxis', indices)
  const a = normalizeAxis('takeAlongAxis', axis ?? -1, x.shape)
  const fits = at.shape.length === x.shape.length && at.shape.every((n, i) => i === a || n === x.shape[i])
  if (!fits)
    throw new ShapeError({
      operation: 'takeAlongAxis',
      problem: `indices ${showShape(at.shape)} and ${showShape(x.shape)} may differ along axis ${a} only`,
    })
  return alongAxis(x, checkRange('takeAlongAxis', at, x, a), a)
}

/** At each place, the entry that the index there names along the axis (the last unless named). */
export const takeAlongAxis = ((x: unknown, indices: unknown, options?: { readonly axis?: number }) => {
  if (options === undefined && !isOperand(indices))
    return (y: unknown) =>
      takeAlong(lift('takeAlongAxis', y), x, (indices as { readonly axis?: number } | undefined)?.axis)
  return takeAlong(lift('takeAlongAxis', x), indices, options?.axis)
}) as TakeAlongAxis

/** 1 at the index, 0 elsewhere, along a new last axis: [...n] → [...n, classes]. An index out of range gives zeros. */
export const oneHot = ((x: unknown, classes?: number, options?: { readonly dtype?: DType }) => {
  if (classes === undefined) return (y: unknown) => oneHotOf(y, x as number, 'f64')
  return oneHotOf(x, classes, options?.dtype ?? 'f64')
}) as OneHot

const oneHotOf = (x: unknown, classes: number, dtype: DType): Tensor => {
  const at = indicesOf('oneHot', x)
  const shape = [...at.shape, whole('oneHot', classes, 'classes')]
  const wide = b.broadcast(at, shape, range(at.shape.length))
  return b.convert(b.equal(wide, b.iota(shape, 'i32', shape.length - 1)), dtype)
}

// ------------------------------------------------------------------------------------------------------------- updating

/** A range along one axis; absent bounds reach to its ends. */
export interface Range {
  readonly start?: number
  readonly stop?: number
  readonly step?: number
}

/** Where to update: for each leading axis an index or a range, or rows by an i32 tensor. */
export type Index = number | readonly (number | Range)[] | Tensor

/** The two updates at an index. */
export interface Update<X extends Tensor> {
  /** The array with these elements replaced; rows named twice are refused where they are known, and add up where traced. */
  readonly set: (value: Tensor | number | boolean) => X
  /** The array with this added to these elements. */
  readonly add: (value: Tensor | number) => X
}

interface Region {
  /** Shape of the region as the user sees it: without the axes named by a number. */
  readonly seen: readonly number[]
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly interior: readonly number[]
  readonly full: readonly number[]
}

/** A bound of a range. @throws ValueError when it is no whole number */
const bound = (value: number): number => {
  if (!Number.isInteger(value))
    throw new ValueError({ operation: 'at', problem: `bound ${value} of a range is not a whole number` })
  return value
}

const region = (x: Tensor, index: readonly (number | Range)[]): Region => {
  if (index.length > x.shape.length)
    throw new ShapeError({ operation: 'at', problem: `${index.length} indices for shape ${showShape(x.shape)}` })
  const axes = x.shape.map((n, i) => {
    const k = index[i] ?? {}
    if (typeof k === 'number') {
      const at = k < 0 ? k + n : k
      if (!Number.isInteger(k) || at < 0 || at >= n)
        throw new ValueError({
          operation: 'at',
          problem: `index ${k} is out of range for axis ${i} of ${showShape(x.shape)}`,
        })
      return { from: at, count: 1, step: 1, n, dropped: true }
    }
    const clamp = (v: number): number => Math.max(0, Math.min(n, v < 0 ? bound(v) + n : bound(v)))
    const from = clamp(k.start ?? 0)
    const step = whole('at', k.step ?? 1, 'step', 1)
    return { from, count: Math.ceil(Math.max(0, clamp(k.stop ?? n) - from) / step), step, n, dropped: false }
  })
  return {
    seen: axes.filter((a) => !a.dropped).map((a) => a.count),
    full: axes.map((a) => a.count),
    low: axes.map((a) => (a.count === 0 ? a.n : a.from)),
    high: axes.map((a) => (a.count === 0 ? 0 : a.n - a.from - (a.count - 1) * a.step - 1)),
    interior: axes.map((a) => a.step - 1),
  }
}

const spreadOver = (r: Region, v: Tensor): Tensor =>
  b.pad(b.reshape(stretch('at', v, r.seen), r.full), { low: r.low, high: r.high, interior: r.interior, value: 0 })

const checkDistinct = (indices: Tensor, n: number): void => {
  if (isNode(indices)) return
  const list = Array.from(bufferOf(indices as Concrete), (i) => (i < 0 ? i + n : i))
  if (new Set(list).size !== list.length)
    throw new ValueError({
      operation: 'at',
      problem: 'an index stands twice, so which value to set is not said',
      hint: 'use add to accumulate',
    })
}

/**
 * A functional update: `at(x, index).set(value)` and `.add(value)` give a new array and leave x as it is.
 *
 * @example
 * ```ts
 * import { at, toArray, zeros } from 'lanac'
 * assert.deepStrictEqual(toArray(at(zeros([2, 3]), [1, { start: 1 }]).set(7)), [[0, 0, 0], [0, 7, 7]])
 * ```
 */
export const at = <X extends Tensor>(x: X, index: Index): Update<X> => {
  if (typeof index === 'number') return at(x, [index])
  const fitted = (value: Tensor | number | boolean): Tensor => {
    const v = lift('at', value)
    return meet('at', v, x)[0]
  }
  if (Array.isArray(index)) {
    const r = region(x, index as readonly (number | Range)[])
    const mask = (): Tensor => spreadOver(r, b.full([], 'bool', 1))
    return {
      set: (value) => b.select(mask(), spreadOver(r, fitted(value)), x) as X,
      add: (value) => b.add(x, spreadOver(r, fitted(value))) as X,
    }
  }
  if (x.shape.length === 0)
    throw new ShapeError({ operation: 'at', problem: `rows by index of shape ${showShape(x.shape)}: there are none` })
  const rows = checkRange('at', indicesOf('at', index), x, 0)
  const n = x.shape[0] as number
  const shape = [...rows.shape, ...x.shape.slice(1)]
  const scatter = (v: Tensor): Tensor =>
    b.scatterAdd(
      b.reshape(stretch('at', v, shape), [sizeOf(rows.shape), ...x.shape.slice(1)]),
      b.reshape(rows, [sizeOf(rows.shape)]),
      0,
      n,
    )
  return {
    set: (value) => {
      checkDistinct(rows, n)
      return b.select(b.convert(scatter(b.full([], 'i32', 1)), 'bool'), scatter(fitted(value)), x) as X
    },
    add: (value) => b.add(x, scatter(fitted(value))) as X,
  }
}
