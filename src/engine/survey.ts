/** What a nest computes, found by one walk: who cuts it, tiles it, shares it and writes it asks the same questions. */
import type { Lane } from '../core/lane.js'
import type { Index, Memory, Nest, Source, Store } from '../core/nest.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A place that is read or written: its index, plus an element that a lane computes. */
export interface Access {
  readonly memory: Memory
  readonly index: Index
  readonly plus: Lane | null
}

/** Lanes that are computed in the same rounds. */
export interface Computed {
  readonly roots: readonly Lane[]
  /** All of them and what they are computed from, each once. */
  readonly lanes: readonly Lane[]
  readonly loads: readonly Access[]
}

/** What a nest computes in each round of its folds, and once around them. */
export interface Survey {
  readonly inner: Computed
  readonly outer: Computed
}

// -------------------------------------------------------------------------------------------------------------- running

/** What a lane is computed from: for a load, the lane of its place. */
export const below = (lane: Lane): readonly Lane[] => {
  const data = lane.op === 'source' ? (lane.data as Source) : null
  return data?.kind === 'load' && data.plus !== null ? [data.plus] : lane.args
}

/** Lanes below roots, the places of loads too. */
export const computed = (roots: readonly Lane[]): Computed => {
  const seen = new Set<Lane>(roots)
  const loads: Access[] = []
  for (const lane of seen) {
    if (lane.op === 'source') {
      const data = lane.data as Source
      if (data.kind === 'load') {
        loads.push(data)
        if (data.plus !== null) seen.add(data.plus)
      }
    }
    for (let i = 0; i < lane.args.length; i++) seen.add(lane.args[i] as Lane)
  }
  return { roots, lanes: [...seen], loads }
}

const stored = (roots: Lane[], stores: readonly Store[]): void => {
  for (const s of stores) {
    roots.push(s.value)
    if (s.plus !== null) roots.push(s.plus)
  }
}

const surveys = new WeakMap<Nest, Survey>()

/** The survey of a nest. */
export const surveyOf = (nest: Nest): Survey => {
  const known = surveys.get(nest)
  if (known !== undefined) return known
  const inner: Lane[] = []
  const outer: Lane[] = []
  for (const f of nest.folds) {
    inner.push(...f.next)
    outer.push(...f.init)
  }
  stored(inner, nest.traces)
  stored(outer, nest.stores)
  const made = { inner: computed(inner), outer: computed(outer) }
  surveys.set(nest, made)
  return made
}
