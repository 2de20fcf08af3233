/**
 * Stable sorting without a branch. Blocks of a few elements are sorted by counting: the rank of an element is the number of
 * those before it. Then sorted runs are merged, two by two: an element's place is its place in its own run, and the number of
 * elements of the other run before it, found by bisection. n·log²n steps, each the same for all elements.
 */
import { binary, compare, constant, convert, type Lane, select, shift, source } from '../core/lane.js'
import {
  along,
  at,
  type Fold,
  type Index,
  type Load,
  type Loop,
  type Memory,
  type Nest,
  plus,
  put,
  type Store,
  storing,
  times,
} from '../core/nest.js'
import type { DType } from '../core/value.js'
import type { Known, Site } from './rule.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Elements, and where each stood at first. */
interface Run {
  readonly keys: Memory
  readonly places: Memory
}

/** Elements of a block that is sorted by counting: at most twice that. */
const BLOCK = 12

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

// -------------------------------------------------------------------------------------------------------------- order

const integer = (n: number): Lane => constant('i32', n)
const indexLane = (index: Index): Lane => source('i32', { kind: 'index', index })
const narrow = (mask: Lane): Lane => convert(mask, 'm32')

/** Truth values are sorted as 0 and 1. */
const keyType = (dtype: DType): 'f32' | 'f64' | 'i32' => (dtype === 'bool' ? 'i32' : dtype)
const keyOf = (x: Lane): Lane => (x.type === 'm32' ? select(x, integer(1), integer(0)) : x)

/** Whether a comes before b, of different values: NaN is last. */
const isBefore = (a: Lane, b: Lane): Lane => {
  const less = compare('lt', a, b)
  return narrow(a.type === 'i32' ? less : binary('or', less, binary('and', compare('eq', a, a), compare('ne', b, b))))
}

/** Whether they are one value to the order. */
const isEqual = (a: Lane, b: Lane): Lane => {
  const same = compare('eq', a, b)
  return narrow(a.type === 'i32' ? same : binary('or', same, binary('and', compare('ne', a, a), compare('ne', b, b))))
}

/** What stands behind the last element, so that runs are of one length: after everything else. */
const last = (dtype: DType): Lane =>
  dtype === 'f32' || dtype === 'f64' ? constant(dtype, Number.NaN) : integer(2 ** 31 - 1)

// ------------------------------------------------------------------------------------------------------------- counting

const loadAt = (m: Memory, index: Index, by: Lane | null = null): Lane =>
  source(keyType(m.dtype), { kind: 'load', memory: m, index, plus: by } satisfies Load)

/**
 * The rank of each element of a block, by counting. `outer` are the loops around blocks, `read` an element of the block;
 * `stores` says what is written at a rank.
 */
const counted = (
  outer: readonly Loop[],
  size: number,
  read: (inBlock: Index) => Lane,
  stores: (own: Index, rank: Lane) => readonly Store[],
): Nest => {
  const own: Loop = { size }
  const other: Loop = { size }
  const mine = read(along(own))
  const theirs = read(along(other))
  const isEarlier = compare('lt', indexLane(along(other)), indexLane(along(own)))
  const before = binary('or', isBefore(theirs, mine), binary('and', isEqual(theirs, mine), isEarlier))
  const step = select(before, integer(1), integer(0))
  const fold: Mutable<Fold> = { types: ['i32'], init: [integer(0)], next: [], join: { op: 'add', step } }
  const rank = source('i32', { kind: 'accumulated', fold, which: 0 })
  fold.next = [binary('add', rank, step)]
  return {
    loops: [...outer, own],
    ordered: [],
    folded: [other],
    folds: [fold],
    traces: [],
    stores: stores(along(own), rank),
  }
}

// -------------------------------------------------------------------------------------------------------------- merging

