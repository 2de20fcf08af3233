/**
 * Trees of parameters in files, in the safetensors format: exactly as they were, structure, element types and shapes.
 * Optimiser states and whole training states are such trees too.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { FormatError, type LanacError, TreeError } from '../core/error.js'
import { attempt, settle } from '../core/result.js'
import { decodeParamsE, encodeParams } from '../data/index.js'
import { readBytes, writeBytes } from './file.js'

// -------------------------------------------------------------------------------------------------------------- writing

/** Saves a tree, with its error as a value. */
export const saveParamsE = (path: string, tree: unknown): TE.TaskEither<LanacError, void> =>
  pipe(
    TE.fromEither(attempt(() => encodeParams(tree))),
    TE.chain((bytes) => writeBytes('saveParams', path, bytes)),
  )

/**
 * Saves a tree of tensors (numbers, strings, truth values and null may stand in it) as a safetensors file. The file
 * appears whole or not at all; missing folders are made.
 *
 * @throws TreeError for what no file can hold, FormatError when the file cannot be written
 * @example
 * ```ts
 * import { tensor, toArray } from 'lanac'
 * import { loadParams, saveParams } from 'lanac/io'
 * const params = { w: tensor([[1, 2]], { dtype: 'f32' }), b: tensor([0]) }
 * await saveParams('out/example.safetensors', params)
 * const loaded = await loadParams('out/example.safetensors', params)
 * assert.deepStrictEqual(toArray(loaded.w), [[1, 2]])
 * ```
 */
export const saveParams = (path: string, tree: unknown): Promise<void> => settle(saveParamsE(path, tree))

// -------------------------------------------------------------------------------------------------------------- reading

/** The same error, told of the file. */
const inFile =
  (path: string) =>
  (e: LanacError): LanacError => {
    const told = { operation: 'loadParams', problem: `${path}: ${e.problem}`, path: e.path, hint: e.hint }
    return e instanceof TreeError ? new TreeError(told) : new FormatError(told)
  }

/** Loads a tree, with its error as a value. */
export const loadParamsE: {
  (path: string): TE.TaskEither<LanacError, unknown>
  <T>(path: string, like: T): TE.TaskEither<LanacError, T>
} = <T>(path: string, ...like: [] | [T]): TE.TaskEither<LanacError, T> =>
  pipe(
    readBytes('loadParams', path),
    TE.chainEitherK((bytes) =>
      E.mapLeft(inFile(path))(like.length === 0 ? decodeParamsE(bytes) : decodeParamsE(bytes, like[0])),
    ),
    TE.map((tree) => tree as T),
  )

/**
 * Loads a tree from a safetensors file; one written by another tool gives the record of its tensors. With `like`, the tree
 * has to have its structure, shapes and element types, and gets its type.
 *
 * @throws FormatError when there is no such file or it is malformed, TreeError (with the leaf's path) when the tree is another
 */
export const loadParams: {
  (path: string): Promise<unknown>
  <T>(path: string, like: T): Promise<T>
} = <T>(path: string, ...like: [] | [T]): Promise<T> =>
  settle((like.length === 0 ? loadParamsE(path) : loadParamsE(path, like[0])) as TE.TaskEither<LanacError, T>)
