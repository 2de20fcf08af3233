/** Values from JS: nested arrays, typed arrays, ranges, constants. Creation copies. */
import { DTypeError, ShapeError, showShape, ValueError } from '../core/error.js'
import { brand, type DType, isTensor, type Shape, type Tensor } from '../core/value.js'
import { builder } from '../tape/node.js'
import { allocate, type Concrete, cast, concrete, scalarOf, uniform, unknownDType } from '../tensor/concrete.js'
import { checkShape, sizeOf } from '../tensor/shape.js'
import { kindOf, lift, whole } from './operand.js'
import type {
  Arange,
  Eye,
  Filled,
  FilledLike,
  FromNested,
  FromScalar,
  FromTypedArray,
  Full,
  Linspace,
  TypedArray,
} from './signatures.js'

interface Options {
  readonly dtype?: DType | undefined
}

const DTYPES: readonly unknown[] = ['f64', 'f32', 'i32', 'bool']

const dtypeOf = (operation: string, o: Options | undefined, otherwise: DType = 'f64'): DType => {
  const dtype = o?.dtype ?? otherwise
  if (!DTYPES.includes(dtype)) throw unknownDType(operation, dtype)
  return dtype
}

// -------------------------------------------------------------------------------------------------------- nested arrays

type Nested = number | boolean | readonly Nested[]

/** The shape of a nested array, read off its first elements. */
const nestedShape = (data: unknown): number[] => {
  const shape: number[] = []
  for (let d = data; Array.isArray(d); d = d[0]) shape.push(d.length)
  return shape
}

const at = (path: readonly number[]): string => path.map((i) => `[${i}]`).join('')

/** A number as an element. @throws ValueError for one that is no i32 where one is needed */
const element = (operation: string, dtype: DType, x: number, path?: string): number => {
  if (dtype === 'i32' && x !== (x | 0))
    throw new ValueError({
      operation,
      problem: `${x} is not a 32-bit whole number`,
      path,
      hint: "use dtype 'f64', or round first",
    })
  return cast(dtype, x)
}

/** Writes the elements of a nested array; refuses ragged ones and says where. */
const fill = (operation: string, data: unknown, shape: Shape, dtype: DType, out: { [i: number]: number }): void => {
  let next = 0
  const go = (d: unknown, path: readonly number[]): void => {
    const axis = path.length
    if (axis === shape.length) {
      if (typeof d !== 'number' && typeof d !== 'boolean') {
        throw new ShapeError({
          operation,
          problem: `expected a number, found ${kindOf(d)}`,
          path: at(path),
          hint: isTensor(d) ? 'put tensors together with stack or concat' : undefined,
        })
      }
      const x = Number(d)
      out[next++] = element(operation, dtype, x, at(path))
      return
    }
    const n = shape[axis] as number
    if (!Array.isArray(d) || d.length !== n) {
      const found = Array.isArray(d) ? `an array of ${d.length}` : `${String(d)}`
      throw new ShapeError({
        operation,
        problem: `rows differ in length: expected an array of ${n}, found ${found}`,
        path: at(path),
      })
    }
    for (let i = 0; i < n; i++) go(d[i], [...path, i])
  }
  go(data, [])
}

const firstElement = (data: unknown): unknown => {
  let d = data
  while (Array.isArray(d)) d = d[0]
  return d
}

/**
 * An array from nested arrays; f64 unless named, bool for truth values.
 *
 * @throws ShapeError for ragged rows, with the place; ValueError for numbers that are no i32
 * @example
 * ```ts
 * import { tensor } from 'lanac'
 * const a = tensor([[1, 2, 3], [4, 5, 6]])
 * assert.deepStrictEqual(a.shape, [2, 3])
 * assert.equal(String(a), '[[1. 2. 3.]\n [4. 5. 6.]]')
 * ```
 */
export const tensor = ((data: Nested, options?: Options): Tensor => {
  if (typeof data === 'object' && data !== null && brand in data) {
    const x = data as unknown as Tensor
    return options?.dtype === undefined ? x : builder.convert(x, options.dtype)
  }
  if (ArrayBuffer.isView(data)) {
    const view = data as unknown as TypedArray
    const x = fromTypedArray(view, [view.length]) as Tensor
    return options?.dtype === undefined ? x : builder.convert(x, options.dtype)
  }
  const shape = checkShape('tensor', nestedShape(data))
  const dtype = dtypeOf('tensor', options, typeof firstElement(data) === 'boolean' ? 'bool' : 'f64')
  const buffer = allocate(dtype, sizeOf(shape))
  fill('tensor', data, shape, dtype, buffer)
  return concrete(shape, dtype, buffer)
}) as FromNested

