/**
 * Functions written out in lanes: what a target has no instruction for.
 *
 * All are branch-free but for `rarely`, so they run on vectors as they stand. Results are within `BOUNDS` (bounds.ts) of the exact
 * ones, special values exact (bench/accuracy measures it: over all inputs of 32 bits, over samples of 64). Functions of 32 bits are
 * computed in 32 bits (`single*.ts`), but for the gamma family and `remainder`, which are computed in doubles and rounded once.
 */

import { ValueError } from '../../core/error.js'
import { convert, type FunctionName, type Lane } from '../../core/lane.js'
import type { Load, Source } from '../../core/nest.js'
import { acos, asin, atan, atan2 } from './arc.js'
import { erf, erfc } from './erf.js'
import { cosh, exp, expm1, type Precision, sigmoid, sinh, tanh } from './exp.js'
import { digamma, lgamma, polygamma } from './gamma.js'
import { acosh, asinh, atanh, log, log1p } from './log.js'
import { pow } from './pow.js'
import { remainder } from './remainder.js'
import * as single from './single.js'
import * as singleArc from './single-arc.js'
import * as singleHyperbolic from './single-hyperbolic.js'
import * as singlePow from './single-pow.js'
import * as singleTrig from './single-trig.js'
import { cos, sin, tan } from './trig.js'

// ---------------------------------------------------------------------------------------------------------------- model

type Single = (x: Lane, precision: Precision) => Lane

const SINGLES: ReadonlyMap<string, Single> = new Map<string, Single>([
  ['exp', exp],
  ['expm1', expm1],
  ['log', log],
  ['log1p', log1p],
  ['sin', sin],
  ['cos', cos],
  ['tan', tan],
  ['asin', asin],
  ['acos', acos],
  ['atan', atan],
  ['sinh', sinh],
  ['cosh', cosh],
  ['tanh', tanh],
  ['asinh', asinh],
  ['acosh', acosh],
  ['atanh', atanh],
  ['erf', erf],
  ['erfc', erfc],
  ['lgamma', lgamma],
  ['digamma', digamma],
  ['sigmoid', sigmoid],
])

/** Functions with arithmetic of 32 bits of their own. */
const NATIVE: ReadonlyMap<string, (x: Lane, y: Lane) => Lane> = new Map<string, (x: Lane, y: Lane) => Lane>([
  ['exp', single.exp],
  ['expm1', single.expm1],
  ['log', single.log],
  ['log1p', single.log1p],
  ['tanh', single.tanh],
  ['sigmoid', single.sigmoid],
  ['erf', single.erf],
  ['erfc', single.erfc],
  ['sin', singleTrig.sin],
  ['cos', singleTrig.cos],
  ['tan', singleTrig.tan],
  ['asin', singleArc.asin],
  ['acos', singleArc.acos],
  ['atan', singleArc.atan],
  ['atan2', singleArc.atan2],
  ['pow', singlePow.pow],
  ['sinh', singleHyperbolic.sinh],
  ['cosh', singleHyperbolic.cosh],
  ['asinh', singleHyperbolic.asinh],
  ['acosh', singleHyperbolic.acosh],
  ['atanh', singleHyperbolic.atanh],
])

// ---------------------------------------------------------------------------------------------------------- combinators

const singleOf = (name: FunctionName): Single => {
  const known = SINGLES.get(name)
  if (known !== undefined) return known
  const order = /^polygamma(\d+)$/.exec(name)?.[1]
  if (order === undefined || Number(order) > 170)
    throw new ValueError({ operation: 'engine', problem: `no function ${name}` })
  return order === '0' ? digamma : polygamma(Number(order))
}

// -------------------------------------------------------------------------------------------------------------- running

/** A function of f32 or f64 lanes, written out. */
export const written = (name: FunctionName, args: readonly Lane[]): Lane => {
  const [x, y] = args as readonly [Lane, Lane]
  const inDoubles = (precision: Precision, a: Lane, b: Lane): Lane =>
    name === 'pow'
      ? pow(a, b)
      : name === 'atan2'
        ? atan2(a, b)
        : name === 'remainder'
          ? remainder(a, b)
          : singleOf(name)(a, precision)
  if (x.type === 'f64') return inDoubles(53, x, y)
  const native = NATIVE.get(name)
  if (native !== undefined) return native(x, y)
  return convert(inDoubles(24, convert(x, 'f64'), y === undefined ? x : convert(y, 'f64')), 'f32')
}

/** The load that a lane is, when its place is computed by a lane. */
const gatherOf = (lane: Lane): (Load & { readonly plus: Lane }) | null => {
  const data = lane.op === 'source' ? (lane.data as Source | null) : null
  return data?.kind === 'load' && data.plus !== null ? (data as Load & { readonly plus: Lane }) : null
}

/**
 * The same lanes with their calls written out, in indices of loads too; what is shared stays shared.
 */
export const writeOut = (roots: readonly Lane[]): readonly Lane[] => {
  const done = new Map<Lane, Lane>()
  const open: { readonly lane: Lane; readonly entered: boolean }[] = []
  for (const root of roots) {
    open.push({ lane: root, entered: false })
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { lane, entered } = top
      if (done.has(lane)) continue
      if (!entered) {
        open.push({ lane, entered: true })
        const gather = gatherOf(lane)
        for (const arg of gather === null ? lane.args : [gather.plus])
          if (!done.has(arg)) open.push({ lane: arg, entered: false })
        continue
      }
      const gather = gatherOf(lane)
      if (gather !== null) {
        const plus = done.get(gather.plus) as Lane
        done.set(lane, plus === gather.plus ? lane : { ...lane, data: { ...gather, plus } })
        continue
      }
      const args = lane.args.map((arg) => done.get(arg) as Lane)
      const changed = args.some((arg, i) => arg !== lane.args[i])
      const kept = changed ? { ...lane, args } : lane
      done.set(lane, lane.op === 'call' ? written(lane.data as FunctionName, args) : kept)
    }
  }
  return roots.map((root) => done.get(root) as Lane)
}
