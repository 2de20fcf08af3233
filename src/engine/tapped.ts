/**
 * Programs with taps. A compiled program cannot stop to print: taps come out of it as further results, and are printed
 * when it has run. Out of a loop come all of its rounds', out of a branch those of both, and which of them was taken.
 */

import type { ProgramLike } from '../core/program.js'
import type { Abstract, Tensor } from '../core/value.js'
import type { CondParams } from '../primitive/cond.js'
import type { Primitive } from '../primitive/record.js'
import { rowAt, type ScanParams } from '../primitive/scan.js'
import type { TapParams } from '../primitive/tap.js'
import { holdsTaps, prints } from '../tape/effect.js'
import { entryCount, type Program, Writer } from '../tape/program.js'
import { type Concrete, elementAt, uniform } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { evaluate } from './evaluate.js'
import { byDefault, type Executable } from './execute.js'
import { byteSize } from './memory-plan.js'
import { copied, plain } from './plain.js'
import { roomy } from './roomy.js'
import { simplify } from './simplify.js'
import type { Execution } from './target.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What is printed, in order; numbers count the further results of a program, from the first one on. */
type Telling =
  | { readonly kind: 'tap'; readonly params: TapParams; readonly at: number }
  /** Rows of so many results, from `at` on, for what is told in each round. */
  | {
      readonly kind: 'scan'
      readonly at: number
      readonly rows: readonly Abstract[]
      readonly length: number
      readonly reverse: boolean
      readonly told: readonly Telling[]
    }
  /** The truth value, then the results of one branch, then those of the other. */
  | {
      readonly kind: 'cond'
      readonly at: number
      readonly ofTrue: number
      readonly onTrue: readonly Telling[]
      readonly onFalse: readonly Telling[]
    }

/** A program without its taps, which has what they print as its last results. */
interface Untapped {
  readonly program: Program
  readonly told: readonly Telling[]
}

/** Bytes of what comes out of a program to be printed, at the most. */
const MOST = 2 ** 26

const isTap = (primitive: Primitive): boolean => primitive.name === 'tap'
const isCustom = (primitive: Primitive): boolean => primitive.name === 'custom'

// ---------------------------------------------------------------------------------------------------------- combinators

/** A program inside control flow, its taps as further results. */
interface Inside extends Untapped {
  /** What is known of the further results. */
  readonly extra: readonly Abstract[]
}

const inside = (p: ProgramLike): Inside => {
  const { program, told } = lifted(p as Program)
  return { program, told, extra: program.results.slice(p.results.length) }
}

/** A program that gives these zeros after some of its results. */
const padded = (p: Program, before: number, low: readonly Abstract[], high: readonly Abstract[]): Program => {
  const w = new Writer()
  const inputs = p.inputs.map((a) => w.input(a))
  const zeros = (list: readonly Abstract[]): readonly number[] =>
    list.map((a) => w.constant(uniform(a.shape, a.dtype, 0)))
  const [first, last] = [zeros(low), zeros(high)]
  const outputs = copied(w, p, inputs, (c) => w.constant(c))
  return w.finish([...outputs.slice(0, before), ...first, ...outputs.slice(before), ...last])
}

