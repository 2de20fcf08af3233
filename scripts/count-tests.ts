/** Prints `N passed, N failed`, summed over the JSON results of all vitest runs; a file that could not run counts as failed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, root } from './files.js'

interface Results {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

const runs = filesBelow('out/vitest', '.json').map(
  (file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Results,
)
const broken = runs.flatMap((r) =>
  r.testResults.filter((t) => t.status === 'failed' && t.assertionResults.length === 0),
)
const passed = runs.reduce((n, r) => n + r.numPassedTests, 0)
const failed = runs.reduce((n, r) => n + r.numFailedTests, 0) + broken.length
console.log(`${passed} passed, ${failed} failed`)
if (passed === 0 || failed > 0) process.exitCode = 1
