/**
 * `npm run bench`: lanac beside jax-js and TensorFlow.js in one run, what compiled functions reach beside what the machine
 * does at the most, then what an operation of a long chain costs.
 *
 * Every library runs in a process of its own, in turn, several times over; a figure is the median of the runs'. The
 * peers run in the Node of bench/package.json (jax-js needs one newer than lanac does), lanac in the one that was called,
 * and what is compiled also in the peers'. Peers that are not there are left out. `-- --json FILE` also writes the rows to
 * a file.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { root } from '../scripts/files.js'
import { type Figures, medianPairs, medians, type Pair, type Training } from './measure.js'
import { COMPARED_STEPS } from './networks.js'

/** One line of the table. `ratio` is ours over the peer's: of times, below 1 lanac is faster; of rates, above 1. */
interface Row extends Pair {
  readonly ratio: number | null
}

// ------------------------------------------------------------------------------------------------------------- running

const folder = join(root, 'bench')
const out = join(folder, 'out')
const peerNode = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
const ROUNDS = 3

const nodeVersion = existsSync(peerNode)
  ? spawnSync(peerNode, ['--version'], { encoding: 'utf8' }).stdout.trim() || null
  : null

const installed = (name: string): boolean => nodeVersion !== null && existsSync(join(folder, 'node_modules', name))
const jax = installed('@jax-js/jax')
const tfjs = installed('@tensorflow/tfjs') && installed('@tensorflow/tfjs-backend-wasm')

