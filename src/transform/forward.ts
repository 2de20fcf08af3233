/** Forward mode: jvp, linearize. */
import { type LinearMap, linearize as linearizeProgram, pushforward } from '../adjoint/linearize.js'
import { TreeError } from '../core/error.js'
import { type Abstract, isFloat } from '../core/value.js'
import { foldDual } from '../dual/fold.js'
import type { Opt, Result } from '../primitive/record.js'
import { builder } from '../tape/node.js'
import { abstractly, flattenArguments, traceTree } from '../tape/trace.js'
import { type Structure, type Tree, unflatten } from '../tree/tree.js'
import { checkDifferentiable, fitTree, type Role, TANGENT } from './arguments.js'

type AnyFunction = (...args: never[]) => unknown

const tangentTree = (structure: Structure, primals: readonly Result[], tangents: readonly Opt[]): unknown =>
  unflatten({
    structure,
    leaves: primals.map((y, i) => tangents[i] ?? (isFloat(y.dtype) ? builder.like(y, 0) : null)),
  })

const JVP = { operation: 'jvp', role: TANGENT }

/** A function's value and its directional derivative: lists of arguments and of their tangents in. */
export const jvp = (
  f: AnyFunction,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  { operation, role }: { readonly operation: string; readonly role: Role } = JVP,
): readonly [unknown, unknown] => {
  if (!Array.isArray(primals) || !Array.isArray(tangents))
    throw new TreeError({
      operation: 'jvp',
      problem: 'arguments and tangents have to be lists',
      hint: 'call it as jvp(f, [x], [dx])',
    })
  if (primals.length !== tangents.length)
    throw new TreeError({
      operation: 'jvp',
      problem: `found ${primals.length} arguments and ${tangents.length} tangents`,
      hint: 'give each argument a tangent, null where it is zero: jvp(f, [x, y], [dx, null])',
    })
  const { structure, leaves } = flattenArguments(operation, primals)
  checkDifferentiable(operation, leaves, structure)
  const inputs = leaves.map(abstractly)
  const t = fitTree(operation, tangents, structure, inputs, role)
  const traced = traceTree(f, structure, inputs, { name: operation, known: leaves })
  const duals = foldDual(traced.program, leaves, t)
  const ys = duals.map((d) => d.primal)
  return [
    unflatten({ structure: traced.result, leaves: ys }),
    tangentTree(
      traced.result,
      ys,
      duals.map((d) => d.tangent),
    ),
  ]
}

/** A function's value and its linear map of tangents, computed once and applied many times. */
export const linearize = (
  f: AnyFunction,
  ...args: unknown[]
): readonly [unknown, (...tangents: unknown[]) => unknown] => {
  const { structure, leaves } = flattenArguments('linearize', args)
  checkDifferentiable('linearize', leaves, structure)
  const inputs = leaves.map(abstractly)
  const traced = traceTree(f, structure, inputs, { name: 'linearize', known: leaves })
  const { outputs, linear, active } = linearizeProgram(traced.program, leaves)
  const codomain = { structure: traced.result, leaves: outputs.map(abstractly) }
  return [
    unflatten({ structure: traced.result, leaves: outputs }),
    pushforwardOf({ linear, active }, args.length, { structure, leaves: inputs }, codomain),
  ]
}

/** The map of tangents on trees. It is made here so as to hold the linear map, and nothing of where that came from. */
const pushforwardOf =
  (map: LinearMap, count: number, domain: Tree<Abstract>, codomain: Tree<Abstract>) =>
  (...tangents: unknown[]): unknown => {
    if (tangents.length !== count)
      throw new TreeError({
        operation: 'linearize',
        problem: `found ${count} arguments and ${tangents.length} tangents`,
        hint: 'give each argument a tangent, null where it is zero',
      })
    const t = fitTree('linearize', tangents, domain.structure, domain.leaves, TANGENT)
    return tangentTree(codomain.structure, codomain.leaves, pushforward(map, t, domain.leaves))
  }
