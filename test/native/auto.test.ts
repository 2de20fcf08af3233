/** WebAssembly at first, then C, without letting go of the thread. */
import { describe, expect, it } from 'vitest'
import { numbers } from '../../laws/sample.js'
import { arena } from '../../src/engine/arena.js'
import { plain } from '../../src/engine/plain.js'
import { simplify } from '../../src/engine/simplify.js'
import { exp, matmul, sum, tensor } from '../../src/index.js'
import { trace } from '../../src/tape/trace.js'
import { compiler, temporary } from './compiler.js'

describe.skipIf(compiler === null)('auto', () => {
  it('is replaced in a loop that never turns the event loop, and results agree', async () => {
    process.env.LANAC_CACHE = temporary()
    const { auto } = await import('../../src/native/index.js')
    const x = tensor([
      [1, -2, 0.25],
      [0.5, 3, -1],
    ])
    const f = (v: typeof x) => sum(exp(matmul(v, tensor([[0.5], [0.25], [-1]]))))
    const p = plain(simplify(trace(f)(x)))
    const c = auto.compile(p, arena(2 ** 20), 1)
    const results: number[] = []
    const targets = new Set<string>()
    const start = performance.now()
    do {
      results.push(...numbers(c?.run([x as never], p.constants)?.[0] as never))
      targets.add(c?.target as string)
    } while (c?.target === 'wasm' && performance.now() - start < 30_000)
    for (let k = 0; k < 10; k++) results.push(...numbers(c?.run([x as never], p.constants)?.[0] as never))
    expect([...targets]).toEqual(['wasm', 'native'])
    expect(c?.text()).toMatch(/static void kernel0/)
    for (const y of results) expect(y).toBeCloseTo(results[0] as number, 10)
  })
})
