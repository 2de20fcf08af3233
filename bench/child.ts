/** Parts of the benchmarks run in processes of their own, one after the other, each printing its outcome as a line of JSON. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { root } from '../scripts/files.js'

export const folder = join(root, 'bench')
const out = join(folder, 'out')

/** A process: what is started with which arguments, what is added to its environment, what it reads. */
export interface Child {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly input?: unknown
}

/** A program of bench/ in some Node, once it has been built. */
export const inNode = (
  node: string,
  part: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Child => ({ program: node, args: [join(out, `${part}.mjs`), ...args], env })

/** A program of bench/peers in Python. */
export const inPython = (python: string, part: string, args: readonly string[], input: unknown): Child => ({
  program: python,
  args: [join(folder, 'peers', `${part}.py`), ...args],
  // nothing is left behind beside the sources
  env: { PYTHONDONTWRITEBYTECODE: '1' },
  input,
})

/** Plain JavaScript, as the package is published: what runs sources directly wraps their functions, which costs time. */
export const build = (parts: readonly string[]): void => {
  buildSync({
    absWorkingDir: folder,
    entryPoints: parts.map((part) => `${part}.ts`),
    outdir: out,
    outbase: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    tsconfig: join(root, 'tsconfig.json'),
  })
}

/** Runs a process to its end and reads the line that it prints last. */
export const run = <A>({ program, args, env, input }: Child): A => {
  const child = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
    ...(input === undefined ? {} : { input: JSON.stringify(input) }),
  })
  if (child.status !== 0) throw new Error(`${child.error?.message ?? child.stderr}`.trim())
  return JSON.parse(child.stdout.trimEnd().split('\n').at(-1) as string) as A
}
