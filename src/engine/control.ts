/**
 * Control flow between kernels: a schedule run again and again, or one of two.
 *
 * What a routine reads and writes lies in memory of the program around it. Nothing is copied on the way in or out: rows of
 * stacks are read and written where they lie, and a carry goes back and forth between two places, the last of which is
 * that of the result.
 */
import { source } from '../core/lane.js'
import { along, type Load, type Loop, type Memory, type Nest, put, storing } from '../core/nest.js'
import type { DType } from '../core/value.js'
import type { CondParams } from '../primitive/cond.js'
import type { ScanParams } from '../primitive/scan.js'
import type { MemoryPlan } from './memory-plan.js'
import { laneType } from './rules.js'
import type { Schedule } from './schedule.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A schedule inside another one, and where its scratch lies in its frame. */
export interface Routine {
  readonly schedule: Schedule
  readonly plan: MemoryPlan
}

/** A value carried from round to round: the first round reads `start`, the last one writes `end`, others use both places. */
export interface Carry {
  readonly start: Memory
  readonly end: Memory
  /** Null where there is but one round. */
  readonly spare: Memory | null
}

/** A routine of (constants, carry, rows of xs) → (carry, rows of ys), run in order. */
export interface Repeat {
  readonly kind: 'repeat'
  /** Rounds, at least one. */
  readonly length: number
  /** Rows from the last to the first. */
  readonly reverse: boolean
  readonly body: Routine
  readonly constants: readonly Memory[]
  readonly carry: readonly Carry[]
  readonly xs: readonly Memory[]
  readonly ys: readonly Memory[]
  /** Memory of the running routine. */
  readonly frame: Memory
  /** How often an index was out of range in it; null where there is none to check. */
  readonly check: Memory | null
}

/** One of two routines of the same inputs and outputs. */
export interface Branch {
  readonly kind: 'branch'
  readonly predicate: Memory
  readonly onTrue: Routine
  readonly onFalse: Routine
  readonly inputs: readonly Memory[]
  readonly outputs: readonly Memory[]
  readonly frame: Memory
  readonly check: Memory | null
}

export type Control = Repeat | Branch

/** What control flow is given: memory of its arguments and results, and more where it needs it. */
export interface ControlSite {
  readonly args: readonly Memory[]
  readonly results: readonly Memory[]
  readonly scratch: (dtype: DType, size: number) => Memory
}

const LINE = 64

/** Bytes of an address, for any target. */
const ADDRESS = 8

/** Bytes of the table of addresses that a routine is called with: that of its workspace, then those of what lies outside. */
export const tableSize = (s: Schedule): number =>
  Math.ceil((ADDRESS * (1 + s.inputs.length + s.outputs.length)) / LINE) * LINE

// --------------------------------------------------------------------------------------------------------- constructors

/** What routines share: a frame for any of them while it runs, and a count of what was out of range. */
const running = (
  routines: readonly Routine[],
  { scratch }: ControlSite,
): { readonly frame: Memory; readonly check: Memory | null } => ({
  frame: scratch('f64', Math.max(...routines.map((r) => tableSize(r.schedule) + r.plan.size)) / 8),
  check: routines.some((r) => r.schedule.checks.length > 0) ? scratch('i32', 1) : null,
})

/** A scan. */
const repeat = (p: ScanParams, body: Routine, site: ControlSite): Repeat => {
  const { constants: nc, carry: nk, length, reverse } = p
  const { args, results } = site
  return {
    kind: 'repeat',
    length,
    reverse,
    body,
    constants: args.slice(0, nc),
    carry: args.slice(nc, nc + nk).map((start, i) => ({
      start,
      end: results[i] as Memory,
      spare: length > 1 ? site.scratch(start.dtype, start.size) : null,
    })),
    xs: args.slice(nc + nk),
    ys: results.slice(nk),
    ...running([body], site),
  }
}

const branch = ([onTrue, onFalse]: readonly Routine[], site: ControlSite): Branch => ({
  kind: 'branch',
  predicate: site.args[0] as Memory,
  onTrue: onTrue as Routine,
  onFalse: onFalse as Routine,
  inputs: site.args.slice(1),
  outputs: site.results,
  ...running([onTrue as Routine, onFalse as Routine], site),
})

/** What a scan of no rounds gives: the carry as it was. */
const unchanged = (p: ScanParams, { args, results }: ControlSite): readonly Nest[] =>
  args.slice(p.constants, p.constants + p.carry).map((from, i) => {
    const loop: Loop = { size: from.size }
    const load: Load = { kind: 'load', memory: from, index: along(loop), plus: null }
    return storing([loop], [put(results[i] as Memory, along(loop), source(laneType(from.dtype), load))])
  })

/** Control flow with these parameters, between the memory of its arguments and results. */
export const controlOf = (
  params: ScanParams | CondParams,
  routines: readonly Routine[],
  site: ControlSite,
): { readonly nests: readonly Nest[]; readonly control: Control | null } => {
  if (!('program' in params)) return { nests: [], control: branch(routines, site) }
  if (params.length === 0) return { nests: unchanged(params, site), control: null }
  return { nests: [], control: repeat(params, routines[0] as Routine, site) }
}

// -------------------------------------------------------------------------------------------------------------- running

/** The routines of control flow. */
export const routinesOf = (c: Control): readonly Routine[] => (c.kind === 'repeat' ? [c.body] : [c.onTrue, c.onFalse])

/** What control flow reads and writes of the program around it. */
export const touchedBy = (c: Control): readonly Memory[] => [
  ...(c.kind === 'repeat'
    ? [...c.constants, ...c.carry.flatMap((x) => [x.start, x.end, x.spare]), ...c.xs, ...c.ys]
    : [c.predicate, ...c.inputs, ...c.outputs]
  ).filter((m) => m !== null),
  c.frame,
  ...(c.check === null ? [] : [c.check]),
]
