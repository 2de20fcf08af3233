/** Every way in which the mutation check makes a rule of a primitive wrong. */
import * as Laws from '../laws/index.js'
import type { Tensor } from '../src/core/value.js'
import { isFloat } from '../src/core/value.js'
import type { AnySingle, Result } from '../src/primitive/record.js'
import { builder } from '../src/tape/node.js'
import { allocate, bufferOf, type Concrete, concrete } from '../src/tensor/concrete.js'

// ---------------------------------------------------------------------------------------------------------------- model

export type Rule = (...args: never[]) => unknown
export type Rules = Record<string, unknown>

export interface Mutation {
  readonly rule: string
  readonly name: string
  /** The rule made wrong; null where there is nothing to make wrong. */
  readonly make: (rule: Rule, arity: number) => Rule | null
}

// ------------------------------------------------------------------------------------------------------------ mutations

type Opt = Tensor | null

const call = (f: Rule, ...args: readonly unknown[]): unknown => f(...(args as never[]))

/** The results of a rule, one or a list of them, each changed; null stays null. */
const each =
  (change: (x: Tensor, i: number) => Opt) =>
  (y: unknown): unknown =>
    Array.isArray(y)
      ? y.map((x: Opt, i) => (x === null ? null : change(x, i)))
      : y === null
        ? null
        : change(y as Tensor, 0)

const scaled = (k: number) => each((x) => (isFloat(x.dtype) ? builder.mul(x, k) : x))

/** Elements in memory, changed. */
const inMemory = (change: (d: number[], dtype: string) => number[]) =>
  each((x) => {
    const c = x as Concrete
    const buffer = allocate(c.dtype, bufferOf(c).length)
    buffer.set(change(Array.from(bufferOf(c)), c.dtype))
    return concrete(c.shape, c.dtype, buffer)
  })

const otherValue = inMemory((d, dtype) => d.map((v) => (dtype === 'bool' ? 1 - v : dtype === 'i32' ? v + 1 : 2 * v)))
const negated = inMemory((d, dtype) => d.map((v) => (dtype === 'bool' ? v : -v)))
const offset = inMemory((d, dtype) => d.map((v) => (dtype === 'bool' ? v : v + 0.25)))
const reversed = inMemory((d) => [...d].reverse())
const rotated = inMemory((d) => (d.length < 2 ? d : [...d.slice(1), d[0] as number]))
const firstWrong = inMemory((d, dtype) => d.map((v, i) => (i === 0 ? (dtype === 'bool' ? 1 - v : v + 1) : v)))

/** Parameters, wrong in one place: lists reversed or moved, numbers and flags changed. */
const wrongParams = (how: 'reversed' | 'moved', params: unknown): unknown => {
  if (Array.isArray(params)) return how === 'reversed' ? [...params].reverse() : params.map((v) => wrongParams(how, v))
  if (typeof params === 'number') return how === 'moved' ? params + 1 : params
  if (typeof params === 'boolean') return how === 'moved' ? !params : params
  if (typeof params === 'object' && params !== null && Object.values(params).every((v) => typeof v !== 'function'))
    return Object.fromEntries(Object.entries(params).map(([k, v]) => [k, wrongParams(how, v)]))
  return params
}

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** One field of the parameters wrong. */
export const fieldWrong = (how: 'reversed' | 'moved', field: number, params: unknown): unknown => {
  if (typeof params !== 'object' || params === null || Array.isArray(params))
    return field === 0 ? wrongParams(how, params) : params
  const keys = Object.keys(params)
  const key = keys[field]
  if (key === undefined) return params
  return { ...params, [key]: wrongParams(how, (params as Rules)[key]) }
}

/** Where each rule takes its parameters, and its list of values. */
const PLACES: Readonly<Record<string, { readonly params: number; readonly list: number }>> = {
  evaluate: { params: 0, list: 1 },
  jvp: { params: 4, list: 2 },
  dual: { params: 3, list: 2 },
  transpose: { params: 3, list: 2 },
  batch: { params: 4, list: 1 },
  abstract: { params: 0, list: 1 },
}

