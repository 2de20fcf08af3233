/**
 * Programs as the engine takes them: calls written out, custom operations replaced by what they compute, and control flow
 * whose programs are such programs themselves. Entries are copied and not run again: nothing is computed or printed meanwhile.
 */
import type { ProgramLike } from '../core/program.js'
import type { Abstract, Tensor } from '../core/value.js'
import { type CallParams, type CustomParams, call } from '../primitive/composite.js'
import type { CondParams } from '../primitive/cond.js'
import type { Primitive } from '../primitive/record.js'
import type { ScanParams } from '../primitive/scan.js'
import { run } from '../tape/fold.js'
import { entryCount, inline, type Program, Writer } from '../tape/program.js'
import { traceLeaves } from '../tape/trace.js'
import { type Concrete, elementAt } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { masksOfKept } from './masks.js'
import { paramsKey, simplify } from './simplify.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program inside control flow, and what it closed over, which are its first inputs now. */
interface Lifted {
  readonly program: Program
  readonly constants: readonly Tensor[]
}

/** An entry as it is copied: with other parameters, or of another primitive. */
interface Entry {
  readonly primitive: Primitive
  readonly params: unknown
  readonly refs: readonly number[]
}

const isCustom = (primitive: Primitive): boolean => primitive.name === 'custom'

/** Whether a primitive is control flow: it holds programs that are run as they are. */
export const isControl = (primitive: Primitive): boolean => primitive.name === 'scan' || primitive.name === 'cond'

/** The programs in the parameters of control flow. */
export const programsOf = (params: unknown): readonly Program[] => {
  const p = params as ScanParams | CondParams
  return ('program' in p ? [p.program] : [p.onTrue, p.onFalse]) as readonly ProgramLike[] as readonly Program[]
}

// ------------------------------------------------------------------------------------------------------------- copying

/** Copies the entries of a program whose inputs stand at these references; gives its outputs. */
export const copied = (
  w: Writer,
  p: Program,
  inputs: readonly number[],
  constant: (c: Tensor) => number,
  change: (entry: Entry) => Entry = (entry) => entry,
): readonly number[] => {
  const at = [...inputs]
  const constants = p.constants.map(constant)
  const ref = (r: number): number => (r < 0 ? (constants[-1 - r] as number) : (at[r] as number))
  for (let k = 0; k < entryCount(p); k++) {
    const { primitive, params, refs } = change({
      primitive: p.primitives[k] as Primitive,
      params: p.params[k],
      refs: p.refs.slice(p.start[k], p.start[k + 1]).map(ref),
    })
    const results = p.slots.slice(p.first[k], p.first[k + 1])
    const slot = w.entry(primitive, params, refs, results)
    for (let i = 0; i < results.length; i++) at.push(slot + i)
  }
  return p.outputs.map(ref)
}

// ------------------------------------------------------------------------------------------------------------- lifting

const isNumber = (c: Tensor): boolean => (c as Concrete).buffer === null || sizeOf(c.shape) === 1

const inputOf = ({ shape, dtype }: Tensor): Abstract => ({ shape, dtype, weak: false })

const lifted = new WeakMap<ProgramLike, Lifted>()

/** A program that closes over nothing but numbers: arrays come in before its inputs. */
const lift = (original: ProgramLike): Lifted => {
  const known = lifted.get(original)
  if (known !== undefined) return known
  const p = plain(original as Program)
  const constants = [...new Set(p.constants.filter((c) => !isNumber(c)))]
  let program = p
  if (constants.length > 0) {
    const w = new Writer()
    const at = new Map(constants.map((c) => [c, w.input(inputOf(c))] as const))
    const inputs = p.inputs.map((a) => w.input(a))
    program = w.finish(copied(w, p, inputs, (c) => at.get(c) ?? w.constant(c)))
  }
  const made = { program, constants }
  lifted.set(original, made)
  return made
}

/** Which inputs a program reads or returns. */
const readInputs = (p: Program): readonly boolean[] => {
  const read = p.inputs.map(() => false)
  for (const r of [...p.refs, ...p.outputs]) if (r >= 0 && r < read.length) read[r] = true
  return read
}

/** A program without the inputs that are not kept, which it does not read. */
const without = (p: Program, kept: readonly boolean[]): Program => {
  if (!kept.includes(false)) return p
  const w = new Writer()
  const inputs = p.inputs.map((a, i) => (kept[i] ? w.input(a) : Number.NaN))
  return w.finish(copied(w, p, inputs, (c) => w.constant(c)))
}

const slim = new WeakMap<Program, Map<string, Program>>()

