/**
 * The functions of `engine/math` as sums of two doubles, to some 90 bits, by the methods of reference.ts. `null` is what they
 * give where they would be less accurate.
 */
import {
  add,
  div,
  mul,
  neg,
  of,
  over,
  plus,
  product,
  quickSum,
  scale,
  sqrt,
  sub,
  sum,
  type Twofold,
  times,
} from './twofold.js'

export type Function1 = (x: Twofold) => Twofold | null

// ---------------------------------------------------------------------------------------------------------- elementary

const ONE = of(1)
const LN2: Twofold = { h: Math.LN2, l: 2.3190468138462996e-17 }
/** π/2 as a sum of three. */
const HALF_PI: Twofold = { h: 1.5707963267948966, l: 6.123233995736766e-17 }
const HALF_PI_REST = -1.4973849048591833e-33
export const PI = scale(HALF_PI, 2)

/** 1/n! */
const INVERSE_FACTORIALS: readonly Twofold[] = (() => {
  const list = [ONE]
  for (let n = 1; n < 30; n++) list.push(over(list[n - 1] as Twofold, n))
  return list
})()
const inverseFactorial = (n: number): Twofold => INVERSE_FACTORIALS[n] as Twofold

/** eˣ − 1 for |x| ≤ ½: its series at x/256, doubled eight times. */
const expm1Near = (x: Twofold): Twofold => {
  const t = scale(x, 1 / 256)
  let u = inverseFactorial(11)
  for (let n = 10; n >= 1; n--) u = add(mul(u, t), inverseFactorial(n))
  u = mul(u, t)
  for (let i = 0; i < 8; i++) u = add(scale(u, 2), mul(u, u))
  return u
}

/** eˣ = (1 + u) 2ⁿ */
const expParts = (x: Twofold): { readonly u: Twofold; readonly n: number } => {
  const n = Math.round(x.h / LN2.h)
  return { u: expm1Near(sub(x, times(LN2, n))), n }
}

/** Results that are not normal would have no second part. */
export const exp = (x: Twofold): Twofold | null => {
  if (!(x.h > -640 && x.h < 708)) return null
  const { u, n } = expParts(x)
  return scale(add(ONE, u), 2 ** n)
}

export const expm1 = (x: Twofold): Twofold | null => {
  if (Math.abs(x.h) <= 0.5) return expm1Near(x)
  const e = exp(x)
  return e === null ? null : plus(e, -1)
}

/** log(1 + t), −½ ≤ t ≤ 1. */
const log1pNear = (t: Twofold): Twofold => {
  const y = Math.log1p(t.h)
  const e = Math.abs(y) <= 0.5 ? expm1Near(of(y)) : plus(exp(of(y)) as Twofold, -1)
  return plus(scale(div(sub(t, e), plus(add(t, e), 2)), 2), y)
}

export const log = (x: Twofold): Twofold | null => {
  if (!(x.h > 1e-280 && x.h < 1e280)) return null
  if (x.h > 0.6 && x.h < 1.9) return log1pNear(plus(x, -1))
  const n = Math.round(Math.log2(x.h))
  return add(times(LN2, n), log1pNear(plus(scale(x, 2 ** -n), -1)))
}

export const log1p = (x: Twofold): Twofold | null => (x.h >= -0.5 && x.h <= 0.9 ? log1pNear(x) : log(plus(x, 1)))

const sinNear = (r: Twofold): Twofold => {
  const z = neg(mul(r, r))
  let s = inverseFactorial(27)
  for (let n = 25; n >= 1; n -= 2) s = add(mul(s, z), inverseFactorial(n))
  return mul(s, r)
}
const cosNear = (r: Twofold): Twofold => {
  const z = neg(mul(r, r))
  let s = inverseFactorial(28)
  for (let n = 26; n >= 0; n -= 2) s = add(mul(s, z), inverseFactorial(n))
  return s
}

