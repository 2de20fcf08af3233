/** How a program of the benchmarks was asked to run, in its environment: for which target, on how many threads. */

/** Options of `jit`. */
export interface Asked {
  readonly target: 'wasm' | 'native'
  readonly threads: number
}

/** What says so to a program. */
export const environmentOf = ({ target, threads }: Asked): Readonly<Record<string, string>> => ({
  BENCH_TARGET: target,
  BENCH_THREADS: `${threads}`,
})

/** What this program was asked for. */
export const asked: Asked = {
  target: process.env.BENCH_TARGET === 'native' ? 'native' : 'wasm',
  threads: Number(process.env.BENCH_THREADS ?? 1),
}

// importing it is what makes the target known
if (asked.target === 'native') await import('lanac/native')
