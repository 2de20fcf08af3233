/** A loop over arrays whose body is lanes: what tests and measurements run lanes with. */
import type { Lane, LaneType } from '../../src/core/lane.js'
import { source } from '../../src/core/lane.js'
import type { VectorLength } from '../../src/engine/machine.js'
import { hasRelaxedVectors } from '../../src/engine/wasm/features.js'
import { emitLanes, hoistConstants } from '../../src/engine/wasm/lanes.js'
import { moduleWriter } from '../../src/engine/wasm/module.js'

/** Element i of array `index`. */
export const element = (type: LaneType, index: number): Lane => source(type, index)

export const sizeOf = (type: LaneType): number => (type.endsWith('64') ? 8 : 4)

export interface Loop {
  readonly memory: WebAssembly.Memory
  /** Runs over elements [0, n): array i stands at `base[i]`, results at `result[i]`. */
  readonly run: (n: number, base: readonly number[], result: readonly number[]) => void
  readonly text: () => string
  readonly bytes: number
}

/** A loop that computes `roots` for n elements, `vl` at a time (n must be a multiple of it). */
export const loop = (
  roots: readonly Lane[],
  inputs: readonly LaneType[],
  vl: VectorLength,
  { pages = 256, relaxed = hasRelaxedVectors(), hoist = Number.POSITIVE_INFINITY } = {},
): Loop => {
  const m = moduleWriter()
  m.importMemory('e', 'm', { initial: pages, maximum: pages })
  const pointers = inputs.length + roots.length
  const f = m.function(
    'f',
    { params: ['i32', ...Array.from({ length: pointers }, () => 'i32' as const)], results: [] },
    (code, n, ...at) => {
      const constants = hoistConstants(code, roots, vl, hoist)
      const end = code.local('i32')
      // counts in elements; each array has its own pointer
      code.get(n as number)
      code.set(end)
      code.loop((again) => {
        code.scope(() => {
          const locals = emitLanes(code, roots, {
            vl,
            relaxed,
            constants,
            source: (lane, half) => {
              const pointer = at[lane.data as number] as number
              code.get(pointer)
              const wide = sizeOf(lane.type) === 8
              if (vl === 1) {
                code.memory(lane.type === 'm32' || lane.type === 'm64' ? 'i32.load' : `${lane.type}.load`)
              } else if (vl === 2 && !wide) code.memory('v128.load64_zero', { align: 4 })
              else code.memory('v128.load', { offset: 16 * half, align: sizeOf(lane.type) })
            },
          })
          roots.forEach((root, r) => {
            const pointer = at[inputs.length + r] as number
            const wide = sizeOf(root.type) === 8
            locals[r]?.forEach((local, half) => {
              code.get(pointer)
              code.get(local)
              if (vl === 1) {
                if (root.type === 'm64') {
                  code.op('i64.extend_i32_s')
                  code.memory('i64.store')
                } else code.memory(root.type === 'm32' ? 'i32.store' : `${root.type}.store`)
              } else if (vl === 2 && !wide) code.memoryLane('v128.store64_lane', 0, { align: 4 })
              else code.memory('v128.store', { offset: 16 * half, align: sizeOf(root.type) })
            })
          })
        })
        ;[...inputs, ...roots.map((r) => r.type)].forEach((type, i) => {
          code.get(at[i] as number)
          code.i32(vl * sizeOf(type))
          code.op('i32.add')
          code.set(at[i] as number)
        })
        code.get(end)
        code.i32(vl)
        code.op('i32.sub')
        code.tee(end)
        code.brIf(again)
      })
    },
  )
  m.export(f)
  const bytes = m.bytes()
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { m: memory } })
  const call = instance.exports.f as (...args: readonly number[]) => void
  return {
    memory,
    run: (n, base, result) => call(n, ...base, ...result),
    text: () => m.text(f),
    bytes: bytes.length,
  }
}
