/** Samples of the primitives whose parameters hold programs: calls of random programs, custom rules derived from them. */
import * as fc from 'fast-check'
import { isFloat } from '../src/core/value.js'
import type { CallParams } from '../src/primitive/composite.js'
import type { Opt, Primitive, Result } from '../src/primitive/record.js'
import { run } from '../src/tape/fold.js'
import type { Program } from '../src/tape/program.js'
import { show } from '../src/tape/show.js'
import { traceLeaves } from '../src/tape/trace.js'
import type { Concrete } from '../src/tensor/concrete.js'
import { range } from '../src/tensor/shape.js'
import { describe, type PrimitiveSample, STACK } from './primitive-sample.js'
import { decode, fill, type Genome, genome, pool, type RandomProgram, withJvp, withVjp } from './random-program.js'
import type { ListFunction } from './rounding.js'

// --------------------------------------------------------------------------------------------------------- parameters

/** A random program traced on inputs of its types. */
const traced = (f: ListFunction, inputs: readonly Result[]): Program =>
  traceLeaves(
    f,
    inputs.map((r) => ({ ...r, weak: false })),
    { name: 'laws' },
  )

const callOf = ({ f, inputs }: RandomProgram): CallParams => {
  const program = traced(f, inputs)
  return { name: 'sample', program, run: (x) => run(program, x) }
}

/** The parameters that a custom rule puts on the tape. */
const ruleOf =
  (wrap: (f: ListFunction) => ListFunction) =>
  ({ f, inputs }: RandomProgram): unknown => {
    const p = traced(wrap(f), inputs)
    return p.params[p.primitives.findIndex((e) => e.name === 'custom')]
  }

// ------------------------------------------------------------------------------------------------------------ samples

interface Numbers {
  readonly x: readonly number[]
  readonly directions: readonly number[]
  readonly factors: readonly [number, number]
}

const sampleOf =
  (primitive: Primitive, of: (p: RandomProgram) => unknown) =>
  (g: Genome, n: Numbers): PrimitiveSample => {
    const program = decode(g, { wide: true })
    const { inputs } = program
    const params = of(program)
    const stacks = (types: readonly Result[], from: readonly number[], at: number): readonly (readonly Opt[])[] =>
      types.map((r, i) =>
        range(STACK).map((k) => (from === n.x || isFloat(r.dtype) ? fill(r, from, 5 * k + i + at) : null)),
      )
    const firsts = (list: readonly (readonly Opt[])[]): readonly Opt[] => list.map((ts) => ts[0] as Opt)
    const args = stacks(inputs, n.x, 0) as readonly (readonly Concrete[])[]
    const results = program.f(args.map((xs) => xs[0] as Concrete)).map(({ shape, dtype }): Result => ({ shape, dtype }))
    const [v, w] = [stacks(inputs, n.directions, 0), stacks(results, n.directions, 1)]
    return {
      primitive,
      params,
      args,
      v,
      u: firsts(stacks(inputs, n.directions, 2)),
      w,
      z: firsts(stacks(results, n.directions, 3)),
      factors: n.factors,
      distance: null,
      toString: () => `${describe(primitive, null, { args, v, w })}, of\n${show(traced(program.f, inputs))}\n`,
    } as PrimitiveSample
  }

const kinds: ReadonlyMap<string, readonly ((p: RandomProgram) => unknown)[]> = new Map([
  ['call', [callOf]],
  ['custom', [ruleOf(withJvp), ruleOf(withVjp)]],
])

/**
 * Samples of a primitive whose parameters hold programs: `call` of a random program, `custom` with the rules derived
 * from one. `undefined` for every other primitive: its samples stand in its record.
 */
export const compositeSamples = (p: Primitive): fc.Arbitrary<PrimitiveSample> | undefined => {
  const of = kinds.get(p.name)
  if (of === undefined || p.results !== 'many') return undefined
  const eighths = fc.integer({ min: -8, max: 8 }).map((k) => k / 8)
  const drawn = fc.record({ x: pool(-16, 16), directions: pool(-16, 16), factors: fc.tuple(eighths, eighths) })
  return fc
    .tuple(genome(5), drawn, fc.nat({ max: of.length - 1 }))
    .map(([g, n, k]) => sampleOf(p, of[k] as (p: RandomProgram) => unknown)(g, n))
}
