/** Control flow and custom operations written out: the branch that is taken, every step of a loop, what an operation computes. */
import type { Tensor } from '../src/core/value.js'
import type { CustomParams } from '../src/primitive/composite.js'
import type { CondParams } from '../src/primitive/cond.js'
import type { Primitive } from '../src/primitive/record.js'
import type { ScanParams } from '../src/primitive/scan.js'
import { run } from '../src/tape/fold.js'
import { builder } from '../src/tape/node.js'
import { inline, type Program } from '../src/tape/program.js'
import { abstractly, traceLeaves } from '../src/tape/trace.js'
import { type Concrete, elementAt } from '../src/tensor/concrete.js'
import { range } from '../src/tensor/shape.js'

/** Row `i` along the first axis. */
export const rowOf = (x: Tensor, i: number): Tensor =>
  builder.reshape(
    builder.slice(x, {
      start: x.shape.map((_, axis) => (axis === 0 ? i : 0)),
      stop: x.shape.map((n, axis) => (axis === 0 ? i + 1 : n)),
      step: x.shape.map(() => 1),
    }),
    x.shape.slice(1),
  )

/** Rows along a new first axis; `like` says what rows are, where there are none. */
export const stackOf = (
  rows: readonly Tensor[],
  like: { readonly shape: readonly number[]; readonly dtype: Tensor['dtype'] },
) =>
  rows.length === 0
    ? builder.full([0, ...like.shape], like.dtype, 0)
    : builder.concatenate(
        rows.map((y) => builder.reshape(y, [1, ...y.shape])),
        0,
      )

/** A scan, step after step. */
export const steps =
  (p: ScanParams) =>
  (x: readonly Tensor[]): readonly Tensor[] => {
    const program = p.program as Program
    const constants = x.slice(0, p.constants)
    const xs = x.slice(p.constants + p.carry)
    const rows: Tensor[][] = range(p.length).map(() => [])
    let carry = x.slice(p.constants, p.constants + p.carry)
    for (const k of p.reverse ? range(p.length).reverse() : range(p.length)) {
      const out = run(program, [...constants, ...carry, ...xs.map((v) => rowOf(v, k))])
      carry = out.slice(0, p.carry)
      rows[k] = out.slice(p.carry)
    }
    const ys = program.results.slice(p.carry)
    return [
      ...carry,
      ...ys.map((a, i) =>
        stackOf(
          rows.map((r) => r[i] as Tensor),
          a,
        ),
      ),
    ]
  }

/** What control flow does at these values, without control flow, and a custom operation; null for any other primitive. */
export const unrolled = (primitive: Primitive, params: unknown, x: readonly Tensor[]): Program | null => {
  const written = (f: (v: readonly Tensor[]) => readonly Tensor[]): Program =>
    inline(traceLeaves(f, x.map(abstractly), { name: 'unrolled' }))
  if (primitive.name === 'scan') return written(steps(params as ScanParams))
  if (primitive.name === 'custom') return written((params as CustomParams).run)
  if (primitive.name !== 'cond') return null
  const { onTrue, onFalse } = params as CondParams
  const branch = elementAt(x[0] as Concrete, 0) === 0 ? onFalse : onTrue
  return written((v) => run(branch as Program, v.slice(1)))
}

/** The programs that control flow runs; none for any other primitive. */
export const programsIn = (primitive: Primitive, params: unknown): readonly Program[] =>
  primitive.name === 'scan'
    ? [(params as ScanParams).program as Program]
    : primitive.name === 'cond'
      ? [(params as CondParams).onTrue as Program, (params as CondParams).onFalse as Program]
      : []
