/**
 * The words rules are written with: one for each primitive, on values that may be concrete or symbolic.
 *
 * Words do not broadcast; a bare number adapts to the shape and element type of the operand beside it, as a constant
 * that takes no memory.
 */
import type { DType, Shape, Tensor } from '../core/value.js'
import type { CallParams, CustomParams } from './composite.js'
import type { CondParams } from './cond.js'
import type { ContractParams } from './contract.js'
import type { PadParams, SliceParams } from './parts.js'
import type { AnyMultiple, AnySingle, Opt } from './record.js'
import type { ScanParams } from './scan.js'
import type { TapParams } from './tap.js'

/** Words of one argument. */
export type UnaryName =
  | 'neg'
  | 'exp'
  | 'log'
  | 'expm1'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'sqrt'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'erf'
  | 'erfc'
  | 'lgamma'
  | 'digamma'
  | 'isNaN'
  | 'isFinite'
  | 'not'
  | 'stopGradient'

/** Words of two arguments of one shape and element type. */
export type BinaryName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'atan2'
  | 'remainder'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'and'
  | 'or'
  | 'xor'
  | 'shiftLeft'
  | 'shiftRight'
  | 'maskedMul'

/** Words that reduce the named axes away. */
export type ReductionName = 'sum' | 'max' | 'min' | 'prod'

/** A word's operand; not both of a pair are numbers. */
export type Operand = Tensor | number

/** The words. */
export interface Builder
  extends Readonly<Record<UnaryName, (x: Tensor) => Tensor>>,
    Readonly<Record<BinaryName, (x: Operand, y: Operand) => Tensor>>,
    Readonly<Record<ReductionName, (x: Tensor, axes: readonly number[]) => Tensor>> {
  readonly apply: (primitive: AnySingle, params: unknown, args: readonly Tensor[]) => Tensor
  readonly applyMany: (primitive: AnyMultiple, params: unknown, args: readonly Tensor[]) => readonly Tensor[]
  /** A constant. */
  readonly full: (shape: Shape, dtype: DType, value: number) => Tensor
  /** A constant of the shape and element type of `x`. */
  readonly like: (x: { readonly shape: Shape; readonly dtype: DType }, value: number) => Tensor
  /** Sum of two terms, either of which may be the zero that is never built. */
  readonly plus: (x: Opt, y: Opt) => Opt
  /** The argument with a new leading axis of size `n`, when it does not have one. */
  readonly align: (x: Tensor, batched: boolean, n: number) => Tensor
  readonly integerPow: (x: Tensor, exponent: number) => Tensor
  readonly polygamma: (x: Tensor, order: number) => Tensor
  readonly select: (condition: Tensor, x: Operand, y: Operand) => Tensor
  readonly convert: (x: Tensor, dtype: DType) => Tensor
  readonly broadcast: (x: Tensor, shape: Shape, dims: readonly number[]) => Tensor
  readonly reshape: (x: Tensor, shape: Shape) => Tensor
  readonly permute: (x: Tensor, permutation: readonly number[]) => Tensor
  readonly slice: (x: Tensor, params: SliceParams) => Tensor
  readonly pad: (x: Tensor, params: PadParams) => Tensor
  readonly concatenate: (xs: readonly Tensor[], axis: number) => Tensor
  readonly flip: (x: Tensor, axes: readonly number[]) => Tensor
  readonly gather: (x: Tensor, indices: Tensor, batch: number) => Tensor
  readonly scatterAdd: (x: Tensor, indices: Tensor, batch: number, size: number) => Tensor
  readonly contract: (x: Tensor, y: Tensor, params: ContractParams) => Tensor
  readonly cumsum: (x: Tensor, axis: number, reverse: boolean) => Tensor
  readonly cumprod: (x: Tensor, axis: number) => Tensor
  readonly argsort: (x: Tensor, axis: number) => Tensor
  readonly argmax: (x: Tensor, axis: number) => Tensor
  readonly argmin: (x: Tensor, axis: number) => Tensor
  readonly iota: (shape: Shape, dtype: DType, axis: number) => Tensor
  readonly threefry: (key: Tensor, counter: Tensor) => Tensor
  readonly named: (x: Tensor, label: string) => Tensor
  readonly tap: (x: Tensor, params: TapParams) => Tensor
  readonly call: (params: CallParams, args: readonly Tensor[]) => readonly Tensor[]
  readonly custom: (params: CustomParams, args: readonly Tensor[]) => readonly Tensor[]
  readonly cond: (params: CondParams, args: readonly Tensor[]) => readonly Tensor[]
  readonly scan: (params: ScanParams, args: readonly Tensor[]) => readonly Tensor[]
}
