/**
 * Trees: the arguments, parameters and results of functions.
 *
 * Any nesting of records, tuples and arrays whose leaves are tensors or numbers is a tree; null, strings, functions and
 * the like are part of its structure. Taken apart, a tree is a structure and a list of leaves; as such a container it is
 * Functor, Foldable and Traversable.
 *
 * Laws (checked in laws/tree): unflatten(flatten(x)) = x; functor and traversable laws; combine(partition(p, x)) = x.
 */

import type { HKT } from 'fp-ts/HKT'
import type { Applicative } from 'fp-ts/lib/Applicative.js'
import type { Foldable1 } from 'fp-ts/lib/Foldable.js'
import type { Functor1 } from 'fp-ts/lib/Functor.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'
import type { Traversable1 } from 'fp-ts/lib/Traversable.js'
import { TreeError } from '../core/error.js'
import { isTensor, type Tensor } from '../core/value.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What stands at the places of a tree, without its leaves. */
export type Structure =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'static'; readonly value: unknown }
  | { readonly kind: 'array'; readonly children: readonly Structure[] }
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly children: readonly Structure[] }

/** A tree taken apart: its structure, and its leaves in order. */
export interface Tree<A> {
  readonly structure: Structure
  readonly leaves: readonly A[]
}

/** A leaf of a tree of values. */
export type Leaf = Tensor | number

const LEAF: Structure = { kind: 'leaf' }

/** The structure of a list of one leaf, such as the arguments of a function of one: shared, for it is the commonest. */
const ONE_LEAF: Structure = { kind: 'array', children: [LEAF] }

/** The structure of a single leaf. */
export const leafStructure: Structure = LEAF

// --------------------------------------------------------------------------------------------------------- constructors

/** Whether something is a leaf of a tree of values. */
export const isLeaf = (x: unknown): x is Leaf => typeof x === 'number' || isTensor(x)

/** Whether an object is a plain one. */
export const isRecord = (x: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === null || prototype === Object.prototype
}

/** Takes a tree apart; `leaf` says what its leaves are (by default tensors and numbers). Keys in insertion order. */
export const flatten = <A = Leaf>(x: unknown, leaf: (x: unknown) => x is A = isLeaf as never): Tree<A> => {
  if (leaf(x)) return { structure: LEAF, leaves: [x] }
  const leaves: A[] = []
  return { structure: takeApart(x, leaf, leaves, [], []), leaves }
}

/** The structure of `x`, its leaves put with those before; `keys` lead from the root through `ancestors` to it. */
const takeApart = <A>(
  x: unknown,
  leaf: (x: unknown) => x is A,
  leaves: A[],
  ancestors: object[],
  keys: (string | number)[],
): Structure => {
  if (leaf(x)) {
    leaves.push(x)
    return LEAF
  }
  if (typeof x !== 'object' || x === null || !(Array.isArray(x) || isRecord(x))) {
    if (ArrayBuffer.isView(x)) throw notTensor(x, pathOf(keys))
    return { kind: 'static', value: x }
  }
  if (ancestors.includes(x))
    throw new TreeError({
      operation: 'flatten',
      problem: 'the tree contains itself',
      path: pathOf(keys),
      hint: 'trees must be finite',
    })
  if (ancestors.length === MAX_DEPTH) throw tooDeep()
  ancestors.push(x)
  const names = Array.isArray(x) ? undefined : Object.keys(x)
  const n = names === undefined ? (x as readonly unknown[]).length : names.length
  const children = new Array<Structure>(n)
  for (let i = 0; i < n; i++) {
    const key = names === undefined ? i : (names[i] as string)
    keys.push(key)
    children[i] = takeApart((x as Readonly<Record<string | number, unknown>>)[key], leaf, leaves, ancestors, keys)
    keys.pop()
  }
  ancestors.pop()
  if (names !== undefined) return { kind: 'record', keys: names, children }
  return n === 1 && children[0] === LEAF ? ONE_LEAF : { kind: 'array', children }
}

/** How messages name a place: `params[0].w`. */
const pathOf = (keys: readonly (string | number)[]): string =>
  keys.map((k, i) => (typeof k === 'number' ? `[${k}]` : i === 0 ? k : `.${k}`)).join('')

/** Levels of nesting; what walks a structure uses the stack. */
const MAX_DEPTH = 1000

const tooDeep = (): TreeError =>
  new TreeError({
    operation: 'flatten',
    problem: `the tree is nested more than ${MAX_DEPTH} levels deep`,
    hint: 'hold long sequences in an array, or stack them into one tensor',
  })

/** Memory that can be written to behind a trace's back is no leaf, and would go stale as a part of the structure. */
const notTensor = (y: ArrayBufferView, path: string): TreeError =>
  new TreeError({
    operation: 'flatten',
    problem: `found a ${y.constructor.name} where a tensor or a number belongs`,
    path,
    hint: 'make it a tensor: tensor(x)',
  })

