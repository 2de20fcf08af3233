/**
 * A loop nest as WebAssembly.
 *
 * Outer loops run in order, then the unrolled one in tiles of rows, then the vector one in tiles of vectors (whole tiles,
 * single vectors, single elements), and inside a tile the folds. Addresses are pointers that loops advance: one for each
 * way of moving through memory, however many accesses move that way; what is constant stands in the instruction.
 */
import { constant, type Lane } from '../../core/lane.js'
import type { Fold, Index, Loop, Memory, Nest, Store } from '../../core/nest.js'
import { type Carried, type Interner, interner, type Shifts } from '../intern.js'
import { writeOut } from '../math/index.js'
import { type Tiling, tilingOf } from '../tile.js'
import { pushLoad, pushStore } from './access.js'
import type { Code, Local } from './code.js'
import { pushConstant, stackType } from './constant.js'
import { emitLanes, hoistConstants, type VectorLength } from './lanes.js'
import type { Plain } from './opcode.js'

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
  /** The function that computes what a `call` lane calls, on as many elements as a register holds. */
  readonly functionOf: (call: Lane, vl: VectorLength) => number
}

/** Bytes of an element. */
export const bytesOf = (memory: Memory): number => (memory.dtype === 'f64' ? 8 : memory.dtype === 'bool' ? 1 : 4)

/** A way of moving through memory: where it starts, and how far each loop takes it. */
interface Path {
  readonly base: Local
  readonly steps: ReadonlyMap<Loop, number>
  /** Bytes that are added to the base once, so that neither an immediate nor a pointer is ever negative. */
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

const pathsOf = (addressOf: Emitter['addressOf'], tiling: Tiling): Paths => {
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
      const key = `${base}|${[...steps]
        .map(([l, c]) => `${idOf(l)}:${c}`)
        .sort()
        .join()}`
      const constant = offset + index.constant * size
      let path = known.get(key)
      if (path === undefined) {
        // a pointer that runs backwards begins at an element: below its base it would wrap round
        const backwards = [...steps.values()].some((step) => step < 0)
        path = { base, steps, lowest: backwards ? Number.POSITIVE_INFINITY : 0, pointer: base }
        known.set(key, path)
      }
      // the last lane of a vector that runs backwards
      const back = tiling.vector === null ? 0 : Math.min(0, (steps.get(tiling.vector) ?? 0) * (tiling.vl - 1))
      if (constant + back < path.lowest) path.lowest = constant + back
      return { path, constant }
    },
  }
}

// -------------------------------------------------------------------------------------------------------------- a tile

/** What is computed at once: rows × columns copies of the body. */
interface Tile {
  readonly rows: number
  readonly columns: number
  readonly vl: VectorLength
}

