/**
 * The inverse trigonometric functions in doubles: asin, acos, atan, atan2.
 *
 * arcsin near 0 by its series, beyond ½ by π/2 − 2 arcsin √((1 − |x|)/2) with the square root in two parts; arctan by
 * arctan x = arctan c + arctan((x − c) / (1 + cx)) for c = 0, ½, 1, 3/2, ∞: the reductions of FDLIBM (Sun Microsystems, 1993).
 */
import type { Lane } from '../../core/lane.js'
import {
  abs,
  add,
  and,
  both,
  div,
  eq,
  fma,
  gt,
  isNegative,
  le,
  lt,
  mul,
  polynomial,
  polynomialByHalves,
  sqrt,
  sub,
  toFloat,
  toInteger,
  where,
  withSign,
  word,
} from './arithmetic.js'
import { ASIN, ATAN } from './coefficients.js'

// ---------------------------------------------------------------------------------------------------------------- model

const HALF_PI = 1.5707963267948966
const HALF_PI_LOW = 6.123233995736766e-17
const PI_LOW = 1.2246467991473532e-16

/** Where each reduction of arctan begins, its c, and arctan c as a sum of two doubles. */
const REDUCTIONS = [
  { from: 0.4375, angle: 0.4636476090008061, low: 2.2698777452961687e-17 },
  { from: 0.6875, angle: 0.7853981633974483, low: 3.061616997868383e-17 },
  { from: 1.1875, angle: 0.982793723247329, low: 1.3903311031230998e-17 },
  { from: 2.4375, angle: HALF_PI, low: HALF_PI_LOW },
] as const

// ---------------------------------------------------------------------------------------------------------- combinators

/** The series of arcsin where |x| ≤ ½, else at √((1 − |x|)/2), which is in two parts. */
const arc = (x: Lane) => {
  const a = abs(x)
  const near = le(a, 0.5)
  const z = where(near, mul(x, x), mul(0.5, sub(1, a)))
  const s = sqrt(z)
  const head = toFloat(and(toInteger(s), word('i64', 0xffff_ffff_0000_0000n)))
  const tail = where(eq(s, 0), 0, div(sub(z, mul(head, head)), add(s, head)))
  const p = mul(z, polynomialByHalves(ASIN, z))
  return { a, near, s, head, tail, p }
}

/** arctan of a ≥ 0. */
const arctan = (a: Lane): Lane => {
  const beyond = REDUCTIONS.map(({ from }) => gt(a, from))
  const pick = (values: readonly (Lane | number)[]): Lane =>
    values
      .slice(1)
      .reduce((y: Lane | number, v, i) => where(beyond[i] as Lane, v, y), values[0] as Lane | number) as Lane
  const above = pick([a, sub(add(a, a), 1), sub(a, 1), sub(a, 1.5), -1])
  const below = pick([1, add(2, a), add(a, 1), fma(1.5, a, 1), a])
  const t = div(above, below)
  const z = mul(t, t)
  const p = mul(mul(t, z), polynomial(ATAN, z))
  return add(pick([0, ...REDUCTIONS.map((r) => r.angle)]), add(t, add(p, pick([0, ...REDUCTIONS.map((r) => r.low)]))))
}

// -------------------------------------------------------------------------------------------------------------- running

/** arcsin x; NaN for |x| > 1. */
export const asin = (x: Lane): Lane => {
  const { near, s, head, tail, p } = arc(x)
  // π/2 − 2 (s + s p), around π/4
  const far = sub(
    HALF_PI / 2,
    sub(sub(mul(mul(2, s), p), sub(HALF_PI_LOW, mul(2, tail))), sub(HALF_PI / 2, mul(2, head))),
  )
  return where(near, where(eq(x, 0), x, fma(x, p, x)), withSign(far, x))
}

/** arccos x; NaN for |x| > 1. */
export const acos = (x: Lane): Lane => {
  const { near, s, head, tail, p } = arc(x)
  const middle = sub(HALF_PI, sub(x, sub(HALF_PI_LOW, mul(x, p))))
  const right = mul(2, add(head, fma(s, p, tail)))
  const left = sub(Math.PI, mul(2, add(s, sub(mul(s, p), HALF_PI_LOW))))
  return where(near, middle, where(gt(x, 0), right, left))
}

/** arctan x */
export const atan = (x: Lane): Lane =>
  where(lt(abs(x), 2 ** -28), mul(x, fma(mul(x, x), -1 / 3, 1)), withSign(arctan(abs(x)), x))

/** The angle of the point (x, y), in [−π, π]; of the origin and of infinite points as IEEE 754 has it. */
export const atan2 = (y: Lane, x: Lane): Lane => {
  const a = abs(y)
  const b = abs(x)
  const same = eq(a, b)
  // 0 / 0 and ∞ / ∞
  const ratio = where(same, where(eq(a, 0), 0, 1), div(a, b))
  const q = where(
    both(eq(ratio, ratio), lt(ratio, 2 ** -28)),
    mul(ratio, fma(mul(ratio, ratio), -1 / 3, 1)),
    arctan(ratio),
  )
  const angle = where(isNegative(x), sub(Math.PI, sub(q, PI_LOW)), q)
  const known = withSign(angle, y)
  return where(both(eq(x, x), eq(y, y)), known, add(x, y))
}
