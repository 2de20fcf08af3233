/** A part of a nest: which rounds of its loops a thread runs. */
import type { Loop } from '../../core/nest.js'
import type { Split } from '../split.js'
import type { Code, Local } from './code.js'
import type { Path } from './path.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Some units of a nest: those from one on and before another, at least one. */
export interface Part {
  readonly split: Split
  readonly from: Local
  readonly to: Local
}

/** How a nest, or a part of it, is run through. */
export interface Rounds {
  /** Puts a path's pointer where its first round begins. */
  readonly start: (path: Path) => void
  /** Holds how many rounds, or tiles, of a loop are run; null: all. */
  readonly of: (loop: Loop) => Local | null
  /** Runs what is left of a loop when its whole tiles have been run: whoever has the last of them does that. */
  readonly rest: (loop: Loop, inside: () => void) => void
}

// -------------------------------------------------------------------------------------------------------------- running

/** The rounds of a part; null: the whole nest. */
export const roundsIn = (code: Code, part: Part | null): Rounds => {
  const loop = part?.split.loop
  const units = part === null ? null : code.local('i32')
  const isLast = part === null ? null : code.local('i32')
  if (part !== null) {
    code.get(part.to)
    code.get(part.from)
    code.op('i32.sub')
    code.set(units as Local)
    code.get(part.to)
    code.i32(part.split.units)
    code.op('i32.eq')
    code.set(isLast as Local)
  }
  return {
    start: (path) => {
      const unit = part === null ? 0 : (path.steps.get(part.split.loop) ?? 0) * part.split.step
      if (path.lowest === 0 && unit === 0) return
      const pointer = code.local('i32')
      code.get(path.base)
      if (path.lowest !== 0) {
        code.i32(path.lowest)
        code.op('i32.add')
      }
      if (part !== null && unit !== 0) {
        code.get(part.from)
        code.i32(unit)
        code.op('i32.mul')
        code.op('i32.add')
      }
      code.set(pointer)
      path.pointer = pointer
    },
    of: (l) => (l === loop ? units : null),
    rest: (l, inside) => {
      if (l !== loop) return inside()
      code.get(isLast as Local)
      code.if(inside)
    },
  }
}
