/**
 * Programs: a traced function as an immutable list of entries (a Wengert list), held as a struct of arrays.
 *
 * Slots number the inputs first, then every result of every entry in order. A reference is a slot, or −1 − i for
 * constant i. Sharing, which a pure graph cannot observe, is explicit: a slot is written once and read by number.
 */
import { ValueError } from '../core/error.js'
import type { ProgramLike } from '../core/program.js'
import type { Abstract, Tensor } from '../core/value.js'
import type { CallParams } from '../primitive/composite.js'
import type { Primitive } from '../primitive/record.js'
import { prints } from './effect.js'
import { isNode, type Node, type Value } from './node.js'
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
  /** The last entry that reads each slot, so that a fold can let go of it; −1 where none does, none for an output. */
  readonly last: readonly number[]
  /** Whether any entry is a call. */
  readonly calls: boolean
}

const isCall = (primitive: Primitive): boolean => primitive.name === 'call'

/** Number of entries. */
export const entryCount = (p: Program): number => p.primitives.length

/** Shape and element type of what a reference names. */
export const abstractOf = (p: Pick<Program, 'slots' | 'constants'>, ref: number): Abstract =>
  ref < 0 ? (p.constants[-1 - ref] as Value) : (p.slots[ref] as Abstract)

// ------------------------------------------------------------------------------------------------------------- writing

/** The entry that an output is last read by: none, it is kept. */
const KEPT = 2 ** 31 - 1

/** The last entry that reads each slot; −1 where none does. */
const lastReads = (
  slots: number,
  start: readonly number[],
  refs: readonly number[],
  outputs: readonly number[],
): readonly number[] => {
  const last = new Array<number>(slots).fill(-1)
  for (let k = 0; k < start.length - 1; k++)
    for (let i = start[k] as number; i < (start[k + 1] as number); i++) {
      const r = refs[i] as number
      if (r >= 0) last[r] = k
    }
  for (const r of outputs) if (r >= 0) last[r] = KEPT
  return last
}

/**
 * A program being written; private to who writes it. Inputs come before entries. A class for the sake of its hidden
 * shape: a program of ten entries is written many thousand times a second.
 */
export class Writer {
  private readonly inputs: Abstract[] = []
  private readonly constants: Tensor[] = []
  private readonly primitives: Primitive[] = []
  private readonly params: unknown[] = []
  private readonly slots: Abstract[] = []
  private readonly first: number[] = []
  private readonly start: number[] = []
  private readonly refs: number[] = []
  private calls = false

  /** Writes an input and returns its slot. @throws ValueError after an entry */
  input(a: Abstract): number {
    if (this.primitives.length > 0)
      throw new ValueError({
        operation: 'input',
        problem: `an input was written after ${this.primitives.length === 1 ? 'an entry' : 'entries'}`,
        hint: 'write all inputs of a tape first',
      })
    this.result(a)
    this.inputs.push(this.slots[this.slots.length - 1] as Abstract)
    return this.slots.length - 1
  }
  /** Writes a constant and returns its reference. */
  constant(v: Tensor): number {
    this.constants.push(v)
    return -this.constants.length
  }
  /** Opens an entry and returns its first slot; its references and results come next. */
  open(primitive: Primitive, params: unknown): number {
    this.primitives.push(primitive)
    this.params.push(params)
    this.first.push(this.slots.length)
    this.start.push(this.refs.length)
    if (isCall(primitive)) this.calls = true
    return this.slots.length
  }
  /** Writes an argument of the entry that is open. */
  reads(ref: number): void {
    this.refs.push(ref)
  }
  /** Writes a result of the entry that is open: what is known of it, not the value that it is known from. */
  result(a: Abstract): void {
    const { slots } = this
    const before = slots.length === 0 ? undefined : (slots[slots.length - 1] as Abstract)
    const same = before !== undefined && before.shape === a.shape && before.dtype === a.dtype && before.weak === a.weak
    slots.push(same ? before : { shape: a.shape, dtype: a.dtype, weak: a.weak })
  }
  /** Writes an entry and returns its first slot. */
  entry(primitive: Primitive, params: unknown, refs: readonly number[], results: readonly Abstract[]): number {
    const at = this.open(primitive, params)
    for (let i = 0; i < refs.length; i++) this.reads(refs[i] as number)
    for (let i = 0; i < results.length; i++) this.result(results[i] as Abstract)
    return at
  }
  /** Shape and element type of what a reference names. */
  abstractOf(ref: number): Abstract {
    return abstractOf({ slots: this.slots, constants: this.constants }, ref)
  }
  /** The program, once it is written. */
  finish(outputs: readonly number[]): Program {
    const { inputs, constants, primitives, params, slots, first, start, refs, calls } = this
    first.push(slots.length)
    start.push(refs.length)
    const results = outputs.map((r) => this.abstractOf(r))
    const last = lastReads(slots.length, start, refs, outputs)
    return { inputs, constants, primitives, params, slots, first, start, refs, outputs, results, last, calls }
  }
}

