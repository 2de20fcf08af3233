/**
 * Programs as the engine takes them: calls written out, custom operations replaced by what they compute, and control flow
 * whose programs are such programs themselves.
 */
import type { ProgramLike } from '../core/program.js'
import type { Tensor } from '../core/value.js'
import type { CustomParams } from '../primitive/composite.js'
import type { CondParams } from '../primitive/cond.js'
import type { Primitive } from '../primitive/record.js'
import type { ScanParams } from '../primitive/scan.js'
import { type Algebra, right, valueAlgebra } from '../tape/fold.js'
import { applyMany } from '../tape/node.js'
import { entryCount, inline, type Program } from '../tape/program.js'
import { traceLeaves } from '../tape/trace.js'
import { type Concrete, elementAt, weakScalar } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { paramsKey, simplify } from './simplify.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program inside control flow, and what it closed over, which are its first inputs now. */
interface Lifted {
  readonly program: Program
  readonly constants: readonly Tensor[]
}

const isCustom = (primitive: Primitive): boolean => primitive.name === 'custom'

/** Whether a primitive is control flow: it holds programs that are run as they are. */
export const isControl = (primitive: Primitive): boolean => primitive.name === 'scan' || primitive.name === 'cond'

/** The programs in the parameters of control flow. */
export const programsOf = (params: unknown): readonly Program[] => {
  const p = params as ScanParams | CondParams
  return ('program' in p ? [p.program] : [p.onTrue, p.onFalse]) as readonly ProgramLike[] as readonly Program[]
}

// ------------------------------------------------------------------------------------------------------------- lifting

const isNumber = (c: Tensor): boolean => (c as Concrete).buffer === null || sizeOf(c.shape) === 1

const lifted = new WeakMap<ProgramLike, Lifted>()

/** A program that closes over nothing but numbers: arrays come in before its inputs. */
const lift = (original: ProgramLike): Lifted => {
  const known = lifted.get(original)
  if (known !== undefined) return known
  const p = plain(original as Program)
  const constants = p.constants.filter((c) => !isNumber(c))
  const made =
    constants.length === 0
      ? { program: p, constants }
      : {
          program: simplify(
            traceLeaves(
              (v) => {
                const at = new Map(constants.map((c, i) => [c, v[i] as Tensor] as const))
                return right(p, v.slice(constants.length), { ...valueAlgebra, lift: (c) => at.get(c) ?? c })
              },
              [...constants.map(({ shape, dtype }) => ({ shape, dtype, weak: false })), ...p.inputs],
              { name: 'jit' },
            ),
          ),
          constants,
        }
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
  return traceLeaves(
    (v) => {
      let next = 0
      // never looked at
      const nothing = p.inputs.map((_, i) => (kept[i] ? (v[next++] as Tensor) : (v[0] ?? weakScalar(0))))
      return right(p, nothing, valueAlgebra)
    },
    p.inputs.filter((_, i) => kept[i]),
    { name: 'jit' },
  )
}

const slim = new WeakMap<Program, Map<string, Program>>()

/** Control flow of plain programs, and what goes into it: nothing that it does not read. */
const liftedScan = (p: ScanParams, args: readonly Tensor[]): readonly [ScanParams, readonly Tensor[]] => {
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
    [...constants, ...args].filter((_, i) => kept[i]),
  ]
}

const liftedCond = (p: CondParams, [predicate, ...args]: readonly Tensor[]): readonly [CondParams, Tensor[]] => {
  const [t, f] = [lift(p.onTrue), lift(p.onFalse)]
  const all = [...t.constants, ...f.constants]
  // both take the constants of both
  const taking = ({ program, constants }: Lifted, from: number): Program =>
    all.length === 0
      ? program
      : traceLeaves(
          (v) => right(program, [...v.slice(from, from + constants.length), ...v.slice(all.length)], valueAlgebra),
          [
            ...all.map(({ shape, dtype }) => ({ shape, dtype, weak: false })),
            ...program.inputs.slice(constants.length),
          ],
          { name: 'jit' },
        )
  return [
    { ...p, onTrue: taking(t, 0), onFalse: taking(f, t.constants.length) },
    [predicate as Tensor, ...all, ...args],
  ]
}

/** Custom operations replaced by what they compute, and control flow by that of plain programs. */
const plainAlgebra: Algebra<Tensor> = {
  ...valueAlgebra,
  many: (primitive, params, args) => {
    if (isCustom(primitive)) return (params as CustomParams).run(args)
    if (!isControl(primitive)) return applyMany(primitive, params, args)
    const [p, x] =
      primitive.name === 'scan' ? liftedScan(params as ScanParams, args) : liftedCond(params as CondParams, args)
    return applyMany(primitive, p, x)
  },
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

/** The same program without calls and custom operations; control flow in it closes over nothing but numbers. */
export const plain = (p: Program): Program => {
  let q = inline(p)
  const rewrite = (): void => {
    q = inline(traceLeaves((v) => right(q, v, plainAlgebra), q.inputs, { name: 'jit' }))
  }
  while (q.primitives.some(isCustom)) rewrite()
  if (q.primitives.some(isControl)) rewrite()
  return q === p ? p : simplify(q)
}
