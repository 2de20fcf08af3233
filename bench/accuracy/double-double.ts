/**
 * The functions of `engine/math` in double-doubles: what 10⁷ samples are measured against in a time that one has. They are those
 * that reference.ts lists, and are tested with it.
 */
import { type NameOfOne, type NameOfTwo, REFERENCE } from './reference.js'
import { div, neg, of, sub, type Twofold, times } from './twofold.js'
import * as functions from './twofold-functions.js'
import { atan, exp, type Function1, log, PI } from './twofold-functions.js'

export { type Twofold, ulpsOf } from './twofold.js'

type Function2 = (x: number, y: number) => Twofold | null

/** Arguments beyond these have products whose second parts underflow, or overflow while they are multiplied. */
const isMedium = (x: number): boolean => x === 0 || (Math.abs(x) > 1e-140 && Math.abs(x) < 1e280)

/** The result, if its second part says something. */
const checked = (y: Twofold | null): Twofold | null =>
  y !== null && Math.abs(y.h) > 1e-280 && Number.isFinite(y.h) && Number.isFinite(y.l) ? y : null

const guarded =
  (f: Function1) =>
  (x: number): Twofold | null =>
    isMedium(x) ? checked(f(of(x))) : null

/** A function for each one of the reference. */
const FUNCTIONS: Readonly<Record<NameOfOne, Function1>> = functions

/** Functions of one argument; `null` where reference.ts has to be asked. */
export const TWOFOLD: Readonly<Record<string, (x: number) => Twofold | null>> = Object.fromEntries(
  Object.keys(REFERENCE).map((name) => [name, guarded(FUNCTIONS[name as NameOfOne])]),
)

/** Functions of two. */
export const TWOFOLD2: Readonly<Record<string, Function2>> = {
  pow: (x, y) => {
    const l = isMedium(y) ? log(of(x)) : null
    return l === null ? null : checked(exp(times(l, y)))
  },
  atan2: (y, x) => {
    if (!isMedium(x) || !isMedium(y)) return null
    const ratio = div(of(Math.abs(y)), of(Math.abs(x)))
    const q = isMedium(ratio.h) ? atan(ratio) : null
    if (q === null) return null
    const a = x < 0 ? sub(PI, q) : q
    return checked(y < 0 ? neg(a) : a)
  },
} satisfies Readonly<Record<NameOfTwo, Function2>>
