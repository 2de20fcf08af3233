/**
 * Sums of two doubles, some 106 bits: arithmetic by T. J. Dekker (Numer. Math. 18 (1971) 224–242).
 */

// ---------------------------------------------------------------------------------------------------------------- model

/** h + l, |l| at most half a unit in the last place of h. */
export interface Twofold {
  readonly h: number
  readonly l: number
}

// ---------------------------------------------------------------------------------------------------------- combinators

const SPLIT = 2 ** 27 + 1

export const quickSum = (a: number, b: number): Twofold => {
  const h = a + b
  return { h, l: b - (h - a) }
}
export const sum = (a: number, b: number): Twofold => {
  const h = a + b
  const z = h - a
  return { h, l: a - (h - z) + (b - z) }
}
export const product = (a: number, b: number): Twofold => {
  const h = a * b
  const c = SPLIT * a
  const ah = c - (c - a)
  const al = a - ah
  const d = SPLIT * b
  const bh = d - (d - b)
  const bl = b - bh
  return { h, l: ah * bh - h + ah * bl + al * bh + al * bl }
}
export const of = (h: number): Twofold => ({ h, l: 0 })
export const neg = (x: Twofold): Twofold => ({ h: -x.h, l: -x.l })
export const add = (x: Twofold, y: Twofold): Twofold => {
  const s = sum(x.h, y.h)
  const t = sum(x.l, y.l)
  const u = quickSum(s.h, s.l + t.h)
  return quickSum(u.h, u.l + t.l)
}
export const sub = (x: Twofold, y: Twofold): Twofold => add(x, neg(y))
export const plus = (x: Twofold, y: number): Twofold => {
  const s = sum(x.h, y)
  return quickSum(s.h, s.l + x.l)
}
export const mul = (x: Twofold, y: Twofold): Twofold => {
  const p = product(x.h, y.h)
  return quickSum(p.h, p.l + (x.h * y.l + x.l * y.h))
}
export const times = (x: Twofold, y: number): Twofold => {
  const p = product(x.h, y)
  return quickSum(p.h, p.l + x.l * y)
}
/** x · y for a power of two y. */
export const scale = (x: Twofold, y: number): Twofold => ({ h: x.h * y, l: x.l * y })
export const div = (x: Twofold, y: Twofold): Twofold => {
  const q = x.h / y.h
  const r = sub(x, times(y, q))
  const q2 = r.h / y.h
  const r2 = sub(r, times(y, q2))
  return plus(quickSum(q, q2), r2.h / y.h)
}
export const over = (x: Twofold, y: number): Twofold => div(x, of(y))
export const sqrt = (x: Twofold): Twofold => {
  if (x.h === 0) return x
  const r = Math.sqrt(x.h)
  return quickSum(r, sub(x, product(r, r)).h / (2 * r))
}

// -------------------------------------------------------------------------------------------------------------- errors

const view = new DataView(new ArrayBuffer(8))

/** How far z is from x, in units of the last of `precision` bits of x. */
export const ulpsOf = (z: number, x: Twofold, precision: 24 | 53 = 53): number => {
  view.setFloat64(0, x.h)
  const high = view.getUint32(0)
  // just below a power of two the units are half as large
  const isPower = (high & 0xfffff) === 0 && view.getUint32(4) === 0 && x.l !== 0 && x.l < 0 === x.h > 0
  const exponent = ((high >>> 20) & 0x7ff) - 1022 - precision - (isPower ? 1 : 0)
  return Math.abs(z - x.h - x.l) / 2 ** (precision === 24 ? Math.max(exponent, -149) : exponent)
}
