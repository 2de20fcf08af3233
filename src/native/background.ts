/**
 * Compiling while the program goes on: one worker runs the compiler for one source after the other.
 *
 * How a job stands is a word in shared memory. A loop that never lets go of its thread reads it as well as anybody, where a
 * message would wait for the loop to end.
 */
import { rmSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { argumentsFor, type Toolchain } from './toolchain.js'

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
 * more than a step of two threads can do without. Linux counts priorities among the processes of a session (sched(7), autogroup),
 * and the compiler is one of its own, to be ended with all that it started: so the session is given one too.
 */
const NICE = 10

const COMPILING = 0
const DONE = 1
const FAILED = 2
/** Not wanted any more: the process ends. */
const LEFT = 3

/** Words before what is said: the state, its length, the compiler's process (−1: none came to be), whether it is begun. */
const WORDS = 4

/** Milliseconds that a process which ends waits for the number of a compiler that is just being started. */
const PATIENCE = 1000

/**
 * What the worker runs: Node's own modules only, so that it is the same text wherever this one comes from. It does not wait
 * in a call, so that it can be stopped when the process ends.
 */
const WORKER = `
const { parentPort } = require('node:worker_threads')
const { spawn } = require('node:child_process')
const detached = process.platform !== 'win32'
try { require('node:os').setPriority(${NICE}) } catch {}
const compile = ({ command, args, text, limit, shared }) => new Promise((resolve) => {
  const word = new Int32Array(shared, 0, ${WORDS})
  let output = ''
  let why = null
  Atomics.store(word, 3, 1)
  if (Atomics.load(word, 0) !== ${COMPILING}) return resolve()
  const child = spawn(command, args, { detached, stdio: ['pipe', 'ignore', 'pipe'] })
  try { require('node:fs').writeFileSync('/proc/' + child.pid + '/autogroup', '${NICE}') } catch {}
  Atomics.store(word, 2, child.pid ?? -1)
  Atomics.notify(word, 2)
  const end = (status) => {
    clearTimeout(timer)
    if (Atomics.load(word, 0) !== ${COMPILING}) return
    if (status !== 0) {
      const said = new TextEncoder().encode(command + ' ' + why + '\\n' + output).subarray(0, ${SAID})
      new Uint8Array(shared, ${4 * WORDS}).set(said)
      Atomics.store(word, 1, said.length)
    }
    Atomics.store(word, 0, status === 0 ? ${DONE} : ${FAILED})
    resolve()
  }
  const timer = setTimeout(() => {
    why = 'took longer than ' + limit / 1000 + ' s'
    try { process.kill(detached ? -child.pid : child.pid, 'SIGKILL') } catch {}
  }, limit)
  child.on('error', (e) => {
    why ??= 'could not be run: ' + e.message
    end(-1)
  })
  child.on('close', (status, signal) => {
    why ??= signal === null ? 'ended with ' + status : 'was ended by ' + signal
    end(status)
  })
  child.stderr.on('data', (part) => { if (output.length < ${SAID}) output += part })
  child.stdin.on('error', () => {})
  child.stdin.end(text)
})
let last = Promise.resolve()
parentPort.on('message', (job) => { last = last.then(() => compile(job)) })
`

// -------------------------------------------------------------------------------------------------------------- running

/** The worker, made when it is first needed; it does not keep the process alive. */
const worker: () => Worker = (() => {
  let made: Worker | undefined
  return () => {
    if (made === undefined) {
      made = new Worker(WORKER, { eval: true, execArgv: [], env: process.env })
      made.unref()
      process.on('exit', () => {
        for (const end of running) end()
      })
    }
    return made
  }
})()

/** What ends the compilers that are running. */
const running = new Set<() => void>()

/** Begins to compile a text. */
export const compileLater = (t: Toolchain, text: string, out: string): Job => {
  const shared = new SharedArrayBuffer(4 * WORDS + SAID)
  const word = new Int32Array(shared, 0, WORDS)
  worker().postMessage({ command: t.command, args: argumentsFor(t, out), text, limit: t.limit, shared })
  // a process that ends leaves no compiler behind
  const end = (): void => {
    if (Atomics.compareExchange(word, 0, COMPILING, LEFT) !== COMPILING) return
    if (Atomics.load(word, 3) === 1) Atomics.wait(word, 2, 0, PATIENCE)
    const pid = Atomics.load(word, 2)
    try {
      if (pid > 0) process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
    } catch {
      // it has ended
    }
    rmSync(out, { force: true })
  }
  running.add(end)
  return {
    state: () => {
      const now = Atomics.load(word, 0)
      if (now === COMPILING) return 'compiling'
      running.delete(end)
      if (now === DONE) return 'done'
      const said = new TextDecoder().decode(new Uint8Array(shared, 4 * WORDS, Atomics.load(word, 1)).slice())
      const [problem = '', ...output] = said.split('\n')
      return { problem, output: output.join('\n') }
    },
  }
}
