/**
 * What the engine makes of a program, as a record: which operations share a kernel, how its loops run, what it computes and
 * moves, and where its memory lies.
 */
import type { Loop, Memory, Nest } from '../core/nest.js'
import type { DType, Shape } from '../core/value.js'
import type { Primitive } from '../primitive/record.js'
import { entryCount, type Program } from '../tape/program.js'
import { show } from '../tape/show.js'
import type { Concrete } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { type Control, routinesOf } from './control.js'
import { type Costs, costsOf } from './costs.js'
import { emitJs, namesOf } from './js/program.js'
import type { Machine } from './machine.js'
import { byteSize, usedIn } from './memory-plan.js'
import { programsOf } from './plain.js'
import type { Kernel, Schedule } from './schedule.js'
import type { Compiled } from './target.js'
import { tilingOf } from './tile.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A loop: its name in the text of the program, and its rounds. */
export interface LoopExplanation {
  readonly name: string
  readonly size: number
}

/** One loop nest of a kernel. */
export interface NestExplanation extends Costs {
  /** Outer loops, outermost first; those of one round are left out. */
  readonly loops: readonly LoopExplanation[]
  /** Loops that are folded over (sums, products of matrices, …). */
  readonly folded: readonly LoopExplanation[]
  /** The loop that runs in vectors, and elements in each; null where none does. */
  readonly vectors: { readonly loop: string; readonly lanes: number } | null
  /** The loops that threads share, one or two, and in how many units; null where one thread does it all. */
  readonly shared: { readonly loops: readonly string[]; readonly units: number } | null
  /** How many rows and columns (vectors, where there are any) are computed at once, and the loop of the rows. */
  readonly tile: { readonly rows: number; readonly columns: number; readonly loop: string | null }
}

/** One kernel: a function of the emitted program. Its costs are, of `cond`, those of its dearer branch. */
export interface KernelExplanation extends Costs {
  readonly name: string
  /** What was fused into it, in the order of the tape. */
  readonly operations: readonly string[]
  readonly nests: readonly NestExplanation[]
  /** The kernels that control flow runs; null where a kernel is none. */
  readonly control: ControlExplanation | null
}

/** Kernels that are run again and again, or those of two branches. */
export interface ControlExplanation {
  readonly kind: 'scan' | 'cond'
  /** How often: 1 for branches. */
  readonly rounds: number
  /** The kernels of the body, or of each branch. */
  readonly programs: readonly (readonly KernelExplanation[])[]
}

/** A value between kernels. */
export interface PlannedMemory {
  readonly name: string
  readonly dtype: DType
  /** Elements. */
  readonly size: number
  /** Bytes from the start of the workspace. */
  readonly offset: number
  readonly bytes: number
  /** The first and the last kernel that uses it; later ones may use its place. */
  readonly from: string
  readonly to: string
}

/** Memory between kernels. */
export interface MemoryExplanation {
  /** Bytes of the workspace. */
  readonly workspace: number
  /** Bytes that the values would take side by side, without reuse. */
  readonly unshared: number
  readonly values: readonly PlannedMemory[]
}

/** What the engine makes of a function. */
export interface Explanation {
  /** What runs it: WebAssembly, JavaScript where that is not to be had, or the evaluator for what does not compile. */
  readonly target: Compiled['target'] | 'evaluator'
  /** Entries of the tape, simplified and with calls written out. */
  readonly operations: number
  readonly kernels: readonly KernelExplanation[]
  readonly memory: MemoryExplanation
  /** Bytes that go in, that come out, and that the function closes over. */
  readonly bytes: { readonly inputs: number; readonly outputs: number; readonly constants: number }
  /** Bytes of the module (characters, of JavaScript). */
  readonly moduleSize: number
  /** The tape that was compiled. */
  readonly tape: () => string
  /** The program as emitted; and as JavaScript, whatever the target, which is the one to read. */
  readonly emitted: { readonly text: () => string; readonly js: () => string }
  readonly toString: () => string
}

// ------------------------------------------------------------------------------------------------------------- combining

/** What is known of a compiled program, and holds for the programs inside of it too. */
interface Setting {
  readonly vectors: boolean
  readonly splits: Compiled['splits']
}

const nestOf = (nest: Nest, machine: Machine, { vectors, splits }: Setting): NestExplanation => {
  const names = new Map<Loop, string>()
  nest.loops.forEach((l, i) => {
    names.set(l, `i${i}`)
  })
  nest.folded.forEach((l, i) => {
    names.set(l, `k${i}`)
  })
  const named = (loops: readonly Loop[]): readonly LoopExplanation[] =>
    loops.filter((l) => l.size !== 1).map((l) => ({ name: names.get(l) as string, size: l.size }))
  const t = tilingOf(nest, machine)
  const split = splits?.get(nest)
  return {
    loops: named(nest.loops),
    folded: named(nest.folded),
    vectors: vectors && t.vector !== null ? { loop: names.get(t.vector) as string, lanes: t.vl } : null,
    shared:
      split === undefined
        ? null
        : {
            loops: [split, split.inner].flatMap((cut) => (cut === null ? [] : [names.get(cut.loop) as string])),
            units: split.units,
          },
    tile: { rows: t.rows, columns: t.columns, loop: t.unrolled === null ? null : (names.get(t.unrolled) as string) },
    ...costsOf(nest),
  }
}

