/** Errors of the functions in `engine/math`, in units in the last place. */

import { bits, call, convert, type FunctionName, type Lane } from '../../src/core/lane.js'
import type { VectorLength } from '../../src/engine/machine.js'
import {
  abs as absLane,
  add,
  and,
  div,
  eq,
  ge,
  lt,
  mul,
  ne,
  sub,
  toFloat,
  toInteger,
  where,
  word,
} from '../../src/engine/math/arithmetic.js'
import { writeOut } from '../../src/engine/math/index.js'
import { hasRelaxedVectors } from '../../src/engine/wasm/features.js'
import { element, loop } from '../../test/engine/loop.js'
import { TWOFOLD, TWOFOLD2, ulpsOf } from './double-double.js'
import { abs, exponentOf, less, neg, ONE, type Real, real, ulps } from './real.js'
import { REFERENCE, REFERENCE2 } from './reference.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** The largest error and where it is. */
export interface Worst {
  readonly ulp: number
  readonly at: readonly number[]
  readonly got: number
}

// ------------------------------------------------------------------------------------------------------------ evaluation

/** Values of a function at arguments (two arrays for a function of two), `vl` at a time. */
export const evaluate = (
  name: FunctionName,
  type: 'f32' | 'f64',
  args: readonly (readonly number[])[],
  vl: VectorLength = type === 'f32' ? 4 : 2,
  relaxed = hasRelaxedVectors(),
): readonly number[] => {
  const roots = writeOut([call(name, ...args.map((_, i) => element(type, i)))])
  const n = args[0]?.length ?? 0
  const padded = Math.ceil(n / 4) * 4
  const bytes = (type === 'f32' ? 4 : 8) * padded
  const run = loop(
    roots,
    args.map(() => type),
    vl,
    { pages: Math.ceil((bytes * (args.length + 1)) / 65536) + 1, relaxed },
  )
  const array = (i: number): Float32Array | Float64Array =>
    type === 'f32'
      ? new Float32Array(run.memory.buffer, bytes * i, n)
      : new Float64Array(run.memory.buffer, bytes * i, n)
  args.forEach((values, i) => {
    array(i).set(values)
  })
  if (padded > 0)
    run.run(
      padded,
      args.map((_, i) => bytes * i),
      [bytes * args.length],
    )
  return Array.from(array(args.length))
}

// ------------------------------------------------------------------------------------------------- against the reference

const GAMMA = /^(lgamma|digamma|polygamma)/

/** x is beyond what the reference computes: it would give the same anyway, or take forever. */
const isEasy = (name: string, x: number): boolean => {
  const a = Math.abs(x)
  if (/^(exp|expm1|sinh|cosh|sigmoid)$/.test(name)) return a > 800
  if (name === 'erf') return a > 7
  if (name === 'erfc') return x > 28 || x < -7
  if (name === 'tanh') return a > 30
  return GAMMA.test(name) && (x < -150 || x === Math.floor(x)) && x <= 0
}

/** Whether the function is measured there: special values have a table of their own. */
const isMeasured = (name: string, x: readonly number[]): boolean => {
  if (!x.every(Number.isFinite)) return false
  const [a = 0, b = 0] = x
  if (x.length === 2)
    return name === 'pow'
      ? a > 0 && b !== 0 && Math.abs(b * Math.log(a)) <= 800
      : name !== 'atan2' || (a !== 0 && b !== 0)
  if (isEasy(name, a)) return false
  if (name === 'log') return a > 0
  if (name === 'log1p') return a > -1
  if (name === 'atanh') return Math.abs(a) < 1
  if (/^(asin|acos)$/.test(name)) return Math.abs(a) <= 1
  return name !== 'acosh' || a >= 1
}

/** The error of one value, or null where the function is not measured. */
export const errorAt = (name: string, x: readonly number[], got: number, type: 'f32' | 'f64'): number | null => {
  if (!isMeasured(name, x)) return null
  const precision = type === 'f32' ? 24 : 53
  const [a = 0, b = 0] = x
  if (x.length === 2) return ulps(got, (REFERENCE2[name] as (x: Real, y: Real) => Real)(real(a), real(b)), precision)
  // zeros that the reference only comes near
  if (name === 'lgamma' && (a === 1 || a === 2)) return got === 0 ? 0 : Number.POSITIVE_INFINITY
  const f = REFERENCE[name] as (x: Real) => Real
  const exact = f(real(a))
  const error = ulps(got, exact, precision)
  if (!GAMMA.test(name) || a > 0 || !Number.isFinite(error)) return error
  const image = abs(f(neg(real(a))))
  const scale = less(image, ONE) ? ONE : image
  const size = abs(exact)
  return less(size, scale) && size.m !== 0n ? error * 2 ** (exponentOf(size) - exponentOf(scale)) : error
}

/** The same by the reference in two doubles, where that is enough. */
const quickErrorAt = (name: string, x: readonly number[], got: number, type: 'f32' | 'f64'): number | null => {
  if (!isMeasured(name, x)) return null
  const [a = 0, b = 0] = x
  const exact = x.length === 2 ? TWOFOLD2[name]?.(a, b) : TWOFOLD[name]?.(a)
  if (exact === null || exact === undefined || !Number.isFinite(got)) return errorAt(name, x, got, type)
  const error = ulpsOf(got, exact, type === 'f32' ? 24 : 53)
  if (!GAMMA.test(name) || a > 0) return error
  const image = TWOFOLD[name]?.(-a)
  if (image === null || image === undefined) return errorAt(name, x, got, type)
  const scale = Math.max(1, Math.abs(image.h))
  return Math.abs(exact.h) < scale
    ? error * 2 ** (Math.floor(Math.log2(Math.abs(exact.h))) - Math.floor(Math.log2(scale)))
    : error
}

