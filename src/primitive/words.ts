/** The words of a builder, made from the one function that applies a primitive. */
import type { DType, Shape, Tensor } from '../core/value.js'
import { cast, isUniform, uniform } from '../tensor/concrete.js'
import { isIdentity, sameShape } from '../tensor/shape.js'
import type { BinaryName, Builder, Operand, ReductionName, UnaryName } from './builder.js'
import type { AnySingle } from './record.js'
import { table } from './table.js'

const UNARY: readonly UnaryName[] = [
  'neg',
  'exp',
  'log',
  'expm1',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'sqrt',
  'abs',
  'sign',
  'floor',
  'ceil',
  'round',
  'erf',
  'erfc',
  'lgamma',
  'digamma',
  'isNaN',
  'isFinite',
  'not',
  'stopGradient',
]
const BINARY: readonly BinaryName[] = [
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'atan2',
  'remainder',
  'equal',
  'notEqual',
  'less',
  'lessEqual',
  'and',
  'or',
  'xor',
  'shiftLeft',
  'shiftRight',
  'maskedMul',
]
const REDUCTION: readonly ReductionName[] = ['sum', 'max', 'min', 'prod']

const full = (shape: Shape, dtype: DType, value: number): Tensor => uniform(shape, dtype, cast(dtype, value))
const like = (x: { readonly shape: Shape; readonly dtype: DType; readonly weak?: boolean }, value: number): Tensor =>
  uniform(x.shape, x.dtype, cast(x.dtype, value), x.weak === true)

const record = <K extends string, V>(keys: readonly K[], f: (key: K) => V): { readonly [P in K]: V } =>
  Object.fromEntries(keys.map((k) => [k, f(k)])) as { readonly [P in K]: V }

/** The words over an `apply` (on concrete values it computes, on symbolic ones it makes an expression). */
export const words = (apply: Builder['apply'], applyMany: Builder['applyMany']): Builder => {
  const NONE: readonly number[] = []
  const binary =
    (p: AnySingle) =>
    (x: Operand, y: Operand): Tensor => {
      if (typeof x === 'number') return apply(p, null, [like(y as Tensor, x), y as Tensor])
      return apply(p, null, [x, typeof y === 'number' ? like(x, y) : y])
    }
  const times = (p: AnySingle) => {
    const general = binary(p)
    return (x: Operand, y: Operand): Tensor => {
      // 1 · x = x holds for every x, also as IEEE numbers: the seed of a pullback costs nothing
      if (typeof y !== 'number' && (x === 1 || (typeof x !== 'number' && isUniform(x, 1)))) return y
      if (typeof x !== 'number' && (y === 1 || (typeof y !== 'number' && isUniform(y, 1)))) return x
      return general(x, y)
    }
  }
  const add = binary(table.add)
  const axesWord =
    (p: AnySingle) =>
    (x: Tensor, axes: readonly number[]): Tensor =>
      axes.length === 0 ? x : apply(p, axes, [x])
  const broadcast = (x: Tensor, shape: Shape, dims: readonly number[]): Tensor =>
    sameShape(x.shape, shape) ? x : apply(table.broadcast, { shape, dims }, [x])
  return {
    apply,
    applyMany,
    full,
    like,
    ...record(UNARY, (name) => (x: Tensor) => apply(table[name], null, [x])),
    ...record(BINARY, (name) => binary(table[name])),
    ...record(REDUCTION, (name) => axesWord(table[name])),
    add,
    mul: times(table.mul),
    maskedMul: times(table.maskedMul),
    plus: (x, y) => (x === null ? y : y === null ? x : add(x, y)),
    align: (x, batched, n) =>
      batched ? x : apply(table.broadcast, { shape: [n, ...x.shape], dims: x.shape.map((_, i) => i + 1) }, [x]),
    integerPow: (x, exponent) => (exponent === 1 ? x : apply(table.integerPow, exponent, [x])),
    polygamma: (x, order) => apply(table.polygamma, order, [x]),
    select: (condition, x, y) => {
      const shaped = (typeof x === 'number' ? y : x) as Tensor
      return apply(table.select, null, [
        condition,
        typeof x === 'number' ? like(shaped, x) : x,
        typeof y === 'number' ? like(shaped, y) : y,
      ])
    },
    convert: (x, dtype) => (x.dtype === dtype ? x : apply(table.convert, dtype, [x])),
    broadcast,
    reshape: (x, shape) => (sameShape(x.shape, shape) ? x : apply(table.reshape, shape, [x])),
    permute: (x, permutation) => (isIdentity(permutation) ? x : apply(table.permute, permutation, [x])),
    slice: (x, params) => apply(table.slice, params, [x]),
    pad: (x, params) => apply(table.pad, params, [x]),
    concatenate: (xs, axis) => (xs.length === 1 ? (xs[0] as Tensor) : apply(table.concatenate, axis, xs)),
    flip: (x, axes) => (axes.length === 0 ? x : apply(table.flip, axes, [x])),
    gather: (x, indices, batch) => apply(table.gather, { batch }, [x, indices]),
    scatterAdd: (x, indices, batch, size) => apply(table.scatterAdd, { batch, size }, [x, indices]),
    contract: (x, y, params) => apply(table.contract, params, [x, y]),
    cumsum: (x, axis, reverse) => apply(table.cumsum, { axis, reverse }, [x]),
    cumprod: (x, axis) => apply(table.cumprod, axis, [x]),
    argsort: (x, axis) => apply(table.argsort, axis, [x]),
    argmax: (x, axis) => apply(table.argmax, axis, [x]),
    argmin: (x, axis) => apply(table.argmin, axis, [x]),
    iota: (shape, dtype, axis) => apply(table.iota, { shape, dtype, axis }, NONE as readonly never[]),
    threefry: (key, counter) => apply(table.threefry, null, [key, counter]),
    named: (x, label) => apply(table.named, label, [x]),
    tap: (x, params) => apply(table.tap, params, [x]),
    call: (params, args) => applyMany(table.call, params, args),
    custom: (params, args) => applyMany(table.custom, params, args),
    cond: (params, args) => applyMany(table.cond, params, args),
    scan: (params, args) => applyMany(table.scan, params, args),
  }
}
