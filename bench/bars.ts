/** What lanac is held to beside peers, and beside what the machine does at the most. */
import type { Target } from './contestant.js'
import { JAX_JS, TFJS_WASM } from './javascript.js'
import type { LimitOf } from './measure.js'
import { NETWORKS } from './networks.js'
import { JAX, PYTORCH, PYTORCH_BY_INDEX } from './python.js'
import { ARITHMETIC, COPY, DIGITS, NATIVE_PEAK, PEAK, PLAIN, PRODUCTS } from './tasks.js'

export interface Bar {
  readonly task: string
  readonly peer: string
  /** Another one: the slower of the two is what lanac is beside. */
  readonly or?: string
  /** The peer's, and lanac's. */
  readonly threads: number
  /** The largest ratio, lanac's time to the peer's, or the smallest of rates. */
  readonly bound: number
  readonly isRate: boolean
  /** Whether it is for native code, or for what is not; for both where it is left out. */
  readonly native?: boolean
}

/** A bar, and where one of lanac's targets is beside it; nulls where the peer is not here. */
export interface Judged extends Bar {
  readonly target: string
  readonly ours: number
  readonly theirs: number | null
  readonly ratio: number | null
  readonly holds: boolean | null
}

const [tiny, small, wide, large] = NETWORKS.map(({ name }) => name) as [string, string, string, string]

const bar = (task: string, peer: (threads: number) => string, threads: number, bound: number): Bar => ({
  task,
  peer: peer(threads),
  threads,
  bound,
  isRate: false,
})

const rate = (task: string, peer: (threads: number) => string, threads: number, bound: number): Bar => ({
  ...bar(task, peer, threads, bound),
  isRate: true,
})

const native = (...bars: readonly Bar[]): readonly Bar[] => bars.map((b) => ({ ...b, native: true }))

const wasm = (...bars: readonly Bar[]): readonly Bar[] => bars.map((b) => ({ ...b, native: false }))

const named = (name: string) => (): string => name
const [jaxJs, tfjs] = [named(JAX_JS), named(TFJS_WASM)]

/** Square products: those that WebAssembly is held to are no larger than its cache. */
const squares = PRODUCTS.filter(({ a, b }) => a.length === 2 && a[0] === a[1] && a[1] === b[1])
const within = squares.filter(({ a }) => (a[0] as number) <= 960)

export const BARS: readonly Bar[] = [
  bar(tiny, jaxJs, 1, 1 / 100),
  bar(tiny, tfjs, 1, 1 / 100),
  bar(small, jaxJs, 1, 1 / 20),
  bar(wide, jaxJs, 1, 1 / 1.3),
  bar(large, jaxJs, 1, 1 / 1.2),
  bar(tiny, JAX, 1, 1 / 12),
  bar(small, JAX, 1, 1 / 4),
  bar(wide, PYTORCH, 1, 2.2),
  bar(large, PYTORCH, 1, 2.5),
  bar(DIGITS.name, PYTORCH, 2, 2),
  bar(DIGITS.name, PYTORCH_BY_INDEX, 2, 2),
  ...wasm(...within.map(({ name }) => rate(name, named(PEAK), 1, 0.75)), {
    ...bar(PLAIN, named(ARITHMETIC), 1, 1.3),
    or: COPY,
  }),
  ...native(
    ...squares.map(({ name }) => rate(name, named(NATIVE_PEAK), 1, 0.85)),
    ...squares.flatMap(({ name }) => [1, 2].map((n) => rate(name, PYTORCH, n, 1))),
    bar(PLAIN, named(COPY), 1, 1.3),
    bar(tiny, JAX, 1, 1 / 40),
    bar(tiny, PYTORCH, 1, 1 / 150),
    bar(small, JAX, 1, 1 / 12),
    ...[wide, large].flatMap((task) => [1, 2].flatMap((n) => [PYTORCH, JAX].map((peer) => bar(task, peer, n, 1)))),
  ),
]

/** Every bar beside every target that it is for and that was measured; a limit is the one measured beside the target. */
export const judged = (
  targets: readonly Target[],
  figuresOf: (contestant: string, task: string) => number | undefined,
  limitOf: LimitOf,
): readonly Judged[] =>
  BARS.flatMap((bar) =>
    targets
      .filter(({ threads, isNative }) => threads === bar.threads && (bar.native ?? isNative) === isNative)
      .flatMap((target): readonly Judged[] => {
        const ours = figuresOf(target.name, bar.task)
        if (ours === undefined) return []
        const peers = [bar.peer, ...(bar.or === undefined ? [] : [bar.or])]
        const reached = peers.map((peer) => ({
          peer,
          figure: limitOf(peer, target.name, bar.task) ?? figuresOf(peer, bar.task) ?? null,
        }))
        const slowest = reached.reduce((p, q) => ((q.figure ?? 0) > (p.figure ?? 0) ? q : p))
        const theirs = slowest.figure
        const ratio = theirs === null ? null : ours / theirs
        return [
          {
            ...bar,
            peer: slowest.peer,
            target: target.name,
            ours,
            theirs,
            ratio,
            holds: ratio === null ? null : bar.isRate ? ratio >= bar.bound : ratio <= bar.bound,
          },
        ]
      }),
  )