/** Elements of the left or right one of two runs of `width`, put into their places in both together. */
const merged = (
  rows: Index,
  loops: readonly Loop[],
  pairs: Loop,
  width: number,
  isLeft: boolean,
  from: Run,
  to: Run,
): Nest => {
  const own: Loop = { size: width }
  const start = plus(rows, times(along(pairs), 2 * width))
  const [mineAt, theirsAt] = isLeft ? [start, plus(start, at(width))] : [plus(start, at(width)), start]
  const here = plus(mineAt, along(own))
  const mine = loadAt(from.keys, here)
  // low and high of the bisection, equal when it is done; reading goes on at a place that is always there
  const fold: Mutable<Fold> = {
    types: ['i32', 'i32'],
    init: [integer(0), integer(width)],
    next: [],
    join: null,
  }
  const [low, high] = [0, 1].map((which) => source('i32', { kind: 'accumulated', fold, which })) as [Lane, Lane]
  const middle = shift('shrU', binary('add', low, high), 1)
  const theirs = loadAt(from.keys, theirsAt, binary('min', middle, integer(width - 1)))
  // of equals, those of the left run are first
  const isFurther = isLeft ? isBefore(theirs, mine) : binary('or', isBefore(theirs, mine), isEqual(theirs, mine))
  const isOpen = compare('lt', low, high)
  const up = binary('and', isOpen, isFurther)
  fold.next = [
    select(up, binary('add', middle, integer(1)), low),
    select(binary('andNot', isOpen, isFurther), middle, high),
  ]
  const there = plus(start, along(own))
  return {
    loops: [...loops, pairs, own],
    ordered: [],
    folded: [{ size: Math.ceil(Math.log2(width + 1)) }],
    folds: [fold],
    traces: [],
    stores: [
      put(to.keys, there, mine, low),
      put(
        to.places,
        there,
        source('i32', { kind: 'load', memory: from.places, index: here, plus: null } satisfies Load),
        low,
      ),
    ],
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** The indices that sort an axis, stable, NaN last. */
export const sorted = (axis: number, site: Site): readonly Nest[] => {
  const x = site.args[0] as Known
  const n = x.shape[axis] as number
  const loops: readonly Loop[] = x.shape.map((size) => ({ size }))
  const outer = loops.filter((_, a) => a !== axis)
  const elementAt = (i: Index): readonly Index[] => loops.map((l, a) => (a === axis ? i : along(l)))
  const read = (i: Index): Lane => keyOf(site.read(0, elementAt(i)))
  const placeAt = (i: Index): Index => site.place(elementAt(i))
  if (n <= 2 * BLOCK) {
    const unit = placeAt(at(1)).constant - placeAt(at(0)).constant
    return [
      counted(outer, n, read, (own, rank) => [
        put(site.memory, placeAt(at(0)), indexLane(own), unit === 1 ? rank : binary('mul', rank, integer(unit))),
      ]),
    ]
  }
  const passes = Math.ceil(Math.log2(n / (2 * BLOCK)))
  const block = Math.ceil(n / 2 ** passes)
  const length = block * 2 ** passes
  let rows = at(0)
  for (const l of outer) rows = plus(times(rows, l.size), along(l))
  rows = times(rows, length)
  const size = length * outer.reduce((p, l) => p * l.size, 1)
  const run = (): Run => ({ keys: site.scratch(keyType(x.dtype), size), places: site.scratch('i32', size) })
  let [from, to] = [run(), run()]
  const each: Loop = { size: n }
  const rest: Loop = { size: length - n }
  const blocks: Loop = { size: 2 ** passes }
  const begin = plus(rows, times(along(blocks), block))
  const nests: Nest[] = [
    storing([...outer, each], [put(to.keys, plus(rows, along(each)), read(along(each)))]),
    storing([...outer, rest], [put(to.keys, plus(plus(rows, at(n)), along(rest)), last(x.dtype))]),
    counted(
      [...outer, blocks],
      block,
      (i) => loadAt(to.keys, plus(begin, i)),
      (own, rank) => [
        put(from.keys, begin, loadAt(to.keys, plus(begin, own)), rank),
        put(from.places, begin, indexLane(plus(times(along(blocks), block), own)), rank),
      ],
    ),
  ]
  for (let width = block; width < length; width *= 2) {
    const pairs: Loop = { size: length / (2 * width) }
    nests.push(...[true, false].map((isLeft) => merged(rows, outer, pairs, width, isLeft, from, to)))
    ;[from, to] = [to, from]
  }
  const value: Load = { kind: 'load', memory: from.places, index: plus(rows, along(each)), plus: null }
  nests.push(storing([...outer, each], [put(site.memory, placeAt(along(each)), source('i32', value))]))
  return nests
}
