/** What a record states by value: kinks and special values, exact examples, refusals. */
import { isFloat, type Shape, type Tensor } from '../src/core/value.js'
import type { Example, Literal, Opt, Primitive, Refusal, Special } from '../src/primitive/record.js'
import { builder, variable } from '../src/tape/node.js'
import { scope } from '../src/tape/scope.js'
import { abstractly } from '../src/tape/trace.js'
import { sameShape, sizeOf } from '../src/tensor/shape.js'
import { mapped } from './batching.js'
import { compiled } from './compiled.js'
import { jvpOf, vjpOf } from './derivative.js'
import { agreed, all, close, decimal, fact, type Law, labelled, law, show, type Verdict } from './law.js'
import { applied, resultsOf, stacked } from './primitive-sample.js'
import type { ListFunction } from './rounding.js'
import { arrayOf, numbers } from './sample.js'
import { tolerance } from './tolerance.js'

type Values = readonly Tensor[]

// ----------------------------------------------------------------------------------------------------------- comparing

const t = tolerance('f64', 'elementary')

/** A number as stated: within a few units in the last place, and −0 told from 0 where `signed`. */
const isStated = (found: Tensor | null | undefined, stated: number, signed: boolean): Verdict => {
  if (found == null) return fact(false, () => `left   nothing\nright  ${decimal(stated)}`)
  const x = numbers(found)[0] as number
  if (signed && stated === 0) return fact(Object.is(x, stated), () => `left   ${decimal(x)}\nright  ${decimal(stated)}`)
  return close(x, stated, { tolerance: t, scale: 'element' })
}

// -------------------------------------------------------------------------------------------------------- special values

/** Element types of the arguments: those of the first case with as many. */
const dtypesOf = (p: Primitive, count: number): readonly Tensor['dtype'][] =>
  p.samples.cases.find((c) => c.args.length === count)?.args.map((a) => a.dtype) ??
  Array.from({ length: count }, () => 'f64')

const unit = (like: Tensor, at: number): Tensor =>
  arrayOf(
    like.shape,
    like.dtype,
    Array.from({ length: sizeOf(like.shape) }, (_, i) => (i === at ? 1 : 0)),
  )

const only = (x: Values, i: number, v: Tensor): Opt[] => x.map((_, k) => (k === i ? v : null))
const zerosBeside = (x: Values, i: number, v: Tensor): Opt[] =>
  x.map((a, k) => (k === i ? v : isFloat(a.dtype) ? builder.like(a, 0) : null))

/** Every way to come by a partial derivative of a scalar function, by name. */
const partialsOf = (f: ListFunction, x: Values, i: number): readonly (readonly [string, () => Opt | undefined])[] => {
  const one = unit(x[i] as Tensor, 0)
  const forwards =
    (tangents: readonly Opt[]): ListFunction =>
    (y) =>
      jvpOf(f, y, tangents) as Values
  const backwards: ListFunction = (y) => {
    const ct = f(y).map((r) => (isFloat(r.dtype) ? builder.full([], r.dtype, 1) : null))
    return [vjpOf(f, y, ct)[i] as Tensor]
  }
  const stack = x.map((a) => stacked([a, a], 2))
  const every = x.map(() => true)
  return [
    ['jvp', () => forwards(only(x, i, one))(x)[0]],
    ['jvp with zero tangents', () => forwards(zerosBeside(x, i, one))(x)[0]],
    ['vjp', () => backwards(x)[0]],
    ['jit of jvp', () => compiled(forwards(only(x, i, one)))(x)[0]],
    ['jit of vjp', () => compiled(backwards)(x)[0]],
    ['vmap of jvp', () => mapped(forwards(only(x, i, one)), every)(stack)[0]],
    ['vmap of vjp', () => mapped(backwards, every)(stack)[0]],
  ]
}

/** Numbers that do not count, beside one that does. */
const beside = (x: Tensor): Tensor =>
  arrayOf([3], x.dtype, [
    numbers(x)[0] as number,
    ...(isFloat(x.dtype) ? [Number.NaN, Infinity] : numbers(x).concat(numbers(x))),
  ])

const isElementwise = (p: Primitive, params: unknown, x: Values): boolean => {
  try {
    return sameShape(
      resultsOf(
        p,
        params,
        x.map((a) => ({ shape: [3], dtype: a.dtype })),
      )[0]?.shape as Shape,
      [3],
    )
  } catch {
    return false
  }
}

/** In a vector next to NaN and infinity, whose cotangents and tangents are zero. */
const inCompany = (f: ListFunction, x: Values, special: Special<unknown>): Verdict => {
  const xs = x.map(beside)
  const y = f(xs)[0] as Tensor
  const value = labelled(() => 'next to NaN', isStated(y, special.value, true))
  const rest = (g: Opt | undefined, what: string, partial: number): Verdict => {
    const found = g == null ? [Number.NaN] : numbers(g)
    return labelled(
      () => what,
      all([
        isStated(g, partial, false),
        fact(
          found.slice(1).every((e) => e === 0),
          () => `left   ${show(found)}\nright  ${show([partial, 0, 0])}`,
        ),
      ]),
    )
  }
  return all([
    value,
    ...(special.partials ?? []).flatMap((partial, i): Verdict[] => {
      if (partial === null || !isFloat(y.dtype)) return []
      const v = unit(xs[i] as Tensor, 0)
      return [
        rest(jvpOf(f, xs, only(xs, i, v))[0], `jvp in argument ${i} next to NaN`, partial),
        rest(vjpOf(f, xs, [unit(y, 0)])[i], `vjp in argument ${i} next to NaN`, partial),
      ]
    }),
  ])
}

