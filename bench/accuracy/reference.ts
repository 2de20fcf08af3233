/**
 * The functions of `engine/math` to more than 100 bits, by other methods: Taylor series, Newton's iteration, continued
 * fractions, recurrences into Stirling's series. Nothing is shared with what is measured.
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
  type Real,
  real,
  round,
  shift,
  sign,
  sqrt,
  sub,
  whole,
  ZERO,
} from './real.js'

// ------------------------------------------------------------------------------------------------------------ constants

/** π · 2ⁿ, cut: J. Machin's formula. */
const piTo = (n: number): bigint => {
  const arctanInverse = (k: bigint): bigint => {
    let power = (1n << BigInt(n + 16)) / k
    let sum = power
    for (let i = 1n; power !== 0n; i++) {
      power /= -(k * k)
      sum += power / (2n * i + 1n)
    }
    return sum
  }
  return (16n * arctanInverse(5n) - 4n * arctanInverse(239n)) >> 16n
}

const LONG = 1400
const LONG_PI = piTo(LONG)
export const PI: Real = { m: LONG_PI >> BigInt(LONG - 190), e: -190 }
const HALF_PI = shift(PI, -1)

/** log 2 = Σ 1 / (k 2ᵏ) */
export const LN2: Real = (() => {
  let sum = 0n
  for (let k = 1n; k < 230n; k++) sum += (1n << (240n - k)) / k
  return { m: sum >> 40n, e: -200 }
})()

// ---------------------------------------------------------------------------------------------------------- elementary

/** eˣ − 1 for |x| < 1, to full relative precision. */
const expm1Near = (x: Real): Real => {
  if (x.m === 0n) return x
  const halvings = Math.max(0, exponentOf(x) + 12)
  const t = shift(x, -halvings)
  let term = t
  let u = t
  for (let k = 2; exponentOf(term) > exponentOf(u) - 168; k++) {
    term = div(mul(term, t), real(k))
    if (term.m === 0n) break
    u = add(u, term)
  }
  for (let i = 0; i < halvings; i++) u = add(shift(u, 1), mul(u, u))
  return u
}

export const exp = (x: Real): Real => {
  const n = round(div(x, LN2))
  return shift(add(ONE, expm1Near(sub(x, mul(whole(n), LN2)))), Number(n))
}

export const expm1 = (x: Real): Real => (x.m !== 0n && exponentOf(x) >= -1 ? sub(exp(x), ONE) : expm1Near(x))

/** log(1 + t), −½ ≤ t ≤ 1: one step of E. Halley's iteration triples the bits of a double. */
const log1pNear = (t: Real): Real => {
  if (t.m === 0n) return t
  const start = exponentOf(t) < -1000 ? t : real(Math.log1p(near(t)))
  const e = expm1Near(start)
  return add(start, div(shift(sub(t, e), 1), add(shift(ONE, 1), add(t, e))))
}

export const log = (x: Real): Real => {
  if (sign(x) <= 0) throw new RangeError('log of what is not positive')
  const k = exponentOf(sub(x, ONE).m === 0n ? ONE : x)
  const m = shift(x, -k)
  const top = less(real(1.5), m)
  const n = top ? k + 1 : k
  if (n === 0 || (n === 1 && !less(x, real(0.5)) && !less(real(2), x))) return log1pNear(sub(x, ONE))
  return add(mul(real(n), LN2), log1pNear(sub(shift(x, -n), ONE)))
}

export const log1p = (x: Real): Real => (x.m === 0n || exponentOf(x) < -1 ? log1pNear(x) : log(add(ONE, x)))

/** x = n π/2 + r: n modulo 4, and r, |r| ≤ π/4. */
const reduce = (x: Real): readonly [number, Real] => {
  if (x.m === 0n || exponentOf(x) < -1) return [0, x]
  // x / (π/2) in fixed point with LONG bits
  const fixed = x.e >= -LONG ? x.m << BigInt(x.e + LONG) : x.m >> BigInt(-x.e - LONG)
  const half = LONG_PI >> 1n
  const n = (2n * fixed + half) / (2n * half)
  const whole = 2n * fixed + half < 0n ? n - 1n : n
  const rest = fixed - whole * half
  // large whole parts cost bits of π: 1024 of them leave 376 still
  return [Number(((whole % 4n) + 4n) % 4n), add({ m: rest, e: -LONG }, ZERO)]
}

const sinNear = (r: Real): Real => {
  const z = neg(mul(r, r))
  let term = r
  let sum = r
  for (let k = 2; term.m !== 0n && exponentOf(term) > exponentOf(sum) - 168; k += 2) {
    term = div(mul(term, z), real(k * (k + 1)))
    sum = add(sum, term)
  }
  return sum
}
const cosNear = (r: Real): Real => {
  const z = neg(mul(r, r))
  let term = ONE
  let sum = ONE
  for (let k = 1; term.m !== 0n && exponentOf(term) > -168; k += 2) {
    term = div(mul(term, z), real(k * (k + 1)))
    sum = add(sum, term)
  }
  return sum
}

