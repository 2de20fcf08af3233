/**
 * Schedules: how a number (mostly a learning rate) changes from update to update.
 *
 * A schedule is a function from the number of updates made so far (0 at the first) to a value. It is called with a tensor, so
 * it works inside jit; called with a JS number it can be looked at: `item(cosine({ … })(10))`.
 */
import { ValueError } from '../core/error.js'
import type { Scalar, Tensor } from '../core/value.js'
import { lift, whole } from '../ops/operand.js'
import { builder as b } from '../tape/node.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** From the number of updates made so far to a value. */
export type Schedule = (step: Scalar) => Tensor<[], 'f64'>

const schedule =
  (f: (step: Tensor) => Tensor): Schedule =>
  (step) =>
    f(lift('schedule', step)) as Tensor<[], 'f64'>

/** How far along a stretch of `steps` updates, from 0 to 1, where it stays. */
const progress = (step: Tensor, steps: number): Tensor => b.minimum(b.div(b.maximum(step, 0), steps), 1)

const positive = (name: string, x: number, what: string): void => {
  if (!(x > 0)) throw new ValueError({ operation: name, problem: `${what} has to be positive, found ${x}` })
}

// --------------------------------------------------------------------------------------------------------- constructors

/** The same value at every step. */
export const constant = (value: number): Schedule => schedule((t) => b.like(t, value))

/** From one value to another. */
export interface Stretch {
  readonly from: number
  readonly to: number
  /** How many updates it takes. */
  readonly steps: number
}

/** Along a straight line, then level: from + (to − from) · t/steps. */
export const linear = (o: Stretch): Schedule => polynomial({ ...o, power: 1 })

/** to + (from − to) · (1 − t/steps)ᵖ, then level. */
export const polynomial = ({ from, to, steps, power }: Stretch & { readonly power: number }): Schedule => {
  whole('polynomial', steps, 'steps', 1)
  positive('polynomial', power, 'the power')
  return schedule((t) => {
    const left = b.sub(1, progress(t, steps))
    return b.add(to, b.mul(from - to, power === 1 ? left : b.pow(left, power)))
  })
}

/**
 * Half a cosine from one value to another (0 unless named), then level. I. Loshchilov and F. Hutter, "SGDR", ICLR 2017.
 *
 * @example
 * ```ts
 * import { item } from 'lanac'
 * import { cosine } from 'lanac/optim'
 * const rate = cosine({ from: 0.1, steps: 100 })
 * assert.deepStrictEqual([0, 50, 100, 200].map((t) => item(rate(t)).toFixed(3)), ['0.100', '0.050', '0.000', '0.000'])
 * ```
 */
export const cosine = ({ from, to = 0, steps }: Omit<Stretch, 'to'> & { readonly to?: number }): Schedule => {
  whole('cosine', steps, 'steps', 1)
  return schedule((t) => b.add(to, b.mul((from - to) / 2, b.add(1, b.cos(b.mul(Math.PI, progress(t, steps)))))))
}

/**
 * The cosine again and again, each period `stretch` times as long as the one before (1 unless named). Loshchilov and Hutter,
 * ICLR 2017.
 */
export const cosineRestarts = ({
  from,
  to = 0,
  steps,
  stretch = 1,
}: Omit<Stretch, 'to'> & { readonly to?: number; readonly stretch?: number }): Schedule => {
  whole('cosineRestarts', steps, 'steps', 1)
  if (!(stretch >= 1))
    throw new ValueError({ operation: 'cosineRestarts', problem: `stretch has to be at least 1, found ${stretch}` })
  return schedule((t) => {
    if (stretch === 1) {
      const within = b.div(b.remainder(t, steps), steps)
      return b.add(to, b.mul((from - to) / 2, b.add(1, b.cos(b.mul(Math.PI, within)))))
    }
    // period i begins at steps · (sⁱ − 1)/(s − 1)
    const begin = (i: Tensor): Tensor => b.mul(steps / (stretch - 1), b.sub(b.pow(stretch, i), 1))
    const ratio = b.add(1, b.mul((stretch - 1) / steps, t))
    const guess = b.floor(b.div(b.log(ratio), Math.log(stretch)))
    // the logarithm may fall an ulp short at the borders
    const above = b.add(guess, 1)
    const i = b.select(b.lessEqual(begin(above), t), above, guess)
    const within = b.div(b.sub(t, begin(i)), b.mul(steps, b.pow(stretch, i)))
    return b.add(to, b.mul((from - to) / 2, b.add(1, b.cos(b.mul(Math.PI, within)))))
  })
}