/** Puts a tree together. @throws TreeError when the number of leaves is not the structure's */
export const unflatten = <A>(t: Tree<A>): unknown => {
  if (t.structure.kind === 'leaf' && t.leaves.length === 1) return t.leaves[0]
  let next = 0
  const go = (s: Structure): unknown => {
    switch (s.kind) {
      case 'leaf':
        return t.leaves[next++]
      case 'static':
        return s.value
      case 'array':
        return s.children.map(go)
      case 'record': {
        const built: Record<string, unknown> = {}
        for (let i = 0; i < s.keys.length; i++) define(built, s.keys[i] as string, go(s.children[i] as Structure))
        return built
      }
    }
  }
  const built = go(t.structure)
  if (next !== t.leaves.length)
    throw new TreeError({
      operation: 'unflatten',
      problem: `the structure has ${next} leaves, found ${t.leaves.length}`,
    })
  return built
}

/** Sets a key; `__proto__` is a key like any other. */
export const define = (o: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === '__proto__')
    Object.defineProperty(o, key, { value, enumerable: true, configurable: true, writable: true })
  else o[key] = value
}

// ----------------------------------------------------------------------------------------------------------- structures

/** Whether two structures are the same; static parts by identity. */
export const sameStructure = (a: Structure, b: Structure): boolean => {
  if (a === b) return true
  if (a.kind === 'static') return b.kind === 'static' && Object.is(a.value, b.value)
  if (a.kind === 'array') return b.kind === 'array' && sameChildren(a.children, b.children)
  if (a.kind === 'record')
    return (
      b.kind === 'record' &&
      a.keys.length === b.keys.length &&
      a.keys.every((k, i) => k === b.keys[i]) &&
      sameChildren(a.children, b.children)
    )
  return b.kind === 'leaf'
}

const sameChildren = (a: readonly Structure[], b: readonly Structure[]): boolean =>
  a.length === b.length && a.every((s, i) => sameStructure(s, b[i] as Structure))

/** The path of every leaf: `[0].w`, `hidden.b`, the empty path for a single leaf. */
export const pathsOf = (structure: Structure): readonly string[] => {
  const paths: string[] = []
  const go = (s: Structure, path: string): void => {
    if (s.kind === 'leaf') paths.push(path)
    else if (s.kind !== 'static')
      for (let i = 0; i < s.children.length; i++) {
        const step = s.kind === 'array' ? `[${i}]` : `${path === '' ? '' : '.'}${s.keys[i]}`
        go(s.children[i] as Structure, path + step)
      }
  }
  go(structure, '')
  return paths
}

/** A structure in one line, as messages show it: `{ w: *, b: [*, *] }`. */
export const showStructure = (s: Structure): string => {
  switch (s.kind) {
    case 'leaf':
      return '*'
    case 'static':
      return typeof s.value === 'function' ? 'function' : String(JSON.stringify(s.value) ?? s.value)
    case 'array':
      return `[${s.children.map(showStructure).join(', ')}]`
    case 'record':
      return `{ ${s.keys.map((k, i) => `${k}: ${showStructure(s.children[i] as Structure)}`).join(', ')} }`
  }
}

/** The first place where two structures part. */
export const parting = (
  a: Structure,
  b: Structure,
  path: string,
): { readonly expected: Structure; readonly found: Structure; readonly path: string } => {
  const below = (i: number, step: string): ReturnType<typeof parting> | undefined => {
    const x = (a as { readonly children: readonly Structure[] }).children[i] as Structure
    const y = (b as { readonly children: readonly Structure[] }).children[i] as Structure
    return sameStructure(x, y) ? undefined : parting(x, y, step)
  }
  if (a.kind === 'array' && b.kind === 'array' && a.children.length === b.children.length)
    for (let i = 0; i < a.children.length; i++) {
      const found = below(i, `${path}[${i}]`)
      if (found !== undefined) return found
    }
  if (a.kind === 'record' && b.kind === 'record' && a.keys.join() === b.keys.join())
    for (let i = 0; i < a.children.length; i++) {
      const found = below(i, path === '' ? (a.keys[i] as string) : `${path}.${a.keys[i]}`)
      if (found !== undefined) return found
    }
  return { expected: a, found: b, path }
}

