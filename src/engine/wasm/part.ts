/** A part of a nest: which rounds of its loops a thread runs. */
import type { Loop } from '../../core/nest.js'
import type { Split } from '../split.js'
import { choose } from './choose.js'
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
  /** Puts a loop's own pointers where its first round begins. */
  readonly enter: (loop: Loop) => void
  /** Holds how many rounds, or tiles, of a loop are run; null: all. */
  readonly of: (loop: Loop) => Local | null
  /** What is done in each round of a loop. */
  readonly each: (loop: Loop, inside: () => void) => void
  /** Runs what is left of a loop when its whole tiles have been run: whoever has the last of them does that. */
  readonly rest: (loop: Loop, inside: () => void) => void
}

/** The units of a loop that are run: the first one, how many, and whether the last of all is among them. */
interface Range {
  readonly first: Local
  readonly count: Local
  readonly hasLast: Local
}

// -------------------------------------------------------------------------------------------------------------- running

const whole: Rounds = {
  enter: () => undefined,
  of: () => null,
  each: (_, inside) => inside(),
  rest: (_, inside) => inside(),
}

const newRange = (code: Code): Range => ({
  first: code.local('i32'),
  count: code.local('i32'),
  hasLast: code.local('i32'),
})

/** Sets a range from the two units on the stack between which it lies. */
const setRange = (code: Code, { first, count, hasLast }: Range, units: number): void => {
  code.tee(count)
  code.i32(units)
  code.op('i32.eq')
  code.set(hasLast)
  code.set(first)
  code.get(count)
  code.get(first)
  code.op('i32.sub')
  code.set(count)
}

/** The rounds of a part; null: of the whole nest. */
export const roundsIn = (code: Code, part: Part | null, paths: readonly Path[]): Rounds => {
  if (part === null) return whole
  const { split, from, to } = part
  const { inner } = split
  const outerRange = newRange(code)
  const innerRange = inner === null ? null : newRange(code)
  /** The round of the outer loop, where an inner one is cut too. */
  const round = code.local('i32')
  const divided = (by: number): void => {
    code.i32(by)
    code.op('i32.div_u')
  }
  code.get(from)
  if (inner !== null) {
    divided(inner.units)
    code.tee(round)
  }
  code.get(to)
  if (inner !== null) {
    code.i32(inner.units - 1)
    code.op('i32.add')
    divided(inner.units)
  }
  setRange(code, outerRange, inner === null ? split.units : split.units / inner.units)
  const rangeOf = (loop: Loop): Range | null =>
    loop === split.loop ? outerRange : loop === inner?.loop ? innerRange : null
  return {
    enter: (loop) => {
      const range = rangeOf(loop)
      if (range === null) return
      const { step } = loop === split.loop ? split : (inner as NonNullable<typeof inner>)
      for (const path of paths) {
        const bytes = (path.steps.get(loop) ?? 0) * step
        if (bytes === 0) continue
        code.get(path.pointer)
        code.get(range.first)
        code.i32(bytes)
        code.op('i32.mul')
        code.op('i32.add')
        code.set(path.pointer)
      }
    },
    of: (loop) => rangeOf(loop)?.count ?? null,
    each: (loop, inside) => {
      if (loop !== split.loop || inner === null || innerRange === null) return inside()
      // of the first round only the units from one on, of the last only those before another
      const within = (bound: Local) => (): void => {
        code.get(bound)
        code.get(round)
        code.i32(inner.units)
        code.op('i32.mul')
        code.op('i32.sub')
      }
      choose(code, within(from), () => code.i32(0), 'i32.gt_s')
      choose(code, within(to), () => code.i32(inner.units), 'i32.lt_s')
      setRange(code, innerRange, inner.units)
      inside()
      code.get(round)
      code.i32(1)
      code.op('i32.add')
      code.set(round)
    },
    rest: (loop, inside) => {
      const range = rangeOf(loop)
      if (range === null) return inside()
      code.get(range.hasLast)
      code.if(inside)
    },
  }
}
