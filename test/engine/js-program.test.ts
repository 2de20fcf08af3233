import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { vjpOf } from '../../laws/derivative.js'
import { agreed, all, close, fact, holds, labelled, type Verdict } from '../../laws/law.js'
import { applied, resultsOf } from '../../laws/primitive-sample.js'
import { decode, fill, genome, pool } from '../../laws/random-program.js'
import { agree, type ListFunction } from '../../laws/rounding.js'
import { arrayOf, drawnFrom, numbers } from '../../laws/sample.js'
import { tolerance } from '../../laws/tolerance.js'
import { type DType, isFloat, type Shape, type Tensor } from '../../src/core/value.js'
import { arena } from '../../src/engine/arena.js'
import { compileProgram } from '../../src/engine/compiled.js'
import { evaluate } from '../../src/engine/evaluate.js'
import { compileInJs } from '../../src/engine/js/program.js'
import { plain } from '../../src/engine/plain.js'
import { simplify } from '../../src/engine/simplify.js'
import { untapped } from '../../src/engine/tapped.js'
import type { AnySingle, Drawn, Sample } from '../../src/primitive/record.js'
import { table } from '../../src/primitive/table.js'
import { holdsTaps } from '../../src/tape/effect.js'
import { builder, isNode } from '../../src/tape/node.js'
import type { Program } from '../../src/tape/program.js'
import { show } from '../../src/tape/show.js'
import { abstractly, traceLeaves } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'
import { cond, scan } from '../../src/transform/control.js'
import { vmap } from '../../src/transform/vmap.js'

const memory = arena(2 ** 24)

/** A function as each target runs it; traced, it is itself. Null where a tap in control flow asks for the evaluator. */
const targets = (f: ListFunction, x: readonly Tensor[]) => {
  const whole = plain(simplify(traceLeaves(f, x.map(abstractly), { name: 'engine' })))
  const p = untapped(whole)?.program ?? whole
  if (holdsTaps(p)) return null
  const wasm = compileProgram(p, memory)
  const js = compileInJs(p)
  if (wasm === null || js === null) throw new Error(`not compiled:\n${show(p)}`)
  const on =
    (run: (values: readonly Concrete[], constants: Program['constants']) => readonly Tensor[] | null): ListFunction =>
    (values) => {
      if (values.some(isNode)) return f(values)
      const out = run(values as readonly Concrete[], p.constants)
      if (out === null) throw new Error('an index out of range')
      return out
    }
  return {
    program: p,
    reference: on((values) => evaluate(p, values)),
    js: on(js.run),
    wasm: on(wasm.run),
    text: js.text,
  }
}

/** Every target computes the same, twice in a row. */
const sameEverywhere = (
  f: ListFunction,
  x: readonly Tensor[],
  compare: (left: ListFunction, right: ListFunction, x: readonly Tensor[]) => Verdict = agree,
): Verdict => {
  const t = targets(f, x)
  if (t === null) return agreed
  const said = (name: string) => () => `${name}, of\n${show(t.program)}`
  return all([
    labelled(said('JavaScript'), compare(t.js, t.reference, x)),
    labelled(said('WebAssembly'), compare(t.wasm, t.reference, x)),
    labelled(said('JavaScript again'), compare(t.js, t.reference, x)),
    labelled(said('WebAssembly again'), compare(t.wasm, t.reference, x)),
  ])
}

const assertHolds = (v: Verdict): void => {
  if (!holds(v)) throw new Error(`${v.witness()}\nresidual ${v.residual}, tolerance ${v.tolerance}`)
}

const singles = (Object.values(table) as unknown as readonly AnySingle[]).filter((p) => p.results === 'one')

/** The case with its floats in another type, when the primitive takes it. */
const inType = (p: AnySingle, c: Sample<unknown>, dtype: DType): Sample<unknown> | null => {
  const args = c.args.map((a): Drawn => (a.dtype === 'f64' ? { ...a, dtype } : a))
  try {
    resultsOf(p, c.params, args)
    return { ...c, args }
  } catch {
    return null
  }
}

