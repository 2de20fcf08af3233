/** Every kind of operation once, by its signature alone: these tests hold the signatures, not the functions behind them. */
import type * as Ops from '../../../src/ops/signatures.js'

export declare const add: Ops.Binary<'add'>
export declare const sub: Ops.Binary<'sub'>
export declare const mul: Ops.Binary<'mul'>
export declare const div: Ops.Binary<'div'>
export declare const pow: Ops.Binary<'pow'>
export declare const exp: Ops.Unary<'exp'>
export declare const log: Ops.Unary<'log'>
export declare const tanh: Ops.Unary<'tanh'>
export declare const relu: Ops.Unary<'relu'>
export declare const square: Ops.Unary<'square'>
export declare const leakyRelu: Ops.UnaryWith<'leakyRelu', { readonly alpha?: number }>
export declare const clip: Ops.UnaryWith<'clip', { readonly min?: number; readonly max?: number }>
export declare const isNaN: Ops.UnaryPredicate<'isNaN'>
export declare const less: Ops.Comparison<'less'>
export declare const and: Ops.Logic<'and'>
export declare const not: Ops.LogicUnary<'not'>
export declare const where: Ops.Where
export declare const convert: Ops.Convert
export declare const sum: Ops.Reduction<'sum'>
export declare const mean: Ops.Reduction<'mean'>
export declare const logSumExp: Ops.Reduction<'logSumExp'>
export declare const any: Ops.Reduction<'any', 'bool'>
export declare const argmax: Ops.ArgReduction<'argmax'>
export declare const softmax: Ops.Along<'softmax'>
export declare const logSoftmax: Ops.Along<'logSoftmax'>
export declare const cumsum: Ops.Along<'cumsum'>
export declare const argsort: Ops.Along<'argsort', object, 'i32'>
export declare const flip: Ops.Along<'flip'>
export declare const roll: Ops.AlongWith<'roll', { readonly shift: number }>
export declare const topK: Ops.TopK
export declare const matmul: Ops.MatMulOp
export declare const dot: Ops.Dot
export declare const outer: Ops.Outer
export declare const einsum: Ops.Einsum
export declare const reshape: Ops.Reshape
export declare const broadcastTo: Ops.BroadcastToOp
export declare const transpose: Ops.Transpose
export declare const expandDims: Ops.ExpandDimsOp
export declare const squeeze: Ops.SqueezeOp
export declare const concat: Ops.ConcatOp
export declare const stack: Ops.StackOp
export declare const slice: Ops.Slice
export declare const pad: Ops.Pad
export declare const tile: Ops.Tile
export declare const take: Ops.Take
export declare const takeAlongAxis: Ops.TakeAlongAxis
export declare const oneHot: Ops.OneHot
export declare const zeros: Ops.Filled
export declare const ones: Ops.Filled
export declare const zerosLike: Ops.FilledLike
export declare const full: Ops.Full
export declare const arange: Ops.Arange
export declare const linspace: Ops.Linspace
export declare const eye: Ops.Eye
export declare const tensor: Ops.FromNested
export declare const scalar: Ops.FromScalar
export declare const fromTypedArray: Ops.FromTypedArray
export declare const item: Ops.Item
export declare const toArray: Ops.ToArray
export declare const toTypedArray: Ops.ToTypedArray
