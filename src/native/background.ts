/**
 * Compiling while the program goes on: one worker runs the compiler for one source after the other.
 *
 * How a job stands is a word in shared memory. A loop that never lets go of its thread reads it as well as anybody, where a
 * message would wait for the loop to end.
 */
import { Worker } from 'node:worker_threads'
import { argumentsFor, TIME_LIMIT, type Toolchain } from './toolchain.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A source on its way. */
export interface Job {
  /** 'compiling', 'done', or what went wrong. */
  readonly state: () => 'compiling' | 'done' | { readonly problem: string; readonly output: string }
}

/** Bytes for what a compiler says. */
const SAID = 8192

/**
 * The priority of the compiler, which it has from the worker's thread: where all processors are busy it takes a tenth of one, no
 * more than a step of two threads can do without.
 */
const NICE = 10

const COMPILING = 0
const DONE = 1

/** What the worker runs: Node's own modules only, so that it is the same text wherever this one comes from. */
const WORKER = `
const { parentPort } = require('node:worker_threads')
const { spawnSync } = require('node:child_process')
try { require('node:os').setPriority(${NICE}) } catch {}
parentPort.on('message', ({ command, args, text, limit, shared }) => {
  const word = new Int32Array(shared, 0, 2)
  const r = spawnSync(command, args, { input: text, timeout: limit, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 })
  const fine = r.error === undefined && r.status === 0
  if (!fine) {
    const why = r.error?.code === 'ETIMEDOUT' ? 'took longer than ' + limit / 1000 + ' s'
      : r.error ? 'could not be run: ' + r.error.message
      : r.signal ? 'was ended by ' + r.signal : 'ended with ' + r.status
    const said = new TextEncoder().encode(command + ' ' + why + '\\n' + String(r.stderr ?? '')).subarray(0, ${SAID})
    new Uint8Array(shared, 8).set(said)
    Atomics.store(word, 1, said.length)
  }
  Atomics.store(word, 0, fine ? ${DONE} : 2)
})
`

// -------------------------------------------------------------------------------------------------------------- running

/** The worker, made when it is first needed; it does not keep the process alive. */
const worker: () => Worker = (() => {
  let made: Worker | undefined
  return () => {
    if (made === undefined) {
      made = new Worker(WORKER, { eval: true, execArgv: [], env: process.env })
      made.unref()
    }
    return made
  }
})()

/** Begins to compile a text. */
export const compileLater = (t: Toolchain, text: string, out: string): Job => {
  const shared = new SharedArrayBuffer(8 + SAID)
  const word = new Int32Array(shared, 0, 2)
  worker().postMessage({ command: t.command, args: argumentsFor(t, out), text, limit: TIME_LIMIT, shared })
  return {
    state: () => {
      const now = Atomics.load(word, 0)
      if (now === COMPILING) return 'compiling'
      if (now === DONE) return 'done'
      const said = new TextDecoder().decode(new Uint8Array(shared, 8, Atomics.load(word, 1)).slice())
      const [problem = '', ...output] = said.split('\n')
      return { problem, output: output.join('\n') }
    },
  }
}
