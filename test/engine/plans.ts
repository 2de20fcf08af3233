/** Random programs, and what a schedule reads and writes, found by walking it. */
import * as fc from 'fast-check'
import { decode, fill, genome, pool } from '../../laws/random-program.js'
import type { Lane } from '../../src/core/lane.js'
import type { Memory, Nest, Source, Store } from '../../src/core/nest.js'
import { isFloat, type Tensor } from '../../src/core/value.js'
import type { Control } from '../../src/engine/control.js'
import { simd128 } from '../../src/engine/machine.js'
import { plain } from '../../src/engine/plain.js'
import { type Kernel, type Schedule, schedule } from '../../src/engine/schedule.js'
import { simplify } from '../../src/engine/simplify.js'
import { untapped } from '../../src/engine/tapped.js'
import { holdsTaps } from '../../src/tape/effect.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly, traceLeaves } from '../../src/tape/trace.js'
import { vjp } from '../../src/transform/reverse.js'

export type ListFunction = (x: readonly Tensor[]) => readonly Tensor[]

/** The closed, simplified program of a function. */
export const programOf = (f: ListFunction, x: readonly Tensor[]): Program => {
  const p = plain(simplify(traceLeaves(f, x.map(abstractly), { name: 'test' })))
  return untapped(p)?.program ?? p
}

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

/** A program and its schedule; of one inside control flow, the schedule alone. */
export interface Scheduled {
  readonly program: Program | null
  readonly schedule: Schedule
}

const routines = (k: Kernel) =>
  k.control === null ? [] : k.control.kind === 'repeat' ? [k.control.body] : [k.control.onTrue, k.control.onFalse]

/** The schedules inside a schedule, at any depth. */
const within = (s: Schedule): readonly Scheduled[] =>
  s.kernels.flatMap(routines).flatMap((r) => [{ program: null, schedule: r.schedule }, ...within(r.schedule)])

/** A property of schedules of programs of up to thirty instructions over the primitive table, some with derivatives. */
export const ofSchedules = (check: (s: Scheduled) => void): fc.IProperty<unknown[]> =>
  fc.property(genome(30), pool(-16, 16), fc.boolean(), (genes, numbers, derived) => {
    const { inputs, f } = decode(genes)
    const x = inputs.map((a, i) => fill(a, numbers, i))
    const program = programOf(derived && x.some((v) => isFloat(v.dtype)) ? pulled(f) : f, x)
    // a tap in control flow asks for the evaluator
    fc.pre(!holdsTaps(program))
    const s = schedule(program, simd128)
    if (s === null) throw new Error('not scheduled')
    check({ program, schedule: s })
    for (const inner of within(s)) check(inner)
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

/** One part of a kernel: what it reads, and what it writes. */
export interface Part {
  readonly reads: ReadonlySet<Memory>
  readonly writes: ReadonlySet<Memory>
  /** Whether it may read what it has written itself. */
  readonly reread: boolean
}

const controlPart = (c: Control): Part => {
  const kept = [...(c.check === null ? [] : [c.check]), c.frame]
  const [reads, writes] =
    c.kind === 'repeat'
      ? [
          [...c.constants, ...c.xs, ...c.carry.map((x) => x.start)],
          [...c.ys, ...c.carry.flatMap((x) => (x.spare === null ? [x.end] : [x.end, x.spare]))],
        ]
      : [[c.predicate, ...c.inputs], c.outputs]
  return { reads: new Set(reads), writes: new Set([...writes, ...kept]), reread: false }
}

/** What a kernel does, in order. */
export const partsOf = (k: Kernel): readonly Part[] => [
  ...k.nests.map((n) => ({ reads: readsOf(n), writes: writesOf(n), reread: n.traces.length > 0 })),
  ...(k.control === null ? [] : [controlPart(k.control)]),
]