const special = (p: Primitive, s: Special<unknown>): Verdict => {
  const dtypes = dtypesOf(p, s.at.length)
  const x = s.at.map((a, i) => arrayOf([], dtypes[i] as Tensor['dtype'], [a]))
  const f = applied(p, s.params)
  const every = x.map(() => true)
  const stack = x.map((a) => stacked([a, a], 2))
  const y = f(x)[0] as Tensor
  const where = (name: string, v: Verdict): Verdict =>
    labelled(() => `${name} at ${show(s.at)}${s.params === null ? '' : ` with ${show(s.params)}`}`, v)
  return all([
    where('value', isStated(y, s.value, true)),
    where('value under jit', isStated(compiled(f)(x)[0], s.value, true)),
    where('value under vmap', isStated(mapped(f, every)(stack)[0], s.value, true)),
    ...(isElementwise(p, s.params, x) ? [where('in a vector', inCompany(f, x, s))] : []),
    ...(s.partials ?? []).flatMap((partial, i) =>
      partial === null || !isFloat((x[i] as Tensor).dtype) || !isFloat(y.dtype)
        ? []
        : partialsOf(f, x, i).map(([name, found]) =>
            where(`${name} in argument ${i}`, isStated(found(), partial, false)),
          ),
    ),
  ])
}

// ------------------------------------------------------------------------------------------------------------- examples

const shapeOf = (l: Literal): number[] =>
  typeof l === 'number' ? [] : [l.length, ...(l.length === 0 ? [] : shapeOf(l[0] as Literal))]

const flat = (l: Literal): number[] => (typeof l === 'number' ? [l] : l.flatMap(flat))

const literal = (l: Literal, dtype: Tensor['dtype']): Tensor => arrayOf(shapeOf(l), dtype, flat(l))

const example = (p: Primitive, e: Example<unknown>): Verdict => {
  const types = e.dtypes?.[0] ?? e.args.map((): Tensor['dtype'] => 'f64')
  const x = e.args.map((a, i) => literal(a, types[i] as Tensor['dtype']))
  const value = literal(e.value, e.dtypes?.[1] ?? 'f64')
  const f = applied(p, e.params)
  const every = x.map(() => true)
  const same = (name: string, found: Values, stated: Values): Verdict =>
    labelled(
      () => `${name} of ${show(e.args)}${e.params === null ? '' : ` with ${show(e.params)}`}`,
      close(found[0], stated[0], { tolerance: t, scale: 'element' }),
    )
  const ones: ListFunction = (y) => vjpOf(f, y, [builder.like(value, 1)]) as Values
  return all([
    same('value', f(x), [value]),
    ...(x.length === 0
      ? []
      : [
          same('value under jit', compiled(f)(x), [value]),
          same('value under vmap', mapped(f, every)(x.map((a) => stacked([a, a], 2))), [stacked([value, value], 2)]),
        ]),
    ...(e.partials ?? []).flatMap((partial, i) => {
      if (partial === null) return []
      const stated = literal(partial, types[i] as Tensor['dtype'])
      const n = sizeOf(stated.shape)
      const tangents = Array.from({ length: n }, (_, k) => {
        const dy = jvpOf(f, x, only(x, i, unit(x[i] as Tensor, k)))[0] as Tensor
        return numbers(dy).reduce((a, b) => a + b, 0)
      })
      return [
        same(`vjp in argument ${i}`, [ones(x)[i] as Tensor], [stated]),
        same(`jvp in argument ${i}`, [arrayOf(stated.shape, stated.dtype, tangents)], [stated]),
      ]
    }),
  ])
}

// ------------------------------------------------------------------------------------------------------------- refusals

const refusal = (p: Primitive, r: Refusal<unknown>): Verdict => {
  const x = r.args.map((a) => builder.full(a.shape, a.dtype, 0))
  const symbolic = x.map((a) => variable(abstractly(a), [scope('laws')]))
  const thrown = (args: Values): string => {
    try {
      applied(p, r.params)(args)
      return 'nothing'
    } catch (e) {
      return e instanceof Error ? e.name : String(e)
    }
  }
  return all(
    [x, ...(x.length === 0 ? [] : [symbolic])].map((args) => {
      const name = thrown(args)
      return fact(
        name === r.error,
        () =>
          `${r.args.map((a) => `${a.dtype}[${a.shape.join(', ')}]`).join(', ')}${r.params === null ? '' : ` with ${show(r.params)}`}\nleft   ${name} is thrown\nright  ${r.error}`,
      )
    }),
  )
}

// ----------------------------------------------------------------------------------------------------------------- laws

/** A verdict that is the same for every sample, reached once. */
const once = (check: () => Verdict): (() => Verdict) => {
  let reached: Verdict | undefined
  return () => {
    reached ??= check()
    return reached
  }
}

const every = <A>(list: readonly A[] | undefined, check: (a: A) => Verdict): Verdict =>
  list === undefined || list.length === 0 ? agreed : all(list.map(check))

/** The laws of what a record states by value; they take no sample. */
export const statedLaws = (p: Primitive): readonly Law<unknown>[] => [
  law(
    'special values',
    'value and partial derivatives as stated, in every mode',
    once(() => every(p.samples.special, (s) => special(p, s))),
  ),
  law(
    'examples',
    'value and derivatives as stated, in every mode',
    once(() => every(p.samples.examples, (e) => example(p, e))),
  ),
  law(
    'refusals',
    'arguments that do not fit are refused with the error stated',
    once(() => every(p.samples.refused, (r) => refusal(p, r))),
  ),
]
