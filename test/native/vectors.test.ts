/** What compilers make of the loops over a vector's elements, on this processor and on those that they prefer short vectors for. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { prelude } from '../../src/engine/c/prelude.js'
import type { VectorLength } from '../../src/engine/machine.js'
import { asked, type Candidate, candidate, toolchain } from '../../src/native/toolchain.js'
import { compiler } from './compiler.js'

/** What takes one instruction of any processor with vectors of at least 32 bytes, and how many arguments it has. */
const ONE = { abs: 1, sqrt: 1, floor: 1, ceil: 1, trunc: 1, nearest: 1, madd: 3 } as const

/** A mask that is loaded, an instruction, the return, and a move of what is in another register. */
const MOST = 4

const PREFERRING_HALF = ['skylake-avx512', 'icelake-server', 'rocketlake', 'sapphirerapids', 'haswell']

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

const vectors = (cc: Candidate, flags: readonly string[], width: number): ReadonlyMap<string, readonly string[]> => {
  const lengths = [width / 4, width / 8] as readonly VectorLength[]
  const wrapped = (['f32', 'f64'] as const).flatMap((t) => {
    const v = `${t}x${(8 * width) / Number(t.slice(1))}`
    return Object.entries(ONE).map(([name, n]) => {
      const names = ['x', 'y', 'z'].slice(0, n)
      return `${v} test_${name}_${v}(${names.map((x) => `${v} ${x}`).join(', ')}) { return ${name}_${v}(${names.join(', ')}); }`
    })
  })
  const source = [...prelude(lengths), ...wrapped].join('\n')
  const r = spawnSync(cc.command, [...flags, '-S', '-o', '-', '-x', 'c', '-'], { input: source, encoding: 'utf8' })
  if (r.status !== 0) throw new Error(r.stderr)
  return instructionsOf(r.stdout)
}

const cc = candidate()
const isX86 = process.arch === 'x64'
const accepts = (march: string): boolean =>
  cc !== null && spawnSync(cc.command, [`-march=${march}`, '-E', '-x', 'c', '-'], { input: '' }).status === 0
const processors = isX86 ? ['native', ...PREFERRING_HALF.filter(accepts)] : []

describe.skipIf(compiler === null)('a loop over the elements of a vector', () => {
  it.each(processors)('is one instruction (%s)', (march) => {
    const answer = asked(cc as Candidate, 60_000, [[`-march=${march}`]])
    if ('problem' in answer) throw new Error(answer.problem)
    const { flags, machine } = toolchain(cc as Candidate, answer)
    if (machine.width === 16) return
    const found = vectors(cc as Candidate, flags, machine.width)
    expect(found.size).toBe(2 * Object.keys(ONE).length)
    for (const [name, body] of found) {
      expect(body.length, `${name}: ${body.join('; ')}`).toBeLessThanOrEqual(MOST)
      expect(body.join('\n'), name).not.toMatch(/[er][sb]p/)
      if (name.startsWith('test_madd')) expect(body.join('\n')).toContain('fmadd')
    }
  })
})
