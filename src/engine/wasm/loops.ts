/** Loops of a nest: counters, and pointers that move along. */
import type { Loop } from '../../core/nest.js'
import type { Code, Local } from './code.js'
import type { Path } from './path.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What loops are written with. */
export interface LoopSite {
  /** The function that is being written. */
  readonly code: () => Code
  /** All ways of moving through memory. */
  readonly paths: readonly Path[]
  readonly vector: Loop | null
  /** Rounds of an unrolled loop that are written one after the other. */
  readonly several: number
}

/** Ways to write loops. */
export interface Loops {
  /**
   * Runs what is inside for `times` rounds of a loop, `step` at a time; pointers move along. Where `rounds` is given it
   * holds how many of them are run, at least one.
   */
  readonly looped: (loop: Loop, times: number, step: number, inside: () => void, rounds?: Local | null) => void
  /** A loop's own pointers: copies, so that those outside stay where they are. */
  readonly within: (loop: Loop, inside: () => void) => void
  /**
   * All rounds of a loop, several written one after the other: less time goes into counting them. Between them stand exits
   * that are never taken. They keep V8 from loading for all of the rounds first, for which there are not the registers.
   */
  readonly unrolled: (loop: Loop, step: () => void) => void
  /** What is inside, as it is so many rounds later, while the pointers stand where they are. */
  readonly later: (loop: Loop, rounds: number, inside: () => void) => void
  /** Bytes from where a path's pointer stands to where it would stand in the round that is being written. */
  readonly onward: (path: Path) => number
}

// -------------------------------------------------------------------------------------------------------------- running

/** The loops of a nest. */
export const loopsIn = ({ code, paths, vector, several }: LoopSite): Loops => {
  const moved = new Map<Loop, readonly Path[]>()
  const movedBy = (loop: Loop): readonly Path[] => {
    const known = moved.get(loop)
    if (known !== undefined) return known
    const made = paths.filter((p) => (p.steps.get(loop) ?? 0) !== 0)
    moved.set(loop, made)
    return made
  }
  const looped: Loops['looped'] = (loop, times, step, inside, rounds = null) => {
    if (times <= 0) return
    const c = code()
    const moving = movedBy(loop)
    if (times === 1 && rounds === null) {
      inside()
      advance(moving, loop, step)
      return
    }
    const counter = c.local('i32')
    if (rounds === null) c.i32(times)
    else c.get(rounds)
    c.set(counter)
    c.loop((again) => {
      inside()
      advance(moving, loop, step)
      c.get(counter)
      c.i32(1)
      c.op('i32.sub')
      c.tee(counter)
      c.brIf(again)
    })
  }
  const advance = (moving: readonly Path[], loop: Loop, step: number): void => {
    const c = code()
    for (const p of moving) {
      c.get(p.pointer)
      c.i32((p.steps.get(loop) as number) * step)
      c.op('i32.add')
      c.set(p.pointer)
    }
  }
  const within = (loop: Loop, inside: () => void): void => {
    const c = code()
    const moving = movedBy(loop)
    const before = moving.map((p) => p.pointer)
    c.scope(() => {
      for (const p of moving) {
        const own = c.local('i32')
        c.get(p.pointer)
        c.set(own)
        p.pointer = own
      }
      inside()
    })
    moving.forEach((p, k) => {
      p.pointer = before[k] as Local
    })
  }

  /** The round of an unrolled fold that is being written: how far it is ahead of the pointers. */
  let ahead: { readonly loop: Loop; readonly rounds: number } | null = null
  const onward = (path: Path): number =>
    ahead === null || isSpread(path) ? 0 : (path.steps.get(ahead.loop) ?? 0) * ahead.rounds
  /** Whether one element is read for all of a vector: V8 adds the bytes of such an instruction up in one of its own. */
  const isSpread = (path: Path): boolean => vector !== null && (path.steps.get(vector) ?? 0) === 0
  const unrolled = (loop: Loop, step: () => void): void => {
    const c = code()
    const times = Math.floor(loop.size / several)
    const moving = movedBy(loop)
    const counter = c.local('i32')
    c.i32(times)
    c.set(counter)
    c.block((exit) =>
      c.loop((again) => {
        for (let rounds = 0; rounds < several; rounds++) {
          if (rounds > 0) {
            c.get(counter)
            c.i32(-rounds)
            c.op('i32.eq')
            c.brIf(exit)
          }
          ahead = { loop, rounds }
          step()
          advance(moving.filter(isSpread), loop, 1)
        }
        ahead = null
        advance(
          moving.filter((p) => !isSpread(p)),
          loop,
          several,
        )
        c.get(counter)
        c.i32(1)
        c.op('i32.sub')
        c.tee(counter)
        c.brIf(again)
      }),
    )
    looped(loop, loop.size - times * several, 1, step)
  }
  const later = (loop: Loop, rounds: number, inside: () => void): void => {
    ahead = { loop, rounds }
    inside()
    ahead = null
  }
  return { looped, within, unrolled, later, onward }
}
