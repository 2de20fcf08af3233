/** Comparisons, logic and bits: results without a derivative. */
import type { Concrete } from '../tensor/concrete.js'
import { type Accepts, drawn, elementwise, pointwiseCases, REAL } from './define.js'
import { loop1, loop2 } from './kernel.js'
import type { Domain, Single, Special } from './record.js'

const SMALL: Domain = { low: -3, high: 3, integer: true }
const BIT: Domain = { low: 0, high: 1, integer: true }
const DISTANCE: Domain = { low: 0, high: 31, integer: true }

const at = (x: number, y: number, value: number): Special<null> => ({ params: null, at: [x, y], value })

/** A comparison: any element type in, bool out. Samples are well apart, so that it is constant around them. */
const comparison = (
  name: string,
  f: (x: number, y: number) => boolean,
  special: readonly Special<null>[],
): Single<null> => {
  const loop = loop2<null>((x, y) => (f(x, y) ? 1 : 0), 'bool')
  return elementwise<null>({
    name,
    accepts: 'any',
    to: 'bool',
    evaluate: (_, args) => loop(args[0] as Concrete, args[1] as Concrete, null),
    terms: [null, null],
    samples: {
      cases: [
        ...pointwiseCases(null, [
          { low: -3, high: -0.5 },
          { low: 0.5, high: 3 },
        ]),
        ...pointwiseCases(null, [SMALL, SMALL], 'i32'),
        ...pointwiseCases(null, [BIT, BIT], 'bool'),
      ],
      special,
      refused: [
        { params: null, args: [drawn([2]), drawn([3])], error: 'ShapeError' },
        { params: null, args: [drawn([2]), drawn([2], REAL, 'f32')], error: 'DTypeError' },
      ],
    },
  })
}

/** An operation on bits: i32 as 32-bit words, bool as 0/1. */
const bits = (
  name: string,
  f: (x: number, y: number) => number,
  accepts: Accepts,
  second: Domain,
  special: readonly Special<null>[],
): Single<null> => {
  const loop = loop2<null>(f)
  return elementwise<null>({
    name,
    accepts,
    evaluate: (_, args) => loop(args[0] as Concrete, args[1] as Concrete, null),
    terms: [null, null],
    samples: {
      cases: [
        ...pointwiseCases(null, [{ low: -1e9, high: 1e9, integer: true }, second], 'i32'),
        ...(accepts === 'bits' ? pointwiseCases(null, [BIT, BIT], 'bool') : []),
      ],
      special,
      refused: [{ params: null, args: [drawn([2]), drawn([2])], error: 'DTypeError' }],
    },
  })
}

/** x = y. */
export const equal = comparison('equal', (x, y) => x === y, [at(1, 1, 1), at(0, -0, 1), at(Number.NaN, Number.NaN, 0)])
/** x ≠ y. */
export const notEqual = comparison('notEqual', (x, y) => x !== y, [at(1, 1, 0), at(Number.NaN, Number.NaN, 1)])
/** x < y. */
export const less = comparison('less', (x, y) => x < y, [at(1, 1, 0), at(1, 2, 1), at(2, 1, 0), at(Number.NaN, 1, 0)])
/** x ≤ y. */
export const lessEqual = comparison('lessEqual', (x, y) => x <= y, [at(1, 1, 1), at(2, 1, 0), at(Number.NaN, 1, 0)])

const WORD: Domain = { low: -1e9, high: 1e9, integer: true }
/** Bitwise and; logical and of bools. */
export const and = bits('and', (x, y) => x & y, 'bits', WORD, [at(12, 10, 8), at(-1, 7, 7), at(-1, -2, -2)])
/** Bitwise or; logical or of bools. */
export const or = bits('or', (x, y) => x | y, 'bits', WORD, [at(12, 10, 14), at(-2, 1, -1)])
/** Bitwise exclusive or; inequality of bools. */
export const xor = bits('xor', (x, y) => x ^ y, 'bits', WORD, [at(12, 10, 6), at(-1, 1, -2)])
/** x shifted left by y bits (0 to 31). */
export const shiftLeft = bits('shiftLeft', (x, y) => x << y, 'integer', DISTANCE, [
  at(3, 2, 12),
  at(1, 31, -2147483648),
])
/** x as an unsigned word shifted right by y bits (0 to 31); zeros come in. */
export const shiftRight = bits('shiftRight', (x, y) => x >>> y, 'integer', DISTANCE, [
  at(12, 2, 3),
  at(-1, 31, 1),
  at(-5, 0, -5),
])

const notBool = loop1<null>((x) => 1 - x)
const notWord = loop1<null>((x) => ~x)

/** Logical not of bools, bitwise complement of words. */
export const not: Single<null> = elementwise<null>({
  name: 'not',
  accepts: 'bits',
  evaluate: (_, args) => {
    const x = args[0] as Concrete
    return x.dtype === 'bool' ? notBool(x, null) : notWord(x, null)
  },
  terms: [null],
  samples: {
    cases: [...pointwiseCases(null, [WORD], 'i32'), ...pointwiseCases(null, [BIT], 'bool')],
    special: [
      { params: null, at: [5], value: -6 },
      { params: null, at: [-1], value: 0 },
    ],
    examples: [{ params: null, args: [[0, 1]], value: [1, 0], dtypes: [['bool'], 'bool'] }],
    refused: [{ params: null, args: [drawn([2])], error: 'DTypeError' }],
  },
})
