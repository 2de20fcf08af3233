/** Values do not change: creation and reading copy, and what an operation was given may be changed afterwards. */
import {
  add,
  broadcastTo,
  concat,
  expandDims,
  flip,
  fromTypedArray,
  full,
  grad,
  jit,
  mul,
  neg,
  ones,
  pad,
  reshape,
  roll,
  type Shape,
  slice,
  stack,
  sum,
  type Tensor,
  take,
  tensor,
  tile,
  toArray,
  toTypedArray,
  transpose,
  vmap,
  zeros,
} from 'lanac'
import { key, normal, uniform } from 'lanac/random'
import * as Tape from 'lanac/tape'
import { describe, expect, it } from 'vitest'

const numbers = (x: unknown): unknown => toArray(x as Tensor)
type Word = (...args: readonly unknown[]) => Tensor

describe('creation copies', () => {
  it('nested arrays', () => {
    const rows = [
      [1, 2],
      [3, 4],
    ]
    const x = tensor(rows)
    ;(rows[0] as number[])[0] = 9
    rows.push([5, 6])
    expect(numbers(x)).toEqual([
      [1, 2],
      [3, 4],
    ])
  })
  it.each([
    ['f64', new Float64Array([1, 2, 3])],
    ['f32', new Float32Array([1, 2, 3])],
    ['i32', new Int32Array([1, 2, 3])],
    ['bool', new Uint8Array([1, 0, 1])],
  ] as const)('typed arrays: %s', (dtype, data) => {
    const shape: number[] = [3]
    const x = fromTypedArray(data, shape)
    const y = tensor(data as never) as Tensor
    const z = fromTypedArray(data.subarray(1), [2])
    const before = [numbers(x), numbers(y), numbers(z)]
    data.fill(0)
    shape[0] = 5
    expect([numbers(x), numbers(y), numbers(z)]).toEqual(before)
    expect([x.dtype, y.dtype]).toEqual([dtype, dtype])
    expect(x.shape).toEqual([3])
  })
  it('shapes', () => {
    const shape: number[] = [2, 1]
    const made = [zeros(shape), ones(shape), full(shape, 5), reshape(tensor([1, 2]), shape), broadcastTo(1, shape)]
    shape[0] = 7
    shape.push(7)
    for (const x of made) expect((x as Tensor).shape).toEqual([2, 1])
    expect(numbers(sum(made[3] as never))).toBe(3)
  })
})

describe('reading copies', () => {
  it('typed arrays and nested arrays', () => {
    const x = tensor([1, 2, 3])
    toTypedArray(x).fill(0)
    ;(toArray(x) as number[]).fill(0)
    expect(numbers(x)).toEqual([1, 2, 3])
    const constant = full([3], 4)
    toTypedArray(constant).fill(0)
    expect(numbers(constant)).toEqual([4, 4, 4])
    expect(Array.from(toTypedArray(constant))).toEqual([4, 4, 4])
  })
  it('no operation writes to its arguments, and no result to another', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    const words: readonly Tensor[] = [
      reshape(x, [4]),
      transpose(x),
      x,
      slice(x, { start: [0, 0], stop: [1, 2] }),
      expandDims(x, { axis: 0 }),
      neg(neg(x)),
      add(x, 0),
      mul(x, 1),
    ] as never
    for (const y of words) (toTypedArray(y) as Float64Array).fill(9)
    expect(numbers(x)).toEqual([
      [1, 2],
      [3, 4],
    ])
  })
})

