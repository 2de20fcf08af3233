/**
 * A loop nest as C.
 *
 * The same order as everywhere: outer loops, the rows' loop in tiles, the vector loop in tiles of vectors, single vectors,
 * shorter ones and single elements, and inside a tile the folds. Elements are addressed by their indices; compilers make
 * pointers of them.
 */
import { constant, type Lane } from '../../core/lane.js'
import type { Fold, Index, Load, Loop, Memory, Nest, Source, Store } from '../../core/nest.js'
import { type Body, bodiesOf } from '../body.js'
import type { Machine, VectorLength } from '../machine.js'
import { byteSize } from '../memory-plan.js'
import type { Split } from '../split.js'
import { computed, surveyOf } from '../survey.js'
import { piecesOf, type Tiling, tilingOf } from '../tile.js'
import { elementOf, emitLanes, type Text, typeOf } from './lanes.js'
import { emitTurn, turnOf } from './turn.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** What a nest is written with. */
export interface NestSite extends Text {
  readonly machine: Machine
  /** The pointer to memory's first element. */
  readonly nameOf: (memory: Memory) => string
  readonly functionOf: (call: Lane, vl: VectorLength) => string
  /** Where the nest is cut: units from `from` to before `to` are run. */
  readonly split: Split | null
}

/** Rows that are run for all rounds of the outer loops from `depth` on, before the next ones are. */
interface Block {
  readonly rows: number
  readonly depth: number
}

/**
 * What each row of a tile reads, and outer loops read again and again, is blocked so that it stays in the cache: as many rows
 * as fit, in blocks of equal size.
 */
const blockOf = (nest: Nest, t: Tiling, outer: readonly Loop[], { near, rows }: Machine): Block | null => {
  const { unrolled } = t
  if (unrolled === null || near === null || unrolled.size < 2 * rows) return null
  const again = surveyOf(nest).inner.loads.filter(
    ({ index }) => index.terms.has(unrolled) && outer.some((l) => !index.terms.has(l)),
  )
  const depth = outer.findIndex((l) => again.some(({ index }) => !index.terms.has(l)))
  const steps = nest.folded.reduce((n, l) => n * l.size, 1)
  const bytes = again.reduce((n, { memory }) => n + steps * (byteSize(memory) / memory.size), 0)
  const fitting = Math.max(1, Math.floor(near / bytes / t.rows))
  const tiles = Math.floor(unrolled.size / t.rows)
  if (depth < 0 || fitting >= tiles) return null
  return { rows: Math.ceil(tiles / Math.ceil(tiles / fitting)) * t.rows, depth }
}

/** Rounds ahead that are asked for, sums whose round takes longer than asking, bytes that the nearest cache does not hold. */
const AHEAD = 32
const SLOW = 8
const FAR = 2 ** 16

// -------------------------------------------------------------------------------------------------------------- accesses

const termText = (c: number, name: string): string => (c === 1 ? name : `${c} * ${name}`)

