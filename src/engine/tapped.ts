/**
 * Programs with taps. A compiled program cannot stop to print: taps come out of it as further results, and are printed
 * when it has run.
 */

import type { Primitive } from '../primitive/record.js'
import type { TapParams } from '../primitive/tap.js'
import { holdsTaps, prints } from '../tape/effect.js'
import { entryCount, type Program, Writer } from '../tape/program.js'
import type { Concrete } from '../tensor/concrete.js'
import { evaluate } from './evaluate.js'
import { byDefault, type Executable } from './execute.js'
import { plain } from './plain.js'
import { roomy } from './roomy.js'
import { simplify } from './simplify.js'
import type { Execution } from './target.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program without its taps, which has their values as its last results. */
interface Untapped {
  readonly program: Program
  readonly taps: readonly TapParams[]
}

const isTap = (primitive: Primitive): boolean => primitive.name === 'tap'
const isCustom = (primitive: Primitive): boolean => primitive.name === 'custom'

// ---------------------------------------------------------------------------------------------------------- combinators

/**
 * Taps as results; null where there are none, or some inside of control flow, whose values come and go: such a program
 * is evaluated, and prints as it goes.
 */
export const untapped = (p: Program): Untapped | null => {
  if (!holdsTaps(p) || p.primitives.some((primitive, k) => !isTap(primitive) && prints(primitive, p.params[k])))
    return null
  const w = new Writer()
  const at: number[] = p.inputs.map((a) => w.input(a))
  const constants = p.constants.map((c) => w.constant(c))
  const ref = (r: number): number => (r < 0 ? (constants[-1 - r] as number) : (at[r] as number))
  const taps: TapParams[] = []
  const values: number[] = []
  for (let k = 0; k < entryCount(p); k++) {
    const primitive = p.primitives[k] as Primitive
    const refs = p.refs.slice(p.start[k], p.start[k + 1]).map(ref)
    if (isTap(primitive)) {
      taps.push(p.params[k] as TapParams)
      values.push(refs[0] as number)
      at.push(refs[0] as number)
      continue
    }
    const results = p.slots.slice(p.first[k], p.first[k + 1])
    const slot = w.entry(primitive, p.params[k], refs, results)
    results.forEach((_, i) => {
      at.push(slot + i)
    })
  }
  return { program: simplify(w.finish([...p.outputs.map(ref), ...values])), taps }
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
    u.taps.forEach(({ label, print }, i) => {
      print(label, ys[n + i] as Concrete)
    })
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
