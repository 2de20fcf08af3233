/** Results on several threads have the bits of one thread. */
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { decode, fill, genome, pool } from '../../../laws/random-program.js'
import { arrayOf } from '../../../laws/sample.js'
import type { DType, Shape, Tensor } from '../../../src/core/value.js'
import type { ContractParams } from '../../../src/primitive/contract.js'
import { holdsTaps } from '../../../src/tape/effect.js'
import { builder as b } from '../../../src/tape/node.js'
import { type Concrete, concrete } from '../../../src/tensor/concrete.js'
import { sizeOf } from '../../../src/tensor/shape.js'
import { scan } from '../../../src/transform/control.js'
import { type ListFunction, programOf } from '../plans.js'
import { agree, alone, bits, team, untilHelped } from './team.js'

const teams = [1, 2, 3].map((threads) => team(threads))
afterAll(() => {
  for (const t of teams) t.stop()
})

/** Numbers whose sums depend on their order. */
const rough = (shape: Shape, dtype: 'f32' | 'f64', seed = 1): Tensor => {
  const at = (i: number): number => Math.sin(i * 12.9898 + seed * 78.233) * 10 ** ((i * 7 + seed) % 5)
  return dtype === 'f32'
    ? concrete(
        shape,
        dtype,
        Float32Array.from({ length: sizeOf(shape) }, (_, i) => at(i)),
      )
    : concrete(
        shape,
        dtype,
        Float64Array.from({ length: sizeOf(shape) }, (_, i) => at(i)),
      )
}

const on =
  (f: (...x: Tensor[]) => Tensor | readonly Tensor[]): ListFunction =>
  (x) =>
    [f(...x)].flat() as Tensor[]

describe.each(['f32', 'f64'] as const)('the bits of %s', (dtype) => {
  // a batch, rows, columns, and what is summed
  const [BATCH, ROW, COLUMN, SUMMED] = [0, 1, 2, 3] as const
  const order = (labels: readonly number[]): fc.Arbitrary<number[]> =>
    fc.shuffledSubarray([...labels], { minLength: labels.length })
  const extent = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 7, 8, 9, 16, 17, 32, 64, 65, 100))

  it('in products of any sizes, layouts and batches', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 4 }), extent, extent, extent),
        fc.boolean(),
        fc.record({
          a: order([BATCH, ROW, SUMMED]),
          b: order([BATCH, COLUMN, SUMMED]),
          out: order([BATCH, ROW, COLUMN]),
        }),
        fc.boolean(),
        (sizes, isBatched, { a, b: second, out }, hasEpilogue) => {
          const keep = (labels: readonly number[]): readonly number[] => labels.filter((l) => isBatched || l !== BATCH)
          const labels: ContractParams = { a: keep(a), b: keep(second), out: keep(out) }
          const shape = (of: readonly number[]): Shape => of.map((l) => sizes[l] as number)
          agree(
            teams,
            on((x, y) => {
              const z = b.contract(x as Tensor, y as Tensor, labels)
              return hasEpilogue ? b.maximum(b.sub(b.mul(z, 2), 3), z) : z
            }),
            [rough(shape(labels.a), dtype, 1), rough(shape(labels.b), dtype, 2)],
            1,
          )
        },
      ),
      { numRuns: 100 },
    )
  })

  it('in products large enough for panels, with whatever is left over', () => {
    for (const [m, n, k] of [
      [96, 96, 96],
      [35, 57, 241],
      [128, 130, 31],
    ] as const)
      for (const labels of [
        { a: [0, 2], b: [2, 1], out: [0, 1] },
        { a: [2, 0], b: [1, 2], out: [1, 0] },
      ]) {
        const sizes = [m, n, k]
        const shape = (of: readonly number[]): Shape => of.map((l) => sizes[l] as number)
        agree(
          teams,
          on((x, y) => b.contract(x as Tensor, y as Tensor, labels)),
          [rough(shape(labels.a), dtype, 3), rough(shape(labels.b), dtype, 4)],
        )
      }
  })

  it('in reductions along some axes, or all', () => {
    for (const shape of [[9, 33], [64, 5, 17], [1, 1000], [1000, 1], [7]] as const)
      for (let axis = 0; axis < shape.length; axis++)
        agree(
          teams,
          on((x) => [
            b.sum(x as Tensor, [axis]),
            b.max(x as Tensor, [axis]),
            b.argmax(x as Tensor, axis),
            b.sum(
              b.exp(b.mul(x as Tensor, 1e-5)),
              shape.map((_, i) => i),
            ),
            b.cumsum(x as Tensor, axis, false),
          ]),
          [rough(shape, dtype)],
        )
  })

  it('in functions of each element, with short and long axes, read in every order', () => {
    for (const shape of [[1003], [31, 33], [5, 4, 3, 11], [2]] as const)
      agree(
        teams,
        on((x) => [
          b.mul(b.exp(b.mul(x as Tensor, 1e-5)), b.tanh(x as Tensor)),
          b.flip(
            x as Tensor,
            shape.map((_, i) => i),
          ),
          b.permute(x as Tensor, shape.map((_, i) => i).reverse()),
          b.less(x as Tensor, b.neg(x as Tensor)),
        ]),
        [rough(shape, dtype)],
      )
  })

  it('in control flow, whose kernels are shared in every round', () => {
    const step = (c: Tensor, x: Tensor): readonly [Tensor, Tensor] => {
      const z = b.tanh(b.contract(c, x, { a: [0, 2], b: [2, 1], out: [0, 1] }))
      return [z, b.sum(z, [0])]
    }
    agree(teams, (x) => scan(step as never, x[0] as never, x[1] as never) as unknown as readonly Tensor[], [
      rough([33, 33], dtype, 5),
      rough([4, 33, 33], dtype, 6),
    ])
  })
})

describe('the bits of other types', () => {
  it('in whole numbers and truth values', () => {
    const of = (dtype: DType, n: number): Tensor =>
      arrayOf(
        [n],
        dtype,
        Array.from({ length: n }, (_, i) => (i * 37) % 2),
      )
    agree(
      teams,
      on((i, t) => [
        b.add(i as Tensor, i as Tensor),
        b.not(t as Tensor),
        b.argsort(i as Tensor, 0),
        b.gather(i as Tensor, i as Tensor, 0),
        b.scatterAdd(i as Tensor, i as Tensor, 0, 2),
      ]),
      [of('i32', 1001), of('bool', 1001)],
    )
  })
})

describe('random programs', () => {
  it('have the bits of one thread, however small what is shared', async () => {
    fc.assert(
      fc.property(genome(30), pool(-16, 16), (genes, numbers) => {
        const { inputs, f } = decode(genes)
        const x = inputs.map((a, i) => fill(a, numbers, i))
        fc.pre(!holdsTaps(programOf(f, x)))
        agree(teams, f, x, 2)
      }),
      { numRuns: 100 },
    )
    // it was not one thread after all: helpers have a part in a program like these
    const x = [rough([64, 64], 'f32')] as readonly Tensor[] as readonly Concrete[]
    const p = programOf(([y]) => [b.exp(b.mul(y as Tensor, 1e-5))], x)
    const expected = bits(alone(p).run(x, p.constants))
    for (const t of teams.slice(1)) {
      const c = t.compile(p)
      await untilHelped(t, () => expect(bits(c.run(x, p.constants))).toEqual(expected))
    }
    expect(teams[0]?.word('jobs')).toBe(0)
  })
})
