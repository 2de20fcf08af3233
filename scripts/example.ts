/** `npm run example -- 03-xor`: runs one program of examples/, found by its name; without a name, lists them. */
import { spawnSync } from 'node:child_process'
import { filesBelow, root } from './files.js'

const programs = filesBelow('examples', '.ts').filter((file) => !file.startsWith('examples/support/'))
const nameOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.ts$/, '')

const wanted = process.argv[2]?.replace(/\.ts$/, '')
const found = programs.filter(
  (file) => wanted !== undefined && (nameOf(file) === wanted || file.endsWith(`${wanted}.ts`)),
)
if (found.length !== 1) {
  console.error(wanted === undefined ? 'Which one? npm run example -- <name>' : `There is no example ${wanted}.`)
  console.error(programs.map((file) => `  ${nameOf(file)}`).join('\n'))
  process.exit(1)
}
const run = spawnSync(process.execPath, ['--import', 'tsx', found[0] as string, ...process.argv.slice(3)], {
  cwd: root,
  stdio: 'inherit',
})
process.exitCode = run.status ?? 1
