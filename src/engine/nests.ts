/** Nests of the primitives that write their own result: padding, joining, scattering, running. */
import { binary, compare, constant, convert, type Lane, select, source } from '../core/lane.js'
import {
  along,
  at,
  type Fold,
  type Index,
  type Load,
  type Loop,
  type Nest,
  plus,
  put,
  storing,
  times,
} from '../core/nest.js'
import type { DType, Shape } from '../core/value.js'
import type { ScatterParams } from '../primitive/indexing.js'
import type { PadParams } from '../primitive/parts.js'
import type { Known, Site } from './rule.js'

const type = (dtype: DType): 'f64' | 'f32' | 'i32' | 'm32' => (dtype === 'bool' ? 'm32' : dtype)
const loopsOf = (shape: Shape): readonly Loop[] => shape.map((size) => ({ size }))
const integer = (n: number): Lane => constant('i32', n)

/** A number as an element. */
const element = (dtype: DType, value: number): Lane =>
  dtype === 'bool'
    ? convert(compare('ne', integer(value === 0 ? 0 : 1), integer(0)), 'm32')
    : constant(type(dtype), value)

/** Every element of the result set to one value. */
const filled = (site: Site, value: number): Nest => {
  const loops = loopsOf(site.result.shape)
  return storing(loops, [put(site.memory, site.place(loops.map(along)), element(site.result.dtype, value))])
}

// ----------------------------------------------------------------------------------------------- padding and joining

const pad = (p: PadParams, site: Site): readonly Nest[] => {
  const loops = loopsOf((site.args[0] as Known).shape)
  const inside = loops.map((l, a) => plus(at(p.low[a] as number), times(along(l), (p.interior[a] as number) + 1)))
  return [filled(site, p.value), storing(loops, [put(site.memory, site.place(inside), site.read(0, loops.map(along)))])]
}

const concatenate = (axis: number, site: Site): readonly Nest[] => {
  let from = 0
  return site.args.map((part, k) => {
    const loops = loopsOf(part.shape)
    const index = loops.map(along)
    const start = from
    from += part.shape[axis] as number
    const there = index.map((i, a) => (a === axis ? plus(i, at(start)) : i))
    return storing(loops, [put(site.memory, site.place(there), site.read(k, index))])
  })
}

// -------------------------------------------------------------------------------------------------------------- indices

/** A row number that counts from the back when negative, held to the axis. */
const held = (k: Lane, size: number): Lane => {
  const wrapped = select(compare('lt', k, integer(0)), binary('add', k, integer(size)), k)
  return binary('max', integer(0), binary('min', wrapped, integer(size - 1)))
}

/** The element of an argument in memory whose index along one axis is computed. */
const rowOf = (site: Site, x: Known, index: readonly Index[], axis: number, k: Lane): Lane => {
  const zero = index.map((i, a) => (a === axis ? at(0) : i))
  const unit = site.placeOf(
    0,
    index.map((_, a) => at(a === axis ? 1 : 0)),
  )
  const origin = site.placeOf(
    0,
    index.map(() => at(0)),
  )
  const stride = unit.constant - origin.constant
  const row = held(k, x.shape[axis] as number)
  const load: Load = {
    kind: 'load',
    memory: site.memoryOf(0),
    index: site.placeOf(0, zero),
    plus: stride === 1 ? row : binary('mul', row, integer(stride)),
  }
  return source(type(x.dtype), load)
}

/** What moves rows about. */
export const written = { pad, concatenate, rowOf }

/** Rows added into zeros at their index. */
export const scatter = (p: ScatterParams, site: Site): readonly Nest[] => {
  const [x] = site.args as readonly [Known, Known]
  const loops = loopsOf(x.shape)
  const index = loops.map(along)
  const row = held(site.read(1, index.slice(0, p.batch + 1)), p.size)
  const unit = site.place(index.map((_, a) => at(a === p.batch ? 1 : 0))).constant
  const stride = unit - site.place(index.map(() => at(0))).constant
  const there = site.place(index.map((i, a) => (a === p.batch ? at(0) : i)))
  return [
    filled(site, 0),
    storing(
      loops,
      [
        {
          memory: site.memory,
          index: there,
          plus: stride === 1 ? row : binary('mul', row, integer(stride)),
          mode: 'add',
          value: site.read(0, index),
        },
      ],
      [loops[p.batch] as Loop],
    ),
  ]
}

// -------------------------------------------------------------------------------------------------------------- running

/** Running folds along an axis: each step is written. */
export const running = (
  op: 'add' | 'mul',
  start: number,
  axis: number,
  reverse: boolean,
  site: Site,
): readonly Nest[] => {
  const { shape, dtype } = site.result
  const all = loopsOf(shape)
  const loop = all[axis] as Loop
  const index = all.map((l, a) => (a === axis && reverse ? plus(at(l.size - 1), times(along(l), -1)) : along(l)))
  const step = site.read(0, index)
  const fold: { -readonly [K in keyof Fold]: Fold[K] } = {
    types: [type(dtype)],
    init: [constant(type(dtype), start)],
    next: [],
    join: null,
  }
  fold.next = [binary(op, source(type(dtype), { kind: 'accumulated', fold, which: 0 }), step)]
  return [
    {
      loops: all.filter((l) => l !== loop),
      ordered: [],
      folded: [loop],
      folds: [fold],
      traces: [put(site.memory, site.place(index), source(type(dtype), { kind: 'accumulated', fold, which: 0 }))],
      stores: [],
    },
  ]
}
