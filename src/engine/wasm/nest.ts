/**
 * A loop nest as WebAssembly.
 *
 * Outer loops run in order, then the unrolled one in tiles of rows, then the vector one in tiles of vectors (whole tiles,
 * single vectors, single elements), and inside a tile the folds. Addresses are pointers that loops advance: one for each
 * way of moving through memory, however many accesses move that way; what is constant stands in the instruction.
 */
import type { Lane } from '../../core/lane.js'
import type { Fold, Index, Loop, Memory, Nest } from '../../core/nest.js'
import { type Body, bodiesOf, isIndex, isLoad } from '../body.js'
import { simd128, type VectorLength } from '../machine.js'
import { surveyOf } from '../survey.js'
import { piecesOf, type Tiling, tilingOf } from '../tile.js'
import type { Local } from './code.js'
import { pushConstant, stackType } from './constant.js'
import { joinLanes, joinOf, neutral } from './join.js'
import { hoistConstants } from './lanes.js'
import { loopsIn } from './loops.js'
import { type Part, roundsIn } from './part.js'
import { type Emitter, pathsOf } from './path.js'
import { type Bound, type Constants, valuesIn } from './values.js'

// -------------------------------------------------------------------------------------------------------------- running

/** Rounds of nests whose tiles are functions of their own. */
const LARGE = 2 ** 16

/** Steps of a tile that take so much longer than a call that it is not felt. */
const WORTH_A_CALL = 512

/**
 * Rounds of a fold that are written one after the other, as measured: fewer where the rows of a tile lie side by side, which
 * V8 has an instruction more for.
 */
const unrolledTimes = (nest: Nest, { vector, unrolled }: Tiling): number => {
  const isPacked = surveyOf(nest).inner.loads.some(
    ({ index }) =>
      unrolled !== null && index.terms.get(unrolled) === 1 && (vector === null || !index.terms.has(vector)),
  )
  return isPacked ? 2 : 4
}

const roundsOf = (nest: Nest): number => [...nest.loops, ...nest.folded].reduce((n, l) => n * l.size, 1)

/** What folds carry: locals, and the lanes that read them. */
interface Carried {
  readonly bound: Bound
  readonly locals: readonly Local[]
}

