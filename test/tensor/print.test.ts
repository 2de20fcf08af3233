import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DType, Shape } from '../../src/core/value.js'
import { format, inspect, type PrintOptions } from '../../src/tensor/print.js'

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

type Case = readonly [
  title: string,
  data: readonly number[],
  shape: Shape,
  dtype: DType,
  text: string,
  options?: PrintOptions,
]

/** Texts made with NumPy 2.4.6, `str(a)` under `numpy.printoptions`. */
const CASES: readonly Case[] = [
  ['whole numbers end in a point', [1, 2, 3, 4], [2, 2], 'f64', ['[[1. 2.]', ' [3. 4.]]'].join('\n')],
  [
    'columns are aligned at the point',
    [1.5, -20.25, 300, 0.125],
    [2, 2],
    'f64',
    ['[[ 1.500e+00 -2.025e+01]', ' [ 3.000e+02  1.250e-01]]'].join('\n'),
  ],
  [
    'eight digits after the point',
    [0.3333333333333333, 0.6666666666666666, 0.1],
    [3],
    'f64',
    '[0.33333333 0.66666667 0.1       ]',
  ],
  ['a tie goes to the even digit', [0.001953125, 0.005859375], [2], 'f64', '[0.00195312 0.00585938]'],
  [
    'f32 prints its own shortest digits',
    [0.1, 0.2, 0.3333333333333333],
    [3],
    'f32',
    '[0.1        0.2        0.33333334]',
  ],
  ['f32 ties, too', [350651.125, 1616.53125], [2], 'f32', '[350651.12     1616.5312]'],
  ['negative zero', [0, -0], [2], 'f64', '[ 0. -0.]'],
  ['from 1e8 on, scientific', [100000000, 1], [2], 'f64', '[1.e+08 1.e+00]'],
  ['just below it, not', [99999999, 1000000], [2], 'f64', '[99999999.  1000000.]'],
  ['f32 from 1e6 on', [1000000, 100000], [2], 'f32', '[1.e+06 1.e+05]'],
  ['f32 just below it', [999999, 100000], [2], 'f32', '[999999. 100000.]'],
  ['below 1e-4, scientific', [5e-5, 0.02], [2], 'f64', '[5.e-05 2.e-02]'],
  ['1e-4 itself is not, in f64', [0.0001, 0.01], [2], 'f64', '[0.0001 0.01  ]'],
  ['nor in f32', [0.0001, 0.01], [2], 'f32', '[0.0001 0.01  ]'],
  ['a ratio above 1000, scientific', [0.5, 1, 501], [3], 'f64', '[5.00e-01 1.00e+00 5.01e+02]'],
  ['a ratio of 1000 is not', [0.5, 1, 500], [3], 'f64', '[  0.5   1.  500. ]'],
  ['scientific columns have the same digits', [1.5e-10, -2250, 0], [3], 'f64', '[ 1.50e-10 -2.25e+03  0.00e+00]'],
  ['three-digit exponents widen all', [1e-300, 1.25], [2], 'f64', '[1.00e-300 1.25e+000]'],
  [
    'scientific digits are rounded at eight',
    [12345678901.2, -9.99999999999e20],
    [2],
    'f64',
    '[ 1.23456789e+10 -1.00000000e+21]',
  ],
  ['f32 scientific shows its exact digits', [0.1, 1.23456788e-7], [2], 'f32', '[1.0000000e-01 1.2345679e-07]'],
  ['nan and infinities share the column', [1.5, Number.NaN, Infinity, -Infinity], [4], 'f64', '[ 1.5  nan  inf -inf]'],
  ['nan and infinities alone', [Number.NaN, Infinity, -Infinity], [3], 'f64', '[ nan  inf -inf]'],
  [
    'nan widens narrow columns',
    [1, Number.NaN, 2, -Infinity],
    [2, 2],
    'f64',
    ['[[  1.  nan]', ' [  2. -inf]]'].join('\n'),
  ],
  ['nan beside scientific', [10000000000, Number.NaN, -Infinity], [3], 'f64', '[1.e+10    nan   -inf]'],
  ['integers are aligned right', [1, -20, 300, 4], [2, 2], 'i32', ['[[  1 -20]', ' [300   4]]'].join('\n')],
  ['booleans', [1, 0, 0, 1], [2, 2], 'bool', ['[[ True False]', ' [False  True]]'].join('\n')],
  [
    'blank lines between blocks',
    [0, 1, 2, 3, 4, 5, 6, 7],
    [2, 2, 2],
    'i32',
    ['[[[0 1]', '  [2 3]]', '', ' [[4 5]', '  [6 7]]]'].join('\n'),
  ],
  [
    'two blank lines a rank higher',
    [0, 1, 2, 3, 4, 5, 6, 7],
    [2, 1, 2, 2],
    'i32',
    ['[[[[0 1]', '   [2 3]]]', '', '', ' [[[4 5]', '   [6 7]]]]'].join('\n'),
  ],
  [
    'long lines wrap below the bracket',
    range(30),
    [30],
    'f64',
    [
      '[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.',
      ' 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]',
    ].join('\n'),
  ],
  [
    'wrapping inside blocks',
    range(40).map((i) => i / 8),
    [2, 20],
    'f64',
    [
      '[[0.    0.125 0.25  0.375 0.5   0.625 0.75  0.875 1.    1.125 1.25  1.375',
      '  1.5   1.625 1.75  1.875 2.    2.125 2.25  2.375]',
      ' [2.5   2.625 2.75  2.875 3.    3.125 3.25  3.375 3.5   3.625 3.75  3.875',
      '  4.    4.125 4.25  4.375 4.5   4.625 4.75  4.875]]',
    ].join('\n'),
  ],
  [
    'a width',
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    [2, 6],
    'f64',
    ['[[ 0.  1.  2.  3.', '   4.  5.]', ' [ 6.  7.  8.  9.', '  10. 11.]]'].join('\n'),
    { width: 20 },
  ],
  [
    'a word wider than the width stands alone',
    [1.125, 2.25],
    [1, 2],
    'f64',
    ['[[1.125', '  2.25 ]]'].join('\n'),
    { width: 4 },
  ],
  ['summarised above 1000', range(1001), [1001], 'i32', '[   0    1    2 ...  998  999 1000]'],
  [
    'not at 1000',
    new Array<number>(50).fill(1),
    [50],
    'i32',
    ['[1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1', ' 1 1 1 1 1 1 1 1 1 1 1 1 1]'].join(
      '\n',
    ),
    { threshold: 50 },
  ],
  [
    'summarised in both directions',
    range(10000),
    [100, 100],
    'f64',
    [
      '[[0.000e+00 1.000e+00 2.000e+00 ... 9.700e+01 9.800e+01 9.900e+01]',
      ' [1.000e+02 1.010e+02 1.020e+02 ... 1.970e+02 1.980e+02 1.990e+02]',
      ' [2.000e+02 2.010e+02 2.020e+02 ... 2.970e+02 2.980e+02 2.990e+02]',
      ' ...',
      ' [9.700e+03 9.701e+03 9.702e+03 ... 9.797e+03 9.798e+03 9.799e+03]',
      ' [9.800e+03 9.801e+03 9.802e+03 ... 9.897e+03 9.898e+03 9.899e+03]',
      ' [9.900e+03 9.901e+03 9.902e+03 ... 9.997e+03 9.998e+03 9.999e+03]]',
    ].join('\n'),
  ],
  [
    'only long axes are cut',
    range(4000),
    [2, 1000, 2],
    'i32',
    [
      '[[[   0    1]',
      '  [   2    3]',
      '  [   4    5]',
      '  ...',
      '  [1994 1995]',
      '  [1996 1997]',
      '  [1998 1999]]',
      '',
      ' [[2000 2001]',
      '  [2002 2003]',
      '  [2004 2005]',
      '  ...',
      '  [3994 3995]',
      '  [3996 3997]',
      '  [3998 3999]]]',
    ].join('\n'),
  ],
  [
    'a summary ignores what it does not show',
    [1, 1, 1, ...new Array<number>(995).fill(1e20), 2, 2, 2],
    [1001],
    'f64',
    '[1. 1. 1. ... 2. 2. 2.]',
  ],
  [
    'edge items',
    range(36),
    [6, 6],
    'i32',
    ['[[ 0 ...  5]', ' ...', ' [30 ... 35]]'].join('\n'),
    { threshold: 10, edgeItems: 1 },
  ],
  ['precision', [1.23456, 2.5, 1000], [3], 'f64', '[   1.23    2.5  1000.  ]', { precision: 2 }],
  ['no digits after the point', [0.5, 1.5, 2.5, 95], [4], 'f64', '[ 0.  2.  2. 95.]', { precision: 0 }],
  [
    'no digits in scientific, with carries',
    [0.05, 95, 9.5, 85],
    [4],
    'f64',
    '[5.e-02 1.e+02 1.e+01 8.e+01]',
    { precision: 0 },
  ],
  ['empty', [], [0], 'f64', '[]'],
  ['empty along one axis', [], [2, 0, 3], 'i32', '[]'],
  ['a scalar', [0.1], [], 'f64', '0.1'],
  ['a whole scalar', [-3], [], 'f64', '-3.0'],
  ['a scalar with all its digits', [0.3333333333333333], [], 'f64', '0.3333333333333333'],
  ['a small scalar', [1.5e-7], [], 'f64', '1.5e-07'],
  ['a large scalar', [1e16], [], 'f64', '1e+16'],
  ['a scalar just below', [123456789012345], [], 'f64', '123456789012345.0'],
  ['an f32 scalar', [0.1], [], 'f32', '0.1'],
  ['a large f32 scalar', [1000000], [], 'f32', '1e+06'],
  ['an integer scalar', [-7], [], 'i32', '-7'],
  ['a boolean scalar', [1], [], 'bool', 'True'],
  ['a nan scalar', [Number.NaN], [], 'f64', 'nan'],
]

