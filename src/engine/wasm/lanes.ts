/**
 * Lanes as WebAssembly: the arithmetic of `vl` elements at once, written into a function's body.
 *
 * With `vl` = 4 a 32-bit lane is one vector and a 64-bit lane two, low half first. With `vl` = 2 a 64-bit lane is one vector
 * and a 32-bit lane the low half of one (what its high half holds is not defined). With `vl` = 1 lanes are scalars, masks
 * i32 that are 0 or −1. A value used once stays on the stack; one used more often gets a local, which is taken again after
 * its last use.
 *
 * Law: whatever `vl`, the element-wise results are the same bits (but for `madd`, and which NaN a NaN is).
 */
import { ValueError } from '../../core/error.js'
import type { Lane, LaneType } from '../../core/lane.js'
import type { Code, Local } from './code.js'
import { constantKey, pushConstant, stackType } from './constant.js'
import { type Step, stepsOf } from './instruction.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many elements one evaluation computes. */
export type VectorLength = 1 | 2 | 4

/** How lanes are written. */
export interface Emission {
  readonly vl: VectorLength
  /** Pushes what a `source` lane reads; for a 64-bit lane with `vl` = 4, its low (0) or high (1) half. */
  readonly source: (lane: Lane, half: 0 | 1) => void
  /** Lanes that stand in locals already (two for a 64-bit lane with `vl` = 4). */
  readonly bound?: ReadonlyMap<Lane, readonly Local[]>
  /** Constants that stand in locals already: {@link hoistConstants}. */
  readonly constants?: ReadonlyMap<string, Local>
  /** Whether relaxed vector instructions may be used: `hasRelaxedVectors()`. */
  readonly relaxed?: boolean
}

