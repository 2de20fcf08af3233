/** Products, packed into panels where they are large, against the definition: whole numbers, so that every sum is exact. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayOf, numbers } from '../../laws/sample.js'
import type { Tensor } from '../../src/core/value.js'
import { type Arena, arena } from '../../src/engine/arena.js'
import { compileProgram } from '../../src/engine/compiled.js'
import type { ContractParams } from '../../src/primitive/contract.js'
import { builder } from '../../src/tape/node.js'
import type { Concrete } from '../../src/tensor/concrete.js'
import { sizeOf, stridesOf } from '../../src/tensor/shape.js'
import { programOf } from './plans.js'

const memory = arena(2 ** 26)

/** Labels of a batch, of rows, of columns, and of what is summed. */
const [BATCH, ROW, COLUMN, SUMMED] = [0, 1, 2, 3]

interface Case {
  readonly dtype: 'f32' | 'f64'
  readonly sizes: readonly number[]
  readonly labels: ContractParams
  readonly seed: number
  /** Whether operands are read backwards, and the result goes through an epilogue. */
  readonly flipped: boolean
  readonly epilogue: boolean
}

const order = (labels: readonly number[]): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray([...labels], { minLength: labels.length })

const extent = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 7, 8, 9, 16, 17, 32, 64, 65))
const anyCase: fc.Arbitrary<Case> = fc
  .record({ inA: fc.boolean(), inB: fc.boolean(), batched: fc.boolean() })
  .chain(({ inA, inB, batched }) => {
    const batch = batched ? [BATCH as number] : []
    // a label stands in at least two of the three
    const first = inA || !inB ? batch : []
    const second = inB ? batch : []
    return fc.record({
      dtype: fc.constantFrom('f32' as const, 'f64' as const),
      sizes: fc.tuple(fc.integer({ min: 1, max: 4 }), extent, extent, extent),
      labels: fc.record({
        a: order([...first, ROW as number, SUMMED as number]),
        b: order([...second, COLUMN as number, SUMMED as number]),
        out: order([...batch, ROW as number, COLUMN as number]),
      }),
      seed: fc.nat(10_000),
      flipped: fc.boolean(),
      epilogue: fc.boolean(),
    })
  })

const whole = (shape: readonly number[], seed: number): readonly number[] =>
  Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919 + seed * 104_729) % 17) - 8)

/** The product by its definition, over every choice of indices. */
const byDefinition = (
  { a, b, out }: ContractParams,
  sizes: readonly number[],
  x: readonly number[],
  y: readonly number[],
): readonly number[] => {
  const stepsOf = (labels: readonly number[]): readonly number[] => {
    const strides = stridesOf(labels.map((l) => sizes[l] as number))
    return sizes.map((_, l) => (labels.includes(l) ? (strides[labels.indexOf(l)] as number) : 0))
  }
  const [p, q, r] = [stepsOf(a), stepsOf(b), stepsOf(out)]
  const used = sizes.map((n, l) => ([a, b, out].some((labels) => labels.includes(l)) ? n : 1))
  const z = new Array<number>(sizeOf(out.map((l) => sizes[l] as number))).fill(0)
  const at = (steps: readonly number[], index: readonly number[]): number =>
    index.reduce((n, i, l) => n + i * (steps[l] as number), 0)
  const [batches, rows, columns, summed] = used as [number, number, number, number]
  for (let g = 0; g < batches; g++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = 0
        for (let k = 0; k < summed; k++) {
          const index = [g, i, j, k]
          sum += (x[at(p, index)] as number) * (y[at(q, index)] as number)
        }
        z[at(r, [g, i, j, 0])] = sum
      }
  return z
}

/** Whether a product of these sizes was packed: a nest that copies, before one that multiplies. */
const run = (
  c: Case,
  into: Arena = memory,
): { readonly found: readonly number[]; readonly expected: readonly number[]; readonly packed: boolean } => {
  const shapeOf = (labels: readonly number[]): readonly number[] => labels.map((l) => c.sizes[l] as number)
  const values = [whole(shapeOf(c.labels.a), c.seed), whole(shapeOf(c.labels.b), c.seed + 1)] as const
  const args = [arrayOf(shapeOf(c.labels.a), c.dtype, values[0]), arrayOf(shapeOf(c.labels.b), c.dtype, values[1])]
  const turned = (x: Tensor): Tensor =>
    c.flipped
      ? builder.flip(
          x,
          x.shape.map((_, i) => i),
        )
      : x
  const program = programOf(([x, y]) => {
    const z = builder.contract(turned(x as Tensor), turned(y as Tensor), c.labels)
    return [c.epilogue ? builder.sub(builder.mul(z, 2), 3) : z]
  }, args)
  const compiled = compileProgram(program, into)
  if (compiled === null) throw new Error('not compiled')
  const [z] = compiled.run(args as Concrete[], program.constants) as readonly Concrete[]
  const [x, y] = values.map((v) => (c.flipped ? [...v].reverse() : v)) as [readonly number[], readonly number[]]
  const product = byDefinition(c.labels, c.sizes, x, y)
  return {
    found: numbers(z as Tensor).map((v) => v + 0),
    expected: product.map((v) => (c.epilogue ? 2 * v - 3 : v) + 0),
    packed: compiled.schedule.kernels.some((k) => k.nests.length > 1),
  }
}

describe('products', () => {
  it('of any sizes, layouts and batches are what they are by definition', () => {
    fc.assert(
      fc.property(anyCase, (c) => {
        const { found, expected } = run(c)
        expect(found).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  })

  it('are read backwards from the lowest addresses', () => {
    // in tiles of fewer rows and lanes the pointers stand below their elements, here below 0
    for (const dtype of ['f32', 'f64'] as const)
      for (const sizes of [
        [1, 7, 6, 59],
        [4, 64, 23, 8],
        [2, 9, 5, 33],
      ]) {
        const labels: ContractParams = { a: [ROW as number, SUMMED as number, BATCH as number], b: [SUMMED as number, COLUMN as number], out: [BATCH as number, COLUMN as number, ROW as number] } // biome-ignore format: a product
        const { found, expected } = run(
          { dtype, sizes, labels, seed: 3, flipped: true, epilogue: false },
          arena(2 ** 20),
        )
        expect(found).toEqual(expected)
      }
  })

  const plain: ContractParams = { a: [ROW as number, SUMMED as number], b: [SUMMED as number, COLUMN as number], out: [ROW as number, COLUMN as number] } // biome-ignore format: a product
  const of = (m: number, n: number, k: number, dtype: 'f32' | 'f64', labels = plain) =>
    run({ dtype, sizes: [1, m, n, k], labels, seed: 1, flipped: false, epilogue: false })

  it('are packed when they are large, and not when they are small', () => {
    for (const dtype of ['f32', 'f64'] as const) {
      expect(of(96, 96, 96, dtype).packed).toBe(true)
      expect(of(16, 16, 16, dtype).packed).toBe(false)
      // many multiplications of few numbers, side by side as they are
      expect(of(40, 40, 40, dtype).packed).toBe(false)
    }
  })

  it.each(['f32', 'f64'] as const)('packed into panels of %s, with whatever is left over', (dtype) => {
    const transposed: ContractParams = { ...plain, a: [...plain.a].reverse(), b: [...plain.b].reverse() }
    for (const labels of [plain, transposed, { ...plain, out: [...plain.out].reverse() }])
      for (const n of [40, 41, 47, 48, 49, 55, 56, 57]) {
        const { found, expected, packed } = of(35, n, 241, dtype, labels)
        expect(packed).toBe(true)
        expect(found).toEqual(expected)
      }
  })
})
