/**
 * `npm run bench`: lanac beside jax-js and TensorFlow.js in one run, then what an operation of a long chain costs.
 *
 * Every library runs in a process of its own, in turn, several times over; a figure is the median of the runs'. The
 * peers run in the Node of bench/package.json (jax-js needs one newer than lanac does). `-- --json FILE` also writes the
 * rows to a file.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { root } from '../scripts/files.js'
import { type Figures, medians } from './measure.js'

/** One line of the table. `ratio` is ours over the peer's: below 1, lanac is faster. */
interface Row {
  readonly name: string
  readonly ours: number
  readonly peer: number | null
  readonly ratio: number | null
  readonly unit: string
}

// ------------------------------------------------------------------------------------------------------------- running

const folder = join(root, 'bench')
const out = join(folder, 'out')
const peerNode = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
const ROUNDS = 3

/** Plain JavaScript, as the package is published: what runs sources directly wraps their functions, which costs time. */
buildSync({
  absWorkingDir: folder,
  entryPoints: ['ours.ts', 'chains.ts', 'peers/jax.ts', 'peers/tfjs.ts'],
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  tsconfig: join(root, 'tsconfig.json'),
})

/** Runs one part to its end and reads the line of figures that it prints last. */
const run = (node: string, part: string, ...args: string[]): Figures => {
  const child = spawnSync(node, [join(out, `${part}.mjs`), ...args], { cwd: folder, encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`${part} failed: ${child.stderr}`)
  return JSON.parse(child.stdout.trimEnd().split('\n').at(-1) as string) as Figures
}

const parts = {
  lanac: () => run(process.execPath, 'ours'),
  'jax-js (wasm)': () => run(peerNode, 'peers/jax'),
  'tfjs (cpu)': () => run(peerNode, 'peers/tfjs', 'cpu'),
  'tfjs (wasm)': () => run(peerNode, 'peers/tfjs', 'wasm'),
}
const rounds = Array.from({ length: ROUNDS }, () =>
  Object.entries(parts).map(([name, part]) => [name, part()] as const),
)
const figuresOf = (name: string): Figures =>
  medians(rounds.flatMap((round) => round.flatMap(([part, figures]) => (part === name ? [figures] : []))))

const ours = figuresOf('lanac')
const compared = Object.keys(parts)
  .filter((peer) => peer !== 'lanac')
  .flatMap((peer) =>
    Object.entries(figuresOf(peer)).map(([task, figure]): Row => {
      const own = ours[task] as number
      return { name: `${task} · ${peer}`, ours: own, peer: figure, ratio: own / figure, unit: 'µs' }
    }),
  )
  .sort(
    (p, q) =>
      Object.keys(ours).findIndex((t) => p.name.startsWith(t)) -
      Object.keys(ours).findIndex((t) => q.name.startsWith(t)),
  )
const alone = Object.entries(run(process.execPath, 'chains')).map(
  ([name, figure]): Row => ({ name, ours: figure, peer: null, ratio: null, unit: 'µs an operation' }),
)
const rows = [...compared, ...alone]

// ------------------------------------------------------------------------------------------------------------ printing

const number = (x: number | null): string =>
  x === null ? '' : x < 0.0995 ? x.toPrecision(2) : x < 99.5 ? x.toPrecision(3) : x.toFixed(0)
const lines = [
  ['', 'lanac', 'peer', 'ratio', ''],
  ...rows.map((r) => [r.name, number(r.ours), number(r.peer), number(r.ratio), r.unit]),
]
const width = (column: number): number => Math.max(...lines.map((line) => (line[column] as string).length))
const peerVersion = spawnSync(peerNode, ['--version'], { encoding: 'utf8' }).stdout.trim()
console.log(`lanac in Node ${process.version}, peers in Node ${peerVersion}; medians; ratio = lanac / peer\n`)
for (const [name, ...cells] of lines as readonly (readonly string[])[])
  console.log(
    [name?.padEnd(width(0)), ...cells.map((c, i) => (i === 3 ? c : c.padStart(width(i + 1))))].join('  ').trimEnd(),
  )

const { values } = parseArgs({ options: { json: { type: 'string' } } })
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
