/** The lowering of every primitive. A primitive without a rule does not compile. */
import {
  binary,
  bits,
  type Comparison,
  call,
  compare,
  constant,
  convert,
  type FloatUnary,
  type FunctionName,
  type Lane,
  type LaneType,
  not,
  select,
  shiftBy,
  source,
  truncate,
  unary,
} from '../core/lane.js'
import { along, at, divide, type Fold, type Index, type IndexValue, type Loop, plus, times } from '../core/nest.js'
import type { DType, Shape } from '../core/value.js'
import type { SingleParams } from '../primitive/table.js'
import { otherAxes } from '../tensor/shape.js'
import { running, scatter, written } from './nests.js'
import type { FoldSite, Known, Rule } from './rule.js'
import { sorted } from './sort.js'
import { threefryNests } from './threefry.js'

// ---------------------------------------------------------------------------------------------------------------- types

/** The lane of an element type; truth values are masks of 32 bits. */
export const laneType = (dtype: DType): LaneType => (dtype === 'bool' ? 'm32' : dtype)

/** A number as an element of this type. */
export const literal = (dtype: DType, value: number): Lane => constant(laneType(dtype), value)

/** A mask of 32 bits, as truth values are held. */
const truth = (mask: Lane): Lane => convert(mask, 'm32')

/** A truth value as a mask of the width of what it chooses between. */
const maskFor = (t: Lane, type: LaneType): Lane => convert(t, type.endsWith('64') ? 'm64' : 'm32')

const isInteger = (x: Known): boolean => x.dtype === 'i32'

/** An index as an i32 lane. */
export const indexLane = (index: Index): Lane => source('i32', { kind: 'index', index } satisfies IndexValue)

// -------------------------------------------------------------------------------------------------------- elementwise

const lane = <P>(f: (x: readonly Lane[], params: P, result: Known, args: readonly Known[]) => Lane): Rule<P> => ({
  kind: 'lane',
  lane: f,
})

const first = (x: readonly Lane[]): Lane => x[0] as Lane
const second = (x: readonly Lane[]): Lane => x[1] as Lane

const float = (op: FloatUnary): Rule<null> => lane((x) => unary(op, first(x)))
const fn = (name: FunctionName): Rule<null> => lane((x) => call(name, ...x))
const compared = (op: Comparison): Rule<null> =>
  lane((x) => truth(compare(op, comparable(first(x)), comparable(second(x)))))

/** Truth values as numbers, for comparing: false below true. */
const comparable = (x: Lane): Lane => (x.type === 'm32' ? binary('sub', constant('i32', 0), bits(x, 'i32')) : x)

const zero = (x: Lane): Lane => constant(x.type, 0)

const signOf = (x: Lane): Lane =>
  select(compare('gt', x, zero(x)), constant(x.type, 1), select(compare('lt', x, zero(x)), constant(x.type, -1), x))

/** xⁿ by repeated squaring, n a whole number. */
const power = (x: Lane, n: number): Lane => {
  if (n === 0) return constant(x.type, 1)
  if (n < 0) return binary('div', constant(x.type, 1), power(x, -n))
  if (n > 64) return call('pow', x, constant(x.type, n))
  let result: Lane | undefined
  let base = x
  for (let k = n; k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result = result === undefined ? base : binary('mul', result, base)
    if (k > 1) base = binary('mul', base, base)
  }
  return result as Lane
}

/** The remainder with the sign of y; of integers in doubles, whose quotients are exact enough. By 0 it is 0. */
const remainderOf = (x: Lane, y: Lane): Lane => {
  if (x.type !== 'i32') return call('remainder', x, y)
  const [a, b] = [convert(x, 'f64'), convert(y, 'f64')]
  return truncate(binary('sub', a, binary('mul', unary('floor', binary('div', a, b)), b)))
}

const toType = (x: Lane, dtype: DType): Lane => {
  if (dtype === 'bool') return x.type === 'm32' ? x : truth(compare('ne', x, zero(x)))
  const type = laneType(dtype)
  if (x.type === 'm32') return select(maskFor(x, type), constant(type, 1), constant(type, 0))
  if (x.type === type) return x
  return type === 'i32' ? truncate(x) : convert(x, type)
}

// ---------------------------------------------------------------------------------------------------------------- folds

const foldOf = (type: LaneType, init: Lane, join: 'add' | 'mul' | 'min' | 'max', step: Lane): Fold => {
  const fold: { -readonly [K in keyof Fold]: Fold[K] } = {
    types: [type],
    init: [init],
    next: [],
    join: { op: join, step },
  }
  const accumulated = source(type, { kind: 'accumulated', fold, which: 0 })
  fold.next = [binary(join, accumulated, step)]
  return fold
}

/** The index of an argument: the result's along the axes kept, the loops' along those folded. */
const folded = (site: FoldSite, axes: readonly number[], rank: number): readonly Index[] => {
  const index: Index[] = new Array(rank)
  otherAxes(rank, axes).forEach((a, i) => {
    index[a] = site.index[i] as Index
  })
  axes.forEach((a, i) => {
    index[a] = along(site.loops[i] as Loop)
  })
  return index
}