const SPECIAL = [0, -0, 1, -1, 0.5, -2.5, Number.NaN, Infinity, -Infinity, 3, 1e30, -1e30, 1e-30]

/** NaN is NaN, an infinity itself, −0 is not 0; the rest within a few units in the last place. */
const closely = (left: ListFunction, right: ListFunction, x: readonly Tensor[]): Verdict => {
  const l = left(x)
  const r = right(x)
  return all(
    l.map((a, i) => {
      const b = r[i] as Tensor
      const t = isFloat(a.dtype) ? tolerance(a.dtype, 'elementary') : 0
      const near = close(a, b, { tolerance: t, scale: 'element' })
      if (!holds(near)) return near
      const signs = numbers(a).every((u, k) => u !== 0 || Object.is(u, numbers(b)[k]))
      return fact(signs, () => `left   ${a}\nright  ${b}`)
    }),
  )
}

describe.each(singles.map((p) => [p.name, p] as const))('%s', (_, p) => {
  const cases = p.samples.cases as readonly Sample<unknown>[]
  for (const dtype of ['f64', 'f32'] as const) {
    const typed = cases.flatMap((c) => inType(p, c, dtype) ?? [])
    if (typed.length === 0) continue
    it(`is the same in every target, ${dtype}`, () => {
      for (const c of typed)
        fc.assert(
          fc.property(fc.tuple(...c.args.map(drawnFrom)), (x) => assertHolds(sameEverywhere(applied(p, c.params), x))),
          { numRuns: 4 },
        )
    })
    const c = typed[0] as Sample<unknown>
    const params = c.params
    const elementwise = c.args.length > 0 && c.args.every((a) => isFloat(a.dtype))
    if (!elementwise) continue
    it(`takes special values in every target, ${dtype}`, () => {
      const n = SPECIAL.length
      const shape = c.args.length === 1 ? [n] : [n * n]
      const x = c.args.map((_, i) =>
        arrayOf(
          shape,
          dtype,
          Array.from(
            { length: shape[0] as number },
            (_, k) => SPECIAL[i === 0 ? k % n : Math.floor(k / n) % n] as number,
          ),
        ),
      )
      try {
        resultsOf(p, params, x)
      } catch {
        return
      }
      assertHolds(sameEverywhere(applied(p, params), x, closely))
    })
  }
})

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
        assertHolds(sameEverywhere(f, [values(8, a), builder.mul(values(9, b), 0.25)]))
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
    const p = simplify(traceLeaves(take, x.map(abstractly), { name: 'engine' }))
    for (const program of [compileProgram(p, memory), compileInJs(p)])
      expect(program?.run(x, p.constants) !== null).toBe(inRange)
  })
})

describe('indices out of range in control flow', () => {
  const float = (x: number): Tensor => arrayOf([], 'f64', [x])
  const table = arrayOf([3], 'f64', [5, 6, 7])
  const inScan: ListFunction = ([x, ks]) => {
    const body = (c: Tensor, k: Tensor) => {
      const row = builder.gather(x as Tensor, builder.reshape(k, [1]), 0)
      return [builder.add(c, builder.reshape(row, [])), null]
    }
    return [(scan as never as (...a: unknown[]) => readonly [Tensor])(body, float(0), ks)[0]]
  }
  const inCond: ListFunction = ([x, k]) => [
    (cond as never as (...a: unknown[]) => Tensor)(
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
    const x = [table, arrayOf([indices.length], 'i32', [...indices])]
    const p = plain(simplify(traceLeaves(f, x.map(abstractly), { name: 'engine' })))
    for (const program of [compileProgram(p, memory), compileInJs(p)])
      for (let again = 0; again < 2; again++) {
        const out = program?.run(x as never, p.constants)
        expect(out !== null && out !== undefined).toBe(inRange)
        if (inRange) expect(numbers(out?.[0] as Tensor)).toEqual([7 + 6 + 5])
      }
  })
})

