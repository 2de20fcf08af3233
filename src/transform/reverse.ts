/** Reverse mode: grad, valueAndGrad, vjp. */
import { type LinearMap, linearize, pullback } from '../adjoint/linearize.js'
import { DTypeError, ShapeError, showShape, TreeError } from '../core/error.js'
import { type Abstract, isFloat, type Tensor } from '../core/value.js'
import { builder } from '../tape/node.js'
import { abstractly, flattenArguments, flattenResult, flattenValues, traceLeaves } from '../tape/trace.js'
import { type Structure, type Tree, unflatten } from '../tree/tree.js'
import { COTANGENT, checkDifferentiable, fitTree, focus, gradientTree } from './arguments.js'

// ---------------------------------------------------------------------------------------------------------------- model

type AnyFunction = (...args: never[]) => unknown

/** Which arguments to differentiate, and whether the function returns `[value, aux]`. */
export interface GradOptions {
  readonly argument?: number | readonly number[]
  readonly aux?: boolean
}

// -------------------------------------------------------------------------------------------------------------- running

const scalarResult = (operation: string, out: unknown): Tensor => {
  const { leaves } = flattenResult(out, operation)
  const y = leaves[0]
  if (leaves.length !== 1 || y === undefined)
    throw new TreeError({
      operation,
      problem: `the function returned ${leaves.length === 0 ? 'no tensor' : `${leaves.length} tensors`}, a gradient is of one scalar`,
      hint: 'return one scalar, or [scalar, aux] with { aux: true }; of several results take jacrev or vjp',
    })
  if (y.shape.length !== 0)
    throw new ShapeError({
      operation,
      problem: `the function returned shape ${showShape(y.shape)}, a gradient is of a scalar`,
      hint: 'reduce it, sum(y) or mean(y), or use jacrev',
    })
  if (!isFloat(y.dtype))
    throw new DTypeError({
      operation,
      problem: `the function returned ${y.dtype}, which has no derivative`,
      hint: 'compute in f64 or f32 up to the result',
    })
  return y
}

const valueAndGradient = (operation: string, f: AnyFunction, options: GradOptions, args: readonly unknown[]) => {
  const { structure, leaves, at } = focus(operation, options.argument ?? 0, args)
  let aux: Structure | undefined
  const program = traceLeaves(
    (variables) => {
      const out = f(...(at(variables) as never[]))
      if (options.aux !== true) return [scalarResult(operation, out)]
      if (!Array.isArray(out) || out.length !== 2)
        throw new TreeError({
          operation,
          problem: 'with { aux: true } the function has to return a pair',
          hint: 'return [loss, aux]',
        })
      const rest = out[1] === undefined ? flattenValues(undefined) : flattenResult(out[1], operation)
      aux = rest.structure
      return [scalarResult(operation, out[0]), ...rest.leaves]
    },
    leaves.map(abstractly),
    { name: operation, known: leaves },
  )
  const l = linearize(program, leaves, 1)
  const value = l.outputs[0] as Tensor
  return {
    value,
    aux: aux === undefined ? undefined : unflatten({ structure: aux, leaves: l.outputs.slice(1) }),
    gradient: gradientTree(structure, leaves, pullback(l, [builder.like(value, 1)])),
  }
}

/** The value of a scalar function and its gradient. */
export const valueAndGrad =
  (f: AnyFunction, options: GradOptions = {}) =>
  (...args: unknown[]): unknown => {
    const { value, aux, gradient } = valueAndGradient('valueAndGrad', f, options, args)
    return options.aux === true ? [[value, aux], gradient] : [value, gradient]
  }

/** The gradient of a scalar function; `operation` is the verb that asks for it. */
export const grad =
  (f: AnyFunction, options: GradOptions = {}, operation = 'grad') =>
  (...args: unknown[]): unknown => {
    const { aux, gradient } = valueAndGradient(operation, f, options, args)
    return options.aux === true ? [gradient, aux] : gradient
  }

/** A function's value and its pullback: a cotangent of the result in, the list of the arguments' cotangents out. */
export const vjp = (f: AnyFunction, ...args: unknown[]): readonly [unknown, (cotangent: unknown) => unknown] => {
  const { structure, leaves } = flattenArguments('vjp', args)
  checkDifferentiable('vjp', leaves, structure)
  let result: Structure | undefined
  const program = traceLeaves(
    (variables) => {
      const out = flattenResult(f(...(unflatten({ structure, leaves: variables }) as never[])), 'vjp')
      result = out.structure
      return out.leaves
    },
    leaves.map(abstractly),
    { name: 'vjp', known: leaves },
  )
  const { outputs, linear, active } = linearize(program, leaves)
  const codomain = { structure: result as Structure, leaves: outputs.map(abstractly) }
  return [
    unflatten({ structure: codomain.structure, leaves: outputs }),
    pullbackOf({ linear, active }, { structure, leaves: leaves.map(abstractly) }, codomain),
  ]
}

/** The pullback on trees. It is made here so as to hold the linear map, and nothing of where that came from. */
const pullbackOf =
  (map: LinearMap, domain: Tree<Abstract>, codomain: Tree<Abstract>) =>
  (cotangent: unknown): unknown => {
    const seeds = fitTree('vjp', cotangent, codomain.structure, codomain.leaves, COTANGENT)
    return gradientTree(domain.structure, domain.leaves, pullback(map, seeds))
  }
