/**
 * Minimax polynomials by E. Ya. Remez's exchange algorithm, in 160-bit arithmetic: prints the coefficients that stand in
 * `src/engine/math/coefficients.ts`, each with its largest weighted error. `tsx bench/accuracy/minimax.ts [EXP LOG …]`
 */
import {
  abs,
  add,
  div,
  exponentOf,
  less,
  mul,
  near,
  neg,
  ONE,
  parse,
  type Real,
  real,
  shift,
  sign,
  sqrt,
  sub,
  ZERO,
} from './real.js'
import {
  acosh,
  asin,
  asinh,
  atan,
  cos,
  digamma,
  erf,
  erfc,
  exp,
  expm1,
  LN2,
  lgamma,
  log,
  log1p,
  PI,
  sin,
  sinh,
  tan,
  tanh,
} from './reference.js'

// ---------------------------------------------------------------------------------------------------------------- model

interface Problem {
  readonly name: string
  readonly f: (x: Real) => Real
  readonly from: Real
  readonly to: Real
  /** How many coefficients. */
  readonly terms: number
  /** What an error is multiplied with. */
  readonly weight: (x: Real) => Real
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** Solves a system by elimination with pivots. */
const solve = (rows: Real[][], right: Real[]): Real[] => {
  const n = right.length
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k + 1; i < n; i++)
      if (less(abs((rows[pivot] as Real[])[k] as Real), abs((rows[i] as Real[])[k] as Real))) pivot = i
    const swap = rows[k] as Real[]
    rows[k] = rows[pivot] as Real[]
    rows[pivot] = swap
    const value = right[k] as Real
    right[k] = right[pivot] as Real
    right[pivot] = value
    const top = rows[k] as Real[]
    for (let i = k + 1; i < n; i++) {
      const row = rows[i] as Real[]
      const factor = div(row[k] as Real, top[k] as Real)
      for (let j = k; j < n; j++) row[j] = sub(row[j] as Real, mul(factor, top[j] as Real))
      right[i] = sub(right[i] as Real, mul(factor, right[k] as Real))
    }
  }
  const x: Real[] = Array.from({ length: n }, () => ZERO)
  for (let k = n - 1; k >= 0; k--) {
    let sum = right[k] as Real
    for (let j = k + 1; j < n; j++) sum = sub(sum, mul((rows[k] as Real[])[j] as Real, x[j] as Real))
    x[k] = div(sum, (rows[k] as Real[])[k] as Real)
  }
  return x
}

/** T₀ … Tₙ₋₁ at t. */
const chebyshev = (n: number, t: Real): readonly Real[] => {
  const values = [ONE, t]
  for (let k = 2; k < n; k++) values.push(sub(mul(shift(t, 1), values[k - 1] as Real), values[k - 2] as Real))
  return values.slice(0, n)
}

/** Coefficients in powers of x of Σ cₖ Tₖ((x − center) / half). */
const powers = (c: readonly Real[], center: Real, half: Real): readonly Real[] => {
  const n = c.length
  let before: Real[] = [ONE]
  let last: Real[] = [ZERO, ONE]
  const inT: Real[] = Array.from({ length: n }, () => ZERO)
  const accumulate = (p: readonly Real[], factor: Real): void => {
    p.forEach((a, i) => {
      inT[i] = add(inT[i] as Real, mul(a, factor))
    })
  }
  accumulate(before, c[0] as Real)
  if (n > 1) accumulate(last, c[1] as Real)
  for (let k = 2; k < n; k++) {
    const next = [ZERO, ...last.map((a) => shift(a, 1))].map((a, i) => sub(a, before[i] ?? ZERO))
    before = last
    last = next
    accumulate(last, c[k] as Real)
  }
  // t = (x − center) / half, by Horner's rule on polynomials
  let result: Real[] = []
  for (let k = n - 1; k >= 0; k--) {
    const next = Array.from({ length: result.length + 1 }, (_, i) =>
      div(sub(result[i - 1] ?? ZERO, mul(result[i] ?? ZERO, center)), half),
    )
    next[0] = add(next[0] ?? ZERO, inT[k] as Real)
    result = next
  }
  return result
}

