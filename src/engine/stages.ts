/**
 * Nests in stages, each of which computes few functions.
 *
 * A function that is written out (`exp`, `tanh`, …) has more constants than vectors have registers. Called in each round of a
 * loop, or written out there beside many others, it takes two to three times as long as in a loop of its own; two that do not
 * wait for each other get on. So a nest of more becomes several, which hand on in memory what the next ones need; the last one does
 * what the whole nest did.
 *
 * Functions of what a fold has come to stay with it: handing that on takes as long as it saves.
 */
import { type Lane, type LaneType, source } from '../core/lane.js'
import {
  type Index,
  type Load,
  type Loop,
  type Memory,
  type Nest,
  put,
  rowMajor,
  type Source,
  type Store,
  storing,
} from '../core/nest.js'
import type { DType } from '../core/value.js'
import { coalesced } from './coalesce.js'
import type { Machine } from './machine.js'
import { touched } from './memory-plan.js'
import { rewritten, rewrittenLane } from './rewrite.js'
import { type Access, below, surveyOf } from './survey.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What is known of a lane: the loops that it changes with, and whether it needs what a fold has come to. */
interface Fact {
  readonly loops: ReadonlySet<Loop>
  readonly isFolded: boolean
}

type Facts = ReadonlyMap<Lane, Fact>

/** A nest to be: what it computes for later ones, for its folds, and for its stores. */
interface Stage {
  readonly loops: readonly Loop[]
  readonly handed: Lane[]
  readonly folded: readonly Lane[]
  readonly stores: Store[]
}

/** Operations from which on a value that two stages need is handed on: below, it is computed twice. */
const DEAR = 6

/** Elements of which there may be more than in any memory that a nest reads or writes. */
const SMALL = 2 ** 16

// ---------------------------------------------------------------------------------------------------------------- facts

/** Lanes below roots, each after what it is computed from, and what is known of each. */
const factsOf = (nest: Nest, roots: readonly Lane[]): Facts => {
  const facts = new Map<Lane, Fact>()
  const visit = (lane: Lane): Fact => {
    const known = facts.get(lane)
    if (known !== undefined) return known
    const loops = new Set<Loop>()
    let isFolded = false
    for (const x of below(lane)) {
      const fact = visit(x)
      isFolded ||= fact.isFolded
      for (const l of fact.loops) loops.add(l)
    }
    if (lane.op === 'source') {
      const data = lane.data as Source
      if (data.kind === 'accumulated') isFolded = true
      for (const l of data.kind === 'accumulated' ? nest.loops : data.index.terms.keys()) loops.add(l)
    }
    const fact = { loops, isFolded }
    facts.set(lane, fact)
    return fact
  }
  for (const root of roots) visit(root)
  return facts
}

/** Whether memory holds what is of this type. */
const isHeld = (type: LaneType): boolean => type === 'f32' || type === 'f64' || type === 'i32'

/** Whether computing a lane from sources takes many operations. */
const isDear = (lane: Lane): boolean => {
  const seen = new Set<Lane>([lane])
  let n = 0
  for (const l of seen) {
    n += l.op === 'source' || l.op === 'constant' || l.op === 'constantBits' ? 0 : 1
    if (n >= DEAR) return true
    for (const x of below(l)) seen.add(x)
  }
  return false
}

const rounds = (loops: Iterable<Loop>): number => [...loops].reduce((n, l) => n * l.size, 1)

const isSame = (p: ReadonlySet<Loop>, q: ReadonlySet<Loop>): boolean =>
  p.size === q.size && [...p].every((l) => q.has(l))

/** Whether a store writes each value of these loops to a place of its own. */
const isWhole = (s: Store, loops: readonly Loop[]): boolean =>
  s.plus === null && s.index.terms.size === loops.length && loops.every((l) => s.index.terms.has(l))

const rootsOf = ({ handed, folded, stores }: Stage): ReadonlySet<Lane> =>
  new Set([...handed, ...folded, ...stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus]))])

// -------------------------------------------------------------------------------------------------------------- running

/** Functions that get stages of their own, those of a stage together, in the order of the stages. */
const apart = (nest: Nest, facts: Facts, { most, from }: NonNullable<Machine['functions']>): readonly Lane[][] => {
  // what is only summed up, of each of one and each of another, must not take more memory than there was
  const room = touched(nest).reduce((n, { size }) => Math.max(n, size), SMALL)
  const isFree = (lane: Lane): boolean => {
    const { isFolded, loops } = facts.get(lane) as Fact
    return lane.op === 'call' && !isFolded && rounds(loops) >= from && rounds(loops) <= room
  }
  // as late as can be: how many of them one after the other need it
  const heights = new Map<Lane, number>()
  const lanes = [...facts.keys()].reverse()
  for (const lane of lanes) {
    const height = heights.get(lane) ?? 0
    heights.set(lane, height)
    for (const x of below(lane)) heights.set(x, Math.max(heights.get(x) ?? 0, height + (isFree(lane) ? 1 : 0)))
  }
  const calls = [...facts.keys()].filter((lane) => lane.op === 'call')
  const atEnd = calls.filter((lane) => heights.get(lane) === 0)
  const kept = new Set(atEnd.filter(isFree).slice(Math.max(0, atEnd.length - most)))
  const groups: { readonly height: number; readonly loops: ReadonlySet<Loop>; readonly lanes: Lane[] }[] = []
  for (const lane of calls) {
    if (kept.has(lane) || !isFree(lane)) continue
    const height = heights.get(lane) as number
    const { loops } = facts.get(lane) as Fact
    const group = groups.find((g) => g.height === height && g.lanes.length < most && isSame(g.loops, loops))
    if (group === undefined) groups.push({ height, loops, lanes: [lane] })
    else group.lanes.push(lane)
  }
  return groups.sort((p, q) => q.height - p.height).map((g) => g.lanes)
}

