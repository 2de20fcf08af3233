/**
 * Scheduling: a program's entries gathered into loop nests.
 *
 * Pull-based. A slot is either *in memory* or *virtual*: whoever needs an element of a virtual one computes it from its
 * arguments under the right indices, so elementwise operations and layout changes cost no memory. What is in memory is
 * computed by a kernel; a value of the same shape that reads a kernel's own result element by element joins it (the
 * epilogue of a product, several updates of an optimiser at once).
 */
import { binary, compare, constant, type Lane, select, source } from '../core/lane.js'
import {
  along,
  at,
  type Fold,
  type Index,
  indexKey,
  type Load,
  type Loop,
  type Memory,
  type Nest,
  plus,
  put,
  storing,
  times,
} from '../core/nest.js'
import type { Abstract, DType, Shape, Tensor } from '../core/value.js'
import type { Program } from '../tape/program.js'
import { type Concrete, elementAt } from '../tensor/concrete.js'
import { sizeOf, stridesOf } from '../tensor/shape.js'
import { coalesced } from './coalesce.js'
import { type Control, controlOf, type Routine } from './control.js'
import { type Draft, draftsOf } from './draft.js'
import type { Machine } from './machine.js'
import { planMemory } from './memory-plan.js'
import { behindReshapes, entriesOf, placement } from './placement.js'
import { packed } from './product.js'
import type { Known, Site } from './rule.js'
import { laneType, literal } from './rules.js'
import { staged } from './stages.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A kernel: what it computes, and the nests that do. */
export interface Kernel {
  /** Slots whose values it computes, its head first. */
  readonly slots: readonly number[]
  /** Names of the operations, as `explain` shows them. */
  readonly operations: readonly string[]
  readonly nests: readonly Nest[]
  /** What runs after the nests: other schedules, again and again, or one of two. */
  readonly control: Control | null
}

/** A program as kernels in order. */
export interface Schedule {
  /** What it is cut for. */
  readonly machine: Machine
  readonly inputs: readonly Memory[]
  /** Constants that are passed like inputs: which of the program's, and where they go. */
  readonly constants: readonly { readonly memory: Memory; readonly index: number }[]
  readonly outputs: readonly Memory[]
  readonly kernels: readonly Kernel[]
  readonly scratch: readonly Memory[]
  /** Counts of indices out of range: all of them have to be 0 for the results to mean anything. */
  readonly checks: readonly Memory[]
}

// -------------------------------------------------------------------------------------------------------------- running

/** Strides of a scratch value: row-major, or with a long axis innermost where the last one is too short for vectors. */
const stridesFor = (shape: Shape, plain: boolean): readonly number[] => {
  const rank = shape.length
  const last = shape[rank - 1] ?? 1
  if (plain || rank < 2 || last >= 16) return stridesOf(shape)
  let longest = rank - 1
  for (let a = 0; a < rank - 1; a++) if ((shape[a] as number) > (shape[longest] as number)) longest = a
  if (longest === rank - 1 || (shape[longest] as number) < 8) return stridesOf(shape)
  const strides: number[] = new Array(rank)
  strides[longest] = 1
  let step = shape[longest] as number
  for (let a = rank - 1; a >= 0; a--)
    if (a !== longest) {
      strides[a] = step
      step *= shape[a] as number
    }
  return strides
}

const placeBy = (strides: readonly number[], index: readonly Index[]): Index =>
  index.reduce((sum, i, a) => plus(sum, times(i, strides[a] as number)), at(0))

/** A program inside another one, scheduled. */
const routine = (p: Program, machine: Machine): Routine | null => {
  const s = schedule(p, machine)
  return s === null ? null : { schedule: s, plan: planMemory(s) }
}

/**
 * The kernels of a closed, simplified program without calls, cut for a machine; null when it holds a primitive that is not
 * lowered.
 */