/** A scalar. */
export const scalar = ((value: number | boolean, options?: Options): Tensor => {
  const dtype = dtypeOf('scalar', options, typeof value === 'boolean' ? 'bool' : 'f64')
  return scalarOf(dtype, element('scalar', dtype, Number(value)))
}) as FromScalar

/**
 * An array over a copy of a typed array, whose kind gives the element type.
 *
 * @throws DTypeError for other arrays, ShapeError when the count does not match
 */
export const fromTypedArray = ((data: TypedArray, shape: Shape): Tensor => {
  const dtype: DType | undefined =
    data instanceof Float64Array
      ? 'f64'
      : data instanceof Float32Array
        ? 'f32'
        : data instanceof Int32Array
          ? 'i32'
          : data instanceof Uint8Array
            ? 'bool'
            : undefined
  if (dtype === undefined)
    throw new DTypeError({
      operation: 'fromTypedArray',
      problem: 'takes Float64Array, Float32Array, Int32Array or Uint8Array (bool)',
    })
  const n = sizeOf(checkShape('fromTypedArray', shape))
  if (data.length !== n)
    throw new ShapeError({
      operation: 'fromTypedArray',
      problem: `${data.length} elements for shape ${showShape(shape)}, which has ${n}`,
    })
  const buffer = dtype === 'bool' ? Uint8Array.from(data, (x) => (x === 0 ? 0 : 1)) : data.slice()
  return concrete([...shape], dtype, buffer)
}) as FromTypedArray

// ------------------------------------------------------------------------------------------------------------ constants

const filled = (operation: string, shape: Shape, value: number, options: Options | undefined): Concrete => {
  const dtype = dtypeOf(operation, options)
  return uniform([...checkShape(operation, shape)], dtype, element(operation, dtype, value))
}

/** All zeros. */
export const zeros = ((shape: Shape, options?: Options) => filled('zeros', shape, 0, options)) as unknown as Filled
/** All ones. */
export const ones = ((shape: Shape, options?: Options) => filled('ones', shape, 1, options)) as unknown as Filled
/** All `value`. */
export const full = ((shape: Shape, value: number | boolean, options?: Options) =>
  filled(
    'full',
    shape,
    Number(value),
    options ?? (typeof value === 'boolean' ? { dtype: 'bool' } : undefined),
  )) as unknown as Full
/** Zeros in the shape and element type of another value. */
export const zerosLike = ((x: unknown) => builder.like(lift('zerosLike', x), 0)) as FilledLike
/** Ones in the shape and element type of another value. */
export const onesLike = ((x: unknown) => builder.like(lift('onesLike', x), 1)) as FilledLike

// --------------------------------------------------------------------------------------------------------------- ranges

const counted = (operation: string, n: number, dtype: DType, f: (i: number) => number): Tensor => {
  const buffer = allocate(dtype, whole(operation, n, 'the count'))
  for (let i = 0; i < n; i++) buffer[i] = element(operation, dtype, f(i))
  return concrete([n], dtype, buffer)
}

/** From `start` (0 unless named) to before `stop` in steps (1 unless named). */
export const arange = ((...args: readonly (number | Options | undefined)[]): Tensor => {
  const numbers = args.filter((a) => typeof a === 'number')
  const options = args.find((a) => typeof a === 'object') as Options | undefined
  const [start, stop, step] =
    numbers.length === 1 ? [0, numbers[0] as number, 1] : [numbers[0] as number, numbers[1] as number, numbers[2] ?? 1]
  if (step === 0 || ![start, stop, step].every(Number.isFinite))
    throw new ValueError({ operation: 'arange', problem: `cannot count from ${start} to ${stop} by ${step}` })
  return counted(
    'arange',
    Math.max(0, Math.ceil((stop - start) / step)),
    dtypeOf('arange', options),
    (i) => start + i * step,
  )
}) as Arange

/** `n` numbers evenly spaced, both ends included. */
export const linspace = ((start: number, stop: number, n: number, options?: Options) =>
  counted('linspace', n, dtypeOf('linspace', options), (i) =>
    i === n - 1 && n > 1 ? stop : start + (i * (stop - start)) / Math.max(1, n - 1),
  )) as Linspace

/** Ones on the diagonal: [n, n]. */
export const eye = ((n: number, options?: Options): Tensor => {
  const dtype = dtypeOf('eye', options)
  const buffer = allocate(dtype, whole('eye', n, 'the size') ** 2)
  for (let i = 0; i < n; i++) buffer[i * n + i] = 1
  return concrete([n, n], dtype, buffer)
}) as Eye
