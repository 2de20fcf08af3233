/** Examples as vectors. */
import { arange, reshape, ShapeError, type Tensor, toArray, zeros } from 'lanac'
import { chain, dense, flatten } from 'lanac/nn'
import { key } from 'lanac/random'
import { describe, expect, it } from 'vitest'

describe('flatten', () => {
  const layer = flatten(2, 3)

  it('makes a vector of each example, row by row, and puts cotangents back', () => {
    const x = reshape(arange(12), [2, 2, 3])
    const [y, pull] = layer.vjp([], x)
    expect(toArray(y)).toEqual([[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]) // biome-ignore format: a matrix
    expect(toArray(pull(y)[1])).toEqual(toArray(x))
    expect(layer.apply([])(reshape(arange(6), [2, 3])).shape).toEqual([6])
    expect(layer.apply([])(zeros([0, 4, 2, 3])).shape).toEqual([0, 4, 6])
  })

  it('of a scalar is a vector of one', () => {
    expect(flatten().apply([])(zeros([3])).shape).toEqual([3, 1])
  })

  it('leads into dense layers', () => {
    const model = chain(layer, dense(6, 2))
    expect(model.apply(model.init(key(0), { dtype: 'f64' }))(zeros([5, 2, 3])).shape).toEqual([5, 2])
  })

  it('refuses another shape', () => {
    const f = layer.apply([]) as unknown as (x: Tensor) => Tensor
    expect(() => f(zeros([6]))).toThrow(ShapeError)
    expect(() => f(zeros([6]))).toThrow(
      'flatten(2, 3): this layer takes [2, 3], under any batch shape, but is given [6] (at stage 0)',
    )
  })
})