/** What says nothing of what is computed. */
const UNNAMED: ReadonlySet<string> = new Set(['named', 'stopGradient'])

/** The names of all entries that are computed in a kernel: those it stores, and those only it needs on the way. */
const operationsOf = (p: Program, s: Schedule): readonly (readonly string[])[] => {
  const writer = new Int32Array(p.slots.length).fill(-1)
  for (let k = 0; k < entryCount(p); k++)
    for (let slot = p.first[k] as number; slot < (p.first[k + 1] as number); slot++) writer[slot] = k
  const stored = new Set(s.kernels.flatMap((k) => k.slots))
  return s.kernels.map((kernel) => {
    const seen = new Set(kernel.slots)
    for (const slot of seen) {
      const k = writer[slot] as number
      if (k < 0) continue
      for (let i = p.start[k] as number; i < (p.start[k + 1] as number); i++) {
        const r = p.refs[i] as number
        if (r >= p.inputs.length && !stored.has(r)) seen.add(r)
      }
    }
    if (seen.size === 0) return kernel.operations
    return [...seen]
      .sort((a, b) => a - b)
      .map((slot) => (p.primitives[writer[slot] as number] as Primitive).name)
      .filter((name) => !UNNAMED.has(name))
  })
}

const sum = (list: readonly number[]): number => list.reduce((n, x) => n + x, 0)

const COSTS = ['flops', 'read', 'written'] as const

/** Costs by name, each made from its own. */
const costs = (f: (name: keyof Costs) => number): Costs =>
  Object.fromEntries(COSTS.map((name) => [name, f(name)])) as unknown as Costs

/** The kernels of a schedule, under names that begin like this. */
const kernelsIn = (p: Program, s: Schedule, setting: Setting, prefix: string): readonly KernelExplanation[] => {
  const operations = operationsOf(p, s)
  return s.kernels.map((kernel, i) => {
    const name = `${prefix}kernel${i}`
    const nests = kernel.nests.map((n) => nestOf(n, s.machine, setting))
    const control = kernel.control === null ? null : controlIn(p, kernel, kernel.control, setting, name)
    const programs = control?.programs ?? []
    return {
      name,
      operations: operations[i] as readonly string[],
      nests,
      control,
      ...costs(
        (x) =>
          sum(nests.map((n) => n[x])) +
          (control?.rounds ?? 0) * Math.max(0, ...programs.map((list) => sum(list.map((k) => k[x])))),
      ),
    }
  })
}

const controlIn = (p: Program, kernel: Kernel, c: Control, setting: Setting, name: string): ControlExplanation => {
  const slot = kernel.slots[0] as number
  const entry = p.first.findIndex((from, k) => from <= slot && slot < (p.first[k + 1] ?? 0))
  const programs = programsOf(p.params[entry])
  const isRepeat = c.kind === 'repeat'
  return {
    kind: isRepeat ? 'scan' : 'cond',
    rounds: isRepeat ? c.length : 1,
    programs: routinesOf(c).map((r, i) =>
      kernelsIn(programs[i] as Program, r.schedule, setting, isRepeat ? `${name}_` : `${name}_${i}_`),
    ),
  }
}

/** The kernels of a compiled program. */
export const kernelsOf = (p: Program, c: Compiled): readonly KernelExplanation[] =>
  kernelsIn(p, c.schedule, { vectors: c.target !== 'js', splits: c.splits }, '')

const memoryOf = (c: Compiled): MemoryExplanation => {
  const names = namesOf(c.schedule)
  const first = new Map<Memory, number>()
  const last = new Map<Memory, number>()
  c.schedule.kernels.forEach((k, i) => {
    for (const m of usedIn(k)) {
      if (!first.has(m)) first.set(m, i)
      last.set(m, i)
    }
  })
  const frames = c.schedule.kernels.flatMap((k) => (k.control === null ? [] : [k.control.frame]))
  const values = [...names.keys(), ...frames]
    .filter((m) => c.plan.offsets.has(m))
    .map(
      (m): PlannedMemory => ({
        // of what control flow runs
        name: names.get(m) ?? 'inner workspace',
        dtype: m.dtype,
        size: m.size,
        offset: c.plan.offsets.get(m) as number,
        bytes: byteSize(m),
        from: `kernel${first.get(m)}`,
        to: `kernel${last.get(m)}`,
      }),
    )
  return { workspace: c.plan.size, unshared: sum(values.map((v) => v.bytes)), values }
}

// -------------------------------------------------------------------------------------------------------------- showing

/** A whole number with its thousands apart. */
export const grouped = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')

