/**
 * The computation graph of a function at a point: roots (inputs, labels, parameters, hyperparameters), operations, and on
 * each the value that came forward and the gradient that comes back.
 *
 * Gradients are those of the function's first result: a zero is added to every argument of every operation, and the
 * derivative in that zero is what flows back over the edge.
 */
import { TreeError } from '../core/error.js'
import { isFloat, type Tensor } from '../core/value.js'
import type { CustomParams } from '../primitive/composite.js'
import type { Primitive } from '../primitive/record.js'
import { type Algebra, right, valueAlgebra } from '../tape/fold.js'
import { builder as b } from '../tape/node.js'
import { entryCount, inline, type Program } from '../tape/program.js'
import { abstractly, flattenValues, traceTree } from '../tape/trace.js'
import { vjp } from '../transform/index.js'
import { pathsOf } from '../tree/tree.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a root stands for; anything else is an operation. */
export type Role = 'input' | 'label' | 'parameter' | 'hyperparameter' | 'constant'

/** An argument of the function: what it is called, and what it stands for. */
export interface Argument {
  /** Before the path of each leaf; empty: the path alone. */
  readonly name: string
  readonly role: Role
}

/** A root or an operation. */
export interface GraphNode {
  readonly id: number
  readonly role: Role | 'operation'
  /** The name given by `named`, or to an argument; else the operation. */
  readonly label: string
  /** The operations it stands for, in order. */
  readonly operations: readonly string[]
  readonly shape: readonly number[]
  readonly value: Tensor
  /** The gradient of the result with respect to this value; null where there is none. */
  readonly gradient: Tensor | null
  /** Whether it is a result of the function. */
  readonly result: boolean
}

/** That an operation reads a value, and the gradient it sends back. */
export interface GraphEdge {
  readonly from: number
  readonly to: number
  readonly gradient: Tensor | null
}

/** A graph, its nodes in the order they are computed in. */
export interface ComputationGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** How a function is taken apart. */
export interface ComputationOptions {
  /** For each argument its name and role; inputs called `x`, `y`, … unless named. */
  readonly arguments?: readonly Argument[]
  /** `named`: what leads to one named value only is one node with it; `all`: a node for each operation of the tape. */
  readonly detail?: 'named' | 'all'
}

// ------------------------------------------------------------------------------------------------------------ running

const nameOf = (primitive: Primitive, params: unknown): string =>
  primitive.name === 'custom' ? (params as CustomParams).name : primitive.name

/** The values of every slot, and of every reference of every entry the gradient that flows back over it. */
const flow = (
  p: Program,
  inputs: readonly Tensor[],
): { readonly slots: readonly Tensor[]; readonly back: readonly (Tensor | null)[] } => {
  const slots: Tensor[] = [...inputs]
  const read: Tensor[] = []
  const noting: Algebra<Tensor> = {
    lift: (v) => v,
    single: (primitive, params, args) => {
      read.push(...args)
      const y = valueAlgebra.single(primitive, params, args)
      slots.push(y)
      return y
    },
    many: (primitive, params, args) => {
      read.push(...args)
      const ys = valueAlgebra.many(primitive, params, args)
      slots.push(...ys)
      return ys
    },
  }
  const [result] = right(p, inputs, noting)
  if (result === undefined || !isFloat(result.dtype) || result.shape.length > 0)
    return { slots, back: read.map(() => null) }
  const floats = read.map((x) => isFloat(x.dtype))
  const zeros = read.filter((_, i) => floats[i]).map((x) => b.full([...x.shape], x.dtype, 0))
  const moved = (moves: readonly Tensor[]): Tensor => {
    let entry = 0
    let next = 0
    const shift = (x: Tensor): Tensor => (floats[entry++] ? b.add(x, moves[next++] as Tensor) : x)
    const [y] = right(p, inputs, {
      lift: (v) => v,
      single: (primitive, params, args) => valueAlgebra.single(primitive, params, args.map(shift)),
      many: (primitive, params, args) => valueAlgebra.many(primitive, params, args.map(shift)),
    })
    return y as Tensor
  }
  const [, pull] = vjp(moved as never, zeros) as unknown as readonly [
    Tensor,
    (dy: Tensor) => readonly [readonly Tensor[]],
  ]
  const [gradients] = pull(b.full([], result.dtype, 1))
  let next = 0
  return { slots, back: floats.map((f) => (f ? (gradients[next++] as Tensor) : null)) }
}

const sumOf = (xs: readonly (Tensor | null)[]): Tensor | null =>
  xs.reduce<Tensor | null>((s, x) => (x === null ? s : s === null ? x : b.add(s, x)), null)

