/** The pool: helpers come and go, sleep and wake, and nobody waits for one that does not come. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Tensor } from '../../../src/core/value.js'
import { OWN, Slab } from '../../../src/engine/arena.js'
import { compileProgram } from '../../../src/engine/compiled.js'
import { WORTH } from '../../../src/engine/split.js'
import type { Compiled } from '../../../src/engine/target.js'
import { WAKING } from '../../../src/engine/threads/control-block.js'
import { pool, STARTING } from '../../../src/engine/threads/pool.js'
import { wasmWith } from '../../../src/engine/wasm/backend.js'
import { moduleWriter } from '../../../src/engine/wasm/module.js'
import { builder as b } from '../../../src/tape/node.js'
import { bufferOf, type Concrete, concrete } from '../../../src/tensor/concrete.js'
import { type ListFunction, programOf } from '../plans.js'
import { alone, bits, type Team, team, until, untilAsleep, untilHelped, untilIdle } from './team.js'

const made: Team[] = []
const teamOf = (...args: Parameters<typeof team>): Team => {
  const t = team(...args)
  made.push(t)
  return t
}
afterEach(() => {
  for (const t of made.splice(0)) t.stop()
})

const rough = (n: number, seed = 1): Concrete =>
  concrete(
    [n, n],
    'f32',
    Float32Array.from({ length: n * n }, (_, i) => Math.sin(i * 12.9898 + seed)),
  )

const chain: ListFunction = ([x, y]) => {
  const z = b.contract(x as Tensor, y as Tensor, { a: [0, 2], b: [2, 1], out: [0, 1] })
  return [b.tanh(z), b.sum(b.exp(z), [1])]
}

/** The chain on a team: a run that checks its results. */
const running = (t: Team, n = 96): (() => void) => {
  const x = [rough(n, 1), rough(n, 2)]
  const p = programOf(chain, x)
  const expected = bits(alone(p).run(x, p.constants))
  const c = t.compile(p)
  return () => expect(bits(c.run(x, p.constants))).toEqual(expected)
}

/** With other workers than Node's. */
const withWorkers = (Worker: new () => object, body: () => void): void => {
  const original = process.getBuiltinModule
  const replaced = (name: string): unknown => (name === 'node:worker_threads' ? { Worker } : original(name as never))
  process.getBuiltinModule = replaced as never
  try {
    body()
  } finally {
    process.getBuiltinModule = original
  }
}

describe('helpers', () => {
  it('are not waited for: what they have not taken is computed without them', () => {
    // they are still starting
    const run = running(teamOf(4))
    for (let k = 0; k < 5; k++) run()
  })

  it('may never come', () => {
    const t = teamOf(3)
    t.stop()
    const run = running(t)
    for (let k = 0; k < 5; k++) run()
    expect(t.word('jobs')).toBeGreaterThan(0)
    expect(t.word('helped')).toBe(0)
  })

  it('may be forbidden', () => {
    class Forbidden {
      constructor() {
        throw new Error('forbidden')
      }
    }
    withWorkers(Forbidden, () => {
      const t = teamOf(3)
      const run = running(t)
      for (let k = 0; k < 5; k++) run()
      expect(t.word('helped')).toBe(0)
    })
  })

  it('are started one by one, when work has come that is worth it, and told of all modules', () => {
    const told: object[][] = []
    class Noting {
      readonly heard: object[] = []
      constructor() {
        told.push(this.heard)
      }
      on(): void {}
      unref(): void {}
      postMessage(message: object): void {
        this.heard.push(message)
      }
    }
    withWorkers(Noting, () => {
      const p = pool(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }), 1)
      const module = new WebAssembly.Module(moduleWriter().bytes())
      const started = [0.5, 0.4, 0.1, 0.5, 0.5, 9, 9].map((share, i) => {
        if (i === 1) expect(p.admit(module)).toBe(1)
        p.expect(share * STARTING, 4)
        return told.length
      })
      expect(started).toEqual([0, 0, 1, 1, 2, 4, 4])
      expect(p.admit(module)).toBe(2)
      told.forEach((heard, index) => {
        expect(heard).toMatchObject([{ index }, { number: 1, module }, { number: 2, module }])
      })
    })
  })

  it('sleep while jobs are for fewer threads than there are', async () => {
    const t = teamOf(4)
    const x = [rough(64)]
    const p = programOf(([y]) => [b.exp(y as Tensor)], x)
    const [four, two] = [4, 2].map((threads) => compileProgram(p, t.arena, wasmWith({ worth: 1 }), threads)) as [
      Compiled,
      Compiled,
    ]
    t.set('patience', 2 ** 24)
    await until(() => {
      t.set('missed', WAKING)
      four.run(x, p.constants)
      return t.word('awake') === 7
    })
    // the first helper is the only one that has to look on
    await until(() => {
      two.run(x, p.constants)
      return (t.word('awake') & 6) === 0
    })
    await untilHelped(t, () => expect(bits(two.run(x, p.constants))).toEqual(bits(four.run(x, p.constants))))
  })

  it('learn of new modules as they come, also of many at once', async () => {
    const t = teamOf(2)
    for (let round = 0; round < 3; round++) {
      const programs = Array.from({ length: 6 }, (_, k) => {
        const x = [rough(48 + k, round)]
        const p = programOf(([y]) => [b.exp(b.mul(y as Tensor, 1 + round + k / 8))], x)
        return { x, p, c: t.compile(p), expected: bits(alone(p).run(x, p.constants)) }
      })
      for (const { x, p, c, expected } of [...programs].reverse()) {
        await untilHelped(t, () => expect(bits(c.run(x, p.constants))).toEqual(expected))
      }
    }
  })

  it('are more than there are units', async () => {
    const t = teamOf(5)
    const x = [rough(2)]
    const p = programOf(([y]) => [b.contract(y as Tensor, y as Tensor, { a: [0, 2], b: [2, 1], out: [0, 1] })], x)
    const c = t.compile(p)
    const expected = bits(alone(p).run(x, p.constants))
    for (let k = 0; k < 2000; k++) expect(bits(c.run(x, p.constants))).toEqual(expected)
  })

  it('are woken for much work only, or for much that was missed', async () => {
    const t = teamOf(2)
    const x = [rough(64)]
    const p = programOf(([y]) => [b.exp(y as Tensor)], x)
    const c = t.compile(p)
    await untilHelped(t, () => c.run(x, p.constants))
    await untilIdle(t)
    const sleeps = t.word('sleeps')
    t.set('missed', 0)
    for (let k = 0; k < 10; k++) c.run(x, p.constants)
    expect(t.word('missed')).toBeGreaterThan(0)
    expect(t.word('missed')).toBeLessThan(WAKING)
    expect(t.word('awake')).toBe(0)
    expect(t.word('sleeps')).toBe(sleeps)
    t.set('missed', WAKING)
    c.run(x, p.constants)
    expect(t.word('missed')).toBe(0)
    await until(() => t.word('sleeps') > sleeps)
    // a run that is about to be worth it
    await untilIdle(t)
    t.arena.pool?.expect(WAKING, 1)
    c.run(x, p.constants)
    expect(t.word('missed')).toBe(0)
  })
})

