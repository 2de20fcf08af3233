/**
 * What every target computes like the evaluator: indices that are computed and those out of range, control flow, sorting,
 * products, and random programs with their derivatives and over stacks of examples.
 */
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { vjpOf } from '../../laws/derivative.js'
import { decode, fill, genome, pool } from '../../laws/random-program.js'
import type { ListFunction } from '../../laws/rounding.js'
import { arrayOf, numbers } from '../../laws/sample.js'
import { type DType, isFloat, type Shape, type Tensor } from '../../src/core/value.js'
import { builder } from '../../src/tape/node.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'
import { cond, scan } from '../../src/transform/control.js'
import { vmap } from '../../src/transform/vmap.js'
import { assertAlways, assertSame, type Case, programOf, type Tested } from './same.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many of each are drawn. */
export interface Draws {
  readonly programs: number
  readonly derivatives: number
  readonly stacks: number
  readonly sorts: number
  readonly products: number
  /** What is prepared at once. */
  readonly batch: number
}

// ------------------------------------------------------------------------------------------------------------- products

/** [m, k] · [k, n] or any of their transposes, with what fuses into it. */
const product =
  (flipped: readonly [boolean, boolean], bias: boolean): ListFunction =>
  ([a, b, c]) => {
    const at = (x: Tensor, turned: boolean): Tensor => (turned ? builder.permute(x, [1, 0]) : x)
    const [x, y] = [at(a as Tensor, flipped[0]), at(b as Tensor, flipped[1])]
    const z = builder.contract(x, y, { a: [0, 1], b: [1, 2], out: [0, 2] })
    if (!bias) return [z]
    const shifted = builder.add(z, builder.broadcast(c as Tensor, z.shape, [1]))
    const active = builder.maximum(shifted, builder.like(shifted, 0))
    return [active, builder.sum(active, [0]), builder.max(active, [1]), builder.tanh(z)]
  }

/** A product of any sizes up to a largest one, in any layout and type. */
export const products = (bias: boolean, largest = 45): fc.Arbitrary<Case> => {
  const size = fc.integer({ min: 1, max: largest })
  const flip = fc.boolean()
  const values = (shape: Shape, type: DType, seed: number): Tensor =>
    fill(
      { shape, dtype: type },
      Array.from({ length: 61 }, (_, i) => ((i * 37 + seed * 11) % 41) - 20),
      seed,
    )
  return fc
    .tuple(size, size, size, fc.tuple(flip, flip), fc.constantFrom('f32' as const, 'f64' as const))
    .map(([m, k, n, flipped, type]) => ({
      f: product(flipped, bias),
      x: [
        values(flipped[0] ? [k, m] : [m, k], type, m),
        values(flipped[1] ? [n, k] : [k, n], type, n),
        values([n], type, k),
      ],
    }))
}

// -------------------------------------------------------------------------------------------------------------- sorting

/** An array of any type and shape, sorted along any axis. */
const sorts: fc.Arbitrary<Case> = (() => {
  const dtype = fc.constantFrom('f32' as const, 'f64' as const, 'i32' as const, 'bool' as const)
  const any = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(Number.NaN, -0, Infinity, -Infinity, 0.5))
  const small = fc.integer({ min: 1, max: 3 })
  const LARGE = 2 ** 31 - 1
  return fc
    .tuple(
      fc.tuple(fc.integer({ min: 0, max: 210 }), small, small),
      fc.nat({ max: 2 }),
      dtype,
      fc.array(any, { minLength: 61, maxLength: 61 }),
    )
    .map(([[n, m, k], axis, type, values]) => {
      const shape = [m, k]
      shape.splice(axis, 0, n)
      const list = Array.from({ length: n * m * k }, (_, i) => {
        const v = values[(i * i + 7 * i) % 61] as number
        if (type === 'bool') return v > 0 ? 1 : 0
        return type === 'i32' ? (Number.isInteger(v) ? v : LARGE) : v
      })
      return { f: ([x]: readonly Tensor[]) => [builder.argsort(x as Tensor, axis)], x: [arrayOf(shape, type, list)] }
    })
})()

// ------------------------------------------------------------------------------------------------------ random programs

const drawn = fc.tuple(genome(10), pool(-16, 16))

export const programs: fc.Arbitrary<Case> = drawn.map(([g, x]) => {
  const { f, inputs } = decode(g)
  return { f, x: inputs.map((r, i) => fill(r, x, i)) }
})

export const derivatives: fc.Arbitrary<Case> = drawn.map(([g, x]) => {
  const { f, inputs } = decode(g)
  const values = inputs.map((r, i) => fill(r, x, i))
  const w = f(values).map((y, i) => (isFloat(y.dtype) ? fill(y, x, 3 + i) : null))
  return { f: (v: readonly Tensor[]) => vjpOf(f, v, w).filter((ct) => ct !== null), x: values }
})

export const stacks: fc.Arbitrary<Case> = fc.tuple(drawn, fc.integer({ min: 5, max: 40 })).map(([[g, x], n]) => {
  const { f, inputs } = decode(g)
  const over = vmap(((...v: Tensor[]) => f(v)) as never)
  return {
    f: (v: readonly Tensor[]) => over(...v) as readonly Tensor[],
    x: inputs.map((r, i) => fill({ ...r, shape: [n, ...r.shape] }, x, i)),
  }
})

// -------------------------------------------------------------------------------------------------------------- running

type Loose = (...a: unknown[]) => Tensor

