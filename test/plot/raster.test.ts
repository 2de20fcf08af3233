import { crc32, inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodePng } from '../../src/plot/raster.js'

/** Reads a PNG image of 8-bit colours without filters, as the standard describes it. */
const decode = (png: Uint8Array): { readonly width: number; readonly height: number; readonly rgb: number[] } => {
  const view = new DataView(png.buffer, png.byteOffset)
  expect([...png.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
  let at = 8
  let [width, height] = [0, 0]
  let rgb: number[] = []
  const names: string[] = []
  while (at < png.length) {
    const size = view.getUint32(at)
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8))
    const data = png.subarray(at + 8, at + 8 + size)
    expect(view.getUint32(at + 8 + size)).toBe(crc32(png.subarray(at + 4, at + 8 + size)))
    names.push(name)
    if (name === 'IHDR') {
      ;[width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)]
      expect([...data.subarray(8)]).toEqual([8, 2, 0, 0, 0])
    }
    if (name === 'IDAT') {
      const lines = inflateSync(data)
      rgb = Array.from({ length: height }, (_, r) => [
        ...lines.subarray(r * (3 * width + 1), (r + 1) * (3 * width + 1)),
      ]).flatMap(([filter, ...line]) => {
        expect(filter).toBe(0)
        return line
      })
    }
    at += 12 + size
  }
  expect(names).toEqual(['IHDR', 'IDAT', 'IEND'])
  return { width, height, rgb }
}

test('an encoded raster reads back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }).chain((width) =>
        fc.integer({ min: 1, max: 9 }).chain((height) =>
          fc.record({
            width: fc.constant(width),
            height: fc.constant(height),
            rgb: fc.array(fc.nat(255), { minLength: 3 * width * height, maxLength: 3 * width * height }),
          }),
        ),
      ),
      async ({ width, height, rgb }) => {
        const at = (r: number, c: number): readonly [number, number, number] => {
          const i = 3 * (r * width + c)
          return [rgb[i] as number, rgb[i + 1] as number, rgb[i + 2] as number]
        }
        expect(decode(await encodePng({ width, height, at }))).toEqual({ width, height, rgb })
      },
    ),
  )
})
