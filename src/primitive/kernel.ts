/**
 * Loops of the reference semantics; arithmetic is in doubles, rounded once when an f32 element is stored.
 *
 * A loop that calls a function for each element is shared by every operation, so the engine of JavaScript cannot inline
 * the call: it costs ten times the arithmetic. Operations that much time is spent in state their inner loop written out
 * (`inner.ts`) beside the function.
 */
import type { DType, Shape } from '../core/value.js'
import { allocate, type Buffer, bufferOf, type Concrete, cast, concrete, uniform } from '../tensor/concrete.js'
import { sizeOf, stridesOf } from '../tensor/shape.js'
import type { Inner1, Inner2 } from './inner.js'

/** A loop over one array. */
export type Loop1<P> = (x: Concrete, params: P) => Concrete

/** A loop over two arrays of one shape. */
export type Loop2<P> = (x: Concrete, y: Concrete, params: P) => Concrete

/** The elements of an array, and the step from one to the next: 0 when all of them are one number. */
const stepped = (x: Concrete): readonly [data: Buffer, step: 0 | 1] =>
  x.buffer === null ? [bufferOf(uniform([1], x.dtype, x.value)), 0] : [x.buffer, 1]

/** `o[i] = f(x[i])`, with results of element type `to` (default: the argument's). */
export const loop1 =
  <P>(f: (x: number, params: P) => number, to?: DType, inner?: Inner1): Loop1<P> =>
  (x, params) => {
    const dtype = to ?? x.dtype
    const d = x.buffer
    if (d === null) return uniform(x.shape, dtype, cast(dtype, f(x.value, params)), x.weak && dtype === 'f64')
    const n = d.length
    const o = allocate(dtype, n)
    if (inner !== undefined) inner(o, d)
    else for (let i = 0; i < n; i++) o[i] = f(d[i] as number, params)
    return concrete(x.shape, dtype, o)
  }

/** `o[i] = f(x[i], y[i])`. */
export const loop2 =
  <P>(f: (x: number, y: number, params: P) => number, to?: DType, inner?: Inner2): Loop2<P> =>
  (x, y, params) => {
    const dtype = to ?? x.dtype
    if (x.buffer === null && y.buffer === null)
      return uniform(x.shape, dtype, cast(dtype, f(x.value, y.value, params)), x.weak && y.weak && dtype === 'f64')
    const [d, p] = stepped(x)
    const [e, q] = stepped(y)
    const n = p === 1 ? d.length : e.length
    const o = allocate(dtype, n)
    if (inner !== undefined) inner(o, d, p, e, q)
    else for (let i = 0, j = 0, k = 0; i < n; i++, j += p, k += q) o[i] = f(d[j] as number, e[k] as number, params)
    return concrete(x.shape, dtype, o)
  }

/** Elements of a strided view, written out: `o[i] = d[offset + i · strides]` for every index `i` of `shape`. */
export const readStrided = (d: Buffer, dtype: DType, shape: Shape, strides: readonly number[], offset = 0): Buffer => {
  const n = sizeOf(shape)
  const o = allocate(dtype, n)
  if (n === 0) return o
  const rank = shape.length
  if (rank === 0) {
    o[0] = d[offset] as number
    return o
  }
  const inner = shape[rank - 1] as number
  const step = strides[rank - 1] as number
  const index = new Int32Array(rank)
  let p = offset
  for (let i = 0; i < n; i += inner) {
    for (let j = 0, q = p; j < inner; j++, q += step) o[i + j] = d[q] as number
    for (let k = rank - 2; k >= 0; k--) {
      p += strides[k] as number
      const at = (index[k] as number) + 1
      if (at < (shape[k] as number)) {
        index[k] = at
        break
      }
      p -= (strides[k] as number) * (shape[k] as number)
      index[k] = 0
    }
  }
  return o
}

/** Elements put at the places of a strided view of `o`: `o[offset + i · strides] = d[i]`. */
export const writeStrided = (o: Buffer, d: Buffer, shape: Shape, strides: readonly number[], offset = 0): void => {
  const n = sizeOf(shape)
  if (n === 0) return
  const rank = shape.length
  const index = new Int32Array(rank)
  let p = offset
  for (let i = 0; i < n; i++) {
    o[p] = d[i] as number
    for (let k = rank - 1; k >= 0; k--) {
      p += strides[k] as number
      const at = (index[k] as number) + 1
      if (at < (shape[k] as number)) {
        index[k] = at
        break
      }
      p -= (strides[k] as number) * (shape[k] as number)
      index[k] = 0
    }
  }
}

/** A permutation of axes, written out. */
export const permuted = (x: Concrete, permutation: readonly number[]): Concrete => {
  const shape = permutation.map((p) => x.shape[p] as number)
  if (x.buffer === null) return uniform(shape, x.dtype, x.value)
  const strides = stridesOf(x.shape)
  return concrete(
    shape,
    x.dtype,
    readStrided(
      x.buffer,
      x.dtype,
      shape,
      permutation.map((p) => strides[p] as number),
    ),
  )
}

/** The same array with the axes named moved last, as (rows, columns of the named axes). */
export const rowsOver = (
  x: Concrete,
  axes: readonly number[],
): { rows: number; columns: number; data: Buffer; kept: Shape } => {
  const keep: number[] = []
  for (let i = 0; i < x.shape.length; i++) if (!axes.includes(i)) keep.push(i)
  const kept = keep.map((i) => x.shape[i] as number)
  const columns = sizeOf(axes.map((i) => x.shape[i] as number))
  const order = [...keep, ...axes]
  const inPlace = order.every((p, i) => p === i)
  return { rows: sizeOf(kept), columns, data: bufferOf(inPlace ? x : permuted(x, order)), kept }
}

/** The same for leading axes, read in the order of memory: each row of the others is folded into the results. */
const foldLeading = (
  f: (acc: number, x: number) => number,
  first: number,
  x: Concrete,
  axes: readonly number[],
  dtype: DType,
): Concrete => {
  const data = bufferOf(x)
  const kept = x.shape.slice(axes.length)
  const n = sizeOf(kept)
  const acc = (allocate('f64', n) as Float64Array).fill(first)
  for (let p = 0; p < data.length; p += n)
    for (let i = 0; i < n; i++) acc[i] = f(acc[i] as number, data[p + i] as number)
  const o = allocate(dtype, n)
  o.set(acc)
  return concrete(kept, dtype, o)
}

/** Folds the named axes away: `o[r] = finish(f(… f(f(start, x[r, 0]), x[r, 1]) …))`. */
export const fold1 =
  (f: (acc: number, x: number) => number, start: (dtype: DType) => number, to?: DType) =>
  (x: Concrete, axes: readonly number[]): Concrete => {
    const dtype = to ?? x.dtype
    const first = start(x.dtype)
    if (x.buffer !== null && axes.length > 0 && axes.every((a, i) => a === i))
      return foldLeading(f, first, x, axes, dtype)
    const { rows, columns, data, kept } = rowsOver(x, axes)
    const o = allocate(dtype, rows)
    for (let r = 0, p = 0; r < rows; r++) {
      let acc = first
      for (let c = 0; c < columns; c++, p++) acc = f(acc, data[p] as number)
      o[r] = acc
    }
    return concrete(kept, dtype, o)
  }
