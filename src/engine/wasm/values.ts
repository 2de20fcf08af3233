/** Values in the tile of a nest: what loads, indices and calls push, and what stores write. */
import type { Lane } from '../../core/lane.js'
import type { Index, Loop, Memory, Store } from '../../core/nest.js'
import { type Body, isIndex, isLoad, neededFirst } from '../body.js'
import type { VectorLength } from '../machine.js'
import { pushLoad, pushStore } from './access.js'
import type { Code, Local } from './code.js'
import { stackType } from './constant.js'
import { emitLanes } from './lanes.js'
import { bytesOf, type Emitter, type Path, type Paths } from './path.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What values are written with. */
export interface ValueSite extends Pick<Emitter, 'relaxed' | 'functionOf'> {
  /** The function that is being written. */
  readonly code: () => Code
  readonly paths: Pick<Paths, 'of'>
  /** The path of an index that is itself a value. */
  readonly indexPath: (index: Index) => ReturnType<Paths['of']>
  readonly vector: Loop | null
  /** Bytes from where a path's pointer stands to where it would stand in the round that is being written. */
  readonly onward: (path: Path) => number
}

/** Lanes that are in locals already. */
export type Bound = ReadonlyMap<Lane, readonly Local[]>

/** Constants that are. */
export type Constants = ReadonlyMap<string, Local>

/** Ways to write values of a body. */
export interface Values {
  /** Emits lanes, before them the indices of their gathers and the functions that are called. */
  readonly emit: (
    roots: readonly Lane[],
    body: Body,
    bound: Bound,
    constants: Constants,
  ) => readonly (readonly Local[])[]
  readonly emitStores: (stores: readonly Store[], body: Body, bound: Bound, constants: Constants) => void
}

// -------------------------------------------------------------------------------------------------------------- running

/** The values of a nest's tile. */
export const valuesIn = ({ code, paths, indexPath, vector, onward, relaxed, functionOf }: ValueSite): Values => {
  /**
   * A pointer to an access and the bytes that stand in the instruction. Where a pointer may stand below its elements, and
   * below 0, as one that runs backwards may in a tile of fewer rows, the address is added up first: additions wrap round,
   * the bytes of an instruction do not.
   */
  const placeOf = (memory: Memory, index: Index, stride: number, vl: VectorLength) => {
    const { path, constant } = paths.of(memory, index)
    const offset = constant - path.lowest + onward(path)
    if (path.lowest >= 0 && !path.isBackwards) return { pointer: path.pointer, offset }
    const back = Math.min(0, stride * (vl - 1) * bytesOf(memory))
    const pointer = code().local('i32')
    code().get(path.pointer)
    code().i32(offset + back)
    code().op('i32.add')
    code().set(pointer)
    return { pointer, offset: -back }
  }

  const pushSource =
    (vl: VectorLength, byLane: Bound) =>
    (lane: Lane): void => {
      if (isIndex(lane)) {
        const { path, constant } = indexPath(lane.data.index)
        const c = vl === 1 || vector === null ? 0 : (path.steps.get(vector) ?? 0)
        code().get(path.pointer)
        const by = constant - path.lowest + onward(path)
        if (by !== 0) {
          code().i32(by)
          code().op('i32.add')
        }
        if (vl > 1) {
          code().op('i32x4.splat')
          if (c !== 0) {
            code().v128(new Uint8Array(Int32Array.of(0, c, 2 * c, 3 * c).buffer))
            code().op('i32x4.add')
          }
        }
        return
      }
      if (!isLoad(lane)) throw new Error('a source that is neither a load nor an index')
      const { memory, index } = lane.data
      const c = vl === 1 || vector === null ? 0 : (index.terms.get(vector) ?? 0)
      const { pointer, offset } = placeOf(memory, index, c, vl)
      pushLoad(code(), {
        vl,
        dtype: memory.dtype,
        pointer,
        offset,
        stride: c,
        plus: lane.data.plus === null ? null : (byLane.get(lane.data.plus)?.[0] as Local),
      })
    }

  const emit: Values['emit'] = (roots, { tile: { vl }, hasFirst }, bound, constants) => {
    if (!hasFirst) return emitLanes(code(), roots, { vl, source: pushSource(vl, bound), bound, constants, relaxed })
    const known = new Map(bound)
    const plainly = (lanes: readonly Lane[]): readonly (readonly Local[])[] =>
      emitLanes(code(), lanes, { vl, source: pushSource(vl, known), bound: known, constants, relaxed })
    for (const lane of neededFirst(roots, known)) {
      if (lane.op !== 'call') {
        known.set(lane, plainly([lane])[0] as readonly Local[])
        continue
      }
      const missing = lane.args.filter((x) => !known.has(x))
      plainly(missing).forEach((locals, k) => {
        known.set(missing[k] as Lane, locals)
      })
      for (const x of lane.args) code().get((known.get(x) as readonly Local[])[0] as Local)
      code().call(functionOf(lane, vl))
      const result = code().local(stackType(lane.type, vl))
      code().set(result)
      known.set(lane, [result])
    }
    return plainly(roots)
  }

  const emitStores: Values['emitStores'] = (stores, body, bound, constants) => {
    const { vl } = body.tile
    if (stores.length === 0) return
    code().scope(() => {
      const roots = stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus]))
      const locals = emit(roots, body, bound, constants)
      let k = 0
      for (const s of stores) {
        const value = (locals[k++] as readonly Local[])[0] as Local
        const by = s.plus === null ? null : ((locals[k++] as readonly Local[])[0] as Local)
        const c = vl === 1 || vector === null ? 0 : (s.index.terms.get(vector) ?? 0)
        const { pointer, offset } = placeOf(s.memory, s.index, c, vl)
        pushStore(code(), {
          vl,
          dtype: s.memory.dtype,
          pointer,
          offset,
          stride: c,
          plus: by,
          value,
          mode: s.mode,
        })
      }
    })
  }
  return { emit, emitStores }
}
