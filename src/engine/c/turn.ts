/**
 * Copies that turn: what is read side by side along one loop is written side by side along another one.
 *
 * Squares of as many vectors as a vector has elements are read, turned in registers, and written. Operands of products that
 * stand the other way round are packed so; element by element that would take a third of a small product's time.
 */
import type { Index, Load, Loop, Memory, Nest, Source } from '../../core/nest.js'
import { lengthIn, type Machine, type VectorLength } from '../machine.js'
import type { Split } from '../split.js'
import type { Tiling } from '../tile.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A nest that copies, and the loops along which elements lie side by side: of what it reads, and of what it writes. */
export interface Turn {
  readonly from: Loop
  readonly to: Loop
  readonly load: Load
  readonly memory: Memory
  readonly index: Index
  readonly vl: VectorLength
}

/** What a turn is written with. */
export interface TurnSite {
  readonly line: (text: string) => void
  readonly nameOf: (memory: Memory) => string
  readonly split: Split | null
}

// -------------------------------------------------------------------------------------------------------------- finding

const alongside = (nest: Nest, { terms }: Index): Loop | undefined =>
  nest.loops.find((l) => l.size > 1 && terms.get(l) === 1)

/** Elements on the side of a square: as many as fill the loop without a rest, or nearly so. */
const sideOf = (widest: VectorLength, size: number): VectorLength => {
  const least = Math.min(4, widest)
  const sides: number[] = []
  for (let vl = widest as number; vl >= least; vl /= 2) if (vl <= size) sides.push(vl)
  return (sides.find((vl) => size % vl === 0) ?? sides[0] ?? 1) as VectorLength
}

/** The turn that a nest is, if it is one and has not been found to run in vectors as it stands. */
export const turnOf = (nest: Nest, { vector }: Tiling, machine: Machine): Turn | null => {
  const [store] = nest.stores
  if (vector !== null || store === undefined || nest.stores.length > 1) return null
  if (nest.folds.length > 0 || nest.traces.length > 0 || nest.ordered.length > 0) return null
  const { memory, index, value } = store
  const load = value.op === 'source' ? (value.data as Source) : null
  if (load?.kind !== 'load' || load.plus !== null || store.plus !== null || store.mode !== 'set') return null
  if (memory.dtype === 'bool' || load.memory.dtype !== memory.dtype) return null
  const from = alongside(nest, load.index)
  const to = alongside(nest, index)
  if (from === undefined || to === undefined || from === to || !index.terms.has(from)) return null
  const vl = sideOf(lengthIn(machine, memory.dtype === 'f64'), to.size)
  return vl === 1 || from.size < vl ? null : { from, to, load, memory, index, vl }
}

// -------------------------------------------------------------------------------------------------------------- writing

/**
 * Turns a square of registers: in steps of half its side, a quarter, …, two rows so far apart exchange every other group of so
 * many elements.
 */
const turned = (line: TurnSite['line'], type: string, mask: string, vl: number): readonly string[] => {
  let rows = Array.from({ length: vl }, (_, n) => `r${n}`)
  for (let half = vl / 2; half >= 1; half /= 2) {
    const next = [...rows]
    for (let n = 0; n < vl; n++) {
      if ((n & half) !== 0) continue
      const [x, y] = [rows[n], rows[n + half]]
      const low = Array.from({ length: vl }, (_, k) => ((k & half) === 0 ? k : vl + k - half))
      const high = Array.from({ length: vl }, (_, k) => ((k & half) === 0 ? k + half : vl + k))
      for (const [row, places] of [
        [n, low],
        [n + half, high],
      ] as const) {
        next[row] = `t${half}_${row}`
        line(`const ${type} ${next[row]} = TURN(${x}, ${y}, ${mask}, ${places.join(', ')});`)
      }
    }
    rows = next
  }
  return rows
}

/** Writes a turn. */
export const emitTurn = ({ line, nameOf, split }: TurnSite, nest: Nest, t: Turn): void => {
  const { from, to, load, memory, index, vl } = t
  const names = new Map(nest.loops.map((l, n) => [l, `i${n}`] as const))
  const nameOfLoop = (l: Loop): string => names.get(l) as string
  const place = (i: Index, ahead: Loop, by: number): string => {
    const terms = [...i.terms].filter(([l, c]) => l.size > 1 && c !== 0).map(([l, c]) => `${c} * ${nameOfLoop(l)}`)
    return [...terms, String(i.constant + by * (i.terms.get(ahead) ?? 0))].join(' + ')
  }
  const type = `${memory.dtype}x${vl}`
  const mask = `${memory.dtype === 'f64' ? 'i64' : 'i32'}x${vl}`
  const [first, end] = [to, from].map((l): readonly [string, string] =>
    split?.loop === l ? ['from', 'to'] : ['0', String(l.size)],
  ) as [readonly [string, string], readonly [string, string]]
  const one = (): void =>
    line(`${nameOf(memory)}[${place(index, to, 0)}] = ${nameOf(load.memory)}[${place(load.index, to, 0)}];`)
  const around = nest.loops.filter((l) => l !== from && l !== to && l.size > 1)
  for (const l of around) {
    const [low, high] = split?.loop === l ? ['from', 'to'] : ['0', String(l.size)]
    line(`for (long ${nameOfLoop(l)} = ${low}; ${nameOfLoop(l)} < ${high}; ${nameOfLoop(l)}++) {`)
  }
  const [f, o] = [nameOfLoop(from), nameOfLoop(to)]
  line(`long ${f} = ${end[0]};`)
  line(`for (; ${f} + ${vl} <= ${end[1]}; ${f} += ${vl}) {`)
  line(`long ${o} = ${first[0]};`)
  line(`for (; ${o} + ${vl} <= ${first[1]}; ${o} += ${vl}) {`)
  for (let n = 0; n < vl; n++)
    line(`const ${type} r${n} = *(const ${type}u *)(${nameOf(load.memory)} + ${place(load.index, to, n)});`)
  turned(line, type, mask, vl).forEach((row, n) => {
    line(`*(${type}u *)(${nameOf(memory)} + ${place(index, from, n)}) = ${row};`)
  })
  line('}')
  // what fills no square
  line(`for (; ${o} < ${first[1]}; ${o}++) for (long begin = ${f}, ${f} = begin; ${f} < begin + ${vl}; ${f}++) {`)
  one()
  line('}')
  line('}')
  line(`for (; ${f} < ${end[1]}; ${f}++) for (long ${o} = ${first[0]}; ${o} < ${first[1]}; ${o}++) {`)
  one()
  line('}')
  for (const _ of around) line('}')
}
