/**
 * Trees side by side: gradients, states and parameters, leaf by leaf.
 *
 * A part is anything that is no array and no record. Parts that are no tensor (null for what is frozen or has no derivative,
 * functions, strings) stand where they are and are never computed with.
 */
import { TreeError } from '../core/error.js'
import { isFloat, isTensor, type Tensor } from '../core/value.js'
import { abstractly, lift } from '../tape/trace.js'
import { fit } from '../transform/arguments.js'
import { flatten, isLeaf, type Leaf, pathsOf, type Structure, type Tree, unflatten } from '../tree/tree.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A tree and what messages call it. */
export interface Named {
  readonly name: string
  readonly tree: unknown
}

const isPart = (x: unknown): x is unknown => {
  if (typeof x !== 'object' || x === null || isTensor(x)) return true
  if (Array.isArray(x)) return false
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype !== null && prototype !== Object.prototype
}

const partsOf = (x: unknown): Tree<unknown> => flatten<unknown>(x, isPart)

// ------------------------------------------------------------------------------------------------------------- checking

interface Difference {
  readonly path: string
  readonly expected: string
  readonly found: string
}

const kindOf = (s: Structure): string =>
  s.kind === 'array'
    ? `a list of ${s.children.length}`
    : s.kind === 'record'
      ? `a record of ${s.keys.length === 0 ? 'nothing' : s.keys.join(', ')}`
      : 'a leaf'

/** Where two structures first differ. */
const difference = (a: Structure, b: Structure, path: string): Difference | undefined => {
  const both = a.kind === b.kind && 'children' in a && 'children' in b
  const same =
    a.kind === 'array' && b.kind === 'array'
      ? a.children.length === b.children.length
      : a.kind === 'record' && b.kind === 'record'
        ? a.keys.length === b.keys.length && a.keys.every((k, i) => k === b.keys[i])
        : a.kind === b.kind
  if (!same) return { path, expected: kindOf(a), found: kindOf(b) }
  if (!both) return undefined
  for (let i = 0; i < a.children.length; i++) {
    const here = a.kind === 'record' ? (path === '' ? `${a.keys[i]}` : `${path}.${a.keys[i]}`) : `${path}[${i}]`
    const d = difference(a.children[i] as Structure, b.children[i] as Structure, here)
    if (d !== undefined) return d
  }
  return undefined
}

const matched = (operation: string, first: Named, structure: Structure, other: Named): readonly unknown[] => {
  const t = partsOf(other.tree)
  const d = difference(structure, t.structure, '')
  if (d !== undefined)
    throw new TreeError({
      operation,
      problem: `${other.name} and ${first.name} are different trees: ${d.found} and ${d.expected}`,
      path: d.path,
    })
  return t.leaves
}

/**
 * Holds gradients against the parameters they belong to: one tree, with a tensor of the same shape and element type or null
 * for each float, null for integers and truth values, and what is no value as it is (or null).
 *
 * @throws TreeError, ShapeError, DTypeError, with the path
 */
export const checkGradients = (operation: string, gradients: unknown, params: unknown): void => {
  const p = partsOf(params)
  const parts = matched(operation, { name: 'the parameters', tree: params }, p.structure, {
    name: 'the gradients',
    tree: gradients,
  })
  let paths: readonly string[] | undefined
  p.leaves.forEach((x, i) => {
    const g = parts[i]
    if (g === null) return
    const path = (): string | undefined => {
      paths ??= pathsOf(p.structure)
      return paths[i]
    }
    if (isLeaf(x) && isFloat(lift(x).dtype)) {
      if (!isLeaf(g))
        throw new TreeError({ operation, problem: 'the gradients have neither a tensor nor null here', path: path() })
      fit(operation, g, abstractly(lift(x)), 'the gradient', path())
    } else if (isLeaf(g))
      throw new TreeError({
        operation,
        problem: `the gradients have a tensor where the parameters have ${isLeaf(x) ? `${lift(x).dtype}, which has no derivative` : String(x)}`,
        path: path(),
        hint: 'null stands there',
      })
  })
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** `f` of every tensor of a tree (a JS number is one), told its path; other parts stand. */
export const each = (f: (x: Tensor, path: string) => unknown, tree: unknown): unknown => {
  const t = partsOf(tree)
  const paths = pathsOf(t.structure)
  return unflatten({
    structure: t.structure,
    leaves: t.leaves.map((x, i) => (isLeaf(x) ? f(lift(x), paths[i] as string) : x)),
  })
}

/** The tensors of a tree. */
export const tensorsOf = (tree: unknown): readonly Tensor[] =>
  partsOf(tree)
    .leaves.filter((x): x is Leaf => isLeaf(x))
    .map(lift)

/**
 * `f` of the tensors that stand at one place in all of the trees; where one of them has none, the first tree's part stands.
 *
 * @throws TreeError when the trees differ, ShapeError or DTypeError when tensors at one place do
 */
export const zip = (
  operation: string,
  f: (...xs: readonly Tensor[]) => unknown,
  first: Named,
  ...rest: readonly Named[]
): unknown => {
  const t = partsOf(first.tree)
  const others = rest.map((o) => matched(operation, first, t.structure, o))
  let paths: readonly string[] | undefined
  const leaves = t.leaves.map((x, i) => {
    if (!isLeaf(x) || !others.every((o) => isLeaf(o[i]))) return x
    const like = lift(x)
    const xs = others.map((o, k) => {
      const y = lift(o[i] as Leaf)
      if (y.dtype === like.dtype && y.shape === like.shape) return y
      paths ??= pathsOf(t.structure)
      return fit(operation, y, abstractly(like), `${(rest[k] as Named).name}, beside ${first.name},`, paths[i])
    })
    return f(like, ...xs)
  })
  return unflatten({ structure: t.structure, leaves })
}

/** A tree with its tensors only at the places where another has them; null at the others. @throws TreeError */
export const within = (operation: string, first: Named, places: Named): unknown => {
  const t = partsOf(first.tree)
  const other = matched(operation, first, t.structure, places)
  return unflatten({
    structure: t.structure,
    leaves: t.leaves.map((x, i) => (isLeaf(x) && !isLeaf(other[i]) ? null : x)),
  })
}