export const sin = (x: Real): Real => {
  const [n, long] = reduce(x)
  const r = mul(long, ONE)
  const y = n % 2 === 0 ? sinNear(r) : cosNear(r)
  return n < 2 ? y : neg(y)
}
export const cos = (x: Real): Real => {
  const [n, long] = reduce(x)
  const r = mul(long, ONE)
  const y = n % 2 === 0 ? cosNear(r) : sinNear(r)
  return n === 0 || n === 3 ? y : neg(y)
}
export const tan = (x: Real): Real => div(sin(x), cos(x))

/** arctan x = y + arctan((x − tan y) / (1 + x tan y)), y nearly arctan x. */
export const atan = (x: Real): Real => {
  if (x.m === 0n || exponentOf(x) < -200) return x
  if (exponentOf(x) > 0) return sub(sign(x) > 0 ? HALF_PI : neg(HALF_PI), atan(div(ONE, x)))
  const y = real(Math.atan(near(x)))
  const t = div(sinNear(y), cosNear(y))
  const d = div(sub(x, t), add(ONE, mul(x, t)))
  return add(y, sub(d, div(mul(d, mul(d, d)), real(3))))
}

export const atan2 = (y: Real, x: Real): Real => {
  const q = abs(div(y, x))
  const a = sign(x) < 0 ? sub(PI, atan(q)) : atan(q)
  return sign(y) < 0 ? neg(a) : a
}

export const asin = (x: Real): Real => {
  const c = sqrt(mul(sub(ONE, x), add(ONE, x)))
  if (c.m === 0n) return sign(x) > 0 ? HALF_PI : neg(HALF_PI)
  return atan(div(x, c))
}
export const acos = (x: Real): Real => {
  const below = add(ONE, x)
  if (below.m === 0n) return PI
  return shift(atan(sqrt(div(sub(ONE, x), below))), 1)
}

export const sinh = (x: Real): Real => {
  if (sign(x) < 0) return neg(sinh(neg(x)))
  const u = expm1(x)
  return shift(add(u, div(u, add(ONE, u))), -1)
}
export const cosh = (x: Real): Real => {
  const e = exp(x)
  return shift(add(e, div(ONE, e)), -1)
}
export const tanh = (x: Real): Real => {
  if (sign(x) < 0) return neg(tanh(neg(x)))
  if (x.m !== 0n && exponentOf(x) > 8) return ONE
  const e = expm1(shift(x, 1))
  return div(e, add(e, shift(ONE, 1)))
}
export const asinh = (x: Real): Real => {
  if (sign(x) < 0) return neg(asinh(neg(x)))
  const s = mul(x, x)
  return log1p(add(x, div(s, add(ONE, sqrt(add(ONE, s))))))
}
export const acosh = (x: Real): Real => {
  const t = sub(x, ONE)
  return log1p(add(t, sqrt(add(shift(t, 1), mul(t, t)))))
}
export const atanh = (x: Real): Real =>
  sign(x) < 0 ? neg(atanh(neg(x))) : shift(log1p(div(shift(x, 1), sub(ONE, x))), -1)

export const sigmoid = (x: Real): Real => div(ONE, add(ONE, exp(neg(x))))

export const pow = (x: Real, y: Real): Real => exp(mul(y, log(x)))

// ------------------------------------------------------------------------------------------------------ error functions

const TWO_OVER_ROOT_PI = div(shift(ONE, 1), sqrt(PI))

/** erf x = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n + 1)!! (DLMF 7.6.2): all terms positive. */
const erfNear = (x: Real): Real => {
  if (x.m === 0n) return x
  const z = shift(mul(x, x), 1)
  let term = x
  let sum = x
  for (let n = 3; exponentOf(term) > exponentOf(sum) - 168; n += 2) {
    term = div(mul(term, z), real(n))
    sum = add(sum, term)
  }
  return mul(TWO_OVER_ROOT_PI, mul(exp(neg(mul(x, x))), sum))
}

/** √π x e^(x²) erfc x by its continued fraction (DLMF 7.9.1). */
const erfcFar = (x: Real): Real => {
  const z = shift(mul(x, x), 1)
  const steps = Math.ceil(3000 / near(z)) + 20
  let f: Real = ONE
  for (let k = steps; k >= 1; k--) f = add(ONE, div(div(real(k), z), f))
  return div(exp(neg(mul(x, x))), mul(mul(x, sqrt(PI)), f))
}

export const erf = (x: Real): Real => {
  if (sign(x) < 0) return neg(erf(neg(x)))
  return less(x, real(6)) ? erfNear(x) : sub(ONE, erfcFar(x))
}
export const erfc = (x: Real): Real => {
  if (sign(x) < 0) return sub(shift(ONE, 1), erfc(neg(x)))
  return less(x, real(5)) ? sub(ONE, erfNear(x)) : erfcFar(x)
}

