/**
 * Native programs compute what the evaluator does: primitives as this machine is given them, programs cut for one machine
 * after the other. GCC and Clang make several registers of a vector that is too long, and part of one that is too short.
 */
import { describe } from 'vitest'
import { structureKey } from '../../src/engine/plain.js'
import { hashOf } from '../../src/native/cache.js'
import { machineOf } from '../../src/native/toolchain.js'
import type { Program } from '../../src/tape/program.js'
import { primitivesEverywhere } from '../engine/primitives-everywhere.js'
import { programsEverywhere } from '../engine/programs-everywhere.js'
import type { Tested } from '../engine/same.js'
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
})
