/** Structure: the tape monad, trees, cotangents and duals are what they claim to be; and what is not, is found out. */
import * as fc from 'fast-check'
import type { Field } from 'fp-ts/lib/Field.js'
import * as N from 'fp-ts/lib/number.js'
import * as O from 'fp-ts/lib/Option.js'
import { type Tensor, tensor } from 'lanac'
import * as Dual from 'lanac/dual'
import * as Laws from 'lanac/laws'
import { Category, type Diff, diff } from 'lanac/lens'
import { describe, expect, it } from 'vitest'
import { builder } from '../../src/tape/node.js'

const holds = (suite: Laws.Suite): void => {
  describe(suite.name, () => {
    it.each(suite.laws.map((l) => [l.name, l.property] as const))('%s', (_, property) => {
      fc.assert(property as fc.IPropertyWithHooks<[unknown]>)
    })
  })
}

/** What the failure of a suite says. */
const failure = (suite: Laws.Suite): string => {
  const details = fc.check(suite)
  expect(details.failed).toBe(true)
  return String((details.errorInstance as Error).message)
}

// ------------------------------------------------------------------------------------------------------------- category

type Arrow = (x: number) => number
const functions = {
  id: (): Arrow => (x) => x,
  compose:
    (g: Arrow, f: Arrow): Arrow =>
    (x) =>
      g(f(x)),
}
const affine = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })).map(
  ([k, c]): Arrow =>
    (x) =>
      k * x + c,
)
const ofFunctions = {
  arrows: fc.tuple(affine, affine, affine),
  at: fc.integer({ min: -99, max: 99 }),
  observe: (f: Arrow, x: number) => f(x),
}

holds(Laws.category(functions, { ...ofFunctions, name: 'functions' }))

/** Squares and products of small whole numbers: nothing rounds. */
const differentiable: readonly Diff<Tensor, Tensor>[] = [
  diff((x: Tensor) => builder.mul(x, x)),
  diff((x: Tensor) => builder.add(x, 1)),
  diff((x: Tensor) => builder.neg(x)),
  diff((x: Tensor) => builder.mul(x, 3)),
]
const anyDiff = fc.constantFrom(...differentiable)

holds(
  Laws.category(Category as Laws.CategoryLike<Diff<Tensor, Tensor>>, {
    arrows: fc.tuple(anyDiff, anyDiff, anyDiff),
    at: fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })),
    observe: (f, [x, dy]) => {
      const [y, back] = f(tensor([x]))
      return [y, back(tensor([dy]))]
    },
    name: 'differentiable functions',
  }),
)

describe('what is no category is found out', () => {
  it('composition the other way round still is one; composition that forgets an arrow is not', () => {
    fc.assert(Laws.category({ ...functions, compose: (g, f) => functions.compose(f, g) }, ofFunctions))
    expect(failure(Laws.category({ ...functions, compose: (g) => g }, ofFunctions))).toContain(
      'left identity does not hold: 1 ∘ f = f',
    )
    expect(failure(Laws.category({ ...functions, compose: (_, f) => f }, ofFunctions))).toContain(
      'right identity does not hold',
    )
  })
  it('an identity that does something, and a bracketing that matters', () => {
    expect(failure(Laws.category({ ...functions, id: () => (x) => x + 1 }, ofFunctions))).toContain(
      'identity does not hold',
    )
    const mean = {
      id: functions.id,
      compose:
        (g: Arrow, f: Arrow): Arrow =>
        (x) =>
          (g(x) + f(x)) / 2,
    }
    const message = failure(Laws.category(mean, { ...ofFunctions, name: 'means' }))
    expect(message).toContain('means: ')
  })
})

// ---------------------------------------------------------------------------------------------------------------- monad

holds(Laws.tape())

