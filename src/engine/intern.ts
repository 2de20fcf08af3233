/**
 * Equal lanes as one object, and copies of lanes for the rounds of an unrolled loop.
 *
 * What does not depend on the loop that is unrolled comes out as the same object in every copy, so it is computed once.
 * Programs are small and compiled once, so what is done here is done by code that no engine has had time to optimise: a lane
 * is copied once for all copies in which it is the same.
 */
import { type Lane, madd } from '../core/lane.js'
import { type Fold, type Index, type IndexValue, type Load, type Loop, loopNumber, type Source } from '../core/nest.js'
import { below } from './survey.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How far each unrolled loop has advanced in a copy. */
export type Shifts = ReadonlyMap<Loop, number>

/** One copy of what a fold carries. */
export interface Carried {
  readonly kind: 'carried'
  readonly fold: Fold
  readonly which: number
  readonly copy: number
}

/** What makes lanes unique. */
export interface Interner {
  /** Copies lanes under shifts; `copy` tells apart what the copies carry. */
  readonly copy: (shifts: Shifts, copy: number) => (lane: Lane) => Lane
  /** The lane of a value that a fold carries. */
  readonly carried: (fold: Fold, which: number, copy: number) => Lane
  /** Loads and values of indices in what has been copied so far, each once. */
  readonly reads: () => readonly Lane[]
}

/** A unique lane, with a number of its own. */
interface Unique {
  readonly lane: Lane
  readonly number: number
  readonly args: readonly Unique[]
}

/** A lane that is copied, and its copies. */
interface Original {
  readonly lane: Lane
  /** What it is computed from. */
  readonly from: readonly Original[]
  /** What it depends on, as bits: on what folds carry, and on the loops that are shifted, one after the other. */
  readonly depends: number
  readonly copies: Map<number, Unique>
}

// --------------------------------------------------------------------------------------------------------- constructors

const numberer = (): ((o: object) => number) => {
  const ids = new Map<object, number>()
  return (o) => {
    const known = ids.get(o)
    if (known !== undefined) return known
    ids.set(o, ids.size)
    return ids.size - 1
  }
}

/** Values by number, each as the first one that is equal to it; numbers of unequal values may be equal too. */
const uniquely = <A>(isEqual: (a: A, b: A) => boolean): ((number: number, value: A) => A) => {
  const known = new Map<number, A[]>()
  return (number, value) => {
    const same = known.get(number)
    if (same === undefined) {
      known.set(number, [value])
      return value
    }
    for (let i = 0; i < same.length; i++) if (isEqual(same[i] as A, value)) return same[i] as A
    same.push(value)
    return value
  }
}

/** A number of two numbers, that few other pairs share. */
const mixed = (a: number, b: number): number => (Math.imul(a, 31) + b) | 0

const textNumbers = new Map<string, number>()

const textNumber = (text: string): number => {
  const known = textNumbers.get(text)
  if (known !== undefined) return known
  textNumbers.set(text, textNumbers.size)
  return textNumbers.size - 1
}

/** The number of an index: of one that is equal, the same. */
const indexNumber = (index: Index): number => {
  let sum = index.constant | 0
  // in any order
  for (const [loop, c] of index.terms) sum = (sum + Math.imul(mixed(loopNumber(loop), c | 0), 0x9e3779b1)) | 0
  return sum
}

/** Whether two indices are one. */
const sameIndex = (a: Index, b: Index): boolean => {
  if (a === b) return true
  if (a.constant !== b.constant || a.terms.size !== b.terms.size) return false
  for (const [loop, c] of a.terms) if (b.terms.get(loop) !== c) return false
  return true
}

/** An index some rounds of loops later. */
export const shiftedIndex = (index: Index, shifts: Shifts): Index => {
  let by = 0
  for (const [loop, n] of shifts) by += (index.terms.get(loop) ?? 0) * n
  return by === 0 ? index : { constant: index.constant + by, terms: index.terms }
}

const isNumber = (lane: Lane, value: number): boolean => lane.op === 'constant' && Object.is(lane.data, value)

const isCarried = (lane: Lane): boolean =>
  lane.op === 'source' && (lane.data as { readonly kind?: unknown } | null)?.kind === 'carried'

/** What sources read, once they are copies. */
type CopiedSource = Load | IndexValue | Carried

const sameSource = (a: CopiedSource, b: CopiedSource): boolean => {
  if (a.kind === 'carried') return b.kind === 'carried' && a.fold === b.fold && a.which === b.which && a.copy === b.copy
  if (b.kind === 'carried') return false
  // indices are unique already
  if (a.index !== b.index) return false
  return a.kind === 'index' ? b.kind === 'index' : b.kind === 'load' && a.memory === b.memory && a.plus === b.plus
}

const NONE: readonly never[] = []

/** What a lane depends on. */
const CARRIES = 1
const FIRST = 2

/** By this the advances of loops are told apart, which are short, and the copies in a tile, which are few. */
const RADIX = 2 ** 10

