/** Every pair and triple of transformations, in every order, against closed forms. */
import fc from 'fast-check'
import {
  add,
  ConcretizationError,
  cos,
  exp,
  grad,
  hessian,
  hvp,
  item,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  matmul,
  mul,
  type Shape,
  sin,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  toArray,
  valueAndGrad,
  vjp,
  vmap,
} from 'lanac'
import { describe, expect, it } from 'vitest'
import { combined, evaluated, type Field, partial, scaled, shifted, term } from './terms.js'

type Vector = Tensor<Shape, 'f64'>
type Program = (x: Vector) => Vector

// ------------------------------------------------------------------------------------------------------------ functions

/** One coordinate. */
const at = (x: Vector, i: number): Tensor<[], 'f64'> => take(x, i) as never

/** A function R³ → R³ written with the library, and the same in closed form. */
const program: Program = (x) => {
  const [a, b, c] = [at(x, 0), at(x, 1), at(x, 2)] as const
  const squares = mul(x, x) as Vector
  return stack([
    add(mul(a, at(squares, 1)), exp(matmul(tensor([0.5, -0.25, 0.75]), x as never) as never)),
    sub(mul(c, sin(add(a, mul(0.5, b)))), mul(mul(mul(a, b), c), 2)),
    add(mul(mul(a, a), a), mul(mul(b, 0.25), cos(sub(c, a)))),
  ] as never) as unknown as Vector
}

const closedForm: Field = [
  [term(1, [1, 2, 0]), term(1, [0, 0, 0], 'exp', [0.5, -0.25, 0.75])],
  [term(1, [0, 0, 1], 'sin', [1, 0.5, 0]), term(-2, [1, 1, 1])],
  [term(1, [3, 0, 0]), term(0.25, [0, 1, 0], 'cos', [-1, 0, 1])],
]

// ------------------------------------------------------------------------------------------------------ transformations

const c = [0.5, -1, 0.75]
const v = [1, 0.5, -0.25]
const d = [0.125, -0.5, 0.25]
const C = tensor(c) as Vector
const V = tensor(v) as Vector
const D = tensor(d) as Vector

/** A transformation of functions R³ → R³, and what it does to a closed form. */
interface Transformation {
  readonly of: (f: Program) => Program
  readonly closed: (f: Field) => Field
}

const axes = [0, 1, 2]
const loss = (f: Program) => (x: Vector) => sum(mul(C, f(x)))
const gradientOf = (f: Field): Field => axes.map((j) => partial(combined(f, c), j))
const alongV = (f: Field): Field => f.map((fi) => axes.flatMap((j) => scaled(v[j] as number, partial(fi, j))))
const hessianTimesV = (f: Field): Field => alongV(gradientOf(f))
/** f(x) + ½ f(x + d), from a stack of two points. */
const twoPoints = (f: Field): Field => f.map((fi) => [...fi, ...scaled(0.5, shifted(fi, d))])

const transformations: Readonly<Record<string, Transformation>> = {
  grad: { of: (f) => grad(loss(f) as never) as never, closed: gradientOf },
  jvp: { of: (f) => (x) => jvp(f, [x], [V])[1] as Vector, closed: alongV },
  vjp: { of: (f) => (x) => (vjp(f, x)[1](C as never) as unknown as Vector[])[0] as Vector, closed: gradientOf },
  vmap: {
    of: (f) => (x) => matmul(tensor([1, 0.5]), vmap(f)(stack([x, add(x, D)] as never) as never) as never) as never,
    closed: twoPoints,
  },
  jit: { of: (f) => jit(f) as never, closed: (f) => f },
  hessian: {
    of: (f) => (x) => matmul(hessian(loss(f) as never)(x as never) as never, V as never) as never,
    closed: hessianTimesV,
  },
}