/** sin x and cos x. */
const sincos = ({ h: x, l }: Twofold): readonly [Twofold, Twofold] | null => {
  if (!(Math.abs(x) < 1e5)) return null
  const n = Math.round(x / HALF_PI.h)
  const p = product(n, HALF_PI.h)
  const q = product(n, HALF_PI.l)
  const a = x - p.h
  // too little would be left of x
  if (n !== 0 && Math.abs(a) < 1e-9) return null
  const b = sum(a, -p.l)
  const c = sum(b.h, -q.h)
  const r = quickSum(c.h, c.l + b.l - q.l - n * HALF_PI_REST + l)
  const [s, d] = [sinNear(r), cosNear(r)]
  const k = ((n % 4) + 4) % 4
  return k === 0 ? [s, d] : k === 1 ? [d, neg(s)] : k === 2 ? [neg(s), neg(d)] : [neg(d), s]
}
export const sin: Function1 = (x) => sincos(x)?.[0] ?? null
export const cos: Function1 = (x) => sincos(x)?.[1] ?? null
export const tan: Function1 = (x) => {
  const both = sincos(x)
  return both === null ? null : div(...both)
}

export const atan = (x: Twofold): Twofold | null => {
  if (Math.abs(x.h) > 2) {
    if (!(Math.abs(x.h) < 1e280)) return null
    const rest = atan(div(ONE, x)) as Twofold
    return sub(x.h > 0 ? HALF_PI : neg(HALF_PI), rest)
  }
  const y = Math.atan(x.h)
  const both = sincos(of(y))
  if (both === null) return null
  const [s, c] = both
  return plus(div(sub(mul(x, c), s), add(c, mul(x, s))), y)
}
export const asin: Function1 = (x) => {
  const c = sqrt(mul(sub(ONE, x), plus(x, 1)))
  return c.h === 0 ? null : atan(div(x, c))
}
export const acos: Function1 = (x) => {
  const below = plus(x, 1)
  const y = below.h === 0 ? null : atan(sqrt(div(sub(ONE, x), below)))
  return y === null ? null : scale(y, 2)
}

const lift =
  (f: (x: Twofold) => Twofold | null, g: (y: Twofold, x: Twofold) => Twofold | null): Function1 =>
  (x) => {
    const y = f(x)
    return y === null ? null : g(y, x)
  }
/** An odd function from its values for x ≥ 0. */
const odd =
  (f: Function1): Function1 =>
  (x) => {
    if (x.h >= 0) return f(x)
    const y = f(neg(x))
    return y === null ? null : neg(y)
  }

export const sinh = odd(lift(expm1, (u) => scale(add(u, div(u, plus(u, 1))), 0.5)))
export const cosh = lift(exp, (e) => scale(add(e, div(ONE, e)), 0.5))
export const tanh = odd((x) => {
  const u = expm1(scale(x, 2))
  return u === null ? null : div(u, plus(u, 2))
})
export const asinh = odd((x) => {
  if (x.h > 1e100) return null
  const s = mul(x, x)
  return log1p(add(x, div(s, plus(sqrt(plus(s, 1)), 1))))
})
export const acosh: Function1 = (x) => {
  if (x.h > 1e100) return null
  const t = plus(x, -1)
  return log1p(add(t, sqrt(add(scale(t, 2), mul(t, t)))))
}
export const atanh = odd(
  lift(
    (x) => log1p(div(scale(x, 2), sub(ONE, x))),
    (y) => scale(y, 0.5),
  ),
)
export const sigmoid: Function1 = (x) => {
  const e = exp(neg(x))
  return e === null ? null : div(ONE, plus(e, 1))
}

// ------------------------------------------------------------------------------------------------------ error functions

const ROOT_PI = sqrt(PI)

/** The series with positive terms (DLMF 7.6.2). */
const erfNear = (x: Twofold): Twofold => {
  const square = mul(x, x)
  const z = scale(square, 2)
  let term = x
  let total = x
  for (let n = 3; term.h > total.h * 2 ** -108; n += 2) {
    term = over(mul(term, z), n)
    total = add(total, term)
  }
  return div(scale(mul(exp(neg(square)) as Twofold, total), 2), ROOT_PI)
}
/** The continued fraction (DLMF 7.9.1). */
const erfcFar = (x: Twofold): Twofold | null => {
  const square = mul(x, x)
  const e = exp(neg(square))
  if (e === null) return null
  const z = scale(square, 2)
  let f: Twofold = ONE
  for (let k = Math.ceil(1600 / z.h) + 15; k >= 1; k--) f = plus(div(of(k), mul(z, f)), 1)
  return div(e, mul(mul(x, ROOT_PI), f))
}
const erfPositive: Function1 = (x) => {
  if (x.h === 0) return x
  if (x.h < 2.5) return erfNear(x)
  const y = erfcFar(x)
  return y === null ? null : sub(ONE, y)
}
export const erf = odd(erfPositive)
export const erfc: Function1 = (x) => {
  if (x.h >= 2.5) return erfcFar(x)
  const y = erf(x)
  return y === null ? null : sub(ONE, y)
}