const stored = (data: readonly number[], dtype: DType): ArrayLike<number> =>
  dtype === 'f32' ? Float32Array.from(data) : data

describe('as NumPy prints', () => {
  for (const [title, data, shape, dtype, text, options] of CASES)
    test(title, () => {
      expect(format(stored(data, dtype), shape, dtype, options)).toBe(text)
    })
})

describe('what is printed', () => {
  const whole: PrintOptions = { threshold: Infinity, precision: 20 }
  const read = (text: string): readonly number[] =>
    text
      .split(/[[\]\s]+/)
      .filter((word) => word !== '')
      .map((word) => (word === 'nan' ? Number.NaN : Number(word.replace('inf', 'Infinity'))))
  const shapes: fc.Arbitrary<Shape> = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 0, maxLength: 4 })
  const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)

  test('reads back as the same f64 numbers', () => {
    const arrays = shapes.chain((shape) => {
      const n = sizeOf(shape)
      return fc.tuple(fc.constant(shape), fc.array(fc.double(), { minLength: n, maxLength: n }))
    })
    fc.assert(
      fc.property(arrays, ([shape, data]) => {
        expect(read(format(data, shape, 'f64', whole))).toEqual(data)
      }),
    )
  })

  test('reads back as the same f32 numbers', () => {
    const arrays = shapes.chain((shape) => {
      const n = sizeOf(shape)
      return fc.tuple(fc.constant(shape), fc.array(fc.float(), { minLength: n, maxLength: n }))
    })
    fc.assert(
      fc.property(arrays, ([shape, data]) => {
        expect(read(format(data, shape, 'f32', whole)).map(Math.fround)).toEqual(data)
      }),
    )
  })

  test('brackets nest as the shape does, and no line of many words is too long', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 30, max: 80 }), (shape, width) => {
        const text = format(range(sizeOf(shape)), shape, 'i32', { width })
        const opened = shape.reduce((sum, _, k) => sum + sizeOf(shape.slice(0, k)), 0)
        expect([...text].filter((c) => c === '[')).toHaveLength(opened)
        expect([...text].filter((c) => c === ']')).toHaveLength(opened)
        for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width)
      }),
    )
  })

  test('a summary keeps the ends, whatever is between', () => {
    fc.assert(
      fc.property(fc.integer({ min: 7, max: 400 }), fc.integer({ min: 1, max: 3 }), (n, edgeItems) => {
        const words = format(range(n), [n], 'i32', { threshold: 6, edgeItems }).slice(1, -1).trim().split(/\s+/)
        const ends = [...range(edgeItems), ...range(edgeItems).map((i) => n - edgeItems + i)].map(String)
        expect(words.filter((w) => w !== '...')).toEqual(ends)
        expect(words[edgeItems]).toBe('...')
      }),
    )
  })
})

describe('inspect', () => {
  test('element type and shape stand above', () => {
    expect(inspect([1, 2, 3, 4], [2, 2], 'f32')).toBe('Tensor f32 [2, 2]\n[[1. 2.]\n [3. 4.]]')
    expect(inspect([0.5], [], 'f64')).toBe('Tensor f64 []\n0.5')
    expect(inspect(range(9), [9], 'i32', { threshold: 5, edgeItems: 1 })).toBe('Tensor i32 [9]\n[0 ... 8]')
  })
})
