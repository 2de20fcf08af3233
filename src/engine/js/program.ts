/**
 * A scheduled program as JavaScript: one function a kernel, plain loops over typed arrays.
 *
 * The target where WebAssembly or its vectors are not to be had, and the one that people read. Scratch memory is one
 * buffer, allocated with the program; inputs are read where they stand, results are new arrays.
 */
import type { Lane } from '../../core/lane.js'
import type { Fold, Index, Load, Loop, Memory, Nest, Source, Store } from '../../core/nest.js'
import type { Abstract, Tensor } from '../../core/value.js'
import type { Program } from '../../tape/program.js'
import { allocate, type Buffer, bufferOf, Concrete, scalarOf } from '../../tensor/concrete.js'
import { type Carried, type Interner, interner } from '../intern.js'
import { type MemoryPlan, planMemory, touched } from '../memory-plan.js'
import { type Schedule, schedule } from '../schedule.js'
import { HELPERS, lanesText } from './lanes.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A program as the body of a JavaScript function. */
export interface EmittedJs {
  readonly text: () => string
  /** Memory in the order in which `run` takes it. */
  readonly memories: readonly Memory[]
}

/** A program that has been compiled to JavaScript. */
export interface JsProgram {
  readonly target: 'js'
  readonly schedule: Schedule
  readonly plan: MemoryPlan
  readonly text: () => string
  /** Runs on inputs, and on the constants of a program of this structure; null when an index was out of range. */
  readonly run: (inputs: readonly Concrete[], constants: readonly Tensor[]) => Concrete[] | null
  /** The kernels in order, each to be run again on the memory of the last run. */
  readonly kernels: readonly (() => void)[]
}

/** Bytes of the largest workspace. */
const LARGEST = 2 ** 31

type OnArrays = (...memories: readonly Buffer[]) => void

interface Made {
  readonly run: OnArrays
  readonly kernels: readonly OnArrays[]
}

// -------------------------------------------------------------------------------------------------------------- indices

/** An affine index as text. */
const indexText = (index: Index, nameOf: (loop: Loop) => string): string => {
  const terms = [...index.terms].filter(([loop, c]) => loop.size > 1 && c !== 0)
  let text = ''
  for (const [loop, c] of terms) {
    const term = Math.abs(c) === 1 ? nameOf(loop) : `${nameOf(loop)} * ${Math.abs(c)}`
    text += text === '' ? (c < 0 ? `-${term}` : term) : c < 0 ? ` - ${term}` : ` + ${term}`
  }
  if (text === '') return String(index.constant)
  const { constant } = index
  return constant === 0 ? text : constant < 0 ? `${text} - ${-constant}` : `${text} + ${constant}`
}

const loadOf = (lane: Lane): Load | null => {
  const data = lane.op === 'source' ? (lane.data as Source) : null
  return data?.kind === 'load' ? data : null
}

/** The lanes that a lane is computed from: its arguments, or a gather's index. */
const below = (lane: Lane): readonly Lane[] => {
  const load = loadOf(lane)
  return load === null ? lane.args : load.plus === null ? [] : [load.plus]
}

// ---------------------------------------------------------------------------------------------------------------- nests

interface Scope {
  readonly line: (text: string) => void
  readonly nameOf: (memory: Memory) => string
  readonly fresh: () => string
}

const none: ReadonlyMap<Loop, number> = new Map()

/** A place in memory as text: an affine index, and an element that was computed. */
const placeText = (memory: string, index: string, plus: string | null): string =>
  plus === null ? `${memory}[${index}]` : `${memory}[${index === '0' ? plus : `${index} + ${plus}`}]`

/** An expression that stands alone: without the parentheses around all of it. */
const alone = (text: string): string => {
  if (!text.startsWith('(')) return text
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth += 1
    else if (text[i] === ')') depth -= 1
    if (depth === 0) return i === text.length - 1 ? text.slice(1, -1) : text
  }
  return text
}

