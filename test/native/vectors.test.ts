/** What compilers make of the loops over a vector's elements, on this processor and on those that they prefer short vectors for. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { prelude } from '../../src/engine/c/prelude.js'
import type { VectorLength } from '../../src/engine/machine.js'
import { compiler } from './compiler.js'

/** What takes one instruction of any processor with vectors of at least 32 bytes, and how many arguments it has. */
const ONE = { abs: 1, sqrt: 1, floor: 1, ceil: 1, trunc: 1, nearest: 1, madd: 3 } as const

/** A mask that is loaded, an instruction, the return, and a move of what is in another register. */
const MOST = 4

/** This one, some for which compilers prefer half of their registers, and one that has no longer ones. */
const PROCESSORS = ['native', 'skylake-avx512', 'icelake-server', 'rocketlake', 'sapphirerapids', 'haswell']

/** Instructions of each function in a text in the language of the assembler. */
const instructionsOf = (text: string): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>()
  let body: string[] = []
  for (const line of text.split('\n')) {
    const label = /^(test_\w+):/.exec(line)
    if (label !== null) {
      body = []
      found.set(label[1] as string, body)
    } else if (/^\t[a-z]/.test(line)) body.push(line.trim())
  }
  return found
}

const said = (command: string, args: readonly string[], input = ''): string | null => {
  const r = spawnSync(command, [...args, '-x', 'c', '-'], { input, encoding: 'utf8' })
  return r.status === 0 ? r.stdout : null
}

/** A function of its own for each of those, on vectors as long as registers. */
const textFor = (width: number): string => {
  const lengths = [width / 4, width / 8] as readonly VectorLength[]
  const wrapped = (['f32', 'f64'] as const).flatMap((t) => {
    const v = `${t}x${(8 * width) / Number(t.slice(1))}`
    return Object.entries(ONE).map(([name, n]) => {
      const names = ['x', 'y', 'z'].slice(0, n)
      return `${v} test_${name}_${v}(${names.map((x) => `${v} ${x}`).join(', ')}) { return ${name}_${v}(${names.join(', ')}); }`
    })
  })
  return [...prelude(lengths), ...wrapped].join('\n')
}

const { command = '', flags = [] } = compiler?.toolchain ?? {}
const flagsFor = (processor: string): readonly string[] =>
  flags.map((flag) => (flag === '-march=native' ? `-march=${processor}` : flag))
/** Bytes of the registers of a processor; null where the compiler does not know it. */
const widthOf = (processor: string): number | null => {
  const defined = said(command, [...flagsFor(processor), '-dM', '-E'])
  return defined === null ? null : defined.includes('__AVX512F__') ? 64 : defined.includes('__AVX2__') ? 32 : 16
}
const processors = process.arch === 'x64' && compiler !== null ? PROCESSORS.filter((p) => (widthOf(p) ?? 0) > 16) : []

describe.skipIf(processors.length === 0)('a loop over the elements of a vector', () => {
  it.each(processors)('is one instruction (%s)', (processor) => {
    const text = said(command, [...flagsFor(processor), '-S', '-o', '-'], textFor(widthOf(processor) as number))
    const found = instructionsOf(text ?? '')
    expect(found.size).toBe(2 * Object.keys(ONE).length)
    for (const [name, body] of found) {
      expect(body.length, `${name}: ${body.join('; ')}`).toBeLessThanOrEqual(MOST)
      expect(body.join('\n'), name).not.toMatch(/[er][sb]p/)
      if (name.startsWith('test_madd')) expect(body.join('\n')).toContain('fmadd')
    }
  })
})
