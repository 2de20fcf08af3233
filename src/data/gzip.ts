/** Unpacking gzip (RFC 1952) by the platform's own `DecompressionStream`, in browsers and Node alike. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { FormatError, type LanacError } from '../core/error.js'

/** The most that is unpacked, in bytes, unless named: a small file can unpack to any size. */
const LIMIT = 2 ** 31

/** Whether bytes begin as a gzip file does; no other format read here begins so. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const joined = (chunks: readonly Uint8Array[], length: number): Uint8Array => {
  const out = new Uint8Array(length)
  let at = 0
  for (const c of chunks) {
    out.set(c, at)
    at += c.length
  }
  return out
}

const unpack = async (bytes: Uint8Array, limit: number): Promise<Uint8Array> => {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value)
    length += next.value.length
    if (length > limit) {
      await reader.cancel()
      throw new FormatError({ operation: 'gunzip', problem: `the file unpacks to more than ${limit} bytes` })
    }
  }
  return joined(chunks, length)
}

/** The bytes that a gzip file holds. Errors: a damaged file, one cut short, one that unpacks to more than `limit` bytes. */
export const gunzipE = (bytes: Uint8Array, limit = LIMIT): TE.TaskEither<LanacError, Uint8Array> =>
  TE.tryCatch(
    () => unpack(bytes, limit),
    (e) =>
      e instanceof FormatError
        ? e
        : new FormatError({
            operation: 'gunzip',
            problem: `cannot be unpacked: ${e instanceof Error ? e.message : e}`,
          }),
  )