describe('looking', () => {
  it('ends: who finds nothing sleeps, and costs nothing', async () => {
    const t = teamOf(3)
    const patience = t.word('patience')
    const run = running(t)
    for (let round = 0; round < 3; round++) {
      await untilHelped(t, run)
      await untilAsleep(t)
    }
    // every look was before a job that came, or before going to sleep
    const looked = (t.word('jobs') + t.word('sleeps')) * patience * 2
    expect(t.word('spins')).toBeLessThanOrEqual(looked)
    // this thread looks while others have units, and then sleeps too
    expect(t.word('ownSpins')).toBeLessThanOrEqual((t.word('jobs') + t.word('ownSleeps')) * patience)
    await untilIdle(t)
  })

  it('is as short as it is told', async () => {
    const t = teamOf(2)
    t.set('patience', 0)
    const run = running(t)
    for (let k = 0; k < 5; k++) {
      await untilHelped(t, run)
    }
    await untilAsleep(t)
    expect(t.word('spins')).toBe(0)
  })
})

describe('a process', () => {
  it('ends by itself while helpers sleep or look', () => {
    const script = fileURLToPath(new URL('./children/ends.ts', import.meta.url))
    const root = fileURLToPath(new URL('../../..', import.meta.url))
    for (const how of ['sleeping', 'looking'])
      expect(
        spawnSync(process.execPath, ['--import', 'tsx', script, how], { cwd: root, encoding: 'utf8', timeout: 30_000 }),
      ).toMatchObject({ status: 0, signal: null, stdout: 'helped\n', stderr: '' })
  })
})

describe('values', () => {
  it('that are given out lie in memory of their own', async () => {
    const t = teamOf(2)
    for (const n of [3, 20, 64, 200]) {
      const x = [rough(n), rough(n, 2)]
      const p = programOf(chain, x)
      const c = t.compile(p)
      const out = c.run(x, p.constants) as readonly Concrete[]
      for (const y of out) {
        expect(y.residence).toBeInstanceOf(Slab)
        expect(bufferOf(y).buffer).toBeInstanceOf(ArrayBuffer)
      }
      const moved = c.run(x, p.constants) as readonly Concrete[]
      t.arena.empty()
      for (const y of moved) expect(bufferOf(y).buffer).toBeInstanceOf(ArrayBuffer)
      expect(bits(moved)).toEqual(bits(out))
    }
    expect(4 * 64 * 64).toBeGreaterThanOrEqual(OWN)
  })

  it('that do not fit a small arena are copied out, and are what they were', () => {
    const t = teamOf(3, 1, 2 ** 16)
    const n = 24
    const start = [rough(n, 3), rough(n, 4)]
    const p = programOf(([x, y]) => [b.sub(x as Tensor, b.mul(y as Tensor, 0.5)), b.tanh(y as Tensor)], start)
    const c = t.compile(p)
    const plain = alone(p)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(99), fc.nat(99)), { maxLength: 60, size: 'max' }), (picks) => {
        const mine: Concrete[] = [...start]
        const theirs: Concrete[] = [...start]
        for (const [i, j] of picks) {
          const pick = (list: readonly Concrete[]) => [list[i % list.length], list[j % list.length]] as Concrete[]
          mine.push(...(c.run(pick(mine), p.constants) as Concrete[]))
          theirs.push(...(plain.run(pick(theirs), p.constants) as Concrete[]))
        }
        expect(bits(mine)).toEqual(bits(theirs))
      }),
      { numRuns: 20 },
    )
    expect(t.word('jobs')).toBeGreaterThan(0)
  })

  it('are right when memory grows under the helpers', async () => {
    const t = teamOf(3, WORTH / 100, 2 ** 28)
    let pages = 0
    for (const n of [64, 200, 400, 600]) {
      const run = running(t, n)
      await untilHelped(t, run)
      expect(t.word('pages')).toBeGreaterThanOrEqual(pages)
      pages = t.word('pages')
    }
    expect(pages).toBeGreaterThan(16)
  })
})
