/** Jacobians, Hessians and their products with a vector. */
import { type Linearized, linearize, pullback, pushforward, spread } from '../adjoint/linearize.js'
import { foldBatch, stacked } from '../batch/fold.js'
import { isFloat, type Shape, type Tensor } from '../core/value.js'
import { builder } from '../tape/node.js'
import { abstractly, flattenResult, traceLeaves } from '../tape/trace.js'
import { range, sizeOf } from '../tensor/shape.js'
import { type Structure, unflatten } from '../tree/tree.js'
import { focus } from './arguments.js'
import { jvp } from './forward.js'
import { grad } from './reverse.js'

type AnyFunction = (...args: never[]) => unknown

/** The unit vectors of a shape, stacked: [n, …shape]. */
const basis = (x: Tensor): Tensor => {
  const n = sizeOf(x.shape)
  const rows = builder.iota([n, n], 'i32', 0)
  const columns = builder.iota([n, n], 'i32', 1)
  return builder.reshape(builder.convert(builder.equal(rows, columns), x.dtype), [n, ...x.shape])
}

/** [n, …rest] → [...rest, …shape], where n counts the elements of `shape`. */
const axisLast = (x: Tensor, shape: Shape): Tensor => {
  const rest = x.shape.slice(1)
  const moved = builder.permute(x, [...range(rest.length).map((i) => i + 1), 0])
  return builder.reshape(moved, [...rest, ...shape])
}

/** A tree of the result's structure whose leaves are trees of the argument's. */
const nested = (
  result: Structure,
  argument: Structure,
  block: (output: number, input: number) => Tensor | null,
  counts: { readonly inputs: number; readonly outputs: number },
): unknown =>
  unflatten({
    structure: result,
    leaves: range(counts.outputs).map((o) =>
      unflatten({ structure: argument, leaves: range(counts.inputs).map((i) => block(o, i)) }),
    ),
  })

/** Which argument to differentiate (absent: the first); the others are held where they are. */
export interface JacobianOptions {
  readonly argument?: number | readonly number[]
}

interface Focused extends Linearized {
  readonly structure: Structure
  readonly result: Structure
  readonly leaves: readonly Tensor[]
}

const linearizeAt = (
  operation: string,
  f: AnyFunction,
  options: JacobianOptions,
  args: readonly unknown[],
): Focused => {
  const { structure, leaves, at } = focus(operation, options.argument ?? 0, args)
  let result: Structure | undefined
  const program = traceLeaves(
    (v) => {
      const out = flattenResult(f(...(at(v) as never[])), operation)
      result = out.structure
      return out.leaves
    },
    leaves.map(abstractly),
    { name: operation, known: leaves },
  )
  return { ...linearize(program, leaves), structure, leaves, result: result as Structure }
}

/** The Jacobian, column by column (forward mode): [...out, …in]. */
export const jacfwd =
  (f: AnyFunction, options: JacobianOptions = {}, operation = 'jacfwd') =>
  (...args: unknown[]): unknown => {
    const l = linearizeAt(operation, f, options, args)
    const columns = l.leaves.map((v, i): readonly Tensor[] | null => {
      if (!isFloat(v.dtype)) return null
      const program = traceLeaves(
        ([t]) =>
          pushforward(
            l,
            l.leaves.map((_, j) => (i === j ? (t as Tensor) : null)),
            l.leaves.map(abstractly),
          ),
        [abstractly(v)],
        { name: 'jacfwd' },
      )
      const n = sizeOf(v.shape)
      return foldBatch(program, [{ value: basis(v), batched: true }], n).map((b) => axisLast(stacked(b, n), v.shape))
    })
    return nested(l.result, l.structure, (o, i) => columns[i]?.[o] ?? null, {
      inputs: l.leaves.length,
      outputs: l.outputs.length,
    })
  }

/** The Jacobian, row by row (reverse mode): [...out, …in]. */
export const jacrev =
  (f: AnyFunction, options: JacobianOptions = {}) =>
  (...args: unknown[]): unknown => {
    const l = linearizeAt('jacrev', f, options, args)
    const floats = l.leaves.filter((v) => isFloat(v.dtype))
    const rows = l.outputs.map((y, o): readonly (Tensor | null)[] => {
      if (!isFloat(y.dtype)) return l.leaves.map(() => null)
      const n = sizeOf(y.shape)
      const program = traceLeaves(
        ([ct]) =>
          pullback(
            l,
            l.outputs.map((_, k) => (k === o ? (ct as Tensor) : null)),
          )
            .filter((_, i) => l.active[i])
            .map((c, i) => c ?? builder.like(floats[i] as Tensor, 0)),
        [abstractly(y)],
        { name: 'jacrev' },
      )
      const blocks = foldBatch(program, [{ value: basis(y), batched: true }], n).map((b, i) =>
        builder.reshape(stacked(b, n), [...y.shape, ...(floats[i] as Tensor).shape]),
      )
      return spread(blocks, l.active)
    })
    return nested(l.result, l.structure, (o, i) => rows[o]?.[i] ?? null, {
      inputs: l.leaves.length,
      outputs: l.outputs.length,
    })
  }

/** The matrix of second derivatives of a scalar function, forward over reverse: [...in, …in]. */
export const hessian = (f: AnyFunction, options: JacobianOptions = {}): ((...args: unknown[]) => unknown) =>
  jacfwd(grad(f, options, 'hessian') as AnyFunction, options, 'hessian')

const HVP = {
  operation: 'hvp',
  role: { what: 'the vector', hint: 'it has the shape and element type of the point' },
}

/** The product of the Hessian with a vector, forward over reverse; it never builds the Hessian. */
export const hvp = (f: AnyFunction, x: unknown, v: unknown): unknown =>
  jvp(grad(f, {}, 'hvp') as AnyFunction, [x], [v], HVP)[1]
