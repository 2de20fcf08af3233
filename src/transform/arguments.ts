/** What the verbs share: checking tangents, cotangents and chosen arguments against what they belong to. */
import { DTypeError, ShapeError, showShape, TreeError, ValueError } from '../core/error.js'
import { type Abstract, isFloat, type Tensor } from '../core/value.js'
import type { Opt } from '../primitive/record.js'
import { builder, type Value } from '../tape/node.js'
import { flattenValues, lift } from '../tape/trace.js'
import { sameShape } from '../tensor/shape.js'
import { checkStructure, flatten, isLeaf, type Leaf, pathsOf, type Structure, unflatten } from '../tree/tree.js'

/** A value that takes the place of another: same shape, same element type; JS numbers adapt. @throws ShapeError, DTypeError */
export const fit = (operation: string, x: Leaf, like: Abstract, what: string, path?: string): Tensor => {
  const v = lift(x) as Value
  if (!sameShape(v.shape, like.shape))
    throw new ShapeError({
      operation,
      problem: `${what} has shape ${showShape(v.shape)}, expected ${showShape(like.shape)}`,
      path,
    })
  if (v.dtype === like.dtype) return v
  if (v.weak && isFloat(like.dtype)) return builder.convert(v, like.dtype)
  throw new DTypeError({
    operation,
    problem: `${what} is ${v.dtype}, expected ${like.dtype}`,
    path,
    hint: `convert it: convert(x, '${like.dtype}')`,
  })
}

/**
 * The leaves of a tree of tangents or cotangents, held against the values they belong to. Null stands for zero, and at
 * values without a derivative nothing else may stand.
 */
export const fitTree = (
  operation: string,
  x: unknown,
  structure: Structure,
  like: readonly Abstract[],
  what: string,
): readonly Opt[] => {
  const t = flatten<Leaf | null>(x, (y): y is Leaf | null => y === null || isLeaf(y))
  const expected = nullsAsLeaves(structure)
  checkStructure(operation, expected.structure, t.structure, what)
  const paths = pathsOf(expected.structure)
  let next = 0
  const out: Opt[] = []
  t.leaves.forEach((leaf, i) => {
    if (expected.isNull[i]) {
      if (leaf !== null)
        throw new TreeError({ operation, problem: `${what} has a value where there is null`, path: paths[i] })
      return
    }
    const a = like[next++] as Abstract
    out.push(leaf === null || !isFloat(a.dtype) ? null : fit(operation, leaf, a, what, paths[i]))
  })
  return out
}

const nullsAsLeaves = (
  structure: Structure,
): { readonly structure: Structure; readonly isNull: readonly boolean[] } => {
  const isNull: boolean[] = []
  const go = (s: Structure): Structure => {
    if (s.kind === 'leaf') {
      isNull.push(false)
      return s
    }
    if (s.kind === 'static') {
      if (s.value !== null) return s
      isNull.push(true)
      return { kind: 'leaf' }
    }
    return { ...s, children: s.children.map(go) }
  }
  return { structure: go(structure), isNull }
}

/** Gradients as a tree: zeros where nothing came back, null where there is no derivative. */
export const gradientTree = (structure: Structure, leaves: readonly Tensor[], gradients: readonly Opt[]): unknown =>
  unflatten({
    structure,
    leaves: leaves.map((x, i) => gradients[i] ?? (isFloat(x.dtype) ? builder.like(x, 0) : null)),
  })

/** The positions of the arguments to differentiate. @throws ValueError for one that is not there */
const chosenArguments = (operation: string, chosen: number | readonly number[], count: number): readonly number[] => {
  const list = typeof chosen === 'number' ? [chosen] : chosen
  for (const i of list)
    if (!(Number.isInteger(i) && i >= 0 && i < count))
      throw new ValueError({ operation, problem: `argument ${i} was chosen, but there are ${count} arguments` })
  return list
}

/** A function of all its arguments, seen as one of those that are chosen; the others are held where they are. */
export interface Focus {
  readonly structure: Structure
  readonly leaves: readonly Tensor[]
  /** All the arguments, with these leaves in the chosen ones. */
  readonly at: (leaves: readonly Tensor[]) => readonly unknown[]
}

/** Focuses on the chosen arguments. @throws ValueError for one that is not there, DTypeError when none has a derivative */
export const focus = (operation: string, chosen: number | readonly number[], args: readonly unknown[]): Focus => {
  const places = chosenArguments(operation, chosen, args.length)
  const one = typeof chosen === 'number'
  const { structure, leaves } = flattenValues(one ? args[chosen] : places.map((i) => args[i]))
  checkDifferentiable(operation, leaves, structure)
  return {
    structure,
    leaves,
    at: (values) => {
      const tree = unflatten({ structure, leaves: values })
      const all = [...args]
      places.forEach((i, k) => {
        all[i] = one ? tree : (tree as readonly unknown[])[k]
      })
      return all
    },
  }
}

/** Refuses arguments with nothing to differentiate. @throws DTypeError */
export const checkDifferentiable = (operation: string, leaves: readonly Tensor[], structure: Structure): void => {
  if (leaves.some((x) => isFloat(x.dtype))) return
  const first = leaves[0]
  throw new DTypeError({
    operation,
    problem:
      first === undefined
        ? 'there is no tensor or number to differentiate'
        : `${first.dtype} of shape ${showShape(first.shape)} has no derivative`,
    path: pathsOf(structure)[0],
    hint: first === undefined ? 'pass a tensor, a number, or a tree of them' : "convert it: convert(x, 'f64')",
  })
}
