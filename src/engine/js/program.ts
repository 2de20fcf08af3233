/**
 * A scheduled program as JavaScript: one function a kernel, plain loops over typed arrays.
 *
 * The target where WebAssembly or its vectors are not to be had, and the one that people read. Scratch memory is one
 * buffer, allocated with the program; inputs are read where they stand, results are new arrays.
 */
import type { Memory } from '../../core/nest.js'
import { canCompileText } from '../../core/text-code.js'
import type { Abstract } from '../../core/value.js'
import type { Program } from '../../tape/program.js'
import { allocate, type Buffer, bufferOf, Concrete, scalarOf } from '../../tensor/concrete.js'
import { type Control, type Routine, routinesOf } from '../control.js'
import { script } from '../machine.js'
import { type MemoryPlan, outsideOf, planMemory, usedIn } from '../memory-plan.js'
import { type Kernel, type Schedule, schedule } from '../schedule.js'
import type { Compiled } from '../target.js'
import { controlText } from './control.js'
import { HELPERS } from './lanes.js'
import { nestText, type Scope } from './nest.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program as the body of a JavaScript function. */
export interface EmittedJs {
  readonly text: () => string
  /** Memory in the order in which `run` takes it. */
  readonly memories: readonly Memory[]
}

/** Bytes of the largest workspace. */
const LARGEST = 2 ** 31

type OnArrays = (...memories: readonly Buffer[]) => void

interface Made {
  readonly run: OnArrays
  readonly kernels: readonly OnArrays[]
}

// ------------------------------------------------------------------------------------------------------------- emission

const LETTER: { readonly [R in Memory['role']]: string } = { input: 'x', constant: 'c', output: 'y', scratch: 's' }

/** Schedules inside this one, at any depth. */
const inner = (k: Kernel): readonly Routine[] =>
  k.control === null
    ? []
    : routinesOf(k.control).flatMap((r) => [r, ...r.schedule.kernels.flatMap((own) => inner(own))])

/** What each kernel of a schedule is given: what it reads and writes, and all scratch of the schedules inside it. */
const usedBy = (s: Schedule): readonly (readonly Memory[])[] =>
  s.kernels.map((k) => [
    ...new Set([
      ...usedIn(k).filter((m) => m !== k.control?.frame),
      ...inner(k).flatMap(({ schedule: q }) => {
        const outside = new Set(outsideOf(q))
        return q.kernels
          .flatMap(usedIn)
          .filter((m) => !outside.has(m) && !q.kernels.some((x) => x.control?.frame === m))
      }),
    ]),
  ])

/** Names of memory: inputs x0, …, constants c0, …, outputs y0, …, scratch s0, … in the order in which it is used. */
export const namesOf = (s: Schedule): ReadonlyMap<Memory, string> => {
  const names = new Map<Memory, string>()
  const count = { input: 0, constant: 0, output: 0, scratch: 0 }
  for (const m of [...outsideOf(s), ...usedBy(s).flat()])
    if (!names.has(m)) names.set(m, `${LETTER[m.role]}${count[m.role]++}`)
  return names
}

/** Offsets in the workspace of all scratch, that of schedules inside others included. */
const offsetsOf = (s: Schedule, plan: MemoryPlan, from = 0): readonly (readonly [Memory, number])[] => [
  ...[...plan.offsets].map(([m, offset]) => [m, from + offset] as const),
  ...s.kernels.flatMap((k) =>
    k.control === null
      ? []
      : routinesOf(k.control).flatMap((r) =>
          offsetsOf(r.schedule, r.plan, from + (plan.offsets.get((k.control as Control).frame) as number)),
        ),
  ),
]

