/**
 * Functions R³ → R³ whose every derivative is known in closed form, apart from any library: sums of
 * c · (x + s)^p · φ(w · (x + s)) with φ one of 1, exp, sin, cos. Derivatives and shifts of such sums are such sums.
 */

/** The smooth factor of a term. */
type Factor = 'one' | 'exp' | 'sin' | 'cos'

/** c · Π (x_j + s_j)^{p_j} · φ(w · (x + s)). */
export interface Term {
  readonly c: number
  readonly p: readonly number[]
  readonly factor: Factor
  readonly w: readonly number[]
  readonly s: readonly number[]
}

/** A sum of terms: a function R³ → R. */
export type Sum = readonly Term[]

/** A function R³ → R³, by its components. */
export type Field = readonly Sum[]

const ZERO: readonly number[] = [0, 0, 0]

/** A term that is not shifted. */
export const term = (c: number, p: readonly number[], factor: Factor = 'one', w: readonly number[] = ZERO): Term => ({
  c,
  p,
  factor,
  w,
  s: ZERO,
})

/** The sum times a number. */
export const scaled = (k: number, f: Sum): Sum => f.map((t) => ({ ...t, c: k * t.c }))

/** ∂f/∂x_j. */
export const partial = (f: Sum, j: number): Sum =>
  f.flatMap((t): Term[] => {
    const power = t.p[j] as number
    const lowered = power === 0 ? [] : [{ ...t, c: t.c * power, p: t.p.map((q, i) => (i === j ? q - 1 : q)) }]
    const k = t.c * (t.w[j] as number)
    if (t.factor === 'one' || k === 0) return lowered
    if (t.factor === 'exp') return [...lowered, { ...t, c: k }]
    return [
      ...lowered,
      t.factor === 'sin' ? { ...t, c: k, factor: 'cos' as const } : { ...t, c: -k, factor: 'sin' as const },
    ]
  })

/** x ↦ f(x + d). */
export const shifted = (f: Sum, d: readonly number[]): Sum =>
  f.map((t) => ({ ...t, s: t.s.map((a, j) => a + (d[j] as number)) }))

/** Σ_i c_i · f_i. */
export const combined = (f: Field, c: readonly number[]): Sum => f.flatMap((fi, i) => scaled(c[i] as number, fi))

/** The value at a point, and the sum of the magnitudes of its terms (what rounding errors are measured against). */
export const evaluated = (f: Sum, x: readonly number[]): { readonly value: number; readonly magnitude: number } => {
  let value = 0
  let magnitude = 0
  for (const t of f) {
    const y = x.map((a, j) => a + (t.s[j] as number))
    const inner = y.reduce((acc, a, j) => acc + a * (t.w[j] as number), 0)
    const phi = t.factor === 'one' ? 1 : Math[t.factor](inner)
    const v = t.c * y.reduce((acc, a, j) => acc * a ** (t.p[j] as number), 1) * phi
    value += v
    magnitude += Math.abs(v)
  }
  return { value, magnitude }
}
