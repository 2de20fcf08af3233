/** Partial folds in the lanes of a register, joined. */
import { constant, type Lane } from '../../core/lane.js'
import type { Fold } from '../../core/nest.js'
import type { VectorLength } from '../machine.js'
import type { Code, Local } from './code.js'
import type { Plain } from './opcode.js'

/** The joining operation of a fold, on scalars or on vectors. */
export const joinOf = (f: Fold, vl: VectorLength): Plain => {
  const type = f.types[0] as 'f32' | 'f64' | 'i32'
  const op = (f.join as NonNullable<Fold['join']>).op
  if (vl > 1) {
    const shape = type === 'f64' ? 'f64x2' : type === 'f32' ? 'f32x4' : 'i32x4'
    return (type === 'i32' && (op === 'min' || op === 'max') ? `${shape}.${op}_s` : `${shape}.${op}`) as Plain
  }
  return `${type}.${op}` as Plain
}

/** What a fold may begin with in every lane. */
export const neutral = (f: Fold): Lane => {
  const type = f.types[0] as Lane['type']
  const low = type === 'i32' ? -2147483648 : -Infinity
  const high = type === 'i32' ? 2147483647 : Infinity
  const { op } = f.join as NonNullable<Fold['join']>
  return constant(type, op === 'add' ? 0 : op === 'mul' ? 1 : op === 'max' ? low : high)
}

/** Bytes of a register, so many on. */
const rotated: readonly (readonly number[])[] = Array.from({ length: 16 }, (_, by) =>
  Array.from({ length: 16 }, (_, k) => (k + by) % 16),
)

/** Pushes the join of a register's lanes, as a scalar. */
export const joinLanes = (code: Code, f: Fold, local: Local, vl: VectorLength): void => {
  const type = f.types[0] as Lane['type']
  const bytes = type === 'f64' ? 8 : 4
  const op = joinOf(f, vl)
  for (let apart = vl / 2; apart >= 1; apart /= 2) {
    code.get(local)
    code.get(local)
    code.get(local)
    code.shuffle(rotated[apart * bytes] as readonly number[])
    code.op(op)
    code.set(local)
  }
  code.get(local)
  code.lane(type === 'f64' ? 'f64x2.extract_lane' : type === 'f32' ? 'f32x4.extract_lane' : 'i32x4.extract_lane', 0)
}