/** The best polynomial and its largest weighted error. */
const remez = ({ f, from, to, terms, weight }: Problem): { readonly c: readonly Real[]; readonly error: Real } => {
  const points = terms + 1
  const center = shift(add(from, to), -1)
  const half = shift(sub(to, from), -1)
  const node = (i: number, n: number): Real => sub(center, mul(half, real(Math.cos((Math.PI * i) / n))))
  const grid = Array.from({ length: 16 * points + 1 }, (_, i) => node(i, 16 * points))
  const values = grid.map(f)
  const weights = grid.map(weight)
  const scaled = (x: Real): Real => div(sub(x, center), half)
  let xs = Array.from({ length: points }, (_, i) => node(2 * i + 1, 2 * points))
  for (let iteration = 0; ; iteration++) {
    const rows = xs.map((x, i) => [...chebyshev(terms, scaled(x)), div(i % 2 === 0 ? ONE : neg(ONE), weight(x))])
    const solution = solve(rows, xs.map(f))
    const c = solution.slice(0, terms)
    const errors = grid.map((x, i) => {
      const basis = chebyshev(terms, scaled(x))
      const p = c.reduce((sum, a, k) => add(sum, mul(a, basis[k] as Real)), ZERO)
      return mul(sub(p, values[i] as Real), weights[i] as Real)
    })
    // the largest error of each run of one sign
    const extremes: number[] = []
    errors.forEach((e, i) => {
      const last = extremes.at(-1)
      if (last === undefined || sign(errors[last] as Real) * sign(e) < 0) extremes.push(i)
      else if (less(abs(errors[last] as Real), abs(e))) extremes[extremes.length - 1] = i
    })
    while (extremes.length > points)
      if (less(abs(errors[extremes[0] as number] as Real), abs(errors[extremes.at(-1) as number] as Real)))
        extremes.shift()
      else extremes.pop()
    const error = errors.map(abs).reduce((a, b) => (less(a, b) ? b : a))
    const level = abs(solution[terms] as Real)
    if (extremes.length < points || iteration > 20 || near(div(error, level)) < 1.01)
      return { c: powers(c, center, half), error }
    xs = extremes.map((i) => {
      // the top of the parabola through the neighbours
      const [x0, x1, x2] = [grid[i - 1], grid[i], grid[i + 1]]
      const [y0, y1, y2] = [errors[i - 1], errors[i], errors[i + 1]]
      if (x0 === undefined || x1 === undefined || x2 === undefined || !y0 || !y1 || !y2) return grid[i] as Real
      const a = mul(sub(x1, x0), sub(y1, y2))
      const b = mul(sub(x1, x2), sub(y1, y0))
      const below = shift(sub(a, b), 1)
      if (below.m === 0n) return x1
      const top = sub(x1, div(sub(mul(sub(x1, x0), a), mul(sub(x1, x2), b)), below))
      return less(x0, top) && less(top, x2) ? top : x1
    })
  }
}

// -------------------------------------------------------------------------------------------------------------- problems

const q = (n: number, d: number): Real => div(real(n), real(d))
const plus =
  (x: number) =>
  (z: Real): Real =>
    add(z, real(x))

/** A power series at 0 where the closed form loses its bits. */
const nearZero =
  (closed: (x: Real) => Real, series: readonly Real[], below = -40) =>
  (x: Real): Real =>
    x.m === 0n || exponentOf(x) < below ? series.reduceRight((sum, a) => add(mul(sum, x), a), ZERO) : closed(x)

/** (f(√z) − √z) / z^(3/2) for odd f. */
const odd = (f: (x: Real) => Real, series: readonly Real[]) =>
  nearZero((z) => {
    const s = sqrt(z)
    return div(sub(f(s), s), mul(s, z))
  }, series)