/** Control flow of plain programs, and what goes into it: nothing that it does not read. */
const liftedScan = (w: Writer, p: ScanParams, refs: readonly number[]): readonly [ScanParams, readonly number[]] => {
  const { program, constants } = lift(p.program)
  const nc = p.constants + constants.length
  const kept = readInputs(program).map((read, i) => read || (i >= nc && i < nc + p.carry))
  const programs = slim.get(program) ?? new Map<string, Program>()
  slim.set(program, programs)
  const key = kept.map((k) => (k ? '1' : '0')).join('')
  const slimmer = programs.get(key) ?? without(program, kept)
  programs.set(key, slimmer)
  return [
    { ...p, program: slimmer, constants: kept.slice(0, nc).filter((k) => k).length },
    [...constants.map((c) => w.constant(c)), ...refs].filter((_, i) => kept[i]),
  ]
}

const liftedCond = (w: Writer, p: CondParams, refs: readonly number[]): readonly [CondParams, readonly number[]] => {
  const [t, f] = [lift(p.onTrue), lift(p.onFalse)]
  const all = [...new Set([...t.constants, ...f.constants])]
  // both take the constants of both
  const taking = ({ program, constants }: Lifted): Program => {
    if (all.length === 0) return program
    const own = new Writer()
    const at = new Map(all.map((c) => [c, own.input(inputOf(c))] as const))
    const inputs = program.inputs.slice(constants.length).map((a) => own.input(a))
    const lead = constants.map((c) => at.get(c) as number)
    return own.finish(copied(own, program, [...lead, ...inputs], (c) => own.constant(c)))
  }
  return [
    { ...p, onTrue: taking(t), onFalse: taking(f) },
    [refs[0] as number, ...all.map((c) => w.constant(c)), ...refs.slice(1)],
  ]
}

/** What a custom operation computes, called. */
const calling = (w: Writer, params: CustomParams, refs: readonly number[]): CallParams => {
  const inputs = refs.map((r) => w.abstractOf(r))
  const program = traceLeaves((x) => params.run(x), inputs, { name: 'jit' })
  return { name: params.name, program, run: (x) => run(program, x) }
}

/** Custom operations replaced by what they compute, and control flow by that of plain programs. */
const rewritten = (p: Program): Program => {
  const w = new Writer()
  const inputs = p.inputs.map((a) => w.input(a))
  const outputs = copied(
    w,
    p,
    inputs,
    (c) => w.constant(c),
    ({ primitive, params, refs }) => {
      if (isCustom(primitive)) return { primitive: call, params: calling(w, params as CustomParams, refs), refs }
      if (!isControl(primitive)) return { primitive, params, refs }
      const [q, x] =
        primitive.name === 'scan'
          ? liftedScan(w, params as ScanParams, refs)
          : liftedCond(w, params as CondParams, refs)
      return { primitive, params: q, refs: x }
    },
  )
  return inline(w.finish(outputs))
}

// ------------------------------------------------------------------------------------------------------------ structure

/** Entries, those of programs inside control flow included. */
export const sizeOfProgram = (p: Program): number => {
  let n = entryCount(p)
  p.primitives.forEach((primitive, k) => {
    if (isControl(primitive)) for (const q of programsOf(p.params[k])) n += sizeOfProgram(q)
  })
  return n
}

const keys = new WeakMap<Program, string>()

/** A text that is equal for programs of one structure: entries, shapes and element types, not the arrays closed over. */
export const structureKey = (p: Program): string => {
  const known = keys.get(p)
  if (known !== undefined) return known
  const parts: string[] = [p.inputs.map((a) => `${a.dtype}${a.weak ? '?' : ''}[${a.shape.join()}]`).join()]
  for (const c of p.constants as readonly Concrete[])
    parts.push(
      isNumber(c)
        ? `${c.dtype}${c.weak ? '?' : ''}[${c.shape.join()}]=${Object.is(elementAt(c, 0), -0) ? '-0' : elementAt(c, 0)}`
        : `${c.dtype}${c.weak ? '?' : ''}[${c.shape.join()}]`,
    )
  for (let k = 0; k < entryCount(p); k++) {
    const primitive = p.primitives[k] as Primitive
    const params = isControl(primitive) ? controlKey(p.params[k]) : paramsKey(p.params[k], () => 0)
    parts.push(`${primitive.name}|${params}|${p.refs.slice(p.start[k], p.start[k + 1]).join()}`)
  }
  parts.push(p.outputs.join())
  const key = parts.join(';')
  keys.set(p, key)
  return key
}

const controlKey = (params: unknown): string => {
  const p = params as ScanParams | CondParams
  const inner = programsOf(params).map((q) => `{${structureKey(q)}}`)
  return 'program' in p ? [p.constants, p.carry, p.length, p.reverse, ...inner].join() : inner.join()
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * The same program without calls and custom operations, masks read off what is kept; control flow in it closes over nothing
 * but numbers.
 */
export const plain = (p: Program): Program => {
  let q = inline(p)
  // what a custom operation computes may hold custom operations, and control flow
  while (q.primitives.some(isCustom)) q = rewritten(q)
  if (q.primitives.some(isControl)) q = rewritten(q)
  return masksOfKept(q === p ? p : simplify(q))
}
