/**
 * Equal lanes as one object, and copies of lanes for the rounds of an unrolled loop.
 *
 * What does not depend on the loop that is unrolled comes out as the same object in every copy, so it is computed once.
 */
import { type Lane, madd } from '../core/lane.js'
import { at, type Fold, type Index, indexKey, type Loop, type Memory, plus, type Source } from '../core/nest.js'

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

const shiftedIndex = (index: Index, shifts: Shifts): Index => {
  let by = 0
  for (const [loop, n] of shifts) by += (index.terms.get(loop) ?? 0) * n
  return by === 0 ? index : plus(index, at(by))
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

/** A new interner, for one nest. */
export const interner = (): Interner => {
  const id = numberer()
  const unique = new Map<string, Lane>()
  const keep = (key: string, make: () => Lane): Lane => {
    const known = unique.get(key)
    if (known !== undefined) return known
    const lane = make()
    unique.set(key, lane)
    return lane
  }
  const interned = (lane: Lane): Lane => {
    const data =
      typeof lane.data === 'object' && lane.data !== null
        ? `#${id(lane.data)}`
        : String(Object.is(lane.data, -0) ? '-0' : lane.data)
    return keep(`${lane.op}|${lane.type}|${data}|${lane.args.map(id).join()}`, () => lane)
  }
  const carried = (fold: Fold, which: number, copy: number): Lane =>
    keep(`carried|${id(fold)}|${which}|${copy}`, () => ({
      op: 'source',
      type: fold.types[which] as Lane['type'],
      args: [],
      data: { kind: 'carried', fold, which, copy } satisfies Carried,
    }))
  const copySource = (lane: Lane, shifts: Shifts, copy: number, again: (l: Lane) => Lane): Lane => {
    const data = lane.data as Source
    if (data.kind === 'accumulated') return carried(data.fold, data.which, copy)
    const index = shiftedIndex(data.index, shifts)
    if (data.kind === 'index') return keep(`index|${indexKey(index)}`, () => ({ ...lane, data: { ...data, index } }))
    const by = data.plus === null ? null : again(data.plus)
    return keep(`load|${id(data.memory)}|${indexKey(index)}|${by === null ? '' : id(by)}`, () => ({
      ...lane,
      data: { ...data, index, plus: by },
    }))
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

/** Loads below lanes, each once. */
export const loadsOf = (
  roots: readonly Lane[],
): readonly { readonly memory: Memory; readonly index: Index; readonly plus: Lane | null }[] => {
  const seen = new Set<Lane>(roots)
  const found: { readonly memory: Memory; readonly index: Index; readonly plus: Lane | null }[] = []
  for (const lane of seen) {
    if (lane.op === 'source') {
      const data = lane.data as Source
      if (data.kind === 'load') {
        found.push(data)
        if (data.plus !== null) seen.add(data.plus)
      }
    }
    for (const a of lane.args) seen.add(a)
  }
  return found
}