/** Plain JavaScript, as the package is published: what runs sources directly wraps their functions, which costs time. */
buildSync({
  absWorkingDir: folder,
  entryPoints: [
    ...['ours.ts', 'training.ts', 'engine.ts', 'chains.ts'],
    ...(jax ? ['peers/jax.ts', 'peers/jax-training.ts'] : []),
    ...(tfjs ? ['peers/tfjs.ts', 'peers/tfjs-training.ts'] : []),
  ],
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

/** Runs one part to its end and reads the line that it prints last. */
const run = <A>(node: string, part: string, ...args: string[]): A => {
  const child = spawnSync(node, [join(out, `${part}.mjs`), ...args], { cwd: folder, encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`${part} failed: ${child.stderr}`)
  return JSON.parse(child.stdout.trimEnd().split('\n').at(-1) as string) as A
}

/** What every part gave, round by round: in turn, so that what disturbs the machine disturbs all of them. */
const inTurn = <A>(parts: Readonly<Record<string, () => A>>, rounds = ROUNDS): ReadonlyMap<string, readonly A[]> => {
  const gave = new Map<string, A[]>(Object.keys(parts).map((name) => [name, []]))
  for (let i = 0; i < rounds; i++) for (const [name, part] of Object.entries(parts)) gave.get(name)?.push(part())
  return gave
}

/** Our figures beside each peer's, task by task in the order of ours. */
const beside = (
  ours: Figures,
  peers: readonly (readonly [peer: string, figures: Figures])[],
  suffix = '',
): readonly Pair[] =>
  Object.entries(ours).flatMap(([task, own]): readonly Pair[] => {
    const having = peers.filter(([, figures]) => figures[task] !== undefined)
    return having.length === 0
      ? [{ name: `${task}${suffix}`, ours: own, peer: null, unit: 'µs' }]
      : having.map(([peer, figures]) => ({
          name: `${task}${suffix} · ${peer}`,
          ours: own,
          peer: figures[task] as number,
          unit: 'µs',
        }))
  })

const LANAC = 'lanac'
/** lanac in the peers' Node. */
const NEWER = `lanac in Node ${nodeVersion}`
const suffix = `, Node ${nodeVersion?.replace(/^v(\d+).*/, '$1')}`
const JAX = 'jax-js (wasm)'
const TFJS = 'tfjs (wasm)'

const loads = [loadavg()[0] as number]

const small = inTurn<Figures>({
  [LANAC]: () => run(process.execPath, 'ours'),
  ...(jax ? { [JAX]: () => run(peerNode, 'peers/jax') } : {}),
  ...(tfjs ? { 'tfjs (cpu)': () => run(peerNode, 'peers/tfjs', 'cpu') } : {}),
  ...(tfjs ? { [TFJS]: () => run(peerNode, 'peers/tfjs', 'wasm') } : {}),
})

const training = inTurn<Training>({
  [LANAC]: () => run(process.execPath, 'training'),
  ...(nodeVersion !== null ? { [NEWER]: () => run(peerNode, 'training') } : {}),
  ...(jax ? { [JAX]: () => run(peerNode, 'peers/jax-training') } : {}),
  ...(tfjs ? { [TFJS]: () => run(peerNode, 'peers/tfjs-training') } : {}),
})

/** The largest relative difference between the losses of lanac and of anybody else. */
const difference = (): number => {
  const own = training.get(LANAC)?.[0]?.losses as Figures
  const others = [...training.values()].flatMap((rounds) => rounds.map((round) => round.losses))
  return Math.max(
    ...others.flatMap((losses) =>
      Object.entries(losses).map(([name, loss]) => Math.abs(loss / (own[name] as number) - 1)),
    ),
  )
}
if (!(difference() < 1e-4))
  throw new Error(`the losses differ by ${difference()} after ${COMPARED_STEPS} steps: they do not compute the same`)

const engine = inTurn<readonly Pair[]>(
  {
    [LANAC]: () => run(process.execPath, 'engine'),
    ...(nodeVersion !== null ? { [NEWER]: () => run(peerNode, 'engine') } : {}),
  },
  2,
)

const chains = Object.entries(run<Figures>(process.execPath, 'chains')).map(
  ([name, figure]): Pair => ({ name, ours: figure, peer: null, unit: 'µs an operation' }),
)

loads.push(loadavg()[0] as number)

// ------------------------------------------------------------------------------------------------------------- the rows

const isOurs = (name: string): boolean => name === LANAC || name === NEWER
const smallOf = (name: string): Figures => medians(small.get(name) ?? [])
const timesOf = (name: string): Figures => medians((training.get(name) ?? []).map((t) => t.times))
const peersOf = (rounds: ReadonlyMap<string, unknown>, figures: (name: string) => Figures) =>
  [...rounds.keys()].filter((name) => !isOurs(name)).map((name) => [name, figures(name)] as const)

const trained = (name: string, with_: string): readonly Pair[] =>
  training.has(name) ? beside(timesOf(name), peersOf(training, timesOf), with_) : []
const inNewer = ({ name, ...pair }: Pair): Pair => ({ ...pair, name: name.replace(/( · .*)?$/, `${suffix}$1`) })

const rows = [
  ...beside(smallOf(LANAC), peersOf(small, smallOf)),
  ...trained(LANAC, ''),
  ...trained(NEWER, suffix),
  ...medianPairs(engine.get(LANAC) ?? []),
  ...medianPairs(engine.get(NEWER) ?? []).map(inNewer),
  ...chains,
].map((pair): Row => ({ ...pair, ratio: pair.peer === null ? null : pair.ours / pair.peer }))

// ------------------------------------------------------------------------------------------------------------ printing

const number = (x: number | null): string =>
  x === null ? '' : x < 0.0995 ? x.toPrecision(2) : x < 99.5 ? x.toPrecision(3) : x.toFixed(0)
const lines = [
  ['', 'lanac', 'peer', 'ratio', ''],
  ...rows.map((r) => [r.name, number(r.ours), number(r.peer), number(r.ratio), r.unit]),
]
const width = (column: number): number => Math.max(...lines.map((line) => (line[column] as string).length))
console.log(
  `lanac in Node ${process.version}, peers in Node ${nodeVersion ?? '–'}; medians; ratio = lanac / peer; load average ${loads.map((l) => l.toFixed(1)).join(' before, ')} after`,
)
console.log(`losses agree to ${difference().toPrecision(1)} after ${COMPARED_STEPS} training steps`)
if (!jax) console.log('jax-js is not installed: left out')
if (!tfjs) console.log('TensorFlow.js is not installed: left out')
console.log()
for (const [name, ...cells] of lines as readonly (readonly string[])[])
  console.log(
    [name?.padEnd(width(0)), ...cells.map((c, i) => (i === 3 ? c : c.padStart(width(i + 1))))].join('  ').trimEnd(),
  )

const { values } = parseArgs({ options: { json: { type: 'string' } } })
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
