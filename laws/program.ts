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

const traced = (s: ProgramSample): Verdict => {
  const x = valuesOf(s)
  return all([
    labelled(() => 'traced', identical(run(trace(s.f.f, x), x), s.f.f(x))),
    labelled(
      () => 'traced twice',
      identical(
        run(
          trace((y) => run(trace(s.f.f, y), y), x),
          x,
        ),
        s.f.f(x),
      ),
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
  return identical(run(outer, x), s.f.f([builder.add(x[0] as Tensor, builder.like(x[0] as Tensor, 0)), ...x.slice(1)]))
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

// ------------------------------------------------------------------------------------------ reverse derivative categories

/** R[f](x, w) = Jᵀw: the reverse derivative of the differentiable part of a program at its differentiable inputs. */
const reverse = (f: ListFunction, x: Values, w: Values): Values => compact(vjpOf(f, x, w))
const forward = (f: ListFunction, x: Values, v: Values): Values => compact(jvpOf(f, x, v))

/** The differentiable part of a sample: function, point, two directions, two weights. */
interface Part {
  readonly f: ListFunction
  readonly x: Values
  readonly v: Values
  readonly u: Values
  readonly w: Values
  readonly z: Values
}

const onPart =
  (check: (p: Part) => Verdict) =>
  (s: ProgramSample): Verdict => {
    const p = everyArgument(pointOf(s))[0]
    if (p === undefined) return agreed
    return check({
      f: floatsOnly(p.f),
      x: p.x,
      v: compact(p.v),
      u: compact(p.u),
      w: compact(p.w),
      z: compact(p.z),
    })
  }

const plus = (x: Values, y: Values): Values => x.map((a, i) => builder.add(a, y[i] as Tensor))
const zeros = (x: Values): Values => x.map((v) => builder.like(v, 0))

const rd1 = onPart(({ f, x, w }) => {
  const g: ListFunction = (y) => f(y.map((v) => builder.sin(v)))
  return all([
    agreeOver(
      [x, w],
      (y, c) => reverse((t) => plus(f(t), g(t)), y, c),
      (y, c) => plus(reverse(f, y, c), reverse(g, y, c)),
    ),
    agreeOver(
      [x, w],
      (y, c) => reverse((t) => zeros(f(t)), y, c),
      (y) => zeros(y),
    ),
  ])
})

const rd2 = onPart(({ f, x, w, z }) =>
  all([
    agreeOver(
      [x, w, z],
      (y, c, d) => reverse(f, y, plus(c, d)),
      (y, c, d) => plus(reverse(f, y, c), reverse(f, y, d)),
    ),
    agreeOver(
      [x],
      (y) => reverse(f, y, zeros(w)),
      (y) => zeros(y),
    ),
  ]),
)

const rd3 = onPart(({ x, v }) =>
  all([
    identical(
      reverse((y) => y, x, v),
      v,
    ),
    ...v.map((c, i) =>
      identical(
        reverse((y) => [y[i] as Tensor], x, [c]),
        x.map((y, k) => (k === i ? c : builder.like(y, 0))),
      ),
    ),
  ]),
)

const rd4 = onPart(({ f, x, w, z }) => {
  const g: ListFunction = (y) => f(y.map((v) => builder.mul(v, 0.5)))
  return agreeOver(
    [x, w, z],
    (y, c, d) => reverse((t) => [...f(t), ...g(t)], y, [...c, ...d]),
    (y, c, d) => plus(reverse(f, y, c), reverse(g, y, d)),
  )
})

/** Jᵀ is linear in the cotangent, so what its own derivative there transposes to is J: double reverse is forward. */
const rd6 = onPart(({ f, x, w, z, v }) =>
  all([
    labelled(
      () => 'the derivative of R[f] in w along z is R[f](x, z)',
      agreeOver(
        [x, w, z],
        (y, c, d) => forward((t) => reverse(f, y, t), c, d),
        (y, _, d) => reverse(f, y, d),
      ),
    ),
    labelled(
      () => 'R[R[f]] in w is J v',
      agreeOver(
        [x, w, v],
        (y, c, t) => reverse((d) => reverse(f, y, d), c, t),
        (y, _, t) => forward(f, y, t),
      ),
    ),
  ]),
)

const rd7 = onPart(({ f, x, v, u }) => {
  const twice = (y: Values, s: Values, t: Values): Values => forward((r) => forward(f, r, s), y, t)
  return agreeOver([x, v, u], twice, (y, s, t) => twice(y, t, s))
})

// ------------------------------------------------------------------------------------------------- perturbation confusion

const ZERO = builder.full([], 'f64', 0)
const ONE = builder.full([], 'f64', 1)

const total = (y: Tensor): Tensor => builder.sum(builder.convert(y, 'f64'), range(y.shape.length))

/** x + a t */
const moved = (x: Values, t: Values, a: Tensor): Values =>
  x.map((y, i) =>
    builder.add(y, builder.mul(t[i] as Tensor, builder.broadcast(builder.convert(a, y.dtype), y.shape, []))),
  )

type Scalars = (a: Tensor) => Tensor

const modes: readonly ((h: Scalars) => Scalars)[] = [
  (h) => (a) => forward(([t]) => [h(t as Tensor)], [a], [ONE])[0] as Tensor,
  (h) => (a) => reverse(([t]) => [h(t as Tensor)], [a], [ONE])[0] as Tensor,
]

const wraps: readonly ((h: Scalars) => Scalars)[] = [
  (h) => h,
  (h) => (a) => compiled(([t]) => [h(t as Tensor)])([a])[0] as Tensor,
]

/** d/da [a · d/db φ(x + a v + b u)] at a = b = 0 is ∂φ/∂u alone: the inner derivative is not the outer's. */
const confusion = onPart(({ f, x, v, u, w }) => {
  const phi = (y: Values, c: Values): Tensor =>
    f(y).reduce<Tensor>((sum, r, i) => builder.add(sum, total(builder.mul(r, c[i] as Tensor))), ZERO)
  const expected = (y: Values, _: Values, d: Values, c: Values): Values => [
    modes[0]?.((b) => phi(moved(y, d, b), c))(ZERO) as Tensor,
  ]
  return all(
    modes.flatMap((outer) =>
      modes.flatMap((inner) =>
        wraps.map((wrap) =>
          agreeOver(
            [x, v, u, w],
            (y, s, d, c) => [
              outer((a) => builder.mul(a, inner(wrap((b) => phi(moved(moved(y, s, a), d, b), c)))(ZERO)))(ZERO),
            ],
            expected,
          ),
        ),
      ),
    ),
  )
})

// ----------------------------------------------------------------------------------------------------------------- laws

/** The laws of meaning: tracing, simplifying, inlining and closing change nothing. */
const meaning: readonly Law<ProgramSample>[] = [
  law('tracing', 'run(trace f) = f', traced),
  law('simplification', 'run(simplify p) = run p, bit by bit, at special values too', simplified),
  law('inlining', 'inline(call p) = p', inlined),
  law('closing', 'close p on what it captured = p', closed),
]

/** The laws of composition: the chain rule, and the axioms of reverse derivatives (arXiv 1910.07065). */
const composition: readonly Law<ProgramSample>[] = [
  law('chain rule', 'J(g∘f)(x) v = J g(f x) (J f(x) v), and its reverse', chained),
  law('RD1', 'R[f + g] = R[f] + R[g], R[0] = 0', rd1),
  law('RD2', 'R[f](x, w + z) = R[f](x, w) + R[f](x, z), R[f](x, 0) = 0', rd2),
  law('RD3', 'R[1](x, w) = w, R[πᵢ](x, w) = ιᵢ w', rd3),
  law('RD4', 'R[⟨f, g⟩](x, (w, z)) = R[f](x, w) + R[g](x, z)', rd4),
  law('RD6', 'R[f] is linear in the cotangent: its derivatives there are itself and J', rd6),
  law('RD7', 'D[D[f] v] u = D[D[f] u] v', rd7),
  law('no perturbation confusion', 'd/da [a · d/db φ(x + a v + b u)] = ∂φ/∂u at a = b = 0', confusion),
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
      ...batchLaws.map(contramap(stackOf)),
      law('vmap along other axes', 'vmap over the last axes = moving them first', otherAxes),
      ...compiledLaws.map(contramap(pointOf)),
    ),
  )
