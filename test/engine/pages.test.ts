/** Pages of buffers that were collected: they stay, for the next ones. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const child = fileURLToPath(new URL('piles.ts', import.meta.url))

/** Faults by page of the last piles. */
const faults = (mode: string): number => {
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', child, mode], { encoding: 'utf8' })
  const each: readonly number[] = JSON.parse(stdout)
  return Math.min(...each.slice(3))
}

const { header } = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } }

describe.skipIf(header.glibcVersionRuntime === undefined)('pages', () => {
  it('are not given back when many buffers are freed at once, and asked for again', () => {
    // without it each page of a pile is a new one
    expect(faults('not kept')).toBeGreaterThan(0.3)
    expect(faults('kept')).toBeLessThan(0.02)
  })
})
