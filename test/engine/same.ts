/** Targets held to the evaluator: a program is compiled for each, and run twice. */
import * as fc from 'fast-check'
import { agreed, all, holds, labelled, type Verdict } from '../../laws/law.js'
import { agree, type ListFunction } from '../../laws/rounding.js'
import type { Abstract, Tensor } from '../../src/core/value.js'
import { evaluate } from '../../src/engine/evaluate.js'
import { plain } from '../../src/engine/plain.js'
import { simplify } from '../../src/engine/simplify.js'
import { untapped } from '../../src/engine/tapped.js'
import type { Compiled } from '../../src/engine/target.js'
import { holdsTaps } from '../../src/tape/effect.js'
import { run as runTape } from '../../src/tape/fold.js'
import { isNode } from '../../src/tape/node.js'
import type { Program } from '../../src/tape/program.js'
import { show } from '../../src/tape/show.js'
import { abstractly, traceLeaves } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What is held to the evaluator. */
export interface Tested {
  readonly name: string
  readonly compile: (p: Program) => Pick<Compiled, 'run'> | null
  /** Told of programs that will be compiled soon, where that takes less for many at once. */
  readonly prepare?: (programs: readonly Program[]) => void
}

/** A function, what it is given, and how results are compared. */
export interface Case {
  readonly f: ListFunction
  readonly x: readonly Tensor[]
  readonly compare?: typeof agree
}

/** A function, and the types of what it will be given. */
export interface Announced {
  readonly f: ListFunction
  readonly x: readonly Abstract[]
}

// ------------------------------------------------------------------------------------------------------------- programs

/** A function as targets are given it; null where a tap in control flow asks for the evaluator. */
export const programOf = (f: ListFunction, x: readonly Abstract[]): Program | null => {
  const whole = plain(simplify(traceLeaves(f, x, { name: 'engine' })))
  const p = untapped(whole)?.program ?? whole
  return holdsTaps(p) ? null : p
}

/** A program as it runs, what its taps print among its results; traced, it is its own tape, so that all of them have bounds. */
const on =
  (p: Program, run: (values: readonly Concrete[]) => readonly Tensor[] | null): ListFunction =>
  (values) => {
    if (values.some(isNode)) return runTape(p, values)
    const out = run(values as readonly Concrete[])
    if (out === null) throw new Error('an index out of range')
    return out
  }

// -------------------------------------------------------------------------------------------------------------- running

/** Announces programs to the targets. */
export const prepare = (targets: readonly Tested[], list: readonly Announced[]): void => {
  if (targets.every((t) => t.prepare === undefined)) return
  const known = list.flatMap(({ f, x }) => programOf(f, x) ?? [])
  for (const t of targets) t.prepare?.(known)
}

const sameEverywhere = (targets: readonly Tested[], { f, x, compare = agree }: Case): Verdict => {
  const p = programOf(f, x.map(abstractly))
  if (p === null) return agreed
  const reference = on(p, (values) => evaluate(p, values))
  const compiled = targets.map(({ name, compile }) => {
    const made = compile(p)
    if (made === null) throw new Error(`not compiled for ${name}:\n${show(p)}`)
    return { name, run: on(p, (values) => made.run(values, p.constants)) }
  })
  return all(
    ['', ' again'].flatMap((again) =>
      compiled.map(({ name, run }) => labelled(() => `${name}${again}, of\n${show(p)}`, compare(run, reference, x))),
    ),
  )
}

/** Every target computes what the evaluator does, twice in a row. @throws Error where one does not */
export const assertSame = (targets: readonly Tested[], c: Case): void => {
  const v = sameEverywhere(targets, c)
  if (!holds(v)) throw new Error(`${v.witness()}\nresidual ${v.residual}, tolerance ${v.tolerance}`)
}

/** So many cases are the same everywhere, `batch` of them prepared at once. */
export const assertAlways = (
  targets: readonly Tested[],
  cases: fc.Arbitrary<Case>,
  { times, batch }: { readonly times: number; readonly batch: number },
): void =>
  fc.assert(
    fc.property(fc.array(cases, { minLength: batch, maxLength: batch }), (drawn) => {
      const list = drawn.filter((c) => c.f(c.x).length > 0)
      prepare(
        targets,
        list.map(({ f, x }) => ({ f, x: x.map(abstractly) })),
      )
      for (const c of list) assertSame(targets, c)
    }),
    { numRuns: Math.ceil(times / batch) },
  )
