/** Where scratch memory of a program lies: one workspace, reused as soon as what was there is no longer read. */
import type { Memory, Nest } from '../core/nest.js'
import { touchedBy } from './control.js'
import type { Kernel, Schedule } from './schedule.js'
import { surveyOf } from './survey.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Offsets of scratch in the workspace, in bytes, and its size. */
export interface MemoryPlan {
  readonly offsets: ReadonlyMap<Memory, number>
  readonly size: number
}

/** Cache lines. */
const ALIGN = 64

const aligned = (n: number): number => Math.ceil(n / ALIGN) * ALIGN

/** Bytes of memory. */
export const byteSize = (m: Pick<Memory, 'dtype' | 'size'>): number =>
  m.size * (m.dtype === 'f64' ? 8 : m.dtype === 'bool' ? 1 : 4)

/** What a schedule is given and gives: the rest of its memory is its own. */
export const outsideOf = (s: Schedule): readonly Memory[] => [
  ...s.inputs,
  ...s.constants.map((c) => c.memory),
  ...s.outputs,
]

/** Entries of a schedule's table of addresses: 0 is the workspace, then memory that lies outside of it. */
export const placesIn = (s: Schedule): ReadonlyMap<Memory, number> =>
  new Map(outsideOf(s).map((m, i) => [m, i + 1] as const))

/** What a nest reads and writes. */
export const touched = (nest: Nest): readonly Memory[] => {
  const { inner, outer } = surveyOf(nest)
  return [...inner.loads, ...outer.loads, ...nest.traces, ...nest.stores].map((x) => x.memory)
}

/** What a kernel reads and writes, each once. */
export const usedIn = (k: Kernel): readonly Memory[] => [
  ...new Set([...k.nests.flatMap(touched), ...(k.control === null ? [] : touchedBy(k.control))]),
]

// -------------------------------------------------------------------------------------------------------------- running

/** Memory by the number of a kernel. */
const byKernel = (s: Schedule, numbers: ReadonlyMap<Memory, number>): readonly (readonly Memory[])[] => {
  const lists = s.kernels.map((): Memory[] => [])
  for (const [m, k] of numbers) (lists[k] as Memory[]).push(m)
  return lists
}

/** Lays out a schedule's workspace: first fit among what is free. */
export const planMemory = (s: Schedule): MemoryPlan => {
  const offsets = new Map<Memory, number>()
  let top = 0
  // read after the run: theirs alone
  for (const m of s.checks) {
    offsets.set(m, top)
    top += ALIGN
  }
  const first = new Map<Memory, number>()
  const last = new Map<Memory, number>()
  s.kernels.forEach((k, i) => {
    for (const m of usedIn(k)) {
      if (m.role !== 'scratch' || s.checks.includes(m)) continue
      if (!first.has(m)) first.set(m, i)
      last.set(m, i)
    }
  })
  let free: { from: number; to: number }[] = []
  const release = (from: number, to: number): void => {
    const merged: { from: number; to: number }[] = []
    for (const r of [...free, { from, to }].sort((a, b) => a.from - b.from)) {
      const before = merged.at(-1)
      if (before !== undefined && before.to === r.from) before.to = r.to
      else merged.push({ ...r })
    }
    free = merged
  }
  const take = (size: number): number => {
    const hole = free.find((r) => r.to - r.from >= size)
    if (hole !== undefined) {
      const at = hole.from
      hole.from += size
      free = free.filter((r) => r.to > r.from)
      return at
    }
    const end = free.at(-1)
    if (end !== undefined && end.to === top) {
      free = free.slice(0, -1)
      top = end.from + size
      return end.from
    }
    top += size
    return top - size
  }
  const begun = byKernel(s, first)
  const ended = byKernel(s, last)
  s.kernels.forEach((_, i) => {
    for (const m of begun[i] as readonly Memory[]) offsets.set(m, take(aligned(Math.max(1, byteSize(m)))))
    for (const m of ended[i] as readonly Memory[]) {
      const at = offsets.get(m) as number
      release(at, at + aligned(Math.max(1, byteSize(m))))
    }
  })
  return { offsets, size: top }
}
