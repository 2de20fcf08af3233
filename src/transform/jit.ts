/**
 * jit: trace once for each structure, shapes and element types, simplify, run the tape.
 *
 * Inside another trace a compiled function is a call of its program. Nests deeper than a hundred are traced as if jit
 * were not there: the outer ones compile all of it anyway, and the JS stack stays shallow.
 */

import { TreeError, ValueError } from '../core/error.js'
import { once } from '../core/once.js'
import type { Abstract, Tensor } from '../core/value.js'
import { eager } from '../engine/eager.js'
import { eagerLoop } from '../engine/eager-loop.js'
import { type Asked, type Executable, executionOf } from '../engine/execute.js'
import { simplify } from '../engine/simplify.js'
import { tapping } from '../engine/tapped.js'
import type { Execution, Target } from '../engine/target.js'
import { run } from '../tape/fold.js'
import { accelerate, builder, isNode, type Value } from '../tape/node.js'
import { close, type Program } from '../tape/program.js'
import { abstractly, flattenArguments, flattenValues, traceTree } from '../tape/trace.js'
import { type Concrete, elementAt, weakScalar } from '../tensor/concrete.js'
import { sameShape, sizeOf } from '../tensor/shape.js'
import { type Assemble, assembler, type Collect, collector } from '../tree/known.js'
import { type Leaf, type Structure, sameStructure, unflatten } from '../tree/tree.js'
import { ENOUGH_RUNS, watch } from './retrace.js'

// ---------------------------------------------------------------------------------------------------------------- model

type AnyFunction = (...args: never[]) => unknown

/**
 * `check`: run the function again without jit and compare, to catch closures that changed since it was traced. `target`,
 * `threads`: what it is compiled for.
 */
export interface JitOptions extends Asked {
  readonly check?: boolean | undefined
}

interface Compiled {
  readonly structure: Structure
  readonly inputs: readonly Abstract[]
  readonly program: Program
  readonly execute: Executable
  readonly captured: readonly Tensor[]
  readonly result: Structure
  /** Takes arguments like those it was traced with apart, and puts results together; made for its second call. */
  readonly again: () => { readonly collect: Collect; readonly assemble: Assemble }
}

const MAX_ENTRIES = 64
const MAX_DEPTH = 100

// whoever has compiled functions has compiled operations too
accelerate({ single: eager, many: eagerLoop })

// -------------------------------------------------------------------------------------------------------------- running

const accepts = (c: Compiled, structure: Structure, leaves: readonly Tensor[]): boolean => {
  if (leaves.length !== c.inputs.length || !sameStructure(c.structure, structure)) return false
  for (let i = 0; i < leaves.length; i++) {
    const x = leaves[i] as Value
    const a = c.inputs[i] as Abstract
    if (x.dtype !== a.dtype || x.weak !== a.weak || !sameShape(x.shape, a.shape)) return false
  }
  return true
}

const compile = (
  f: AnyFunction,
  structure: Structure,
  leaves: readonly Tensor[],
  depth: number,
  execution: Execution,
): Compiled => {
  const inputs = leaves.map(abstractly)
  const traced = traceTree(f, structure, inputs, { name: 'jit', depth })
  const { program, captured } = close(traced.program)
  const simplified = captured.length === 0 ? simplify(program) : program
  return {
    structure,
    inputs,
    program: simplified,
    execute: tapping(simplified, execution),
    captured,
    result: traced.result,
    again: once(() => ({ collect: collector(structure), assemble: assembler(traced.result) })),
  }
}

/** How many compiled functions are being traced around these values. */
const depthOf = (leaves: readonly Tensor[]): number => {
  let depth = 0
  for (const x of leaves) for (const s of (x as Value).scopes) depth = Math.max(depth, s.depth)
  return depth
}

const call = (c: Compiled, leaves: readonly Tensor[]): unknown => {
  const args = c.captured.length === 0 ? leaves : [...c.captured, ...leaves]
  const results = args.some(isNode)
    ? builder.call({ name: 'jit', program: c.program, run: (xs) => run(c.program, xs) }, args)
    : c.execute(args as readonly Concrete[])
  return unflatten({ structure: c.result, leaves: results })
}

