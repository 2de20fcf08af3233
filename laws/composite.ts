/**
 * Samples of the primitives whose parameters hold programs: calls of random programs, custom
 * rules derived from them, control flow between and along them.
 */
import * as fc from 'fast-check'
import { isFloat, type Tensor } from '../src/core/value.js'
import type { CallParams } from '../src/primitive/composite.js'
import type { CondParams } from '../src/primitive/cond.js'
import type { Opt, Primitive, Result } from '../src/primitive/record.js'
import type { ScanParams } from '../src/primitive/scan.js'
import { run } from '../src/tape/fold.js'
import { builder } from '../src/tape/node.js'
import type { Program } from '../src/tape/program.js'
import { show } from '../src/tape/show.js'
import { traceLeaves } from '../src/tape/trace.js'
import type { Concrete } from '../src/tensor/concrete.js'
import { range, sizeOf } from '../src/tensor/shape.js'
import { folds } from '../src/transform/derived.js'
import { applied, describe, type PrimitiveSample, STACK } from './primitive-sample.js'
import {
  decode,
  fill,
  type Genome,
  genome,
  pool,
  type RandomProgram,
  reshaped,
  withJvp,
  withVjp,
} from './random-program.js'
import type { ListFunction } from './rounding.js'

// --------------------------------------------------------------------------------------------------------- parameters

/** A random program traced on inputs of its types. */
const traced = (f: ListFunction, inputs: readonly Result[]): Program =>
  traceLeaves(
    f,
    inputs.map((r) => ({ ...r, weak: false })),
    { name: 'laws' },
  )

/** Parameters of a primitive, and types of the arguments that it takes under them. */
interface Made {
  readonly params: unknown
  readonly inputs: readonly Result[]
}

const plain = (g: Genome): RandomProgram => decode(g, { wide: true })

const callOf = (g: Genome): Made => {
  const { f, inputs } = plain(g)
  const program = traced(f, inputs)
  return { params: { name: 'sample', program, run: (x) => run(program, x) } satisfies CallParams, inputs }
}

/** The parameters that a custom rule puts on the tape. */
const ruleOf =
  (wrap: (f: ListFunction) => ListFunction) =>
  (g: Genome): Made => {
    const { f, inputs } = plain(g)
    const p = traced(wrap(f), inputs)
    return { params: p.params[p.primitives.findIndex((e) => e.name === 'custom')], inputs }
  }

/** A value brought to a type. */
const brought = (x: Tensor, { shape, dtype }: Result): Tensor =>
  sizeOf(x.shape) === 0 ? builder.full(shape, dtype, 0.5) : builder.convert(reshaped(x, shape), dtype)

/** Two programs: a random one, and its instructions the other way round. */
const condOf = (g: Genome): Made => {
  const { f, inputs } = plain(g)
  const onTrue = traced(f, inputs)
  const other = decode({ ...g, instructions: [...g.instructions].reverse() }, { inputs, wide: true })
  const onFalse = traced((x) => {
    const ys = other.f(x)
    return onTrue.results.map((a, i) => {
      const y = brought(ys[i] as Tensor, a)
      return isFloat(a.dtype) ? builder.mul(y, -0.75) : y
    })
  }, inputs)
  return { params: { onTrue, onFalse, folds } satisfies CondParams, inputs: [{ shape: [], dtype: 'bool' }, ...inputs] }
}

/**
 * A random program as a step: its first input is carried, beside a count of steps; of the others some are constants, some
 * are stacked.
 */
const scanOf = (g: Genome): Made => {
  const { f, inputs } = plain(g)
  const [first, ...others] = inputs as readonly [Result, ...Result[]]
  const isConstant = others.map((_, i) => (g.inputs[i + 1] as number) >= 8)
  const constants = others.filter((_, i) => isConstant[i])
  const xs = others.filter((_, i) => !isConstant[i])
  const count: Result = { shape: [], dtype: 'i32' }
  const seed = g.outputs[0] as number
  const length = seed % 4
  const step: ListFunction = (v) => {
    const [c, rest] = [v.slice(0, constants.length), v.slice(constants.length + 2)]
    const [state, n] = v.slice(constants.length, constants.length + 2) as [Tensor, Tensor]
    let [nextConstant, nextX] = [0, 0]
    const ys = f([state, ...isConstant.map((is) => (is ? c[nextConstant++] : rest[nextX++]) as Tensor)])
    const counted = builder.broadcast(builder.mul(builder.convert(n, first.dtype), 1 / 64), first.shape, [])
    const moved = builder.add(builder.sin(brought(ys[0] as Tensor, first)), counted)
    return [builder.add(builder.mul(state, 0.5), builder.mul(moved, 0.75)), builder.add(n, 1), ...ys]
  }
  return {
    params: {
      program: traced(step, [...constants, first, count, ...xs]),
      constants: constants.length,
      carry: 2,
      length,
      reverse: seed % 8 >= 4,
      folds,
    } satisfies ScanParams,
    inputs: [...constants, first, count, ...xs.map(({ shape, dtype }) => ({ shape: [length, ...shape], dtype }))],
  }
}

// ------------------------------------------------------------------------------------------------------------ samples

interface Numbers {
  readonly x: readonly number[]
  readonly directions: readonly number[]
  readonly factors: readonly [number, number]
}

const sampleOf =
  (primitive: Primitive, of: (g: Genome) => Made) =>
  (g: Genome, n: Numbers): PrimitiveSample => {
    const { params, inputs } = of(g)
    const f = applied(primitive, params)
    const stacks = (types: readonly Result[], from: readonly number[], at: number): readonly (readonly Opt[])[] =>
      types.map((r, i) =>
        range(STACK).map((k) => (from === n.x || isFloat(r.dtype) ? fill(r, from, 5 * k + i + at) : null)),
      )
    const firsts = (list: readonly (readonly Opt[])[]): readonly Opt[] => list.map((ts) => ts[0] as Opt)
    const args = stacks(inputs, n.x, 0) as readonly (readonly Concrete[])[]
    const results = f(args.map((xs) => xs[0] as Concrete)).map(({ shape, dtype }): Result => ({ shape, dtype }))
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
      toString: () => `${describe(primitive, null, { args, v, w })}, of\n${show(traced(f, inputs))}\n`,
    } as PrimitiveSample
  }

const kinds: ReadonlyMap<string, readonly ((g: Genome) => Made)[]> = new Map([
  ['call', [callOf]],
  ['custom', [ruleOf(withJvp), ruleOf(withVjp)]],
  ['cond', [condOf]],
  ['scan', [scanOf]],
])

/**
 * Samples of a primitive whose parameters hold programs: `call` of a random program, `custom` with the rules derived
 * from one, `cond` of two, `scan` of one as a step. `undefined` for every other primitive: its samples stand in its record.
 */
export const compositeSamples = (p: Primitive): fc.Arbitrary<PrimitiveSample> | undefined => {
  const of = kinds.get(p.name)
  if (of === undefined || p.results !== 'many') return undefined
  const eighths = fc.integer({ min: -8, max: 8 }).map((k) => k / 8)
  const drawn = fc.record({ x: pool(-16, 16), directions: pool(-16, 16), factors: fc.tuple(eighths, eighths) })
  return fc
    .tuple(genome(5), drawn, fc.nat({ max: of.length - 1 }))
    .map(([g, n, k]) => sampleOf(p, of[k] as (g: Genome) => Made)(g, n))
}
