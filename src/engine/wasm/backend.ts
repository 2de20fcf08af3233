/** WebAssembly as a backend: a module for each program, compiled where it stands. */

import { MAXIMUM_PAGES } from '../arena.js'
import type { Backend, Passing } from '../backend.js'
import { simd128 } from '../machine.js'
import { WORTH } from '../split.js'
import { STREAMING, type Streaming } from '../stream.js'
import { hasRelaxedVectors } from './features.js'
import { emitProgram } from './program.js'

type OnTable = (table: number) => void

/** What is done differently in tests: nests that cost so much are shared among threads, results so long are streamed. */
export interface WasmOptions {
  readonly worth?: number
  readonly streaming?: Streaming
}

/** Programs as WebAssembly modules. */
export const wasmWith = ({ worth = WORTH, streaming = STREAMING }: WasmOptions): Backend => ({
  target: 'wasm',
  machine: simd128,
  load: (s, plan, arena, threads) => {
    const { memory, pool } = arena
    const emitted = emitProgram(s, plan, {
      relaxed: hasRelaxedVectors(),
      maximum: MAXIMUM_PAGES,
      shared: pool !== null,
      threads,
      worth,
      streaming,
    })
    const compiled = new WebAssembly.Module(emitted.bytes)
    const { splits, sharedCost, passing } = emitted
    const into: Passing['into'] = s.outputs.map(() => null)
    /** What is copied, by the line where it stands: to make a view takes longer than to copy what it shows. */
    const views: Uint8Array[] = []
    const copy = (output: number, address: number, at: number, bytes: number): void => {
      let from = views[address >> 6]
      // that of the last piece is shorter; where memory has grown it has no length
      if (from === undefined || from.length !== bytes) {
        from = arena.bytes(address, bytes)
        views[address >> 6] = from
      }
      into[output]?.set(from, at)
    }
    const helped = splits.size === 0 ? null : pool
    const module = helped?.admit(compiled) ?? 0
    const { exports } = new WebAssembly.Instance(compiled, { lanac: { memory, module, copy } })
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
      passing: passing.length === 0 ? undefined : { outputs: passing, into },
    }
  },
})

/** Programs as WebAssembly modules. */
export const wasm: Backend = wasmWith({})