/** Exact comparison but for NaN, up to the last bits that another order of summation moves. */
const agree = (x: Concrete, y: Concrete): boolean => {
  if (x.dtype !== y.dtype || !sameShape(x.shape, y.shape)) return false
  const tolerance = x.dtype === 'f32' ? 1e-4 : 1e-9
  for (let i = 0; i < sizeOf(x.shape); i++) {
    const p = elementAt(x, i)
    const q = elementAt(y, i)
    if (!(Object.is(p, q) || p === q || Math.abs(p - q) <= tolerance * Math.max(1, Math.abs(p), Math.abs(q))))
      return false
  }
  return true
}

const verify = (f: AnyFunction, args: readonly unknown[], out: unknown): void => {
  const fresh = flattenValues(f(...(args as never[])))
  const cached = flattenValues(out)
  if (!sameStructure(fresh.structure, cached.structure))
    throw new TreeError({
      operation: 'jit',
      problem: 'the function returns another structure than when it was traced: something it closes over has changed',
      hint: 'pass what changes as an argument',
    })
  fresh.leaves.forEach((x, i) => {
    if (!isNode(x) && !isNode(cached.leaves[i] as Tensor) && !agree(x as Concrete, cached.leaves[i] as Concrete))
      throw new ValueError({
        operation: 'jit',
        problem: 'the function gives another result than when it was traced: something it closes over has changed',
        hint: 'pass what changes as an argument',
      })
  })
}

/** What functions were to be compiled for. */
const asked = new WeakMap<AnyFunction, Asked>()

/** What a function of `jit` was asked to be compiled for; nothing for any other one. */
export const askedOf = (f: AnyFunction): Asked => asked.get(f) ?? {}

/** The function, traced once for each kind of arguments. */
export const jit = (f: AnyFunction, options: JitOptions = {}): ((...args: unknown[]) => unknown) => {
  const entries: Compiled[] = []
  const execution = executionOf('jit', options)
  const traced = watch(f.name)
  /** Calls since the last trace that needed none, counted as far as it matters. */
  let runs = 0
  const lookUp = (structure: Structure, leaves: readonly Tensor[]): Compiled | undefined => {
    for (let i = entries.length - 1; i >= 0; i--) {
      const c = entries[i] as Compiled
      if (accepts(c, structure, leaves)) return c
    }
    return undefined
  }
  const remember = (c: Compiled): Compiled => {
    // what was captured belongs to an outer trace that will end: such a program is good for this call only
    if (c.captured.length > 0) return c
    if (entries.length === MAX_ENTRIES) entries.shift()
    entries.push(c)
    return c
  }
  /** Arguments like those of the last call: run without taking them apart into a structure. */
  const again = (args: readonly unknown[]): readonly Concrete[] | null => {
    const c = entries[entries.length - 1]
    if (c === undefined) return null
    const found = c.again().collect(args)
    if (found === null) return null
    const { inputs } = c
    for (let i = 0; i < found.length; i++) {
      const x = found[i] as Leaf
      const a = inputs[i] as Abstract
      if (typeof x === 'number') {
        if (!a.weak) return null
        found[i] = weakScalar(x)
        continue
      }
      const v = x as Value
      if (isNode(v) || v.dtype !== a.dtype || v.weak !== a.weak || !sameShape(v.shape, a.shape)) return null
    }
    return found as readonly Tensor[] as readonly Concrete[]
  }
  const fast = (...args: unknown[]): unknown => {
    const quick = options.check === true ? null : again(args)
    if (quick !== null) {
      if (runs < ENOUGH_RUNS) runs += 1
      const c = entries[entries.length - 1] as Compiled
      return c.again().assemble(c.execute(quick))
    }
    const { structure, leaves } = flattenArguments('jit', args)
    const known = lookUp(structure, leaves)
    if (known === undefined && depthOf(leaves) >= MAX_DEPTH) return f(...(args as never[]))
    const compiled = known ?? remember(compile(f, structure, leaves, depthOf(leaves) + 1, execution))
    if (known !== undefined) {
      if (runs < ENOUGH_RUNS) runs += 1
    } else if (!leaves.some(isNode)) {
      traced(runs, compiled)
      runs = 0
    }
    const out = call(compiled, leaves)
    if (options.check === true) verify(f, args, out)
    return out
  }
  asked.set(fast, options)
  return fast
}

/** `jit` with these options. */
export const withTarget =
  (target: string | Target, options: Asked = {}) =>
  (f: AnyFunction, more: JitOptions = {}): ((...args: unknown[]) => unknown) =>
    jit(f, { ...options, target, ...more })