/** Describes programs on these targets. */
export const programsEverywhere = (targets: readonly Tested[], draws: Draws): void => {
  const same = (c: Case): void => assertSame(targets, c)
  const always = (cases: fc.Arbitrary<Case>, times: number): void =>
    assertAlways(targets, cases, { times, batch: draws.batch })

  describe('indices that are computed', () => {
    const values = (n: number, dtype: DType): Tensor =>
      arrayOf(
        [n],
        dtype,
        Array.from({ length: n }, (_, i) => (7 * i) % 11),
      )
    const whole = (x: Tensor, n: number): Tensor => builder.convert(builder.remainder(builder.exp(x), n), 'i32')
    const cases: readonly (readonly [string, ListFunction])[] = [
      ['by functions of floats', ([x, y]) => [builder.gather(x as Tensor, whole(y as Tensor, 8), 0)]],
      [
        'by what is gathered',
        ([x, y]) => {
          const inner = builder.gather(x as Tensor, whole(y as Tensor, 8), 0)
          return [builder.sin(builder.gather(x as Tensor, whole(inner, 8), 0))]
        },
      ],
      ['into sums', ([, y]) => [builder.scatterAdd(y as Tensor, whole(y as Tensor, 5), 0, 5)]],
      ['of rows', ([x, y]) => [builder.gather(builder.reshape(x as Tensor, [4, 2]), whole(y as Tensor, 4), 0)]],
    ]
    for (const [name, f] of cases)
      for (const [a, b] of [
        ['f64', 'f64'],
        ['f32', 'f32'],
        ['f32', 'f64'],
      ] as const)
        it(`${name}, ${a} by ${b}`, () => {
          same({ f, x: [values(8, a), builder.mul(values(9, b), 0.25)] })
        })
  })

  describe('indices out of range', () => {
    const take = ([x, k]: readonly Tensor[]): readonly Tensor[] => [builder.gather(x as Tensor, k as Tensor, 0)]
    it.each([
      [[0, 2, -3], true],
      [[0, 3], false],
      [[-4], false],
    ])('%j of 3: %s', (indices, inRange) => {
      const x = [arrayOf([3], 'f64', [5, 6, 7]), arrayOf([indices.length], 'i32', indices)]
      const p = programOf(take, x.map(abstractly)) as Program
      for (const { name, compile } of targets)
        expect(compile(p)?.run(x as readonly Concrete[], p.constants) !== null, name).toBe(inRange)
    })
  })

  describe('indices out of range in control flow', () => {
    const float = (x: number): Tensor => arrayOf([], 'f64', [x])
    const values = arrayOf([3], 'f64', [5, 6, 7])
    const inScan: ListFunction = ([x, ks]) => {
      const body = (c: Tensor, k: Tensor) => {
        const row = builder.gather(x as Tensor, builder.reshape(k, [1]), 0)
        return [builder.add(c, builder.reshape(row, [])), null]
      }
      return [(scan as never as (...a: unknown[]) => readonly [Tensor])(body, float(0), ks)[0]]
    }
    const inCond: ListFunction = ([x, k]) => [
      (cond as never as Loose)(
        builder.less(builder.sum(k as Tensor, [0]), 10),
        (v: Tensor) => builder.gather(v, k as Tensor, 0),
        (v: Tensor) => builder.gather(v, builder.like(k as Tensor, 0), 0),
        x,
      ),
    ]
    it.each([
      ['in the last round', inScan, [0, 1, 2, 5], false],
      ['in the first round', inScan, [5, 1, 2, 0], false],
      ['in no round', inScan, [2, 1, -3], true],
      ['in the branch taken', inCond, [4], false],
    ] as const)('%s', (_, f, indices, inRange) => {
      const x = [values, arrayOf([indices.length], 'i32', [...indices])]
      const p = programOf(f, x.map(abstractly)) as Program
      for (const { name, compile } of targets) {
        const program = compile(p)
        for (let again = 0; again < 2; again++) {
          const out = program?.run(x as readonly Concrete[], p.constants)
          expect(out !== null && out !== undefined, name).toBe(inRange)
          if (inRange) expect(numbers(out?.[0] as Tensor), name).toEqual([7 + 6 + 5])
        }
      }
    })
  })

  describe('control flow that is given a value twice', () => {
    const x = [arrayOf([3], 'f64', [0.5, 1, 2])]
    it('as operands of a branch', () => {
      const f: ListFunction = ([v]) => [
        (cond as never as Loose)(
          builder.less(builder.sum(v as Tensor, [0]), 10),
          (a: Tensor, b: Tensor) => builder.mul(builder.add(a, 1), b),
          (a: Tensor, b: Tensor) => builder.add(a, b),
          v,
          builder.reshape(v as Tensor, [3]),
        ),
      ]
      same({ f, x })
    })
    it('as constants of a loop in a branch, rows, and the carry', () => {
      const f: ListFunction = ([v]) => {
        const step = ([c, d]: readonly Tensor[], row: Tensor) => [
          [d, builder.add(c as Tensor, builder.mul(row, builder.sum(v as Tensor, [0])))],
          builder.add(row, c as Tensor),
        ]
        const start = builder.like(builder.sum(v as Tensor, [0]), 1)
        const [[c, d], ys] = (scan as never as (...a: unknown[]) => readonly [readonly Tensor[], Tensor])(
          step,
          [start, start],
          v,
        )
        return [c as Tensor, d as Tensor, ys]
      }
      same({ f, x })
    })
  })

  describe('sorting', () => {
    test('is stable, NaN last, at every size and along every axis', () => always(sorts, draws.sorts), 120_000)
  })

  describe('random programs', () => {
    test('are the same in every target', () => always(programs, draws.programs), 120_000)
    test('have derivatives that are the same in every target', () => always(derivatives, draws.derivatives), 120_000)
    test('are the same in every target over a stack of examples', () => always(stacks, draws.stacks), 120_000)
  })

  describe('products', () => {
    test('alone', () => always(products(false), draws.products), 120_000)
    test('with bias, activation and sums', () => always(products(true), draws.products), 120_000)
  })
}
