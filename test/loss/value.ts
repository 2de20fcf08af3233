/** Losses of one example or element by their definitions, on plain numbers, without regard to overflow. */

/** softmax of a row. */
export const softmax = (z: readonly number[]): number[] => {
  const e = z.map(Math.exp)
  const s = e.reduce((p, q) => p + q, 0)
  return e.map((v) => v / s)
}

/** −Σ pᵢ·log softmax(z)ᵢ. */
export const crossEntropy = (z: readonly number[], p: readonly number[]): number =>
  softmax(z).reduce((s, q, i) => s - (p[i] as number) * Math.log(q), 0)

/** The distribution with all its weight on one class. */
export const certain = (label: number, classes: number): number[] =>
  Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0))

/** σ(x). */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
