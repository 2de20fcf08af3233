/**
 * The package as a user gets it: packed, checked, installed in an empty project, imported, compiled against, run, and
 * bundled for a browser. Subpaths are those of package.json's `exports`.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from './files.js'

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, unknown>>
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** `lanac`, `lanac/tape`, …: what can be imported. */
const modules = Object.keys(manifest.exports)
  .filter((key) => key !== './package.json')
  .map((key) => `lanac${key.slice(1)}`)
/** The modules that may need Node. */
const nodeOnly: ReadonlySet<string> = new Set(['lanac/io', 'lanac/native'])

const project = mkdtempSync(join(tmpdir(), 'lanac-pack-'))
const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
const write = (name: string, text: string): void => writeFileSync(join(project, name), text)
const problems: string[] = []

/** A step; a failure is noted and the next ones are tried. */
const step = async (name: string, body: () => unknown): Promise<void> => {
  try {
    const note = await body()
    console.log(`ok     ${name}${typeof note === 'string' ? `: ${note}` : ''}`)
  } catch (e) {
    const output = (e as { readonly stdout?: string }).stdout
    console.log(
      `FAILED ${name}: ${e instanceof Error ? e.message : String(e)}${output === undefined ? '' : `\n${output}`}`,
    )
    problems.push(name)
  }
}

/** A program of a page's first example, in words that need nothing but the core. */
const program = `
import assert from 'node:assert/strict'
import { grad, item, mul, sub, sum, tensor, toArray } from 'lanac'
assert.equal(item(grad((x) => mul(x, x))(3)), 6)
assert.deepEqual(toArray(grad((x) => sum(mul(sub(x, 1), x)))(tensor([1, 2, 3]))), [1, 3, 5])
`

/** The same program whatever runs it; says which target that was. */
const nativeProgram = `
import assert from 'node:assert/strict'
import 'lanac/native'
import { explain, jit, mul, sum, tensor, item } from 'lanac'
const f = (x) => sum(mul(x, x))
const x = tensor([1, 2, 3])
assert.equal(item(jit(f, { target: 'native' })(x)), 14)
console.log(explain(f, { target: 'native' })(x).target)
`

/** What is asked of the installed package. */
const checkInstalled = async (tarball: string): Promise<void> => {
  await step('publint', () => void run(bin('publint'), '--strict', tarball))
  await step('are the types wrong', () => void run(bin('attw'), tarball, '--profile', 'esm-only', '--no-emoji'))

  for (const name of modules)
    await step(`import ${name}`, () => {
      const names = 'if (Object.keys(m).length === 0) throw new Error("exports nothing")'
      run('node', '--input-type=module', '-e', `const m = await import('${name}'); ${names}`)
      run('node', '--no-warnings', '--input-type=commonjs', '-e', `const m = require('${name}'); ${names}`)
    })

  write('program.mjs', program)
  await step('run a program', () => void run('node', 'program.mjs'))

  write('native.mjs', nativeProgram)
  await step('run in WebAssembly where koffi is not installed', () => {
    const { stdout, stderr } = spawnSync('node', ['native.mjs'], { cwd: project, encoding: 'utf8' })
    assert.equal(stdout, 'wasm\n')
    assert.match(stderr, /^lanac\/native: koffi, .*; npm install koffi\. Programs run in WebAssembly\.\n$/)
  })
  for (const name of ['koffi', '@koromix'])
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name), 'dir')
  await step('run as native code', () => {
    const env = { ...process.env, LANAC_CACHE: join(project, 'cache') }
    const { stdout, stderr } = spawnSync('node', ['native.mjs'], { cwd: project, encoding: 'utf8', env })
    // without a compiler it says so
    if (!/there is no C compiler/.test(stderr)) assert.deepEqual([stdout, stderr], ['native\n', ''])
    return stdout.trim() === 'native' ? undefined : 'did not run: there is no C compiler'
  })

  // Without the types of Node: a browser's project has none, so the declarations must not need them.
  const imports = modules.map((name, i) => `import * as m${i} from '${name}'`)
  write('user.ts', [...imports, `export const all = [${modules.map((_, i) => `m${i}`)}]`].join('\n'))
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2022', 'DOM'],
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    types: [],
    skipLibCheck: false,
    noEmit: true,
  }
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['user.ts'] }))
  await step('compile against the declarations', () => void run(bin('tsc'), '-p', '.', '--pretty', 'false'))

  for (const name of modules.filter((m) => !nodeOnly.has(m)))
    await step(`bundle ${name} for a browser`, async () => {
      const bundle = await build({
        stdin: { contents: `export * from '${name}'`, resolveDir: project },
        bundle: true,
        minify: true,
        platform: 'browser',
        format: 'esm',
        target: 'es2022',
        external: Object.keys(manifest.peerDependenciesMeta),
        write: false,
        logLevel: 'silent',
      })
      const code = bundle.outputFiles[0]?.contents ?? new Uint8Array()
      assert.ok(code.length > 0)
      return `${(code.length / 1000).toFixed(1)} kB, ${(gzipSync(code).length / 1000).toFixed(1)} kB gzipped`
    })
}

try {
  let tarball = ''
  await step('build, pack and install', () => {
    // `npm pack` builds first (the script "prepack").
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', project], {
      cwd: root,
      encoding: 'utf8',
    })
    tarball = join(project, packed.trim().split('\n').at(-1) as string)
    write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }))
    const fastCheck = `fast-check@${manifest.devDependencies['fast-check']}`
    run('npm', 'install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', tarball, fastCheck)
  })

  if (problems.length === 0) await checkInstalled(tarball)
} finally {
  rmSync(project, { recursive: true, force: true })
}
console.log(`package: ${modules.length} modules, ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1
