/**
 * A helper: a thread that takes part in what others compute.
 *
 * It runs nothing of the library but the text below. It is told of modules by messages, and of jobs by the control block: as
 * long as it knows the module of each job it never returns to its event loop. When it does not, there is a message for it.
 */

import { defineAwait } from '../wasm/await.js'
import { moduleWriter } from '../wasm/module.js'
import { helpName } from '../wasm/share.js'
import { CONTROL } from './control-block.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a helper is told first: which one it is, and where jobs are announced. */
export interface Greeting {
  readonly index: number
  readonly memory: WebAssembly.Memory
  readonly waiting: WebAssembly.Module
}

/** Modules are numbered upwards from 1. */
export interface NewModule {
  readonly number: number
  readonly module: WebAssembly.Module
}

/** Modules that a helper keeps, those used last: it stays out of jobs of others. */
export const KEPT = 512

// -------------------------------------------------------------------------------------------------------------- running

/** The module that waits for jobs. */
export const waitingModule = (maximum: number): WebAssembly.Module => {
  const m = moduleWriter()
  m.importMemory('lanac', 'memory', { initial: 1, maximum, shared: true })
  m.export(defineAwait(m))
  return new WebAssembly.Module(m.bytes())
}

const word = (name: keyof typeof CONTROL): string => `words[${CONTROL[name] / 4}]`

/**
 * The text of a helper: a function of what calls it with each message. What it reads of a job may be of two jobs, but then
 * it gets nothing to do (see `control-block.ts`).
 */
export const helperText = `(listen) => {
  const known = new Map()
  let index, memory, words, wait
  let newest = 0
  let seen = 0
  const serve = () => {
    for (;;) {
      const isCalled = index < ${word('threads')} - 1
      seen = wait(seen, 1 << index, isCalled ? ${word('patience')} : 0)
      if (index >= ${word('threads')} - 1) continue
      const number = ${word('module')}
      const help = known.get(number)
      if (help === undefined) {
        if (number <= newest) continue
        // the next look finds this very job again
        seen = (seen - 1) | 0
        return
      }
      if (number !== newest) {
        known.delete(number)
        known.set(number, help)
      }
      const units = help['${helpName(0).slice(0, -1)}' + ${word('nest')}](${word('table')}, seen)
      if (units !== 0) Atomics.add(words, ${CONTROL.helped / 4}, units)
    }
  }
  listen((message) => {
    if (message.memory !== undefined) {
      ;({ index, memory } = message)
      words = new Int32Array(memory.buffer, 0, ${(CONTROL.ownSleeps + 4) / 4 + 64})
      wait = new WebAssembly.Instance(message.waiting, { lanac: { memory } }).exports.await
      return
    }
    const { number, module } = message
    known.set(number, new WebAssembly.Instance(module, { lanac: { memory, module: number, copy() {} } }).exports)
    newest = number
    if (known.size > ${KEPT}) known.delete(known.keys().next().value)
    serve()
  })
}`
