/**
 * Which slots of a program one kernel computes together, and in which order kernels run.
 *
 * A value of the shape of a kernel that it reads element by element joins that kernel, where nothing else that it reads is
 * computed after it.
 */
import type { Abstract, Shape } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { sameShape } from '../tensor/shape.js'
import type { Entries } from './placement.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A kernel to be: what it computes, and the kernels that have to run before it. */
export interface Draft {
  /** The slot that gives the kernel its shape and its folds; the first one of `slots`. */
  readonly head: number
  readonly shape: Shape
  readonly slots: readonly number[]
  readonly needs: ReadonlySet<Draft>
}

/** A draft while slots are still added to it. */
interface Open extends Draft {
  readonly slots: number[]
  readonly needs: Set<Open>
  readonly neededBy: Set<Open>
  readonly fusable: boolean
  cost: number
  /** More than that of any draft that it needs. */
  depth: number
}

/** Slots in memory, and what computing each costs. */
export interface Placed {
  readonly inMemory: Uint8Array
  readonly cost: Float64Array
}

/** A kernel that computes more than this takes no further value in. */
const FULL = 400

// ---------------------------------------------------------------------------------------------------------- combinators

/** Whether a draft needs another one, itself or by those that it needs; none does that is no deeper. */
const reaches = (from: Open, to: Open): boolean => {
  const seen = new Set<Open>()
  const todo = [from]
  for (let d = todo.pop(); d !== undefined; d = todo.pop()) {
    if (d === to) return true
    if (d.depth <= to.depth || seen.has(d)) continue
    seen.add(d)
    for (const n of d.needs) todo.push(n)
  }
  return false
}

/** Notes that a draft needs another one; what needs it in turn becomes deeper with it. */
const need = (d: Open, other: Open): void => {
  d.needs.add(other)
  other.neededBy.add(d)
  const todo: (readonly [Open, number])[] = [[d, other.depth + 1]]
  for (let x = todo.pop(); x !== undefined; x = todo.pop()) {
    const [open, least] = x
    if (open.depth >= least) continue
    open.depth = least
    for (const n of open.neededBy) todo.push([n, least + 1])
  }
}

/** Drafts, each after those that it needs. */
const inOrder = (drafts: readonly Draft[]): readonly Draft[] => {
  const ordered: Draft[] = []
  const state = new Map<Draft, 'open' | 'done'>()
  for (const root of drafts) {
    const todo = [root]
    while (todo.length > 0) {
      const d = todo[todo.length - 1] as Draft
      if (state.get(d) === 'done') {
        todo.pop()
        continue
      }
      if (state.get(d) === 'open') {
        state.set(d, 'done')
        ordered.push(d)
        todo.pop()
        continue
      }
      state.set(d, 'open')
      for (const n of d.needs) if (state.get(n) === undefined) todo.push(n)
    }
  }
  return ordered
}

// -------------------------------------------------------------------------------------------------------------- running

/** The kernels of a program, in order. */
export const draftsOf = (p: Program, e: Entries, { inMemory, cost }: Placed): readonly Draft[] => {
  const shapeOf = (slot: number): Shape => (p.slots[slot] as Abstract).shape
  const drafts: Open[] = []
  const draftOf: (Open | undefined)[] = new Array(p.slots.length)
  const start = (head: number, fusable: boolean): Open => {
    const d: Open = {
      head,
      shape: shapeOf(head),
      slots: [head],
      needs: new Set(),
      neededBy: new Set(),
      fusable,
      cost: cost[head] as number,
      depth: 0,
    }
    drafts.push(d)
    draftOf[head] = d
    return d
  }
  /** The slots in memory that an expression reads, and whether each is read element by element only. */
  const leavesOf = (r: number): Map<number, boolean> => {
    const leaves = new Map<number, boolean>()
    const seen = new Set<string>()
    const todo: { readonly slot: number; readonly straight: boolean }[] = []
    const enter = (slot: number, straight: boolean): void => {
      for (const s of e.args(slot)) {
        if (s < 0) continue
        const still = straight && e.rule(slot)?.kind === 'lane' && sameShape(shapeOf(s), shapeOf(slot))
        if (inMemory[s] === 1) leaves.set(s, (leaves.get(s) ?? true) && still)
        else if (!seen.has(`${s}${still}`)) {
          seen.add(`${s}${still}`)
          todo.push({ slot: s, straight: still })
        }
      }
    }
    enter(r, e.rule(r)?.kind === 'lane')
    for (let x = todo.pop(); x !== undefined; x = todo.pop()) enter(x.slot, x.straight)
    return leaves
  }
  for (let s = p.inputs.length; s < p.slots.length; s++) {
    if (inMemory[s] === 0 || draftOf[s] !== undefined) continue
    const kind = e.rule(s)?.kind
    const leaves = leavesOf(s)
    const producers = new Set<Open>()
    for (const r of leaves.keys()) {
      const d = draftOf[r]
      if (d !== undefined) producers.add(d)
    }
    let home: Open | undefined
    if (kind === 'lane')
      for (const d of [...producers].reverse()) {
        const straight = [...leaves].every(([r, ok]) => draftOf[r] !== d || ok)
        if (!d.fusable || d.cost > FULL || !straight || !sameShape(d.shape, shapeOf(s))) continue
        if ([...producers].some((q) => q !== d && reaches(q, d))) continue
        home = d
        break
      }
    if (home === undefined && kind === undefined) {
      home = start(s, false)
      const results = e.slots(s)
      for (const r of results) draftOf[r] = home
      home.slots.splice(0, 1, ...results)
    } else if (home === undefined) home = start(s, kind !== 'nests')
    else {
      home.slots.push(s)
      home.cost += cost[s] as number
      draftOf[s] = home
    }
    for (const q of producers) if (q !== home) need(home, q)
  }
  return inOrder(drafts)
}
