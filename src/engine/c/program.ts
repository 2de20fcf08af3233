/**
 * A scheduled program as C: a function for each kernel, and one that calls them in order.
 *
 * A program is called with the base of memory and the place of a table in it: addresses of the workspace, of every input,
 * every constant and every output, as distances from the base: 32-bit integers, or doubles, in which any distance is exact.
 * Text of equal structure is equal, so that what was compiled once is found again; names that are seen outside carry a name
 * that the caller chooses.
 */
import { type Lane, source } from '../../core/lane.js'
import type { Memory, Nest } from '../../core/nest.js'
import { type Routine, routinesOf } from '../control.js'
import type { VectorLength } from '../machine.js'
import { writeOut } from '../math/index.js'
import { type MemoryPlan, outsideOf, placesIn, usedIn } from '../memory-plan.js'
import type { Kernel, Schedule } from '../schedule.js'
import { costOf, type Split, splitOf } from '../split.js'
import { tilingOf } from '../tile.js'
import { emitControl } from './control.js'
import { emitLanes, typeOf } from './lanes.js'
import { emitNest } from './nest.js'
import { prelude } from './prelude.js'
import { turnOf } from './turn.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Options of emission. */
export interface ProgramOptions {
  /** How many threads may work on a nest. */
  readonly threads: number
  /** What a nest that is shared among them is worth at the least; for tests. */
  readonly worth?: number | undefined
}

/** A program as text, and which of its nests threads share. */
export interface EmittedC {
  readonly text: string
  readonly splits: ReadonlyMap<Nest, Split>
}

/** Stands for the program's name in its text. */
export const NAME = '@NAME@'

/** Chunks of a nest for each thread: so many that none is left waiting for long, so few that what each reads stays near. */
const CHUNKS = 16

const TYPE = { f32: 'float', f64: 'double', i32: 'int', bool: 'unsigned char' } as const

// ------------------------------------------------------------------------------------------------------------ functions

interface Functions {
  readonly lines: () => readonly string[]
  readonly of: (call: Lane, vl: VectorLength) => string
}

/** Functions of one or two numbers that kernels call, each written once. */
const functionsFor = (noteLength: (vl: VectorLength) => void): Functions => {
  const lines: string[] = []
  const known = new Set<string>()
  const of = (call: Lane, vl: VectorLength): string => {
    const type = typeOf(call.type, vl)
    const name = `${String(call.data)}_${type}`
    if (known.has(name)) return name
    known.add(name)
    noteLength(vl)
    const own: string[] = []
    const args = call.args.map((x, i) => source(x.type, i))
    let n = 0
    const [result] = emitLanes(writeOut([{ ...call, args }]), {
      line: (text) => own.push(text),
      fresh: () => `v${n++}`,
      vl,
      bound: new Map(args.map((x, i) => [x, `x${i}`] as const)),
      source: () => '',
      functionOf: of,
    })
    const parameters = args.map((x, i) => `${typeOf(x.type, vl)} x${i}`).join(', ')
    lines.push(`static ${type} ${name}(${parameters}) {`, ...own, `return ${result};`, '}')
    return name
  }
  return { lines: () => lines, of }
}

// -------------------------------------------------------------------------------------------------------------- running

/**
 * The text of a program. It defines `NAME(base, table, which)`, which runs all kernels, or the one that is asked for, with a
 * table of integers; `NAME_far`, the same with one of doubles, which reach all of memory; and `NAME_setup(share)`, which is
 * given what shares units of work among threads before anything is run.
 */
