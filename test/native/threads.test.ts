/** Threads change no bit of a result, sleep when there is nothing to do, and serve whoever asks. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayOf, numbers } from '../../laws/sample.js'
import type { Tensor } from '../../src/core/value.js'
import { poolOf } from '../../src/native/compiler.js'
import { builder } from '../../src/tape/node.js'
import type { Program } from '../../src/tape/program.js'
import { abstractly } from '../../src/tape/trace.js'
import type { Concrete } from '../../src/tensor/concrete.js'
import { derivatives, products, programs, stacks } from '../engine/programs-everywhere.js'
import { type Case, prepare, programOf, type Tested } from '../engine/same.js'
import { batched } from './batched.js'
import { compiler, temporary } from './compiler.js'

describe.skipIf(compiler === null)('threads', () => {
  if (compiler === null) return
  const c = compiler
  const targets: readonly Tested[] = [1, 2, 3].map((n) => batched(`C, ${n}`, c, { threads: n, worth: 1 }))
  const bits = ({ f, x }: Case): void => {
    const p = programOf(f, x.map(abstractly))
    if (p === null || f(x).length === 0) return
    const [one, ...more] = targets.map((t) => {
      const made = t.compile(p)
      return Array.from({ length: 3 }, () => made?.run(x as readonly Concrete[], p.constants)?.map(numbers))
    })
    expect(one?.[0]).toBeDefined()
    for (const other of more) expect(other).toEqual(one)
  }
  it.each([
    ['random programs', programs, 8],
    ['derivatives', derivatives, 4],
    ['stacks', stacks, 6],
    ['products', products(true), 5],
  ] as const)(
    'give the same bits for %s',
    (_, cases, n) => {
      fc.assert(
        fc.property(fc.array(cases, { minLength: n, maxLength: n }), (list) => {
          prepare(
            targets,
            list.filter((k) => k.f(k.x).length > 0).map(({ f, x }) => ({ f, x: x.map(abstractly) })),
          )
          for (const k of list) bits(k)
        }),
        { numRuns: 1 },
      )
    },
    120_000,
  )
  it('look for work so many times, and then sleep', async () => {
    const pool = poolOf(c)
    if ('problem' in pool) throw new Error(pool.problem)
    const n = 128
    const a = arrayOf(
      [n, n],
      'f32',
      Array.from({ length: n * n }, (_, i) => i % 5),
    )
    const f = ([x]: readonly Tensor[]) => [
      builder.contract(x as Tensor, x as Tensor, { a: [0, 1], b: [1, 2], out: [0, 2] }),
    ]
    const p = programOf(f, [abstractly(a)]) as Program
    const shared = batched('C, 2', c, { threads: 2 }).compile(p)
    for (let k = 0; k < 100; k++) shared?.run([a as Concrete], p.constants)
    const settled = async (): Promise<number> => {
      for (let before = -1; ; ) {
        const now = pool.looks()
        if (now === before) return now
        before = now
        await new Promise((done) => setTimeout(done, 100))
      }
    }
    await settled()
    expect(pool.sleeps()).toBeGreaterThan(0)
    const looks = pool.looks()
    const sleeps = pool.sleeps()
    await new Promise((done) => setTimeout(done, 300))
    expect(pool.looks()).toBe(looks)
    expect(pool.sleeps()).toBe(sleeps)
  })

  it('serve several threads of JavaScript at once, and let the process end', () => {
    const program = fileURLToPath(new URL('workers.ts', import.meta.url))
    const r = spawnSync(process.execPath, ['--import', 'tsx', program], {
      env: { ...process.env, NODE_OPTIONS: '', LANAC_CACHE: temporary() },
      encoding: 'utf8',
      timeout: 50_000,
    })
    expect([r.status, r.stderr, r.stdout.trim()]).toEqual([0, '', '[true,true,true]'])
  })
})
