/** What is kept in memory, counted in processes of their own where the collector can be asked to run. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const child = (name: string, ...args: string[]): Record<string, unknown> => {
  const script = fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const run = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', script, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout) as Record<string, unknown>
}

describe('memory', () => {
  it('is the same after 10⁵ steps of a synchronous loop', () => {
    // so many that what the compiler takes and lets go of meanwhile, some 300 kB, is little beside them
    const steps = 100_000
    const { bytes, shape } = child('heap', String(steps))
    expect(shape).toEqual([64])
    // the least that a step could leave behind is one object with a field: 32 bytes
    expect(bytes).toBeLessThan(32 * steps)
  })

  it.each(['vjp', 'linearize'])('%s keeps its residuals, and nothing that they were computed from', (verb) => {
    const { arrays, alive, made, held } = child('pullback', verb)
    expect(held).toBe('function')
    expect(made).toBe(42)
    expect(alive).toEqual({ argument: 0, traced: 0, function: 0, result: 0 })
    // one residual, the slope of the sine; another array would make two
    expect(arrays).toBeCloseTo(1, 2)
  })
})
