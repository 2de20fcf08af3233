/** `npm test`: every check there is, one after the other, each an npm script of its own; goes on past failures. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './files.js'

const steps = [
  'typecheck',
  'types',
  'lint',
  'arrows',
  'unit',
  'laws',
  'docs:types',
  'docs',
  'browser:check',
  'examples',
  'pack:check',
] as const

// Results of an earlier run must not be counted as this one's.
rmSync(join(root, 'out/vitest'), { recursive: true, force: true })

const results = steps.map((step) => {
  console.log(`\n━━ npm run ${step}`)
  const start = performance.now()
  // One string, through a shell: on Windows npm is a script.
  const run = spawnSync(`npm run --silent ${step}`, { cwd: root, stdio: 'inherit', shell: true })
  return { step, ok: run.status === 0, seconds: (performance.now() - start) / 1000 }
})

console.log('\n━━ summary')
for (const { step, ok, seconds } of results)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step} (${seconds.toFixed(1)} s)`)
if (results.some((r) => !r.ok)) process.exitCode = 1