export const schedule = (p: Program, machine: Machine): Schedule | null => {
  const e = entriesOf(p)
  const routines = new Map<number, readonly Routine[]>()
  for (let s = p.inputs.length; s < p.slots.length; s++) {
    if (e.rule(s) !== null) continue
    if (!e.isControl(s)) return null
    const k = e.writer[s] as number
    if (routines.has(k)) continue
    const found = e.programs(s).map((inside) => routine(inside, machine))
    if (found.includes(null)) return null
    routines.set(k, found as readonly Routine[])
  }
  const { inMemory, plain, cost } = placement(p, e)
  const abstractOf = (r: number): Known => (r < 0 ? (p.constants[-1 - r] as Tensor) : (p.slots[r] as Abstract))
  const isOutput = new Uint8Array(p.slots.length)
  for (const r of p.outputs) if (r >= 0) isOutput[r] = 1

  // ---- memory
  const scratch: Memory[] = []
  const newMemory = (dtype: DType, size: number, role: Memory['role']): Memory => {
    const m: Memory = { dtype, size, role }
    if (role === 'scratch') scratch.push(m)
    return m
  }
  const newScratch = (dtype: DType, size: number): Memory => newMemory(dtype, size, 'scratch')
  const inputs = p.inputs.map((a) => newMemory(a.dtype, sizeOf(a.shape), 'input'))
  const memories: (Memory | undefined)[] = [...inputs]
  const strides: (readonly number[])[] = p.slots.map((a, s) => stridesFor(a.shape, plain[s] === 1))
  const constants: { readonly memory: Memory; readonly index: number }[] = []
  const constantMemory = new Map<number, Memory>()
  const fills: Kernel[] = []
  const memoryOf = (r: number): Memory => {
    if (r < 0) {
      const known = constantMemory.get(r)
      if (known !== undefined) return known
      const value = p.constants[-1 - r] as Concrete
      const uniform = isUniform(value)
      const memory = newMemory(value.dtype, sizeOf(value.shape), uniform ? 'scratch' : 'constant')
      if (uniform) fills.push(copying('fill', memory, () => literalOf(value)))
      else constants.push({ memory, index: -1 - r })
      constantMemory.set(r, memory)
      return memory
    }
    const a = p.slots[r] as Abstract
    memories[r] ??= newMemory(a.dtype, sizeOf(a.shape), isOutput[r] === 1 ? 'output' : 'scratch')
    return memories[r] as Memory
  }
  const placeOf = (r: number, index: readonly Index[]): Index =>
    placeBy(r < 0 ? stridesOf(abstractOf(r).shape) : (strides[r] as readonly number[]), index)
  const load = (r: number, index: Index): Lane =>
    source(laneType(abstractOf(r).dtype), { kind: 'load', memory: memoryOf(r), index, plus: null } satisfies Load)

  // ---- reading
  type Own = (slot: number, index: readonly Index[]) => Lane | null
  const reader = (own: Own): ((r: number, index: readonly Index[]) => Lane) => {
    const known = new Map<string, Lane>()
    const read = (r: number, index: readonly Index[]): Lane => {
      if (r < 0) {
        const c = p.constants[-1 - r] as Concrete
        return isUniform(c) ? literalOf(c) : load(r, placeOf(r, index))
      }
      const mine = own(r, index)
      if (mine !== null) return mine
      if (inMemory[r] === 1) return load(r, placeOf(r, index))
      return virtual(r, index)
    }
    const virtual = (r: number, index: readonly Index[]): Lane => {
      const key = `${r}|${index.map(indexKey).join()}`
      const before = known.get(key)
      if (before !== undefined) return before
      const lane = compute(r, index, read)
      known.set(key, lane)
      return lane
    }
    return (r, index) => (inMemory[r] === 1 && own(r, index) === null ? compute(r, index, read) : read(r, index))
  }

  const siteOf = (r: number, read: (s: number, index: readonly Index[]) => Lane): Site => {
    const args = e.args(r)
    return {
      args: args.map(abstractOf),
      result: abstractOf(r),
      read: (i, index) => read(args[i] as number, index),
      get memory() {
        return memoryOf(r)
      },
      place: (index) => placeOf(r, index),
      memoryOf: (i) => memoryOf(args[i] as number),
      placeOf: (i, index) => placeOf(args[i] as number, index),
      scratch: newScratch,
    }
  }

  /** An element of a slot that is no fold, from its arguments. */
  const compute = (r: number, index: readonly Index[], read: (s: number, index: readonly Index[]) => Lane): Lane => {
    const rule = e.rule(r)
    const args = e.args(r)
    const params = e.params(r)
    switch (rule?.kind) {
      case 'lane':
        return rule.lane(
          args.map((s) => read(s, index)),
          params,
          abstractOf(r),
          args.map(abstractOf),
        )
      case 'index':
        return rule.lane(index, params)
      case 'lookup':
        return rule.lane(index, params, siteOf(r, read))
      case 'view': {
        const s = args[0] as number
        const there = rule.index(index, params, abstractOf(s).shape)
        if (there !== null) return read(s, there)
        // the argument is row-major in memory: the same element under the result's own shape
        return load(s, placeBy(stridesOf(abstractOf(r).shape), index))
      }
      default:
        throw new Error(`${e.name(r)} is not lowered`)
    }
  }

  // ---- kernels
  const drafts = draftsOf(p, e, { inMemory, cost })

  // ---- nests
  const checks: Memory[] = []
  const controlAt = (d: Draft): Pick<Kernel, 'nests' | 'control'> => {
    const found = controlOf(e.params(d.head) as never, routines.get(e.writer[d.head] as number) as readonly Routine[], {
      args: e.args(d.head).map((r) => memoryOf(behindReshapes(e, r))),
      results: d.slots.map(memoryOf),
      scratch: newScratch,
    })
    const check = found.control?.check ?? null
    if (check !== null) checks.push(check)
    return found
  }
  const built = drafts.map((d) => {
    const loops: readonly Loop[] = d.shape.map((size) => ({ size }))
    const identity = loops.map(along)
    const key = identity.map(indexKey).join()
    const values = new Map<number, Lane>()
    const own: Own = (s, index) =>
      values.has(s) && index.map(indexKey).join() === key ? (values.get(s) as Lane) : null
    const read = reader(own)
    const rule = e.rule(d.head)
    if (rule === null || rule.kind === 'nests') {
      const { control, nests } =
        rule === null
          ? controlAt(d)
          : { control: null, nests: rule.nests(e.params(d.head), siteOf(d.head, outer)).map(coalesced) }
      const whole: Kernel = { slots: d.slots, operations: [e.name(d.head)], nests, control }
      return { draft: d, whole, loops, identity, values, folded: [], folds: [] }
    }
    let folded: readonly Loop[] = []
    let folds: readonly Fold[] = []
    if (rule.kind === 'fold') {
      const args = e.args(d.head)
      const known = args.map(abstractOf)
      folded = rule.sizes(e.params(d.head), known).map((size) => ({ size }))
      const inner = reader(() => null)
      const fold = rule.fold(e.params(d.head), {
        args: known,
        result: abstractOf(d.head),
        read: (i, index) => inner0(inner, args[i] as number, index),
        index: identity,
        loops: folded,
      })
      folds = [fold]
      const value = source(fold.types[rule.which] as never, { kind: 'accumulated', fold, which: rule.which })
      const isTruth = abstractOf(d.head).dtype === 'bool'
      values.set(d.head, isTruth ? compare('ne', value, constant('i32', 0)) : value)
    } else values.set(d.head, read(d.head, identity))
    for (const s of d.slots.slice(1)) values.set(s, read(s, identity))
    return { draft: d, whole: null, loops, identity, values, folded, folds }
  })
  /** Reads what is in memory from memory, and computes the rest. */
  function inner0(read: (r: number, index: readonly Index[]) => Lane, r: number, index: readonly Index[]): Lane {
    if (r < 0) return read(r, index)
    return inMemory[r] === 1 ? load(r, placeOf(r, index)) : read(r, index)
  }
  function outer(r: number, index: readonly Index[]): Lane {
    return inner0(
      reader(() => null),
      r,
      index,
    )
  }

  const kernels = built.map(({ draft, whole, loops, identity, values, folded, folds }): Kernel => {
    if (whole !== null) return whole
    const operations = draft.slots.map(e.name)
    const kept = draft.slots.filter((s) => isOutput[s] === 1 || memories[s] !== undefined)
    const stores = kept.map((s) => put(memoryOf(s), placeOf(s, identity), values.get(s) as Lane))
    const nest: Nest = { loops, ordered: [], folded, folds, traces: [], stores }
    return {
      slots: draft.slots,
      operations,
      nests: staged(coalesced(nest), machine, newScratch).flatMap((n) => packed(n, machine, newScratch)),
      control: null,
    }
  })

  // ---- checks
  const checkers: Kernel[] = []
  const checked = new Set<string>()
  for (let s = p.inputs.length; s < p.slots.length; s++) {
    const name = e.name(s)
    if (name !== 'gather' && name !== 'scatterAdd') continue
    const indices = e.args(s)[1] as number
    const { batch } = e.params(s) as { readonly batch: number }
    const size = abstractOf(name === 'gather' ? (e.args(s)[0] as number) : s).shape[batch] as number
    if (checked.has(`${indices}|${size}`)) continue
    checked.add(`${indices}|${size}`)
    const memory = newMemory('i32', 1, 'scratch')
    const folded: readonly Loop[] = abstractOf(indices).shape.map((n) => ({ size: n }))
    const k = outer(indices, folded.map(along))
    const fold = counting(outOfRange(k, size))
    const count = source('i32', { kind: 'accumulated', fold, which: 0 })
    checks.push(memory)
    checkers.push({
      slots: [],
      operations: ['check'],
      nests: [
        coalesced({ loops: [], ordered: [], folded, folds: [fold], traces: [], stores: [put(memory, at(0), count)] }),
      ],
      control: null,
    })
  }

  // ---- outputs
  const outputs: Memory[] = []
  const copies: Kernel[] = []
  const taken = new Set<Memory>()
  for (const r of p.outputs) {
    const a = abstractOf(r)
    const own = r >= p.inputs.length ? memories[r] : undefined
    if (own !== undefined && !taken.has(own)) {
      taken.add(own)
      outputs.push(own)
      continue
    }
    // an input, a constant, or the same value a second time: copied
    const memory = newMemory(a.dtype, sizeOf(a.shape), 'output')
    const literal = r < 0 && isUniform(p.constants[-1 - r] as Concrete)
    copies.push(
      copying('copy', memory, (index) => (literal ? literalOf(p.constants[-1 - r] as Concrete) : load(r, index))),
    )
    outputs.push(memory)
  }
  const all = [...fills, ...kernels, ...checkers, ...copies]
  return { machine, inputs, constants, outputs, kernels: all, scratch, checks }
}

