/**
 * Exact tests of samples: bounds that hold for every sample size, with false alarms rarer than 10⁻⁹.
 *
 * Two inequalities do all the work. Dvoretzky–Kiefer–Wolfowitz with Massart's constant: P(sup|Fₙ − F| > t) ≤ 2e^(−2nt²).
 * Chernoff: for a count k of n trials of chance p, P(n·KL(k/n ‖ p) ≥ c) ≤ 2e^(−c).
 */

/** How often a right generator may fail a test. */
export const ALARM = 1e-9

/** sup|Fₙ − F| of a sample, F continuous. */
export const kolmogorov = (sample: Iterable<number>, cdf: (x: number) => number): number => {
  const sorted = Float64Array.from(sample).sort()
  const n = sorted.length
  let d = 0
  sorted.forEach((x, i) => {
    const f = cdf(x)
    d = Math.max(d, f - i / n, (i + 1) / n - f)
  })
  return d
}

/** What sup|Fₙ − F| exceeds with a chance below `ALARM`; `grain` is how far F may be off because draws are rounded. */
export const kolmogorovBound = (n: number, grain = 0): number => Math.sqrt(Math.log(2 / ALARM) / (2 * n)) + grain

const kl = (q: number, p: number): number =>
  (q === 0 ? 0 : q * Math.log(q / p)) + (q === 1 ? 0 : (1 - q) * Math.log((1 - q) / (1 - p)))

/** n·KL(k/n ‖ p): how surprising a count is. */
export const surprise = (k: number, n: number, p: number): number => n * kl(k / n, p)

/** What a surprise exceeds with a chance below `ALARM`, also when the worst of several counts is taken. */
export const surpriseBound = (counts = 1): number => Math.log((2 * counts) / ALARM)

/** How often each whole number below `n` occurs. */
export const countsOf = (sample: Iterable<number>, n: number): readonly number[] => {
  const counts = new Array<number>(n).fill(0)
  for (const x of sample) counts[x] = (counts[x] as number) + 1
  return counts
}

/** Φ, by Marsaglia's series Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/15 + …) for |x| < 4, by the upper tail beyond. */
export const normalCdf = (x: number): number => {
  if (x >= 4) return 1 - upperTail(x)
  if (x <= -4) return upperTail(-x)
  let term = x
  let sum = x
  for (let k = 3; sum + term !== sum; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + sum * density(x)
}

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)

/** 1 − Φ(x) for x ≥ 2, by Laplace's continued fraction φ(x)/(x + 1/(x + 2/(x + 3/…))). */
export const upperTail = (x: number): number => {
  let f = x
  for (let k = 120; k >= 1; k--) f = x + k / f
  return density(x) / f
}
