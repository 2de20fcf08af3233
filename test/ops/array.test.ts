/** Values in and out: creation, reading, conversion, comparison. Creation and reading copy. */
import * as fc from 'fast-check'
import {
  allClose,
  arange,
  ConcretizationError,
  convert,
  type DType,
  dtype,
  equals,
  eye,
  fromTypedArray,
  full,
  grad,
  item,
  jit,
  linspace,
  mul,
  ones,
  onesLike,
  scalar,
  shape,
  sum,
  type Tensor,
  tensor,
  toArray,
  toTypedArray,
  vmap,
  zeros,
  zerosLike,
} from 'lanac'
import { describe, expect, test } from 'vitest'
import { count, indices, lift, plains } from './naive.js'

describe('creation', () => {
  test('tensor and toArray undo each other', () => {
    fc.assert(
      fc.property(plains(), (x) => {
        const nested = toArray(lift(x))
        const at = (i: readonly number[]): unknown => i.reduce<unknown>((d, k) => (d as unknown[])[k], nested)
        expect(indices(x.shape).map(at)).toEqual(x.data)
        // an axis of size 0 hides the sizes behind it
        if (count(x.shape) > 0) expect(equals(tensor(nested as number[]) as Tensor, lift(x))).toBe(true)
      }),
    )
  })
  test('element types: f64 for numbers, bool for truth values, others by name', () => {
    expect(tensor([1, 2]).dtype).toBe('f64')
    expect(tensor([true, false]).dtype).toBe('bool')
    expect(toArray(tensor([true, false]))).toEqual([true, false])
    expect(tensor([1.5, 2], { dtype: 'f32' }).dtype).toBe('f32')
    expect(toArray(tensor([0.1], { dtype: 'f32' }))).toEqual([Math.fround(0.1)])
    expect(toArray(tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: 'i32' }))).toEqual([-(2 ** 31), 2 ** 31 - 1])
    expect(toArray(tensor([0, 0.5, -0], { dtype: 'bool' }))).toEqual([false, true, false])
    expect(toArray(tensor([true, false], { dtype: 'f64' }))).toEqual([1, 0])
    expect(tensor(3).shape).toEqual([])
    expect(tensor([]).shape).toEqual([0])
    expect(tensor([[], []]).shape).toEqual([2, 0])
  })
  test('scalars, constants and ranges', () => {
    expect([item(scalar(2)), scalar(true).dtype, scalar(1, { dtype: 'f32' }).dtype]).toEqual([2, 'bool', 'f32'])
    expect(toArray(zeros([2, 1]))).toEqual([[0], [0]])
    expect(toArray(ones([2], { dtype: 'i32' }))).toEqual([1, 1])
    expect(toArray(full([2], 7))).toEqual([7, 7])
    expect(toArray(full([2], true))).toEqual([true, true])
    expect(toArray(zerosLike(tensor([1, 2], { dtype: 'f32' })))).toEqual([0, 0])
    expect(onesLike(tensor([1, 2], { dtype: 'f32' })).dtype).toBe('f32')
    expect(toArray(eye(2))).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(toArray(arange(3))).toEqual([0, 1, 2])
    expect(toArray(arange(2, 5))).toEqual([2, 3, 4])
    expect(toArray(arange(5, 0, -2))).toEqual([5, 3, 1])
    expect(toArray(arange(3, 0))).toEqual([])
    expect(toArray(arange(3, { dtype: 'i32' }))).toEqual([0, 1, 2])
    expect(toArray(linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(toArray(linspace(2, 3, 1))).toEqual([2])
    expect(toArray(linspace(0, 0.1, 4))[3]).toBe(0.1)
  })
  test('typed arrays give their element type, and are copied in and out', () => {
    const made: readonly (readonly [Float64Array | Float32Array | Int32Array | Uint8Array, DType])[] = [
      [Float64Array.of(1, 2), 'f64'],
      [Float32Array.of(1, 2), 'f32'],
      [Int32Array.of(1, 2), 'i32'],
      [Uint8Array.of(1, 0), 'bool'],
    ]
    for (const [data, type] of made) {
      const x = fromTypedArray(data, [2, 1])
      expect(x.dtype).toBe(type)
      const before = toArray(x)
      data[0] = 0
      expect(toArray(x)).toEqual(before)
      const out = toTypedArray(x)
      expect(out.constructor).toBe(data.constructor)
      out[1] = 9
      expect(toArray(x)).toEqual(before)
    }
    const nested = [[1], [2]]
    const x = tensor(nested)
    ;(nested[0] as number[])[0] = 5
    expect(toArray(x)).toEqual([[1], [2]])
    const sizes = [2, 2]
    const z = zeros(sizes)
    sizes[0] = 7
    expect(z.shape).toEqual([2, 2])
    expect(toArray(fromTypedArray(Uint8Array.of(0, 3), [2]))).toEqual([false, true])
  })
})