/** Loops in the order in which memory that the nest reads or writes has them, so that vectors go along the same one. */
const inOrder = (loops: readonly Loop[], accesses: readonly Access[]): readonly Loop[] => {
  const model = accesses.find(({ index }) => loops.every((l) => index.terms.has(l)))
  if (model === undefined) return loops
  const step = (l: Loop): number => Math.abs(model.index.terms.get(l) as number)
  return [...loops].sort((p, q) => step(q) - step(p))
}

/** The stages that compute these functions, and the last one, which does what the whole nest did. */
const stagesOf = (nest: Nest, facts: Facts, groups: readonly Lane[][]): readonly Stage[] => {
  const { inner, outer } = surveyOf(nest)
  const accesses: readonly Access[] = [...nest.stores, ...inner.loads, ...outer.loads]
  const every = [...nest.loops, ...nest.folded]
  const loopsOf = (lane: Lane): ReadonlySet<Loop> => (facts.get(lane) as Fact).loops
  const early = groups.map((lanes): Stage => {
    const own = loopsOf(lanes[0] as Lane)
    const loops = inOrder(
      every.filter((l) => own.has(l)),
      accesses,
    )
    return { loops, handed: [], folded: [], stores: [] }
  })
  /** The stage that computes a lane, by the last of its functions; −1 without any: whoever needs it. */
  const homes = new Map<Lane, number>()
  const inGroup = new Map(groups.flatMap((lanes, k) => lanes.map((lane) => [lane, k] as const)))
  for (const [lane, { isFolded }] of facts) {
    const own = inGroup.get(lane) ?? (lane.op === 'call' || isFolded ? groups.length : -1)
    homes.set(
      lane,
      below(lane).reduce((k, x) => Math.max(k, homes.get(x) as number), own),
    )
  }
  const homeOf = (lane: Lane): number => homes.get(lane) as number
  const fits = (lane: Lane, { loops }: Stage): boolean => isHeld(lane.type) && loopsOf(lane).size === loops.length
  const stores: Store[] = []
  for (const s of nest.stores) {
    const stage = early[homeOf(s.value)]
    const isEarly = stage !== undefined && fits(s.value, stage) && isWhole(s, stage.loops)
    ;(isEarly ? stage.stores : stores).push(s)
  }
  const folded = nest.folds.flatMap((f) => [...f.init, ...f.next])
  const stages = [...early, { loops: nest.loops, handed: [], folded, stores }]
  const hand = (lane: Lane, { handed }: Stage): void => {
    if (!handed.includes(lane)) handed.push(lane)
  }
  // what later stages need of earlier ones, …
  for (const [k, later] of [...stages.entries()].reverse()) {
    const seen = new Set(rootsOf(later))
    for (const lane of seen) {
      const home = homeOf(lane)
      const stage = stages[home]
      if (stage !== undefined && home < k && fits(lane, stage)) hand(lane, stage)
      else for (const x of below(lane)) seen.add(x)
    }
  }
  // … and what several would compute again
  const first = new Map<Lane, Stage>()
  for (const stage of stages) {
    const seen = new Set(rootsOf(stage))
    for (const lane of seen) {
      if (stages[homeOf(lane)]?.handed.includes(lane) === true && stages[homeOf(lane)] !== stage) continue
      const before = first.get(lane)
      if (before === undefined) first.set(lane, stage)
      if (before !== undefined && before !== stage && fits(lane, before) && isDear(lane)) hand(lane, before)
      else for (const x of below(lane)) seen.add(x)
    }
  }
  return stages
}

/** A nest as it is best run: one that computes many functions in stages, anything else as it is. */
export const staged = (
  nest: Nest,
  { functions }: Machine,
  scratch: (dtype: DType, size: number) => Memory,
): readonly Nest[] => {
  if (functions === null || rounds([...nest.loops, ...nest.folded]) < functions.from) return [nest]
  if (nest.traces.length + nest.ordered.length > 0 || nest.stores.some((s) => s.mode !== 'set')) return [nest]
  const { inner, outer } = surveyOf(nest)
  const facts = factsOf(nest, [...inner.roots, ...outer.roots])
  const groups = apart(nest, facts, functions)
  if (groups.length === 0) return [nest]
  const stages = stagesOf(nest, facts, groups)

  const same = (i: Index): Index => i
  /** Lanes that have been computed, as later stages read them. */
  const made = new Map<Lane, Lane>()
  return stages.flatMap((stage, k): readonly Nest[] => {
    const { loops, handed, stores } = stage
    const before = new Map(made)
    if (k === groups.length) return stores.length === 0 ? [] : [rewritten({ ...nest, stores }, same, before)]
    const all = [...stores]
    for (const lane of handed) {
      const [size, index] = rowMajor(loops)
      const own = all.find((s) => s.value === lane && isWhole(s, loops))
      const store = own ?? put(scratch(lane.type as DType, size), index, lane)
      if (own === undefined) all.push(store)
      const load: Load = { kind: 'load', memory: store.memory, index: store.index, plus: null }
      made.set(lane, source(lane.type, load))
    }
    const moved = all.map((s) => ({ ...s, value: rewrittenLane(s.value, same, new Map(), before) }))
    return [coalesced(storing(loops, moved))]
  })
}
