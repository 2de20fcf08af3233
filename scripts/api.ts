/**
 * The API reference, out/api/index.html: every module of package.json's `exports`, and the guides of docs. A warning of
 * TypeDoc is a failure (scripts/typedoc/typedoc.json).
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './files.js'
import { install } from './install.js'

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** The source that a declaration was made of: `src/nn/index.ts` for `./dist/src/nn/index.d.ts`. */
const entries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [target.types.replace('./dist/', '').replace('.d.ts', '.ts')],
)

if (!install('scripts/typedoc')) throw new Error('TypeDoc (scripts/typedoc/package.json) could not be installed')
const typedoc = join(root, 'scripts/typedoc/node_modules/typedoc/bin/typedoc')
const options = entries.flatMap((entry) => ['--entryPoints', join(root, entry)])
const run = spawnSync(
  process.execPath,
  [typedoc, '--options', join(root, 'scripts/typedoc/typedoc.json'), ...options],
  { cwd: root, stdio: 'inherit' },
)
if (run.error !== undefined) throw run.error
process.exitCode = run.status ?? 1