/** Writes a nest. */
export const emitNest = (site: NestSite, nest: Nest): void => {
  if (nest.loops.some((l) => l.size === 0)) return
  const { line, fresh, nameOf, functionOf, machine, split } = site
  const tiling = tilingOf(nest, machine)
  const turn = turnOf(nest, tiling, machine)
  if (turn !== null) {
    emitTurn(site, nest, turn)
    return
  }
  const { vector, unrolled, side, across, apart } = tiling
  const { of: tileBody, carried } = bodiesOf(nest, tiling)
  const isEmpty = nest.folded.some((l) => l.size === 0)
  const folded = across ? [...nest.folded.filter((l) => l !== vector), vector as Loop] : nest.folded

  const variables = new Map<Loop, string>()
  for (const [n, l] of nest.loops.entries()) variables.set(l, `i${n}`)
  for (const [n, l] of folded.entries()) variables.set(l, `k${n}`)
  const variableOf = (l: Loop): string => variables.get(l) as string
  const indexText = (index: Index): string => {
    const terms = [...index.terms].filter(([l, c]) => l.size > 1 && c !== 0).map(([l, c]) => termText(c, variableOf(l)))
    return [...terms, ...(index.constant !== 0 || terms.length === 0 ? [String(index.constant)] : [])].join(' + ')
  }
  const strideOf = (index: Index, vl: VectorLength): number =>
    vl === 1 || vector === null ? 0 : (index.terms.get(vector) ?? 0)

  /** The place of one lane's element. */
  const place = (index: Index, stride: number, lane: number, vl: VectorLength, plus: string | null): string => {
    const at = indexText({ ...index, constant: index.constant + lane * stride })
    return plus === null ? at : vl === 1 ? `${at} + ${plus}` : `${at} + ${plus}[${lane}]`
  }
  const loadText = ({ memory, index }: Load, vl: VectorLength, plus: string | null): string => {
    const name = nameOf(memory)
    const stride = strideOf(index, vl)
    const isBool = memory.dtype === 'bool'
    const element = isBool ? 'i32' : memory.dtype
    if (plus === null && (vl === 1 || stride === 0)) {
      const one = `${name}[${place(index, 0, 0, 1, null)}]`
      return `all_${element}x${vl}(${isBool ? `-(int)${one}` : one})`
    }
    if (plus === null && stride === 1) {
      const at = `${name} + ${place(index, 0, 0, 1, null)}`
      return isBool ? `-i32_from_u8x${vl}(*(const u8x${vl}u *)(${at}))` : `*(const ${element}x${vl}u *)(${at})`
    }
    const each = Array.from({ length: vl }, (_, lane) => `${name}[${place(index, stride, lane, vl, plus)}]`)
    if (vl === 1) return isBool ? `-(int)${each[0]}` : (each[0] as string)
    return `${isBool ? '-' : ''}(${element}x${vl}){${each.join(', ')}}`
  }
  const indexValue = (index: Index, vl: VectorLength): string => {
    const first = `all_i32x${vl}((int)(${indexText(index)}))`
    const c = strideOf(index, vl)
    return c === 0 ? first : `${first} + (i32x${vl}){${Array.from({ length: vl }, (_, n) => n * c).join(', ')}}`
  }
  const emit = (roots: readonly Lane[], vl: VectorLength, bound: ReadonlyMap<Lane, string>): readonly string[] =>
    emitLanes(roots, {
      line,
      fresh,
      vl,
      bound,
      functionOf,
      source: (lane, plus) => {
        const data = lane.data as Source
        if (data.kind === 'load') return loadText(data, vl, plus)
        if (data.kind === 'index') return indexValue(data.index, vl)
        throw new Error('a source that is neither a load nor an index')
      },
    })
  const store = (s: Store, vl: VectorLength, value: string, plus: string | null): void => {
    const name = nameOf(s.memory)
    const stride = strideOf(s.index, vl)
    const isBool = s.memory.dtype === 'bool'
    const own = `${isBool ? 'u8' : s.memory.dtype}x${vl}`
    if (vl > 1 && stride === 1 && plus === null) {
      const at = `*(${own}u *)(${name} + ${place(s.index, 0, 0, 1, null)})`
      const whole = isBool ? `u8_from_i32x${vl}(${value} & 1)` : value
      line(s.mode === 'add' ? `${at} = ${at} + ${whole};` : `${at} = ${whole};`)
      return
    }
    for (let lane = 0; lane < vl; lane++) {
      const one = vl === 1 ? value : `${value}[${lane}]`
      const at = `${name}[${place(s.index, stride, lane, vl, plus)}]`
      line(`${at} ${s.mode === 'add' ? '+=' : '='} ${isBool ? `${one} & 1` : one};`)
    }
  }
  const emitStores = (stores: readonly Store[], vl: VectorLength, bound: ReadonlyMap<Lane, string>): void => {
    const roots = stores.flatMap((s) => (s.plus === null ? [s.value] : [s.value, s.plus]))
    const names = emit(roots, vl, bound)
    let n = 0
    for (const s of stores) {
      // a constant has no elements to name
      const name = fresh()
      line(`const ${typeOf(s.value.type, vl)} ${name} = ${names[n++]};`)
      store(s, vl, name, s.plus === null ? null : (names[n++] as string))
    }
  }

  // ---- folds
  type Sums = { readonly bound: ReadonlyMap<Lane, string>; readonly names: readonly string[] }
  const carriedBy = (body: Body, vl: VectorLength, start: (f: Fold, nth: number) => string): Sums => {
    const bound = new Map<Lane, string>()
    const names: string[] = []
    body.copies.forEach((_, c) => {
      for (const f of nest.folds)
        f.types.forEach((type, w) => {
          const name = fresh()
          line(`${typeOf(type, vl)} ${name} = ${start(f, names.length)};`)
          names.push(name)
          bound.set(carried(f, w, c), name)
        })
    })
    return { bound, names }
  }
  const initial = (body: Body): Sums => {
    const inits = emit(body.init, body.tile.vl, new Map())
    return carriedBy(body, body.tile.vl, (_, n) => inits[n] as string)
  }
  /** Asks for what later rounds of a long fold read side by side, where it comes from beyond the nearest cache every time. */
  const askAhead = ({ next, tile }: Body): void => {
    const [loop] = folded
    if (machine.near === null || loop === undefined || folded.length > 1 || tile.rows * tile.columns < SLOW) return
    const asked = new Set<string>()
    for (const { memory, index, plus } of computed(next).loads) {
      const c = index.terms.get(loop) ?? 0
      const bytes = (byteSize(memory) / memory.size) * c
      if (plus !== null || strideOf(index, tile.vl) !== 1 || bytes * loop.size < FAR || bytes > FAR / AHEAD) continue
      const at = place({ ...index, constant: index.constant + AHEAD * c }, 0, 0, 1, null)
      asked.add(`__builtin_prefetch(${nameOf(memory)} + ${at});`)
    }
    for (const text of asked) line(text)
  }
  const stepOf = (body: Body, { bound, names }: Sums): void => {
    const next = emit(body.next, body.tile.vl, bound)
    for (const [n, name] of names.entries()) line(`${name} = ${next[n]};`)
    emitStores(body.traces, body.tile.vl, bound)
  }
  const neutral = (f: Fold): string => {
    const type = f.types[0] as Lane['type']
    const { op } = f.join as NonNullable<Fold['join']>
    const end = type === 'i32' ? 2147483647 : Number.POSITIVE_INFINITY
    const value = op === 'add' ? 0 : op === 'mul' ? 1 : op === 'min' ? end : type === 'i32' ? -2147483648 : -end
    const vl = tiling.vl
    return emitLanes([constant(type, value)], {
      line,
      fresh,
      vl,
      bound: new Map(),
      functionOf,
      source: () => '',
    })[0] as string
  }
  const joined = (f: Fold, x: string, y: string, vl: VectorLength): string => {
    const { op } = f.join as NonNullable<Fold['join']>
    return op === 'add'
      ? `(${x} + ${y})`
      : op === 'mul'
        ? `(${x} * ${y})`
        : `${op}_${elementOf(f.types[0] as Lane['type'])}x${vl}(${x}, ${y})`
  }
  /**
   * The elements of each of these vectors, joined: its halves, their halves, … Two vectors at a time are halved into one, so
   * that all of them together take little longer than one. Only halves become shorter vectors: GCC 11 makes halves of whatever
   * other elements of a vector are picked for one.
   */
  const joinedLanes = (f: Fold, vectors: readonly string[]): readonly string[] => {
    const element = elementOf(f.types[0] as Lane['type'])
    let whole = vectors
    let vl = tiling.vl
    /** Elements of a vector that are still to become one. */
    for (let together = vl as number; together > 1; together /= 2) {
      const half = together / 2
      const isHalved = whole.length === 1 && together === vl
      const chosen = (names: readonly string[], from: number): string => {
        const places = Array.from({ length: vl / 2 }, (_, n) => Math.floor(n / half) * together + (n % half) + from)
        const each = names.flatMap((name) => places.map((at) => `${name}[${at}]`))
        return each.length === 1 ? (each[0] as string) : `(${element}x${each.length}){${each.join(', ')}}`
      }
      const next = (isHalved ? vl / 2 : vl) as VectorLength
      whole = Array.from({ length: Math.ceil(whole.length / 2) }, (_, n) => {
        const names = whole.slice(2 * n, 2 * n + 2)
        const pair = isHalved || names.length === 2 ? names : [...names, ...names]
        const name = fresh()
        line(`const ${element}x${next} ${name} = ${joined(f, chosen(pair, 0), chosen(pair, half), next)};`)
        return name
      })
      vl = next
    }
    return vectors.map((_, n) => {
      const name = whole[Math.floor(n / vl)] as string
      return vl === 1 ? name : `${name}[${n % vl}]`
    })
  }

  /** A loop in steps. */
  const looped = (variable: string, from: string, to: string, step: number, inside: () => void): void => {
    line(`for (long ${variable} = ${from}; ${variable} < ${to}; ${variable} ${step === 1 ? '++' : `+= ${step}`}) {`)
    inside()
    line('}')
  }
  const whole = (loop: Loop, inside: () => void): void => {
    if (loop.size === 1) inside()
    else looped(variableOf(loop), '0', String(loop.size), 1, inside)
  }

  /** Folds inside a tile whose copies stand side by side. */
  const emitTile = (body: Body): void => {
    if (nest.folds.length === 0) {
      emitStores(body.stores, body.tile.vl, new Map())
      return
    }
    const sums = initial(body)
    const inner = (k: number): void => {
      const loop = folded[k]
      if (loop === undefined) {
        askAhead(body)
        stepOf(body, sums)
      } else whole(loop, () => inner(k + 1))
    }
    if (!isEmpty) inner(0)
    emitStores(body.stores, body.tile.vl, sums.bound)
  }

  /** Folds that run in vectors themselves: partial folds in each lane, joined at the end. */
  const emitAcross = (rows: number, columns: number): void => {
    const wide = tileBody(rows, columns, tiling.vl)
    const narrow = tileBody(rows, columns, 1)
    const { size } = vector as Loop
    const partial: readonly Sums[] = Array.from({ length: apart }, () => carriedBy(wide, tiling.vl, neutral))
    const rest = initial(narrow)
    const inner = (k: number): void => {
      const loop = folded[k] as Loop
      if (loop !== vector) {
        whole(loop, () => inner(k + 1))
        return
      }
      const name = variableOf(loop)
      const far = Math.floor(size / (apart * tiling.vl)) * apart * tiling.vl
      const near = Math.floor(size / tiling.vl) * tiling.vl
      looped('k', '0', String(far), apart * tiling.vl, () =>
        partial.forEach((sums, n) => {
          line(`{ const long ${name} = k + ${n * tiling.vl};`)
          stepOf(wide, sums)
          line('}')
        }),
      )
      if (near > far) looped(name, String(far), String(near), tiling.vl, () => stepOf(wide, partial[0] as Sums))
      if (size > near) looped(name, String(near), String(size), 1, () => stepOf(narrow, rest))
    }
    if (!isEmpty) inner(0)
    const [first, ...more] = partial as readonly [Sums, ...Sums[]]
    nest.folds.forEach((f, nth) => {
      const own = wide.copies.map((_, copy) => copy * nest.folds.length + nth)
      const vectors = own.map((n) => {
        const name = first.names[n] as string
        for (const { names } of more) line(`${name} = ${joined(f, name, names[n] as string, tiling.vl)};`)
        return name
      })
      joinedLanes(f, vectors).forEach((one, c) => {
        const name = rest.names[own[c] as number] as string
        line(`${name} = ${joined(f, name, one, 1)};`)
      })
    })
    emitStores(narrow.stores, 1, rest.bound)
  }

  // ---- loops
  const isCut = (l: Loop | null): boolean => l !== null && split?.loop === l
  const alongSide = (rows: number): void => {
    const one = (columns: number, vl: VectorLength): void => {
      line('{')
      if (across) emitAcross(rows, columns)
      else emitTile(tileBody(rows, columns, vl))
      line('}')
    }
    if (side === null) {
      one(1, 1)
      return
    }
    const name = variableOf(side)
    let from = 0
    piecesOf(tiling).forEach(({ times, columns, vl }, n) => {
      const step = columns * vl
      const to = from + times * step
      // whole tiles are the units; what fills none goes with the last one
      if (isCut(side) && n === 0) looped(name, `from * ${step}`, `to * ${step}`, step, () => one(columns, vl))
      else {
        if (isCut(side)) line(`if (to == ${split?.units})`)
        if (times === 1) {
          line(`{ const long ${name} = ${from};`)
          one(columns, vl)
          line('}')
        } else looped(name, String(from), String(to), step, () => one(columns, vl))
      }
      from = to
    })
  }
  const outer = nest.loops.filter((l) => l !== side && l !== unrolled && l.size > 1)
  const { rows } = tiling
  const full = unrolled === null ? 0 : Math.floor(unrolled.size / rows) * rows
  const block = blockOf(nest, tiling, outer, machine)
  const [first, last] = isCut(unrolled) ? [`from * ${rows}`, `to * ${rows}`] : ['0', String(full)]
  const alongRows = (): void => {
    if (unrolled === null) {
      alongSide(1)
      return
    }
    const name = variableOf(unrolled)
    if (full > 0)
      looped(name, block === null ? first : 'block', block === null ? last : 'end', rows, () => alongSide(rows))
    const rest = unrolled.size - full
    if (rest === 0) return
    const conditions = [
      ...(isCut(unrolled) ? [`to == ${split?.units}`] : []),
      ...(block === null ? [] : [`end == ${full}`]),
    ]
    if (conditions.length > 0) line(`if (${conditions.join(' && ')})`)
    line(`{ const long ${name} = ${full};`)
    alongSide(rest)
    line('}')
  }
  const down = (k: number): void => {
    const loop = outer[k]
    if (k === block?.depth && !isInBlock) {
      isInBlock = true
      line(`for (long block = ${first}, end; block < ${last}; block = end) {`)
      line(`end = block + ${block.rows} < ${last} ? block + ${block.rows} : ${last};`)
      down(k)
      line('}')
    } else if (loop === undefined) alongRows()
    else if (isCut(loop)) looped(variableOf(loop), 'from', 'to', 1, () => down(k + 1))
    else whole(loop, () => down(k + 1))
  }
  let isInBlock = false
  down(0)
}