/** The largest error of values; `quick` looks with two doubles for what may be larger than `least`, and then exactly. */
export const worstOf = (
  name: string,
  type: 'f32' | 'f64',
  args: readonly (readonly number[])[],
  values: readonly number[],
  { quick = false, least = 0 } = {},
): Worst => {
  let worst: Worst = { ulp: least, at: [], got: 0 }
  values.forEach((got, i) => {
    const at = args.map((a) => (type === 'f32' ? Math.fround(a[i] as number) : (a[i] as number)))
    if (quick) {
      const guess = quickErrorAt(name, at, got, type)
      if (guess === null || guess <= worst.ulp * (1 - 1e-9)) return
    }
    const error = errorAt(name, at, got, type)
    if (error !== null && !(error <= worst.ulp)) worst = { ulp: error, at, got }
  })
  return worst
}

// ------------------------------------------------------------------------------------------- 32 bits against 64, in wasm

/** The error of y against an exact value in doubles, in units of y's last place; ∞ where only one is NaN or infinite. */
const errorLane = (y: Lane, exact: Lane, floor: number): Lane => {
  const z = convert(y, 'f64')
  const size = absLane(exact)
  const power = toFloat(and(toInteger(size), word('i64', 0x7ff0_0000_0000_0000n)))
  const least = Math.max(floor * 2 ** -23, 2 ** -149)
  const unit = mul(power, 2 ** -23)
  const error = div(absLane(sub(z, exact)), where(lt(unit, least), least, unit))
  const overflow = ge(size, 2 ** 128 - 2 ** 103)
  const infinite = eq(absLane(z), Number.POSITIVE_INFINITY)
  const sameSign = ge(mul(where(lt(z, 0), -1, 1), where(lt(exact, 0), -1, 1)), 0)
  const beyond = where(
    infinite,
    where(overflow, where(sameSign, 0, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY),
    error,
  )
  const nans = add(where(ne(z, z), 1, 0), where(ne(exact, exact), 1, 0))
  return convert(where(eq(nans, 0), beyond, where(eq(nans, 2), 0, Number.POSITIVE_INFINITY)), 'f32')
}

const bitsOf = (x: number): number => new Uint32Array(new Float32Array([x]).buffer)[0] as number

/** The same lane with x · y + z of 32 bits rounded once, as `madd` is on some machines: in doubles, where the product is exact. */
const fused = (root: Lane): Lane => {
  const done = new Map<Lane, Lane>()
  const of = (lane: Lane): Lane => {
    const known = done.get(lane)
    if (known !== undefined) return known
    const args = lane.args.map(of)
    const [x, y, z] = args.map((a) => (lane.op === 'madd' && lane.type === 'f32' ? convert(a, 'f64') : a))
    const made =
      lane.op === 'madd' && lane.type === 'f32'
        ? convert(add(mul(x as Lane, y as Lane), z as Lane), 'f32')
        : args.every((a, i) => a === lane.args[i])
          ? lane
          : { ...lane, args }
    done.set(lane, made)
    return made
  }
  return of(root)
}

/** Which of the 2³² arguments are measured, and how. */
export interface Exhaustion {
  /** The distance from one to the next. */
  readonly stride?: number
  /** The bits of the first. */
  readonly first?: number
  /** Those not beyond this in size. */
  readonly largest?: number
  /** Whether x · y + z is rounded once. */
  readonly once?: boolean
}

/**
 * The largest error of a function of 32 bits over its 2³² arguments, or so many of them, against the same function of 64 bits (whose own
 * error is some 2⁻²⁸ of these units).
 */
export const exhaustive = (
  name: FunctionName,
  { stride = 1, first = 0, largest = Number.POSITIVE_INFINITY, once = false }: Exhaustion = {},
): Worst => {
  const beyond = largest === Number.POSITIVE_INFINITY ? 2 ** 31 : bitsOf(largest)
  const x = bits(element('i32', 0), 'f32')
  const [y] = writeOut([call(name, x)]) as readonly [Lane]
  const exact = call(name, convert(x, 'f64'))
  const roots = writeOut([errorLane(once ? fused(y) : y, exact, GAMMA.test(name) ? 1 : 0)])
  const n = 1 << 16
  const run = loop(roots, ['i32'], 4, { pages: 16 })
  const patterns = new Uint32Array(run.memory.buffer, 0, n)
  const errors = new Float32Array(run.memory.buffer, 4 * n, n)
  let worst = { ulp: 0, pattern: 0 }
  for (let from = first; from < 2 ** 32; from += n * stride) {
    if (from % 2 ** 31 > beyond && (from % 2 ** 31) + n * stride <= 2 ** 31) continue
    for (let i = 0; i < n; i++) patterns[i] = from + i * stride
    run.run(n, [0], [4 * n])
    for (let i = 0; i < n; i++) {
      const e = errors[i] as number
      if (!(e <= worst.ulp)) worst = { ulp: e, pattern: from + i * stride }
    }
  }
  const at = new Float32Array(new Uint32Array([worst.pattern]).buffer)[0] as number
  return { ulp: worst.ulp, at: [at], got: evaluate(name, 'f32', [[at]])[0] as number }
}
