/** Native programs as tests compile them: many with one run of the compiler. */
import { arena } from '../../src/engine/arena.js'
import type { Backend } from '../../src/engine/backend.js'
import { prelude } from '../../src/engine/c/prelude.js'
import { compileProgram, planned } from '../../src/engine/compiled.js'
import type { Machine } from '../../src/engine/machine.js'
import type { Compiled } from '../../src/engine/target.js'
import { moduleOf, type NativeOptions, nativeBackend, sourceOf } from '../../src/native/backend.js'
import { type Compiler, objectOf, type Source, sourceFor } from '../../src/native/compiler.js'
import type { Tested } from '../engine/same.js'

// -------------------------------------------------------------------------------------------------------------- joining

/** Where a program's own text begins: what stands before it is the prelude. */
const OWN = 'typedef struct { char *base;'

const LENGTHS = [1, 2, 4, 8, 16] as const

/** A program under names of its own, so that others may stand beside it. */
const apart = (text: string, n: number): readonly string[] => {
  const own = text.slice(text.indexOf(OWN))
  const names = new Set(['Call', 'Share', 'share', 'SEEN'])
  for (const [, name] of own.matchAll(/^static [^(;=]*?(\w+)\(/gm)) names.add(name as string)
  const list = [...names]
  return [
    ...list.filter((name) => name !== 'SEEN').map((name) => `#define ${name} own${n}_${name}`),
    own,
    ...list.map((name) => `#undef ${name}`),
  ]
}

/** Programs as one text. */
const joined = (texts: readonly string[]): string => [...prelude(LENGTHS), ...texts.flatMap(apart)].join('\n')

// -------------------------------------------------------------------------------------------------------------- running

/** A compiler that cuts programs for another machine; GCC and Clang make several registers of a vector that is too long. */
export const forMachine = (c: Compiler, machine: Machine): Compiler => ({
  ...c,
  toolchain: { ...c.toolchain, machine },
})

/** Native programs, to be held to the evaluator, in the arena and on the heap by turns; those that are announced are compiled at once. */
export const batched = (name: string, c: Compiler, options: NativeOptions): Tested => {
  const memory = arena(2 ** 24)
  const files = new Map<string, string>()
  const backendOf = (long: number): Backend => {
    const alone = nativeBackend(c, { ...options, long })
    return {
      ...alone,
      load: (s, plan, a) => {
        const source = sourceOf(c, s, plan, options)
        const file = files.get(source.name)
        return file === undefined ? alone.load(s, plan, a, options.threads) : moduleOf(c, s, source, file, a, long)
      },
    }
  }
  const backends = [backendOf(Number.POSITIVE_INFINITY), backendOf(1)]
  return {
    name,
    compile: (p) => {
      const made = backends.map((b) => compileProgram(p, memory, b))
      if (made.includes(null)) return null
      let turn = 0
      return { run: (...args) => (made[turn++ % made.length] as Compiled).run(...args) }
    },
    prepare: (programs) => {
      const sources = new Map<string, Source>()
      for (const p of programs) {
        const x = planned(p, memory, c.toolchain.machine)
        if (x === null) continue
        const s = sourceOf(c, x.schedule, x.plan, options)
        if (!files.has(s.name)) sources.set(s.name, s)
      }
      if (sources.size === 0) return
      const file = objectOf(c, sourceFor(c, joined([...sources.values()].map((s) => s.text))))
      if (typeof file !== 'string') throw new Error(`${file.problem}\n${file.output}`)
      for (const n of sources.keys()) files.set(n, file)
    },
  }
}
