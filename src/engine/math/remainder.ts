/**
 * The remainder with the sign of the divisor, exact: by long division, 25 bits of the quotient at a time.
 *
 * A step takes away the divisor times the quotient's leading 26 bits. Products of 26 by 27 bits are exact, and so are the
 * differences: what is left is less than the divisor times the last of those bits, and a multiple of both their units. It is
 * a little less than 0 where the quotient was rounded up to a number of so few bits, and the next steps go on from there.
 */
import { constantBits, type Lane } from '../../core/lane.js'
import { abs, add, and, both, div, eq, floor, ge, lt, mul, neg, seldom, sub, where } from './arithmetic.js'

/** The leading 26 bits of a double. */
const LEADING = 0xffff_ffff_f800_0000n
const leading = (x: Lane): Lane => and(x, constantBits('f64', LEADING))

/** Steps before the last: quotients up to 2³⁰⁰, all that floats of 32 bits have. */
const STEPS = 11

/**
 * x − y ⌊x/y⌋ of doubles; a zero has the sign of y. y = 0 and x = ±∞ give NaN, y = ±∞ gives x, or y when the signs differ.
 * Quotients beyond 2³⁰⁰ give NaN.
 */
export const remainder = (x: Lane, y: Lane): Lane => {
  const from = abs(x)
  const by = abs(y)
  const high = leading(by)
  const low = sub(by, high)
  const step = (r: Lane): Lane => {
    const k = floor(leading(div(r, by)))
    return sub(sub(r, mul(k, high)), mul(k, low))
  }
  let far = from
  for (let i = 0; i < STEPS; i++) far = step(far)
  const nearly = step(seldom(ge(div(from, by), 2 ** 25), far, from))
  const within = where(lt(nearly, 0), add(nearly, by), nearly)
  const exact = where(lt(within, by), within, Number.NaN)
  const size = where(both(eq(by, Number.POSITIVE_INFINITY), lt(from, Number.POSITIVE_INFINITY)), from, exact)
  const signed = where(lt(x, 0), neg(size), size)
  const moved = where(lt(x, 0), where(lt(y, 0), signed, add(signed, y)), where(lt(y, 0), add(signed, y), signed))
  return where(eq(size, 0), where(lt(y, 0), -0, 0), moved)
}
