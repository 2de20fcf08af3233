/**
 * The tape: a traced function as an immutable program, its folds, its text, and the monad that writes it.
 *
 * `trace(f)(…args)` gives the program, `show` prints it, `run` runs it, `right` and `left` are its folds.
 *
 * @module lanac/tape
 */
export { type Algebra, type Backwards, left, right, valueAlgebra } from './fold.js'
export {
  assign,
  bind,
  bindTo,
  Chain,
  ChainRec,
  chainRec,
  collect,
  constant,
  contribute,
  Do,
  emit,
  evalTape,
  Functor,
  flatMap,
  input,
  leftM,
  let,
  lookup,
  Monad,
  map,
  of,
  type Ref,
  recordM,
  runTape,
  type Session,
  type Tape,
  traverse,
  URI,
} from './monad.js'
export type { Value } from './node.js'
export { close, entryCount, inline, type Program, record } from './program.js'
export { run } from './run.js'
export { show } from './show.js'
export { type EvalShape, evalShape, type Shapes, type Trace, trace } from './trace.js'
