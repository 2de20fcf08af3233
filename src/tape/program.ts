/**
 * Programs: a traced function as an immutable list of entries (a Wengert list), held as a struct of arrays.
 *
 * Slots number the inputs first, then every result of every entry in order. A reference is a slot, or −1 − i for
 * constant i. Sharing, which a pure graph cannot observe, is explicit: a slot is written once and read by number.
 */
import type { ProgramLike } from '../core/program.js'
import type { Abstract, Tensor } from '../core/value.js'
import type { CallParams } from '../primitive/composite.js'
import type { Primitive, Result } from '../primitive/record.js'
import { type Application, isNode, type Node, type Value } from './node.js'
import type { Scope } from './scope.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A traced function. */
export interface Program extends ProgramLike {
  readonly inputs: readonly Abstract[]
  /** Values the function closed over: concrete ones, or symbolic ones of outer traces. */
  readonly constants: readonly Tensor[]
  readonly primitives: readonly Primitive[]
  readonly params: readonly unknown[]
  /** Shape and element type of every slot, inputs included. */
  readonly slots: readonly Abstract[]
  /** The first slot of each entry, and one past the last slot. */
  readonly first: readonly number[]
  /** Where the references of each entry begin, and one past the last. */
  readonly start: readonly number[]
  readonly refs: readonly number[]
  readonly outputs: readonly number[]
  readonly results: readonly Abstract[]
}

/** Number of entries. */
export const entryCount = (p: Program): number => p.primitives.length

/** Shape and element type of what a reference names. */
export const abstractOf = (p: Pick<Program, 'slots' | 'constants'>, ref: number): Abstract =>
  ref < 0 ? (p.constants[-1 - ref] as Value) : (p.slots[ref] as Abstract)

// ------------------------------------------------------------------------------------------------------------- writing

/** A program being written; private to its writer. */
export interface Writer {
  readonly input: (a: Abstract) => number
  readonly constant: (v: Tensor) => number
  /** Writes an entry and returns its first slot. */
  readonly entry: (
    primitive: Primitive,
    params: unknown,
    refs: readonly number[],
    results: readonly Abstract[],
  ) => number
  readonly slot: (ref: number) => Abstract
  readonly finish: (outputs: readonly number[]) => Program
}

/** A new, empty writer. Inputs come before entries. */
export const writer = (): Writer => {
  const inputs: Abstract[] = []
  const constants: Tensor[] = []
  const primitives: Primitive[] = []
  const params: unknown[] = []
  const slots: Abstract[] = []
  const first: number[] = []
  const start: number[] = []
  const refs: number[] = []
  const slot = (ref: number): Abstract => abstractOf({ slots, constants }, ref)
  return {
    input: (a) => {
      inputs.push(a)
      slots.push(a)
      return slots.length - 1
    },
    constant: (v) => {
      constants.push(v)
      return -constants.length
    },
    entry: (primitive, p, args, results) => {
      const at = slots.length
      primitives.push(primitive)
      params.push(p)
      first.push(at)
      start.push(refs.length)
      for (let i = 0; i < args.length; i++) refs.push(args[i] as number)
      for (let i = 0; i < results.length; i++) slots.push(results[i] as Abstract)
      return at
    },
    slot,
    finish: (outputs) => {
      first.push(slots.length)
      start.push(refs.length)
      return { inputs, constants, primitives, params, slots, first, start, refs, outputs, results: outputs.map(slot) }
    },
  }
}

const multiple = (results: readonly Result[]): readonly Abstract[] =>
  results.map((r) => ({ shape: r.shape, dtype: r.dtype, weak: false }))

// ----------------------------------------------------------------------------------------------------------- recording

/**
 * The expressions `outs` of the variables `ins` as a program. It descends only into nodes that depend on `scope`;
 * everything else is a constant. Iterative: depth is no limit. Closes the scope.
 */
