/**
 * The pool of an arena: threads that help with large loops. They are started one by one as work comes that they could have
 * helped with, and let the process end.
 */

import { CONTROL, PATIENCE, WAKING } from './control-block.js'
import { maySleep, nodeModule } from './hardware.js'
import { type Greeting, helperText, KEPT, type NewModule, waitingModule } from './helper.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Helpers at the most: each is a bit of a word. */
const MOST = 31

/** A running helper. */
interface Helper {
  readonly tell: (message: Greeting | NewModule) => void
  readonly stop: () => void
}

/**
 * What starting a helper costs, in multiplications (`split.ts`): 5 ms. It is started when as much could have been shared:
 * whatever comes, that is at most twice the time of the best choice.
 */
export const STARTING = 100_000_000

/** Threads that help. */
export interface Pool {
  /** Makes a module known to helpers; gives its number. */
  readonly admit: (module: WebAssembly.Module) => number
  /** Is told of work that is about to be shared with so many: as many are started as it is worth by now, or woken. */
  readonly expect: (cost: number, helpers: number) => void
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
  /** Modules by their number, the oldest first: as many as a helper keeps. */
  const modules = new Map<number, WebAssembly.Module>()
  let newest = 0
  /** What could have been shared, as far as it matters. */
  let cost = 0
  /** Once one could not be started no more are. */
  let isRefused = false
  const start = (): void => {
    try {
      waiting ??= waitingModule(maximum)
      const threads = nodeModule<NodeThreads>('worker_threads')
      const helper = threads === null ? inPage() : inNode(threads)
      helper.tell({ index: helpers.length, memory, waiting })
      for (const [number, module] of modules) helper.tell({ number, module })
      helpers.push(helper)
    } catch {
      isRefused = true
    }
  }
  return {
    admit: (module) => {
      newest += 1
      modules.set(newest, module)
      if (modules.size > KEPT) modules.delete(modules.keys().next().value as number)
      for (const h of helpers)
        try {
          h.tell({ number: newest, module })
        } catch {
          // where modules can't be sent, a helper stays out of what it does not know
        }
      return newest
    },
    expect: (more, wanted) => {
      if (more >= WAKING) words[CONTROL.missed / 4] = WAKING
      const most = Math.min(wanted, MOST)
      if (helpers.length >= most || isRefused) return
      cost = Math.min(cost + more, MOST * STARTING)
      while (helpers.length < Math.min(most, Math.floor(cost / STARTING)) && !isRefused) start()
    },
    stop: () => {
      for (const h of helpers) h.stop()
      helpers.length = 0
      isRefused = true
    },
  }
}
