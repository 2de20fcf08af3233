/** Random programs, and what a schedule reads and writes, found by walking it. */
import * as fc from 'fast-check'
import { decode, fill, genome, pool } from '../../laws/random-program.js'
import type { Lane } from '../../src/core/lane.js'
import type { Memory, Nest, Source, Store } from '../../src/core/nest.js'
import { isFloat, type Tensor } from '../../src/core/value.js'
import { plain } from '../../src/engine/plain.js'
import { type Schedule, schedule } from '../../src/engine/schedule.js'
import { simplify } from '../../src/engine/simplify.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly, traceLeaves } from '../../src/tape/trace.js'
import { vjp } from '../../src/transform/reverse.js'

export type ListFunction = (x: readonly Tensor[]) => readonly Tensor[]

/** The closed, simplified program of a function. */
export const programOf = (f: ListFunction, x: readonly Tensor[]): Program =>
  plain(simplify(traceLeaves(f, x.map(abstractly), { name: 'test' })))

/** The first result of a function, and its derivative by each of the floats among its arguments. */
const pulled =
  (f: ListFunction): ListFunction =>
  (x) => {
    const of = (...floats: readonly Tensor[]): Tensor => {
      const left = [...floats]
      return f(x.map((v) => (isFloat(v.dtype) ? (left.shift() as Tensor) : v)))[0] as Tensor
    }
    const [y, back] = vjp(of as never, ...x.filter((v) => isFloat(v.dtype))) as unknown as readonly [
      Tensor,
      (ct: Tensor) => readonly Tensor[],
    ]
    return [y, ...back(y)]
  }

/** A program and its schedule. */
export interface Scheduled {
  readonly program: Program
  readonly schedule: Schedule
}

/** A property of schedules of programs of up to thirty instructions over the primitive table, some with derivatives. */
export const ofSchedules = (check: (s: Scheduled) => void): fc.IProperty<unknown[]> =>
  fc.property(genome(30), pool(-16, 16), fc.boolean(), (genes, numbers, derived) => {
    const { inputs, f } = decode(genes)
    const x = inputs.map((a, i) => fill(a, numbers, i))
    const program = programOf(derived && x.some((v) => isFloat(v.dtype)) ? pulled(f) : f, x)
    const s = schedule(program)
    // control flow is for the evaluator
    fc.pre(s !== null)
    check({ program, schedule: s })
  }) as never

/** Where a nest reads, by walking every lane that it computes. */
export const readsOf = (nest: Nest): ReadonlySet<Memory> => {
  const found = new Set<Memory>()
  const seen = new Set<Lane>()
  const visit = (lane: Lane): void => {
    if (seen.has(lane)) return
    seen.add(lane)
    if (lane.op === 'source') {
      const data = lane.data as Source
      if (data.kind === 'load') {
        found.add(data.memory)
        if (data.plus !== null) visit(data.plus)
      }
    }
    lane.args.forEach(visit)
  }
  const store = (s: Store): void => {
    visit(s.value)
    if (s.plus !== null) visit(s.plus)
    if (s.mode === 'add') found.add(s.memory)
  }
  for (const f of nest.folds) {
    f.init.forEach(visit)
    f.next.forEach(visit)
    if (f.join !== null) visit(f.join.step)
  }
  nest.traces.forEach(store)
  nest.stores.forEach(store)
  return found
}

/** Where a nest writes. */
export const writesOf = (nest: Nest): ReadonlySet<Memory> =>
  new Set([...nest.traces, ...nest.stores].map((s) => s.memory))
