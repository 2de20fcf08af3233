/** Laws of programs: what holds of every function that can be written with the primitives, on functions drawn at random. */
import * as fc from 'fast-check'
import { isFloat, type Shape, type Tensor } from '../src/core/value.js'
import { evaluate } from '../src/engine/evaluate.js'
import { simplify } from '../src/engine/simplify.js'
import type { Opt, Result } from '../src/primitive/record.js'
import { run } from '../src/tape/fold.js'
import { builder } from '../src/tape/node.js'
import { close as closeProgram, inline, type Program } from '../src/tape/program.js'
import { show as showProgram } from '../src/tape/show.js'
import { abstractly, traceLeaves } from '../src/tape/trace.js'
import type { Concrete } from '../src/tensor/concrete.js'
import { range } from '../src/tensor/shape.js'
import { vmap } from '../src/transform/vmap.js'
import { axioms } from './axioms.js'
import { batchLaws, type Stack } from './batching.js'
import { compiled, compiledLaws } from './compiled.js'
import { derivativeLaws, everyArgument, floatsOnly, jvpOf, type Point, vjpOf } from './derivative.js'
import { agreed, all, contramap, identical, type Law, labelled, law, show, type Verdict } from './law.js'
import { STACK } from './primitive-sample.js'
import { given, type Suite, suite } from './property.js'
import { decode, fill, type Genome, genome, pool, type RandomProgram } from './random-program.js'
import { agree, agreeOver, type ListFunction } from './rounding.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program, one that takes its results, and numbers to run and differentiate them with. */
export interface ProgramSample {
  readonly f: RandomProgram
  readonly g: RandomProgram
  readonly results: readonly Result[]
  readonly x: readonly number[]
  readonly directions: readonly number[]
  readonly factors: readonly [number, number]
}

type Values = readonly Tensor[]

const trace = (f: ListFunction, x: Values): Program => traceLeaves(f, x.map(abstractly), { name: 'laws' })

const valuesOf = (s: ProgramSample, k = 0): Tensor[] => s.f.inputs.map((r, i) => fill(r, s.x, 5 * k + i))

const directionsOf = (s: ProgramSample, of: readonly Result[], k: number): Opt[] =>
  of.map((r, i) => (isFloat(r.dtype) ? fill(r, s.directions, 5 * k + i) : null))

/** A sample from its numbers. */
const sampleOf = (
  f: Genome,
  g: Genome,
  x: readonly number[],
  directions: readonly number[],
  factors: readonly [number, number],
): ProgramSample => {
  const first = decode(f)
  const zero = first.inputs.map((r, i) => fill(r, x, i))
  const results = first.f(zero).map(({ shape, dtype }): Result => ({ shape, dtype }))
  const sample = { f: first, g: decode(g, { inputs: results }), results, x, directions, factors }
  return { ...sample, toString: () => `\n${showProgram(trace(first.f, zero))}\nat ${show(zero)}\n` } as ProgramSample
}

/** Programs of at most so many instructions, with what they need. */
export const programs = (most: number): fc.Arbitrary<ProgramSample> =>
  fc
    .tuple(
      genome(most),
      genome(3),
      pool(-16, 16),
      pool(-16, 16),
      fc.tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 })),
    )
    .map(([f, g, x, d, [a, b]]) => sampleOf(f, g, x, d, [a / 8, b / 8]))

const pointOf = (s: ProgramSample): Point => ({
  f: s.f.f,
  x: valuesOf(s),
  v: directionsOf(s, s.f.inputs, 0),
  u: directionsOf(s, s.f.inputs, 1),
  w: directionsOf(s, s.results, 2),
  z: directionsOf(s, s.results, 3),
  factors: s.factors,
})

const stackOf = (s: ProgramSample): Stack => ({
  f: s.f.f,
  args: s.f.inputs.map((_, i) => range(STACK).map((k) => valuesOf(s, k)[i] as Tensor)),
  v: s.f.inputs.map((_, i) => range(STACK).map((k) => directionsOf(s, s.f.inputs, k)[i] as Opt)),
  w: s.results.map((_, i) => range(STACK).map((k) => directionsOf(s, s.results, k + 1)[i] as Opt)),
})

// -------------------------------------------------------------------------------------------------------------- meaning

const SPECIAL = [0, -0, Infinity, -Infinity, Number.NaN, 1e308, 5e-324, 1, -1, 0.5]

/** Values that arithmetic treats specially, in place of the everyday ones. */
const specialValues = (s: ProgramSample): Tensor[] =>
  s.f.inputs.map((r, i) =>
    isFloat(r.dtype)
      ? fill(
          r,
          s.x.map((k) => 8 * (SPECIAL[Math.abs(k) % SPECIAL.length] as number)),
          i,
        )
      : fill(r, s.x, i),
  )

const inMemory = (x: Values): readonly Concrete[] => x as readonly Concrete[]

const simplified = (s: ProgramSample): Verdict => {
  const x = valuesOf(s)
  const p = trace(s.f.f, x)
  const less = simplify(p)
  return all(
    [x, specialValues(s)].map((y, i) =>
      labelled(
        () => (i === 0 ? 'at everyday values' : `at special values ${show(y)}`),
        identical(evaluate(less, inMemory(y)), evaluate(p, inMemory(y))),
      ),
    ),
  )
}

/** Two forms of one program: the same bits, but where a call in it is compiled: that may move the last ones. */
const sameProgram = (s: ProgramSample, f: ListFunction, g: ListFunction): Verdict => {
  const x = valuesOf(s)
  return trace(s.f.f, x).calls ? agree(f, g, x) : identical(f(x), g(x))
}

