/** Words to write functions in lanes with: arithmetic where a number stands for a constant, polynomials, exact sums and products. */
import {
  binary,
  bits,
  compare,
  constant,
  constantBits,
  type Lane,
  type LaneType,
  madd,
  not,
  rarely,
  select,
  shift,
  unary,
} from '../../core/lane.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A lane, or the same number everywhere. */
export type Term = Lane | number

/** An unevaluated sum of two floats, the second far smaller. */
export interface Pair {
  readonly high: Lane
  readonly low: Lane
}

// ---------------------------------------------------------------------------------------------------------- combinators

const typeOf = (...terms: readonly Term[]): LaneType => (terms.find((t) => typeof t !== 'number') as Lane).type
const lift = (type: LaneType, t: Term): Lane => (typeof t === 'number' ? constant(type, t) : t)

const two =
  (op: 'add' | 'sub' | 'mul' | 'div' | 'and' | 'or' | 'xor' | 'andNot') =>
  (x: Term, y: Term): Lane => {
    const type = typeOf(x, y)
    return binary(op, lift(type, x), lift(type, y))
  }

export const add: (x: Term, y: Term) => Lane = two('add')
export const sub: (x: Term, y: Term) => Lane = two('sub')
export const mul: (x: Term, y: Term) => Lane = two('mul')
export const div: (x: Term, y: Term) => Lane = two('div')
export const and: (x: Term, y: Term) => Lane = two('and')
export const or: (x: Term, y: Term) => Lane = two('or')
export const xor: (x: Term, y: Term) => Lane = two('xor')
/** x and not y, bit by bit. */
export const without: (x: Term, y: Term) => Lane = two('andNot')

const comparing =
  (op: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge') =>
  (x: Term, y: Term): Lane => {
    const type = typeOf(x, y)
    return compare(op, lift(type, x), lift(type, y))
  }

export const eq: (x: Term, y: Term) => Lane = comparing('eq')
export const ne: (x: Term, y: Term) => Lane = comparing('ne')
export const lt: (x: Term, y: Term) => Lane = comparing('lt')
export const le: (x: Term, y: Term) => Lane = comparing('le')
export const gt: (x: Term, y: Term) => Lane = comparing('gt')
export const ge: (x: Term, y: Term) => Lane = comparing('ge')

/** `x` where the mask holds, else `y`. */
export const where = (mask: Lane, x: Term, y: Term): Lane => {
  const type = typeof x === 'number' && typeof y === 'number' ? (mask.type === 'm64' ? 'f64' : 'f32') : typeOf(x, y)
  return select(mask, lift(type, x), lift(type, y))
}

/** As `where`, for what hardly ever happens. */
export const seldom = (mask: Lane, x: Term, y: Lane): Lane => rarely(mask, lift(y.type, x), y)

/** x · y + z, rounded once or twice. */
export const fma = (x: Term, y: Term, z: Term): Lane => {
  const type = typeOf(x, y, z)
  return madd(lift(type, x), lift(type, y), lift(type, z))
}

export const neg = (x: Lane): Lane => unary('neg', x)
export const abs = (x: Lane): Lane => unary('abs', x)
export const sqrt = (x: Lane): Lane => unary('sqrt', x)
export const floor = (x: Lane): Lane => unary('floor', x)
export const nearest = (x: Lane): Lane => unary('nearest', x)
export const trunc = (x: Lane): Lane => unary('trunc', x)
export const both = (x: Lane, y: Lane): Lane => binary('and', x, y)
export const either = (x: Lane, y: Lane): Lane => binary('or', x, y)
export const opposite = (x: Lane): Lane => not(x)

/** The integer type of a float's width. */
export const integerOf = (type: LaneType): 'i32' | 'i64' => (type.endsWith('64') ? 'i64' : 'i32')

/** A float's bits. */
export const toInteger = (x: Lane): Lane => bits(x, integerOf(x.type))
/** The float of given bits. */
export const toFloat = (x: Lane): Lane => bits(x, x.type === 'i64' ? 'f64' : 'f32')
export const word = (type: LaneType, value: bigint): Lane => constantBits(type, value)

export const left = (x: Lane, by: number): Lane => shift('shl', x, by)
export const right = (x: Lane, by: number): Lane => shift('shrU', x, by)
export const rightSigned = (x: Lane, by: number): Lane => shift('shrS', x, by)

/** The sign bit of a float's width. */
export const signBit = (type: LaneType): Lane => constantBits(type, type.endsWith('64') ? 1n << 63n : 1n << 31n)

/** Only the sign of a float: +0 or −0. */
export const signOf = (x: Lane): Lane => and(x, signBit(x.type))

/** |x| with the sign of y turned in: x for y ≥ 0, −x for y < 0 (−0 too). */
export const withSign = (x: Lane, y: Lane): Lane => xor(x, signOf(y))

/** Where the sign bit is set, −0 and NaN with it too. */
export const isNegative = (x: Lane): Lane => lt(toInteger(x), 0)

/** c₀ + c₁ x + c₂ x² + …, by Horner's rule. */
export const polynomial = (c: readonly number[], x: Lane): Lane =>
  c.slice(0, -1).reduceRight((y: Term, a) => fma(y, x, a), c.at(-1) as number) as Lane

/** The same with half the depth: even and odd powers apart (Knuth's second-order Horner rule). */
export const polynomialByHalves = (c: readonly number[], x: Lane, square: Lane = mul(x, x)): Lane => {
  const even = c.filter((_, i) => i % 2 === 0)
  const odd = c.filter((_, i) => i % 2 === 1)
  return fma(odd.length === 1 ? (odd[0] as number) : polynomial(odd, square), x, polynomial(even, square))
}

// ------------------------------------------------------------------------------------------------- sums without rounding

/** x + y exactly (D. E. Knuth, The Art of Computer Programming 2, 4.2.2). */
export const twoSum = (x: Term, y: Term): Pair => {
  const high = add(x, y)
  const z = sub(high, x)
  return { high, low: add(sub(x, sub(high, z)), sub(y, z)) }
}

/** x + y exactly, where |x| ≥ |y| or x = 0 (T. J. Dekker, Numer. Math. 18 (1971) 224–242). */
export const fastTwoSum = (x: Term, y: Term): Pair => {
  const high = add(x, y)
  return { high, low: sub(y, sub(high, x)) }
}

/** A double as a sum of two of 26 bits, a float as one of two of 12 (Dekker), by masking: no overflow. */
export const split = (x: Lane): Pair => {
  const high = toFloat(and(toInteger(x), x.type === 'f64' ? word('i64', 0xffff_ffff_f800_0000n) : -4096))
  return { high, low: sub(x, high) }
}

/** x · y exactly, where nothing over- or underflows (Dekker). Not by `madd`, which need not be rounded once. */
export const twoProduct = (x: Lane, y: Lane): Pair => {
  const high = mul(x, y)
  const a = split(x)
  const b = x === y ? a : split(y)
  const low = add(
    sub(mul(a.high, b.high), high),
    x === y
      ? add(mul(mul(2, a.high), a.low), mul(a.low, a.low))
      : add(add(mul(a.high, b.low), mul(a.low, b.high)), mul(a.low, b.low)),
  )
  return { high, low }
}

/** The sum as one float. */
export const total = ({ high, low }: Pair): Lane => add(high, low)