export const emitC = (s: Schedule, plan: MemoryPlan, { threads, worth }: ProgramOptions): EmittedC => {
  const lengths = new Set<VectorLength>()
  const note = (vl: VectorLength): void => {
    for (let v = vl as number; v >= 1; v /= 2) lengths.add(v as VectorLength)
  }
  const functions = functionsFor(note)
  const body: string[] = []
  const splits = new Map<Nest, Split>()

  /** A kernel as a function; nests that are shared among threads are functions of their own. */
  const kernel = (k: Kernel, name: string, r: Routine, bodies: readonly string[]): void => {
    const place = placesIn(r.schedule)
    const used = usedIn(k)
    const numbers = new Map(used.map((m, i) => [m, i] as const))
    const addressOf = (m: Memory): string => {
      const n = place.get(m)
      // what is empty may have been written by nobody, and has no place
      return n === undefined ? `table[0] + ${r.plan.offsets.get(m) ?? 0}U` : `table[${n}]`
    }
    const pointers = (list: readonly Memory[]): readonly string[] =>
      list.map((m) => {
        const type = TYPE[m.dtype]
        return `${type} *const m${numbers.get(m)} = (${type} *)(base + ${addressOf(m)});`
      })
    let n = 0
    const write = (nest: Nest, split: Split | null, into: string[]): void =>
      emitNest(
        {
          machine: s.machine,
          line: (text) => into.push(text),
          fresh: () => `v${n++}`,
          nameOf: (m) => `m${numbers.get(m)}`,
          functionOf: functions.of,
          split,
        },
        nest,
      )
    const main: string[] = []
    for (const nest of k.nests) {
      const tiling = tilingOf(nest, s.machine)
      note(turnOf(nest, tiling, s.machine)?.vl ?? tiling.vl)
      const split = threads > 1 ? splitOf(nest, tiling, worth) : null
      const own: string[] = []
      write(nest, split, own)
      if (split === null) {
        main.push('{', ...own, '}')
        continue
      }
      const called = `share${splits.size}`
      splits.set(nest, split)
      body.push(
        `static void ${called}(void *context, long from, long to) {`,
        'char *const base = ((Call *)context)->base;',
        'const long long *const table = ((Call *)context)->table;',
        ...pointers(used),
        ...own,
        '}',
      )
      const grain = Math.max(split.grain, Math.ceil(split.units / (CHUNKS * threads)))
      const cost = Math.round(costOf(nest, tiling))
      main.push(
        `{ Call call = { base, table }; share(${called}, &call, ${split.units}, ${grain}, ${threads}, ${cost}.0); }`,
      )
    }
    body.push(`/* ${k.operations.join(', ').replaceAll('*/', '')} */`)
    body.push(
      `static void ${name}(char *base, long long *table) {`,
      ...pointers(used.filter((m) => m !== k.control?.frame)),
      ...main,
    )
    if (k.control !== null) emitControl({ line: (text) => body.push(text), addressOf, bodies }, k.control)
    body.push('}')
  }

  /** The functions of a schedule, those of its kernels, and one that calls them in order. */
  const routine = (name: string, prefix: string, r: Routine): readonly string[] => {
    const kernels = r.schedule.kernels.map((k, i) => {
      const own = `${prefix}kernel${i}`
      const inside = k.control === null ? [] : routinesOf(k.control)
      const bodies = inside.map((b, n) => {
        routine(`${own}_body${n}`, `${own}_${n}_`, b)
        return `${own}_body${n}`
      })
      kernel(k, own, r, bodies)
      return own
    })
    body.push(`static void ${name}(char *base, long long *table) {`, ...kernels.map((k) => `${k}(base, table);`), '}')
    return kernels
  }
  const kernels = routine('run', '', { schedule: s, plan })
  const entries = 1 + outsideOf(s).length
  const entry = (name: string, type: string): readonly string[] => [
    `SEEN void ${name}(char *base, unsigned at, int which) {`,
    `long long table[${entries}];`,
    `for (int i = 0; i < ${entries}; i++) table[i] = (long long)((const ${type} *)(base + at))[i];`,
    'all(base, table, which);',
    '}',
  ]
  note(1)
  const text = [
    ...prelude(lengths),
    'typedef struct { char *base; long long *table; } Call;',
    'typedef void Share(void (*f)(void *, long, long), void *context, long units, long grain, long threads, double cost);',
    'static Share *share;',
    ...functions.lines(),
    ...body,
    '#define SEEN __attribute__((visibility("default")))',
    `SEEN void ${NAME}_setup(void *given) { share = (Share *)given; }`,
    'static void all(char *base, long long *table, int which) {',
    'switch (which) {',
    ...kernels.map((k, i) => `case ${i}: ${k}(base, table); break;`),
    'default: run(base, table);',
    '}',
    '}',
    ...entry(NAME, 'int'),
    ...entry(`${NAME}_far`, 'double'),
    '',
  ].join('\n')
  return { text, splits }
}
