/** vmap: a function of one example as a function of a stack of them. */
import { type Batched, foldBatch, stacked } from '../batch/fold.js'
import { ShapeError, showShape, TreeError } from '../core/error.js'
import type { Shape, Tensor } from '../core/value.js'
import { builder } from '../tape/node.js'
import { abstractly, flattenValues, traceTree } from '../tape/trace.js'
import { normalizeAxis, range } from '../tensor/shape.js'
import { pathsOf, type Structure, unflatten } from '../tree/tree.js'

type AnyFunction = (...args: never[]) => unknown

/** Which axis of each argument (null: none) and of each result is the stack's; a tree of axes may stand for a tree. */
export interface VmapOptions {
  readonly in?: unknown
  readonly out?: unknown
}

/** An axis for every leaf, from one number, null, or a tree that covers the structure. */
const axesOf = (spec: unknown, structure: Structure, path: string): (number | null)[] => {
  if (spec === null || typeof spec === 'number') return pathsOf(structure).map(() => spec)
  if (structure.kind === 'array' && Array.isArray(spec) && spec.length === structure.children.length)
    return structure.children.flatMap((c, i) => axesOf(spec[i], c, `${path}[${i}]`))
  if (structure.kind === 'record' && typeof spec === 'object' && !Array.isArray(spec))
    return structure.children.flatMap((c, i) => {
      const k = structure.keys[i] as string
      return axesOf((spec as Record<string, unknown>)[k] ?? null, c, path === '' ? k : `${path}.${k}`)
    })
  throw new TreeError({
    operation: 'vmap',
    problem: 'the axes do not cover the tree they stand for',
    path,
    hint: 'give a number, null, or a tree of them',
  })
}

const moveAxis = (x: Tensor, from: number, to: number): Tensor => {
  if (from === to) return x
  const order = range(x.shape.length).filter((i) => i !== from)
  order.splice(to, 0, from)
  return builder.permute(x, order)
}

/** The function over a stack: by default the first axis of every argument and result. */
export const vmap =
  (f: AnyFunction, options: VmapOptions = {}) =>
  (...args: unknown[]): unknown => {
    const { structure, leaves } = flattenValues(args)
    const spec = options.in === undefined ? 0 : options.in
    const axes = axesOf(
      typeof spec === 'number' && args.length > 1 ? args.map(() => spec) : Array.isArray(spec) ? spec : [spec],
      structure,
      '',
    )
    const paths = pathsOf(structure)
    let n: number | undefined
    let whose = ''
    const inputs = leaves.map((x, i): Batched => {
      const axis = axes[i]
      if (axis === null || axis === undefined) return { value: x, batched: false }
      const at = normalizeAxis('vmap', axis, x.shape)
      const size = x.shape[at] as number
      if (n === undefined) {
        n = size
        whose = paths[i] as string
      } else if (n !== size)
        throw new ShapeError({
          operation: 'vmap',
          problem: `sizes ${n} and ${size} differ: axis ${at} of ${showShape(x.shape)} at ${paths[i]}, and ${whose}`,
          hint: 'name the axes to map over, null for none: { in: [0, null] }',
        })
      return { value: moveAxis(x, at, 0), batched: true }
    })
    if (n === undefined)
      throw new ShapeError({
        operation: 'vmap',
        problem: 'no argument has an axis to map over',
        hint: '{ in: [0, null] } names them',
      })
    const size = n
    const one = inputs.map((b) => {
      const a = abstractly(b.value)
      return b.batched ? { ...a, shape: a.shape.slice(1) as Shape } : a
    })
    const traced = traceTree(f, structure, one, { name: 'vmap' })
    const outputs = foldBatch(traced.program, inputs, size)
    const outAxes = axesOf(options.out === undefined ? 0 : options.out, traced.result, '')
    const results = outputs.map((b, i) => {
      const axis = outAxes[i]
      if (axis === null || axis === undefined) {
        if (b.batched)
          throw new ShapeError({
            operation: 'vmap',
            problem: 'out: null, but the result varies along the stack',
            path: pathsOf(traced.result)[i],
          })
        return b.value
      }
      const y = stacked(b, size)
      return moveAxis(y, 0, normalizeAxis('vmap', axis, y.shape))
    })
    return unflatten({ structure: traced.result, leaves: results })
  }
