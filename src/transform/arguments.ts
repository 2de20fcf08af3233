/** What the verbs share: checking tangents, cotangents and chosen arguments against what they belong to. */
import { DTypeError, ShapeError, showShape, TreeError, ValueError } from '../core/error.js'
import { type Abstract, isFloat, type Tensor } from '../core/value.js'
import type { Opt, Result } from '../primitive/record.js'
import { builder, type Value } from '../tape/node.js'
import { checkOpen } from '../tape/scope.js'
import { flattenValues, lift } from '../tape/trace.js'
import { sameShape } from '../tensor/shape.js'
import { isLeaf, type Leaf, pathsOf, type Structure, unflatten } from '../tree/tree.js'

/** What stands for what: how messages call it, and what it has to be like. */
export interface Role {
  /** `the tangent`. */
  readonly what: string
  /** The tree's name in paths; none for a result, which has no name. */
  readonly root?: string
  /** `a tangent has the shape and element type of its argument`. */
  readonly hint?: string
}

/** Roles of values that a caller gives. */
export const TANGENT: Role = {
  what: 'the tangent',
  root: 'tangents',
  hint: 'a tangent has the shape and element type of its argument',
}
export const COTANGENT: Role = {
  what: 'the cotangent',
  hint: 'a cotangent has the shape and element type of the result it belongs to',
}

/** A path below another: `tangents` and `[0].w` are `tangents[0].w`. */
export const below = (root: string, path: string): string =>
  root === '' || path === '' || path.startsWith('[') ? root + path : `${root}.${path}`

/** A value that takes the place of another: same shape, same element type; JS numbers adapt. @throws ShapeError, DTypeError */
export const fit = (operation: string, x: Leaf, like: Abstract, asWhat: Role | Role['what'], path?: string): Tensor => {
  const role: Role = typeof asWhat === 'string' ? { what: asWhat } : asWhat
  const v = lift(x) as Value
  checkOpen(v.scopes, operation)
  if (!sameShape(v.shape, like.shape))
    throw new ShapeError({
      operation,
      problem: `${role.what} has shape ${showShape(v.shape)}, expected ${showShape(like.shape)}`,
      path,
      hint: role.hint,
    })
  if (v.dtype === like.dtype) return v
  if (v.weak && isFloat(like.dtype)) return builder.convert(v, like.dtype)
  throw new DTypeError({
    operation,
    problem: `${role.what} is ${v.dtype}, expected ${like.dtype}`,
    path,
    hint: isFloat(like.dtype) && isFloat(v.dtype) ? `convert it: convert(x, '${like.dtype}')` : role.hint,
  })
}

const kindOf = (x: unknown): string => {
  if (isLeaf(x)) return typeof x === 'number' ? 'a number' : `a tensor of shape ${showShape(x.shape)}`
  if (Array.isArray(x)) return `an array of ${x.length}`
  if (x === null || x === undefined) return String(x)
  if (typeof x === 'object') return `a record of ${Object.keys(x).join(', ') || 'nothing'}`
  return typeof x === 'function' ? 'a function' : JSON.stringify(x)
}

const kindOfStructure = (s: Structure): string =>
  s.kind === 'leaf'
    ? 'a tensor'
    : s.kind === 'array'
      ? `an array of ${s.children.length}`
      : s.kind === 'record'
        ? `a record of ${s.keys.join(', ') || 'nothing'}`
        : kindOf(s.value)

/**
 * The leaves of a tree of tangents or cotangents, held against the values they belong to. Null stands for zero, for a
 * leaf or for a whole branch; at values without a derivative nothing else may stand. Keys may come in any order.
 */
export const fitTree = (
  operation: string,
  x: unknown,
  structure: Structure,
  like: readonly Abstract[],
  role: Role,
): readonly Opt[] => {
  const out: Opt[] = []
  const leaf = (y: Leaf | null, path: string): void => {
    const a = like[out.length] as Abstract
    if (y !== null && !isFloat(a.dtype))
      throw new DTypeError({
        operation,
        problem: `${role.what} has a value for ${a.dtype}, which has no derivative`,
        path,
        hint: 'give null there',
      })
    out.push(y === null ? null : fit(operation, y, a, role, path))
  }
  const go = (s: Structure, y: unknown, path: string): void => {
    if (s.kind === 'leaf' && (y === null || isLeaf(y))) leaf(y, path)
    else if (s.kind === 'static' && (y === null || Object.is(y, s.value))) return
    else if (s.kind === 'array' && (y === null || (Array.isArray(y) && y.length === s.children.length)))
      s.children.forEach((c, i) => {
        go(c, y === null ? null : y[i], `${path}[${i}]`)
      })
    else if (s.kind === 'record' && (y === null || hasKeys(y, s.keys)))
      s.children.forEach((c, i) => {
        const key = s.keys[i] as string
        go(c, y === null ? null : (y as Readonly<Record<string, unknown>>)[key], below(path, key))
      })
    else
      throw new TreeError({
        operation,
        problem: `${role.what} is ${kindOf(y)}, expected ${kindOfStructure(s)}`,
        path,
        hint: 'it has the structure of what it belongs to, null where it is zero',
      })
  }
  go(structure, x, role.root ?? '')
  return out
}

const hasKeys = (y: unknown, keys: readonly string[]): boolean =>
  typeof y === 'object' &&
  y !== null &&
  !Array.isArray(y) &&
  !isLeaf(y) &&
  Object.keys(y).length === keys.length &&
  keys.every((k) => Object.hasOwn(y, k))

/** Gradients as a tree: zeros where nothing came back, null where there is no derivative. */
export const gradientTree = (structure: Structure, leaves: readonly Result[], gradients: readonly Opt[]): unknown =>
  unflatten({
    structure,
    leaves: leaves.map((x, i) => gradients[i] ?? (isFloat(x.dtype) ? builder.like(x, 0) : null)),
  })

/** The positions of the arguments to differentiate. @throws ValueError for one that is not there, or is named twice */
const chosenArguments = (operation: string, chosen: number | readonly number[], count: number): readonly number[] => {
  const list = typeof chosen === 'number' ? [chosen] : chosen
  list.forEach((i, at) => {
    if (!(Number.isInteger(i) && i >= 0 && i < count))
      throw new ValueError({
        operation,
        problem: `argument ${i} was chosen, but there ${count === 1 ? 'is 1 argument' : `are ${count} arguments`}`,
        hint: 'arguments are counted from 0',
      })
    if (list.indexOf(i) !== at) throw new ValueError({ operation, problem: `argument ${i} was chosen twice` })
  })
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
  for (const x of leaves) checkOpen((x as Value).scopes, operation)
  const root = one ? `arguments[${chosen}]` : 'arguments'
  checkDifferentiable(operation, leaves, structure, root)
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
export const checkDifferentiable = (
  operation: string,
  leaves: readonly Tensor[],
  structure: Structure,
  root = 'arguments',
): void => {
  if (leaves.some((x) => isFloat(x.dtype))) return
  const first = leaves[0]
  throw new DTypeError({
    operation,
    problem:
      first === undefined
        ? 'there is no tensor or number to differentiate'
        : `${first.dtype} of shape ${showShape(first.shape)} has no derivative`,
    path: below(root, pathsOf(structure)[0] ?? ''),
    hint: first === undefined ? 'pass a tensor, a number, or a tree of them' : "convert it: convert(x, 'f64')",
  })
}