/** Less common spellings of the same derivatives; they take part in pairs. */
const further: Readonly<Record<string, Transformation>> = {
  valueAndGrad: {
    of: (f) => (x) => (valueAndGrad(loss(f) as never)(x as never) as unknown as [never, Vector])[1],
    closed: gradientOf,
  },
  linearize: { of: (f) => (x) => linearize(f, x)[1](V as never) as Vector, closed: alongV },
  jacfwd: { of: (f) => (x) => matmul(jacfwd(f)(x as never) as never, V as never) as never, closed: alongV },
  jacrev: { of: (f) => (x) => matmul(C as never, jacrev(f)(x as never) as never) as never, closed: gradientOf },
  hvp: { of: (f) => (x) => hvp(loss(f) as never, x as never, V as never) as never, closed: hessianTimesV },
  'vmap over columns': {
    of: (f) => (x) =>
      matmul(
        vmap(f as never, { in: 1, out: -1 })(stack([x, add(x, D)] as never, { axis: 1 }) as never) as never,
        tensor([1, 0.5]),
      ) as never,
    closed: twoPoints,
  },
}

const all = { ...transformations, ...further }

// --------------------------------------------------------------------------------------------------------------- checks

const names = Object.keys(transformations)
const pairs = Object.keys(all).flatMap((p) => Object.keys(all).map((q) => [p, q]))
const triples = names.flatMap((p) => names.flatMap((q) => names.map((r) => [p, q, r])))
/** Orders of derivatives add up; each costs a few digits at most. */
const TOLERANCE = 1e-12

const nest = (list: readonly string[], f: Program): Program =>
  list.reduceRight((g, name) => (all[name] as Transformation).of(g), f)

const check = (list: readonly string[], f: Program, x: readonly number[]): void => {
  const field = list.reduceRight((g, name) => (all[name] as Transformation).closed(g), closedForm)
  const found = toArray(nest(list, f)(tensor(x as never) as never)) as unknown as number[]
  field.forEach((fi, i) => {
    const { value, magnitude } = evaluated(fi, x)
    expect(Math.abs((found[i] as number) - value), `${list.join(' of ')} at ${x}, component ${i}`).toBeLessThanOrEqual(
      TOLERANCE * Math.max(1, magnitude),
    )
  })
}

/** Points of R³ in eighths. */
const points = fc.array(
  fc.integer({ min: -12, max: 12 }).map((n) => n / 8),
  { minLength: 3, maxLength: 3 },
)

const forPoints = (list: readonly string[], f: Program, numRuns: number): void =>
  fc.assert(
    fc.property(points, (x) => check(list, f, x)),
    { numRuns },
  )

describe('nests of transformations', () => {
  it('starts from a program that is its closed form', () => forPoints([], program, 50))

  it.each(pairs.map((p) => [p.join(' of '), p] as const))('%s', (_, list) => forPoints(list, program, 5))

  it.each(triples.map((p) => [p.join(' of '), p] as const))('%s', (_, list) => forPoints(list, program, 2))

  it('goes on: every derivative up to the sixth order, mixed', () => {
    const list = ['jvp', 'jit', 'grad', 'vmap', 'hessian', 'vjp', 'jvp']
    forPoints(list, program, 3)
    forPoints([...list].reverse(), program, 3)
  })
})

/** The same function with a branch on numbers, taken apart where the first coordinate changes sign. */
const branching: Program = (x) => (item(at(x, 0)) > -0.0625 ? program(x) : (mul(program(x), 1) as never))

describe('nests around a branch on numbers', () => {
  const eager = [...names.map((p) => [p]), ...pairs, ...triples].filter(
    (list) => !list.some((name) => name === 'jit' || name.startsWith('vmap')),
  )
  const traced = [...names.map((p) => [p]), ...pairs, ...triples].filter((list) =>
    list.some((name) => name === 'jit' || name.startsWith('vmap')),
  )

  it.each(eager.map((p) => [p.join(' of '), p] as const))('%s computes', (_, list) => forPoints(list, branching, 2))

  it.each(traced.map((p) => [p.join(' of '), p] as const))('%s refuses', (_, list) => {
    expect(() => nest(list, branching)(tensor([1, 2, 3]) as never)).toThrow(ConcretizationError)
  })
})