const traced = (s: ProgramSample): Verdict => {
  const x = valuesOf(s)
  const once: ListFunction = (y) => run(trace(s.f.f, x), y)
  return all([
    labelled(() => 'traced', sameProgram(s, once, s.f.f)),
    labelled(
      () => 'traced twice',
      sameProgram(s, (y) => run(trace(once, x), y), s.f.f),
    ),
  ])
}

const inlined = (s: ProgramSample): Verdict => {
  const x = valuesOf(s)
  const body = trace(s.f.f, x)
  const called = trace((y) => compiled((z) => compiled(s.f.f)(z))(y), x)
  const p = inline(called)
  return all([
    labelled(() => 'a call left', {
      residual: p.primitives.some((e) => e.name === 'call') ? 1 : 0,
      tolerance: 0,
      witness: () => showProgram(p),
    }),
    labelled(
      () => 'values',
      agree(
        (y) => run(p, y),
        (y) => run(body, y),
        x,
      ),
    ),
  ])
}

/** What a program captures of an outer trace, as inputs: the same program. */
const closed = (s: ProgramSample): Verdict => {
  const x = valuesOf(s)
  const outer = traceLeaves(
    (y) => {
      const inner = traceLeaves(
        ([t]) => s.f.f([builder.add(y[0] as Tensor, t as Tensor), ...y.slice(1)]),
        [abstractly(y[0] as Tensor)],
        { name: 'inner' },
      )
      const { program, captured } = closeProgram(inner)
      return run(program, [...captured, builder.like(y[0] as Tensor, 0)])
    },
    x.map(abstractly),
    { name: 'outer' },
  )
  return sameProgram(
    s,
    (y) => run(outer, y),
    (y) => s.f.f([builder.add(y[0] as Tensor, builder.like(y[0] as Tensor, 0)), ...y.slice(1)]),
  )
}

// ------------------------------------------------------------------------------------------------------------ vmap axes

const relocated = (x: Tensor, to: number): Tensor => {
  const rest = range(x.shape.length).slice(1)
  rest.splice(to, 0, 0)
  return builder.permute(x, rest)
}

/** The stack along another axis of every argument and result. */
const otherAxes = (s: ProgramSample): Verdict => {
  const last = (shape: Shape): number => shape.length
  const stack = stackOf(s).args.map((xs) =>
    builder.concatenate(
      xs.map((x) => builder.reshape(x, [1, ...x.shape])),
      0,
    ),
  )
  const over = vmap(((...x: Tensor[]) => s.f.f(x)) as never, {
    in: s.f.inputs.map((r) => last(r.shape)),
    out: s.results.map((r) => last(r.shape)),
  })
  const plain = vmap(((...x: Tensor[]) => s.f.f(x)) as never)
  return agree(
    (x) => over(...x.map((v) => relocated(v, v.shape.length - 1))) as Values,
    (x) => (plain(...x) as Values).map((y) => relocated(y, y.shape.length - 1)),
    stack,
  )
}

// ----------------------------------------------------------------------------------------------------------- chain rule

const compact = (list: readonly Opt[]): Tensor[] => list.filter((t) => t !== null)

const chained = (s: ProgramSample): Verdict => {
  const p = everyArgument(pointOf(s))[0]
  if (p === undefined) return agreed
  const g = floatsOnly(s.g.f)
  const both: ListFunction = (x) => g(p.f(x))
  const ys = both(p.x).map(({ shape, dtype }): Result => ({ shape, dtype }))
  return all([
    labelled(
      () => 'forward',
      agreeOver(
        [p.x, compact(p.v)],
        (x, v) => compact(jvpOf(both, x, v)),
        (x, v) => compact(jvpOf(g, p.f(x), jvpOf(p.f, x, v))),
      ),
    ),
    labelled(
      () => 'reverse',
      agreeOver(
        [p.x, compact(directionsOf(s, ys, 4))],
        (x, w) => compact(vjpOf(both, x, w)),
        (x, w) => compact(vjpOf(p.f, x, vjpOf(g, p.f(x), w))),
      ),
    ),
  ])
}

// ----------------------------------------------------------------------------------------------------------------- laws

/** The laws of meaning: tracing, simplifying, inlining and closing change nothing. */
const meaning: readonly Law<ProgramSample>[] = [
  law('tracing', 'run(trace f) = f', traced),
  law('simplification', 'run(simplify p) = run p, bit by bit, at special values too', simplified),
  law('inlining', 'inline(call p) = p', inlined),
  law('closing', 'close p on what it captured = p', closed),
]

/** The laws of composition: the chain rule. */
const composition: readonly Law<ProgramSample>[] = [
  law('chain rule', 'J(g∘f)(x) v = J g(f x) (J f(x) v), and its reverse', chained),
]

/**
 * The laws of programs, on random programs of at most `size` instructions.
 *
 * @example
 * ```ts
 * import * as Laws from 'lanac/laws'
 * import * as fc from 'fast-check'
 * fc.assert(Laws.program({ size: 4 }), { numRuns: 3 })
 * ```
 */
export const program = (options: { readonly size?: number } = {}): Suite =>
  suite(
    'programs',
    given(
      programs(options.size ?? 10),
      ...meaning,
      ...derivativeLaws.map(contramap(pointOf)),
      ...composition,
      ...axioms.map(contramap(pointOf)),
      ...batchLaws.map(contramap(stackOf)),
      law('vmap along other axes', 'vmap over the last axes = moving them first', otherAxes),
      ...compiledLaws.map(contramap(pointOf)),
    ),
  )
