/**
 * Real numbers to 160 bits: whole numbers times powers of two, on BigInt. What functions are measured against.
 *
 * Every operation is cut to 160 bits; nothing over- or underflows.
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** m · 2ᵉ */
export interface Real {
  readonly m: bigint
  readonly e: number
}

const BITS = 160

// --------------------------------------------------------------------------------------------------------- constructors

const view = new DataView(new ArrayBuffer(8))

/** The bit length of a whole number, or one more. */
const lengthOf = (m: bigint): number => {
  view.setFloat64(0, Number(m))
  return ((view.getUint32(0) >>> 20) & 0x7ff) - 1022
}

const cut = (m: bigint, e: number): Real => {
  if (m === 0n) return { m, e: 0 }
  const extra = lengthOf(m) - BITS
  return extra > 0 ? { m: m >> BigInt(extra), e: e + extra } : { m, e }
}

/** A finite double, exactly. */
export const real = (x: number): Real => {
  if (x === 0) return { m: 0n, e: 0 }
  view.setFloat64(0, x)
  const high = view.getUint32(0)
  const exponent = (high >>> 20) & 0x7ff
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(view.getUint32(4))
  const m = exponent === 0 ? fraction : fraction | (1n << 52n)
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 }
}

export const ZERO = real(0)
export const ONE = real(1)

// ---------------------------------------------------------------------------------------------------------- combinators

export const neg = (x: Real): Real => ({ m: -x.m, e: x.e })
export const abs = (x: Real): Real => (x.m < 0n ? neg(x) : x)
export const mul = (x: Real, y: Real): Real => cut(x.m * y.m, x.e + y.e)
/** x · 2ⁿ */
export const shift = (x: Real, n: number): Real => ({ m: x.m, e: x.e + n })

export const add = (x: Real, y: Real): Real => {
  if (x.m === 0n) return y
  if (y.m === 0n) return x
  const d = x.e - y.e
  if (d < 0) return add(y, x)
  // beyond this y is nothing beside x
  const room = 3 * BITS
  if (d > room && d > room + lengthOf(y.m) - lengthOf(x.m)) return x
  return cut((x.m << BigInt(d)) + y.m, y.e)
}
export const sub = (x: Real, y: Real): Real => add(x, neg(y))

export const div = (x: Real, y: Real): Real => {
  const up = Math.max(0, BITS + 1 + lengthOf(y.m) - lengthOf(x.m))
  return cut((x.m << BigInt(up)) / y.m, x.e - y.e - up)
}

/** −1, 0 or 1. */
export const sign = (x: Real): number => (x.m > 0n ? 1 : x.m < 0n ? -1 : 0)
export const less = (x: Real, y: Real): boolean => sub(x, y).m < 0n

/** The largest n with 2ⁿ ≤ |x| (x ≠ 0). */
export const exponentOf = (x: Real): number => {
  const m = x.m < 0n ? -x.m : x.m
  const n = lengthOf(m)
  return x.e + (m >> BigInt(n - 1) === 0n ? n - 2 : n - 1)
}

/** The double next to x, near enough to start an iteration from. */
export const near = (x: Real): number => {
  if (x.m === 0n) return 0
  const n = lengthOf(x.m)
  const down = n - 64
  const m = down > 0 ? x.m >> BigInt(down) : x.m
  const e = x.e + Math.max(down, 0)
  const half = Math.trunc(e / 2)
  return Number(m) * 2 ** half * 2 ** (e - half)
}

/** The whole number next to x. */
export const round = (x: Real): bigint => {
  if (x.e >= 0) return x.m << BigInt(x.e)
  if (-x.e > 4 * BITS) return 0n
  return (x.m + (1n << BigInt(-x.e - 1))) >> BigInt(-x.e)
}
export const whole = (n: bigint): Real => cut(n, 0)

export const sqrt = (x: Real): Real => {
  if (x.m === 0n) return x
  // even exponent, mantissa near 1
  const k = 2 * Math.floor(exponentOf(x) / 2)
  const y = shift(x, -k)
  let r = real(Math.sqrt(near(y)))
  for (let i = 0; i < 2; i++) r = shift(add(r, div(y, r)), -1)
  return shift(r, k / 2)
}

/** A decimal number like `-1.25e-7`. */
export const parse = (text: string): Real => {
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e')
  const [left = '', right = ''] = digits.split('.')
  const ten = Number(exponent) - right.length
  const n = BigInt(left + right)
  return ten >= 0 ? whole(n * 10n ** BigInt(ten)) : div(whole(n), whole(10n ** BigInt(-ten)))
}

/**
 * How far z is from x, in units of the last of `precision` bits of x, the least exponent being `least`: Infinity when only one
 * of them is beyond the largest float.
 */
export const ulps = (z: number, x: Real, precision: 24 | 53 = 53): number => {
  const least = precision === 53 ? -1074 : -149
  const most = precision === 53 ? 1024 : 128
  const e = x.m === 0n ? least : Math.max(exponentOf(x) - precision + 1, least)
  if (!Number.isFinite(z)) {
    // beyond the largest float by half a unit it rounds to ∞
    const limit = sub(shift(ONE, most), shift(ONE, most - precision - 1))
    return !Number.isNaN(z) && !less(abs(x), limit) && Math.sign(z) === sign(x) ? 0 : Number.POSITIVE_INFINITY
  }
  return Math.abs(near(shift(sub(real(z), x), -e)))
}