/** Writes a nest as loops, outermost first. */
const nestText = (scope: Scope, nest: Nest): void => {
  if (nest.loops.some((l) => l.size === 0)) return
  const i: Interner = interner()
  const names = new Map<Loop, string>()
  nest.loops.forEach((l, n) => {
    names.set(l, `i${n}`)
  })
  nest.folded.forEach((l, n) => {
    names.set(l, `k${n}`)
  })
  const index = (x: Index): string => indexText(x, (l) => names.get(l) as string)
  const carried = new Map<Fold, readonly string[]>()

  const sourceText = (lane: Lane, plus: readonly string[]): string => {
    const data = lane.data as Source | Carried
    if (data.kind === 'carried' || data.kind === 'accumulated')
      return (carried.get(data.fold) as readonly string[])[data.which] as string
    if (data.kind === 'index') {
      const text = index(data.index)
      return /^\w+$/.test(text) ? text : `(${text})`
    }
    const element = placeText(scope.nameOf(data.memory), index(data.index), plus[0] ?? null)
    return data.memory.dtype === 'bool' ? `(${element} !== 0)` : element
  }
  /** Lanes as expressions, after the statements that they need. */
  const expressions = (indent: string, roots: readonly Lane[]): readonly string[] => {
    const { statements, values } = lanesText(
      roots.map((l) => i.copy(l, none, 0)),
      sourceText,
      scope.fresh,
      below,
    )
    for (const s of statements) {
      const at = s.indexOf(' = ') + 3
      scope.line(indent + s.slice(0, at) + alone(s.slice(at)))
    }
    return values
  }
  const stored = (indent: string, stores: readonly Store[]): void => {
    const roots = stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus]))
    const texts = expressions(indent, roots)
    let n = 0
    for (const s of stores) {
      const value = texts[n++] as string
      const plus = s.plus === null ? null : (texts[n++] as string)
      const place = placeText(scope.nameOf(s.memory), index(s.index), plus)
      const element = s.memory.dtype === 'bool' ? `${value} ? 1 : 0` : alone(value)
      scope.line(`${indent}${place} ${s.mode === 'add' ? '+=' : '='} ${element}`)
    }
  }
  const down = (loops: readonly Loop[], indent: string, inside: (indent: string) => void): void => {
    const open = loops.filter((l) => l.size !== 1)
    open.forEach((l, depth) => {
      const v = names.get(l) as string
      scope.line(`${indent}${'  '.repeat(depth)}for (let ${v} = 0; ${v} < ${l.size}; ${v}++) {`)
    })
    inside(indent + '  '.repeat(open.length))
    for (let depth = open.length - 1; depth >= 0; depth--) scope.line(`${indent}${'  '.repeat(depth)}}`)
  }

  down(nest.loops, '  ', (indent) => {
    const inits = nest.folds.flatMap((f) => f.init)
    const starts = expressions(indent, inits)
    const accumulators = inits.map(scope.fresh)
    accumulators.forEach((a, n) => {
      scope.line(`${indent}let ${a} = ${alone(starts[n] as string)}`)
    })
    let n = 0
    for (const f of nest.folds) {
      carried.set(f, accumulators.slice(n, n + f.types.length))
      n += f.types.length
    }
    if (nest.folds.length > 0)
      down(nest.folded, indent, (inner) => {
        const next = expressions(
          inner,
          nest.folds.flatMap((f) => f.next),
        )
        if (accumulators.length === 1) scope.line(`${inner}${accumulators[0]} = ${alone(next[0] as string)}`)
        else {
          // all of them from what they were before
          const renewed = next.map(scope.fresh)
          renewed.forEach((r, k) => {
            scope.line(`${inner}const ${r} = ${alone(next[k] as string)}`)
          })
          accumulators.forEach((a, k) => {
            scope.line(`${inner}${a} = ${renewed[k]}`)
          })
        }
        stored(inner, nest.traces)
      })
    stored(indent, nest.stores)
  })
}

// ------------------------------------------------------------------------------------------------------------- emission