export const record = (outs: readonly Tensor[], ins: readonly Node[], scope: Scope): Program => {
  const token = {}
  const w = writer()
  for (const v of ins) {
    v.mark = token
    v.slot = w.input(v)
  }
  const refOf = (x: Tensor): number => {
    if (!isNode(x)) return w.constant(x)
    if (x.mark !== token) {
      x.mark = token
      x.slot = w.constant(x)
    }
    return x.slot
  }
  const isDone = (x: Tensor): boolean => {
    if (!isNode(x) || x.mark === token) return true
    const s = x.scopes
    return s.length === 1 ? s[0] !== scope : !s.includes(scope)
  }
  const write = (node: Node): void => {
    const application: Application | null = node.application
    if (application !== null) {
      if (application.mark !== token) {
        application.mark = token
        application.slot = w.entry(
          application.primitive,
          application.params,
          application.args.map(refOf),
          multiple(application.results),
        )
      }
      node.slot = application.slot + (node.params as number)
    } else {
      const args = node.args
      const refs = new Array<number>(args.length)
      for (let i = 0; i < args.length; i++) refs[i] = refOf(args[i] as Tensor)
      node.slot = w.entry(node.primitive as Primitive, node.params, refs, [node])
    }
    node.mark = token
  }
  const stack: Node[] = []
  for (const out of outs) {
    if (isDone(out)) continue
    stack.push(out as Node)
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Node
      if (node.mark === token) {
        stack.pop()
        continue
      }
      let ready = true
      for (let i = node.args.length - 1; i >= 0; i--) {
        const a = node.args[i] as Tensor
        if (!isDone(a)) {
          stack.push(a as Node)
          ready = false
        }
      }
      if (ready) {
        write(node)
        stack.pop()
      }
    }
  }
  scope.closed = true
  return w.finish(outs.map(refOf))
}

// ---------------------------------------------------------------------------------------------------------- combinators

/** The same program with what it captured of outer traces as leading inputs, and those values. */
export const close = (p: Program): { readonly program: Program; readonly captured: readonly Tensor[] } => {
  const captured = p.constants.filter(isNode)
  if (captured.length === 0) return { program: p, captured }
  const k = captured.length
  const constants = p.constants.filter((c) => !isNode(c))
  let nodes = 0
  let kept = 0
  const moved = p.constants.map((c) => (isNode(c) ? nodes++ : -1 - kept++))
  const ref = (r: number): number => (r < 0 ? (moved[-1 - r] as number) : r + k)
  const lead = captured.map((c): Abstract => ({ shape: c.shape, dtype: c.dtype, weak: c.weak }))
  return {
    captured,
    program: {
      ...p,
      inputs: [...lead, ...p.inputs],
      constants,
      slots: [...lead, ...p.slots],
      first: p.first.map((s) => s + k),
      refs: p.refs.map(ref),
      outputs: p.outputs.map(ref),
    },
  }
}

const isCall = (primitive: Primitive): boolean => primitive.name === 'call'

const writtenOut = new WeakMap<Program, Program>()

/** The same program with every call, however deeply nested, replaced by the entries of what it calls. Iterative. */
export const inline = (p: Program): Program => {
  if (!p.primitives.some(isCall)) return p
  const known = writtenOut.get(p)
  if (known !== undefined) return known
  interface Frame {
    readonly program: Program
    /** Where each slot of the frame's program has gone. */
    readonly at: number[]
    readonly constants: readonly number[]
    next: number
  }
  const w = writer()
  const frame = (program: Program, inputs: readonly number[]): Frame => ({
    program,
    at: [...inputs],
    constants: program.constants.map((c) => w.constant(c)),
    next: 0,
  })
  const refIn = (f: Frame, r: number): number => (r < 0 ? (f.constants[-1 - r] as number) : (f.at[r] as number))
  const root = frame(p, p.inputs.map(w.input))
  const stack: Frame[] = [root]
  while (stack.length > 0) {
    const f = stack[stack.length - 1] as Frame
    const q = f.program
    if (f.next === entryCount(q)) {
      stack.pop()
      const caller = stack[stack.length - 1]
      if (caller !== undefined) {
        for (const r of q.outputs) caller.at.push(refIn(f, r))
        caller.next += 1
      }
      continue
    }
    const k = f.next
    const args = q.refs.slice(q.start[k], q.start[k + 1]).map((r) => refIn(f, r))
    const primitive = q.primitives[k] as Primitive
    const inner = isCall(primitive) ? ((q.params[k] as CallParams).program as Program) : undefined
    if (inner !== undefined) {
      stack.push(frame(writtenOut.get(inner) ?? inner, args))
      continue
    }
    const results = q.slots.slice(q.first[k], q.first[k + 1])
    const slot = w.entry(primitive, q.params[k], args, results)
    results.forEach((_, i) => {
      f.at.push(slot + i)
    })
    f.next += 1
  }
  const flat = w.finish(p.outputs.map((r) => refIn(root, r)))
  writtenOut.set(p, flat)
  return flat
}
