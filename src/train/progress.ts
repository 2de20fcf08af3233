/**
 * Progress of training: a bar where output is a terminal, plain lines elsewhere. States pass through unchanged.
 *
 * The bar is that of cli-progress, an optional peer, loaded when it is first needed; without it there are lines.
 */
import type { TrainingState } from './state.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Where progress is written: `process.stdout`, or anything that takes text. */
export interface Sink {
  readonly write: (text: string) => unknown
  readonly isTTY?: boolean | undefined
}

/** How to show progress. */
export interface ProgressOptions {
  /** Where to (standard output unless named; the console in a browser). */
  readonly stream?: Sink | undefined
  /** How many lines an epoch has, where there is no bar: 10 unless named. */
  readonly lines?: number | undefined
}

/** What is shown of a state. */
type Shown = Pick<TrainingState, 'epoch' | 'batch' | 'step' | 'steps' | 'batches' | 'loss'>

/** One way of showing states. */
interface Display {
  readonly update: (s: Shown, average: number) => void
  readonly stop: () => void
}

/** As much of cli-progress as is used here. */
interface Bar {
  readonly start: (total: number, value: number, payload: object) => void
  readonly update: (value: number, payload: object) => void
  readonly stop: () => void
}
interface CliProgress {
  readonly SingleBar: new (options: object) => Bar
}

// --------------------------------------------------------------------------------------------------------------- displays

const epochs = (s: Shown): number => Math.max(1, Math.round(s.steps / s.batches))

const line = (s: Shown, average: number): string =>
  `epoch ${s.epoch + 1}/${epochs(s)}  step ${String(s.step).padStart(String(s.steps).length)}/${s.steps}  loss ${average.toFixed(4)}\n`

const plain = (stream: Sink, lines: number): Display => {
  const isDue = (s: Shown): boolean =>
    Math.floor(((s.batch + 1) * lines) / s.batches) > Math.floor((s.batch * lines) / s.batches)
  return {
    update: (s, average) => {
      if (isDue(s)) stream.write(line(s, average))
    },
    stop: () => {},
  }
}

const bar = (stream: Sink, { SingleBar }: CliProgress): Display => {
  let shown: Bar | undefined
  return {
    update: (s, average) => {
      const payload = { epoch: s.epoch + 1, epochs: epochs(s), loss: average.toFixed(4) }
      if (shown === undefined) {
        shown = new SingleBar({
          format: 'epoch {epoch}/{epochs} │{bar}│ step {value}/{total}  loss {loss}  {eta_formatted} left',
          barCompleteChar: '█',
          barIncompleteChar: '░',
          hideCursor: true,
          stopOnComplete: true,
          stream,
        })
        shown.start(s.steps, s.step, payload)
      } else shown.update(s.step, payload)
    },
    stop: () => shown?.stop(),
  }
}

/** cli-progress, when it is installed. The name is a variable so that bundlers leave it to Node. */
const loadBar = async (): Promise<CliProgress | undefined> => {
  const name = 'cli-progress'
  try {
    const loaded = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as {
      default?: CliProgress
    } & CliProgress
    return loaded.default ?? loaded
  } catch {
    return undefined
  }
}

const standardOutput = (): Sink =>
  (globalThis as { readonly process?: { readonly stdout?: Sink } }).process?.stdout ?? {
    write: (text) => console.log(text.trimEnd()),
  }

// -------------------------------------------------------------------------------------------------------------- running

/** How much a step counts in the loss that is shown: an average over about the last twenty. */
const SMOOTHING = 0.05

/**
 * Shows training as it goes on: `const shown = await progress()`, then `for (const s of shown(fit(…)))`. The loss shown is
 * an average over about the last twenty steps.
 *
 * On a terminal it is a bar, if the optional package cli-progress is installed; elsewhere a few lines an epoch.
 */
export const progress = async (
  options: ProgressOptions = {},
): Promise<<St extends Shown>(states: Iterable<St>) => Iterable<St>> => {
  const { stream = standardOutput(), lines = 10 } = options
  const cli = stream.isTTY === true ? await loadBar() : undefined
  if (stream.isTTY === true && cli === undefined)
    stream.write('For a progress bar, install cli-progress: npm install cli-progress\n')
  function* shown<St extends Shown>(states: Iterable<St>): Generator<St, void, undefined> {
    const display = cli === undefined ? plain(stream, lines) : bar(stream, cli)
    let average: number | undefined
    try {
      for (const s of states) {
        average = average === undefined ? s.loss : average + SMOOTHING * (s.loss - average)
        display.update(s, average)
        yield s
      }
    } finally {
      display.stop()
    }
  }
  return (states) => ({ [Symbol.iterator]: () => shown(states) })
}