const copiesOf = (t: Tile, tiling: Tiling): readonly Shifts[] => {
  const copies: Shifts[] = []
  for (let r = 0; r < t.rows; r++)
    for (let c = 0; c < t.columns; c++) {
      const shifts = new Map<Loop, number>()
      if (tiling.unrolled !== null && r > 0) shifts.set(tiling.unrolled, r)
      if (tiling.side !== null && c > 0) shifts.set(tiling.side, c * (tiling.across ? 1 : t.vl))
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

/** Calls that are written out in a body; beyond that, functions are called. */
const INLINED = 2

/** Whether a nest has so many rounds that calling a function in each would be felt. */
const isLong = (nest: Nest): boolean => [...nest.loops, ...nest.folded].reduce((n, l) => n * l.size, 1) >= 4096

const callsBelow = (roots: readonly Lane[]): number => {
  const seen = new Set<Lane>(roots)
  let n = 0
  for (const lane of seen) {
    if (lane.op === 'call') n += 1
    const place = lane.op === 'source' && isLoad(lane) ? lane.data.plus : null
    for (const x of place === null ? lane.args : [place]) seen.add(x)
  }
  return n
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
    copies.map((s, c) => nest.folds.map((f) => list(f).map((l) => i.copy(l, s, c))))
  const stores = (list: readonly Store[]): readonly Store[] =>
    copies.flatMap((s, c) => list.map((x) => shiftedStore(i, x, s, c)))
  const init = lanes((f) => f.init)
  const next = lanes((f) => f.next)
  const traces = stores(nest.traces)
  const after = stores(nest.stores)
  // few calls are written out where they stand, together, so that what two roots share is computed once
  const roots = [
    ...init.flat(2),
    ...next.flat(2),
    ...[...traces, ...after].flatMap((x) => (x.plus === null ? [x.value] : [x.value, x.plus])),
  ]
  const out = tile.vl > 1 && isLong(nest) && callsBelow(roots) <= INLINED ? writeOut(roots) : roots
  const by = new Map(roots.map((r, k) => [r, out[k] as Lane] as const))
  const w = (l: Lane): Lane => by.get(l) as Lane
  const stored = (x: Store): Store => ({ ...x, value: w(x.value), plus: x.plus === null ? null : w(x.plus) })
  return {
    tile,
    copies,
    init: init.map((c) => c.map((f) => f.map(w))),
    next: next.map((c) => c.map((f) => f.map(w))),
    traces: traces.map(stored),
    stores: after.map(stored),
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** Writes a nest. */
export const emitNest = (emitter: Emitter, nest: Nest): void => {
  if ([...nest.loops, ...nest.folded].some((l) => l.size === 0) && nest.folded.length === 0) return
  if (nest.loops.some((l) => l.size === 0)) return
  const tiling = tilingOf(nest)
  const { code } = emitter
  const { vector, unrolled, side, across } = tiling
  const rowsLeft = unrolled === null ? 0 : unrolled.size % tiling.rows
  const tiles = new Map<string, Body>()
  const i = interner()
  const tileBody = (rows: number, columns: number, vl: VectorLength): Body => {
    const key = `${rows}|${columns}|${vl}`
    const known = tiles.get(key)
    if (known !== undefined) return known
    const made = bodyOf(nest, i, { rows, columns, vl }, tiling)
    tiles.set(key, made)
    return made
  }
  const isEmpty = nest.folded.some((l) => l.size === 0)
  const folded = across ? [...nest.folded.filter((l) => l !== vector), vector as Loop] : nest.folded

  // every path has to be known before the first loop begins
  const paths = pathsOf(emitter.addressOf, tiling)
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
  const indexPaths = pathsOf(() => ({ base: zero, offset: 0 }), tiling)
  const indexPath = (index: Index) => indexPaths.of(indexMemory, index)

  /** Pieces of the side loop: how many rounds, of how many columns and lanes. */
  const pieces: readonly { readonly times: number; readonly columns: number; readonly vl: VectorLength }[] = (() => {
    if (side === null) return [{ times: 1, columns: 1, vl: 1 as const }]
    const lanes = across ? 1 : tiling.vl
    const found: { times: number; columns: number; vl: VectorLength }[] = []
    let left = side.size
    for (const [columns, vl] of [
      [tiling.columns, lanes],
      [1, lanes],
      [1, 1],
    ] as const) {
      const times = Math.floor(left / (columns * vl))
      left -= times * columns * vl
      if (times > 0) found.push({ times, columns, vl })
    }
    return found
  })()
  for (const rows of unrolled === null ? [1] : rowsLeft > 0 ? [tiling.rows, rowsLeft] : [tiling.rows])
    for (const { columns, vl } of pieces) {
      enter(tileBody(rows, columns, vl))
      if (across) enter(tileBody(rows, columns, tiling.vl))
    }

  const every = (): readonly Path[] => [...paths.all(), ...indexPaths.all()]
  for (const p of every())
    if (p.lowest !== 0) {
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

  /** Emits lanes, before them the indices of their gathers and the functions that are called. */
  const emit = (
    roots: readonly Lane[],
    vl: VectorLength,
    bound: ReadonlyMap<Lane, readonly Local[]>,
    constants: ReadonlyMap<string, Local>,
  ): readonly (readonly Local[])[] => {
    const known = new Map(bound)
    const plainly = (lanes: readonly Lane[]): readonly (readonly Local[])[] =>
      emitLanes(code, lanes, { vl, source: pushSource(vl, known), bound: known, constants, relaxed: emitter.relaxed })
    for (const lane of neededFirst(roots, known)) {
      if (lane.op !== 'call') {
        known.set(lane, plainly([lane])[0] as readonly Local[])
        continue
      }
      const missing = lane.args.filter((x) => !known.has(x))
      plainly(missing).forEach((locals, k) => {
        known.set(missing[k] as Lane, locals)
      })
      for (const x of lane.args) code.get((known.get(x) as readonly Local[])[0] as Local)
      code.call(emitter.functionOf(lane, vl))
      const result = code.local(stackType(lane.type, vl))
      code.set(result)
      known.set(lane, [result])
    }
    return plainly(roots)
  }

  const emitStores = (
    stores: readonly Store[],
    vl: VectorLength,
    bound: ReadonlyMap<Lane, readonly Local[]>,
    constants: ReadonlyMap<string, Local>,
  ): void => {
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

  const outside = new Map<VectorLength, ReadonlyMap<string, Local>>()

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
          bound.set(i.carried(f, w, c), [local])
        })
    })
    return { bound, locals }
  }
  const initial = (body: Body, constants: ReadonlyMap<string, Local>) => {
    const inits = emit(body.init.flat(2), body.tile.vl, new Map(), constants)
    return carriedBy(body, body.tile.vl, (_, __, n) => code.get((inits[n] as readonly Local[])[0] as Local))
  }
  /** One step of the folds. */
  const stepOf = (
    body: Body,
    carried: { readonly bound: ReadonlyMap<Lane, readonly Local[]>; readonly locals: readonly Local[] },
    constants: ReadonlyMap<string, Local>,
  ): void =>
    code.scope(() => {
      const next = emit(body.next.flat(2), body.tile.vl, carried.bound, constants)
      carried.locals.forEach((local, n) => {
        code.get((next[n] as readonly Local[])[0] as Local)
        code.set(local)
      })
      emitStores(body.traces, body.tile.vl, carried.bound, constants)
    })
  const constantsFor = (body: Body): ReadonlyMap<string, Local> =>
    hoistConstants(code, [...body.next.flat(2), ...body.traces.map((s) => s.value)], body.tile.vl, 4)

  /** Folds inside a tile whose copies stand side by side. */
  const emitTile = (body: Body): void =>
    code.scope(() => {
      if (nest.folds.length === 0)
        return emitStores(body.stores, body.tile.vl, new Map(), outside.get(body.tile.vl) ?? new Map())
      const constants = constantsFor(body)
      const carried = initial(body, constants)
      const inner = (k: number): void => {
        const loop = folded[k]
        if (loop === undefined) stepOf(body, carried, constants)
        else within(loop, () => looped(loop, loop.size, 1, () => inner(k + 1)))
      }
      if (!isEmpty) inner(0)
      emitStores(body.stores, body.tile.vl, carried.bound, constants)
    })

  /** Folds that run in vectors themselves: a partial fold in each lane, joined at the end. */
  const emitAcross = (rows: number, columns: number): void =>
    code.scope(() => {
      const wide = tileBody(rows, columns, tiling.vl)
      const narrow = tileBody(rows, columns, 1)
      const constants = constantsFor(wide)
      const partial = carriedBy(wide, tiling.vl, (f) => pushConstant(code, neutral(f), tiling.vl))
      const whole = initial(narrow, new Map())
      const inner = (k: number): void => {
        const loop = folded[k] as Loop
        within(loop, () => {
          if (loop !== vector) return looped(loop, loop.size, 1, () => inner(k + 1))
          const times = Math.floor(loop.size / tiling.vl)
          looped(loop, times, tiling.vl, () => stepOf(wide, partial, constants))
          looped(loop, loop.size - times * tiling.vl, 1, () => stepOf(narrow, whole, new Map()))
        })
      }
      if (!isEmpty) inner(0)
      let n = 0
      for (const _ of wide.copies)
        for (const f of nest.folds) {
          code.get(whole.locals[n] as Local)
          joinLanes(code, f, partial.locals[n] as Local, tiling.vl)
          code.op(joinOf(f, 1))
          code.set(whole.locals[n] as Local)
          n += 1
        }
      emitStores(narrow.stores, 1, whole.bound, new Map())
    })

  const alongSide = (rows: number): void => {
    const one = (columns: number, vl: VectorLength): void =>
      across ? emitAcross(rows, columns) : emitTile(tileBody(rows, columns, vl))
    if (side === null) one(1, 1)
    else
      within(side, () => {
        for (const { times, columns, vl } of pieces) looped(side, times, columns * vl, () => one(columns, vl))
      })
  }
  const alongRows = (): void => {
    if (unrolled === null) alongSide(1)
    else
      within(unrolled, () => {
        const times = Math.floor(unrolled.size / tiling.rows)
        looped(unrolled, times, tiling.rows, () => alongSide(tiling.rows))
        if (rowsLeft > 0) looped(unrolled, 1, rowsLeft, () => alongSide(rowsLeft))
      })
  }
  const outer = nest.loops.filter((l) => l !== side && l !== unrolled && l.size > 1)
  const down = (k: number): void => {
    const loop = outer[k]
    if (loop === undefined) alongRows()
    else within(loop, () => looped(loop, loop.size, 1, () => down(k + 1)))
  }
  code.scope(() => {
    // without folds nothing else needs the registers: constants are loaded once, before all loops
    if (nest.folds.length === 0)
      for (const body of tiles.values())
        if (!outside.has(body.tile.vl)) {
          const roots = body.stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus]))
          outside.set(body.tile.vl, hoistConstants(code, roots, body.tile.vl, 16))
        }
    down(0)
  })
}

