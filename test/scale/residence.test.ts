/** Loops that never let a finaliser run: what compiled steps leave behind, counted in processes of their own. */
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

/** More than the ring holds, by far. */
const RING = 2 ** 27

describe('a synchronous loop of 10⁵ compiled training steps', () => {
  const steps = 100_000
  const seen = child('residence', String(steps))

  it('writes more than the ring holds', () => {
    expect((seen.stepBytes as number) * steps).toBeGreaterThan(2 * RING)
  })

  it('computes what a ring does that comes round every few steps, and old results stay right', () => {
    expect(seen.kept).toBe(40)
    expect(seen.right).toBe(true)
    expect(seen.descended).toBeLessThan(1e-4)
  })

  it('holds memory steady: the ring, and as much again for what is copied out of it and not yet collected', () => {
    expect(seen.rss).toBeLessThan(2 * RING)
    expect(seen.most).toBeLessThan(RING)
    // what it kept, and what the ring knows of its slabs; not what it wrote
    expect(seen.heap).toBeLessThan(RING / 16)
  })
})

describe('a synchronous loop of 2,000 compiled steps on megabytes', () => {
  const seen = child('large', '2000')

  it('computes what it should, and old results stay right', () => {
    const reached = (n: number): number => 2 - 2 ** (1 - n)
    expect(seen.values).toEqual([20, 40, 60, 2000].map((n) => [reached(n), reached(n)]))
    expect(seen.sums).toEqual([0.25 * 2 ** 19])
  })

  it('leaves the data that every call reads where they are', () => {
    expect(seen.moves).toBe(1)
  })

  it('holds memory steady: of two gigabytes that are written there is at a time what plain arrays pile up, three times over at most', () => {
    const pile = seen.pile as number
    // or it would say nothing of a loop that keeps all
    expect(3 * pile).toBeLessThan(2 ** 30)
    expect(seen.rss).toBeLessThan(3 * pile)
    expect(seen.heap).toBeLessThan(3 * pile)
  })

  it('keeps of a call what is kept of it: small results do not hold the large ones', () => {
    // 200 results of 800 bytes, beside 2 GB; what is copied out with one of them is a few kilobytes
    expect(seen.left).toBeLessThan(RING / 8)
  })
})

describe('compiling fresh closures in a loop', () => {
  it('leaves behind no programs: less than a kilobyte each, for the slabs that still stand in the ring', () => {
    const n = 10_000
    const { bytes, total } = child('closures', String(n))
    // Σ 12 + 3k
    expect(total).toBe(12 * n + (3 * n * (n - 1)) / 2)
    expect(bytes).toBeLessThan(1024 * n)
  })
})
