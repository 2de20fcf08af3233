/**
 * The pool of an arena: threads that help with large loops. It starts with the first module that has some, and lets the
 * process end.
 */

import { CONTROL, PATIENCE } from './control-block.js'
import { maySleep, nodeModule } from './hardware.js'
import { type Greeting, helperText, type NewModule, waitingModule } from './helper.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Helpers at the most: each is a bit of a word. */
const MOST = 31

/** A running helper. */
interface Helper {
  readonly tell: (message: Greeting | NewModule) => void
  readonly stop: () => void
}

/** Threads that help. */
export interface Pool {
  /** Makes a module known to so many helpers, which are started if they are not there; gives its number. */
  readonly admit: (module: WebAssembly.Module, helpers: number) => number
  /** Ends all helpers. */
  readonly stop: () => void
}

// ------------------------------------------------------------------------------------------------------------- starting

interface NodeWorker {
  readonly postMessage: (message: unknown) => void
  readonly unref: () => void
  readonly on: (event: 'error', listener: () => void) => void
  readonly terminate: () => unknown
}

interface NodeThreads {
  readonly Worker: new (text: string, options: object) => NodeWorker
}

const inNode = ({ Worker }: NodeThreads): Helper => {
  const listen = "(f) => require('node:worker_threads').parentPort.on('message', f)"
  // without the options of the process: what they load is for its own threads
  const worker = new Worker(`(${helperText})(${listen})`, { eval: true, execArgv: [], env: {}, name: 'lanac' })
  worker.on('error', () => undefined)
  worker.unref()
  return { tell: (message) => worker.postMessage(message), stop: () => void worker.terminate() }
}

const inPage = (): Helper => {
  const text = `(${helperText})((f) => { onmessage = ({ data }) => f(data) })`
  const address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
  const worker = new Worker(address, { name: 'lanac' })
  // a policy may forbid such workers: then there is none
  worker.onerror = (e) => e.preventDefault()
  return { tell: (message) => worker.postMessage(message), stop: () => worker.terminate() }
}

// --------------------------------------------------------------------------------------------------------- constructors

/** The pool of a memory that threads share, declared with this maximum. Where no threads can be started it stays empty. */
export const pool = (memory: WebAssembly.Memory, maximum: number): Pool => {
  const words = new Int32Array(memory.buffer)
  words[CONTROL.patience / 4] = PATIENCE
  words[CONTROL.mayWait / 4] = maySleep() ? 1 : 0
  const helpers: Helper[] = []
  let waiting: WebAssembly.Module | null = null
  let newest = 0
  /** Once one could not be started no more are. */
  let isRefused = false
  const start = (): void => {
    try {
      waiting ??= waitingModule(maximum)
      const threads = nodeModule<NodeThreads>('worker_threads')
      const helper = threads === null ? inPage() : inNode(threads)
      helper.tell({ index: helpers.length, memory, waiting })
      helpers.push(helper)
    } catch {
      isRefused = true
    }
  }
  return {
    admit: (module, wanted) => {
      newest += 1
      while (helpers.length < Math.min(wanted, MOST) && !isRefused) start()
      for (const h of helpers)
        try {
          h.tell({ number: newest, module })
        } catch {
          // a helper that does not know a module stays out of it
        }
      return newest
    },
    stop: () => {
      for (const h of helpers) h.stop()
      helpers.length = 0
      isRefused = true
    },
  }
}
