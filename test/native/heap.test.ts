/** Long arrays of native programs live on the JS heap: they are read and written where they are, and nothing is lost. */
import { describe, expect, it } from 'vitest'
import { numbers } from '../../laws/sample.js'
import { arena, OWN } from '../../src/engine/arena.js'
import { compileProgram } from '../../src/engine/compiled.js'
import { plain } from '../../src/engine/plain.js'
import { simplify } from '../../src/engine/simplify.js'
import {
  add,
  fromTypedArray,
  full,
  jit,
  matmul,
  mul,
  profile,
  reshape,
  sum,
  type Tensor,
  toTypedArray,
  transpose,
} from '../../src/index.js'
import { nativeBackend } from '../../src/native/backend.js'
import type { Compiler } from '../../src/native/compiler.js'
import '../../src/native/index.js'
import type { Program } from '../../src/tape/program.js'
import { traceLeaves } from '../../src/tape/trace.js'
import { type Buffer, type Concrete, uniform } from '../../src/tensor/concrete.js'
import { compiler } from './compiler.js'

const LONG = 2 * OWN

const counting = (from: number): Tensor =>
  fromTypedArray(
    Float64Array.from({ length: LONG }, (_, i) => (i % 97) + from),
    [LONG],
  )

/** So much that the collector has to run. */
const litter = (): void => {
  for (let i = 0; i < 64; i++) new Float64Array(2 ** 18).fill(i)
}

const program = (n: number): Program => {
  const x = { shape: [n], dtype: 'f64', weak: false } as const
  return plain(simplify(traceLeaves(([a, b]) => [add(mul(a as Tensor, 2), b as Tensor)], [x, x], { name: 'long' })))
}

describe.skipIf(compiler === null)('long arrays', () => {
  const native = jit((x: Tensor, y: Tensor) => add(mul(x, 2), y), { target: 'native' })
  const wasm = jit((x: Tensor, y: Tensor) => add(mul(x, 2), y), { target: 'wasm' })
  it('go from native code to WebAssembly and back', () => {
    const [x, y] = [counting(1), counting(2)]
    const ofY = numbers(y)
    const ofOne = numbers(x).map((v, i) => 2 * v + (ofY[i] as number))
    const expected = numbers(x).map((v, i) => 2 * (2 * (ofOne[i] as number) + v) + v)
    const one = native(x, y)
    const two = wasm(one, x)
    expect(numbers(native(two, x))).toEqual(expected)
    // what stands in the arena now is read there
    expect(numbers(native(wasm(native(x, y), x), x))).toEqual(expected)
    expect(numbers(one)).toEqual(ofOne)
  })
  it('outlive the calls that made them, and those that do not are collected', () => {
    const x = counting(0)
    const kept: Tensor[] = []
    let y = x
    for (let i = 0; i < 400; i++) {
      y = native(y, x)
      if (i % 40 === 39) {
        litter()
        kept.push(y)
        y = x
      }
    }
    const expected = numbers(x).map((v) => (2 ** 41 - 1) * v)
    expect(kept.length).toBe(10)
    for (const z of kept) expect(numbers(z)).toEqual(expected)
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(400 * LONG * 8)
  })
  it('may be one number, and as long as memory', () => {
    const n = 2 ** 22
    const p = program(n)
    const made = compileProgram(p, arena(2 ** 26, 2 ** 20), nativeBackend(compiler as Compiler, { threads: 1 }))
    const [y] = made?.run([uniform([n], 'f64', 3), uniform([n], 'f64', 4)], p.constants) ?? []
    expect(y?.shape).toEqual([n])
    expect(numbers(y as Tensor).every((v) => v === 10)).toBe(true)
    expect(new Set(numbers(native(full([LONG], 3), full([LONG], 4))))).toEqual(new Set([10]))
  })
  it('are views of nothing that is handed out', () => {
    const y = native(counting(0), counting(0))
    const read = toTypedArray(y)
    read.fill(7)
    expect(toTypedArray(y)[5]).toBe(15)
  })
  it('of any element type, and reshaped ones, are passed on', () => {
    const side = Math.sqrt(LONG) | 0
    const x = fromTypedArray(
      Int32Array.from({ length: side * side }, (_, i) => i % 11),
      [side, side],
    )
    const f = jit((v: Tensor) => add(v, v), { target: 'native' })
    const flat = jit((v: Tensor) => sum(v), { target: 'native' })
    expect(numbers(flat(reshape(f(x), [side * side])))).toEqual(numbers(sum(mul(x, 2))))
    const g = jit((v: Tensor) => matmul(transpose(v), v), { target: 'native' })
    const small = fromTypedArray(
      Float32Array.from({ length: 64 * 128 }, (_, i) => i % 5),
      [64, 128],
    )
    expect(numbers(g(small))).toEqual(numbers(matmul(transpose(small), small)))
  })
  it('that somebody has detached are not read beyond their end', () => {
    const x = counting(1)
    const held = (x as unknown as Concrete).held as Buffer
    structuredClone(held, { transfer: [held.buffer as ArrayBuffer] })
    expect(() => native(x, counting(1))).toThrow(/detached/)
  })
  it('stay while their program is profiled', () => {
    const p = profile((x: Tensor, y: Tensor) => add(mul(x, 2), y), { target: 'native' })(counting(1), counting(2))
    litter()
    expect(p.target).toBe('native')
    expect(p.kernels.length).toBe(1)
  })
})
