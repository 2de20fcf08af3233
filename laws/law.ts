/**
 * Laws as pure functions: a law takes a sample and says by how much its equation misses, and with what in its hands.
 *
 * Nothing here draws samples or knows a test runner; `property.ts` is the thin layer that does.
 */
import { showShape } from '../src/core/error.js'
import { type DType, isFloat, type Shape, type Tensor } from '../src/core/value.js'
import { force } from '../src/tape/node.js'
import { bufferOf } from '../src/tensor/concrete.js'
import { sameShape } from '../src/tensor/shape.js'
import { flatten, isLeaf, type Leaf, pathsOf, type Structure, sameStructure, showStructure } from '../src/tree/tree.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How far two sides are apart, how far they may be, and what they were. */
export interface Verdict {
  /** 0 where the sides agree exactly; in the unit of `tolerance`. */
  readonly residual: number
  readonly tolerance: number
  /** Both sides, in short decimals. Computed only for a law that fails. */
  readonly witness: () => string
}

/** An equation about samples `A`. */
export interface Law<in A> {
  readonly name: string
  /** As it is written in mathematics: `⟨w, J v⟩ = ⟨Jᵀw, v⟩`. */
  readonly equation: string
  readonly check: (sample: A) => Verdict
}

// --------------------------------------------------------------------------------------------------------- constructors

/**
 * A law: its name, its equation, and its check.
 *
 * @example
 * ```ts
 * import { exact, holds, law } from 'lanac/laws'
 * import { add, tensor } from 'lanac'
 * const commutes = law('commutative', 'x + y = y + x', (x: number) => exact(add(tensor([x]), 1), add(1, tensor([x]))))
 * assert(holds(commutes.check(2)))
 * ```
 */
export const law = <A>(name: string, equation: string, check: (sample: A) => Verdict): Law<A> => ({
  name,
  equation,
  check,
})

/** The same law about samples from which its own can be made. */
export const contramap =
  <A, B>(f: (b: B) => A) =>
  (l: Law<A>): Law<B> => ({ name: l.name, equation: l.equation, check: (b) => l.check(f(b)) })

/** Agreement: nothing is apart. */
export const agreed: Verdict = { residual: 0, tolerance: 0, witness: () => 'nothing apart' }

/** The verdict on a plain fact. */
export const fact = (holdsTrue: boolean, witness: () => string): Verdict => ({
  residual: holdsTrue ? 0 : Infinity,
  tolerance: 0,
  witness,
})

/** Whether a verdict is in favour; a residual that is NaN never is. */
export const holds = (v: Verdict): boolean => v.residual <= v.tolerance

/** The verdict that misses by most, of several. */
export const all = (verdicts: readonly Verdict[]): Verdict => {
  let worst = agreed
  for (const v of verdicts) {
    if (!holds(v)) return v
    if (v.residual > worst.residual) worst = v
  }
  return worst
}

/** The verdict with a word on where it was reached. */
export const labelled = (label: () => string, v: Verdict): Verdict => ({
  ...v,
  witness: () => `${label()}\n${v.witness()}`,
})

// ------------------------------------------------------------------------------------------------------------ comparing

interface Numbers {
  readonly path: string
  readonly shape: Shape
  readonly dtype: DType
  readonly values: ArrayLike<number>
}

const NUMBER: readonly number[] = []

const numbersOf = (leaf: Leaf | null, path: string): Numbers | null => {
  if (leaf === null) return null
  if (typeof leaf === 'number') return { path, shape: NUMBER, dtype: 'f64', values: [leaf] }
  return { path, shape: leaf.shape, dtype: leaf.dtype, values: bufferOf(force(leaf, 'laws')) }
}

const leavesOf = (x: unknown): { readonly structure: Structure; readonly leaves: readonly (Numbers | null)[] } => {
  const t = flatten<Leaf | null>(x, (y): y is Leaf | null => y === null || isLeaf(y))
  const paths = pathsOf(t.structure)
  return { structure: t.structure, leaves: t.leaves.map((l, i) => numbersOf(l, paths[i] as string)) }
}

/** How `close` measures: the tolerance, and the scale its residual is a multiple of. */
export interface Measure {
  readonly tolerance: number
  /**
   * What differences are divided by: a number, a tree like both sides with a scale for each element, or the larger of
   * the two elements themselves. By default the largest finite magnitude in each leaf. Integers must be equal.
   */
  readonly scale?: 'element' | number | object
}

const apart = (structure: string): Verdict => ({ residual: Infinity, tolerance: 0, witness: () => structure })

