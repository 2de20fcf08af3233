/**
 * The table of errors of the functions in `engine/math`: `tsx bench/accuracy/index.ts [--samples 100000] [--stride 1] [--only
 * exp,log] [--skip f32|f64]
 * [--largest 6432] [--once]`.
 *
 * Functions of one argument of 32 bits are measured at every `stride`-th of all 2³² arguments (1: at all of them, which takes a
 * minute a function), those of 64 bits and of two arguments at random arguments, against sums of two doubles and, where an error is the
 * largest so far, 160-bit arithmetic.
 */
import { parseArgs } from 'node:util'
import type { FunctionName } from '../../src/core/lane.js'
import { BOUNDS, polygammaBound } from '../../src/engine/math/bounds.js'
import { evaluate, exhaustive, type Worst, worstOf } from './measure.js'
import { REFERENCE, REFERENCE2 } from './reference.js'
import { sample, samplePair } from './samples.js'

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '100000' },
    // an odd one meets all endings of the significand
    stride: { type: 'string', default: '1' },
    only: { type: 'string' },
    skip: { type: 'string' },
    // of 32 bits, arguments up to this size
    largest: { type: 'string', default: 'Infinity' },
    // x · y + z of 32 bits rounded once
    once: { type: 'boolean', default: false },
  },
})

const samples = Number(values.samples)
const stride = Number(values.stride)
const chosen = values.only?.split(',') ?? [...Object.keys(REFERENCE), ...Object.keys(REFERENCE2)]

/** The worst of random arguments, in portions. */
const random = (name: FunctionName, type: 'f32' | 'f64'): Worst => {
  let worst: Worst = { ulp: 0, at: [], got: 0 }
  const portion = 200_000
  for (let done = 0; done < samples; done += portion) {
    const n = Math.min(portion, samples - done)
    const pairs = Array.from({ length: n }, () =>
      name in REFERENCE2 ? samplePair(name, Math.random) : ([sample(name, Math.random)] as const),
    )
    const args = (pairs[0] ?? []).map((_, i) => pairs.map((p) => p[i] as number))
    const here = worstOf(name, type, args, evaluate(name, type, args), { quick: true, least: worst.ulp })
    if (here.at.length > 0) worst = here
  }
  return worst
}

const show = (w: Worst, bound: number): string =>
  `${w.ulp.toFixed(3).padStart(7)} of ${String(bound).padEnd(4)} at ${w.at.map((x) => String(x)).join(', ')}`.padEnd(52)

for (const name of chosen as FunctionName[]) {
  const order = /^polygamma(\d+)$/.exec(name)?.[1]
  const bound = order === undefined ? BOUNDS[name] : polygammaBound(Number(order))
  const start = performance.now()
  const cells: string[] = []
  for (const type of ['f32', 'f64'] as const) {
    if (values.skip === type) continue
    const worst =
      type === 'f32' && !(name in REFERENCE2)
        ? exhaustive(name, { stride, largest: Number(values.largest), once: values.once })
        : random(name, type)
    cells.push(`${type} ${show(worst, bound?.[type] ?? Number.NaN)}`)
  }
  console.log(`${name.padEnd(11)} ${cells.join('  ')} ${((performance.now() - start) / 1000).toFixed(0)} s`)
}