const lowest = (dtype: DType): number => (dtype === 'i32' ? -2147483648 : -Infinity)
const highest = (dtype: DType): number => (dtype === 'i32' ? 2147483647 : Infinity)

const reduction = (join: 'add' | 'mul' | 'min' | 'max', start: (dtype: DType) => number): Rule<readonly number[]> => ({
  kind: 'fold',
  sizes: (axes, args) => axes.map((a) => (args[0] as Known).shape[a] as number),
  which: 0,
  fold: (axes, site) => {
    const { shape, dtype } = site.args[0] as Known
    const x = site.read(0, folded(site, axes, shape.length))
    if (dtype === 'bool') {
      // the largest of truth values is whether any holds, the smallest whether all do
      const word = binary('and', bits(x, 'i32'), constant('i32', 1))
      const fold = foldOf('i32', constant('i32', join === 'max' ? 0 : 1), join, word)
      return fold
    }
    const type = laneType(dtype)
    // over no axis a sum is its argument, −0 too
    const from = axes.length === 0 && join === 'add' ? -0 : start(dtype)
    return foldOf(type, constant(type, from), join, x)
  },
})

const argExtreme = (op: 'gt' | 'lt'): Rule<number> => ({
  kind: 'fold',
  sizes: (axis, args) => [(args[0] as Known).shape[axis] as number],
  which: 1,
  fold: (axis, site) => {
    const { shape } = site.args[0] as Known
    const at = (i: Index): Lane => {
      const x = site.read(
        0,
        folded(site, [axis], shape.length).map((j, a) => (a === axis ? i : j)),
      )
      return comparable(x)
    }
    const loop = site.loops[0] as Loop
    const x = at(along(loop))
    const fold: { -readonly [K in keyof Fold]: Fold[K] } = {
      types: [x.type, 'i32'],
      init: [at({ constant: 0, terms: new Map() }), constant('i32', 0)],
      next: [],
      join: null,
    }
    const best = source(x.type, { kind: 'accumulated', fold, which: 0 })
    const place = source('i32', { kind: 'accumulated', fold, which: 1 })
    const beats = binary('and', compare('eq', best, best), binary('or', compare(op, x, best), compare('ne', x, x)))
    const i = indexLane(along(loop))
    fold.next = [select(beats, x, best), select(truth(beats), i, place)]
    return fold
  },
})

// ---------------------------------------------------------------------------------------------------------------- views

/** Indices under another shape of the same elements, when they are affine. */
export const reshaped = (index: readonly Index[], to: Shape, from: Shape): readonly Index[] | null => {
  // axes of size 1 say nothing; sizes are matched group by group from the left
  const out: Index[] = new Array(from.length).fill(at(0))
  // no elements, no indices
  if (from.includes(0)) return out
  let i = 0
  let j = 0
  while (i < to.length || j < from.length) {
    if (i < to.length && to[i] === 1) {
      i += 1
      continue
    }
    if (j < from.length && from[j] === 1) {
      j += 1
      continue
    }
    const i0 = i
    const j0 = j
    let n = to[i++] as number
    let m = from[j++] as number
    while (n !== m) {
      if (n < m) n *= to[i++] as number
      else m *= from[j++] as number
    }
    const linear = to.slice(i0, i).reduce((sum, size, k) => plus(times(sum, size), index[i0 + k] as Index), at(0))
    let rest = linear
    for (let k = j - 1; k > j0; k--) {
      const split = divide(rest, from[k] as number)
      if (split === null) return null
      rest = split[0]
      out[k] = split[1]
    }
    out[j0] = rest
  }
  return out
}

// ---------------------------------------------------------------------------------------------------------------- table