const isLoad = (
  lane: Lane,
): lane is Lane & {
  readonly data: { readonly kind: 'load'; readonly memory: Memory; readonly index: Index; readonly plus: Lane | null }
} => (lane.data as { readonly kind?: unknown } | null)?.kind === 'load'

const isIndex = (lane: Lane): lane is Lane & { readonly data: { readonly kind: 'index'; readonly index: Index } } =>
  (lane.data as { readonly kind?: unknown } | null)?.kind === 'index'

/** The joining operation of a fold, on scalars or on vectors. */
const joinOf = (f: Fold, vl: VectorLength): Plain => {
  const type = f.types[0] as 'f32' | 'f64' | 'i32'
  const op = (f.join as NonNullable<Fold['join']>).op
  if (vl > 1) {
    const shape = type === 'f64' ? 'f64x2' : type === 'f32' ? 'f32x4' : 'i32x4'
    return (type === 'i32' && (op === 'min' || op === 'max') ? `${shape}.${op}_s` : `${shape}.${op}`) as Plain
  }
  return `${type}.${op}` as Plain
}

/** What a fold may begin with in every lane. */
const neutral = (f: Fold): Lane => {
  const type = f.types[0] as Lane['type']
  const low = type === 'i32' ? -2147483648 : -Infinity
  const high = type === 'i32' ? 2147483647 : Infinity
  const { op } = f.join as NonNullable<Fold['join']>
  return constant(type, op === 'add' ? 0 : op === 'mul' ? 1 : op === 'max' ? low : high)
}

