/** One of two programs, as a truth value says. */
import type { ProgramLike } from '../core/program.js'
import type { Abstract, Tensor } from '../core/value.js'
import { type Concrete, elementAt } from '../tensor/concrete.js'
import { range } from '../tensor/shape.js'
import type { Builder } from './builder.js'
import {
  bits,
  chosen,
  cut,
  derived,
  every,
  type Folds,
  idOf,
  isGiven,
  type LinearizedProgram,
  type Mask,
  or,
  spread,
  strong,
  type Values,
  zerosOf,
} from './control.js'
import { isHole, type Multiple, notLinear, type Result } from './record.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Two programs of the same inputs and results. */
export interface CondParams {
  readonly onTrue: ProgramLike
  readonly onFalse: ProgramLike
  readonly folds: Folds
}

interface LinearizedCond {
  readonly forward: CondParams
  readonly linear: CondParams
  readonly kept: readonly number[]
  readonly wanted: Mask
}

/**
 * Both branches linearised. Each gives the residuals of both, those of the other one zero; the linear branches take all of
 * them.
 */
const linearizedCond = (b: Builder, p: CondParams, active: Mask): LinearizedCond =>
  derived(p.onTrue, `cond ${bits(active)} ${idOf(p.onFalse)}`, () => {
    const { folds, onTrue, onFalse } = p
    const wanted = or(folds.active(onTrue, active), folds.active(onFalse, active))
    const keep = every(active)
    const [t, f] = [onTrue, onFalse].map((q) => folds.linearize(q, active, wanted, keep)) as [
      LinearizedProgram,
      LinearizedProgram,
    ]
    const n = onTrue.results.length
    const [ofTrue, ofFalse] = [t, f].map((l) => l.forward.results.slice(n)) as unknown as [
      readonly Result[],
      readonly Result[],
    ]
    const zeros = (of: readonly Result[]): Values => of.map((r) => zerosOf(b, r))
    const forward = (l: LinearizedProgram, before: readonly Result[], after: readonly Result[]): ProgramLike =>
      folds.trace((x) => {
        const [ys, residuals] = cut(folds.run(l.forward, x), n) as [Values, Values]
        return [...ys, ...zeros(before), ...residuals, ...zeros(after)]
      }, onTrue.inputs)
    const kept = range(onTrue.inputs.length).filter((i) => t.kept.includes(i) || f.kept.includes(i))
    const inputs = [
      ...kept.map((i) => onTrue.inputs[i] as Abstract),
      ...ofTrue,
      ...ofFalse,
      ...chosen(onTrue.inputs, active),
    ]
    const linear = (l: LinearizedProgram, isTrue: boolean): ProgramLike =>
      folds.trace((x) => {
        const [whole, ts, fs, tangents] = cut(x, kept.length, ofTrue.length, ofFalse.length) as Values[]
        const own = l.kept.map((i) => (whole as Values)[kept.indexOf(i)] as Tensor)
        return folds.run(l.linear, [...own, ...((isTrue ? ts : fs) as Values), ...(tangents as Values)])
      }, inputs)
    return {
      forward: { ...p, onTrue: forward(t, [], ofFalse), onFalse: forward(f, ofTrue, []) },
      linear: { ...p, onTrue: linear(t, true), onFalse: linear(f, false) },
      kept,
      wanted,
    }
  })

// -------------------------------------------------------------------------------------------------------------- running

/** One of two programs, as a truth value says: `cond(predicate, …inputs)`. */
export const cond: Multiple<CondParams> = {
  name: 'cond',
  results: 'many',
  abstract: (p) => p.onTrue.results,
  evaluate: (p, args) => {
    const [predicate, ...x] = args as readonly [Concrete, ...Concrete[]]
    return p.folds.evaluate(elementAt(predicate, 0) === 0 ? p.onFalse : p.onTrue, x).map(strong)
  },
  dual: (b, t, x, p) => {
    const active = t.slice(1).map(isGiven)
    const { forward, linear, kept, wanted } = linearizedCond(b, p, active)
    const [ys, residuals] = cut(b.cond(forward, x), p.onTrue.results.length) as [Values, Values]
    if (!wanted.includes(true)) return [ys, ys.map(() => null)]
    const whole = kept.map((i) => x[i + 1] as Tensor)
    const dys = b.cond(linear, [x[0] as Tensor, ...whole, ...residuals, ...t.filter(isGiven)])
    return [ys, spread(dys, wanted)]
  },
  transpose: (b, ct, x, p) => {
    const [predicate, ...args] = x
    if (predicate === undefined || isHole(predicate)) throw notLinear('cond')
    const linear = args.map(isHole)
    const given = ct.map(isGiven)
    const back = derived(p.onTrue, `condᵀ ${bits(linear)} ${bits(given)} ${idOf(p.onFalse)}`, (): CondParams => {
      const { inputs, results } = p.onTrue
      const known = linear.map((l) => !l)
      const transposed = (q: ProgramLike): ProgramLike =>
        p.folds.trace(
          (v) => {
            const [coefficients, cts] = cut(v, chosen(inputs, known).length) as [Values, Values]
            const back = p.folds.backward(q, spread(coefficients, known), spread(cts, given))
            return inputs.flatMap((a, i) => (linear[i] ? [back[i] ?? zerosOf(b, a)] : []))
          },
          [...chosen(inputs, known), ...chosen(results, given)],
        )
      return { ...p, onTrue: transposed(p.onTrue), onFalse: transposed(p.onFalse) }
    })
    const coefficients = args.filter((a) => !isHole(a)) as Values
    return [null, ...spread(b.cond(back, [predicate, ...coefficients, ...ct.filter(isGiven)]), linear)]
  },
  batch: (b, x, axis, n, p) => {
    const [predicate, ...args] = x as readonly [Tensor, ...Tensor[]]
    const [varies, ...axes] = axis as readonly [boolean, ...boolean[]]
    const over = derived(p.onTrue, `cond ${n} ${bits(axes)} ${idOf(p.onFalse)}`, (): CondParams => {
      const batched = (q: ProgramLike): ProgramLike => p.folds.batch(q, axes, n, every(q.results))
      return { ...p, onTrue: batched(p.onTrue), onFalse: batched(p.onFalse) }
    })
    if (!varies) return b.cond(over, [predicate, ...args])
    const otherwise = p.folds.run(over.onFalse, args)
    return p.folds
      .run(over.onTrue, args)
      .map((y, i) => b.select(b.broadcast(predicate, y.shape, [0]), y, otherwise[i] as Tensor))
  },
  samples: { cases: [] },
}
