/** How long each kernel of a compiled program takes. */
import type { Program } from '../tape/program.js'
import type { Concrete } from '../tensor/concrete.js'
import { evaluate } from './evaluate.js'
import { grouped, type KernelExplanation, kernelsOf, showOperations } from './explain.js'
import type { Compiled } from './target.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** One kernel, timed. */
export interface KernelProfile extends KernelExplanation {
  /** Of one run. */
  readonly microseconds: number
  /** Of the time of all kernels: between 0 and 1. */
  readonly share: number
}

/** A run, timed. */
export interface ProfileReport {
  readonly target: Compiled['target'] | 'evaluator'
  /** Of a whole run: kernels, and the passing of values. */
  readonly microseconds: number
  /** In the order in which they run; none for what the evaluator runs. */
  readonly kernels: readonly KernelProfile[]
  readonly toString: () => string
}

// --------------------------------------------------------------------------------------------------------------- timing

/** Milliseconds that engines are given to optimise what is timed. */
const WARM = 8
/** Milliseconds of one measurement, and how many there are. */
const BATCH = 1
const BATCHES = 7

/** Microseconds of a call: the least of batches that are long enough for the clock; whatever else runs only adds to it. */
const timed = (run: () => void): number => {
  const start = performance.now()
  let calls = 0
  do {
    run()
    calls += 1
  } while (performance.now() - start < WARM)
  const each = (performance.now() - start) / calls
  const repeats = Math.max(1, Math.ceil(BATCH / each))
  let least = Number.POSITIVE_INFINITY
  for (let b = 0; b < BATCHES; b++) {
    const from = performance.now()
    for (let k = 0; k < repeats; k++) run()
    least = Math.min(least, (performance.now() - from) / repeats)
  }
  return 1000 * least
}

// -------------------------------------------------------------------------------------------------------------- showing

const columns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] as readonly string[]).map((_, i) => Math.max(...rows.map((r) => (r[i] as string).length)))
  return rows.map((r) =>
    r
      .map((x, i) => (i === 3 ? `  ${x}` : x.padStart(widths[i] as number)))
      .join('  ')
      .trimEnd(),
  )
}

const showMicroseconds = (x: number): string => (x < 100 ? x.toFixed(2) : grouped(x))

const text = (r: ProfileReport): string => {
  const whole = `${showMicroseconds(r.microseconds)} µs a run`
  if (r.target === 'evaluator') return `${whole}, by the evaluator`
  const rows = [...r.kernels]
    .sort((a, b) => b.microseconds - a.microseconds)
    .map((k) => [
      `${(100 * k.share).toFixed(1)} %`,
      showMicroseconds(k.microseconds),
      (k.flops / Math.max(k.microseconds, 1e-9) / 1000).toFixed(2),
      `${k.name}: ${showOperations(k.operations)}`,
    ])
  return [whole, ...columns([['share', 'µs', 'Gflop/s', 'kernel'], ...rows])].join('\n')
}

// -------------------------------------------------------------------------------------------------------------- running

/** A program on these values, timed: each kernel again and again, on what those before it left, and then the whole of it. */
export const profiled = (p: Program, c: Compiled | null, inputs: readonly Concrete[]): ProfileReport => {
  const explained = c === null ? [] : kernelsOf(p, c)
  const target = c === null ? 'evaluator' : c.target
  // an index out of range is refused by the evaluator, in its own words
  const kernels = c === null ? null : c.kernels(inputs, p.constants)
  if (kernels === null) evaluate(p, inputs)
  const times = (kernels ?? []).map(timed)
  const microseconds = timed(() => (c === null ? evaluate(p, inputs) : c.run(inputs, p.constants)))
  const all = times.reduce((n, t) => n + t, 0)
  const self: ProfileReport = {
    target,
    microseconds,
    kernels: explained.map((k, i) => ({
      ...k,
      microseconds: times[i] as number,
      share: all === 0 ? 0 : (times[i] as number) / all,
    })),
    toString: () => text(self),
    [Symbol.for('nodejs.util.inspect.custom')]: () => text(self),
  }
  return self
}
