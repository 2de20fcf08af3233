/** Nests and lanes under other indices. */
import { type Lane, source } from '../core/lane.js'
import type { Fold, Index, Nest, Source, Store } from '../core/nest.js'

/** A lane with other indices and folds. */
export const rewrittenLane = (
  root: Lane,
  index: (i: Index) => Index,
  folds: ReadonlyMap<Fold, Fold>,
  made: Map<Lane, Lane> = new Map(),
): Lane => {
  const go = (lane: Lane): Lane => {
    const known = made.get(lane)
    if (known !== undefined) return known
    let out: Lane
    if (lane.op === 'source') {
      const data = lane.data as Source
      out =
        data.kind === 'accumulated'
          ? source(lane.type, { ...data, fold: folds.get(data.fold) ?? data.fold })
          : source(lane.type, {
              ...data,
              index: index(data.index),
              ...(data.kind === 'load' && data.plus !== null ? { plus: go(data.plus) } : {}),
            })
    } else out = { ...lane, args: lane.args.map(go) }
    made.set(lane, out)
    return out
  }
  return go(root)
}

/** A nest with other indices, and with what was `made` of some of its lanes already; its loops are the caller's to change. */
export const rewritten = (nest: Nest, index: (i: Index) => Index, made: Map<Lane, Lane> = new Map()): Nest => {
  const folds = new Map(
    nest.folds.map((f) => [f, { ...f, init: [], next: [] } as { -readonly [K in keyof Fold]: Fold[K] }] as const),
  )
  const go = (l: Lane): Lane => rewrittenLane(l, index, folds, made)
  for (const [f, g] of folds) {
    g.init = f.init.map(go)
    g.next = f.next.map(go)
    g.join = f.join === null ? null : { ...f.join, step: go(f.join.step) }
  }
  const store = (s: Store): Store => ({
    ...s,
    index: index(s.index),
    plus: s.plus === null ? null : go(s.plus),
    value: go(s.value),
  })
  return { ...nest, folds: [...folds.values()], traces: nest.traces.map(store), stores: nest.stores.map(store) }
}
