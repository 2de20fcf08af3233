/**
 * Installs what the benchmarks compare with (bench/package.json), unless it is there already. Without a registry the
 * benchmarks run all the same, and leave the peers out.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './files.js'

const folder = join(root, 'bench')
const time = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)
if (time(join(folder, 'node_modules/.package-lock.json')) < time(join(folder, 'package-lock.json'))) {
  const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (installed.status !== 0) console.error('the peers of bench/package.json could not be installed')
}
