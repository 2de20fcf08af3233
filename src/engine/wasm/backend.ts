/** WebAssembly as a backend: a module for each program, compiled where it stands. */

import { MAXIMUM_PAGES } from '../arena.js'
import type { Backend } from '../backend.js'
import { simd128 } from '../machine.js'
import { WORTH } from '../split.js'
import { hasRelaxedVectors } from './features.js'
import { emitProgram } from './program.js'

type OnTable = (table: number) => void

/** Programs as WebAssembly modules; nests that cost at least `worth` are shared among threads. */
export const wasmWorth = (worth: number): Backend => ({
  target: 'wasm',
  machine: simd128,
  load: (s, plan, { memory, pool }, threads) => {
    const emitted = emitProgram(s, plan, {
      relaxed: hasRelaxedVectors(),
      maximum: MAXIMUM_PAGES,
      shared: pool !== null,
      threads,
      worth,
    })
    const compiled = new WebAssembly.Module(emitted.bytes)
    const { splits, sharedCost } = emitted
    const helped = splits.size === 0 ? null : pool
    const module = helped?.admit(compiled) ?? 0
    const { exports } = new WebAssembly.Instance(compiled, { lanac: { memory, module } })
    const run = exports.run as OnTable
    return {
      run:
        helped === null
          ? run
          : (table) => {
              helped.expect(sharedCost, threads - 1)
              run(table)
            },
      kernels: s.kernels.map((_, i) => exports[`kernel${i}`] as OnTable),
      text: emitted.text,
      size: emitted.bytes.length,
      splits,
    }
  },
})

/** Programs as WebAssembly modules. */
export const wasm: Backend = wasmWorth(WORTH)