/** Writes a nest, or a part of it. */
export const emitNest = (emitter: Emitter, nest: Nest, part: Part | null = null): void => {
  if ([...nest.loops, ...nest.folded].some((l) => l.size === 0) && nest.folded.length === 0) return
  if (nest.loops.some((l) => l.size === 0)) return
  const tiling = tilingOf(nest, simd128)
  // another one while a tile is written as a function of its own
  let { code } = emitter
  const { vector, unrolled, side, across } = tiling
  const rowsLeft = unrolled === null ? 0 : unrolled.size % tiling.rows
  const { of: tileBody, all: bodies, carried: carriedLane, reads } = bodiesOf(nest, tiling)
  // where a product and a sum are one instruction, it does not pay
  const several = emitter.relaxed ? 1 : unrolledTimes(nest, tiling)
  const isLarge = roundsOf(nest) >= LARGE
  const isEmpty = nest.folded.some((l) => l.size === 0)
  const folded = across ? [...nest.folded.filter((l) => l !== vector), vector as Loop] : nest.folded

  // every path has to be known before the first loop begins
  const paths = pathsOf(emitter.addressOf, tiling)
  const zero = code.local('i32')
  code.i32(0)
  code.set(zero)
  const indexMemory: Memory = { dtype: 'bool', size: 0, role: 'scratch' }
  const indexPaths = pathsOf(() => ({ base: zero, offset: 0 }), tiling)
  const indexPath = (index: Index) => indexPaths.of(indexMemory, index)

  const pieces = piecesOf(tiling)
  for (const rows of unrolled === null ? [1] : rowsLeft > 0 ? [tiling.rows, rowsLeft] : [tiling.rows])
    for (const { columns, vl } of pieces) {
      tileBody(rows, columns, vl)
      if (across) tileBody(rows, columns, tiling.vl)
    }
  for (const lane of reads()) {
    if (isLoad(lane)) paths.of(lane.data.memory, lane.data.index)
    if (isIndex(lane)) indexPath(lane.data.index)
  }
  for (const { traces, stores } of bodies()) for (const s of [...traces, ...stores]) paths.of(s.memory, s.index)

  const every = [...paths.all(), ...indexPaths.all()]
  for (const p of every)
    if (p.lowest !== 0) {
      const pointer = code.local('i32')
      code.get(p.base)
      code.i32(p.lowest)
      code.op('i32.add')
      code.set(pointer)
      p.pointer = pointer
    }
  const rounds = roundsIn(code, part, every)

  const {
    looped,
    within,
    unrolled: unrolledOver,
    later,
    onward,
  } = loopsIn({ code: () => code, paths: every, vector, several })
  /** Whether so much is computed in a tile that unrolling its innermost fold pays. */
  const isUnrolled = (loop: Loop, { tile }: Body): boolean =>
    several > 1 && loop.size >= 4 * several && tile.rows * tile.columns >= 8 && isLarge

  const { emit, emitStores } = valuesIn({ ...emitter, code: () => code, paths, indexPath, vector, onward })
  const outside = new Map<VectorLength, Constants>()

  /** Locals for what the copies of a body carry, and the lanes that read them. */
  const carriedBy = (body: Body, vl: VectorLength, start: (fold: Fold, which: number, nth: number) => void) => {
    const bound = new Map<Lane, readonly Local[]>()
    const locals: Local[] = []
    body.copies.forEach((_, c) => {
      for (const f of nest.folds)
        f.types.forEach((type, w) => {
          const local = code.local(stackType(type, vl))
          start(f, w, locals.length)
          code.set(local)
          locals.push(local)
          bound.set(carriedLane(f, w, c), [local])
        })
    })
    return { bound, locals }
  }
  const initial = (body: Body, constants: Constants) => {
    const inits = emit(body.init, body, new Map(), constants)
    return carriedBy(body, body.tile.vl, (_, __, n) => code.get((inits[n] as readonly Local[])[0] as Local))
  }
  /** One step of the folds. */
  const stepOf = (body: Body, carried: Carried, constants: Constants): void =>
    code.scope(() => {
      const next = emit(body.next, body, carried.bound, constants)
      carried.locals.forEach((local, n) => {
        code.get((next[n] as readonly Local[])[0] as Local)
        code.set(local)
      })
      emitStores(body.traces, body, carried.bound, constants)
    })
  const constantsFor = ({ next, traces, tile, hasConstants }: Body): Constants =>
    hasConstants ? hoistConstants(code, [...next, ...traces.map((s) => s.value)], tile.vl, 4) : new Map()

  /**
   * Large tiles are functions: their loops stand alone there, which V8 compiles better, and it compiles them with all it can
   * as soon as they have been called some times, in the first run of the program.
   */
  const emitTile = (body: Body): void => {
    const steps = nest.folded.reduce((n, l) => n * l.size, 1) * body.tile.rows * body.tile.columns * body.tile.vl
    if (nest.folds.length === 0 || !isLarge || steps < WORTH_A_CALL) {
      writeTile(body)
      return
    }
    const index = emitter.outline(every.length, (own, ...parameters) => {
      const around = code
      const before = every.map((p) => p.pointer)
      code = own
      every.forEach((p, k) => {
        p.pointer = parameters[k] as Local
      })
      writeTile(body)
      every.forEach((p, k) => {
        p.pointer = before[k] as Local
      })
      code = around
    })
    for (const p of every) code.get(p.pointer)
    code.call(index)
  }

  /** Folds inside a tile whose copies stand side by side. */
  const writeTile = (body: Body): void =>
    code.scope(() => {
      if (nest.folds.length === 0)
        return emitStores(body.stores, body, new Map(), outside.get(body.tile.vl) ?? new Map())
      const constants = constantsFor(body)
      const carried = initial(body, constants)
      const inner = (k: number): void => {
        const loop = folded[k]
        if (loop === undefined) stepOf(body, carried, constants)
        else
          within(loop, () => {
            const step = (): void => inner(k + 1)
            if (k === folded.length - 1 && isUnrolled(loop, body)) unrolledOver(loop, step)
            else looped(loop, loop.size, 1, step)
          })
      }
      if (!isEmpty) inner(0)
      emitStores(body.stores, body, carried.bound, constants)
    })

  /** Folds that run in vectors themselves: a partial fold in each lane, joined at the end. */
  const emitAcross = (rows: number, columns: number): void =>
    code.scope(() => {
      const wide = tileBody(rows, columns, tiling.vl)
      const narrow = tileBody(rows, columns, 1)
      const constants = constantsFor(wide)
      const partial = Array.from({ length: tiling.apart }, () =>
        carriedBy(wide, tiling.vl, (f) => pushConstant(code, neutral(f), tiling.vl)),
      )
      const whole = initial(narrow, new Map())
      const inner = (k: number): void => {
        const loop = folded[k] as Loop
        within(loop, () => {
          if (loop !== vector) return looped(loop, loop.size, 1, () => inner(k + 1))
          const { vl, apart } = tiling
          const times = Math.floor(loop.size / vl)
          const far = Math.floor(times / apart)
          looped(loop, far, apart * vl, () =>
            partial.forEach((sums, n) => {
              later(loop, n * vl, () => stepOf(wide, sums, constants))
            }),
          )
          looped(loop, times - far * apart, vl, () => stepOf(wide, partial[0] as Carried, constants))
          looped(loop, loop.size - times * vl, 1, () => stepOf(narrow, whole, new Map()))
        })
      }
      if (!isEmpty) inner(0)
      let n = 0
      for (const _ of wide.copies)
        for (const f of nest.folds) {
          const [first, ...more] = partial.map(({ locals }) => locals[n] as Local)
          for (const local of more) {
            code.get(first as Local)
            code.get(local)
            code.op(joinOf(f, tiling.vl))
            code.set(first as Local)
          }
          code.get(whole.locals[n] as Local)
          joinLanes(code, f, first as Local, tiling.vl)
          code.op(joinOf(f, 1))
          code.set(whole.locals[n] as Local)
          n += 1
        }
      emitStores(narrow.stores, narrow, whole.bound, new Map())
    })

  const alongSide = (rows: number): void => {
    const one = (columns: number, vl: VectorLength): void =>
      across ? emitAcross(rows, columns) : emitTile(tileBody(rows, columns, vl))
    if (side === null) one(1, 1)
    else
      within(side, () => {
        rounds.enter(side)
        pieces.forEach(({ times, columns, vl }, n) => {
          const run = (few: Local | null): void => looped(side, times, columns * vl, () => one(columns, vl), few)
          if (n === 0) run(rounds.of(side))
          else rounds.rest(side, () => run(null))
        })
      })
  }
  const alongRows = (): void => {
    if (unrolled === null) alongSide(1)
    else
      within(unrolled, () => {
        rounds.enter(unrolled)
        const times = Math.floor(unrolled.size / tiling.rows)
        looped(unrolled, times, tiling.rows, () => alongSide(tiling.rows), rounds.of(unrolled))
        if (rowsLeft > 0) rounds.rest(unrolled, () => looped(unrolled, 1, rowsLeft, () => alongSide(rowsLeft)))
      })
  }
  const outer = nest.loops.filter((l) => l !== side && l !== unrolled && l.size > 1)
  const down = (k: number): void => {
    const loop = outer[k]
    if (loop === undefined) alongRows()
    else
      within(loop, () => {
        rounds.enter(loop)
        looped(loop, loop.size, 1, () => rounds.each(loop, () => down(k + 1)), rounds.of(loop))
      })
  }
  code.scope(() => {
    // without folds nothing else needs the registers: constants are loaded once, before all loops
    if (nest.folds.length === 0)
      for (const body of bodies())
        if (body.hasConstants && !outside.has(body.tile.vl)) {
          const roots = body.stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus]))
          outside.set(body.tile.vl, hoistConstants(code, roots, body.tile.vl, 16))
        }
    down(0)
  })
}
