/** Elements read and written: one, or as many as a register holds, side by side or apart. */
import type { DType } from '../../core/value.js'
import type { VectorLength } from '../machine.js'
import type { Code, Local } from './code.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Where the first element lies, and how far apart the others: in elements, 0 for the same. */
export interface Access {
  readonly vl: VectorLength
  readonly dtype: DType
  readonly pointer: Local
  /** Bytes from the pointer. */
  readonly offset: number
  readonly stride: number
  /** Elements added for each lane: i32, or as many as there are lanes. */
  readonly plus: Local | null
}

/** A value, and whether it is put in place of what is there or added to it. */
export interface Writing extends Access {
  readonly value: Local
  readonly mode: 'set' | 'add'
}

const BYTES = { f64: 8, f32: 4, i32: 4, bool: 1 } as const

// -------------------------------------------------------------------------------------------------------------- reading

/** A truth value of a byte as a mask. */
const asMask = (code: Code, word: () => void): void => {
  code.i32(0)
  word()
  code.op('i32.sub')
}

/** The address of one lane's element. */
const address = (code: Code, a: Access, lane: number): void => {
  code.get(a.pointer)
  if (a.plus === null) return
  code.get(a.plus)
  if (a.vl > 1) code.lane('i32x4.extract_lane', lane)
  if (BYTES[a.dtype] > 1) {
    code.i32(Math.log2(BYTES[a.dtype]))
    code.op('i32.shl')
  }
  code.op('i32.add')
}

const offsetOf = (a: Access, lane: number): number => a.offset + lane * a.stride * BYTES[a.dtype]

/** One element as a scalar. */
const scalar = (code: Code, a: Access, lane: number): void => {
  const offset = offsetOf(a, lane)
  if (a.dtype === 'bool') {
    asMask(code, () => {
      address(code, a, lane)
      code.memory('i32.load8_u', { offset })
    })
    return
  }
  address(code, a, lane)
  code.memory(`${a.dtype}.load`, { offset, align: BYTES[a.dtype] })
}

/** Elements one by one into a vector. */
const gathered = (code: Code, a: Access): void => {
  // negative strides: the offset of a later lane may lie below 0
  const back = a.stride < 0 ? offsetOf(a, a.vl - 1) : 0
  if (back < 0) throw new Error('an access that reaches below its pointer')
  const shape = a.dtype === 'f64' ? 'f64x2' : a.dtype === 'f32' ? 'f32x4' : 'i32x4'
  scalar(code, a, 0)
  code.op(`${shape}.splat`)
  for (let lane = 1; lane < a.vl; lane++) {
    scalar(code, a, lane)
    code.lane(`${shape}.replace_lane`, lane)
  }
}

/** Pushes what an access reads: a scalar where `vl` is 1, else a vector. */
export const pushLoad = (code: Code, a: Access): void => {
  if (a.vl === 1) {
    scalar(code, a, 0)
    return
  }
  if (a.plus !== null) {
    gathered(code, a)
    return
  }
  if (a.stride === 0 && a.dtype !== 'bool') {
    code.get(a.pointer)
    code.memory(a.dtype === 'f64' ? 'v128.load64_splat' : 'v128.load32_splat', {
      offset: a.offset,
      align: BYTES[a.dtype],
    })
    return
  }
  if (a.stride === 0) {
    scalar(code, a, 0)
    code.op('i32x4.splat')
    return
  }
  if (a.stride !== 1 || a.dtype === 'bool') {
    gathered(code, a)
    return
  }
  code.get(a.pointer)
  const wide = a.dtype === 'f64' || a.vl === 4
  code.memory(wide ? 'v128.load' : 'v128.load64_zero', { offset: a.offset, align: BYTES[a.dtype] })
}

// -------------------------------------------------------------------------------------------------------------- writing

/** One lane of a value, as a scalar. */
const extracted = (code: Code, w: Writing, lane: number): void => {
  code.get(w.value)
  if (w.vl > 1)
    code.lane(
      w.dtype === 'f64' ? 'f64x2.extract_lane' : w.dtype === 'f32' ? 'f32x4.extract_lane' : 'i32x4.extract_lane',
      lane,
    )
  if (w.dtype === 'bool') {
    code.i32(1)
    code.op('i32.and')
  }
}

/** Writes a value. */
export const pushStore = (code: Code, w: Writing): void => {
  if (w.vl > 1 && w.stride === 1 && w.plus === null && w.dtype !== 'bool' && w.mode === 'set') {
    code.get(w.pointer)
    code.get(w.value)
    if (w.dtype === 'f64' || w.vl === 4) code.memory('v128.store', { offset: w.offset, align: BYTES[w.dtype] })
    else code.memoryLane('v128.store64_lane', 0, { offset: w.offset, align: BYTES[w.dtype] })
    return
  }
  for (let lane = 0; lane < w.vl; lane++) {
    const offset = offsetOf(w, lane)
    address(code, w, lane)
    extracted(code, w, lane)
    if (w.mode === 'add') {
      address(code, w, lane)
      code.memory(`${w.dtype === 'bool' ? 'i32' : w.dtype}.load`, { offset, align: BYTES[w.dtype] })
      code.op(`${w.dtype === 'bool' ? 'i32' : w.dtype}.add`)
    }
    if (w.dtype === 'bool') code.memory('i32.store8', { offset })
    else code.memory(`${w.dtype}.store`, { offset, align: BYTES[w.dtype] })
  }
}
