/** What random programs are made of: the primitives of the table with their cases, constants, and the size of results. */
import { isFloat, type Tensor } from '../src/core/value.js'
import type { AnySingle, Domain, Drawn, Sample } from '../src/primitive/record.js'
import { table } from '../src/primitive/table.js'
import { apply, builder } from '../src/tape/node.js'
import { range, sizeOf } from '../src/tensor/shape.js'
import { magnitude } from './law.js'
import { arrayOf, intervals } from './sample.js'

/** A primitive with its sample cases. */
export interface Entry {
  readonly primitive: AnySingle
  readonly cases: readonly Sample<unknown>[]
}

/** Whole numbers below `n` in an order without a pattern: constants of programs, points to estimate ranges at. */
const scatter = (n: number, seed: number): readonly number[] =>
  range(n).map((i) => ((i + 1) * 7919 + seed * 104729 + ((i * i) % 31) * 1299709) % 1000)

/** Where values may lie, without the neighbourhoods of singularities: one interval of it. */
export const room = (d: Domain, k: number): readonly [number, number] => {
  const parts = intervals(d)
  return parts[k % parts.length] as readonly [number, number]
}

/** Some numbers of a type, inside a domain. */
export const constant = (a: Drawn, seed: number): Tensor => {
  const [low, high] = room(a.domain, seed)
  const n = sizeOf(a.shape)
  const first = Math.ceil(a.domain.low)
  const count = Math.floor(a.domain.high) - first + 1
  const places = a.domain.distinct === true ? shuffled(n, seed).map((r) => (1000 * r) / n) : scatter(n, seed)
  const at = (k: number): number =>
    isFloat(a.dtype) ? low + (high - low) * ((k + 0.5) / 1000) : first + Math.floor((count * k) / 1000)
  return arrayOf(a.shape, a.dtype, places.map(at))
}

/** The numbers below `n` in another order. */
export const shuffled = (n: number, seed: number): readonly number[] =>
  range(n).map((i) => (n % 5 === 0 ? (i + seed) % n : (i * 5 + seed) % n))

/** Arguments to estimate the size of results at: scattered ones, and those where all elements are large at once. */
const samplesOf = (c: Sample<unknown>): readonly (readonly Tensor[])[] => [
  ...range(4).map((seed) => c.args.map((a, i) => constant(a, seed * 5 + i))),
  ...(['low', 'high'] as const).flatMap((end) =>
    c.args.some((a) => a.dtype !== 'f64' || a.domain.distinct === true)
      ? []
      : [c.args.map((a) => builder.full(a.shape, a.dtype, edge(a.domain, end)))],
  ),
]

const edge = (d: Domain, end: 'low' | 'high'): number => {
  const parts = intervals(d)
  return end === 'low'
    ? ((parts[0] as readonly number[])[0] as number)
    : ((parts.at(-1) as readonly number[])[1] as number)
}

const derivable = (p: AnySingle): boolean => {
  const c = p.samples.cases.find((s) => s.args.some((a) => isFloat(a.dtype)))
  if (c === undefined || p.jvp === 'not differentiable' || p.samples.notDerivative === true) return false
  const x = c.args.map((a, i) => constant(a, i))
  const t = x.map((v) => (isFloat(v.dtype) ? builder.like(v, 1) : null))
  const y = apply(p, c.params, x)
  return isFloat(y.dtype) && p.jvp(builder, t, x, y, c.params as never) !== null
}

const catalogue = (): readonly Entry[] => {
  const singles = (Object.values(table) as unknown as readonly AnySingle[]).filter((p) => p.results === 'one')
  const entries = singles.map((primitive) => ({
    primitive,
    cases: primitive.samples.cases as readonly Sample<unknown>[],
  }))
  const smooth = entries.filter((e) => derivable(e.primitive))
  // what has a derivative comes up three times as often
  return [...smooth, ...smooth, ...smooth, ...entries.filter((e) => !smooth.includes(e))]
}

let entries: readonly Entry[] | undefined
export const allEntries = (): readonly Entry[] => {
  entries ??= catalogue()
  return entries
}

/** Whether a case neither takes nor gives f32: a value that goes through it has a derivative of its precision alone. */
const isWide = (p: AnySingle, c: Sample<unknown>): boolean => {
  const args = c.args.map(({ shape, dtype }) => ({ shape, dtype, weak: false }))
  return [...args, p.abstract(c.params as never, args)].every((a) => a.dtype !== 'f32')
}

let wide: readonly Entry[] | undefined

/** Without what is by intent not the derivative of what it computes, and without f32. */
export const faithful = (): readonly Entry[] => {
  wide ??= allEntries()
    .filter((e) => e.primitive.samples.notDerivative !== true)
    .map((e) => ({ ...e, cases: e.cases.filter((c) => isWide(e.primitive, c)) }))
    .filter((e) => e.cases.length > 0)
  return wide
}

const scales = new WeakMap<Sample<unknown>, number>()

/** A power of two that brings the results of a case to everyday size. */
export const scaleOf = (p: AnySingle, c: Sample<unknown>): number => {
  const known = scales.get(c)
  if (known !== undefined) return known
  const most = Math.max(...samplesOf(c).map((x) => magnitude(apply(p, c.params, x))))
  const scale = most > 4 ? 2 ** -Math.ceil(Math.log2(most / 4)) : 1
  scales.set(c, scale)
  return scale
}