const EXP = nearZero((r) => div(sub(expm1(r), r), mul(r, r)), [q(1, 2), q(1, 6), q(1, 24), q(1, 120)])
const EXP_WEIGHT = (r: Real): Real => add(mul(mul(r, r), exp(neg(r))), real(1e-6))
const twoArtanh = (z: Real): { readonly s: Real; readonly y: Real } => {
  const s = sqrt(z)
  return { s, y: sub(log1p(s), log1p(neg(s))) }
}
const LOG = nearZero(
  (z) => {
    const { s, y } = twoArtanh(z)
    return div(sub(y, shift(s, 1)), mul(s, z))
  },
  [q(2, 3), q(2, 5), q(2, 7), q(2, 9)],
)
const LOG_TAIL = nearZero(
  (z) => {
    const { s, y } = twoArtanh(z)
    const cube = mul(s, z)
    return div(sub(sub(y, shift(s, 1)), mul(cube, q(2, 3))), mul(cube, z))
  },
  [q(2, 5), q(2, 7), q(2, 9), q(2, 11), q(2, 13)],
  -27,
)
/** log₂((1 + s) / (1 − s)) / s */
const LOG2 = nearZero(
  (z) => {
    const { s, y } = twoArtanh(z)
    return div(div(y, s), LN2)
  },
  [div(real(2), LN2), div(q(2, 3), LN2), div(q(2, 5), LN2)],
  -60,
)
/** (2ʳ − 1) / r */
const EXP2 = nearZero((r) => div(expm1(mul(r, LN2)), r), [LN2, shift(mul(LN2, LN2), -1)], -80)
const SIN = odd(sin, [q(-1, 6), q(1, 120), q(-1, 5040)])
const COS = nearZero(
  (z) => div(add(sub(cos(sqrt(z)), ONE), shift(z, -1)), mul(z, z)),
  [q(1, 24), q(-1, 720), q(1, 40320), q(-1, 3628800)],
  -30,
)
const TAN = odd(tan, [q(1, 3), q(2, 15), q(17, 315)])
const ASIN = odd(asin, [q(1, 6), q(3, 40), q(15, 336)])
const ATAN = odd(atan, [q(-1, 3), q(1, 5), q(-1, 7)])
const ASINH = odd(asinh, [q(-1, 6), q(3, 40), q(-15, 336)])
/** (arcosh(1 + t) / √(2t) − 1) / t */
const ACOSH = nearZero(
  (t) => div(sub(div(acosh(add(ONE, t)), sqrt(shift(t, 1))), ONE), t),
  [q(-1, 12), q(3, 160), q(-5, 896)],
)
const TANH = odd(tanh, [q(-1, 3), q(2, 15), q(-17, 315)])
const SINH = odd(sinh, [q(1, 6), q(1, 120), q(1, 5040)])
const ERF = (z: Real): Real => {
  const s = z.m === 0n ? real(2 ** -100) : sqrt(z)
  return sub(div(erf(s), s), ONE)
}
const K = real(3.75)
const ERFC = (t: Real): Real => {
  const x = div(mul(K, add(ONE, t)), sub(ONE, t))
  return mul(mul(add(ONE, shift(x, 1)), erfc(x)), exp(mul(x, x)))
}
const atX = (x: number): Real => div(sub(real(x), K), add(real(x), K))
const EULER = parse('0.57721566490153286060651209008240243104215933593992')
const LGAMMA = nearZero(
  (z) => div(lgamma(add(real(2), z)), z),
  [sub(ONE, EULER), shift(sub(div(mul(PI, PI), real(6)), ONE), -1)],
  -70,
)
/** The positive zero of ψ: OEIS A030169. */
const PSI_ZERO = parse('1.46163214496836234126265954232572132846819620400644629512988')
const DIGAMMA = (u: Real): Real => {
  const v = u.m === 0n ? real(2 ** -60) : u
  return div(digamma(add(PSI_ZERO, v)), v)
}
const atU = (x: string): Real => sub(parse(x), PSI_ZERO)

const R = mul(shift(LN2, -1), real(1.005))
const ROOT = div(sub(sqrt(real(2)), ONE), add(sqrt(real(2)), ONE))
const S = mul(mul(ROOT, ROOT), real(1.01))
const QUARTER = mul(mul(shift(PI, -2), shift(PI, -2)), real(1.01))
const one = (): Real => ONE

