/** WebAssembly as a backend: a module for each program, compiled where it stands. */

import { MAXIMUM_PAGES } from '../arena.js'
import type { Backend } from '../backend.js'
import { simd128 } from '../machine.js'
import { hasRelaxedVectors } from './features.js'
import { emitProgram } from './program.js'

type OnTable = (table: number) => void

/** Programs as WebAssembly modules. */
export const wasm: Backend = {
  target: 'wasm',
  machine: simd128,
  load: (s, plan, { memory }) => {
    const emitted = emitProgram(s, plan, { relaxed: hasRelaxedVectors(), maximum: MAXIMUM_PAGES })
    const instance = new WebAssembly.Instance(new WebAssembly.Module(emitted.bytes), { lanac: { memory } })
    return {
      run: instance.exports.run as OnTable,
      kernels: s.kernels.map((_, i) => instance.exports[`kernel${i}`] as OnTable),
      text: emitted.text,
      size: emitted.bytes.length,
    }
  },
}
