/**
 * Control flow: one of two functions (`cond`), a function along an axis with a state carried along (`scan`), a counted
 * loop (`fori`). Functions are traced once; what they close over becomes an input.
 */
import { DTypeError, ShapeError, showShape, TreeError, ValueError } from '../core/error.js'
import { type Abstract, isFloat, isTensor, type Tensor } from '../core/value.js'
import { simplify } from '../engine/simplify.js'
import { run } from '../tape/fold.js'
import { builder, force, isNode, type Value } from '../tape/node.js'
import { close, type Program } from '../tape/program.js'
import { abstractly, flattenArguments, flattenResult, traceLeaves, traceTree } from '../tape/trace.js'
import { elementAt } from '../tensor/concrete.js'
import { sameShape } from '../tensor/shape.js'
import { leafStructure, pathsOf, type Structure, sameStructure, showStructure, unflatten } from '../tree/tree.js'
import { below } from './arguments.js'
import { folds } from './derived.js'
import { checkFunction, checkOptions } from './verb.js'

// ---------------------------------------------------------------------------------------------------------------- model

type AnyFunction = (...args: never[]) => unknown

/** How often a scan runs (given where there are no xs), and whether from the last to the first. */
export interface ScanOptions {
  readonly length?: number
  readonly reverse?: boolean
}

const typeOf = (a: Abstract): string => `${a.dtype}${showShape(a.shape)}`

/** A program over leaves in which what is closed over leads, with those values. */
interface Closed {
  readonly program: Program
  readonly captured: readonly Tensor[]
  readonly result: Structure
}

const traced = (operation: string, f: AnyFunction, structure: Structure, inputs: readonly Abstract[]): Closed => {
  const { program, result } = traceTree(f, structure, inputs, { name: operation })
  return { ...close(program), result }
}

// ----------------------------------------------------------------------------------------------------------------- cond

/** A truth value, known or traced. @throws DTypeError, ShapeError */
const truth = (x: unknown): boolean | Tensor => {
  if (typeof x === 'boolean') return x
  if (!isTensor(x) || x.dtype !== 'bool')
    throw new DTypeError({
      operation: 'cond',
      problem: `the predicate has to be a truth value, found ${isTensor(x) ? typeOf(abstractly(x)) : `a ${typeof x}`}`,
      hint: 'compare: greater(x, 0)',
    })
  if (x.shape.length > 0)
    throw new ShapeError({
      operation: 'cond',
      problem: `the predicate has to be one truth value, found shape ${showShape(x.shape)}`,
      hint: 'choose element by element with where(condition, a, b), or one branch for each example with vmap',
    })
  return isNode(x) ? x : elementAt(x as never, 0) !== 0
}

/** The type that a leaf of both branches has; what is made of JS numbers adapts. @throws ShapeError, DTypeError */
const meeting = (a: Abstract, b: Abstract, path: string): Abstract => {
  const problem = `the branches return ${typeOf(a)} and ${typeOf(b)}`
  const at = below('result', path)
  if (!sameShape(a.shape, b.shape))
    throw new ShapeError({ operation: 'cond', problem, path: at, hint: 'both have to return the same shapes' })
  if (a.dtype === b.dtype) return a
  if (a.weak && isFloat(b.dtype)) return b
  if (b.weak && isFloat(a.dtype)) return a
  throw new DTypeError({ operation: 'cond', problem, path: at, hint: `convert one of them: convert(x, '${a.dtype}')` })
}

/** One of two functions of the operands, as a truth value says; both are traced where it is not known. */
export const cond = (
  predicate: unknown,
  onTrue: AnyFunction,
  onFalse: AnyFunction,
  ...operands: readonly unknown[]
): unknown => {
  checkFunction('cond', onTrue, 1)
  checkFunction('cond', onFalse, 2)
  const which = truth(predicate)
  if (typeof which === 'boolean') return (which ? onTrue : onFalse)(...(operands as never[]))
  const { structure, leaves } = flattenArguments('cond', operands)
  const inputs = leaves.map(abstractly)
  const [t, f] = [onTrue, onFalse].map((branch) => traced('cond', branch, structure, inputs)) as [Closed, Closed]
  if (!sameStructure(t.result, f.result))
    throw new TreeError({
      operation: 'cond',
      problem: `the branches return different structures: ${showStructure(t.result)} and ${showStructure(f.result)}`,
      hint: 'both have to return the same tree; * stands for a tensor',
    })
  const paths = pathsOf(t.result)
  const types = t.program.results.map((a, i) => meeting(a, f.program.results[i] as Abstract, paths[i] as string))
  const captured = [...new Set([...t.captured, ...f.captured])]
  const all = [...captured, ...leaves]
  const branch = (c: Closed): Program =>
    simplify(
      traceLeaves(
        (v) => {
          const own = c.captured.map((x) => v[captured.indexOf(x)] as Tensor)
          const ys = run(c.program, [...own, ...v.slice(captured.length)])
          return ys.map((y, i) => builder.convert(y, (types[i] as Abstract).dtype))
        },
        all.map(abstractly),
        { name: 'cond' },
      ),
    )
  const results = builder.cond({ onTrue: branch(t), onFalse: branch(f), folds }, [which, ...all])
  return unflatten({ structure: t.result, leaves: results })
}

