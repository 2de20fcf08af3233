/** Reference cases: reading them, and comparing what the library gives with what they say. */
import { type DType, fromTypedArray, jit, jvp, type Shape, type Tensor, toTypedArray, vjp } from 'lanac'
import { cancels, SMALLEST } from '../../laws/tolerance.js'
import { type Attributes, words } from './words.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** An array of a case: row-major; NaN and infinities as strings. */
export interface Values {
  readonly dtype: 'f64' | 'i32' | 'bool'
  readonly shape: Shape
  readonly data: readonly (number | string | boolean)[]
}

/** An operation at some inputs: its result, and its derivatives in the inputs listed in `diff`. */
export interface Case {
  readonly op: string
  readonly attrs: Attributes
  readonly inputs: readonly Values[]
  readonly output: Values | readonly Values[]
  readonly diff: readonly number[]
  readonly cotangent?: Values | readonly Values[]
  readonly vjp?: readonly Values[]
  readonly tangents?: readonly Values[]
  readonly jvp?: Values | readonly Values[]
}

/** The element types that cases are run in. */
export type Precision = 'f64' | 'f32'

// -------------------------------------------------------------------------------------------------------------- reading

const element = (x: number | string | boolean): number => {
  const n = Number(typeof x === 'string' ? x.replace(/^([+-]?)inf$/i, '$1Infinity') : x)
  if (Number.isNaN(n) && x !== 'NaN' && x !== 'nan') throw new Error(`${String(x)} is no number`)
  return n
}

/** The element type of an array of a case in each precision. */
const DTYPES = {
  f64: { f64: 'f64', f32: 'f32' },
  i32: { f64: 'i32', f32: 'i32' },
  bool: { f64: 'bool', f32: 'bool' },
} as const

/** An array of a case as a tensor; floats in the precision asked for. */
export const read = (v: Values, precision: Precision): Tensor => {
  const data = v.data.map(element)
  switch (v.dtype) {
    case 'f64':
      return fromTypedArray(precision === 'f64' ? Float64Array.from(data) : Float32Array.from(data), v.shape)
    case 'i32':
      return fromTypedArray(Int32Array.from(data), v.shape)
    case 'bool':
      return fromTypedArray(Uint8Array.from(data), v.shape)
    default:
      throw new Error(`unknown dtype ${String(v.dtype)}`)
  }
}

const list = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? x : [x as T])

// -------------------------------------------------------------------------------------------------------------- running

/** The results of a case: what it says, and what the library gives. */
export interface Pair {
  readonly what: string
  readonly expected: Values
  readonly found: Tensor
  readonly scale: number
}

/** Everything a case states, computed in one precision, under jit or not. @throws Error for a name that is not mapped */
export const compute = (c: Case, precision: Precision, compiled: boolean): readonly Pair[] => {
  const word = words.get(c.op)
  if (word === undefined) throw new Error(`operation ${c.op} is not mapped`)
  const unknown = Object.keys(c.attrs).filter((k) => !word.attributes.includes(k))
  if (unknown.length > 0) throw new Error(`operation ${c.op} is not mapped for attributes ${unknown.join(', ')}`)
  const fast = <F extends (...args: never[]) => unknown>(f: F): F => (compiled ? (jit(f as never) as never) : f)
  const inputs = c.inputs.map((v) => read(v, precision))
  const expected = list(c.output)
  const dtype = DTYPES[(expected[0] as Values).dtype][precision]
  /** As many results as the case states: of several results, the first ones. */
  const run = (x: readonly Tensor[]): readonly Tensor[] =>
    list(word.run(x, c.attrs, dtype) as Tensor).slice(0, expected.length)
  const at = (x: readonly Tensor[], moved: readonly Tensor[]): readonly Tensor[] => {
    const all = [...x]
    c.diff.forEach((place, i) => {
      all[place] = moved[i] as Tensor
    })
    return all
  }
  const points = c.diff.map((i) => inputs[i] as Tensor)
  const pairs: Pair[] = []
  const compare = (what: 'output' | 'vjp' | 'jvp', e: readonly Values[], found: readonly Tensor[]): void => {
    if (e.length !== found.length) throw new Error(`${c.op}: ${found.length} results for ${what}, expected ${e.length}`)
    const scale = scaleOf(c, what)
    e.forEach((v, i) => {
      pairs.push({ what: e.length === 1 ? what : `${what} ${i}`, expected: v, found: found[i] as Tensor, scale })
    })
  }
  compare('output', expected, fast(run)(inputs))
  if (c.vjp !== undefined && c.cotangent !== undefined) {
    const back = fast((x: readonly Tensor[], p: readonly Tensor[], ct: readonly Tensor[]) =>
      (
        vjp((...moved: Tensor[]) => run(at(x, moved)), ...p) as readonly [unknown, (ct: unknown) => readonly Tensor[]]
      )[1](ct),
    )
    compare(
      'vjp',
      c.vjp,
      back(
        inputs,
        points,
        list(c.cotangent).map((v) => read(v, precision)),
      ),
    )
  }
  if (c.jvp !== undefined && c.tangents !== undefined) {
    const push = fast(
      (x: readonly Tensor[], p: readonly Tensor[], t: readonly Tensor[]) =>
        (jvp as unknown as (f: unknown, p: unknown, t: unknown) => readonly [unknown, readonly Tensor[]])(
          (...moved: Tensor[]) => run(at(x, moved)),
          p,
          t,
        )[1],
    )
    compare(
      'jvp',
      list(c.jvp),
      push(
        inputs,
        points,
        c.tangents.map((v) => read(v, precision)),
      ),
    )
  }
  return pairs
}