/** A number of bytes in three digits. */
export const showBytes = (n: number): string => {
  if (n < 1000) return `${n} B`
  const unit = n < 1e6 ? 'kB' : n < 1e9 ? 'MB' : 'GB'
  const x = n / (n < 1e6 ? 1e3 : n < 1e9 ? 1e6 : 1e9)
  return `${x < 9.995 ? x.toFixed(2) : x < 99.95 ? x.toFixed(1) : Math.round(x)} ${unit}`
}

/** The names of operations, those in a row that are equal counted; the middle of a long list is left out. */
export const showOperations = (names: readonly string[]): string => {
  const parts: { readonly name: string; times: number }[] = []
  for (const name of names) {
    const before = parts.at(-1)
    if (before?.name === name) before.times += 1
    else parts.push({ name, times: 1 })
  }
  const shown = parts.map((x) => (x.times === 1 ? x.name : `${x.name} ×${x.times}`))
  return shown.length <= 12 ? shown.join(', ') : [...shown.slice(0, 8), '…', ...shown.slice(-3)].join(', ')
}

const showNest = (n: NestExplanation): string => {
  const listed = (loops: readonly LoopExplanation[]): string => loops.map((l) => `${l.name} < ${l.size}`).join(', ')
  const parts = [
    n.loops.length === 0 ? '' : `for ${listed(n.loops)}`,
    n.folded.length === 0 ? '' : `fold ${listed(n.folded)}`,
    n.vectors === null ? '' : `${n.vectors.loop} in vectors of ${n.vectors.lanes}`,
    n.tile.rows * n.tile.columns > 1
      ? `tiles of ${n.tile.rows}${n.tile.loop === null ? '' : ` (${n.tile.loop})`} × ${n.tile.columns}`
      : '',
    n.shared === null ? '' : `${n.shared.loops.join(', ')} among threads in ${grouped(n.shared.units)} units`,
  ].filter((x) => x !== '')
  return parts.length === 0 ? 'once' : parts.join('; ')
}

const plural = (n: number, one: string): string => `${grouped(n)} ${one}${n === 1 ? '' : 's'}`

const showKernel = (k: KernelExplanation): readonly string[] => [
  `${k.name}: ${showOperations(k.operations)}`,
  ...k.nests.map((n) => `  ${showNest(n)}`),
  ...(k.control === null ? [] : showControl(k.control)),
  `  ${plural(k.flops, 'flop')}, reads ${showBytes(k.read)}, writes ${showBytes(k.written)}`,
]

const showControl = (c: ControlExplanation): readonly string[] =>
  c.programs.flatMap((list, i) => [
    c.kind === 'scan' ? `  ${plural(c.rounds, 'round')} of` : i === 0 ? '  where it holds' : '  where it does not',
    ...list.flatMap(showKernel).map((line) => `    ${line}`),
  ])

const LANGUAGE = { wasm: 'WebAssembly', native: 'C', js: 'JavaScript' } as const

const text = (e: Explanation): string => {
  if (e.target === 'evaluator') return `${plural(e.operations, 'operation')}, run by the evaluator\n\n${e.tape()}`
  const { workspace, unshared, values } = e.memory
  const size = `${showBytes(e.moduleSize)} of ${LANGUAGE[e.target]}`
  const lines = [
    `${plural(e.operations, 'operation')} in ${plural(e.kernels.length, 'kernel')}, ${size}`,
    `in ${showBytes(e.bytes.inputs)}, out ${showBytes(e.bytes.outputs)}, constants ${showBytes(e.bytes.constants)}, workspace ${showBytes(workspace)} (${showBytes(unshared)} of values)`,
  ]
  for (const k of e.kernels) lines.push('', ...showKernel(k))
  if (values.length > 0) lines.push('', 'workspace')
  for (const v of values)
    lines.push(
      `  ${v.name}: ${v.dtype}[${v.size}] at ${grouped(v.offset)}, ${v.from === v.to ? v.from : `${v.from} to ${v.to}`}`,
    )
  return lines.join('\n')
}

// -------------------------------------------------------------------------------------------------------------- running

/** A program and what it was compiled to, explained. */
export const explained = (p: Program, c: Compiled | null): Explanation => {
  const total = (list: readonly { readonly shape: Shape; readonly dtype: DType }[]): number =>
    sum(list.map(({ shape, dtype }) => byteSize({ dtype, size: sizeOf(shape) })))
  const self: Explanation = {
    target: c === null ? 'evaluator' : c.target,
    operations: entryCount(p),
    kernels: c === null ? [] : kernelsOf(p, c),
    memory: c === null ? { workspace: 0, unshared: 0, values: [] } : memoryOf(c),
    bytes: {
      inputs: total(p.inputs),
      outputs: total(p.results),
      constants: total((p.constants as readonly Concrete[]).filter((x) => x.buffer !== null)),
    },
    moduleSize: c === null ? 0 : c.size,
    tape: () => show(p),
    emitted: {
      text: () => (c === null ? show(p) : c.text()),
      js: () => (c === null ? show(p) : c.target === 'js' ? c.text() : emitJs(c.schedule).text()),
    },
    toString: () => text(self),
    [Symbol.for('nodejs.util.inspect.custom')]: () => text(self),
  }
  return self
}
