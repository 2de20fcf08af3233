/** Rasters: an image file (PNG, ISO/IEC 15948) made of colours, for what has too many points to be drawn one by one. */
import type { Rgb } from './palette.js'

/** Colours row by row from the top left. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly at: (row: number, column: number) => Rgb
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

const crc32 = (bytes: Uint8Array): number => {
  let c = 0xffffffff
  for (const b of bytes) c = (CRC[(c ^ b) & 255] as number) ^ (c >>> 8)
  return ~c >>> 0
}

/** Length, name, data and checksum. */
const chunk = (name: string, data: Uint8Array): Uint8Array => {
  const out = new Uint8Array(data.length + 12)
  const view = new DataView(out.buffer)
  view.setUint32(0, data.length)
  out.set(new TextEncoder().encode(name), 4)
  out.set(data, 8)
  view.setUint32(data.length + 8, crc32(out.subarray(4, data.length + 8)))
  return out
}

/** In the format of zlib (RFC 1950). */
const deflate = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(
    await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer(),
  )

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)

/** A raster as an image file, 8 bits for each of red, green and blue. */
export const encodePng = async ({ width, height, at }: Raster): Promise<Uint8Array> => {
  const lines = new Uint8Array(height * (3 * width + 1))
  for (let r = 0; r < height; r++) for (let c = 0; c < width; c++) lines.set(at(r, c), r * (3 * width + 1) + 1 + 3 * c)
  const head = new Uint8Array(13)
  const view = new DataView(head.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  head.set([8, 2, 0, 0, 0], 8)
  const parts = [SIGNATURE, chunk('IHDR', head), chunk('IDAT', await deflate(lines)), chunk('IEND', new Uint8Array(0))]
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let to = 0
  for (const p of parts) {
    out.set(p, to)
    to += p.length
  }
  return out
}

/** Bytes in base 64, by which an image stands in the text of a picture. */
const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}

/** A raster as an address that holds it. */
export const dataUri = async (raster: Raster): Promise<string> =>
  `data:image/png;base64,${base64(await encodePng(raster))}`