const with_ = (args: readonly unknown[], at: number, value: unknown): unknown[] =>
  args.map((a, i) => (i === at ? value : a))

const result = (rule: string, name: string, change: (y: unknown) => unknown): Mutation => ({
  rule,
  name,
  make:
    (f) =>
    (...args) =>
      change(call(f, ...args)),
})

const input = (rule: string, name: string, change: (args: readonly unknown[]) => readonly unknown[]): Mutation => ({
  rule,
  name,
  make:
    (f) =>
    (...args) =>
      call(f, ...change(args)),
})

const swap = (xs: unknown): unknown => (xs as readonly unknown[]).toReversed()

const onList = (rule: string, name: string, least: number, change: (xs: unknown) => unknown): Mutation => {
  const { list } = PLACES[rule] as { list: number }
  return {
    rule,
    name,
    make: (f, arity) => (arity < least ? null : (...args) => call(f, ...with_(args, list, change(args[list])))),
  }
}

const FIELDS = [0, 1, 2, 3]

const parameters = (rule: string): readonly Mutation[] =>
  (['reversed', 'moved'] as const).flatMap((how) =>
    FIELDS.map((field) =>
      input(rule, `parameter ${field} ${how}`, (args) => {
        const { params } = PLACES[rule] as { params: number }
        return with_(args, params, fieldWrong(how, field, args[params]))
      }),
    ),
  )

/** The argument, as a constant: the rule is right, its own derivative is not. */
const detach: AnySingle = { ...Laws.table.stopGradient, name: 'detach', samples: { cases: [] } } as never

const stop = (xs: unknown): unknown =>
  (xs as readonly Tensor[]).map((x) => (isFloat(x.dtype) ? builder.apply(detach, null, [x]) : x))

const dropped = (at: number): Mutation => ({
  rule: 'jvp',
  name: `term ${at} dropped`,
  make: (f, arity) =>
    at >= arity
      ? null
      : (...args) => {
          const t = (args[1] as unknown as readonly Opt[]).map((v, i) => (i === at ? null : v))
          return t.every((v) => v === null) ? null : call(f, ...with_(args, 1, t))
        },
})

const doubled = (rule: string, at: number): Mutation => {
  const { list } = PLACES[rule] as { list: number }
  return {
    rule,
    name: `argument ${at} doubled`,
    make: (f, arity) =>
      at >= arity
        ? null
        : (...args) =>
            call(
              f,
              ...with_(
                args,
                list,
                (args[list] as unknown as readonly Tensor[]).map((x, i) =>
                  i === at && isFloat(x.dtype) && !('hole' in x) ? builder.mul(x, 2) : x,
                ),
              ),
            ),
  }
}

const outOf = (at: number): Mutation => ({
  rule: 'transpose',
  name: `cotangent ${at} dropped`,
  make: (f, arity) =>
    at >= arity ? null : (...args) => (call(f, ...args) as readonly Opt[]).map((c, i) => (i === at ? null : c)),
})

const alongStack = (change: (y: Tensor) => Tensor) =>
  each((y) => (y.shape.length === 0 || (y.shape[0] as number) < 2 ? y : change(y)))

const firstRepeated = (y: Tensor): Tensor =>
  builder.broadcast(
    builder.reshape(
      builder.slice(y, {
        start: y.shape.map(() => 0),
        stop: y.shape.map((n, i) => (i === 0 ? 1 : n)),
        step: y.shape.map(() => 1),
      }),
      y.shape.slice(1),
    ),
    y.shape,
    y.shape.slice(1).map((_, i) => i + 1),
  )

const types =
  (change: (r: Result) => Result) =>
  (y: unknown): unknown =>
    Array.isArray(y) ? y.map(change) : change(y as Result)

