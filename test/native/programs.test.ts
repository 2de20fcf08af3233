/**
 * Native programs compute what the evaluator does: primitives as this machine is given them, programs cut for one machine
 * after the other. GCC and Clang make several registers of a vector that is too long, and part of one that is too short.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fill } from '../../laws/random-program.js'
import type { ListFunction } from '../../laws/rounding.js'
import type { DType, Tensor } from '../../src/core/value.js'
import { arena } from '../../src/engine/arena.js'
import { emitC } from '../../src/engine/c/program.js'
import { type Planned, planned } from '../../src/engine/compiled.js'
import { structureKey } from '../../src/engine/plain.js'
import { hashOf } from '../../src/native/cache.js'
import { machineOf } from '../../src/native/toolchain.js'
import { builder } from '../../src/tape/node.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly } from '../../src/tape/trace.js'
import { primitivesEverywhere } from '../engine/primitives-everywhere.js'
import { products, programsEverywhere } from '../engine/programs-everywhere.js'
import { assertAlways, assertSame, programOf, type Tested } from '../engine/same.js'
import { batched, forMachine } from './batched.js'
import { compiler } from './compiler.js'

const NONE = { avx512: false, avx2: false, neon: false }

const MACHINES = {
  SSE: machineOf(NONE),
  NEON: machineOf({ ...NONE, neon: true }),
  AVX2: machineOf({ ...NONE, avx2: true }),
  'AVX-512': machineOf({ ...NONE, avx512: true }),
}

/** Each program is given to one of these; to the last one, whose code takes longest to compile, more seldom. */
const inTurn = (targets: readonly Tested[]): Tested => {
  const n = 3 * targets.length - 2
  const nth = (p: Program): number => Math.floor((Number.parseInt(hashOf(structureKey(p)).slice(0, 6), 16) % n) / 3)
  return {
    name: targets.map((t) => t.name).join(', or '),
    compile: (p) => targets[nth(p)]?.compile(p) ?? null,
    prepare: (programs) => {
      for (const [n, t] of targets.entries()) t.prepare?.(programs.filter((p) => nth(p) === n))
    },
  }
}

describe.skipIf(compiler === null)('native', () => {
  if (compiler === null) return
  const c = compiler
  const machines = Object.entries(MACHINES).map(([name, machine]) =>
    batched(`C for ${name}`, forMachine(c, machine), { threads: 1 }),
  )
  // by hand: everything for every machine
  const all = process.env.LANAC_MACHINES === 'all'
  primitivesEverywhere(all ? machines : [batched('C', c, { threads: 1 })], 2)
  programsEverywhere(all ? machines : [inTurn(machines)], {
    programs: 64,
    derivatives: 40,
    stacks: 48,
    sorts: 4,
    products: 8,
    batch: 8,
  })

  // what is done for the sake of caches, done for small products too: rows in blocks and packed, folds in parts; alone
  // and shared among threads, as large ones are
  const near = Object.entries(MACHINES).flatMap(([name, machine]) =>
    [1, 2].map((threads) =>
      batched(
        `C for ${name} with small caches, ${threads} threads`,
        forMachine(c, { ...machine, near: 4096, deep: 24 }),
        {
          threads,
          worth: 1,
        },
      ),
    ),
  )
  it('multiply in blocks and parts', () => {
    assertAlways(all ? near : [inTurn(near)], products(true, 230), { times: 24, batch: 24 })
  }, 120_000)

  it('turn what is copied in another order', () => {
    const each = all ? [...machines, ...near] : [inTurn(machines), inTurn(near)]
    const cases = fc
      .tuple(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 3 }),
        fc.constantFrom(...(['f32', 'f64', 'i32', 'bool'] as const)),
        fc.nat(),
      )
      .map(([shape, dtype, seed]) => {
        const axes = shape.map((_, i) => i)
        const order = axes.map((_, i) => (i + 1 + (seed % (axes.length - 1))) % axes.length)
        const values = Array.from({ length: 61 }, (_, i) => ((i * 37 + seed) % 41) - 20)
        return {
          f: ([x]: readonly Tensor[]) => [builder.permute(x as Tensor, order)],
          x: [fill({ shape, dtype }, values, seed % 61)],
        }
      })
    assertAlways(each, cases, { times: 96, batch: 48 })
    const x: Tensor = fill({ shape: [40, 33], dtype: 'f32' }, [1, 2, 3], 0)
    const p = programOf(([y]) => [builder.permute(y as Tensor, [1, 0])], [abstractly(x)]) as Program
    for (const machine of Object.values(MACHINES)) {
      const { schedule, plan } = planned(p, arena(2 ** 20), machine) as Planned
      expect(emitC(schedule, plan, { threads: 1 }).text).toMatch(/= TURN\(/)
    }
  }, 120_000)

  it('make shorter vectors of halves of longer ones, and of nothing else: GCC 11 picks other elements', () => {
    let shorter = 0
    for (const machine of Object.values(MACHINES))
      for (const dtype of ['f32', 'f64'] as const)
        for (const rows of [1, 2, 3, 5, 14]) {
          const values = (shape: readonly number[]): Tensor => fill({ shape, dtype }, [1, 2, 3], 0)
          const f: ListFunction = ([a, b]) => [
            builder.contract(a as Tensor, b as Tensor, { a: [0, 1], b: [1, 2], out: [0, 2] }),
          ]
          const p = programOf(f, [abstractly(values([rows, 512])), abstractly(values([512, 1]))]) as Program
          const { schedule, plan } = planned(p, arena(2 ** 20), machine) as Planned
          const { text } = emitC(schedule, plan, { threads: 1 })
          const lengths = new Map([...text.matchAll(/[fi]\d+x(\d+) (v\d+) =/g)].map(([, n, v]) => [v, Number(n)]))
          for (const [, n, list] of text.matchAll(/\([fi]\d+x(\d+)\)\{((?:v\d+\[\d+\](?:, )?)+)\}/g)) {
            const picked = [...(list as string).matchAll(/(v\d+)\[(\d+)\]/g)]
            if (Number(n) >= Math.max(...picked.map(([, v]) => lengths.get(v as string) as number))) continue
            shorter++
            const from = Number(picked[0]?.[2])
            expect(from % Number(n)).toBe(0)
            expect(picked.map(([, , at]) => Number(at))).toEqual(picked.map((_, i) => from + i))
          }
        }
    expect(shorter).toBeGreaterThan(0)
  })

  it('multiply what lies whole pages apart', () => {
    const target = batched('C', c, { threads: 1 })
    const cases = [
      [9, 1024, 40, 'f32'],
      [14, 512, 33, 'f64'],
      [7, 2048, 40, 'f32'],
      [13, 2048, 40, 'f64'],
      // rounds of the fold lie so far apart
      [13, 48, 1024, 'f32'],
      [13, 32, 601, 'f64'],
    ] as const
    const values = (shape: readonly number[], dtype: DType): Tensor =>
      fill(
        { shape, dtype },
        Array.from({ length: 61 }, (_, i) => (i % 11) - 5),
        7,
      )
    const f: ListFunction = ([a, b]) => [
      builder.contract(a as Tensor, b as Tensor, { a: [0, 1], b: [1, 2], out: [0, 2] }),
    ]
    for (const [m, k, n, dtype] of cases) assertSame([target], { f, x: [values([m, k], dtype), values([k, n], dtype)] })
  }, 120_000)
})
