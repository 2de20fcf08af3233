/** Constant lanes as WebAssembly constants. */
import type { Lane, LaneType } from '../../core/lane.js'
import type { VectorLength } from '../machine.js'
import type { Code } from './code.js'
import type { ValueType } from './opcode.js'

// ---------------------------------------------------------------------------------------------------------- combinators

/** What a lane is on the stack. */
export const stackType = (type: LaneType, vl: VectorLength): ValueType =>
  vl > 1 ? 'v128' : type === 'm32' || type === 'm64' ? 'i32' : type

/** The bits of a constant lane, as one unsigned integer of its width. */
export const bitsOf = (lane: Lane): bigint => {
  const width = lane.type.endsWith('64') ? 64 : 32
  if (lane.op === 'constantBits') return BigInt.asUintN(width, lane.data as bigint)
  const value = lane.data as number
  const view = new DataView(new ArrayBuffer(8))
  switch (lane.type) {
    case 'f32':
      view.setFloat32(0, value)
      return BigInt(view.getUint32(0))
    case 'f64':
      view.setFloat64(0, value)
      return view.getBigUint64(0)
    case 'm32':
    case 'm64':
      return value === 0 ? 0n : BigInt.asUintN(width, -1n)
    default:
      return BigInt.asUintN(width, BigInt(value))
  }
}

/** Constants of equal keys are equal, to the bit. */
export const constantKey = ({ op, type, data }: Lane): string =>
  op === 'constantBits' ? `${type}:${data}` : `${type} ${Object.is(data, -0) ? '-0' : data}`

/** Whether all bits of a constant are seen to be 0. */
export const isNothing = ({ op, type, data }: Lane): boolean =>
  op === 'constantBits' ? data === 0n : op === 'constant' && (type.startsWith('f') ? Object.is(data, 0) : data === 0)

const ZEROS = new Uint8Array(16)

/** The bits of a constant in every lane of a vector. */
const vectorOf = (lane: Lane): Uint8Array => {
  if (isNothing(lane)) return ZEROS
  const view = new DataView(new ArrayBuffer(16))
  if (lane.op === 'constant' && lane.type === 'f32') {
    for (let at = 0; at < 16; at += 4) view.setFloat32(at, lane.data as number, true)
    return new Uint8Array(view.buffer)
  }
  const value = bitsOf(lane)
  const wide = lane.type.endsWith('64')
  for (let at = 0; at < 16; at += wide ? 8 : 4) {
    if (wide) view.setBigUint64(at, value, true)
    else view.setUint32(at, Number(value), true)
  }
  return new Uint8Array(view.buffer)
}

// -------------------------------------------------------------------------------------------------------------- running

/** Pushes a constant lane. */
export const pushConstant = (code: Code, lane: Lane, vl: VectorLength): void => {
  const byBits = lane.op === 'constantBits'
  if (vl > 1) {
    code.v128(vectorOf(lane))
    return
  }
  if (!byBits && lane.type === 'f32') {
    code.f32(lane.data as number)
    return
  }
  if (!byBits && lane.type === 'f64') {
    code.f64(lane.data as number)
    return
  }
  const value = bitsOf(lane)
  if (lane.type === 'f32') {
    code.i32(Number(value) | 0)
    code.op('f32.reinterpret_i32')
  } else if (lane.type === 'f64') {
    code.i64(value)
    code.op('f64.reinterpret_i64')
  } else if (lane.type === 'i64') code.i64(value)
  else if (lane.type === 'i32') code.i32(Number(value) | 0)
  else code.i32(value === 0n ? 0 : -1)
}