describe('reading', () => {
  test('item, shape and dtype', () => {
    expect(item(tensor([[4]]))).toBe(4)
    expect(item(tensor(true))).toBe(true)
    expect(item(5)).toBe(5)
    expect(shape(zeros([2, 3]))).toEqual([2, 3])
    expect(dtype(zeros([1], { dtype: 'i32' }))).toBe('i32')
  })
  test('a traced value can be looked at where its numbers are known, and not inside jit and vmap', () => {
    const f = (x: Tensor<[], 'f64'>): Tensor<[], 'f64'> => (item(x) > 0 ? mul(x, 3) : mul(x, 5))
    expect(item(grad(f)(1))).toBe(3)
    expect(item(grad(f)(-1))).toBe(5)
    expect(() => jit(f)(1)).toThrow(ConcretizationError)
    expect(() => vmap(f)(tensor([1]))).toThrow(ConcretizationError)
  })
})

describe('convert', () => {
  test('between all element types', () => {
    const x = tensor([-1.9, 0, 0.5, 2 ** 31, Number.NaN])
    expect(toArray(convert(x, 'i32'))).toEqual([-1, 0, 0, 2 ** 31 - 1, 0])
    expect(toArray(convert(x, 'bool'))).toEqual([true, false, true, true, true])
    expect(toArray(convert(tensor([0.1]), 'f32'))).toEqual([Math.fround(0.1)])
    expect(toArray(convert(tensor([true, false]), 'f32'))).toEqual([1, 0])
    expect(toArray(convert(tensor([3], { dtype: 'i32' }), 'f64'))).toEqual([3])
    expect(convert('f32')(x).dtype).toBe('f32')
    expect(item(convert(2.5, 'i32'))).toBe(2)
  })
  test('a derivative passes between floats in the type of its argument, and stops at whole numbers', () => {
    const g = grad((x: Tensor<[2], 'f32'>) => sum(mul(convert(x, 'f64'), 3)))(tensor([1, 2], { dtype: 'f32' }))
    expect([g.dtype, toArray(g)]).toEqual(['f32', [3, 3]])
    expect(toArray(grad((x: Tensor<[1], 'f64'>) => sum(convert(convert(x, 'i32'), 'f64')))(tensor([1.5])))).toEqual([0])
  })
})

describe('comparison', () => {
  test('equals: shape, element type and elements; NaN equals NaN, 0 equals −0', () => {
    expect(equals(tensor([1, Number.NaN, 0]), tensor([1, Number.NaN, -0]))).toBe(true)
    expect(equals(tensor([1]), tensor([2]))).toBe(false)
    expect(equals(tensor([1, 2]), tensor([[1, 2]]))).toBe(false)
    expect(equals(tensor([1]), tensor([1], { dtype: 'f32' }))).toBe(false)
    expect(equals(zeros([2]), tensor([0, 0]))).toBe(true)
    expect(equals(2, scalar(2))).toBe(true)
  })
  test('allClose: |x − y| ≤ absolute + relative·|y|', () => {
    expect(allClose(tensor([1, 1e-9]), tensor([1 + 1e-6, 0]))).toBe(true)
    expect(allClose(tensor([1]), tensor([1 + 1e-4]))).toBe(false)
    expect(allClose(tensor([1]), tensor([1.1]), { relative: 0.1 })).toBe(true)
    expect(allClose(tensor([0.1]), tensor([0]), { absolute: 0.1 })).toBe(true)
    expect(allClose(tensor([1]), tensor([1]), { relative: 0, absolute: 0 })).toBe(true)
    expect(allClose(tensor([Infinity, Number.NaN]), tensor([Infinity, Number.NaN]))).toBe(true)
    expect(allClose(tensor([1e308]), tensor([Infinity]))).toBe(false)
    expect(allClose(tensor([Infinity]), tensor([1]))).toBe(false)
    expect(allClose(tensor([Number.NaN]), tensor([1]))).toBe(false)
    expect(allClose(tensor([1]), tensor([[1]]))).toBe(false)
    expect(allClose(tensor([1]), tensor([1], { dtype: 'f32' }))).toBe(true)
  })
})
