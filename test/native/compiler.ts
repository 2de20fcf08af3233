/** The compiler that the tests use, with a cache of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openCache } from '../../src/native/cache.js'
import { type Compiler, findCompiler } from '../../src/native/compiler.js'

const folders: string[] = []
// the process that runs tests does not end by itself
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder that is gone when the tests of a file have run. */
export const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lanac-test-'))
  folders.push(folder)
  return folder
}

const found = findCompiler(openCache(join(temporary(), 'cache')))

if ('problem' in found) process.stderr.write(`native tests do not run: ${found.problem}; ${found.hint}\n`)

/** The compiler of this machine; null where there is none, which is said. */
export const compiler: Compiler | null = 'problem' in found ? null : found