/** Taps, those inside of control flow too, as further results. */
const lifted = (p: Program): Untapped => {
  const w = new Writer()
  const at: number[] = p.inputs.map((a) => w.input(a))
  const constants = p.constants.map((c) => w.constant(c))
  const ref = (r: number): number => (r < 0 ? (constants[-1 - r] as number) : (at[r] as number))
  const told: Telling[] = []
  const values: number[] = []
  /** Writes an entry that has further results, which are told. */
  const entry = (k: number, params: unknown, extra: readonly Abstract[], refs: readonly number[]): void => {
    const results = p.slots.slice(p.first[k], p.first[k + 1])
    const slot = w.entry(p.primitives[k] as Primitive, params, refs, [...results, ...extra])
    results.forEach((_, i) => {
      at.push(slot + i)
    })
    extra.forEach((_, i) => {
      values.push(slot + results.length + i)
    })
  }
  for (let k = 0; k < entryCount(p); k++) {
    const primitive = p.primitives[k] as Primitive
    const refs = p.refs.slice(p.start[k], p.start[k + 1]).map(ref)
    if (isTap(primitive)) {
      told.push({ kind: 'tap', params: p.params[k] as TapParams, at: values.length })
      values.push(refs[0] as number)
      at.push(refs[0] as number)
    } else if (!prints(primitive, p.params[k])) entry(k, p.params[k], [], refs)
    else if (primitive.name === 'scan') {
      const params = p.params[k] as ScanParams
      const { length, reverse } = params
      const body = inside(params.program)
      told.push({ kind: 'scan', at: values.length, rows: body.extra, length, reverse, told: body.told })
      const stacks = body.extra.map((a) => ({ shape: [length, ...a.shape], dtype: a.dtype, weak: false }))
      entry(k, { ...params, program: body.program }, stacks, refs)
    } else {
      const params = p.params[k] as CondParams
      const [t, f] = [inside(params.onTrue), inside(params.onFalse)]
      const n = params.onTrue.results.length
      told.push({ kind: 'cond', at: values.length, ofTrue: t.extra.length, onTrue: t.told, onFalse: f.told })
      values.push(refs[0] as number)
      const onTrue = padded(t.program, n + t.extra.length, [], f.extra)
      const onFalse = padded(f.program, n, t.extra, [])
      entry(k, { ...params, onTrue, onFalse }, [...t.extra, ...f.extra], refs)
    }
  }
  return { program: simplify(w.finish([...p.outputs.map(ref), ...values])), told }
}

/** Taps as results; null where there are none, or where too much would come out: such a program prints as it is evaluated. */
export const untapped = (p: Program): Untapped | null => {
  if (!holdsTaps(p)) return null
  const found = lifted(p)
  const bytes = found.program.results
    .slice(p.results.length)
    .reduce((n, a) => n + byteSize({ dtype: a.dtype, size: sizeOf(a.shape) }), 0)
  return bytes > MOST ? null : found
}

/** Prints what a program told by its further results. */
const tell = (told: readonly Telling[], values: readonly Tensor[]): void => {
  for (const x of told)
    if (x.kind === 'tap') x.params.print(x.params.label, values[x.at] as Tensor)
    else if (x.kind === 'cond') {
      const isTrue = elementAt(values[x.at] as Concrete, 0) !== 0
      const from = x.at + 1 + (isTrue ? 0 : x.ofTrue)
      tell(isTrue ? x.onTrue : x.onFalse, values.slice(from))
    } else
      for (let n = 0; n < x.length; n++) {
        const round = x.reverse ? x.length - 1 - n : n
        const rows = x.rows.map(({ shape }, i) => rowAt(values[x.at + i] as Concrete, shape, sizeOf(shape), round))
        tell(x.told, rows)
      }
}

// -------------------------------------------------------------------------------------------------------------- running

/** A program of plain entries, and what is printed when it has run. */
const printing = (program: Program, execution: Execution): Executable => {
  const u = untapped(program)
  if (u === null) return roomy(program, execution)
  const run = roomy(u.program, execution)
  const n = program.outputs.length
  return (inputs) => {
    const ys = attempt(() => run(inputs))
    // it fails again, in the same words; what it computes before is printed
    if (ys === null) return evaluate(program, inputs)
    tell(u.told, ys.slice(n))
    return ys.slice(0, n)
  }
}

const attempt = <A>(f: () => A): A | null => {
  try {
    return f()
  } catch {
    return null
  }
}

/** A closed, simplified program, to be run again and again, that prints what its taps ask for. */
export const tapping = (program: Program, execution: Execution = byDefault): Executable => {
  // what a custom operation does shows when it is written out
  if (!holdsTaps(program) && !program.primitives.some(isCustom)) return roomy(program, execution)
  let run: Executable | undefined
  return (inputs) => {
    run ??= printing(plain(program), execution)
    return run(inputs)
  }
}
