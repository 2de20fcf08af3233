/**
 * Arrays as text, as NumPy's `str` lays them out: columns aligned, digits no more than needed, long arrays summarised.
 *
 * The rules are those of NumPy 2.4 with its default print options (`numpy.set_printoptions`), compared case by case:
 * spellings (`True`, `nan`, `inf`), when scientific notation is taken, where lines wrap.
 */

import { showShape } from '../core/error.js'
import { type DType, isFloat, type Shape } from '../core/value.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How much is printed, and how wide. */
export interface PrintOptions {
  /** Arrays with more elements than this are summarised; 1000. */
  readonly threshold?: number
  /** How many elements a summary keeps at either end of each axis; 3. */
  readonly edgeItems?: number
  /** The most digits after the point; 8. */
  readonly precision?: number
  /** The most characters on a line; 75. */
  readonly width?: number
}

/** How to print one element. */
type Show = (x: number) => string

/** |x| as digits and a power of ten: 0.00125 is 1.25 · 10⁻³, `{ digits: '125', exponent: -3 }`. */
interface Decimal {
  readonly digits: string
  readonly exponent: number
}

/** In place of an index: what a summary leaves out. */
const GAP = -1

// --------------------------------------------------------------------------------------------------------------- digits

const parse = (scientific: string): Decimal => {
  const [mantissa = '', exponent = '0'] = scientific.split('e')
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) }
}

/**
 * Rounding that JavaScript did up where NumPy goes to the even digit: exactly between two decimals, which takes a digit
 * 5 and then nothing. `text` is `a` rounded to its first `kept` digits.
 */
const tiesToEven = (text: string, a: number, kept: number): string => {
  const end = /^[^e]*/.exec(text)?.[0].length ?? 0
  // rounding an even digit up leaves an odd one; looking at all the digits is slow
  if (Number(text[end - 1]) % 2 === 0) return text
  const { digits } = parse(a.toExponential(100))
  const even = Number(digits[kept - 1] ?? 0)
  return even % 2 === 0 && /^50*$/.test(digits.slice(kept)) ? text.slice(0, end - 1) + even + text.slice(end) : text
}

/** |x| with this many digits after the point, as `toExponential` writes it. */
const scientific = (x: number, places: number): string => {
  const a = Math.abs(x)
  return tiesToEven(a.toExponential(places), a, places + 1)
}

/** The fewest digits that read back as x in its own element type. */
const shortest = (x: number, dtype: DType): Decimal => {
  const a = Math.abs(x)
  if (dtype === 'f32')
    for (let p = 0; p < 8; p++) {
      const text = a.toExponential(p)
      if (Math.fround(Number(text)) === a) return parse(tiesToEven(text, a, p + 1))
    }
  return parse(dtype === 'f32' ? a.toExponential(8) : a.toExponential())
}

const hasSign = (x: number): boolean => x < 0 || Object.is(x, -0)
const trimZeros = (fraction: string): string => fraction.replace(/0+$/, '')

/** `[whole, fraction]` of |x|, at most `places` of the shortest digits after the point, without trailing zeros. */
const positional = (x: number, places: number, dtype: DType): readonly [string, string] => {
  const { digits, exponent } = shortest(x, dtype)
  const decimals = digits.length - 1 - exponent
  if (decimals > places) {
    const a = Math.abs(x)
    const [whole = '', fraction = ''] = tiesToEven(a.toFixed(places), a, exponent + 1 + places).split('.')
    return [whole, trimZeros(fraction)]
  }
  const whole = exponent < 0 ? '0' : digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const fraction = exponent < 0 ? '0'.repeat(-1 - exponent) + digits : digits.slice(exponent + 1)
  return [whole, trimZeros(fraction)]
}

/** `1.5e-8` with its exponent filled up to `size` digits: `1.5e-08`. */
const scientificText = (text: string, fraction: number, size: number): string => {
  const { digits, exponent } = parse(text)
  const e = String(Math.abs(exponent)).padStart(size, '0')
  return `${digits[0]}.${digits.slice(1).padEnd(fraction, '0')}e${exponent < 0 ? '-' : '+'}${e}`
}

// ------------------------------------------------------------------------------------------------------------- elements

