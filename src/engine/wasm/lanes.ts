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
import { isConstant, type Lane, type LaneType } from '../../core/lane.js'
import type { VectorLength } from '../machine.js'
import type { Code, Local } from './code.js'
import { constantKey, pushConstant, stackType } from './constant.js'
import { type Step, stepsOf } from './instruction.js'
import type { ValueType } from './opcode.js'

// ---------------------------------------------------------------------------------------------------------------- model

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

/** A lane (a half of it) on its way. */
interface Node {
  readonly lane: Lane
  readonly half: 0 | 1
  /** How it is written; empty for sources, constants and `rarely`. */
  steps: readonly Step[]
  /** The arguments that its steps push, in their order. */
  args: readonly Node[]
  /** Uses still to come. */
  left: number
  local: Local | null
  /** Whether the local is its own, to be taken again after the last use. */
  readonly own: boolean
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** Whether a lane takes two vectors. */
const isWide = (type: LaneType, vl: VectorLength): boolean => vl === 4 && type.endsWith('64')

const halvesOf = (lane: Lane, vl: VectorLength): readonly (0 | 1)[] => (isWide(lane.type, vl) ? [0, 1] : [0])

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
 * Engines differ: V8 takes constants out of loops by itself up to version 12, and later leaves each where it stands (twice the
 * time for a short loop), so hoisting all is never worse. More than `most` stay where they are used.
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
    // what is needed but rarely is not worth a register
    const args = lane.op === 'rarely' ? [lane.args[0] as Lane, lane.args[2] as Lane] : lane.args
    for (const arg of args) seen.add(arg)
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
  const nodes: readonly [Map<Lane, Node>, Map<Lane, Node>] = [new Map(), new Map()]
  const free = new Map<ValueType, Local[]>()

  const nodeOf = (lane: Lane, half: 0 | 1, visit: Node[]): Node => {
    const known = nodes[half].get(lane)
    if (known !== undefined) {
      known.left++
      return known
    }
    const local = bound?.get(lane)?.[half] ?? constantLocal(lane)
    const node = { lane, half, steps: [], args: [], left: 1, local: local ?? null, own: local === undefined }
    nodes[half].set(lane, node)
    if (local === undefined && lane.op !== 'source' && !isConstant(lane)) visit.push(node)
    return node
  }
  const constantLocal = (lane: Lane): Local | undefined =>
    constants !== undefined && isConstant(lane) ? constants.get(constantKey(lane)) : undefined

  /** The nodes of the roots; below them, each lane with its arguments and how often it is used. */
  const plan = (): readonly (readonly Node[])[] => {
    const visit: Node[] = []
    const planned = roots.map((root) => halvesOf(root, vl).map((half) => nodeOf(root, half, visit)))
    for (let node = visit.pop(); node !== undefined; node = visit.pop()) {
      const { lane, half } = node
      const args: Node[] = []
      if (lane.op === 'rarely') for (const arg of lane.args) args.push(nodeOf(arg, half, visit))
      else {
        node.steps = stepsOf(context, lane, half)
        for (const step of node.steps) if (Array.isArray(step)) args.push(nodeOf(step[0], step[1], visit))
      }
      node.args = args
    }
    return planned
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
  const used = (node: Node): void => {
    node.left--
    if (node.left === 0 && node.local !== null && node.own) give(node.lane.type, node.local)
  }

  /** Nodes below a rarely needed one that are needed elsewhere too: they are computed before the branch. */
  const neededAnyway = (x: Node): readonly Node[] => {
    const order: Node[] = []
    const seen = new Set<Node>()
    const open: { readonly node: Node; readonly done: boolean }[] = [{ node: x, done: false }]
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { node, done } = top
      if (done) order.push(node)
      else if (!seen.has(node) && node.local === null && !isConstant(node.lane)) {
        seen.add(node)
        open.push({ node, done: true })
        for (const arg of node.args) open.push({ node: arg, done: false })
      }
    }
    // from above: a node whose uses all come from nodes that are needed only here is needed only here, too
    const inside = new Map<Node, number>([[x, 1]])
    const shared: Node[] = []
    for (const node of order.reverse()) {
      const within = inside.get(node) ?? 0
      if (within === node.left) for (const arg of node.args) inside.set(arg, (inside.get(arg) ?? 0) + 1)
      else if (within > 0) shared.push(node)
    }
    return shared
  }

  /** Puts the value into a local, without using it. */
  const settle = (node: Node): void => {
    if (node.local !== null) return
    compute(node)
    node.local = take(node.lane.type)
    code.set(node.local)
  }

  const rare = (node: Node): void => {
    const [mask, x, y] = node.args as readonly [Node, Node, Node]
    const { type } = node.lane
    for (const shared of neededAnyway(x)) settle(shared)
    const result = take(type)
    push(y)
    code.set(result)
    push(mask)
    if (vl === 1) {
      code.if(() => {
        push(x)
        code.set(result)
      })
    } else {
      const held = take(mask.lane.type)
      code.tee(held)
      code.op('v128.any_true')
      code.if(() => {
        push(x)
        code.get(result)
        code.get(held)
        code.op(relaxed ? `i${type.endsWith('64') ? '64x2' : '32x4'}.relaxed_laneselect` : 'v128.bitselect')
        code.set(result)
      })
      give(mask.lane.type, held)
    }
    code.get(result)
    give(type, result)
  }

  /** Pushes a value that is at hand; false when it has to be computed first. */
  const begin = (node: Node): boolean => {
    if (node.local !== null) code.get(node.local)
    else if (isConstant(node.lane)) pushConstant(code, node.lane, vl)
    else if (node.lane.op === 'source') source(node.lane, node.half)
    else if (node.lane.op === 'rarely') rare(node)
    else return false
    return true
  }
  /** One use of a value that stands on the stack. */
  const use = (node: Node): void => {
    if (node.local === null && node.left > 1 && !isConstant(node.lane)) {
      node.local = take(node.lane.type)
      code.tee(node.local)
    }
    used(node)
  }

  /** Pushes a value, without using it. */
  const compute = (node: Node): void => {
    if (begin(node)) return
    const open: { readonly node: Node; step: number; arg: number }[] = [{ node, step: 0, arg: 0 }]
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const step = top.node.steps[top.step++]
      if (step === undefined) {
        open.pop()
        if (open.length > 0) use(top.node)
      } else if (typeof step === 'string') code.op(step)
      else if (typeof step === 'function') step()
      else {
        const arg = top.node.args[top.arg++] as Node
        if (begin(arg)) use(arg)
        else open.push({ node: arg, step: 0, arg: 0 })
      }
    }
  }

  /** Pushes a value and uses it. */
  const push = (node: Node): void => {
    compute(node)
    use(node)
  }

  return plan().map((halves) =>
    halves.map((node) => {
      settle(node)
      return node.local as Local
    }),
  )
}