/** Whether all elements are one number, which stands in the program itself. */
const isUniform = (c: Concrete): boolean => c.buffer === null || sizeOf(c.shape) === 1

/** A kernel that writes all elements of memory, in their order. */
const copying = (operation: string, memory: Memory, value: (index: Index) => Lane): Kernel => {
  const loop: Loop = { size: memory.size }
  const nest = storing([loop], [put(memory, along(loop), value(along(loop)))])
  return { slots: [], operations: [operation], nests: [nest], control: null }
}

/** 1 where an index names no row, counted from the front or from the back. */
const outOfRange = (k: Lane, size: number): Lane => {
  const bad = binary('or', compare('lt', k, constant('i32', -size)), compare('ge', k, constant('i32', size)))
  return select(bad, constant('i32', 1), constant('i32', 0))
}

/** The sum of whole numbers. */
const counting = (step: Lane): Fold => {
  const fold: { -readonly [K in keyof Fold]: Fold[K] } = {
    types: ['i32'],
    init: [constant('i32', 0)],
    next: [],
    join: { op: 'add', step },
  }
  fold.next = [binary('add', source('i32', { kind: 'accumulated', fold, which: 0 }), step)]
  return fold
}

const literalOf = (c: Concrete): Lane =>
  c.dtype === 'bool'
    ? compare('ne', constant('i32', elementAt(c, 0)), constant('i32', 0))
    : literal(c.dtype, elementAt(c, 0))