// ----------------------------------------------------------------------------------------------------------- recording

/**
 * The tape of a scope being written. Values that depend on other scopes too wait in the graph until `finish` asks for
 * them; so does everything, unless the recording was started by `recordAsMade`. Nodes with a reference on the tape bear
 * its mark, those written as they were made know their slot (another recording may mark them meanwhile).
 */
export class Recording {
  private readonly writer = new Writer()
  private readonly mark = {}
  private readonly scope: Scope
  constructor(inputs: readonly Node[], scope: Scope) {
    this.scope = scope
    for (const v of inputs) {
      v.mark = this.mark
      v.slot = this.writer.input(v)
    }
  }

  /** Writes a primitive applied to values that have a place on the tape or are constants; the slot of its first result. */
  write(primitive: Primitive, params: unknown, args: readonly Tensor[], results: readonly Abstract[]): number {
    const { writer } = this
    const slot = writer.open(primitive, params)
    for (let i = 0; i < args.length; i++) writer.reads(this.refOf(args[i] as Tensor))
    for (let i = 0; i < results.length; i++) writer.result(results[i] as Abstract)
    return slot
  }

  /** The program of these outputs. Descends only into nodes that depend on the scope; iterative. Closes the scope. */
  finish(outs: readonly Tensor[]): Program {
    const stack: Node[] = []
    for (const out of outs) {
      if (this.isReady(out)) continue
      stack.push(out as Node)
      while (stack.length > 0) {
        const node = stack[stack.length - 1] as Node
        const { args } = node
        let ready = true
        if (!this.isReady(node))
          for (let i = args.length - 1; i >= 0; i--) {
            const a = args[i] as Tensor
            if (!this.isReady(a)) {
              stack.push(a as Node)
              ready = false
            }
          }
        if (ready) {
          this.writeNode(node)
          stack.pop()
        }
      }
    }
    const { scope } = this
    const program = this.writer.finish(outs.map((x) => this.refOf(x)))
    const asMade = scope.recording === this
    scope.closed = true
    scope.recording = null
    // what was written as it was made may have come to nothing
    return asMade ? prune(program) : program
  }

  private isReady(x: Tensor): boolean {
    if (!isNode(x) || x.mark === this.mark) return true
    const s = x.scopes
    return s.length === 1 ? s[0] !== this.scope || x.written >= 0 : !s.includes(this.scope)
  }

  /** The reference to a value that is ready. */
  private refOf(x: Tensor): number {
    if (!isNode(x)) return this.writer.constant(x)
    if (x.written >= 0 && x.scopes[0] === this.scope) return x.written
    if (x.mark !== this.mark) {
      x.mark = this.mark
      x.slot = this.writer.constant(x)
    }
    return x.slot
  }

  private writeNode(node: Node): void {
    const { application } = node
    if (node.mark === this.mark) return
    if (application === null) node.slot = this.write(node.primitive as Primitive, node.params, node.args, [node])
    else {
      if (application.mark !== this.mark) {
        application.mark = this.mark
        application.slot = this.write(application.primitive, application.params, node.args, application.results)
      }
      node.slot = application.slot + (node.params as number)
    }
    node.mark = this.mark
  }
}

