/**
 * Equal lanes as one object, and copies of lanes for the rounds of an unrolled loop.
 *
 * What does not depend on the loop that is unrolled comes out as the same object in every copy, so it is computed once.
 */
import { type Lane, madd } from '../core/lane.js'
import { type Fold, type Index, type IndexValue, type Load, type Loop, loopNumber, type Source } from '../core/nest.js'

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
  /** The copy of a lane under shifts; `copy` tells apart what the copies carry. */
  readonly copy: (lane: Lane, shifts: Shifts, copy: number) => Lane
  /** The lane of a value that a fold carries. */
  readonly carried: (fold: Fold, which: number, copy: number) => Lane
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

const shiftedIndex = (index: Index, shifts: Shifts): Index => {
  let by = 0
  for (const [loop, n] of shifts) by += (index.terms.get(loop) ?? 0) * n
  return by === 0 ? index : { constant: index.constant + by, terms: index.terms }
}

const isConstant = (lane: Lane, value: number): boolean => lane.op === 'constant' && Object.is(lane.data, value)

const isCarried = (lane: Lane): boolean =>
  lane.op === 'source' && (lane.data as { readonly kind?: unknown } | null)?.kind === 'carried'

/** Identities that keep every IEEE result, on the way. */
const simplified = (lane: Lane): Lane => {
  const [x, y] = lane.args as readonly [Lane, Lane]
  if (lane.op === 'mul' && isConstant(y, 1)) return x
  if (lane.op === 'mul' && isConstant(x, 1)) return y
  // a mask widened and narrowed again
  if (lane.op === 'convert' && x.op === 'convert' && lane.type.startsWith('m')) {
    const inner = x.args[0] as Lane
    if (inner.type === lane.type) return inner
  }
  // The steps of a sum of products, whose order is not the evaluator's anyway. Elsewhere both roundings stay, so that
  // elementwise arithmetic gives the same bits in every mode.
  if (lane.op === 'add' && y.op === 'mul' && lane.type.startsWith('f') && isCarried(x))
    return madd(y.args[0] as Lane, y.args[1] as Lane, x)
  return lane
}

/** What sources read, once they are copies. */
type CopiedSource = Load | IndexValue | Carried

const sameSource = (a: CopiedSource, b: CopiedSource): boolean => {
  if (a.kind === 'carried') return b.kind === 'carried' && a.fold === b.fold && a.which === b.which && a.copy === b.copy
  if (b.kind === 'carried') return false
  // indices are unique already
  if (a.index !== b.index) return false
  return a.kind === 'index' ? b.kind === 'index' : b.kind === 'load' && a.memory === b.memory && a.plus === b.plus
}

const sameLane = (a: Lane, b: Lane): boolean => {
  if (a.op !== b.op || a.type !== b.type || a.args.length !== b.args.length) return false
  if (a.op === 'source') return sameSource(a.data as CopiedSource, b.data as CopiedSource)
  if (!Object.is(a.data, b.data)) return false
  for (let i = 0; i < a.args.length; i++) if (a.args[i] !== b.args[i]) return false
  return true
}

/** A new interner, for one nest. */
export const interner = (): Interner => {
  const id = numberer()
  const unique = uniquely(sameLane)
  const uniqueIndex = uniquely(sameIndex)
  const interned = (lane: Lane): Lane => {
    let number = mixed(textNumber(lane.op), typeof lane.data === 'number' ? lane.data | 0 : 0)
    for (let i = 0; i < lane.args.length; i++) number = mixed(number, id(lane.args[i] as Lane))
    return unique(number, lane)
  }
  const read = (type: Lane['type'], number: number, data: CopiedSource): Lane =>
    unique(number, { op: 'source', type, args: [], data })
  const carried = (fold: Fold, which: number, copy: number): Lane =>
    read(fold.types[which] as Lane['type'], mixed(mixed(id(fold), which), copy), { kind: 'carried', fold, which, copy })
  const copySource = (lane: Lane, shifts: Shifts, copy: number, again: (l: Lane) => Lane): Lane => {
    const data = lane.data as Source
    if (data.kind === 'accumulated') return carried(data.fold, data.which, copy)
    const shifted = shiftedIndex(data.index, shifts)
    const index = uniqueIndex(indexNumber(shifted), shifted)
    if (data.kind === 'index') return read(lane.type, id(index), { kind: 'index', index })
    const by = data.plus === null ? null : again(data.plus)
    const number = mixed(mixed(id(index), id(data.memory)), by === null ? 0 : id(by))
    return read(lane.type, number, { kind: 'load', memory: data.memory, index, plus: by })
  }
  return {
    carried,
    copy: (root, shifts, copy) => {
      const made = new Map<Lane, Lane>()
      const todo: Lane[] = [root]
      const again = (l: Lane): Lane => made.get(l) as Lane
      while (todo.length > 0) {
        const lane = todo[todo.length - 1] as Lane
        if (made.has(lane)) {
          todo.pop()
          continue
        }
        const by =
          lane.op === 'source' && (lane.data as Source).kind === 'load'
            ? (lane.data as { readonly plus: Lane | null }).plus
            : null
        const below = by === null ? lane.args : [by]
        const missing = below.filter((a) => !made.has(a))
        if (missing.length > 0) {
          todo.push(...missing)
          continue
        }
        made.set(
          lane,
          lane.op === 'source'
            ? copySource(lane, shifts, copy, again)
            : interned(simplified({ ...lane, args: lane.args.map(again) })),
        )
        todo.pop()
      }
      return made.get(root) as Lane
    },
  }
}
