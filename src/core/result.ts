/** Between the two forms of a function that can fail: the everyday one throws what its `…E` form returns. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { LanacError } from './error.js'

/** What a computation gives, or the typed error it throws; any other exception is a fault of the program and goes on. */
export const attempt = <A>(f: () => A): E.Either<LanacError, A> =>
  E.tryCatch(f, (e) => {
    if (e instanceof LanacError) return e
    throw e
  })

/** The value of a task, as a promise that rejects with its typed error. */
export const settle = async <A>(task: TaskEither<LanacError, A>): Promise<A> => {
  const result = await task()
  if (E.isLeft(result)) throw result.left
  return result.right
}