// ----------------------------------------------------------------------------------------------------------------- scan

/** How often it runs: the size that all xs have along their first axis. @throws ShapeError, ValueError */
const lengthOf = (xs: readonly Tensor[], structure: Structure, given: number | undefined): number => {
  if (given !== undefined && !(Number.isInteger(given) && given >= 0))
    throw new ValueError({
      operation: 'scan',
      problem: `length has to be a whole number of at least 0, found ${String(given)}`,
    })
  const paths = pathsOf(structure).map((p) => below('xs', p))
  xs.forEach((x, i) => {
    if (x.shape.length === 0)
      throw new ShapeError({
        operation: 'scan',
        problem: 'found a scalar where there has to be an axis to scan along',
        path: paths[i],
        hint: 'what every step shares may be closed over',
      })
  })
  const sizes = xs.map((x) => x.shape[0] as number)
  const length = given ?? sizes[0]
  if (length === undefined)
    throw new ValueError({
      operation: 'scan',
      problem: 'without xs the number of steps is not known',
      hint: 'give it: scan(f, carry, null, { length: 10 })',
    })
  sizes.forEach((n, i) => {
    if (n !== length)
      throw new ShapeError({
        operation: 'scan',
        problem:
          given === undefined
            ? `the leading sizes differ: ${length} of ${paths[0]}, ${n} of ${paths[i]}`
            : `length is ${length}, but there are ${n} of ${paths[i]}`,
        path: paths[i],
        hint: 'all xs are scanned along their first axis together',
      })
  })
  return length
}

/** A start in the float type that comes out of a step, where it is made of JS numbers; the same list where all fit. */
const adapted = (start: readonly Tensor[], out: readonly Abstract[]): readonly Tensor[] => {
  const adapts = start.map((x, i) => {
    const a = out[i] as Abstract
    return (x as Value).weak && !a.weak && isFloat(a.dtype) && x.dtype !== a.dtype && sameShape(x.shape, a.shape)
  })
  if (!adapts.includes(true)) return start
  return start.map((x, i) => (adapts[i] ? builder.convert(x, (out[i] as Abstract).dtype) : x))
}

/** What a step makes of the carry has to be like the carry. @throws ShapeError, DTypeError */
const checkCarry = (
  operation: string,
  structure: Structure,
  start: readonly Tensor[],
  out: readonly Abstract[],
): void => {
  const paths = pathsOf(structure)
  start.forEach((x, i) => {
    const a = out[i] as Abstract
    const problem = `the carry goes in as ${typeOf(abstractly(x))} and comes out as ${typeOf(a)}`
    const path = below('carry', paths[i] as string)
    if (!sameShape(x.shape, a.shape))
      throw new ShapeError({ operation, problem, path, hint: 'every step has to return a carry of the same shape' })
    if (x.dtype !== a.dtype && !(a.weak && isFloat(x.dtype)))
      throw new DTypeError({ operation, problem, path, hint: `start with that type, or convert(carry, '${x.dtype}')` })
  })
}

interface Stepped {
  readonly program: Program
  readonly captured: readonly Tensor[]
  readonly start: readonly Tensor[]
  readonly result: Structure
}

/** A tree of values, taken apart. */
interface Flat {
  readonly structure: Structure
  readonly leaves: readonly Tensor[]
}

