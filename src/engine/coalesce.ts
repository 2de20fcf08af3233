/**
 * Loops that only count through the same elements in order are one loop: what lies side by side is then run through in
 * whole vectors, however short its last axis.
 */
import type { Lane } from '../core/lane.js'
import type { Index, Loop, Nest, Source, Store } from '../core/nest.js'
import { rewritten } from './rewrite.js'

// -------------------------------------------------------------------------------------------------------------- indices

/** All indices of a nest. */
const indicesOf = (nest: Nest): readonly Index[] => {
  const found = new Set<Index>()
  const seen = new Set<Lane>()
  const stored: readonly Store[] = [...nest.traces, ...nest.stores]
  for (const s of stored) {
    found.add(s.index)
    seen.add(s.value)
    if (s.plus !== null) seen.add(s.plus)
  }
  for (const f of nest.folds)
    for (const l of [...f.init, ...f.next, ...(f.join === null ? [] : [f.join.step])]) seen.add(l)
  for (const lane of seen) {
    for (const a of lane.args) seen.add(a)
    if (lane.op !== 'source') continue
    const data = lane.data as Source
    if (data.kind === 'accumulated') continue
    found.add(data.index)
    if (data.kind === 'load' && data.plus !== null) seen.add(data.plus)
  }
  return [...found]
}

const coefficient = (index: Index, loop: Loop): number => index.terms.get(loop) ?? 0

/** Whether the inner loop, run through once for each round of the outer one, is one loop. */
const isOne = (indices: readonly Index[], outer: Loop, inner: Loop): boolean =>
  indices.every((i) => coefficient(i, outer) === inner.size * coefficient(i, inner))

// -------------------------------------------------------------------------------------------------------------- running

/** A nest in which `outer` and `inner` are one loop, in the place of `inner`. */
const joined = (nest: Nest, outer: Loop, inner: Loop): Nest => {
  const both: Loop = { size: outer.size * inner.size }
  const list = (loops: readonly Loop[]): readonly Loop[] =>
    loops.filter((l) => l !== outer).map((l) => (l === inner ? both : l))
  const index = (i: Index): Index => {
    if (!i.terms.has(outer) && !i.terms.has(inner)) return i
    const terms = new Map(i.terms)
    const c = coefficient(i, inner)
    terms.delete(outer)
    terms.delete(inner)
    if (c !== 0) terms.set(both, c)
    return { constant: i.constant, terms }
  }
  return { ...rewritten(nest, index), loops: list(nest.loops), folded: list(nest.folded) }
}

/** The same nest in as few loops as can be. Loops that are folded over stay in order. */
export const coalesced = (nest: Nest): Nest => {
  let n: Nest = {
    ...nest,
    loops: nest.loops.filter((l) => l.size !== 1),
    folded: nest.folded.filter((l) => l.size !== 1),
  }
  if (n.loops.length + n.folded.length < 2) return n
  for (;;) {
    const indices = indicesOf(n)
    const free = n.loops.filter((l) => !n.ordered.includes(l))
    const pair =
      free.flatMap((a) => free.map((b) => [a, b] as const)).find(([a, b]) => a !== b && isOne(indices, a, b)) ??
      n.folded.flatMap((a, k) => {
        const b = n.folded[k + 1]
        return b === undefined || !isOne(indices, a, b) ? [] : [[a, b] as const]
      })[0]
    if (pair === undefined) return n
    n = joined(n, ...pair)
  }
}
