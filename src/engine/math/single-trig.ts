/**
 * Sine, cosine and tangent of floats in arithmetic of 32 bits, four to a vector.
 *
 * x = n · π/2 + r as in doubles (trig.ts), by Cody and Waite's method with π/2 in four parts: n has 12 bits, so the products with the
 * first three are exact, and so are the differences until only r is left. Beyond n = 4095, which is seldom, in doubles.
 */
import { bits, convert, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  and,
  div,
  fma,
  gt,
  left,
  mul,
  neg,
  polynomial,
  rightSigned,
  seldom,
  sub,
  toFloat,
  toInteger,
  where,
  withSign,
  xor,
} from './arithmetic.js'
import { COS_SINGLE, SIN_SINGLE, TAN_SINGLE } from './coefficients.js'
import * as double from './trig.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** |x| = n π/2 + r + low, n in the lowest bits of `count`. */
interface Angle {
  readonly count: Lane
  readonly r: Lane
  readonly low: Lane
}

/** 1.5 · 2²³: added to a float below 2²², its low bits are the nearest whole number. */
const MAGIC = 12582912

/** π/2 in parts: of 8, 12 and 12 bits, and the rest. */
const PARTS = [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.5633440682570896e-12] as const

/** The bits of the largest |x| that is reduced in floats, 6432. */
const MEDIUM = 0x45c90000

// ---------------------------------------------------------------------------------------------------------- combinators

const angleOf = (a: Lane): Angle => {
  const t = fma(a, 2 / Math.PI, MAGIC)
  const n = sub(t, MAGIC)
  const exact = fma(n, -PARTS[1], fma(n, -PARTS[0], a))
  const third = mul(n, PARTS[2])
  const r = sub(exact, third)
  return { count: toInteger(t), r, low: fma(n, -PARTS[3], sub(sub(exact, r), third)) }
}

const sinOf = ({ r, low }: Angle, z: Lane): Lane => add(r, fma(mul(r, z), polynomial(SIN_SINGLE, z), low))

const cosOf = (z: Lane): Lane => fma(mul(z, z), polynomial(COS_SINGLE, z), fma(z, -0.5, 1))

/** All ones where n is odd. */
const isOdd = (count: Lane): Lane => bits(rightSigned(left(count, 31), 31), 'm32')

/** The sign bit where bit 1 is set. */
const turned = (count: Lane): Lane => toFloat(left(and(count, 2), 30))

/** As in doubles where |x| is large, infinite or NaN. */
const unlessLarge = (x: Lane, f: (x: Lane, precision: 24) => Lane, y: Lane): Lane =>
  seldom(gt(toInteger(abs(x)), MEDIUM), convert(f(convert(x, 'f64'), 24), 'f32'), y)

// -------------------------------------------------------------------------------------------------------------- running

/** sin x; NaN at ±∞. */
export const sin = (x: Lane): Lane => {
  const angle = angleOf(abs(x))
  const z = mul(angle.r, angle.r)
  const y = where(isOdd(angle.count), cosOf(z), sinOf(angle, z))
  return unlessLarge(x, double.sin, withSign(xor(y, turned(angle.count)), x))
}

/** cos x; NaN at ±∞. */
export const cos = (x: Lane): Lane => {
  const angle = angleOf(abs(x))
  const z = mul(angle.r, angle.r)
  const y = where(isOdd(angle.count), sinOf(angle, z), cosOf(z))
  return unlessLarge(x, double.cos, xor(y, turned(add(angle.count, 1))))
}

/** tan x, or −1 / tan r in the odd quadrants; NaN at ±∞. */
export const tan = (x: Lane): Lane => {
  const { count, r, low } = angleOf(abs(x))
  const z = mul(r, r)
  // tan(r + low) = tan r + low (1 + tan² r), nearly
  const t = add(r, fma(mul(r, z), polynomial(TAN_SINGLE, z), fma(low, z, low)))
  return unlessLarge(x, double.tan, withSign(where(isOdd(count), neg(div(1, t)), t), x))
}
