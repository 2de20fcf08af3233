/**
 * Where sample values come from: whole numbers, mapped into each domain and away from its singularities. Nothing is
 * drawn and thrown away, and what shrinks stays inside.
 */
import * as fc from 'fast-check'
import { isFloat, type Shape, type Tensor } from '../src/core/value.js'
import type { Domain, Drawn } from '../src/primitive/record.js'
import { allocate, type Concrete, cast, concrete, elementAt } from '../src/tensor/concrete.js'
import { sizeOf } from '../src/tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many places a domain is divided into. */
const PLACES = 1000

/** The part of a domain's width that values keep away from its singularities. */
const MARGIN = 0.05

// --------------------------------------------------------------------------------------------------------------- domains

/** The intervals that are left of a domain without the neighbourhoods of its singularities. */
export const intervals = (d: Domain): readonly (readonly [number, number])[] => {
  const margin = MARGIN * (d.high - d.low)
  let left: (readonly [number, number])[] = [[d.low, d.high]]
  for (const a of d.avoid ?? [])
    left = left.flatMap(([low, high]): (readonly [number, number])[] =>
      a + margin <= low || a - margin >= high
        ? [[low, high]]
        : [[low, a - margin] as const, [a + margin, high] as const].filter(([p, q]) => p < q),
    )
  if (left.length === 0) throw new Error(`nothing is left of the domain ${d.low} to ${d.high}`)
  return left
}

/** The point at a fraction of what is left of a domain, in short decimals. */
const pointAt = (d: Domain, fraction: number): number => {
  const parts = intervals(d)
  let at = fraction * parts.reduce((sum, [low, high]) => sum + high - low, 0)
  for (const [low, high] of parts) {
    if (at <= high - low) return short(low + at, low, high)
    at -= high - low
  }
  return (parts.at(-1) as readonly [number, number])[1]
}

const short = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, Math.round(x * 1e4) / 1e4))

/** A domain's `n` points for whole numbers below `PLACES`; ranks instead of the numbers where points must be distinct. */
const pointsAt = (d: Domain, places: readonly number[]): readonly number[] => {
  if (d.distinct !== true) return places.map((k) => pointAt(d, k / PLACES))
  const order = places.map((_, i) => i).sort((i, j) => (places[i] as number) - (places[j] as number) || i - j)
  const rank = new Array<number>(places.length)
  order.forEach((i, r) => {
    rank[i] = r
  })
  return places.map((k, i) => pointAt(d, ((rank[i] as number) + 0.25 + k / (2 * PLACES)) / places.length))
}

/** How far values are from the nearest singularity of their domain; 1 where there is none, or a far one. */
export const distance = (x: Concrete, d: Domain): number => {
  let least = 1
  const values = Array.from({ length: sizeOf(x.shape) }, (_, i) => elementAt(x, i))
  for (const a of d.avoid ?? []) for (const v of values) least = Math.min(least, Math.abs(v - a))
  if (d.distinct === true) {
    const sorted = [...values].sort((p, q) => p - q)
    for (let i = 1; i < sorted.length; i++)
      least = Math.min(least, ((sorted[i] as number) - (sorted[i - 1] as number)) / 2)
  }
  return least
}

// ----------------------------------------------------------------------------------------------------------- arbitraries

/** An array in memory, of numbers. */
export const arrayOf = (shape: Shape, dtype: Drawn['dtype'], values: readonly number[]): Concrete => {
  const buffer = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < buffer.length; i++) buffer[i] = cast(dtype, values[i] as number)
  return concrete(shape, dtype, buffer)
}

const list = (n: number, low: number, high: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.integer({ min: low, max: high }), { minLength: n, maxLength: n })

/** An argument's values, inside its domain. */
export const drawnFrom = (a: Drawn): fc.Arbitrary<Concrete> => {
  const n = sizeOf(a.shape)
  const d = a.domain
  return d.integer === true || !isFloat(a.dtype)
    ? list(n, Math.ceil(d.low), Math.floor(d.high)).map((values) => arrayOf(a.shape, a.dtype, values))
    : list(n, 0, PLACES).map((places) => arrayOf(a.shape, a.dtype, pointsAt(d, places)))
}

/** A tangent or cotangent: eighths between −2 and 2; null where there is no derivative. */
export const vector = (like: {
  readonly shape: Shape
  readonly dtype: Drawn['dtype']
}): fc.Arbitrary<Concrete | null> =>
  isFloat(like.dtype)
    ? list(sizeOf(like.shape), -16, 16).map((k) =>
        arrayOf(
          like.shape,
          like.dtype,
          k.map((i) => i / 8),
        ),
      )
    : fc.constant(null)

/** A factor: eighths between −2 and 2. */
export const factor: fc.Arbitrary<number> = fc.integer({ min: -16, max: 16 }).map((k) => k / 8)

/** Numbers of a tensor in memory. */
export const numbers = (x: Tensor): readonly number[] =>
  Array.from({ length: sizeOf(x.shape) }, (_, i) => elementAt(x as Concrete, i))