describe('what an operation was given may change afterwards', () => {
  // each is traced with arguments that are then overwritten; the program still has to do what it was written for
  const words: Readonly<Record<string, readonly [Word, number[]]>> = {
    reshape: [reshape as never, [3, 2]],
    broadcastTo: [((x: Tensor, s: number[]) => broadcastTo(sum(x), s)) as never, [2, 2]],
    transpose: [transpose as never, [1, 0]],
    'slice start': [((x: Tensor, start: number[]) => slice(x, { start, stop: [2, 3] })) as never, [1, 1]],
    'slice stop': [((x: Tensor, stop: number[]) => slice(x, { start: [0, 0], stop })) as never, [1, 2]],
    'slice step': [((x: Tensor, step: number[]) => slice(x, { start: [0, 0], stop: [2, 3], step })) as never, [1, 2]],
    'pad low': [((x: Tensor, low: number[]) => pad(x, { low, high: [0, 0] })) as never, [1, 0]],
    'pad high': [((x: Tensor, high: number[]) => pad(x, { low: [0, 0], high })) as never, [1, 0]],
    flip: [((x: Tensor, axis: number[]) => flip(x, { axis })) as never, [0, 1]],
    sum: [((x: Tensor, axis: number[]) => sum(x, { axis })) as never, [1]],
    tile: [((x: Tensor, repeats: number[]) => tile(x, { repeats })) as never, [1, 2]],
    normal: [((x: Tensor, s: number[]) => add(normal(key(0), s), sum(x))) as never, [2, 2]],
    uniform: [((x: Tensor, s: number[]) => add(uniform(key(0), s), sum(x))) as never, [2, 2]],
    zeros: [((x: Tensor, s: number[]) => add(zeros(s), sum(x))) as never, [1, 2]],
  }
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  it.each(Object.entries(words))('%s', (_, [word, list]) => {
    const expected = numbers(word(x, [...list]))
    const given = [...list]
    const program = Tape.trace((y: Tensor) => word(y, given) as never)(x)
    const fast = jit((y: Tensor) => word(y, given) as never)
    const direct = word(x, given)
    fast(x)
    given.fill(0)
    given.push(0)
    expect(numbers(direct)).toEqual(expected)
    expect(numbers(Tape.run(program)(x)[0])).toEqual(expected)
    expect(numbers(fast(x))).toEqual(expected)
  })
  it('lists of arrays', () => {
    const parts: Tensor[] = [tensor([1]), tensor([2])]
    const program = Tape.trace((y: Tensor) => {
      const all = concat([y, ...parts] as never)
      return [all, stack(parts as never)] as never
    })(tensor([0]))
    parts.pop()
    expect(Tape.run(program)(tensor([0])).map(numbers)).toEqual([
      [0, 1, 2],
      [[1], [2]],
    ])
  })
})

describe('sizes 0 and 1, and any rank', () => {
  it('reads and prints', () => {
    expect(numbers(zeros([0]))).toEqual([])
    expect(numbers(zeros([2, 0]))).toEqual([[], []])
    expect(numbers(zeros([0, 2]))).toEqual([])
    expect(numbers(tensor([]))).toEqual([])
    expect(numbers(tensor([[], []] as never))).toEqual([[], []])
    expect(Array.from(toTypedArray(zeros([2, 0])))).toEqual([])
    expect(numbers(tensor([[[[[[7]]]]]]))).toEqual([[[[[[7]]]]]])
    expect(numbers(roll(tensor([1]), { shift: 5 }))).toEqual([1])
  })
  it('computes and differentiates', () => {
    for (const shape of [[0], [1], [2, 0], [0, 2], [1, 1, 1], [2, 1, 3, 1, 2]] as readonly Shape[]) {
      const x = full(shape, 2) as Tensor<Shape, 'f64'>
      const n = shape.reduce((a, b) => a * b, 1)
      const f = (y: Tensor<Shape, 'f64'>) => sum(mul(y, y)) as never
      expect(numbers(f(x))).toBe(4 * n)
      const g = grad(f)(x) as Tensor
      expect(g.shape).toEqual(shape)
      expect(Array.from(toTypedArray(g))).toEqual(new Array(n).fill(4))
      expect(Array.from(toTypedArray(jit(grad(f))(x) as Tensor))).toEqual(new Array(n).fill(4))
      expect((vmap((y: never) => mul(y, 2) as never)(x as never) as Tensor).shape).toEqual(shape)
    }
  })
  it('takes nothing out of something', () => {
    expect((take(tensor([1, 2]), tensor([], { dtype: 'i32' })) as Tensor).shape).toEqual([0])
    expect(numbers(concat([tensor([]), tensor([1])] as never))).toEqual([1])
  })
})