// ------------------------------------------------------------------------------------------------------- gamma functions

/** Bernoulli numbers B₂, B₄, … B₄₄ from their recurrence, as fractions. */
const BERNOULLI: readonly Real[] = (() => {
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))
  const all: { n: bigint; d: bigint }[] = [{ n: 1n, d: 1n }]
  for (let m = 1; m <= 44; m++) {
    // Σ C(m + 1, k) B_k = 0
    let n = 0n
    let d = 1n
    let c = 1n
    for (let k = 0; k < m; k++) {
      const b = all[k] as { n: bigint; d: bigint }
      n = n * b.d + c * b.n * d
      d *= b.d
      c = (c * BigInt(m + 1 - k)) / BigInt(k + 1)
    }
    const g = gcd(n < 0n ? -n : n, d * BigInt(m + 1))
    all.push({ n: -n / g, d: (d * BigInt(m + 1)) / g })
  }
  return all.filter((_, k) => k > 0 && k % 2 === 0).map(({ n, d }) => div(whole(n), whole(d)))
})()

const HALF_LOG_TWO_PI = shift(log(shift(PI, 1)), -1)
const FAR = 30

/** How often 1 has to be added to x to get beyond {@link FAR}. */
const stepsTo = (x: Real): number => Math.max(0, Math.ceil(FAR - near(x)))

/** log |Γ(x)| = Stirling's series at x + n, less log |x (x + 1) … (x + n − 1)|: no reflection. */
export const lgamma = (x: Real): Real => {
  const n = stepsTo(x)
  let product = ONE
  for (let i = 0; i < n; i++) product = mul(product, add(x, real(i)))
  const y = add(x, real(n))
  let sum = add(sub(mul(sub(y, real(0.5)), log(y)), y), HALF_LOG_TWO_PI)
  const r = div(ONE, y)
  const z = mul(r, r)
  let power = r
  BERNOULLI.forEach((b, i) => {
    sum = add(sum, mul(power, div(b, real((2 * i + 2) * (2 * i + 1)))))
    power = mul(power, z)
  })
  return sub(sum, log(abs(product)))
}

/** ψ(x) = its asymptotic series at x + n, less 1/x + … + 1/(x + n − 1). */
export const digamma = (x: Real): Real => {
  const n = stepsTo(x)
  const y = add(x, real(n))
  const r = div(ONE, y)
  const z = mul(r, r)
  let sum = sub(log(y), shift(r, -1))
  let power = z
  BERNOULLI.forEach((b, i) => {
    sum = sub(sum, mul(power, div(b, real(2 * i + 2))))
    power = mul(power, z)
  })
  for (let i = 0; i < n; i++) sum = sub(sum, div(ONE, add(x, real(i))))
  return sum
}

/** (−1)^(n+1) ψₙ(x) = n! Σ (x + i)^(−n−1), the rest of the sum by Euler and Maclaurin's formula. */
export const polygamma =
  (n: number) =>
  (x: Real): Real => {
    const power = (r: Real, k: number): Real => {
      let p = ONE
      for (let i = 0; i < k; i++) p = mul(p, r)
      return p
    }
    const steps = stepsTo(x)
    const y = add(x, real(steps))
    const r = div(ONE, y)
    let factorial = ONE
    for (let k = 2; k < n; k++) factorial = mul(factorial, real(k))
    // (n − 1)! r^n + n! r^(n+1) / 2 + Σ B₂ₖ (2k + n − 1)! / (2k)! r^(2k+n)
    const head = mul(factorial, power(r, n))
    let sum = add(head, mul(mul(head, r), real(n / 2)))
    let term = head
    BERNOULLI.forEach((b, i) => {
      const k = 2 * (i + 1)
      term = div(mul(term, mul(mul(r, r), real((k + n - 1) * (k + n - 2)))), real(k * (k - 1)))
      sum = add(sum, mul(b, term))
    })
    const full = mul(factorial, real(n))
    for (let i = 0; i < steps; i++) sum = add(sum, mul(full, power(div(ONE, add(x, real(i))), n + 1)))
    return n % 2 === 1 ? sum : neg(sum)
  }

// -------------------------------------------------------------------------------------------------------------- running

/** The functions there are: everything that measures goes by these two lists. */
const OF_ONE = {
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  erf,
  erfc,
  lgamma,
  digamma,
  sigmoid,
  polygamma1: polygamma(1),
  polygamma2: polygamma(2),
  polygamma3: polygamma(3),
}
const OF_TWO = { pow, atan2 }

export type NameOfOne = keyof typeof OF_ONE
export type NameOfTwo = keyof typeof OF_TWO

/** The reference for each function of one argument. */
export const REFERENCE: Readonly<Record<string, (x: Real) => Real>> = OF_ONE

/** The reference for each function of two. */
export const REFERENCE2: Readonly<Record<string, (x: Real, y: Real) => Real>> = OF_TWO