/** Refuses a tree of another structure. @throws TreeError that shows both where they part */
export const checkStructure = (operation: string, expected: Structure, found: Structure, what: string): void => {
  if (sameStructure(expected, found)) return
  const at = parting(expected, found, '')
  const shown = (s: Structure): string => (s.kind === 'leaf' ? 'a tensor' : showStructure(s))
  throw new TreeError({
    operation,
    problem: `${what} has ${shown(at.found)} where ${shown(at.expected)} is expected`,
    path: at.path,
    hint: at.expected.kind === 'leaf' || at.expected.kind === 'static' ? undefined : '* stands for a tensor',
  })
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** A leaf function that keeps each leaf's own type. */
export type LeafMap = <T extends Leaf>(leaf: T, path: string) => T

/** Applies `f` to every leaf; the tree keeps its structure and its type. `f` is told the leaf's path. */
export const mapLeaves =
  (f: (leaf: Tensor, path: string) => Tensor | number) =>
  <T>(x: T): T => {
    const t = flatten(x)
    const paths = pathsOf(t.structure)
    return unflatten({
      structure: t.structure,
      leaves: t.leaves.map((l, i) => f(l as Tensor, paths[i] as string)),
    }) as T
  }

/** Applies `f` to leaves that stand at the same place in several trees of one structure. @throws TreeError */
export const zipLeaves =
  (f: (...leaves: readonly Tensor[]) => Tensor | number) =>
  <T>(x: T, ...others: readonly unknown[]): T => {
    const first = flatten(x)
    const rest = others.map((o, i) => {
      const t = flatten(o)
      checkStructure('zipLeaves', first.structure, t.structure, `tree ${i + 1}`)
      return t
    })
    const leaves = first.leaves.map((l, i) => f(l as Tensor, ...rest.map((t) => t.leaves[i] as Tensor)))
    return unflatten({ structure: first.structure, leaves }) as T
  }

/** Folds the leaves of a tree from the first to the last. */
export const reduceLeaves =
  <B>(start: B, f: (acc: B, leaf: Tensor, path: string) => B) =>
  (x: unknown): B => {
    const t = flatten(x)
    const paths = pathsOf(t.structure)
    return t.leaves.reduce<B>((acc, l, i) => f(acc, l as Tensor, paths[i] as string), start)
  }

/**
 * Splits a tree in two of the same structure: leaves for which `chosen` holds stand in the first, the others in the
 * second, null in the place of what went to the other. `combine` is its inverse; a frozen part is one half of this.
 */
export const partition =
  (chosen: (leaf: Tensor, path: string) => boolean) =>
  <T>(x: T): readonly [T, T] => {
    const t = flatten(x)
    const paths = pathsOf(t.structure)
    const isChosen = t.leaves.map((l, i) => chosen(l as Tensor, paths[i] as string))
    const half = (want: boolean): T =>
      unflatten({ structure: t.structure, leaves: t.leaves.map((l, i) => (isChosen[i] === want ? l : null)) }) as T
    return [half(true), half(false)]
  }

/** Puts the two halves of a partition together. @throws TreeError when they are not halves of one tree */
export const combine = <T>(x: T, y: T): T => {
  const go = (a: unknown, b: unknown, path: string): unknown => {
    if (a === null) return b
    if (b === null) return a
    if (isLeaf(a) || isLeaf(b)) throw new TreeError({ operation: 'combine', problem: 'both halves have a leaf', path })
    if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
      return a.map((c, i) => go(c, b[i], `${path}[${i}]`))
    if (typeof a === 'object' && typeof b === 'object') {
      const keys = Object.keys(a)
      const same = keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k))
      if (!same || Array.isArray(a) !== Array.isArray(b))
        throw new TreeError({ operation: 'combine', problem: 'the halves have different structures', path })
      const at = (k: string): string => (path === '' ? k : `${path}.${k}`)
      return Object.fromEntries(
        keys.map((k) => [k, go((a as Record<string, unknown>)[k], (b as Record<string, unknown>)[k], at(k))]),
      )
    }
    if (!Object.is(a, b))
      throw new TreeError({ operation: 'combine', problem: 'the halves have different static parts', path })
    return a
  }
  return go(x, y, '') as T
}

// ------------------------------------------------------------------------------------------------------------- instances

/** The name of `Tree` among fp-ts's kinds. */
export const URI = 'lanac/Tree'
/** The name of `Tree` among fp-ts's kinds. */
export type URI = typeof URI

declare module 'fp-ts/HKT' {
  interface URItoKind<A> {
    readonly [URI]: Tree<A>
  }
}

/** Applies `f` to every leaf of a tree taken apart. */
export const map =
  <A, B>(f: (a: A) => B) =>
  (t: Tree<A>): Tree<B> => ({ structure: t.structure, leaves: t.leaves.map(f) })

/** Leaves can be mapped; the structure stays. */
export const Functor: Functor1<URI> = { URI, map: (t, f) => map(f)(t) }

/** Leaves can be folded, in order. */
export const Foldable: Foldable1<URI> = {
  URI,
  reduce: (t, b, f) => t.leaves.reduce(f, b),
  foldMap:
    <M>(M: Monoid<M>) =>
    <A>(t: Tree<A>, f: (a: A) => M) =>
      t.leaves.reduce((m, a) => M.concat(m, f(a)), M.empty),
  reduceRight: (t, b, f) => t.leaves.reduceRight((acc, a) => f(a, acc), b),
}

/** Leaves can be traversed with effects, in order. */
export const Traversable: Traversable1<URI> = {
  ...Functor,
  ...Foldable,
  traverse:
    <F>(F: Applicative<F>) =>
    <A, B>(t: Tree<A>, f: (a: A) => HKT<F, B>): HKT<F, Tree<B>> =>
      F.map(RA.traverse(F)(f)(t.leaves), (leaves) => ({ structure: t.structure, leaves })),
  sequence:
    <F>(F: Applicative<F>) =>
    <A>(t: Tree<HKT<F, A>>): HKT<F, Tree<A>> =>
      F.map(RA.sequence(F)(t.leaves), (leaves) => ({ structure: t.structure, leaves })),
}
