/** Choosing, converting and marking: select, convert, stopGradient, named. */
import { DTypeError, showShape } from '../core/error.js'
import { type Abstract, type DType, isFloat, type Tensor } from '../core/value.js'
import { allocate, type Concrete, cast, concrete, elementAt, uniform } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import {
  alignAll,
  checkSameDType,
  checkSameShape,
  drawn,
  elementwise,
  linear,
  pointwiseCases,
  REAL,
  SHAPES,
} from './define.js'
import { type Argument, type Domain, isHole, type Single } from './record.js'

const BIT: Domain = { low: 0, high: 1, integer: true }
const SMALL: Domain = { low: -3, high: 3, integer: true }

// ------------------------------------------------------------------------------------------------------------- select

/** x where the condition holds, y elsewhere; linear in (x, y). Nothing of the branch not taken reaches a derivative. */
export const select: Single<null> = {
  name: 'select',
  results: 'one',
  abstract: (_, args) => {
    const [c, x, y] = args as readonly [Abstract, Abstract, Abstract]
    if (c.dtype !== 'bool')
      throw new DTypeError({
        operation: 'select',
        problem: `the condition must be bool, found ${c.dtype} of shape ${showShape(c.shape)}`,
        hint: 'compare it: notEqual(x, 0)',
      })
    checkSameDType('select', x, y)
    checkSameShape('select', x, y)
    checkSameShape('select', c, x)
    return x
  },
  evaluate: (_, args) => {
    const [c, x, y] = args as readonly [Concrete, Concrete, Concrete]
    if (c.buffer === null) return c.value !== 0 ? x : y
    const n = sizeOf(x.shape)
    const o = allocate(x.dtype, n)
    for (let i = 0; i < n; i++) o[i] = c.buffer[i] !== 0 ? elementAt(x, i) : elementAt(y, i)
    return concrete(x.shape, x.dtype, o)
  },
  jvp: (b, t, x) =>
    t[1] == null && t[2] == null
      ? null
      : b.select(x[0] as Tensor, t[1] ?? b.like(x[1] as Tensor, 0), t[2] ?? b.like(x[2] as Tensor, 0)),
  transpose: (b, ct, x) => {
    const c = x[0] as Tensor
    return [
      null,
      isHole(x[1] as Argument) ? b.select(c, ct, b.like(ct, 0)) : null,
      isHole(x[2] as Argument) ? b.select(c, b.like(ct, 0), ct) : null,
    ]
  },
  batch: (b, x, axis, n) => {
    const [c, u, v] = alignAll(b, x, axis, n) as [Tensor, Tensor, Tensor]
    return b.select(c, u, v)
  },
  samples: {
    cases: SHAPES.flatMap((shape) =>
      (['f64', 'i32'] as const).map((dtype) => ({
        params: null,
        args: [
          drawn(shape, BIT, 'bool'),
          drawn(shape, dtype === 'f64' ? REAL : SMALL, dtype),
          drawn(shape, dtype === 'f64' ? REAL : SMALL, dtype),
        ],
      })),
    ),
    special: [
      { params: null, at: [1, 2, Number.NaN], value: 2, partials: [null, 1, 0] },
      { params: null, at: [0, Infinity, 3], value: 3, partials: [null, 0, 1] },
    ],
    refused: [
      { params: null, args: [drawn([2], REAL), drawn([2]), drawn([2])], error: 'DTypeError' },
      { params: null, args: [drawn([2], BIT, 'bool'), drawn([3]), drawn([3])], error: 'ShapeError' },
      { params: null, args: [drawn([2], BIT, 'bool'), drawn([2]), drawn([3])], error: 'ShapeError' },
      { params: null, args: [drawn([2], BIT, 'bool'), drawn([2]), drawn([2], REAL, 'f32')], error: 'DTypeError' },
    ],
  },
}

// ------------------------------------------------------------------------------------------------------------- convert

const toWord = (x: number): number => (x !== x ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(x))) | 0)

/** The same numbers in another element type; to i32 truncates (NaN to 0, out of range to the nearest end). */
export const convert: Single<DType> = {
  name: 'convert',
  results: 'one',
  abstract: (dtype, args) => ({ shape: (args[0] as Abstract).shape, dtype }),
  evaluate: (dtype, args) => {
    const x = args[0] as Concrete
    const element = dtype === 'i32' ? toWord : (v: number) => cast(dtype, v)
    if (x.buffer === null) return uniform(x.shape, dtype, element(x.value))
    const o = allocate(dtype, x.buffer.length)
    if (dtype === 'f64' || dtype === 'f32') o.set(x.buffer)
    else for (let i = 0; i < o.length; i++) o[i] = element(x.buffer[i] as number)
    return concrete(x.shape, dtype, o)
  },
  jvp: (b, t, _, y) => (t[0] != null && isFloat(y.dtype) ? b.convert(t[0], y.dtype) : null),
  transpose: (b, ct, x) => [b.convert(ct, (x[0] as Argument).dtype)],
  batch: (b, x, _, __, dtype) => b.convert(x[0] as Tensor, dtype),
  samples: {
    cases: [
      ...(['f64', 'f32'] as const).flatMap((to) => pointwiseCases<DType>(to, [SMALL])),
      ...(['f64', 'f32', 'i32', 'bool'] as const).flatMap((to) => pointwiseCases<DType>(to, [SMALL], 'i32')),
      ...(['i32', 'bool'] as const).flatMap((to) =>
        pointwiseCases<DType>(to, [{ low: -3, high: 3, avoid: [-3, -2, -1, 0, 1, 2, 3] }]),
      ),
      ...(['f64', 'i32'] as const).flatMap((to) => pointwiseCases<DType>(to, [BIT], 'bool')),
    ],
    special: [
      { params: 'i32', at: [-1.9], value: -1 },
      { params: 'i32', at: [Number.NaN], value: 0 },
      { params: 'i32', at: [1e10], value: 2147483647 },
      { params: 'f32', at: [0.1], value: Math.fround(0.1), partials: [1] },
      { params: 'bool', at: [0.5], value: 1 },
    ],
  },
}

// ----------------------------------------------------------------------------------------------------- identity marks

/** The argument, as a constant: no derivative passes. */
export const stopGradient: Single<null> = elementwise<null>({
  name: 'stopGradient',
  accepts: 'any',
  evaluate: (_, args) => args[0] as Concrete,
  terms: [null],
  samples: {
    cases: pointwiseCases(null, [REAL]),
    special: [{ params: null, at: [3], value: 3, partials: [0] }],
    notDerivative: true,
  },
})

/** The argument, under a label that drawings and printed tapes show. */
export const named: Single<string> = linear<string>({
  name: 'named',
  abstract: (_, args) => args[0] as Abstract,
  evaluate: (_, args) => args[0] as Concrete,
  transpose: (b, ct, _, label) => [b.named(ct, label)],
  batch: (b, x, _, __, label) => b.named(x[0] as Tensor, label),
  samples: {
    cases: SHAPES.map((shape) => ({ params: 'h', args: [drawn(shape)] })),
    examples: [{ params: 'h', args: [[1, -2, 3]], value: [1, -2, 3], partials: [[1, 1, 1]] }],
  },
})
