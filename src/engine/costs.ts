/** What a nest computes and moves, counted. */
import type { Lane } from '../core/lane.js'
import type { Index, Loop, Memory, Nest, Source, Store } from '../core/nest.js'
import { interner } from './intern.js'
import { byteSize } from './memory-plan.js'
import { computed, surveyOf } from './survey.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What is done in one run. */
export interface Costs {
  /** Arithmetic on floats; a product added to a sum counts two, a function such as exp one. */
  readonly flops: number
  /** Distinct bytes read and written. */
  readonly read: number
  readonly written: number
}

// -------------------------------------------------------------------------------------------------------------- counting

const product = (loops: readonly Loop[]): number => loops.reduce((n, l) => n * l.size, 1)

/** Float operations that move or choose but do not compute. */
const SILENT: ReadonlySet<string> = new Set([
  ...['source', 'constant', 'constantBits', 'select', 'rarely', 'bits', 'convert', 'neg', 'abs', 'not'],
  ...['and', 'or', 'xor', 'andNot'],
])

const below = (lane: Lane): readonly Lane[] => {
  const data = lane.op === 'source' ? (lane.data as Source | { readonly kind: 'carried' }) : null
  return data?.kind === 'load' && data.plus !== null ? [data.plus] : lane.args
}

/** Arithmetic on floats below lanes, each shared one once. */
const flopsBelow = (roots: readonly Lane[]): number => {
  const seen = new Set(roots.map(interner().copy(new Map(), 0)))
  let n = 0
  for (const lane of seen) {
    if (lane.type.startsWith('f') && !SILENT.has(lane.op)) n += lane.op === 'madd' ? 2 : 1
    for (const x of below(lane)) seen.add(x)
  }
  return n
}

/** Loops whose variables an index or a lane depends on. */
const loopsIn = (index: Index, plus: Lane | null): ReadonlySet<Loop> => {
  const found = new Set(index.terms.keys())
  const seen = new Set<Lane>(plus === null ? [] : [plus])
  for (const lane of seen) {
    const data = lane.op === 'source' ? (lane.data as Source) : null
    if (data !== null && data.kind !== 'accumulated') for (const l of data.index.terms.keys()) found.add(l)
    for (const x of below(lane)) seen.add(x)
  }
  return found
}

type Access = Pick<Store, 'memory' | 'index' | 'plus'>

/** Bytes that accesses touch, each element of a memory once. */
const bytesOf = (accesses: readonly Access[]): number => {
  const elements = new Map<Memory, number>()
  for (const a of accesses) {
    const n = product([...loopsIn(a.index, a.plus)])
    elements.set(a.memory, Math.min(a.memory.size, (elements.get(a.memory) ?? 0) + n))
  }
  let bytes = 0
  for (const [m, n] of elements) bytes += (n * byteSize(m)) / Math.max(1, m.size)
  return bytes
}

// -------------------------------------------------------------------------------------------------------------- running

/** The costs of a nest. */
export const costsOf = (nest: Nest): Costs => {
  const { inner, outer } = surveyOf(nest)
  const rounds = product(nest.loops)
  const runs = rounds > 0
  const stores: readonly Store[] = [...nest.traces, ...nest.stores]
  const loads = computed([...inner.roots, ...outer.roots]).loads
  return {
    flops: rounds * (product(nest.folded) * flopsBelow(inner.roots) + flopsBelow(outer.roots)),
    read: runs ? bytesOf([...loads, ...stores.filter((s) => s.mode === 'add')]) : 0,
    written: runs ? bytesOf(stores) : 0,
  }
}