// -------------------------------------------------------------------------------------------------------------- scales

const magnitudes = (v: Values): readonly number[] => v.data.map((x) => Math.abs(element(x)))
const largest = (vs: readonly Values[]): number =>
  Math.max(0, ...vs.flatMap(magnitudes).filter((x) => Number.isFinite(x)))

/** Σ|∂y/∂xⱼ||uⱼ| of a single number y: what rounding of the terms, or of the uⱼ, is relative to. */
const terms = (c: Case, u: readonly Values[]): number => {
  if (c.vjp === undefined || c.cotangent === undefined) return 0
  const ct = largest(list(c.cotangent))
  if (ct === 0) return 0
  return (
    c.vjp.reduce((sum, g, i) => {
      const us = magnitudes(u[i] as Values)
      return magnitudes(g).reduce((s, x, k) => s + x * (us[k] as number), sum)
    }, 0) / ct
  )
}

const isNumber = (v: Values | readonly Values[]): boolean => list(v).length === 1 && list(v)[0]?.data.length === 1

/**
 * What rounding errors are relative to: the largest element, since elements are made of terms of that size; for a single
 * number the sum of the magnitudes of its terms; where terms of the size of the direction cancel, also that.
 */
const scaleOf = (c: Case, kind: 'output' | 'vjp' | 'jvp'): number => {
  const direction = (vs: readonly Values[]): number => (cancels(c.op) ? largest(vs) : 0)
  const single = (us: () => readonly Values[]): number => (isNumber(c.output) ? terms(c, us()) : 0)
  switch (kind) {
    case 'output':
      return Math.max(
        largest(list(c.output)),
        single(() => c.diff.map((i) => c.inputs[i] as Values)),
      )
    case 'vjp':
      return Math.max(largest(c.vjp ?? []), direction(list(c.cotangent ?? [])))
    case 'jvp':
      return Math.max(
        largest(list(c.jvp ?? [])),
        single(() => c.tangents ?? []),
        direction(c.tangents ?? []),
      )
  }
}

// ------------------------------------------------------------------------------------------------------------ comparing

/**
 * What is wrong with a result, or null. Floats may differ by `relative` of their own size; those that are small by
 * cancellation by `noise` of the scale.
 */
export const problem = (p: Pair, precision: Precision, relative: number, noise: number): string | null => {
  const dtype: DType = DTYPES[p.expected.dtype][precision]
  if (p.found.dtype !== dtype) return `${p.what}: ${p.found.dtype}, expected ${dtype}`
  const shape = (s: Shape): string => `[${s.join(', ')}]`
  if (shape(p.found.shape) !== shape(p.expected.shape))
    return `${p.what}: shape ${shape(p.found.shape)}, expected ${shape(p.expected.shape)}`
  const found = toTypedArray(p.found)
  const expected = p.expected.data.map(element)
  let worst: { readonly i: number; readonly error: number } | null = null
  for (const [i, e] of expected.entries()) {
    const f = found[i] as number
    if (Object.is(e, f) || e === f) continue
    const error = Math.abs(f - e) / Math.max(Math.abs(e), Math.max(noise * p.scale, SMALLEST[precision]) / relative)
    // a NaN, as from ∞ beside a number, is further off than any number
    if (!(error <= relative) && (worst === null || !(error <= worst.error))) worst = { i, error }
  }
  if (worst === null) return null
  const { i, error } = worst
  return `${p.what}[${i}]: ${found[i]}, expected ${expected[i]}, relative error ${error}`
}