const unusual = (x: number): string => (Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf')
const longest = (lengths: readonly number[]): number => lengths.reduce((a, b) => Math.max(a, b), 0)

/** Whether NumPy writes these in scientific notation: one is large or small, or they differ by more than 1000 times. */
const isScientific = (finite: readonly number[], dtype: DType): boolean => {
  const sizes = finite.filter((x) => x !== 0).map(Math.abs)
  if (sizes.length === 0) return false
  const most = longest(sizes)
  const least = sizes.reduce((a, b) => Math.min(a, b), Infinity)
  const single = dtype === 'f32'
  return (
    most >= (single ? 1e6 : 1e8) ||
    least < (single ? Math.fround(1e-4) : 1e-4) ||
    (single ? Math.fround(most / least) : most / least) > 1000
  )
}

/** Numbers in scientific notation, all with the same number of digits. */
const showScientific = (finite: readonly number[], others: readonly string[], places: number, dtype: DType): Show => {
  const parts = finite.map((x) => {
    const d = shortest(x, dtype)
    return d.digits.length - 1 > places ? parse(scientific(x, places)) : d
  })
  const fraction = longest(parts.map((d) => trimZeros(d.digits.slice(1)).length))
  const size = Math.max(2, longest(parts.map((d) => String(Math.abs(d.exponent)).length)))
  const rest = fraction + size + 3
  const width = Math.max(finite.some(hasSign) ? 2 : 1, longest(others.map((s) => s.length - rest))) + rest
  return (x) =>
    (Number.isFinite(x)
      ? (hasSign(x) ? '-' : '') + scientificText(scientific(x, fraction), fraction, size)
      : unusual(x)
    ).padStart(width)
}

/** Numbers with the point in one column. */
const showPositional = (finite: readonly number[], others: readonly string[], places: number, dtype: DType): Show => {
  const split = (x: number): readonly [string, string] => {
    const [whole, fraction] = positional(x, places, dtype)
    return [(hasSign(x) ? '-' : '') + whole, fraction]
  }
  const parts = finite.map(split)
  const right = longest(parts.map(([, fraction]) => fraction.length))
  const left = Math.max(longest(parts.map(([whole]) => whole.length)), longest(others.map((s) => s.length - right - 1)))
  return (x) => {
    if (!Number.isFinite(x)) return unusual(x).padStart(left + 1 + right)
    const [whole, fraction] = split(x)
    return `${whole.padStart(left)}.${fraction.padEnd(right)}`
  }
}

/** How to print an element, from all those that are going to be printed. */
const showFor = (shown: readonly number[], dtype: DType, places: number): Show => {
  if (dtype === 'bool') return (x) => (x ? ' True' : 'False')
  if (!isFloat(dtype)) {
    const width = longest(shown.map((x) => String(x).length))
    return (x) => String(x).padStart(width)
  }
  const finite = shown.filter(Number.isFinite)
  // one spelling of each is enough: they only widen the column
  const others = [...new Set(shown.filter((x) => !Number.isFinite(x)).map(unusual))]
  return (isScientific(finite, dtype) ? showScientific : showPositional)(finite, others, places, dtype)
}

/** A scalar as Python prints it: all the digits that it takes, `.0` where there is no fraction. */
const showScalar = (x: number, dtype: DType): string => {
  if (dtype === 'bool') return x ? 'True' : 'False'
  if (!isFloat(dtype)) return String(x)
  if (!Number.isFinite(x)) return unusual(x)
  const sign = hasSign(x) ? '-' : ''
  const a = Math.abs(x)
  if (a === 0 || (a >= 1e-4 && a < (dtype === 'f32' ? 1e6 : 1e16))) {
    const [whole, fraction] = positional(x, Infinity, dtype)
    return `${sign}${whole}.${fraction === '' ? '0' : fraction}`
  }
  const { digits, exponent } = shortest(x, dtype)
  const text = scientificText(`${digits}e${exponent}`, 0, 2)
  return sign + text.replace('.e', 'e')
}

// --------------------------------------------------------------------------------------------------------------- layout

/** The indices along an axis that are printed, in order. */
const indices = (n: number, edge: number): readonly number[] => {
  if (2 * edge >= n) return Array.from({ length: n }, (_, i) => i)
  const ends = Array.from({ length: edge }, (_, i) => i)
  return [...ends, GAP, ...ends.map((i) => n - edge + i)]
}

/** The elements that are printed. */
const shownOf = (data: ArrayLike<number>, axes: readonly (readonly number[])[], shape: Shape): readonly number[] =>
  axes
    .reduce<readonly number[]>(
      (offsets, axis, k) =>
        offsets.flatMap((o) => axis.flatMap((i) => (i === GAP ? [] : [o * (shape[k] as number) + i]))),
      [0],
    )
    .map((o) => data[o] as number)

/** Words side by side, wrapped to the width; every line but the first starts with `indent`. */
const wrap = (words: readonly string[], indent: string, width: number): string => {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line.trimEnd())
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${indent}`)
}

const blocks = (
  data: ArrayLike<number>,
  shape: Shape,
  axes: readonly (readonly number[])[],
  show: Show,
  width: number,
): string => {
  const rank = shape.length
  const block = (axis: number, offset: number): string => {
    const indent = ' '.repeat(axis + 1)
    const from = offset * (shape[axis] as number)
    const last = axis === rank - 1
    const words = (axes[axis] as readonly number[]).map((i) =>
      i === GAP ? '...' : last ? show(data[from + i] as number) : block(axis + 1, from + i),
    )
    // each bracket still to be closed takes a column
    return `[${last ? wrap(words, indent, width - axis - 1) : words.join('\n'.repeat(rank - 1 - axis) + indent)}]`
  }
  return block(0, 0)
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * The elements of an array as NumPy's `str` prints them, row-major `data` of this shape.
 *
 * Up to 8 digits after the point, the fewest that identify a number of its element type; scientific notation when a
 * size is 10⁸ or more (f32: 10⁶), below 10⁻⁴, or 1000 times another; more than 1000 elements are summarised to 3 at
 * either end of each axis. A scalar prints all its digits, as Python's `float` does.
 */
export const format = (
  data: ArrayLike<number>,
  shape: Shape,
  dtype: DType,
  { threshold = 1000, edgeItems = 3, precision = 8, width = 75 }: PrintOptions = {},
): string => {
  if (shape.length === 0) return showScalar(data[0] as number, dtype)
  const size = shape.reduce((a, b) => a * b, 1)
  if (size === 0) return '[]'
  const axes = shape.map((n) => indices(n, size > threshold ? edgeItems : n))
  return blocks(data, shape, axes, showFor(shownOf(data, axes, shape), dtype, precision), width)
}

/** The same below a line that names element type and shape: what a console shows of a tensor. */
export const inspect = (data: ArrayLike<number>, shape: Shape, dtype: DType, options?: PrintOptions): string =>
  `Tensor ${dtype} ${showShape(shape)}\n${format(data, shape, dtype, options)}`
