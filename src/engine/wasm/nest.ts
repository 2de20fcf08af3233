/**
 * A loop nest as WebAssembly.
 *
 * Outer loops run in order, then the unrolled one in tiles of rows, then the vector one in tiles of vectors (whole tiles,
 * single vectors, single elements), and inside a tile the folds. Addresses are pointers that loops advance: one for each
 * way of moving through memory, however many accesses move that way; what is constant stands in the instruction.
 */
import type { Lane } from '../../core/lane.js'
import type { Fold, Index, Loop, Memory, Nest, Store } from '../../core/nest.js'
import { type Carried, type Interner, interner, type Shifts } from '../intern.js'
import { written } from '../math/index.js'
import { type Tiling, tilingOf } from '../tile.js'
import type { Code, Local } from './code.js'
import { stackType } from './constant.js'
import { emitLanes, hoistConstants, type VectorLength } from './lanes.js'
import { pushLoad, pushStore } from './access.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Where memory lies: bytes from an address in a local. */
export interface Address {
  readonly base: Local
  readonly offset: number
}

/** What a nest is written with. */
export interface Emitter {
  readonly code: Code
  readonly addressOf: (memory: Memory) => Address
  readonly relaxed: boolean
}

/** Bytes of an element. */
export const bytesOf = (memory: Memory): number =>
  memory.dtype === 'f64' ? 8 : memory.dtype === 'bool' ? 1 : 4

/** A way of moving through memory: where it starts, and how far each loop takes it. */
interface Path {
  readonly base: Local
  readonly steps: ReadonlyMap<Loop, number>
  /** Bytes that would make an immediate negative are added once. */
  lowest: number
  /** The pointer at the current depth. */
  pointer: Local
}

// -------------------------------------------------------------------------------------------------------------- paths

interface Paths {
  /** The path of an access, and its constant part in bytes. */
  readonly of: (memory: Memory, index: Index) => { readonly path: Path; readonly constant: number }
  readonly all: () => readonly Path[]
}

const pathsOf = (addressOf: Emitter['addressOf']): Paths => {
  const known = new Map<string, Path>()
  const ids = new Map<Loop, number>()
  const idOf = (l: Loop): number => {
    if (!ids.has(l)) ids.set(l, ids.size)
    return ids.get(l) as number
  }
  return {
    all: () => [...known.values()],
    of: (memory, index) => {
      const { base, offset } = addressOf(memory)
      const size = bytesOf(memory)
      const steps = new Map([...index.terms].map(([loop, c]) => [loop, c * size] as const))
      const key = `${base}|${[...steps].map(([l, c]) => `${idOf(l)}:${c}`).sort().join()}`
      const constant = offset + index.constant * size
      let path = known.get(key)
      if (path === undefined) {
        path = { base, steps, lowest: 0, pointer: base }
        known.set(key, path)
      }
      if (constant < path.lowest) path.lowest = constant
      return { path, constant }
    },
  }
}

// -------------------------------------------------------------------------------------------------------------- a tile

/** What is computed at once: rows × vectors copies of the body. */
interface Tile {
  readonly rows: number
  readonly vectors: number
  readonly vl: VectorLength
}

const copiesOf = (t: Tile, tiling: Tiling): readonly Shifts[] => {
  const copies: Shifts[] = []
  for (let r = 0; r < t.rows; r++)
    for (let v = 0; v < t.vectors; v++) {
      const shifts = new Map<Loop, number>()
      if (tiling.unrolled !== null && r > 0) shifts.set(tiling.unrolled, r)
      if (tiling.vector !== null && v > 0) shifts.set(tiling.vector, v * t.vl)
      copies.push(shifts)
    }
  return copies
}

const shiftedStore = (i: Interner, s: Store, shifts: Shifts, copy: number): Store => {
  const { index } = s
  let by = 0
  for (const [loop, n] of shifts) by += (index.terms.get(loop) ?? 0) * n
  return {
    ...s,
    index: { constant: index.constant + by, terms: index.terms },
    plus: s.plus === null ? null : i.copy(s.plus, shifts, copy),
    value: i.copy(s.value, shifts, copy),
  }
}

interface Body {
  readonly tile: Tile
  readonly copies: readonly Shifts[]
  /** For each copy and fold. */
  readonly init: readonly (readonly (readonly Lane[])[])[]
  readonly next: readonly (readonly (readonly Lane[])[])[]
  readonly traces: readonly Store[]
  readonly stores: readonly Store[]
}

