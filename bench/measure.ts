/** How long a task takes: the median over batches, once the compiler of the machine has had its time. */
import { COMPARED_STEPS } from './networks.js'

/** Figures by task: microseconds a call, where nothing else is said. */
export type Figures = Readonly<Record<string, number>>

/** What a part gives: its figures, and where it trains something, the losses after the same number of steps. */
export interface Outcome {
  readonly figures: Figures
  readonly losses: Figures
  /** What the machine does at the most, measured beside the part's tasks: figures by the limit's name. */
  readonly limits?: Limits
}

export type Limits = Readonly<Record<string, Figures>>

/** A limit's figure that was measured beside a target's task. */
export type LimitOf = (limit: string, target: string, task: string) => number | undefined

/** A figure, and what it is compared with if there is anything. */
export interface Pair {
  readonly name: string
  readonly ours: number
  readonly peer: number | null
  readonly unit: string
}

/** The middle one, or between the two in the middle. */
export const median = (xs: readonly number[]): number => {
  const sorted = [...xs].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] as number
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] as number)) / 2
}

/** Shorter batches than this drown in the clock's own grain. */
const BATCH_MS = 0.5

/** How long a task is warmed up: the machine's compiler works beside it, and is slow where processors are busy. */
const WARM_UP_MS = 300

/** How long what makes large results is: until the collector has come, and the same memory goes round. */
export const LARGE_MS = 1200

/** Functions are optimised after so many calls: tasks are warmed up by these, but no longer than this. */
const WARM_UP_CALLS = 12
const LONGEST_WARM_UP_MS = 1500

/**
 * Microseconds a call, in several batches, after each of which `between` runs. Tasks longer than the time allowed are still done
 * three times.
 */
const samplesOf = (
  task: () => unknown,
  milliseconds: number,
  warmUp: number,
  between: () => void = () => undefined,
): readonly number[] => {
  let calls = 0
  const start = performance.now()
  for (let time = 0; time < (calls < WARM_UP_CALLS ? LONGEST_WARM_UP_MS : warmUp); calls++) {
    task()
    time = performance.now() - start
  }
  const batch = Math.max(1, Math.ceil((BATCH_MS * calls) / (performance.now() - start)))
  const samples: number[] = []
  const end = performance.now() + milliseconds
  while (samples.length < 3 || performance.now() < end) {
    const from = performance.now()
    for (let i = 0; i < batch; i++) task()
    samples.push(((performance.now() - from) * 1000) / batch)
    between()
  }
  return samples
}

/** Microseconds a call. */
export const microseconds = (task: () => unknown, milliseconds = 150, warmUp = WARM_UP_MS): number =>
  median(samplesOf(task, milliseconds, warmUp))

/** A limit, once the machine's compiler has done all it can for it. */
export const warmed = (limit: () => number): (() => number) => {
  for (const until = performance.now() + WARM_UP_MS; performance.now() < until; ) limit()
  return limit
}

/**
 * Microseconds a call, and their ratio to those of a limit, which says how many it took each time it is run: both by turns, so
 * that what disturbs the machine disturbs both.
 */
export const besideLimit = (
  task: () => unknown,
  limit: () => number,
  milliseconds = 300,
  warmUp = WARM_UP_MS,
): { readonly time: number; readonly ratio: number } => {
  const limits = [limit()]
  const times = samplesOf(task, milliseconds, warmUp, () => void limits.push(limit()))
  // a batch stands between two runs of the limit
  const ratios = times.map((time, i) => (2 * time) / ((limits[i] as number) + (limits[i + 1] as number)))
  return { time: median(times), ratio: median(ratios) }
}

/** One line of JSON for the process that asked. */
export const report = (
  figures: Figures,
  { losses = {}, limits = {} }: Partial<Omit<Outcome, 'figures'>> = {},
): void => {
  console.log(JSON.stringify({ figures, losses, limits } satisfies Outcome))
}

/** Every task in turn, in microseconds. */
export const reportTasks = (tasks: Readonly<Record<string, () => unknown>>): void => {
  report(Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, microseconds(task)])))
}

/** Training steps in turn, each giving its loss: how long one takes, and the loss after some of them, for comparison. */
export const reportTraining = (steps: Readonly<Record<string, () => number>>): void => {
  const losses: Record<string, number> = {}
  const times: Record<string, number> = {}
  for (const [name, step] of Object.entries(steps)) {
    for (let i = 0; i < COMPARED_STEPS; i++) losses[name] = step()
    times[name] = microseconds(step, 150, LARGE_MS)
  }
  report(times, { losses })
}

/** The median of several runs, task by task. */
export const medians = (runs: readonly Figures[]): Figures =>
  Object.fromEntries(Object.keys(runs[0] ?? {}).map((name) => [name, median(runs.map((run) => run[name] as number))]))

/** The median of several runs, pair by pair. */
export const medianPairs = (runs: readonly (readonly Pair[])[]): readonly Pair[] =>
  (runs[0] ?? []).map((pair, i) => ({
    ...pair,
    ours: median(runs.map((run) => (run[i] as Pair).ours)),
    peer: pair.peer === null ? null : median(runs.map((run) => (run[i] as Pair).peer as number)),
  }))