interface Entry {
  /** Uses still to come. */
  left: number
  local: Local | null
  /** Whether the local may be taken again. */
  readonly bound: boolean
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** Whether a lane takes two vectors. */
const isWide = (type: LaneType, vl: VectorLength): boolean => vl === 4 && type.endsWith('64')

const halvesOf = (lane: Lane, vl: VectorLength): readonly (0 | 1)[] => (isWide(lane.type, vl) ? [0, 1] : [0])

const isConstant = (lane: Lane): boolean => lane.op === 'constant' || lane.op === 'constantBits'

/** The best `vl` of lanes: 4 where all are of 32 bits, else 2. */
export const widest = (roots: readonly Lane[]): 2 | 4 => {
  const seen = new Set<Lane>(roots)
  for (const lane of seen) {
    if (lane.type.endsWith('64')) return 2
    for (const arg of lane.args) seen.add(arg)
  }
  return 4
}

/**
 * Constants of the lanes below `roots`, put into locals (before a loop): for {@link Emission.constants}.
 *
 * More than `most` stay where they are used, since registers are few.
 */
export const hoistConstants = (
  code: Code,
  roots: readonly Lane[],
  vl: VectorLength,
  most = Number.POSITIVE_INFINITY,
): ReadonlyMap<string, Local> => {
  const hoisted = new Map<string, Local>()
  const seen = new Set<Lane>(roots)
  for (const lane of seen) {
    if (isConstant(lane) && hoisted.size < most && !hoisted.has(constantKey(lane))) {
      const local = code.local(stackType(lane.type, vl))
      pushConstant(code, lane, vl)
      code.set(local)
      hoisted.set(constantKey(lane), local)
    }
    for (const arg of lane.args) seen.add(arg)
  }
  return hoisted
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * Writes the lanes `roots` (calls written out already, by `engine/math`) and gives for each the local that holds it, or the
 * two for a 64-bit lane with `vl` = 4. The locals belong to the enclosing `scope` of the body's writer.
 */
export const emitLanes = (code: Code, roots: readonly Lane[], emission: Emission): readonly (readonly Local[])[] => {
  const { vl, source, bound, constants, relaxed = false } = emission
  const context = { code, vl, relaxed }
  const entries: readonly [Map<Lane, Entry>, Map<Lane, Entry>] = [new Map(), new Map()]
  const steps: readonly [Map<Lane, readonly Step[]>, Map<Lane, readonly Step[]>] = [new Map(), new Map()]
  const free = new Map<string, Local[]>()

  const stepsFor = (lane: Lane, half: 0 | 1): readonly Step[] => {
    const known = steps[half].get(lane)
    if (known !== undefined) return known
    const made = stepsOf(context, lane, half)
    steps[half].set(lane, made)
    return made
  }
  const argsOf = (lane: Lane, half: 0 | 1): readonly (readonly [Lane, 0 | 1])[] =>
    lane.op === 'rarely'
      ? lane.args.map((arg) => [arg, half] as const)
      : stepsFor(lane, half).flatMap((step) => (typeof step === 'function' ? [] : [step]))

  // how often each lane is used
  const count = (): void => {
    const visit: (readonly [Lane, 0 | 1])[] = []
    const use = (lane: Lane, half: 0 | 1): void => {
      if (isConstant(lane)) return
      const known = entries[half].get(lane)
      if (known !== undefined) {
        known.left++
        return
      }
      const local = bound?.get(lane)?.[half]
      entries[half].set(lane, { left: 1, local: local ?? null, bound: local !== undefined })
      if (local === undefined && lane.op !== 'source') visit.push([lane, half])
    }
    for (const root of roots) for (const half of halvesOf(root, vl)) use(root, half)
    for (let next = visit.pop(); next !== undefined; next = visit.pop())
      for (const [arg, half] of argsOf(...next)) use(arg, half)
  }

  const take = (type: LaneType): Local => {
    const stack = stackType(type, vl)
    return free.get(stack)?.pop() ?? code.local(stack)
  }
  const give = (type: LaneType, local: Local): void => {
    const stack = stackType(type, vl)
    const list = free.get(stack)
    if (list === undefined) free.set(stack, [local])
    else list.push(local)
  }
  /** One use less; the last one frees the local. */
  const used = (lane: Lane, entry: Entry): void => {
    entry.left--
    if (entry.left === 0 && entry.local !== null && !entry.bound) give(lane.type, entry.local)
  }

  /** Lanes below a rarely needed one that are needed elsewhere too: they are computed before the branch. */
  const neededAnyway = (x: Lane, half: 0 | 1): readonly (readonly [Lane, 0 | 1])[] => {
    const order: (readonly [Lane, 0 | 1])[] = []
    const seen = [new Set<Lane>(), new Set<Lane>()] as const
    const open: { readonly node: readonly [Lane, 0 | 1]; done: boolean }[] = [{ node: [x, half], done: false }]
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const [lane, h] = top.node
      if (top.done) {
        order.push(top.node)
        continue
      }
      if (isConstant(lane) || seen[h].has(lane)) continue
      seen[h].add(lane)
      const entry = entries[h].get(lane)
      if (entry === undefined || entry.local !== null) continue
      open.push({ node: top.node, done: true })
      if (lane.op !== 'source') for (const node of argsOf(lane, h)) open.push({ node, done: false })
    }
    const inside = [new Map<Lane, number>(), new Map<Lane, number>()] as const
    inside[half].set(x, 1)
    const shared: (readonly [Lane, 0 | 1])[] = []
    for (const [lane, h] of order.reverse()) {
      const within = inside[h].get(lane) ?? 0
      const exclusive = within === entries[h].get(lane)?.left
      if (!exclusive) {
        if (within > 0) shared.push([lane, h])
        continue
      }
      if (lane.op !== 'source')
        for (const [arg, g] of argsOf(lane, h)) inside[g].set(arg, (inside[g].get(arg) ?? 0) + 1)
    }
    return shared
  }

  /** Leaves the value in a local that is its own until its uses are over. */
  const settle = (lane: Lane, half: 0 | 1): void => {
    const entry = entries[half].get(lane)
    if (entry === undefined || entry.local !== null) return
    compute(lane, half)
    const local = take(lane.type)
    code.set(local)
    entry.local = local
  }

  const rare = (lane: Lane, half: 0 | 1): void => {
    const [mask, x, y] = lane.args as readonly [Lane, Lane, Lane]
    for (const [shared, h] of neededAnyway(x, half)) settle(shared, h)
    const result = take(lane.type)
    push(y, half)
    code.set(result)
    push(mask, half)
    if (vl === 1) {
      code.if(() => {
        push(x, half)
        code.set(result)
      })
    } else {
      const held = take(mask.type)
      code.tee(held)
      code.op('v128.any_true')
      code.if(() => {
        push(x, half)
        code.get(result)
        code.get(held)
        code.op(relaxed ? `i${lane.type.endsWith('64') ? '64x2' : '32x4'}.relaxed_laneselect` : 'v128.bitselect')
        code.set(result)
      })
      give(mask.type, held)
    }
    code.get(result)
    give(lane.type, result)
  }

  /** Pushes a lane's value, whose uses are not counted here. */
  const compute = (lane: Lane, half: 0 | 1): void => {
    const open: { readonly steps: readonly Step[]; at: number; readonly lane: Lane; readonly half: 0 | 1 }[] = []
    /** Begins a lane: true if its value is on the stack already. */
    const begin = (next: Lane, h: 0 | 1): boolean => {
      if (next.op === 'source') source(next, h)
      else if (next.op === 'rarely') rare(next, h)
      else {
        open.push({ steps: stepsFor(next, h), at: 0, lane: next, half: h })
        return false
      }
      return true
    }
    /** After a lane's value has been computed as an argument. */
    const finish = (next: Lane, h: 0 | 1): void => {
      const entry = entries[h].get(next) as Entry
      if (entry.left > 1) {
        entry.local = take(next.type)
        code.tee(entry.local)
      }
      used(next, entry)
    }
    if (begin(lane, half)) return
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const step = top.steps[top.at++]
      if (step === undefined) {
        open.pop()
        if (open.length > 0) finish(top.lane, top.half)
      } else if (typeof step === 'function') step()
      else {
        const [arg, h] = step
        if (held(arg, h)) continue
        if (begin(arg, h)) finish(arg, h)
      }
    }
  }

  /** Pushes a lane that is a constant or stands in a local; false when it has to be computed. */
  const held = (lane: Lane, half: 0 | 1): boolean => {
    if (isConstant(lane)) {
      const local = constants?.get(constantKey(lane))
      if (local === undefined) pushConstant(code, lane, vl)
      else code.get(local)
      return true
    }
    const entry = entries[half].get(lane) as Entry
    if (entry.local === null) return false
    code.get(entry.local)
    used(lane, entry)
    return true
  }

  /** Pushes a lane's value, as one of its uses. */
  const push = (lane: Lane, half: 0 | 1): void => {
    if (held(lane, half)) return
    compute(lane, half)
    const entry = entries[half].get(lane) as Entry
    if (entry.left > 1) {
      entry.local = take(lane.type)
      code.tee(entry.local)
    }
    used(lane, entry)
  }

  count()
  return roots.map((root) =>
    halvesOf(root, vl).map((half) => {
      if (isConstant(root)) {
        const local = code.local(stackType(root.type, vl))
        held(root, half)
        code.set(local)
        return local
      }
      const entry = entries[half].get(root)
      if (entry === undefined) throw new ValueError({ operation: 'wasm', problem: 'a lane without uses' })
      settle(root, half)
      return entry.local as Local
    }),
  )
}