const bodyOf = (nest: Nest, i: Interner, tile: Tile, tiling: Tiling): Body => {
  const copies = copiesOf(tile, tiling)
  const lanes = (list: (f: Fold) => readonly Lane[]) =>
    copies.map((s, c) => nest.folds.map((f) => list(f).map((l) => written(i.copy(l, s, c)))))
  const stores = (list: readonly Store[]): readonly Store[] =>
    copies.flatMap((s, c) =>
      list.map((x) => {
        const y = shiftedStore(i, x, s, c)
        return { ...y, value: written(y.value), plus: y.plus === null ? null : written(y.plus) }
      }),
    )
  return {
    tile,
    copies,
    init: lanes((f) => f.init),
    next: lanes((f) => f.next),
    traces: stores(nest.traces),
    stores: stores(nest.stores),
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** Writes a nest. */
export const emitNest = (emitter: Emitter, nest: Nest): void => {
  if ([...nest.loops, ...nest.folded].some((l) => l.size === 0) && nest.folded.length === 0) return
  if (nest.loops.some((l) => l.size === 0)) return
  const tiling = tilingOf(nest)
  const { code } = emitter
  const { vector, unrolled } = tiling
  const rowsLeft = unrolled === null ? 0 : unrolled.size % tiling.rows
  const width = tiling.vl * tiling.vectors
  const tiles = new Map<string, Body>()
  const i = interner()
  const tileBody = (rows: number, vectors: number, vl: VectorLength): Body => {
    const key = `${rows}|${vectors}|${vl}`
    const known = tiles.get(key)
    if (known !== undefined) return known
    const made = bodyOf(nest, i, { rows, vectors, vl }, tiling)
    tiles.set(key, made)
    return made
  }
  const isEmpty = nest.folded.some((l) => l.size === 0)

  // every path has to be known before the first loop begins
  const paths = pathsOf(emitter.addressOf)
  const enter = (body: Body): void => {
    const seen = new Set<Lane>()
    const visit = (l: Lane): void => {
      if (seen.has(l)) return
      seen.add(l)
      const todo = [l]
      for (let x = todo.pop(); x !== undefined; x = todo.pop()) {
        const below = x.op === 'source' && isLoad(x) ? [x.data.plus].filter((p) => p !== null) : x.args
        if (x.op === 'source' && isLoad(x)) paths.of(x.data.memory, x.data.index)
        if (x.op === 'source' && isIndex(x)) indexPath(x.data.index)
        for (const a of below)
          if (!seen.has(a)) {
            seen.add(a)
            todo.push(a)
          }
      }
    }
    for (const c of [...body.init, ...body.next]) for (const f of c) f.forEach(visit)
    for (const s of [...body.traces, ...body.stores]) {
      visit(s.value)
      if (s.plus !== null) visit(s.plus)
      paths.of(s.memory, s.index)
    }
  }
  const zero = code.local('i32')
  code.i32(0)
  code.set(zero)
  const indexMemory: Memory = { dtype: 'bool', size: 0, role: 'scratch' }
  const indexPaths = pathsOf(() => ({ base: zero, offset: 0 }))
  const indexPath = (index: Index) => indexPaths.of(indexMemory, index)

  const vls: readonly (readonly [number, VectorLength])[] =
    vector === null
      ? [[1, 1]]
      : [
          ...(tiling.vectors > 1 && vector.size >= width ? [[tiling.vectors, tiling.vl] as const] : []),
          ...((tiling.vectors === 1 ? vector.size : vector.size % width) >= tiling.vl ? [[1, tiling.vl] as const] : []),
          ...(vector.size % tiling.vl > 0 ? [[1, 1] as const] : []),
        ]
  for (const rows of unrolled === null ? [1] : rowsLeft > 0 ? [tiling.rows, rowsLeft] : [tiling.rows])
    for (const [vectors, vl] of vls) enter(tileBody(rows, vectors, vl))

  const every = (): readonly Path[] => [...paths.all(), ...indexPaths.all()]
  for (const p of every())
    if (p.lowest < 0) {
      const pointer = code.local('i32')
      code.get(p.base)
      code.i32(p.lowest)
      code.op('i32.add')
      code.set(pointer)
      p.pointer = pointer
    }

  /** Runs what is inside for `times` rounds of a loop, `step` at a time; pointers move along. */
  const looped = (loop: Loop, times: number, step: number, inside: () => void): void => {
    if (times <= 0) return
    const moving = every().filter((p) => (p.steps.get(loop) ?? 0) !== 0)
    if (times === 1) {
      inside()
      advance(moving, loop, step)
      return
    }
    const counter = code.local('i32')
    code.i32(times)
    code.set(counter)
    code.loop((again) => {
      inside()
      advance(moving, loop, step)
      code.get(counter)
      code.i32(1)
      code.op('i32.sub')
      code.tee(counter)
      code.brIf(again)
    })
  }
  const advance = (moving: readonly Path[], loop: Loop, step: number): void => {
    for (const p of moving) {
      code.get(p.pointer)
      code.i32((p.steps.get(loop) as number) * step)
      code.op('i32.add')
      code.set(p.pointer)
    }
  }
  /** A loop's own pointers: copies, so that those outside stay where they are. */
  const within = (loop: Loop, inside: () => void): void => {
    const moving = every().filter((p) => (p.steps.get(loop) ?? 0) !== 0)
    const before = moving.map((p) => p.pointer)
    code.scope(() => {
      for (const p of moving) {
        const own = code.local('i32')
        code.get(p.pointer)
        code.set(own)
        p.pointer = own
      }
      inside()
    })
    moving.forEach((p, k) => {
      p.pointer = before[k] as Local
    })
  }

  const pushSource =
    (vl: VectorLength, byLane: ReadonlyMap<Lane, readonly Local[]>) =>
    (lane: Lane): void => {
      if (isIndex(lane)) {
        const { path, constant } = indexPath(lane.data.index)
        const c = vl === 1 || vector === null ? 0 : (path.steps.get(vector) ?? 0)
        code.get(path.pointer)
        if (constant - path.lowest !== 0) {
          code.i32(constant - path.lowest)
          code.op('i32.add')
        }
        if (vl > 1) {
          code.op('i32x4.splat')
          if (c !== 0) {
            code.v128(new Uint8Array(Int32Array.of(0, c, 2 * c, 3 * c).buffer))
            code.op('i32x4.add')
          }
        }
        return
      }
      if (!isLoad(lane)) throw new Error('a source that is neither a load nor an index')
      const { path, constant } = paths.of(lane.data.memory, lane.data.index)
      const c = vl === 1 || vector === null ? 0 : (lane.data.index.terms.get(vector) ?? 0)
      pushLoad(code, {
        vl,
        dtype: lane.data.memory.dtype,
        pointer: path.pointer,
        offset: constant - path.lowest,
        stride: c,
        plus: lane.data.plus === null ? null : (byLane.get(lane.data.plus)?.[0] as Local),
      })
    }

  /** Emits lanes whose gathers need their indices first. */
  const emit = (
    roots: readonly Lane[],
    vl: VectorLength,
    bound: ReadonlyMap<Lane, readonly Local[]>,
    constants: ReadonlyMap<string, Local>,
  ): readonly (readonly Local[])[] => {
    const byLane = new Map(bound)
    const indices = plusOf(roots)
    if (indices.length > 0) {
      const locals = emitLanes(code, indices, { vl, source: pushSource(vl, byLane), bound: byLane, constants, relaxed: emitter.relaxed })
      indices.forEach((l, k) => {
        byLane.set(l, locals[k] as readonly Local[])
      })
    }
    return emitLanes(code, roots, { vl, source: pushSource(vl, byLane), bound: byLane, constants, relaxed: emitter.relaxed })
  }

  const emitStores = (stores: readonly Store[], vl: VectorLength, bound: ReadonlyMap<Lane, readonly Local[]>, constants: ReadonlyMap<string, Local>): void => {
    if (stores.length === 0) return
    code.scope(() => {
      const roots = stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus]))
      const locals = emit(roots, vl, bound, constants)
      let k = 0
      for (const s of stores) {
        const value = (locals[k++] as readonly Local[])[0] as Local
        const by = s.plus === null ? null : ((locals[k++] as readonly Local[])[0] as Local)
        const { path, constant } = paths.of(s.memory, s.index)
        const c = vl === 1 || vector === null ? 0 : (s.index.terms.get(vector) ?? 0)
        pushStore(code, {
          vl,
          dtype: s.memory.dtype,
          pointer: path.pointer,
          offset: constant - path.lowest,
          stride: c,
          plus: by,
          value,
          mode: s.mode,
        })
      }
    })
  }

  const emitTile = (body: Body): void => {
    const { vl } = body.tile
    code.scope(() => {
      const bound = new Map<Lane, readonly Local[]>()
      const carried: { readonly local: Local; readonly lane: Lane }[][] = body.copies.map(() => [])
      const all = [...body.next.flat(2), ...body.traces.map((s) => s.value)]
      const constants = nest.folds.length > 0 ? hoistConstants(code, all, vl, 4) : new Map<string, Local>()
      if (nest.folds.length > 0) {
        const inits = emit(body.init.flat(2), vl, bound, constants)
        let k = 0
        body.copies.forEach((_, c) => {
          for (const f of nest.folds)
            f.types.forEach((type, w) => {
              const local = code.local(stackType(type, vl))
              code.get((inits[k++] as readonly Local[])[0] as Local)
              code.set(local)
              const lane = i.carried(f, w, c)
              ;(carried[c] as { local: Local; lane: Lane }[]).push({ local, lane })
              bound.set(lane, [local])
            })
        })
        const step = (): void => {
          code.scope(() => {
            const locals = emit(body.next.flat(2), vl, bound, constants)
            let n = 0
            for (const list of carried)
              for (const { local } of list) {
                code.get((locals[n++] as readonly Local[])[0] as Local)
                code.set(local)
              }
            emitStores(body.traces, vl, bound, constants)
          })
        }
        const inner = (k2: number): void => {
          const loop = nest.folded[k2]
          if (loop === undefined) step()
          else within(loop, () => looped(loop, loop.size, 1, () => inner(k2 + 1)))
        }
        if (!isEmpty) inner(0)
      }
      emitStores(body.stores, vl, bound, constants)
    })
  }

  const alongVector = (rows: number): void => {
    if (vector === null) return emitTile(tileBody(rows, 1, 1))
    within(vector, () => {
      let left = vector.size
      if (tiling.vectors > 1) {
        const times = Math.floor(left / width)
        if (times > 0) looped(vector, times, width, () => emitTile(tileBody(rows, tiling.vectors, tiling.vl)))
        left -= times * width
      }
      const single = Math.floor(left / tiling.vl)
      if (single > 0) looped(vector, single, tiling.vl, () => emitTile(tileBody(rows, 1, tiling.vl)))
      left -= single * tiling.vl
      if (left > 0) looped(vector, left, 1, () => emitTile(tileBody(rows, 1, 1)))
    })
  }
  const alongRows = (): void => {
    if (unrolled === null) return alongVector(1)
    within(unrolled, () => {
      const times = Math.floor(unrolled.size / tiling.rows)
      looped(unrolled, times, tiling.rows, () => alongVector(tiling.rows))
      if (rowsLeft > 0) looped(unrolled, 1, rowsLeft, () => alongVector(rowsLeft))
    })
  }
  const outer = nest.loops.filter((l) => l !== vector && l !== unrolled && l.size > 1)
  const down = (k: number): void => {
    const loop = outer[k]
    if (loop === undefined) alongRows()
    else within(loop, () => looped(loop, loop.size, 1, () => down(k + 1)))
  }
  code.scope(() => down(0))
}

const isLoad = (lane: Lane): lane is Lane & { readonly data: { readonly kind: 'load'; readonly memory: Memory; readonly index: Index; readonly plus: Lane | null } } =>
  (lane.data as { readonly kind?: unknown } | null)?.kind === 'load'

const isIndex = (lane: Lane): lane is Lane & { readonly data: { readonly kind: 'index'; readonly index: Index } } =>
  (lane.data as { readonly kind?: unknown } | null)?.kind === 'index'

/** Lanes that loads below these roots need as indices, innermost first. */
const plusOf = (roots: readonly Lane[]): readonly Lane[] => {
  const seen = new Set<Lane>(roots)
  const found: Lane[] = []
  for (const lane of seen) {
    if (lane.op === 'source' && isLoad(lane) && lane.data.plus !== null && !seen.has(lane.data.plus)) {
      found.unshift(lane.data.plus)
      seen.add(lane.data.plus)
    }
    for (const a of lane.args) seen.add(a)
  }
  return found
}

export type { Carried }
