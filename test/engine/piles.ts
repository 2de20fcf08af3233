/** A program of its own that has buffers pile up, frees them all, and prints how many pages each new pile faulted in. */
import { setTimeout } from 'node:timers/promises'
import { keepPages, pageKeeper } from '../../src/engine/pages.js'

const BUFFER = 2 ** 22
const PAGE = 4096

const make = (bytes: number): ArrayBufferLike => Buffer.allocUnsafeSlow(bytes).buffer
const count = process.argv[2] === 'kept' ? pageKeeper(make) : () => {}

/** As many as a collector lets pile up that comes late, each written to. */
const pile = (): number => {
  const buffers: ArrayBufferLike[] = []
  for (let i = 0; i < 40; i++) {
    count(BUFFER)
    const made = make(BUFFER)
    new Uint8Array(made).fill(i)
    buffers.push(made)
  }
  return buffers.length
}

keepPages()
const faults: number[] = []
for (let i = 0; i < 6; i++) {
  const before = process.resourceUsage().minorPageFault
  const pages = (pile() * BUFFER) / PAGE
  faults.push((process.resourceUsage().minorPageFault - before) / pages)
  globalThis.gc?.()
  // buffers are freed by another thread
  await setTimeout(20)
}
console.log(JSON.stringify(faults))