/** Every primitive with one result, but for taps: they have come out of a program before it is compiled. */
export const rules: { readonly [K in Exclude<keyof SingleParams, 'tap'>]: Rule<SingleParams[K]> } = {
  neg: lane((x, _, r) => (isInteger(r) ? binary('sub', zero(first(x)), first(x)) : unary('neg', first(x)))),
  exp: fn('exp'),
  log: fn('log'),
  expm1: fn('expm1'),
  log1p: fn('log1p'),
  sin: fn('sin'),
  cos: fn('cos'),
  tan: fn('tan'),
  asin: fn('asin'),
  acos: fn('acos'),
  atan: fn('atan'),
  sinh: fn('sinh'),
  cosh: fn('cosh'),
  tanh: fn('tanh'),
  asinh: fn('asinh'),
  acosh: fn('acosh'),
  atanh: fn('atanh'),
  sqrt: float('sqrt'),
  abs: lane((x, _, r) =>
    isInteger(r) ? binary('max', first(x), binary('sub', zero(first(x)), first(x))) : unary('abs', first(x)),
  ),
  sign: lane((x) => signOf(first(x))),
  floor: float('floor'),
  ceil: float('ceil'),
  round: float('nearest'),
  erf: fn('erf'),
  erfc: fn('erfc'),
  lgamma: fn('lgamma'),
  digamma: fn('digamma'),
  polygamma: lane((x, order) => call(`polygamma${order}` as FunctionName, first(x))),
  isNaN: lane((x) => truth(compare('ne', first(x), first(x)))),
  isFinite: lane((x) => truth(compare('lt', unary('abs', first(x)), constant(first(x).type, Infinity)))),
  add: lane((x) => binary('add', first(x), second(x))),
  sub: lane((x) => binary('sub', first(x), second(x))),
  mul: lane((x) => binary('mul', first(x), second(x))),
  div: lane((x) => binary('div', first(x), second(x))),
  pow: fn('pow'),
  integerPow: lane((x, n) => power(first(x), n)),
  maximum: lane((x) => binary('max', first(x), second(x))),
  minimum: lane((x) => binary('min', first(x), second(x))),
  atan2: fn('atan2'),
  remainder: lane((x) => remainderOf(first(x), second(x))),
  maskedMul: lane((x) => {
    const [a, b] = [first(x), second(x)]
    const none = binary('or', compare('eq', a, zero(a)), compare('eq', b, zero(b)))
    return select(none, zero(a), binary('mul', a, b))
  }),
  equal: compared('eq'),
  notEqual: compared('ne'),
  less: compared('lt'),
  lessEqual: compared('le'),
  and: lane((x) => binary('and', first(x), second(x))),
  or: lane((x) => binary('or', first(x), second(x))),
  xor: lane((x) => binary('xor', first(x), second(x))),
  not: lane((x) => not(first(x))),
  shiftLeft: lane((x) => shiftBy('shl', first(x), second(x))),
  shiftRight: lane((x) => shiftBy('shrU', first(x), second(x))),
  select: lane((x, _, r) => {
    const type = laneType(r.dtype)
    return select(maskFor(first(x), type), second(x), x[2] as Lane)
  }),
  convert: lane((x, dtype) => toType(first(x), dtype)),
  sum: reduction('add', () => 0),
  max: reduction('max', lowest),
  min: reduction('min', highest),
  prod: reduction('mul', () => 1),
  argmax: argExtreme('gt'),
  argmin: argExtreme('lt'),
  argsort: { kind: 'nests', inMemory: [0], nests: sorted },
  broadcast: { kind: 'view', index: (index, p) => p.dims.map((d) => index[d] as Index) },
  reshape: { kind: 'view', index: (index, shape, argument) => reshaped(index, shape, argument) },
  permute: {
    kind: 'view',
    index: (index, permutation) => {
      const out: Index[] = new Array(index.length)
      permutation.forEach((a, i) => {
        out[a] = index[i] as Index
      })
      return out
    },
  },
  flip: {
    kind: 'view',
    index: (index, axes, shape) =>
      index.map((i, a) => (axes.includes(a) ? plus(at((shape[a] as number) - 1), times(i, -1)) : i)),
  },
  slice: {
    kind: 'view',
    index: (index, p) => index.map((i, a) => plus(at(p.start[a] as number), times(i, p.step[a] as number))),
  },
  pad: { kind: 'nests', inMemory: [], nests: written.pad },
  concatenate: { kind: 'nests', inMemory: [], nests: written.concatenate },
  gather: {
    kind: 'lookup',
    lane: (index, p, site) => {
      const x = site.args[0] as Known
      const k = site.read(1, index.slice(0, p.batch + 1))
      return written.rowOf(site, x, index, p.batch, k)
    },
  },
  scatterAdd: { kind: 'nests', inMemory: [], nests: scatter },
  contract: {
    kind: 'fold',
    sizes: (p, args) => summed(p).map((l) => (args[0] as Known).shape[p.a.indexOf(l)] as number),
    which: 0,
    fold: (p, site) => {
      const labels = summed(p)
      const at = (l: number): Index => {
        const out = p.out.indexOf(l)
        return out >= 0 ? (site.index[out] as Index) : along(site.loops[labels.indexOf(l)] as Loop)
      }
      const type = laneType(site.result.dtype)
      const product = binary('mul', site.read(0, p.a.map(at)), site.read(1, p.b.map(at)))
      return foldOf(type, constant(type, 0), 'add', product)
    },
  },
  cumsum: { kind: 'nests', inMemory: [], nests: (p, site) => running('add', 0, p.axis, p.reverse, site) },
  cumprod: { kind: 'nests', inMemory: [], nests: (axis, site) => running('mul', 1, axis, false, site) },
  iota: {
    kind: 'index',
    lane: (index, p) => toType(indexLane(index[p.axis] as Index), p.dtype),
  },
  threefry: { kind: 'nests', inMemory: [], nests: (_, site) => threefryNests(site) },
  stopGradient: lane((x) => first(x)),
  named: lane((x) => first(x)),
}

const summed = (p: SingleParams['contract']): readonly number[] =>
  p.a.filter((l) => p.b.includes(l) && !p.out.includes(l))
