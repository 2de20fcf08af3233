/** The control block as WebAssembly: reading and writing its words. */
import { CONTROL } from '../threads/control-block.js'
import type { Code } from './code.js'

export type Word = keyof typeof CONTROL

/** Pushes a word of the control block. */
export const load = (code: Code, word: Word): void => {
  code.i32(0)
  code.memory('i32.load', { offset: CONTROL[word] })
}

export const store = (code: Code, word: Word, value: () => void): void => {
  code.i32(0)
  value()
  code.memory('i32.store', { offset: CONTROL[word] })
}

export const loadAtomic = (code: Code, word: Word): void => {
  code.i32(0)
  code.atomic('i32.atomic.load', CONTROL[word])
}

export const storeAtomic = (code: Code, word: Word, value: () => void): void => {
  code.i32(0)
  value()
  code.atomic('i32.atomic.store', CONTROL[word])
}

/** Adds to a word, and leaves nothing. */
export const add = (code: Code, word: Word, value: () => void): void => {
  code.i32(0)
  value()
  code.atomic('i32.atomic.rmw.add', CONTROL[word])
  code.op('drop')
}

/** Adds to a count that only one thread writes. */
export const count = (code: Code, word: Word, value: () => void): void =>
  store(code, word, () => {
    load(code, word)
    value()
    code.op('i32.add')
  })

/** Wakes some of those who sleep on a word. */
export const wake = (code: Code, word: Word, most: number): void => {
  code.i32(0)
  code.i32(most)
  code.atomic('memory.atomic.notify', CONTROL[word])
  code.op('drop')
}

/** Whether helpers of the job sleep: the first ones are awake, of all that may take part. */
export const hasSleepers = (code: Code): void => {
  // helpers 0 … threads − 2, as bits
  const mask = (): void => {
    code.i32(1)
    load(code, 'threads')
    code.i32(1)
    code.op('i32.sub')
    code.op('i32.shl')
    code.i32(1)
    code.op('i32.sub')
  }
  mask()
  loadAtomic(code, 'awake')
  mask()
  code.op('i32.and')
  code.op('i32.ne')
}