/** Compares trees of tensors and numbers element by element; NaN equals NaN, an infinity itself. */
export const close = (left: unknown, right: unknown, measure: Measure): Verdict => {
  const l = leavesOf(left)
  const r = leavesOf(right)
  if (!sameStructure(l.structure, r.structure))
    return apart(`left is ${showStructure(l.structure)}\nright is ${showStructure(r.structure)}`)
  const perElement = typeof measure.scale === 'object' && measure.scale !== null ? leavesOf(measure.scale).leaves : null
  let residual = 0
  let leaf = -1
  let index = 0
  for (let i = 0; i < l.leaves.length; i++) {
    const a = l.leaves[i] as Numbers | null
    const b = r.leaves[i] as Numbers | null
    if (a === null && b === null) continue
    if (a === null || b === null || a.dtype !== b.dtype || !sameShape(a.shape, b.shape))
      return apart(`left is ${typeOf(a)}\nright is ${typeOf(b)}${where((a ?? b) as Numbers)}`)
    const scales = perElement?.[i] ?? null
    const scaleOf = scales === null ? oneScale(measure, a, b) : (k: number) => at(scales.values, k)
    for (let k = 0; k < a.values.length; k++) {
      const x = a.values[k] as number
      const y = b.values[k] as number
      const e = relative(x, y, scaleOf(k))
      if (!(e <= residual)) {
        residual = e
        leaf = i
        index = k
      }
      if (e !== e) return { residual: Infinity, tolerance: measure.tolerance, witness: () => sides(a, b, k) }
    }
  }
  return {
    residual,
    tolerance: measure.tolerance,
    witness: () =>
      leaf < 0 ? `both sides are ${show(left)}` : sides(l.leaves[leaf] as Numbers, r.leaves[leaf] as Numbers, index),
  }
}

/** Compares trees exactly; NaN equals NaN, and −0 equals 0. */
export const exact = (left: unknown, right: unknown): Verdict => close(left, right, { tolerance: 0, scale: 1 })

/** Compares trees bit by bit: −0 is not 0 here; NaN equals NaN. */
export const identical = (left: unknown, right: unknown): Verdict => {
  const verdict = exact(left, right)
  if (!holds(verdict)) return verdict
  const l = leavesOf(left).leaves
  const r = leavesOf(right).leaves
  for (let i = 0; i < l.length; i++) {
    const a = l[i]
    const b = r[i]
    if (a == null || b == null) continue
    for (let k = 0; k < a.values.length; k++)
      if (!Object.is(a.values[k], b.values[k]))
        return { residual: Infinity, tolerance: 0, witness: () => sides(a, b, k) }
  }
  return verdict
}

const at = (values: ArrayLike<number>, k: number): number => values[values.length === 1 ? 0 : k] as number

/** The scale of each element of a leaf, where no tree of scales gives it. */
const oneScale = (measure: Measure, a: Numbers, b: Numbers): ((k: number) => number) => {
  if (!isFloat(a.dtype)) return () => 0
  if (measure.scale === 'element') return (k) => Math.max(Math.abs(at(a.values, k)), Math.abs(at(b.values, k)))
  const whole = typeof measure.scale === 'number' ? measure.scale : largest(a.values, b.values)
  return () => whole
}

const relative = (x: number, y: number, scale: number): number => {
  if (x === y || (x !== x && y !== y)) return 0
  const difference = Math.abs(x - y)
  return difference === Infinity || difference !== difference ? Infinity : difference / scale
}

const largest = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  let m = 0
  for (const values of [x, y])
    for (let i = 0; i < values.length; i++) {
      const v = Math.abs(values[i] as number)
      if (v > m && v !== Infinity) m = v
    }
  return m
}

/** The largest finite magnitude in a tree; 0 for none. */
export const magnitude = (x: unknown): number =>
  leavesOf(x).leaves.reduce((m, l) => (l === null ? m : Math.max(m, largest(l.values, l.values))), 0)

// -------------------------------------------------------------------------------------------------------------- showing

const typeOf = (n: Numbers | null): string => (n === null ? 'null' : `${n.dtype}${showShape(n.shape)}`)

const where = (n: Numbers): string => (n.path === '' ? '' : `\n(at ${n.path})`)

/** A number in the fewest digits that name it, −0 as such. */
export const decimal = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

const list = (values: ArrayLike<number>): string =>
  `[${Array.from(values).slice(0, 24).map(decimal).join(', ')}${values.length > 24 ? ', …' : ''}]`

const sides = (a: Numbers, b: Numbers, k: number): string =>
  a.values.length === 1
    ? `left   ${decimal(a.values[0] as number)}\nright  ${decimal(b.values[0] as number)}${where(a)}`
    : `left   ${decimal(a.values[k] as number)}\nright  ${decimal(b.values[k] as number)}\n` +
      `(element ${k} of ${typeOf(a)}${a.path === '' ? '' : ` at ${a.path}`}: ${list(a.values)} and ${list(b.values)})`

/** A tree of values in one line: shapes and numbers in short decimals. */
export const show = (x: unknown): string => {
  if (x === null || x === undefined) return String(x)
  if (typeof x === 'number') return decimal(x)
  if (isLeaf(x)) return showTensor(x as Tensor)
  if (Array.isArray(x)) return `[${x.map(show).join(', ')}]`
  if (typeof x === 'object')
    return `{ ${Object.entries(x)
      .map(([k, v]) => `${k}: ${show(v)}`)
      .join(', ')} }`
  return typeof x === 'string' ? JSON.stringify(x) : typeof x === 'function' ? 'function' : String(x)
}

const showTensor = (x: Tensor): string => {
  const { values, shape, dtype } = numbersOf(x, '') as Numbers
  if (shape.length === 0) return dtype === 'f64' ? decimal(values[0] as number) : `${dtype} ${values[0]}`
  return `${dtype === 'f64' ? '' : dtype}${shape.length === 1 ? '' : showShape(shape)}${list(values)}`
}