/** A new interner, for one nest; `shifted`: the loops that shifts move. */
export const interner = (shifted: readonly Loop[] = []): Interner => {
  const id = numberer()
  const uniqueIndex = uniquely(sameIndex)
  const known = new Map<number, Unique[]>()
  const reads: Lane[] = []
  let count = 0
  const add = (hash: number, lane: Lane, args: readonly Unique[]): Unique => {
    const made = { lane, number: count++, args }
    const same = known.get(hash)
    if (same === undefined) known.set(hash, [made])
    else same.push(made)
    return made
  }
  const read = (type: Lane['type'], hash: number, data: CopiedSource): Unique => {
    for (const u of known.get(hash) ?? NONE)
      if (u.lane.op === 'source' && u.lane.type === type && sameSource(u.lane.data as CopiedSource, data)) return u
    const lane: Lane = { op: 'source', type, args: NONE, data }
    if (data.kind !== 'carried') reads.push(lane)
    return add(hash, lane, NONE)
  }
  /** The lane of these arguments in place of its own. */
  const interned = (lane: Lane, args: readonly Unique[]): Unique => {
    const { op, type, data } = lane
    let hash = mixed(textNumber(op), typeof data === 'number' ? data | 0 : 0)
    for (let i = 0; i < args.length; i++) hash = mixed(hash, (args[i] as Unique).number)
    search: for (const u of known.get(hash) ?? NONE) {
      if (u.lane.op !== op || u.lane.type !== type || u.args.length !== args.length || !Object.is(u.lane.data, data))
        continue
      for (let i = 0; i < args.length; i++) if (u.args[i] !== args[i]) continue search
      return u
    }
    const isOwn = args.every((x, i) => x.lane === lane.args[i])
    return add(hash, isOwn ? lane : { op, type, args: args.map((x) => x.lane), data }, args)
  }
  /** With identities that keep every IEEE result, on the way. */
  const simplified = (lane: Lane, args: readonly Unique[]): Unique => {
    const [x, y] = args as readonly [Unique, Unique]
    if (lane.op === 'mul' && isNumber(y.lane, 1)) return x
    if (lane.op === 'mul' && isNumber(x.lane, 1)) return y
    // a mask widened and narrowed again
    if (lane.op === 'convert' && x.lane.op === 'convert' && lane.type.startsWith('m')) {
      const inner = x.args[0] as Unique
      if (inner.lane.type === lane.type) return inner
    }
    // The steps of a sum of products, whose order is not the evaluator's anyway. Elsewhere both roundings stay, so that
    // elementwise arithmetic gives the same bits in every mode.
    if (lane.op === 'add' && y.lane.op === 'mul' && lane.type.startsWith('f') && isCarried(x.lane)) {
      const [p, q] = y.args as readonly [Unique, Unique]
      return interned(madd(p.lane, q.lane, x.lane), [p, q, x])
    }
    return interned(lane, args)
  }
  const carried = (fold: Fold, which: number, copy: number): Unique =>
    read(fold.types[which] as Lane['type'], mixed(mixed(id(fold), which), copy), { kind: 'carried', fold, which, copy })
  const copySource = (lane: Lane, place: Unique | null, shifts: Shifts, copy: number): Unique => {
    const data = lane.data as Source
    if (data.kind === 'accumulated') return carried(data.fold, data.which, copy)
    const moved = shiftedIndex(data.index, shifts)
    const index = uniqueIndex(indexNumber(moved), moved)
    if (data.kind === 'index') return read(lane.type, id(index), { kind: 'index', index })
    const hash = mixed(mixed(id(index), id(data.memory)), place === null ? 0 : place.number)
    return read(lane.type, hash, { kind: 'load', memory: data.memory, index, plus: place === null ? null : place.lane })
  }

  const originals = new Map<Lane, Original>()
  const made = (lane: Lane): Original => {
    const from = below(lane).map((l) => originals.get(l) as Original)
    const data = lane.op === 'source' ? (lane.data as Source) : null
    let depends = 0
    for (const b of from) depends |= b.depends
    if (data?.kind === 'accumulated') depends |= CARRIES
    else if (data !== null)
      shifted.forEach((l, n) => {
        if (data.index.terms.has(l)) depends |= FIRST << n
      })
    return { lane, from, depends, copies: new Map() }
  }
  /** A lane as one to be copied, and what is below it. */
  const originalOf = (root: Lane): Original => {
    const found = originals.get(root)
    if (found !== undefined) return found
    const todo = [root]
    for (let lane = todo.at(-1); lane !== undefined; lane = todo.at(-1)) {
      const before = todo.length
      if (!originals.has(lane)) for (const x of below(lane)) if (!originals.has(x)) todo.push(x)
      if (todo.length > before) continue
      if (!originals.has(lane)) originals.set(lane, made(lane))
      todo.pop()
    }
    return originals.get(root) as Original
  }

  return {
    reads: () => reads,
    carried: (fold, which, copy) => carried(fold, which, copy).lane,
    copy: (shifts, copy) => {
      /** What a copy is found by, for all that a lane may depend on. */
      const keys = [0, copy]
      for (const l of shifted) {
        const advance = shifts.get(l) ?? 0
        keys.push(...keys.map((k) => k * RADIX + advance))
        for (let i = 0; i < keys.length / 2; i++) keys[i] = (keys[i] as number) * RADIX
      }
      return (root) => {
        const top = originalOf(root)
        const key = keys[top.depends] as number
        const known = top.copies.get(key)
        if (known !== undefined) return known.lane
        const todo = [top]
        for (let x: Original | undefined = top; x !== undefined; x = todo[todo.length - 1]) {
          const { lane, from, copies } = x
          const own = keys[x.depends] as number
          if (!copies.has(own)) {
            const args: Unique[] = []
            const before = todo.length
            for (let i = 0; i < from.length; i++) {
              const y = from[i] as Original
              const made = y.copies.get(keys[y.depends] as number)
              if (made === undefined) todo.push(y)
              else args.push(made)
            }
            if (todo.length > before) continue
            const place = args[0] ?? null
            copies.set(own, lane.op === 'source' ? copySource(lane, place, shifts, copy) : simplified(lane, args))
          }
          todo.pop()
        }
        return (top.copies.get(key) as Unique).lane
      }
    },
  }
}