/** A schedule as the body of a function that returns `{ run, kernels }`. */
export const emitJs = (s: Schedule): EmittedJs => {
  const names = new Map(namesOf(s))
  const memories = [...names.keys()]
  const nameOf = (m: Memory): string => names.get(m) as string
  /** Names, each once: inside control flow, one value may come in as several inputs. */
  const listed = (list: readonly Memory[]): string => [...new Set(list.map(nameOf))].join(', ')
  const lines: string[] = ["'use strict'"]
  /** Writes the kernels of a schedule as functions; gives the statements that call them in order. */
  const kernels = (q: Schedule, prefix: string): readonly string[] => {
    const used = usedBy(q)
    return q.kernels.map((k, n) => {
      const own = `${prefix}kernel${n}`
      const parameters = listed(used[n] as readonly Memory[])
      const inside = k.control === null ? [] : controlText(k.control, nameOf, names, own, kernels)
      let values = 0
      const scope: Scope = { line: (text) => lines.push(text), nameOf, fresh: () => `v${values++}` }
      lines.push(`// ${k.operations.join(', ')}`)
      lines.push(`const ${own} = (${parameters}) => {`)
      for (const nest of k.nests) nestText(scope, nest)
      lines.push(...inside, '}')
      return `${own}(${parameters})`
    })
  }
  const calls = kernels(s, '')
  lines.push(`const run = (${listed(memories)}) => {`, ...calls.map((c) => `  ${c}`))
  lines.push('}', `return { run, kernels: [${s.kernels.map((_, n) => `kernel${n}`).join(', ')}] }`)
  return { text: () => lines.join('\n'), memories }
}

// -------------------------------------------------------------------------------------------------------------- running

const inWorkspace = (workspace: ArrayBuffer, m: Memory, offset: number): Buffer =>
  m.dtype === 'f64'
    ? new Float64Array(workspace, offset, m.size)
    : m.dtype === 'f32'
      ? new Float32Array(workspace, offset, m.size)
      : m.dtype === 'i32'
        ? new Int32Array(workspace, offset, m.size)
        : new Uint8Array(workspace, offset, m.size)

const resultOf = ({ shape, dtype, weak }: Abstract, buffer: Buffer): Concrete =>
  shape.length > 0
    ? new Concrete(shape, dtype, buffer, 0, weak)
    : weak
      ? new Concrete(shape, dtype, null, buffer[0] as number, true)
      : scalarOf(dtype, buffer[0] as number)

/**
 * Compiles a closed, simplified program to JavaScript; null when it holds a primitive that is not lowered, or where text
 * must not become code.
 */
export const compileInJs = (p: Program): Compiled | null => {
  if (!canCompileText()) return null
  const s = schedule(p, script)
  if (s === null) return null
  const plan = planMemory(s)
  if (plan.size > LARGEST) return null
  const { text, memories } = emitJs(s)
  const code = text()
  const make = new Function(...Object.keys(HELPERS), code) as (...helpers: readonly unknown[]) => Made
  const made = make(...Object.values(HELPERS))
  const workspace = new ArrayBuffer(plan.size)
  const place = new Map(memories.map((m, i) => [m, i] as const))
  const offsets = new Map(offsetsOf(s, plan))
  const arrays = memories.map((m): Buffer => {
    const offset = offsets.get(m)
    return offset === undefined ? allocate(m.dtype, 0) : inWorkspace(workspace, m, offset)
  })
  const placeOf = (m: Memory): number => place.get(m) as number
  const inputs = s.inputs.map(placeOf)
  const constants = s.constants.map((c) => ({ place: placeOf(c.memory), index: c.index }))
  const outputs = s.outputs.map(placeOf)
  const checks = s.checks.map((m) => arrays[placeOf(m)] as Buffer)
  const used = usedBy(s).map((list) => list.map(placeOf))
  const run: Compiled['run'] = (given, hidden) => {
    inputs.forEach((at, i) => {
      arrays[at] = bufferOf(given[i] as Concrete)
    })
    for (const c of constants) arrays[c.place] = bufferOf(hidden[c.index] as Concrete)
    outputs.forEach((at, i) => {
      const m = s.outputs[i] as Memory
      arrays[at] = allocate(m.dtype, m.size)
    })
    made.run(...arrays)
    if (checks.some((c) => c[0] !== 0)) return null
    return outputs.map((at, i) => resultOf(p.results[i] as Abstract, arrays[at] as Buffer))
  }
  const kernels: Compiled['kernels'] = (given, hidden) =>
    run(given, hidden) === null
      ? null
      : made.kernels.map((kernel, n) => () => kernel(...(used[n] as readonly number[]).map((i) => arrays[i] as Buffer)))
  return { target: 'js', schedule: s, plan, text: () => code, size: code.length, run, kernels }
}