/** Pushes the join of a register's lanes, as a scalar. */
const joinLanes = (code: Code, f: Fold, local: Local, vl: VectorLength): void => {
  const type = f.types[0] as Lane['type']
  const bytes = type === 'f64' ? 8 : 4
  const op = joinOf(f, vl)
  for (let apart = vl / 2; apart >= 1; apart /= 2) {
    code.get(local)
    code.get(local)
    code.get(local)
    code.shuffle(Array.from({ length: 16 }, (_, k) => (k + apart * bytes) % 16))
    code.op(op)
    code.set(local)
  }
  code.get(local)
  code.lane(type === 'f64' ? 'f64x2.extract_lane' : type === 'f32' ? 'f32x4.extract_lane' : 'i32x4.extract_lane', 0)
}

/** Indices of gathers and calls of functions below these roots, each after those that it is computed from. */
const neededFirst = (roots: readonly Lane[], known: ReadonlyMap<Lane, unknown>): readonly Lane[] => {
  const found: Lane[] = []
  // places first: the walk below may meet one as a lane like any other before it meets its load
  const wanted = new Set<Lane>()
  const seen = new Set<Lane>(roots)
  for (const lane of seen) {
    const place = lane.op === 'source' && isLoad(lane) ? lane.data.plus : null
    if (place !== null) wanted.add(place)
    for (const x of place === null ? lane.args : [place]) seen.add(x)
  }
  const done = new Set<Lane>()
  const todo: { readonly lane: Lane; readonly entered: boolean }[] = roots.map((lane) => ({ lane, entered: false }))
  for (let top = todo.pop(); top !== undefined; top = todo.pop()) {
    const { lane, entered } = top
    if (entered) {
      if (wanted.has(lane) || lane.op === 'call') found.push(lane)
      continue
    }
    const place = lane.op === 'source' && isLoad(lane) ? lane.data.plus : null
    if (done.has(lane) || known.has(lane)) continue
    done.add(lane)
    todo.push({ lane, entered: true })
    for (const x of place === null ? lane.args : [place]) todo.push({ lane: x, entered: false })
  }
  return found
}

export type { Carried }
