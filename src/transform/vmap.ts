/** vmap: a function of one example as a function of a stack of them. */
import { type Batched, foldBatch, stacked } from '../batch/fold.js'
import { ShapeError, showShape, TreeError } from '../core/error.js'
import type { Shape, Tensor } from '../core/value.js'
import { builder } from '../tape/node.js'
import { abstractly, flattenArguments, traceTree } from '../tape/trace.js'
import { range } from '../tensor/shape.js'
import { pathsOf, type Structure, unflatten } from '../tree/tree.js'
import { below } from './arguments.js'

type AnyFunction = (...args: never[]) => unknown

/** Which axis of each argument (null: none) and of each result is the stack's; a tree of axes may stand for a tree. */
export interface VmapOptions {
  readonly in?: unknown
  readonly out?: unknown
}

/** An axis for every leaf, from one number, null, or a tree that covers the structure. @throws TreeError */
const axesOf = (option: 'in' | 'out', spec: unknown, structure: Structure, path: string): (number | null)[] => {
  if (spec === null || typeof spec === 'number') return pathsOf(structure).map(() => spec)
  const { kind } = structure
  if (kind === 'static') return []
  const n = kind === 'array' ? structure.children.length : 0
  if (kind === 'array' && Array.isArray(spec) && spec.length === n)
    return structure.children.flatMap((c, i) => axesOf(option, spec[i], c, `${path}[${i}]`))
  const keys = kind === 'record' ? structure.keys : []
  if (kind === 'record' && typeof spec === 'object' && !Array.isArray(spec)) {
    const given = Object.keys(spec as object)
    if (given.length === keys.length && keys.every((k) => given.includes(k)))
      return structure.children.flatMap((c, i) => {
        const k = keys[i] as string
        return axesOf(option, (spec as Record<string, unknown>)[k], c, below(path, k))
      })
  }
  const found =
    spec === undefined
      ? 'nothing'
      : Array.isArray(spec)
        ? `${spec.length} ${spec.length === 1 ? 'axis' : 'axes'}`
        : typeof spec === 'object'
          ? `axes for ${Object.keys(spec as object).join(', ')}`
          : JSON.stringify(spec)
  const expected =
    kind === 'leaf'
      ? 'a tensor'
      : kind === 'array'
        ? `${n} ${option === 'in' && path === 'arguments' ? 'arguments' : 'parts'}`
        : `a record of ${keys.join(', ')}`
  throw new TreeError({
    operation: 'vmap',
    problem: `option '${option}' gives ${found} for ${expected}`,
    path,
    hint: 'give a number, null for what has no such axis, or one of these for each part',
  })
}

const moveAxis = (x: Tensor, from: number, to: number): Tensor => {
  if (from === to) return x
  const order = range(x.shape.length).filter((i) => i !== from)
  order.splice(to, 0, from)
  return builder.permute(x, order)
}

/** An axis counted from the front. @throws ShapeError for one that is not there */
const axisIn = (axis: number, shape: Shape, path: string): number => {
  const rank = shape.length
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError({
      operation: 'vmap',
      problem: `there is no axis ${axis} in shape ${showShape(shape)}`,
      path,
      hint: path.startsWith('arguments')
        ? 'an argument that all examples share takes null: vmap(f, { in: [0, null] })'
        : undefined,
    })
  return axis < 0 ? axis + rank : axis
}

/** The function over a stack: by default the first axis of every argument and result. */
export const vmap =
  (f: AnyFunction, options: VmapOptions = {}) =>
  (...args: unknown[]): unknown => {
    const { structure, leaves } = flattenArguments('vmap', args)
    const spec = options.in === undefined ? 0 : options.in
    const axes = axesOf(
      'in',
      spec === null || typeof spec === 'number' ? args.map(() => spec) : Array.isArray(spec) ? spec : [spec],
      structure,
      'arguments',
    )
    const paths = pathsOf(structure).map((p) => below('arguments', p))
    const at = leaves.map((x, i) => {
      const axis = axes[i] ?? null
      return axis === null ? null : axisIn(axis, x.shape, paths[i] as string)
    })
    const sizeAt = (i: number): number => (leaves[i] as Tensor).shape[at[i] as number] as number
    const first = at.findIndex((axis) => axis !== null)
    const n = first < 0 ? undefined : sizeAt(first)
    const inputs = leaves.map((x, i): Batched => {
      const axis = at[i] ?? null
      if (axis === null) return { value: x, batched: false }
      if (n !== sizeAt(i)) {
        const [here, there] = [i, first].map(
          (k) => `${sizeAt(k)} along axis ${at[k]} of ${paths[k]} (${showShape((leaves[k] as Tensor).shape)})`,
        )
        throw new ShapeError({
          operation: 'vmap',
          problem: `the numbers of examples differ: ${there}, ${here}`,
          hint: 'an argument that all examples share takes null: vmap(f, { in: [0, null] })',
        })
      }
      return { value: moveAxis(x, axis, 0), batched: true }
    })
    if (n === undefined)
      throw new ShapeError({
        operation: 'vmap',
        problem: args.length === 0 ? 'there is no argument to map over' : 'no argument has an axis to map over',
        hint: args.length === 0 ? 'pass a stack of examples' : 'name one: vmap(f, { in: [0, null] })',
      })
    const size = n
    const one = inputs.map((b) => {
      const a = abstractly(b.value)
      return b.batched ? { ...a, shape: a.shape.slice(1) as Shape } : a
    })
    const traced = traceTree(f, structure, one, { name: 'vmap' })
    const outputs = foldBatch(traced.program, inputs, size)
    const outAxes = axesOf('out', options.out === undefined ? 0 : options.out, traced.result, 'result')
    const results = outputs.map((b, i) => {
      const axis = outAxes[i]
      if (axis === null || axis === undefined) {
        if (b.batched)
          throw new ShapeError({
            operation: 'vmap',
            problem: "option 'out' gives null for a result that differs from example to example",
            path: below('result', pathsOf(traced.result)[i] as string),
            hint: 'give the axis along which to stack it',
          })
        return b.value
      }
      const y = stacked(b, size)
      return moveAxis(y, 0, axisIn(axis, y.shape, below('result', pathsOf(traced.result)[i] as string)))
    })
    return unflatten({ structure: traced.result, leaves: results })
  }
