/** Copies of memory: the same bytes, in memory of their own. */
import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { copyInto, copyOfMemory, rooms } from '../../src/engine/heap.js'

afterEach(() => vi.unstubAllGlobals())

const memories = {
  'that threads share': new SharedArrayBuffer(70_000),
  'of one thread': new ArrayBuffer(70_000),
}

describe('rooms', () => {
  it('are apart from each other, and keep little else', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 300_000 })), { maxLength: 60 }), (sizes) => {
        const roomFor = rooms()
        const taken = new Map<ArrayBufferLike, number>()
        for (const bytes of sizes) {
          const { buffer, at } = roomFor(bytes)
          // given out in order
          expect(at).toBe(taken.get(buffer) ?? 0)
          taken.set(buffer, at + bytes)
          expect(at + bytes).toBeLessThanOrEqual(buffer.byteLength)
          expect(buffer.byteLength).toBeLessThanOrEqual(8 * Math.max(1, bytes))
        }
      }),
    )
  })

  it('share buffers where they are short', () => {
    const roomFor = rooms()
    const of = (bytes: number): number => new Set(Array.from({ length: 12 }, () => roomFor(bytes).buffer)).size
    expect([of(20_000), of(2 ** 17), of(2 ** 17 + 1)]).toEqual([2, 3, 12])
  })
})

it('copies where buffers are refused as well', () => {
  const { Buffer } = globalThis
  const refuse = (): never => {
    throw new RangeError('Array buffer allocation failed')
  }
  vi.stubGlobal('Buffer', { from: Buffer.from, allocUnsafeSlow: refuse })
  expect(new Uint8Array(copyOfMemory(Uint8Array.of(1, 2, 3)))).toEqual(Uint8Array.of(1, 2, 3))
})

describe.each(Object.entries(memories))('a copy of memory %s', (_, buffer) => {
  const bytes = new Uint8Array(buffer as ArrayBuffer)
  bytes.forEach((_, i) => {
    bytes[i] = (i * 31) % 251
  })

  it.each(['with the buffers of Node', 'without'])('holds the same bytes, and stays as it is, %s', (how) => {
    if (how === 'without') vi.stubGlobal('Buffer', undefined)
    for (const [from, size] of [
      [0, 0],
      [5, 1],
      [3, 4096],
      [17, 65_536],
    ] as const) {
      const part = bytes.subarray(from, from + size)
      const copy = copyOfMemory(part)
      expect(copy).toBeInstanceOf(ArrayBuffer)
      expect(copy.byteLength).toBe(size)
      const there = new Uint8Array(new SharedArrayBuffer(size + 9), 4, size)
      copyInto(there, part)
      expect([...there.subarray(0, 64)]).toEqual([...part.subarray(0, 64)])
      expect(there.at(-1)).toBe(part.at(-1))
      expect(new Uint8Array(there.buffer).subarray(size + 4).every((x) => x === 0)).toBe(true)
      const before = Uint8Array.from(part)
      expect(new Uint8Array(copy)).toEqual(before)
      if (size > 0) part[0] = (part[0] as number) ^ 255
      expect(new Uint8Array(copy)).toEqual(before)
    }
  })
})