describe('what is no monad is found out', () => {
  const option = fc.integer().map((n): O.Option<number> => (n % 3 === 0 ? O.none : O.some(n)))
  const same = (l: O.Option<number>, r: O.Option<number>): Laws.Verdict =>
    Laws.fact(O.getEq(N.Eq).equals(l, r), () => `left ${JSON.stringify(l)}\nright ${JSON.stringify(r)}`)
  const options = { values: fc.integer(), computations: option, functions: fc.func(option), same }
  it('Option is one', () => fc.assert(Laws.monad(O.Monad as Laws.MonadLike<O.Option<number>, number>, options)))
  it('Option that forgets is none', () => {
    const forgets = { ...O.Monad, of: (): O.Option<number> => O.none } as Laws.MonadLike<O.Option<number>, number>
    expect(failure(Laws.monad(forgets, options))).toMatch(/left identity|right identity/)
    const unmapped = { ...O.Monad, map: (m: O.Option<number>) => m } as Laws.MonadLike<O.Option<number>, number>
    expect(failure(Laws.monad(unmapped, options))).toContain('map does not hold: map(m, f) = m ≫= (of ∘ f)')
  })
})

// --------------------------------------------------------------------------------------------------------------- monoid

holds(Laws.cotangents([]))
holds(Laws.cotangents([2, 3]))
holds(Laws.cotangents([0]))

describe('what is no monoid is found out', () => {
  it('the mean is commutative and has nothing else', () => {
    const mean = { empty: 0, concat: (x: number, y: number) => (x + y) / 2 }
    const samples = fc.integer({ min: -99, max: 99 })
    expect(failure(Laws.monoid(mean, { samples, commutative: true }))).toMatch(/associative|neutral/)
  })
  it('lists do not commute', () => {
    const lists = {
      empty: [] as readonly number[],
      concat: (x: readonly number[], y: readonly number[]) => [...x, ...y],
    }
    const samples = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 })
    fc.assert(Laws.monoid(lists, { samples }))
    expect(failure(Laws.monoid(lists, { samples, commutative: true }))).toContain(
      'commutative does not hold: x · y = y · x',
    )
  })
})

// ----------------------------------------------------------------------------------------------------------------- ring

/** Eighths, and powers of two, whose sums, products and quotients are exact. */
const eighths = fc.integer({ min: -16, max: 16 }).map((k) => k / 8)
const powers = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.boolean()).map(([k, minus]) => (minus ? -(2 ** k) : 2 ** k))

holds(Laws.duals(N.Field, { samples: eighths, invertible: powers, name: 'duals over numbers' }))
holds(
  Laws.duals(Dual.getField(N.Field), {
    samples: Laws.anyDual(eighths),
    invertible: fc.tuple(powers, eighths).map(([y, dy]) => Dual.dual(y, dy)),
    name: 'duals over duals',
  }),
)

describe('what is no ring is found out', () => {
  const samples = fc.integer({ min: -99, max: 99 })
  it('subtraction for addition', () => {
    const wrong: Field<number> = { ...N.Field, add: N.Field.sub }
    // of numbers other than 0, for which x − y − 0 would be associative
    const positive = fc.integer({ min: 1, max: 99 })
    expect(failure(Laws.ring(wrong, { samples: positive, name: 'wrong' }))).toMatch(
      /^wrong: \+ associative does not hold/,
    )
  })
  it('duals that forget half of Leibniz’ rule', () => {
    const D = Dual.getField(N.Field)
    const half = {
      ...D,
      mul: (x: Dual.Dual<number>, y: Dual.Dual<number>) => Dual.dual(x.primal * y.primal, x.tangent * y.primal),
    }
    expect(failure(Laws.ring(half, { samples: Laws.anyDual(samples) }))).toMatch(/1 neutral|commutative/)
  })
})

// ---------------------------------------------------------------------------------------------------------------- trees

holds(Laws.tree())
holds(
  Laws.tree(
    fc.record({ layers: fc.array(fc.record({ w: fc.integer(), b: fc.option(fc.integer()) })), name: fc.string() }),
    {
      name: 'trees of parameters',
    },
  ),
)
