/**
 * Sine, cosine and tangent of floats in arithmetic of 32 bits, four to a vector.
 *
 * x = n · π/2 + r as in doubles (trig.ts), by Cody and Waite's method with π/2 in four parts: n has 12 bits, so the products with the
 * first three are exact, and so are the differences until only r is left. Beyond n = 4095, which is seldom, by Payne and Hanek's method
 * in doubles, which hold the products of 24 bits and words of 28 exactly.
 */
import { bits, constant, convert, type Lane } from '../../core/lane.js'
import {
  abs,
  add,
  and,
  div,
  floor,
  fma,
  ge,
  gt,
  left,
  mul,
  nearest,
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

/** 2/π in words of 28 bits, the first from 2⁻²⁸ up. */
const TWO_OVER_PI: readonly number[] = [170891318, 240010261, 44024437, 131200308, 232525238, 43358524, 70845471].map(
  (word, i) => word * 2 ** (-28 * (i + 1)),
)

/** From here on the first word, the second, … give multiples of 4 only. */
const STEPS = [2 ** 25, 2 ** 53, 2 ** 81, 2 ** 109] as const

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

/** x modulo 4, exactly. */
const moduloFour = (x: Lane): Lane => sub(x, mul(4, floor(mul(0.25, x))))

/** a modulo 2π for 6432 ≤ a of 32 bits; NaN at ∞. The sums are exact where they cancel: no float is as near a multiple of π/2 as 2⁻³¹. */
const farAngleOf = (a: Lane): Angle => {
  const x = convert(a, 'f64')
  const steps = STEPS.map((from) => ge(x, from))
  const product = (k: number): Lane =>
    mul(
      x,
      steps.reduce(
        (w: Lane, step, j) => where(step, TWO_OVER_PI[j + k] as number, w),
        constant('f64', TWO_OVER_PI[k - 1] ?? 0),
      ),
    )
  const [first, second, third] = [moduloFour(product(0)), moduloFour(product(1)), product(2)]
  const n = nearest(add(add(first, second), third))
  const turns = add(add(add(sub(first, n), second), third), product(3))
  const r = mul(turns, Math.PI / 2)
  const high = convert(r, 'f32')
  return {
    count: toInteger(add(convert(n, 'f32'), MAGIC)),
    r: high,
    low: convert(sub(r, convert(high, 'f64')), 'f32'),
  }
}

const sinOf = ({ r, low }: Angle, z: Lane): Lane => add(r, fma(mul(r, z), polynomial(SIN_SINGLE, z), low))

const cosOf = (z: Lane): Lane => fma(mul(z, z), polynomial(COS_SINGLE, z), fma(z, -0.5, 1))

/** All ones where n is odd. */
const isOdd = (count: Lane): Lane => bits(rightSigned(left(count, 31), 31), 'm32')

/** The sign bit where bit 1 is set. */
const turned = (count: Lane): Lane => toFloat(left(and(count, 2), 30))

/** A function of |x| by its angle. */
const ofAngle = (x: Lane, f: (angle: Angle) => Lane): Lane => {
  const a = abs(x)
  return seldom(gt(toInteger(a), MEDIUM), f(farAngleOf(a)), f(angleOf(a)))
}

// -------------------------------------------------------------------------------------------------------------- running

/** sin x; NaN at ±∞. */
export const sin = (x: Lane): Lane =>
  withSign(
    ofAngle(x, (angle) => {
      const z = mul(angle.r, angle.r)
      return xor(where(isOdd(angle.count), cosOf(z), sinOf(angle, z)), turned(angle.count))
    }),
    x,
  )

/** cos x; NaN at ±∞. */
export const cos = (x: Lane): Lane =>
  ofAngle(x, (angle) => {
    const z = mul(angle.r, angle.r)
    return xor(where(isOdd(angle.count), sinOf(angle, z), cosOf(z)), turned(add(angle.count, 1)))
  })

/** tan x, or −1 / tan r in the odd quadrants; NaN at ±∞. */
export const tan = (x: Lane): Lane =>
  withSign(
    ofAngle(x, ({ count, r, low }) => {
      const z = mul(r, r)
      // tan(r + low) = tan r + low (1 + tan² r), nearly
      const t = add(r, fma(mul(r, z), polynomial(TAN_SINGLE, z), fma(low, z, low)))
      return where(isOdd(count), neg(div(1, t)), t)
    }),
    x,
  )
