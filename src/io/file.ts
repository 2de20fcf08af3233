/** Files as tasks: reading whole, writing all or nothing. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { FormatError, type LanacError } from '../core/error.js'

const failed =
  (operation: string, verb: string, path: string) =>
  (e: unknown): LanacError =>
    new FormatError({ operation, problem: `cannot ${verb} ${path}: ${e instanceof Error ? e.message : String(e)}` })

/** The bytes of a file. */
export const readBytes = (operation: string, path: string): TE.TaskEither<LanacError, Uint8Array> =>
  TE.tryCatch(() => readFile(path), failed(operation, 'read', path))

/** Writes beside the file, then takes its place: whoever reads it finds the old bytes or the new ones, never half. */
const replace = async (path: string, bytes: Uint8Array): Promise<void> => {
  const beside = `${path}.${randomUUID()}.tmp`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(beside, bytes)
    await rename(beside, path)
  } catch (e) {
    await rm(beside, { force: true })
    throw e
  }
}

/** Writes a file, and the folders it stands in. */
export const writeBytes = (operation: string, path: string, bytes: Uint8Array): TE.TaskEither<LanacError, void> =>
  TE.tryCatch(() => replace(path, bytes), failed(operation, 'write', path))
