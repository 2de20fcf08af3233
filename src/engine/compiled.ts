/**
 * Compiled programs: emitted once, called with addresses.
 *
 * What a program closes over is passed like its inputs, so the module depends on the program's structure alone.
 *
 * Code that reaches all of memory reads and writes long arrays on the JS heap, where the collector sees them: nothing is
 * copied in or out. Other code finds them in the arena; long results may pass it by.
 */
import { ValueError } from '../core/error.js'
import type { Program } from '../tape/program.js'
import type { Concrete } from '../tensor/concrete.js'
import { type Arena, type Origin, Slab } from './arena.js'
import type { Backend, Module } from './backend.js'
import { callOf } from './call.js'
import { callLayout, type IsOnHeap, inside, longFrom } from './call-layout.js'
import type { Machine } from './machine.js'
import { type MemoryPlan, outsideOf, planMemory } from './memory-plan.js'
import { passingBy, reaching } from './on-heap.js'
import { type Schedule, schedule } from './schedule.js'
import type { Compiled } from './target.js'
import { wasm } from './wasm/backend.js'
import { type WrittenCall, writtenCall } from './written-call.js'

// -------------------------------------------------------------------------------------------------------------- running

/** A call as it was written out; undefined where it has to be made in another way. */
const attempt = (call: WrittenCall, inputs: readonly Concrete[]): ReturnType<WrittenCall> => {
  try {
    return call(inputs)
  } catch (e) {
    if (!(e instanceof ValueError)) throw e
    return undefined
  }
}

/** Runs after which a call is written out: what is run a second time is likely to be run again. */
const OFTEN = 1

/** A program that lacks nothing but its code. */
export interface Planned {
  readonly program: Program
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  /** Bytes from which on what it reads and writes lies on the heap. */
  readonly long: number
}

/**
 * A closed, simplified program, scheduled for a machine; null when it is not one for this engine: it holds a primitive that is
 * not lowered, or more than the arena. `long`: bytes from which on an array lies on the heap.
 */
export const planned = (
  program: Program,
  a: Arena,
  machine: Machine,
  long = Number.POSITIVE_INFINITY,
): Planned | null => {
  const s = schedule(program, machine)
  if (s === null) return null
  const plan = planMemory(s)
  if (inside(outsideOf(s), longFrom(long)) > a.capacity / 2 || plan.size > 2 ** 30) return null
  return { program, schedule: s, plan, long }
}

/** A program and its code. */
export const assembled = (
  { program: p, schedule: s, plan, long }: Planned,
  arena: Arena,
  target: Compiled['target'],
  { run, kernels: each, text, size, splits, reach, passing }: Module,
): Compiled => {
  const layoutOf = (isOnHeap: IsOnHeap) => callLayout(p, s, plan, isOnHeap, reach !== undefined)
  const layout = layoutOf(longFrom(long))
  const onHeap = reach === undefined ? null : reaching(arena, reach)
  const call = callOf({ layout, arena, run, onHeap, origin: null })
  let quick: WrittenCall | null = null
  let runs = 0
  const runStaying: Compiled['run'] = (inputs, constants) => {
    if (runs <= OFTEN && ++runs > OFTEN && s.constants.length === 0) quick = writtenCall(layout, arena, run, onHeap)
    if (quick !== null) {
      const out = attempt(quick, inputs)
      if (out !== undefined) return out
    }
    return call.run(inputs, constants)
  }
  const kernels: Compiled['kernels'] = (inputs, constants) => {
    const results = call.run(inputs, constants)
    // what lies on the heap stays for as long as somebody may run them
    const held = [inputs, constants, results]
    return results === null
      ? null
      : each.map((kernel) => () => {
          kernel(call.table())
          return held
        })
  }
  const compiled: Compiled = { target, schedule: s, plan, text, size, splits, run: runStaying, kernels }
  if (passing === undefined) return compiled
  const pass = new Set(passing.outputs.map((i) => s.outputs[i]))
  const origin: Origin = { left: false, returned: false }
  const calling = { layout: layoutOf((m) => pass.has(m)), arena, run, onHeap: passingBy(passing), origin }
  const { run: runPassing } = callOf(calling)
  return {
    ...compiled,
    // results stay until one has left the arena unused, and from when one has come back that had passed by
    run: (inputs, constants) => {
      if (origin.returned) return runStaying(inputs, constants)
      if (origin.left) {
        const out = runPassing(inputs, constants)
        passing.into.fill(null)
        return out
      }
      const out = runStaying(inputs, constants)
      for (const i of passing.outputs) {
        const home = out?.[i]?.residence
        if (home instanceof Slab) home.origin = origin
      }
      return out
    },
  }
}

/** Compiles a closed, simplified program; null when it is not one for this engine. */
export const compileProgram = (p: Program, a: Arena, backend: Backend = wasm, threads = 1): Compiled | null => {
  const x = planned(p, a, backend.machine, backend.long)
  return x === null ? null : assembled(x, a, backend.target, backend.load(x.schedule, x.plan, a, threads))
}