/** from · factor^(t/steps): multiplied by `factor` every so many updates, at once or (`staircase`) in jumps. */
export const exponential = ({
  from,
  factor,
  steps,
  staircase = false,
}: {
  readonly from: number
  readonly factor: number
  readonly steps: number
  readonly staircase?: boolean
}): Schedule => {
  whole('exponential', steps, 'steps', 1)
  positive('exponential', factor, 'the factor')
  return schedule((t) => {
    const times = b.div(t, steps)
    return b.mul(from, b.pow(factor, staircase ? b.floor(times) : times))
  })
}

/** from · √(steps / max(t, steps)): level, then falling with the root of time. A. Vaswani et al., NIPS 2017. */
export const inverseSqrt = ({ from, steps }: { readonly from: number; readonly steps: number }): Schedule => {
  whole('inverseSqrt', steps, 'steps', 1)
  return schedule((t) => b.mul(from, b.sqrt(b.div(steps, b.maximum(t, steps)))))
}

/** Level between boundaries: `values[i]` before `boundaries[i]`, the last value after the last. */
export const piecewise = ({
  boundaries,
  values,
}: {
  readonly boundaries: readonly number[]
  readonly values: readonly number[]
}): Schedule => join(values.map(constant), boundaries)

// ---------------------------------------------------------------------------------------------------------- combinators

/**
 * One schedule after the other: `schedules[i]` until `boundaries[i]`, each with its own count from 0.
 *
 * @throws ValueError when there is not one boundary between each two, ascending
 */
export const join = (schedules: readonly Schedule[], boundaries: readonly number[]): Schedule => {
  if (schedules.length !== boundaries.length + 1)
    throw new ValueError({
      operation: 'join',
      problem: `${schedules.length} schedules have ${Math.max(0, schedules.length - 1)} boundaries between them, found ${boundaries.length}`,
    })
  boundaries.forEach((x, i) => {
    whole('join', x, 'a boundary')
    if (i > 0 && x <= (boundaries[i - 1] as number))
      throw new ValueError({ operation: 'join', problem: `boundaries have to ascend, found ${boundaries.join(', ')}` })
  })
  return schedule(
    (t) =>
      schedules.reduceRight<Tensor | undefined>((later, s, i) => {
        const begin = i === 0 ? 0 : (boundaries[i - 1] as number)
        const own = valueAt(s, b.maximum(b.sub(t, begin), 0))
        return later === undefined ? own : b.select(b.less(t, boundaries[i] as number), own, later)
      }, undefined) as Tensor,
  )
}

/** Up from 0 to where `after` begins in a straight line of `steps` updates, and then `after`. */
export const warmup = ({ steps, after }: { readonly steps: number; readonly after: Schedule }): Schedule => {
  whole('warmup', steps, 'steps', 1)
  return schedule((t) => {
    const rising = b.mul(valueAt(after, b.like(t, 0)), progress(t, steps))
    return b.select(b.less(t, steps), rising, valueAt(after, b.maximum(b.sub(t, steps), 0)))
  })
}

/** A schedule's value as f64, whatever the schedule gives back. */
export const valueAt = (s: Schedule, step: Tensor): Tensor =>
  b.convert(lift('schedule', s(step as Tensor<[], 'f64'>)), 'f64')