const problem = (
  name: string,
  f: (x: Real) => Real,
  from: Real,
  to: Real,
  terms: number,
  weight: (x: Real) => Real,
): Problem => ({ name, f, from, to, terms, weight })

const fromZero = (name: string, f: (x: Real) => Real, to: number | Real, terms: number, weight = plus(1e-3)): Problem =>
  problem(name, f, ZERO, typeof to === 'number' ? real(to) : to, terms, weight)

const PROBLEMS: readonly Problem[] = [
  problem('EXP', EXP, neg(R), R, 10, EXP_WEIGHT),
  problem('EXP_SHORT', EXP, neg(R), R, 6, EXP_WEIGHT),
  problem('EXP_SINGLE', EXP, neg(R), R, 5, EXP_WEIGHT),
  fromZero('LOG', LOG, S, 7, plus(1e-4)),
  fromZero('LOG_SINGLE', LOG, S, 3, plus(1e-4)),
  fromZero('SIN', SIN, QUARTER, 6),
  fromZero('SIN_SHORT', SIN, QUARTER, 4),
  fromZero('COS', COS, QUARTER, 6, (z) => add(mul(z, z), real(1e-3))),
  fromZero('COS_SHORT', COS, QUARTER, 4, (z) => add(mul(z, z), real(1e-3))),
  fromZero('SIN_SINGLE', SIN, QUARTER, 3),
  fromZero('COS_SINGLE', COS, QUARTER, 3, (z) => add(mul(z, z), real(1e-3))),
  fromZero('TAN_SINGLE', TAN, QUARTER, 7),
  fromZero('ASIN', ASIN, 0.2501, 13),
  fromZero('ASIN_SINGLE', ASIN, 0.2501, 5),
  fromZero('ATAN', ATAN, 0.1915, 11),
  fromZero('ATAN_SINGLE', ATAN, 1, 9),
  fromZero('ASINH_SINGLE', ASINH, 0.3601, 5),
  fromZero('ATANH_SINGLE', LOG, 0.08, 4),
  fromZero('ACOSH_SINGLE', ACOSH, 0.5, 5),
  fromZero('TANH', TANH, 0.3907, 11),
  fromZero('TANH_SINGLE', TANH, 0.3907, 5),
  fromZero('SINH', SINH, 1.001, 7),
  fromZero('SINH_SHORT', SINH, 1.001, 4),
  fromZero('ERF', ERF, 1.001, 13, one),
  fromZero('ERF_SINGLE', ERF, 0.82, 6, one),
  problem('ERFC_SINGLE', (x) => neg(log(erfc(x))), real(0.9), real(4), 8, erfc),
  problem('ERFC', ERFC, atX(0.45), atX(28), 22, one),
  problem('ERFCX_SINGLE', (t) => sub(ERFC(t), ONE), atX(0.45), atX(10.5), 11, one),
  problem('LGAMMA', LGAMMA, real(-0.5), real(0.5), 18, one),
  problem('LGAMMA_SHORT', LGAMMA, real(-0.5), real(0.5), 10, one),
  problem('DIGAMMA', DIGAMMA, atU('0.999'), atU('2.501'), 26, one),
  fromZero('LOG2_SHORT', LOG2, S, 5, one),
  problem('EXP2_SINGLE', EXP2, real(-0.501), real(0.501), 6, (r) => add(abs(r), real(1e-3))),
  fromZero('LOG_TAIL', LOG_TAIL, S, 8, (z) => add(mul(z, z), real(1e-5))),
]

// -------------------------------------------------------------------------------------------------------------- running

const chosen = process.argv.slice(2)
for (const p of PROBLEMS) {
  if (chosen.length > 0 && !chosen.includes(p.name)) continue
  const { c, error } = remez(p)
  console.log(`// error 2^${Math.log2(near(error)).toFixed(1)}`)
  console.log(`export const ${p.name}: readonly number[] = [${c.map((a) => String(near(a))).join(', ')}]`)
}
