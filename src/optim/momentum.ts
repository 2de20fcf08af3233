/** Steps that remember updates: sums and averages that fade. */
import { ValueError } from '../core/error.js'
import { isFloat, type Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { fromStep, type Optimizer } from './optimizer.js'
import { asFloat, spread, zeroCount } from './scale.js'
import { each, zip } from './zip.js'

// ------------------------------------------------------------------------------------------------------------- helpers

/** A number at least 0 and below 1. @throws ValueError */
export const fraction = (operation: string, name: string, x: number): number => {
  if (!(x >= 0 && x < 1))
    throw new ValueError({ operation, problem: `${name} has to be at least 0 and below 1, found ${x}` })
  return x
}

/** A constant for every float of the parameters, null elsewhere. */
export const filledLike = (params: unknown, value: number): unknown =>
  each((x) => (isFloat(x.dtype) ? b.full(x.shape, x.dtype, value) : null), params)

/** Zeros for every float of the parameters. */
export const zerosLike = (params: unknown): unknown => filledLike(params, 0)

/** Updates beside what a step remembers; where there is no update, the memory stands. */
export const remember = (memory: unknown, updates: unknown, f: (memory: Tensor, update: Tensor) => Tensor): unknown =>
  zip('update', f as never, { name: 'the state', tree: memory }, { name: 'the gradients', tree: updates })

/** Updates made of themselves and of what was remembered. */
export const combined = (updates: unknown, memories: readonly unknown[], f: (...xs: Tensor[]) => Tensor): unknown =>
  zip(
    'update',
    f as never,
    { name: 'the gradients', tree: updates },
    ...memories.map((tree) => ({ name: 'the state', tree })),
  )

/** m ← β m + (1 − β) g. */
export const average = (memory: unknown, updates: unknown, beta: number): unknown =>
  remember(memory, updates, (m, g) => b.add(b.mul(m, beta), b.mul(g, 1 - beta)))

/** v ← β v + (1 − β) g². */
export const averageSquare = (memory: unknown, updates: unknown, beta: number): unknown =>
  remember(memory, updates, (v, g) => b.add(b.mul(v, beta), b.mul(b.mul(g, g), 1 - beta)))

/** 1 − βᵗ for the t-th average: an average begun at 0 is too small by this factor. */
export const debias = (beta: number, count: Tensor): Tensor => b.sub(1, b.pow(beta, asFloat(count)))

// --------------------------------------------------------------------------------------------------------- constructors

/** How fast it fades; `nesterov` looks one step ahead. */
export interface TraceOptions {
  readonly momentum: number
  readonly nesterov?: boolean | undefined
}

/**
 * Momentum: m ← μ m + g, and updates become m (with `nesterov`: g + μ m). State: `{ momentum }`.
 * B. T. Polyak, 1964; Y. Nesterov, 1983, as I. Sutskever et al. put it, ICML 2013.
 */
export const trace = ({ momentum, nesterov = false }: TraceOptions): Optimizer => {
  fraction('trace', 'momentum', momentum)
  return fromStep<{ readonly momentum: unknown }>({
    name: 'trace',
    init: (params) => ({ momentum: zerosLike(params) }),
    update: (u, s) => {
      const m = remember(s.momentum, u, (x, g) => b.add(b.mul(x, momentum), g))
      const out = combined(u, [m], (g, x) =>
        nesterov ? b.add(g as Tensor, b.mul(x as Tensor, momentum)) : (x as Tensor),
      )
      return [out as typeof u, { momentum: m }]
    },
  })
}

/** An average of updates that fades: m ← β m + (1 − β) u, divided by 1 − βᵗ unless `debias` is false. State: `{ count, mean }`. */
export const ema = ({
  beta,
  debias: unbiased = true,
}: {
  readonly beta: number
  readonly debias?: boolean
}): Optimizer => {
  fraction('ema', 'beta', beta)
  return fromStep<{ readonly count: Tensor; readonly mean: unknown }>({
    name: 'ema',
    init: (params) => ({ count: zeroCount(), mean: zerosLike(params) }),
    update: (u, s) => {
      const count = b.add(s.count, 1)
      const mean = average(s.mean, u, beta)
      const correction = debias(beta, count)
      const out = combined(u, [mean], (_, m) =>
        unbiased ? b.div(m as Tensor, spread(correction, m as Tensor)) : (m as Tensor),
      )
      return [out as typeof u, { count, mean }]
    },
  })
}
