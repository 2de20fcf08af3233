/** Values made from nothing but their parameters or a key: iota and random bits. */
import { DTypeError, ShapeError, showShape } from '../core/error.js'
import type { Abstract, DType, Shape, Tensor } from '../core/value.js'
import { allocate, bufferOf, type Concrete, concrete, elementAt } from '../tensor/concrete.js'
import { sameShape, sizeOf } from '../tensor/shape.js'
import { alignAll, drawn } from './define.js'
import type { Domain, Single } from './record.js'
import { threefry2x32 } from './threefry.js'

/** Shape and element type of the result, and the axis along which it counts. */
export interface IotaParams {
  readonly shape: Shape
  readonly dtype: DType
  readonly axis: number
}

/** 0, 1, 2, … along one axis. */
export const iota: Single<IotaParams> = {
  name: 'iota',
  results: 'one',
  abstract: (p) => {
    if (!(p.axis >= 0 && p.axis < p.shape.length))
      throw new ShapeError({
        operation: 'iota',
        problem: `axis ${p.axis} is out of range for shape ${showShape(p.shape)}`,
      })
    return { shape: p.shape, dtype: p.dtype }
  },
  evaluate: (p) => {
    const n = p.shape[p.axis] as number
    const inner = sizeOf(p.shape.slice(p.axis + 1))
    const o = allocate(p.dtype, sizeOf(p.shape))
    for (let i = 0; i < o.length; i++) o[i] = Math.floor(i / inner) % n
    return concrete(p.shape, p.dtype, o)
  },
  jvp: 'not differentiable',
  transpose: 'not linear',
  batch: (b, _, __, n, p) => {
    const x = b.iota(p.shape, p.dtype, p.axis)
    return b.align(x, false, n)
  },
  samples: {
    cases: [0, 1, 2].flatMap((axis) =>
      (['f64', 'i32'] as const).map((dtype) => ({ params: { shape: [2, 3, 4], dtype, axis }, args: [] })),
    ),
    examples: [
      {
        params: { shape: [2, 3], dtype: 'f64', axis: 1 },
        args: [],
        value: [
          [0, 1, 2],
          [0, 1, 2],
        ],
      },
      {
        params: { shape: [2, 3], dtype: 'i32', axis: 0 },
        args: [],
        value: [
          [0, 0, 0],
          [1, 1, 1],
        ],
        dtypes: [[], 'i32'],
      },
    ],
    refused: [{ params: { shape: [2], dtype: 'f64', axis: 1 }, args: [], error: 'ShapeError' }],
  },
}

const WORD: Domain = { low: -2147483648, high: 2147483647, integer: true }

/**
 * threefry2x32 (Salmon et al., SC'11): a keyed bijection of counters, the source of all randomness.
 * key: i32 [...B, 2], counter: i32 [...B, n] → i32 [...B, n]; counters are paired as first half with second half.
 */
export const threefry: Single<null> = {
  name: 'threefry',
  results: 'one',
  abstract: (_, args) => {
    const [key, counter] = args as readonly [Abstract, Abstract]
    for (const x of [key, counter])
      if (x.dtype !== 'i32')
        throw new DTypeError({ operation: 'threefry', problem: `takes i32 words, found ${x.dtype}` })
    const fits =
      key.shape.length >= 1 &&
      key.shape[key.shape.length - 1] === 2 &&
      counter.shape.length === key.shape.length &&
      sameShape(key.shape.slice(0, -1), counter.shape.slice(0, -1))
    if (!fits)
      throw new ShapeError({
        operation: 'threefry',
        problem: `a key is [2], found ${showShape(key.shape)} with counters ${showShape(counter.shape)}`,
      })
    return { shape: counter.shape, dtype: 'i32' }
  },
  evaluate: (_, args) => {
    const [key, counter] = args as readonly [Concrete, Concrete]
    const n = counter.shape[counter.shape.length - 1] as number
    const outer = sizeOf(counter.shape.slice(0, -1))
    const o = allocate('i32', outer * n)
    const counters = bufferOf(counter)
    for (let b = 0; b < outer; b++) {
      const words = new Uint32Array(counters.subarray(b * n, (b + 1) * n))
      o.set(threefry2x32(elementAt(key, 2 * b), elementAt(key, 2 * b + 1), words), b * n)
    }
    return concrete(counter.shape, 'i32', o)
  },
  jvp: 'not differentiable',
  transpose: 'not linear',
  batch: (b, x, axis, n) => {
    const [key, counter] = alignAll(b, x, axis, n) as [Tensor, Tensor]
    return b.threefry(key, counter)
  },
  samples: {
    cases: [
      { params: null, args: [drawn([2], WORD, 'i32'), drawn([6], WORD, 'i32')] },
      { params: null, args: [drawn([2], WORD, 'i32'), drawn([5], WORD, 'i32')] },
      { params: null, args: [drawn([3, 2], WORD, 'i32'), drawn([3, 4], WORD, 'i32')] },
      { params: null, args: [drawn([2], WORD, 'i32'), drawn([0], WORD, 'i32')] },
    ],
    // Random123's known answers for 20 rounds
    examples: [
      {
        params: null,
        args: [
          [0, 0],
          [0, 0],
        ],
        value: [1797259609, -1715843330],
        dtypes: [['i32', 'i32'], 'i32'],
      },
      {
        params: null,
        args: [
          [-1, -1],
          [-1, -1],
        ],
        value: [481924860, -1157616665],
        dtypes: [['i32', 'i32'], 'i32'],
      },
      {
        params: null,
        args: [
          [320440878, 57701188],
          [608135816, -2052912941],
        ],
        value: [-997049700, 1212020640],
        dtypes: [['i32', 'i32'], 'i32'],
      },
    ],
    refused: [
      { params: null, args: [drawn([3], WORD, 'i32'), drawn([4], WORD, 'i32')], error: 'ShapeError' },
      { params: null, args: [drawn([2]), drawn([4], WORD, 'i32')], error: 'DTypeError' },
    ],
  },
}