/** The expressions `outs` of the variables `ins` as a program; what does not depend on `scope` is a constant. */
export const record = (outs: readonly Tensor[], ins: readonly Node[], scope: Scope): Program =>
  new Recording(ins, scope).finish(outs)

/**
 * Starts to record a scope while its values are made: they go on the tape at once, read by number, and none holds the
 * ones it was made of. For scopes in which nothing is looked at.
 */
export const recordAsMade = (ins: readonly Node[], scope: Scope): Recording => {
  const recording = new Recording(ins, scope)
  ins.forEach((v, i) => {
    v.written = i
  })
  scope.recording = recording
  return recording
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
  const slots = [...lead, ...p.slots]
  const refs = p.refs.map(ref)
  const outputs = p.outputs.map(ref)
  return {
    captured,
    program: {
      ...p,
      inputs: [...lead, ...p.inputs],
      constants,
      slots,
      first: p.first.map((s) => s + k),
      refs,
      outputs,
      last: lastReads(slots.length, p.start, refs, outputs),
    },
  }
}

/** Which entries some output needs, and which print. */
const needed = (p: Program): readonly boolean[] => {
  const { first, start, refs, outputs } = p
  const isRead = new Array<boolean>(p.slots.length).fill(false)
  for (const r of outputs) if (r >= 0) isRead[r] = true
  const keep = new Array<boolean>(entryCount(p)).fill(false)
  for (let k = keep.length - 1; k >= 0; k--) {
    for (let s = first[k] as number; s < (first[k + 1] as number); s++) if (isRead[s]) keep[k] = true
    if (!keep[k] && !prints(p.primitives[k] as Primitive, p.params[k])) continue
    keep[k] = true
    for (let i = start[k] as number; i < (start[k + 1] as number); i++) {
      const r = refs[i] as number
      if (r >= 0) isRead[r] = true
    }
  }
  return keep
}

/** The same program with only those entries and constants that an output needs, or that print. */
export const prune = (p: Program): Program => {
  const keep = needed(p)
  if (!keep.includes(false)) return p
  const w = new Writer()
  const at: number[] = p.inputs.map((a) => w.input(a))
  const used = new Map<number, number>()
  const ref = (r: number): number => {
    if (r >= 0) return at[r] as number
    const known = used.get(r)
    if (known !== undefined) return known
    const c = w.constant(p.constants[-1 - r] as Tensor)
    used.set(r, c)
    return c
  }
  for (let k = 0; k < entryCount(p); k++) {
    const results = p.slots.slice(p.first[k], p.first[k + 1])
    const refs = p.refs.slice(p.start[k], p.start[k + 1])
    const slot = keep[k] ? w.entry(p.primitives[k] as Primitive, p.params[k], refs.map(ref), results) : Number.NaN
    for (let i = 0; i < results.length; i++) at.push(slot + i)
  }
  return w.finish(p.outputs.map(ref))
}

const writtenOut = new WeakMap<Program, Program>()

/** The same program with every call, however deeply nested, replaced by the entries of what it calls. Iterative. */
export const inline = (p: Program): Program => {
  if (!p.calls) return p
  const known = writtenOut.get(p)
  if (known !== undefined) return known
  interface Frame {
    readonly program: Program
    /** Where each slot of the frame's program has gone. */
    readonly at: number[]
    readonly constants: readonly number[]
    next: number
  }
  const w = new Writer()
  const frame = (program: Program, inputs: readonly number[]): Frame => ({
    program,
    at: [...inputs],
    constants: program.constants.map((c) => w.constant(c)),
    next: 0,
  })
  const refIn = (f: Frame, r: number): number => (r < 0 ? (f.constants[-1 - r] as number) : (f.at[r] as number))
  const root = frame(
    p,
    p.inputs.map((a) => w.input(a)),
  )
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