const LETTER: { readonly [R in Memory['role']]: string } = { input: 'x', constant: 'c', output: 'y', scratch: 's' }

/** What each kernel of a schedule reads and writes. */
const usedBy = (s: Schedule): readonly (readonly Memory[])[] =>
  s.kernels.map((k) => [...new Set(k.nests.flatMap(touched))])

/** Names of memory: inputs x0, …, constants c0, …, outputs y0, …, scratch s0, … in the order in which it is used. */
export const namesOf = (s: Schedule): ReadonlyMap<Memory, string> => {
  const names = new Map<Memory, string>()
  const count = { input: 0, constant: 0, output: 0, scratch: 0 }
  for (const m of [...s.inputs, ...s.constants.map((c) => c.memory), ...s.outputs, ...usedBy(s).flat()])
    if (!names.has(m)) names.set(m, `${LETTER[m.role]}${count[m.role]++}`)
  return names
}

/** A schedule as the body of a function that returns `{ run, kernels }`. */
export const emitJs = (s: Schedule): EmittedJs => {
  const names = namesOf(s)
  const memories = [...names.keys()]
  const used = usedBy(s)
  const nameOf = (m: Memory): string => names.get(m) as string
  const parameters = (list: readonly Memory[]): string => list.map(nameOf).join(', ')
  const lines: string[] = ["'use strict'"]
  s.kernels.forEach((k, n) => {
    let values = 0
    const scope: Scope = { line: (text) => lines.push(text), nameOf, fresh: () => `v${values++}` }
    lines.push(`// ${k.operations.join(', ')}`)
    lines.push(`const kernel${n} = (${parameters(used[n] as readonly Memory[])}) => {`)
    for (const nest of k.nests) nestText(scope, nest)
    lines.push('}')
  })
  lines.push(`const run = (${parameters(memories)}) => {`)
  s.kernels.forEach((_, n) => {
    lines.push(`  kernel${n}(${parameters(used[n] as readonly Memory[])})`)
  })
  lines.push('}', `return { run, kernels: [${s.kernels.map((_, n) => `kernel${n}`).join(', ')}] }`)
  return { text: () => lines.join('\n'), memories }
}

// -------------------------------------------------------------------------------------------------------------- running

/** Whether text can be made a function here: a page's Content Security Policy may forbid it. Asked once. */
export const canCompileJs: () => boolean = (() => {
  let answer: boolean | undefined
  return () => {
    if (answer === undefined)
      try {
        answer = new Function('return true')() === true
      } catch {
        answer = false
      }
    return answer
  }
})()

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
export const compileInJs = (p: Program): JsProgram | null => {
  if (!canCompileJs()) return null
  const s = schedule(p)
  if (s === null) return null
  const plan = planMemory(s)
  if (plan.size > LARGEST) return null
  const { text, memories } = emitJs(s)
  const make = new Function(...Object.keys(HELPERS), text()) as (...helpers: readonly unknown[]) => Made
  const made = make(...Object.values(HELPERS))
  const workspace = new ArrayBuffer(plan.size)
  const place = new Map(memories.map((m, i) => [m, i] as const))
  const arrays = memories.map((m): Buffer => {
    const offset = plan.offsets.get(m)
    return offset === undefined ? allocate(m.dtype, 0) : inWorkspace(workspace, m, offset)
  })
  const placeOf = (m: Memory): number => place.get(m) as number
  const inputs = s.inputs.map(placeOf)
  const constants = s.constants.map((c) => ({ place: placeOf(c.memory), index: c.index }))
  const outputs = s.outputs.map(placeOf)
  const checks = s.checks.map((m) => arrays[placeOf(m)] as Buffer)
  const used = usedBy(s).map((list) => list.map(placeOf))
  return {
    target: 'js',
    schedule: s,
    plan,
    text,
    kernels: made.kernels.map(
      (kernel, n) => () => kernel(...(used[n] as readonly number[]).map((i) => arrays[i] as Buffer)),
    ),
    run: (given, hidden) => {
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
    },
  }
}
