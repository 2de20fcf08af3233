/**
 * The tape: a function traced once is a list of entries, and whatever is done with it is a fold over that list.
 *
 * Here one tape is printed, run and differentiated, and given two meanings that the library knows nothing of: the inputs
 * that each result depends on, and an interval that it certainly lies in.
 */
import assert from 'node:assert/strict'
import { add, exp, grad, item, mul, type Scalar, sin, type Tensor } from 'lanac'
import * as Tape from 'lanac/tape'

const f = (x: Scalar, y: Scalar) => add(mul(sin(x), y), exp(mul(x, x)))

// ----------------------------------------------------------------------------------------- printed, run, differentiated

const program = Tape.trace(f)(1, 2)
console.log(`f(x, y) = sin(x)·y + exp(x²)\n${Tape.show(program)}\n`)
assert.deepEqual(Tape.run(program)(1, 2).map(item), [Math.sin(1) * 2 + Math.exp(1)])

const derivative = Tape.trace(grad(f))(1, 2)
console.log(`its derivative in x, which is a tape again\n${Tape.show(derivative)}\n`)
const [slope] = Tape.run(derivative)(1, 2).map(item)
assert.ok(Math.abs(Number(slope) - (Math.cos(1) * 2 + 2 * Math.exp(1))) < 1e-15)

// ------------------------------------------------------------------------------------- a meaning: what depends on what

const union = (sets: readonly ReadonlySet<string>[]): ReadonlySet<string> => new Set(sets.flatMap((s) => [...s]))

/** The tapes of this page have no entries with several results. */
const none = (): never => {
  throw new Error('an entry with several results')
}

const dependence: Tape.Algebra<ReadonlySet<string>> = {
  lift: () => new Set(),
  single: (_, __, args) => union(args),
  many: none,
}

const inputs = [new Set(['x']), new Set(['y'])]
const [ofF] = Tape.right(program, inputs, dependence)
const [ofSlopeInY] = Tape.right(Tape.trace(grad(f, { argument: 1 }))(1, 2), inputs, dependence)
console.log(`f depends on ${[...(ofF ?? [])].join(' and ')}, ∂f/∂y on ${[...(ofSlopeInY ?? [])].join(' and ')} alone`)
assert.deepEqual([...(ofF ?? [])], ['x', 'y'])
assert.deepEqual([...(ofSlopeInY ?? [])], ['x'])

// ------------------------------------------------------------------------------------------- a meaning: where it can be

interface Interval {
  readonly low: number
  readonly high: number
}

const anything: Interval = { low: -Infinity, high: Infinity }
const hull = (...xs: readonly number[]): Interval => ({ low: Math.min(...xs), high: Math.max(...xs) })
const rises = ({ low, high }: Interval): boolean => -Math.PI / 2 <= low && high <= Math.PI / 2

/** What each primitive makes of intervals; one it has no rule for could give anything. */
const rules: Readonly<Record<string, (a: Interval, b: Interval) => Interval>> = {
  add: (a, b) => ({ low: a.low + b.low, high: a.high + b.high }),
  mul: (a, b) => hull(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high),
  exp: (a) => hull(Math.exp(a.low), Math.exp(a.high)),
  sin: (a) => (rises(a) ? hull(Math.sin(a.low), Math.sin(a.high)) : hull(-1, 1)),
}

const intervals: Tape.Algebra<Interval> = {
  lift: (constant: Tensor) => hull(item(constant as Tensor<[], 'f64'>)),
  single: (primitive, _, [a = anything, b = anything]) => rules[primitive.name]?.(a, b) ?? anything,
  many: none,
}

const [bounds = anything] = Tape.right(program, [hull(-0.5, 0.5), hull(1, 2)], intervals)
console.log(`for x in [−0.5, 0.5] and y in [1, 2], f lies in [${bounds.low.toFixed(3)}, ${bounds.high.toFixed(3)}]`)
for (let i = 0; i <= 20; i++)
  for (let j = 0; j <= 20; j++) {
    const value = item(f(-0.5 + i / 20, 1 + j / 20))
    assert.ok(bounds.low <= value && value <= bounds.high)
  }