// ------------------------------------------------------------------------------------------------------- gamma functions

/** B₂, B₄, … B₃₀ as fractions (DLMF 24.2.4). */
const BERNOULLI: readonly Twofold[] = (
  [
    [1, 6],
    [-1, 30],
    [1, 42],
    [-1, 30],
    [5, 66],
    [-691, 2730],
    [7, 6],
    [-3617, 510],
    [43867, 798],
    [-174611, 330],
    [854513, 138],
    [-236364091, 2730],
    [8553103, 6],
    [-23749461029, 870],
    [8615841276005, 14322],
  ] as const
).map(([n, d]) => over(of(n), d))

const FAR = 30
const HALF_LOG_TWO_PI = scale(log(scale(PI, 2)) as Twofold, 0.5)
const isFar = (x: number): boolean => x > 1e6 || x < -60
const stepsTo = (x: number): number => Math.max(0, Math.ceil(FAR - x))

export const lgamma: Function1 = (x) => {
  if (isFar(x.h)) return null
  const n = stepsTo(x.h)
  let below = ONE
  for (let i = 0; i < n; i++) below = mul(below, plus(x, i))
  const y = plus(x, n)
  const logY = log(y)
  const logBelow = log(below.h < 0 ? neg(below) : below)
  if (logY === null || logBelow === null) return null
  let total = add(sub(mul(plus(y, -0.5), logY), y), HALF_LOG_TWO_PI)
  const r = div(ONE, y)
  const z = mul(r, r)
  let power = r
  BERNOULLI.forEach((b, i) => {
    total = add(total, over(mul(power, b), (2 * i + 2) * (2 * i + 1)))
    power = mul(power, z)
  })
  const value = sub(total, logBelow)
  // more of it has cancelled than may
  return Math.abs(value.h) < 1e-4 ? null : value
}

export const digamma: Function1 = (x) => {
  if (isFar(x.h)) return null
  const n = stepsTo(x.h)
  const y = plus(x, n)
  const r = div(ONE, y)
  const z = mul(r, r)
  let total = sub(log(y) as Twofold, scale(r, 0.5))
  let power = z
  BERNOULLI.forEach((b, i) => {
    total = sub(total, over(mul(power, b), 2 * i + 2))
    power = mul(power, z)
  })
  for (let i = 0; i < n; i++) total = sub(total, div(ONE, plus(x, i)))
  return Math.abs(total.h) < 1e-4 ? null : total
}

const power = (r: Twofold, k: number): Twofold => {
  let p = r
  for (let i = 1; i < k; i++) p = mul(p, r)
  return p
}

const polygamma =
  (n: number): Function1 =>
  (x) => {
    if (isFar(x.h) || Math.abs(x.h) < 1e-60) return null
    const steps = stepsTo(x.h)
    const r = div(ONE, plus(x, steps))
    let factorial = 1
    for (let k = 2; k < n; k++) factorial *= k
    const head = times(power(r, n), factorial)
    let total = add(head, times(mul(head, r), n / 2))
    let term = head
    const square = mul(r, r)
    BERNOULLI.forEach((b, i) => {
      const k = 2 * (i + 1)
      term = over(times(mul(term, square), (k + n - 1) * (k + n - 2)), k * (k - 1))
      total = add(total, mul(b, term))
    })
    for (let i = 0; i < steps; i++) total = add(total, times(power(div(ONE, plus(x, i)), n + 1), factorial * n))
    if (Math.abs(total.h) < 1e-4 && x.h < 0) return null
    return n % 2 === 1 ? total : neg(total)
  }

export const polygamma1 = polygamma(1)
export const polygamma2 = polygamma(2)
export const polygamma3 = polygamma(3)
