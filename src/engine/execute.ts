/**
 * Running closed programs: compiled where that can be done, by the evaluator where not.
 *
 * Modules are kept by structure: entries, shapes and element types, not the values that a program closes over. Two closures
 * with the same program share one, and the number kept is bounded.
 */

import type { ProgramLike } from '../core/program.js'
import type { Tensor } from '../core/value.js'
import type { CustomParams } from '../primitive/composite.js'
import type { CondParams } from '../primitive/cond.js'
import type { Primitive } from '../primitive/record.js'
import type { ScanParams } from '../primitive/scan.js'
import { type Algebra, right, valueAlgebra } from '../tape/fold.js'
import { applyMany } from '../tape/node.js'
import { entryCount, inline, type Program } from '../tape/program.js'
import { traceLeaves } from '../tape/trace.js'
import { type Concrete, elementAt } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { type Arena, arena } from './arena.js'
import { type CompiledProgram, compileProgram } from './compiled.js'
import { concreteAlgebra, evaluate } from './evaluate.js'
import { canCompileJs, compileInJs, type JsProgram } from './js/program.js'
import { paramsKey, simplify } from './simplify.js'
import { hasVectors, mayCompile } from './wasm/features.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A closed program, ready to run. */
export type Executable = (inputs: readonly Concrete[]) => Tensor[]

/** Bytes of the ring in which values stay resident. */
const CAPACITY = 2 ** 27

/** Entries beyond which compiling takes longer than it saves: such programs are evaluated. */
const LONGEST = 20_000

/** Modules kept. */
const KEPT = 512

// -------------------------------------------------------------------------------------------------------------- engine

/** A program that has been compiled for one of the targets. */
export type Compiled = CompiledProgram | JsProgram

interface Engine {
  /** Null where WebAssembly with vectors is not to be had, or forbidden: programs become JavaScript. */
  readonly arena: Arena | null
  /** By structure, the one used longest ago first; null: to be evaluated. */
  readonly modules: Map<string, Compiled | null>
}

const newArena = (): Arena | null => {
  try {
    return typeof WebAssembly === 'object' && hasVectors() && mayCompile() ? arena(CAPACITY) : null
  } catch {
    return null
  }
}

/** The engine of this page, made when it is first needed; null where nothing can be compiled. */
const engine: () => Engine | null = (() => {
  let made: Engine | null | undefined
  return () => {
    if (made === undefined) {
      const arena = newArena()
      made = arena === null && !canCompileJs() ? null : { arena, modules: new Map() }
    }
    return made
  }
})()

// ----------------------------------------------------------------------------------------------------------- structure

const isCustom = (primitive: Primitive): boolean => primitive.name === 'custom'

/** Custom operations replaced by what they compute. */
const plainAlgebra: Algebra<Tensor> = {
  ...valueAlgebra,
  many: (primitive, params, args) =>
    isCustom(primitive) ? (params as CustomParams).run(args) : applyMany(primitive, params, args),
}

/** The same program without calls and custom operations. */
export const plain = (p: Program): Program => {
  let q = inline(p)
  while (q.primitives.some(isCustom))
    q = inline(traceLeaves((v) => right(q, v, plainAlgebra), q.inputs, { name: 'jit' }))
  return q === p ? p : simplify(q)
}

/** Whether control flow is left: that is for the evaluator. */
const holdsPrograms = (p: Program): boolean => p.primitives.some((x) => x.results === 'many')

/** A text that is equal for programs of one structure. */
const structureKey = (p: Program): string => {
  const parts: string[] = [p.inputs.map((a) => `${a.dtype}${a.weak ? '?' : ''}[${a.shape.join()}]`).join()]
  for (const c of p.constants as readonly Concrete[])
    parts.push(
      c.buffer === null || sizeOf(c.shape) === 1
        ? `${c.dtype}${c.weak ? '?' : ''}[${c.shape.join()}]=${Object.is(elementAt(c, 0), -0) ? '-0' : elementAt(c, 0)}`
        : `${c.dtype}${c.weak ? '?' : ''}[${c.shape.join()}]`,
    )
  for (let k = 0; k < entryCount(p); k++)
    parts.push(
      `${p.primitives[k]?.name}|${paramsKey(p.params[k], () => 0)}|${p.refs.slice(p.start[k], p.start[k + 1]).join()}`,
    )
  parts.push(p.outputs.join())
  return parts.join(';')
}

// -------------------------------------------------------------------------------------------------------------- running

const compiledBy = (e: Engine, p: Program): Compiled | null => {
  const key = structureKey(p)
  const known = e.modules.get(key)
  if (known !== undefined) {
    e.modules.delete(key)
    e.modules.set(key, known)
    return known
  }
  const made = (e.arena === null ? null : compileProgram(p, e.arena)) ?? compileInJs(p)
  e.modules.set(key, made)
  if (e.modules.size > KEPT) e.modules.delete(e.modules.keys().next().value as string)
  return made
}

/** A closed, simplified program as it is run, and what runs it; null: the evaluator. */
export const prepared = (program: Program): { readonly program: Program; readonly compiled: Compiled | null } => {
  const e = engine()
  if (e === null) return { program, compiled: null }
  const p = plain(program)
  return { program: p, compiled: holdsPrograms(p) || entryCount(p) > LONGEST ? null : compiledBy(e, p) }
}

/** Elements of all values below which the call of a compiled program takes longer than the evaluator. */
const SMALL = 32

const isSmall = (p: Program): boolean =>
  !holdsPrograms(p) && p.slots.reduce((n, a) => n + sizeOf(a.shape), 0) + entryCount(p) < SMALL

const bodies = new WeakMap<ProgramLike, Executable>()

/** What control flow runs, compiled where that can be done. */
const runBody = (p: ProgramLike, x: readonly Concrete[]): readonly Concrete[] => {
  let run = bodies.get(p)
  if (run === undefined) {
    run = isSmall(p as Program) ? (y) => evaluate(p as Program, y) : executable(p as Program)
    bodies.set(p, run)
  }
  return run(x) as readonly Tensor[] as readonly Concrete[]
}

/** Control flow with its programs compiled; the rest as the evaluator has it. */
const aroundBodies: Algebra<Concrete> = {
  ...concreteAlgebra,
  many: (primitive, params, args) => {
    const { folds } = params as CondParams | ScanParams
    return folds === undefined
      ? concreteAlgebra.many(primitive, params, args)
      : primitive.evaluate({ ...(params as object), folds: { ...folds, evaluate: runBody } } as never, args)
  },
}

/** A closed, simplified program, to be run again and again. Compiled when it is first called. */
export const executable = (program: Program): Executable => {
  let run: Executable | undefined
  return (inputs) => {
    if (run === undefined) {
      const { program: p, compiled: c } = prepared(program)
      // what the evaluator refuses, it refuses in its own words
      run =
        c === null
          ? (x) => evaluate(p, x, holdsPrograms(p) ? aroundBodies : concreteAlgebra)
          : (x) => c.run(x, p.constants) ?? evaluate(program, x)
    }
    return run(inputs)
  }
}