export const MUTATIONS: readonly Mutation[] = [
  result('evaluate', 'another value', otherValue),
  result('evaluate', 'negated', negated),
  result('evaluate', 'a quarter added', offset),
  result('evaluate', 'elements reversed', reversed),
  result('evaluate', 'elements rotated', rotated),
  result('evaluate', 'first element wrong', firstWrong),
  onList('evaluate', 'arguments reversed', 2, swap),
  ...parameters('evaluate'),

  result('jvp', 'negated', scaled(-1)),
  result('jvp', 'doubled', scaled(2)),
  result('jvp', 'zero', () => null),
  ...[0, 1, 2].map(dropped),
  {
    rule: 'jvp',
    name: 'tangents reversed',
    make: (f, arity) => (arity < 2 ? null : (...args) => call(f, ...with_(args, 1, swap(args[1])))),
  },
  onList('jvp', 'arguments reversed', 2, swap),
  doubled('jvp', 0),
  doubled('jvp', 1),
  input('jvp', 'value doubled', (args) => with_(args, 3, builder.mul(args[3] as Tensor, 2))),
  input('jvp', 'slope constant', (args) => with_(with_(args, 2, stop(args[2])), 3, (stop([args[3]]) as Tensor[])[0])),
  ...parameters('jvp'),

  result('dual', 'tangents negated', (y) => [(y as unknown[])[0], scaled(-1)((y as unknown[])[1])]),
  result('dual', 'tangents doubled', (y) => [(y as unknown[])[0], scaled(2)((y as unknown[])[1])]),
  result('dual', 'tangents zero', (y) => [(y as unknown[])[0], ((y as unknown[])[1] as unknown[]).map(() => null)]),
  result('dual', 'values doubled', (y) => [scaled(2)((y as unknown[])[0]), (y as unknown[])[1]]),
  input('dual', 'slope constant', (args) => with_(args, 2, stop(args[2]))),

  result('transpose', 'negated', scaled(-1)),
  result('transpose', 'doubled', scaled(2)),
  ...[0, 1, 2].map(outOf),
  {
    rule: 'transpose',
    name: 'cotangents reversed',
    make: (f, arity) => (arity < 2 ? null : (...args) => swap(call(f, ...args))),
  },
  onList('transpose', 'arguments reversed', 2, swap),
  doubled('transpose', 0),
  doubled('transpose', 1),
  ...parameters('transpose'),

  result(
    'batch',
    'stack flipped',
    alongStack((y) => builder.flip(y, [0])),
  ),
  result('batch', 'first example repeated', alongStack(firstRepeated)),
  result('batch', 'doubled', scaled(2)),
  onList('batch', 'arguments reversed', 2, swap),
  input('batch', 'every argument taken for a stack', (args) =>
    with_(
      args,
      2,
      (args[2] as readonly boolean[]).map(() => true),
    ),
  ),
  input('batch', 'no argument taken for a stack', (args) =>
    with_(
      args,
      2,
      (args[2] as readonly boolean[]).map(() => false),
    ),
  ),
  input('batch', 'stacks mistaken', (args) => with_(args, 2, swap(args[2]))),
  ...parameters('batch'),

  result(
    'abstract',
    'shape reversed',
    types((r) => ({ ...r, shape: r.shape.toReversed() })),
  ),
  result(
    'abstract',
    'an axis added',
    types((r) => ({ ...r, shape: [...r.shape, 1] })),
  ),
  result(
    'abstract',
    'another element type',
    types((r) => ({ ...r, dtype: r.dtype === 'f64' ? 'f32' : r.dtype === 'i32' ? 'bool' : 'i32' })),
  ),
  {
    rule: 'abstract',
    name: 'refuses nothing',
    make:
      (f) =>
      (...args) => {
        try {
          return call(f, ...args)
        } catch {
          return (args[1] as unknown as readonly Result[])[0] ?? { shape: [], dtype: 'f64' }
        }
      },
  },
]