/** The step, traced: (captured, carry, x) → (carry, y). A start of JS numbers takes the type that comes out. */
const stepped = (operation: string, f: AnyFunction, carry: Flat, xs: Flat): Stepped => {
  const n = carry.leaves.length
  const rows = xs.leaves.map((x): Abstract => ({ ...abstractly(x), shape: x.shape.slice(1) }))
  const structure: Structure = { kind: 'array', children: [carry.structure, xs.structure] }
  let result: Structure = structure
  const step = (c: never, x: never): unknown => {
    const out = (f as (c: never, x: never) => unknown)(c, x)
    if (!Array.isArray(out) || out.length !== 2)
      throw new TreeError({
        operation,
        problem: 'the function has to return a pair',
        hint: 'return [carry, y], null for y where there is nothing to stack',
      })
    const back = flattenResult(out[0] ?? null, operation)
    if (!sameStructure(carry.structure, back.structure))
      throw new TreeError({
        operation,
        problem: `the carry goes in as ${showStructure(carry.structure)} and comes out as ${showStructure(back.structure)}`,
        path: 'carry',
        hint: 'every step has to return a carry of the same structure; * stands for a tensor',
      })
    const y = flattenResult(out[1] ?? null, operation)
    result = y.structure
    return [...back.leaves, ...y.leaves]
  }
  let start = carry.leaves
  for (;;) {
    const { program, captured } = traced(operation, step, structure, [...start.map(abstractly), ...rows])
    const next = adapted(start, program.results)
    if (next !== start) {
      start = next
      continue
    }
    checkCarry(operation, carry.structure, start, program.results)
    const typed = traceLeaves(
      (v) => run(program, v).map((y, i) => (i < n ? builder.convert(y, (start[i] as Tensor).dtype) : y)),
      program.inputs,
      { name: operation },
    )
    return { program: simplify(typed), captured, start, result }
  }
}

/** One argument, taken apart. */
const flattenOne = (operation: string, x: unknown): Flat => {
  const { structure, leaves } = flattenArguments(operation, [x])
  return { structure: (structure as { readonly children: readonly Structure[] }).children[0] as Structure, leaves }
}

/** A function `(carry, x) → [carry, y]` along the first axis of the xs: the last carry, and the ys stacked. */
export const scan = (
  f: AnyFunction,
  carry: unknown,
  xs: unknown,
  options: ScanOptions = {},
): readonly [unknown, unknown] => {
  checkFunction('scan', f, 0)
  checkOptions('scan', options, ['length', 'reverse'])
  const c = flattenOne('scan', carry)
  const x = flattenOne('scan', xs ?? null)
  const length = lengthOf(x.leaves, x.structure, options.length)
  const { program, captured, start, result } = stepped('scan', f, c, x)
  const n = start.length
  const out = builder.scan(
    { program, constants: captured.length, carry: n, length, reverse: options.reverse === true, folds },
    [...captured, ...start, ...x.leaves],
  )
  return [
    unflatten({ structure: c.structure, leaves: out.slice(0, n) }),
    unflatten({ structure: result, leaves: out.slice(n) }),
  ]
}

// ----------------------------------------------------------------------------------------------------------------- fori

/** A bound of a loop as a number. @throws ConcretizationError inside jit and vmap, ValueError for what is not whole */
const bound = (x: unknown, name: string): number => {
  const n = isTensor(x) && x.shape.length === 0 ? elementAt(force(x, 'fori'), 0) : x
  if (typeof n !== 'number' || !Number.isInteger(n) || n !== (n | 0))
    throw new ValueError({
      operation: 'fori',
      problem: `${name} has to be a whole number, found ${isTensor(n) ? `shape ${showShape(n.shape)}` : String(n)}`,
    })
  return n
}

/** The step of a loop, (captured, carry, number) → carry, with the number in the carry, before the rest. */
const counting = (p: Program, captured: number): Program => {
  const number = p.inputs.at(-1) as Abstract
  return simplify(
    traceLeaves(
      (v) => {
        const i = v[captured] as Tensor
        return [builder.add(i, 1), ...run(p, [...v.slice(0, captured), ...v.slice(captured + 1), i])]
      },
      [...p.inputs.slice(0, captured), number, ...p.inputs.slice(captured, -1)],
      { name: 'fori' },
    ),
  )
}

/** The carry after `body(i, carry)` for every i from `from` up to, not including, `to`. */
export const fori = (from: unknown, to: unknown, body: AnyFunction, carry: unknown): unknown => {
  checkFunction('fori', body, 2)
  const first = bound(from, 'from')
  const length = Math.max(0, bound(to, 'to') - first)
  const step = (c: never, i: never): unknown => [(body as (i: never, c: never) => unknown)(i, c), null]
  const c = flattenOne('fori', carry)
  // rows of one number take no memory: they say what is counted, not how far
  const row = { structure: leafStructure, leaves: [builder.full([length], 'i32', 0)] }
  const { program, captured, start } = stepped('fori', step, c, row)
  const out = builder.scan(
    {
      program: counting(program, captured.length),
      constants: captured.length,
      carry: 1 + start.length,
      length,
      reverse: false,
      folds,
    },
    [...captured, builder.full([], 'i32', first), ...start],
  )
  return unflatten({ structure: c.structure, leaves: out.slice(1) })
}
