/**
 * The public face of the core: values, operations, derivatives.
 *
 * @module lanac
 */
export {
  CompilerError,
  ConcretizationError,
  DTypeError,
  describe,
  FormatError,
  LanacError,
  LinearityError,
  MemoryError,
  type Problem,
  ScopeError,
  ShapeError,
  TreeError,
  ValueError,
} from './core/error.js'
export { type DType, type Float, isTensor, type Scalar, type Shape, type Tensor } from './core/value.js'
export * from './ops/index.js'
export type { Dim } from './tensor/static.js'
export * from './transform/index.js'
export { combine, mapLeaves, partition } from './tree/tree.js'
