/** The closed vocabulary: every primitive, under its name. A primitive without one of its rules does not compile. */
import type { DType, Shape } from '../core/value.js'
import * as binary from './binary.js'
import { type CallParams, type CustomParams, call, custom } from './composite.js'
import { type CondParams, cond } from './cond.js'
import { type ContractParams, contract } from './contract.js'
import { type CumsumParams, cumprod, cumsum } from './cumulative.js'
import { type GatherParams, gather, type ScatterParams, scatterAdd } from './indexing.js'
import * as layout from './layout.js'
import * as logic from './logic.js'
import * as order from './order.js'
import * as parts from './parts.js'
import type { Multiple, Single } from './record.js'
import * as reduce from './reduce.js'
import { type ScanParams, scan } from './scan.js'
import { convert, named, select, stopGradient } from './select.js'
import { type IotaParams, iota, threefry } from './source.js'
import { type TapParams, tap } from './tap.js'
import * as unary from './unary.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Plain =
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
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'atan2'
  | 'remainder'
  | 'maskedMul'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'and'
  | 'or'
  | 'xor'
  | 'not'
  | 'shiftLeft'
  | 'shiftRight'
  | 'select'
  | 'threefry'
  | 'stopGradient'

/** What parametrises each primitive that has one result. */
export interface SingleParams extends Readonly<Record<Plain, null>> {
  readonly polygamma: number
  readonly integerPow: number
  readonly convert: DType
  readonly sum: readonly number[]
  readonly max: readonly number[]
  readonly min: readonly number[]
  readonly prod: readonly number[]
  readonly argmax: number
  readonly argmin: number
  readonly argsort: number
  readonly broadcast: layout.BroadcastParams
  readonly reshape: Shape
  readonly permute: readonly number[]
  readonly flip: readonly number[]
  readonly slice: parts.SliceParams
  readonly pad: parts.PadParams
  readonly concatenate: number
  readonly gather: GatherParams
  readonly scatterAdd: ScatterParams
  readonly contract: ContractParams
  readonly cumsum: CumsumParams
  readonly cumprod: number
  readonly iota: IotaParams
  readonly named: string
  readonly tap: TapParams
}

/** What parametrises each primitive that has a list of results. */
export interface MultipleParams {
  readonly call: CallParams
  readonly custom: CustomParams
  readonly cond: CondParams
  readonly scan: ScanParams
}

/** The name of a primitive. */
export type PrimitiveName = keyof Table

/** The table's type: total over both. */
export type Table = { readonly [K in keyof SingleParams]: Single<SingleParams[K]> } & {
  readonly [K in keyof MultipleParams]: Multiple<MultipleParams[K]>
}

// -------------------------------------------------------------------------------------------------------------- running

/** Every primitive. */
export const table: Table = {
  neg: unary.neg,
  exp: unary.exp,
  log: unary.log,
  expm1: unary.expm1,
  log1p: unary.log1p,
  sin: unary.sin,
  cos: unary.cos,
  tan: unary.tan,
  asin: unary.asin,
  acos: unary.acos,
  atan: unary.atan,
  sinh: unary.sinh,
  cosh: unary.cosh,
  tanh: unary.tanh,
  asinh: unary.asinh,
  acosh: unary.acosh,
  atanh: unary.atanh,
  sqrt: unary.sqrt,
  abs: unary.abs,
  sign: unary.sign,
  floor: unary.floor,
  ceil: unary.ceil,
  round: unary.round,
  erf: unary.erf_,
  erfc: unary.erfc_,
  lgamma: unary.lgamma_,
  digamma: unary.digamma_,
  polygamma: unary.polygamma_,
  isNaN: unary.isNaN_,
  isFinite: unary.isFinite_,
  add: binary.add,
  sub: binary.sub,
  mul: binary.mul,
  div: binary.div,
  pow: binary.pow,
  integerPow: binary.integerPow,
  maximum: binary.maximum,
  minimum: binary.minimum,
  atan2: binary.atan2,
  remainder: binary.remainder_,
  maskedMul: binary.maskedMul,
  equal: logic.equal,
  notEqual: logic.notEqual,
  less: logic.less,
  lessEqual: logic.lessEqual,
  and: logic.and,
  or: logic.or,
  xor: logic.xor,
  not: logic.not,
  shiftLeft: logic.shiftLeft,
  shiftRight: logic.shiftRight,
  select,
  convert,
  sum: reduce.sum,
  max: reduce.max,
  min: reduce.min,
  prod: reduce.prod,
  argmax: order.argmax,
  argmin: order.argmin,
  argsort: order.argsort,
  broadcast: layout.broadcast,
  reshape: layout.reshape,
  permute: layout.permute,
  flip: layout.flip,
  slice: parts.slice,
  pad: parts.pad,
  concatenate: parts.concatenate,
  gather,
  scatterAdd,
  contract,
  cumsum,
  cumprod,
  iota,
  threefry,
  stopGradient,
  named,
  tap,
  call,
  custom,
  cond,
  scan,
}
