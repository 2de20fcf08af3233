/** Tools that only one script needs have a package.json of their own, beside it; this installs them. */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './files.js'

const time = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** Installs what a folder's package-lock.json names, unless it is there already; whether it is there now. */
export const install = (folder: string): boolean => {
  const at = join(root, folder)
  if (time(join(at, 'node_modules/.package-lock.json')) >= time(join(at, 'package-lock.json'))) return true
  const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: at,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return installed.status === 0
}
