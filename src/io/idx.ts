/** IDX files, plain or compressed by gzip. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { LanacError } from '../core/error.js'
import { settle } from '../core/result.js'
import type { DType, Shape, Tensor } from '../core/value.js'
import { decodeIdxE, type IdxOptions } from '../data/index.js'
import { readBytes } from './file.js'

/** Reads an IDX file, with its error as a value. */
export const readIdxE = <D extends DType = DType>(
  path: string,
  options: IdxOptions<D> = {},
): TE.TaskEither<LanacError, Tensor<Shape, D>> =>
  pipe(
    readBytes('readIdx', path),
    TE.chain((bytes) => decodeIdxE(bytes, options)),
  )

/**
 * Reads an IDX file (MNIST and its kin), plain or `.gz`; whole numbers as i32 unless a dtype is named.
 *
 * @throws FormatError when there is no such file or it is malformed
 */
export const readIdx = <D extends DType = DType>(
  path: string,
  options: IdxOptions<D> = {},
): Promise<Tensor<Shape, D>> => settle(readIdxE(path, options))