/** Which node each entry belongs to, by the entry it is named after: itself, or the one that alone needs it. */
const owners = (p: Program, detail: 'named' | 'all'): readonly number[] => {
  const n = entryCount(p)
  const slotEntry = new Map<number, number>()
  for (let k = 0; k < n; k++)
    for (let s = p.first[k] as number; s < (p.first[k + 1] as number); s++) slotEntry.set(s, k)
  const isNamed = (k: number): boolean => p.primitives[k]?.name === 'named'
  const readers: number[][] = Array.from({ length: n }, () => [])
  for (let k = 0; k < n; k++)
    for (let i = p.start[k] as number; i < (p.start[k + 1] as number); i++) {
      const from = slotEntry.get(p.refs[i] as number)
      if (from !== undefined) readers[from]?.push(k)
    }
  const results = new Set(p.outputs.map((r) => slotEntry.get(r)))
  const owner = Array.from({ length: n }, (_, k) => k)
  for (let k = n - 1; k >= 0; k--) {
    if (isNamed(k) || results.has(k)) continue
    const wanted = new Set((readers[k] as number[]).map((r) => owner[r] as number))
    const [only] = wanted
    if (wanted.size !== 1 || only === undefined || !isNamed(only)) continue
    if (detail === 'named' || (readers[k] as number[]).every((r) => r === only)) owner[k] = only
  }
  return owner
}

/** What the arguments' leaves are called and stand for. */
const rootsOf = (paths: readonly string[], given: readonly Argument[]): readonly Argument[] =>
  paths.map((path) => {
    const [, position = '0', rest = ''] = /^\[?(\d+)\]?\.?(.*)$/.exec(path) ?? []
    const i = Number(position)
    const { name, role } = given[i] ?? { name: 'xyzuvw'[i] ?? `x${i}`, role: 'input' as const }
    return { name: rest === '' ? name : name === '' ? rest : `${name}.${rest}`.replace('.[', '['), role }
  })

/**
 * The computation graph of `f` at these arguments.
 *
 * @throws TreeError when f gives no value
 * @example
 * ```ts
 * import { item, mul, named, square } from 'lanac'
 * import type { Scalar } from 'lanac'
 * import { computationGraph } from 'lanac/plot'
 * const f = (x: Scalar, w: Scalar) => named(square(named(mul(w, x), 's')), 'loss')
 * const { nodes } = computationGraph(f, [3, 2])
 * assert.deepEqual(nodes.map((n) => n.label), ['x', 'y', 's', 'loss'])
 * assert.equal(item(nodes[1]?.gradient as Scalar), 36) // 2·(w·x)·x
 * ```
 */
export const computationGraph = (
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  options: ComputationOptions = {},
): ComputationGraph => {
  const { structure, leaves } = flattenValues([...args])
  const traced = traceTree(f, structure, leaves.map(abstractly), { name: 'computationGraph' })
  const p = inline(traced.program)
  if (p.outputs.length === 0)
    throw new TreeError({ operation: 'computationGraph', problem: 'the function gives no value' })
  const anyNamed = p.primitives.some((q) => q.name === 'named')
  const owner = owners(p, options.detail ?? (anyNamed ? 'named' : 'all'))
  const { slots, back } = flow(p, leaves)
  const roots = rootsOf(pathsOf(structure), options.arguments ?? [])

  const idOfSlot = new Map<number, number>(roots.map((_, i) => [i, i]))
  const ids = new Map<number, number>()
  owner.forEach((o, k) => {
    if (o === k) ids.set(k, roots.length + ids.size)
  })
  owner.forEach((o, k) => {
    for (let s = p.first[k] as number; s < (p.first[k + 1] as number); s++) idOfSlot.set(s, ids.get(o) as number)
  })

  const flows = new Map<string, GraphEdge>()
  owner.forEach((o, k) => {
    for (let i = p.start[k] as number; i < (p.start[k + 1] as number); i++) {
      const r = p.refs[i] as number
      const from = idOfSlot.get(r)
      const to = ids.get(o) as number
      if (r < 0 || from === undefined || from === to) continue
      const edge = `${from} ${to}`
      flows.set(edge, { from, to, gradient: sumOf([flows.get(edge)?.gradient ?? null, back[i] as Tensor | null]) })
    }
  })
  const edges = [...flows.values()]
  const leaving = new Map<number, (Tensor | null)[]>()
  for (const e of edges) leaving.set(e.from, [...(leaving.get(e.from) ?? []), e.gradient])

  const outputIds = new Set(p.outputs.map((r) => idOfSlot.get(r)))
  const one = b.full([], slots[p.outputs[0] as number]?.dtype ?? 'f64', 1)
  const gradientOf = (id: number): Tensor | null =>
    id === idOfSlot.get(p.outputs[0] as number) && slots[p.outputs[0] as number]?.shape.length === 0
      ? one
      : sumOf(leaving.get(id) ?? [])
  const rootNodes = roots.map(
    ({ name, role }, id): GraphNode => ({
      id,
      role,
      label: name,
      operations: [],
      shape: (leaves[id] as Tensor).shape,
      value: leaves[id] as Tensor,
      gradient: gradientOf(id),
      result: outputIds.has(id),
    }),
  )
  const operationNodes = [...ids].map(([k, id]): GraphNode => {
    const members = owner.flatMap((o, j) => (o === k ? [j] : []))
    const operations = members
      .filter((j) => p.primitives[j]?.name !== 'named')
      .map((j) => nameOf(p.primitives[j] as Primitive, p.params[j]))
    const value = slots[p.first[k] as number] as Tensor
    return {
      id,
      role: 'operation',
      label: p.primitives[k]?.name === 'named' ? String(p.params[k]) : (operations[0] ?? '?'),
      operations,
      shape: value.shape,
      value,
      gradient: gradientOf(id),
      result: outputIds.has(id),
    }
  })
  return { nodes: [...rootNodes, ...operationNodes], edges }
}