describe('control flow that is given a value twice', () => {
  const x = [arrayOf([3], 'f64', [0.5, 1, 2])]
  type Loose = (...a: unknown[]) => Tensor
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
    assertHolds(sameEverywhere(f, x))
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
    assertHolds(sameEverywhere(f, x))
  })
})

describe('sorting', () => {
  const dtype = fc.constantFrom('f32' as const, 'f64' as const, 'i32' as const, 'bool' as const)
  const any = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(Number.NaN, -0, Infinity, -Infinity, 0.5))
  const LARGE = 2 ** 31 - 1
  test('is stable, NaN last, at every size and along every axis', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 0, max: 210 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        fc.nat({ max: 2 }),
        dtype,
        fc.array(any, { minLength: 61, maxLength: 61 }),
        ([n, m, k], axis, type, values) => {
          const shape = [m, k]
          shape.splice(axis, 0, n)
          const list = Array.from({ length: n * m * k }, (_, i) => {
            const v = values[(i * i + 7 * i) % 61] as number
            if (type === 'bool') return v > 0 ? 1 : 0
            return type === 'i32' ? (Number.isInteger(v) ? v : LARGE) : v
          })
          assertHolds(sameEverywhere(([x]) => [builder.argsort(x as Tensor, axis)], [arrayOf(shape, type, list)]))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('random programs', () => {
  const sample = fc.tuple(genome(10), pool(-16, 16))
  const check = (f: ListFunction, x: readonly Tensor[]): void => {
    if (f(x).length > 0) assertHolds(sameEverywhere(f, x))
  }
  test('are the same in every target', () => {
    fc.assert(
      fc.property(sample, ([g, x]) => {
        const { f, inputs } = decode(g)
        check(
          f,
          inputs.map((r, i) => fill(r, x, i)),
        )
      }),
      { numRuns: 1000 },
    )
  }, 120_000)
  test('have derivatives that are the same in every target', () => {
    fc.assert(
      fc.property(sample, ([g, x]) => {
        const { f, inputs } = decode(g)
        const values = inputs.map((r, i) => fill(r, x, i))
        const w = f(values).map((y, i) => (isFloat(y.dtype) ? fill(y, x, 3 + i) : null))
        check((v) => vjpOf(f, v, w).filter((ct) => ct !== null), values)
      }),
      { numRuns: 500 },
    )
  }, 120_000)
  test('are the same in every target over a stack of examples', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 5, max: 40 }), ([g, x], n) => {
        const { f, inputs } = decode(g)
        const over = vmap(((...v: Tensor[]) => f(v)) as never)
        const values = inputs.map((r, i) => fill({ ...r, shape: [n, ...r.shape] }, x, i))
        check((v) => over(...v) as readonly Tensor[], values)
      }),
      { numRuns: 500 },
    )
  }, 120_000)
})

describe('products', () => {
  const size = fc.integer({ min: 1, max: 45 })
  const dtype = fc.constantFrom('f32' as const, 'f64' as const)
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
  const values = (shape: Shape, type: DType, seed: number): Tensor =>
    fill(
      { shape, dtype: type },
      Array.from({ length: 61 }, (_, i) => ((i * 37 + seed * 11) % 41) - 20),
      seed,
    )
  test.each([
    ['alone', false],
    ['with bias, activation and sums', true],
  ])(
    '%s',
    (_, bias) => {
      fc.assert(
        fc.property(size, size, size, fc.tuple(fc.boolean(), fc.boolean()), dtype, (m, k, n, flipped, type) => {
          const x = [
            values(flipped[0] ? [k, m] : [m, k], type, m),
            values(flipped[1] ? [n, k] : [k, n], type, n),
            values([n], type, k),
          ]
          assertHolds(sameEverywhere(product(flipped, bias), x))
        }),
        { numRuns: 60 },
      )
    },
    120_000,
  )
})
