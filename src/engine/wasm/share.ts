/**
 * Nests on several threads, as WebAssembly: the functions by which a job is begun, its units are taken, and its end is
 * awaited. How they agree is told in `threads/control-block.ts`.
 */
import { CONTROL, WAKING } from '../threads/control-block.js'
import { choose } from './choose.js'
import type { Code, Local } from './code.js'
import type { ModuleWriter } from './module.js'
import { count, hasSleepers, load, loadAtomic, store, storeAtomic, type Word, wake } from './word.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A nest that is shared. */
export interface Shared {
  /** The function (table, from, to) that computes some of its units. */
  readonly part: number
  readonly units: number
  readonly grain: number
  /** In multiplications. */
  readonly cost: number
}

/** Writes nests that are shared among so many threads. */
export interface Sharing {
  /** Runs a nest, alone or with helpers. */
  readonly run: (code: Code, table: Local, nest: Shared) => void
}

/** The name of the exported function (table, job) → units by which a helper takes part in a nest. */
export const helpName = (nest: number): string => `help${nest}`

// --------------------------------------------------------------------------------------------------------------- taking

/** (job) → units [from, to) as to + 2³² · from, taken off what is left; 0 when the job is another one, or nothing is left. */
const defineTake = (m: ModuleWriter): number =>
  m.function('take', { params: ['i32'], results: ['i64'] }, (code, job) => {
    const seen = code.local('i64')
    const left = code.local('i32')
    const taken = code.local('i32')
    code.loop((again) => {
      code.i32(0)
      code.atomic('i64.atomic.load', CONTROL.claim)
      code.tee(seen)
      code.op('i32.wrap_i64')
      code.tee(left)
      code.op('i32.eqz')
      code.get(seen)
      code.i64(32n)
      code.op('i64.shr_u')
      code.op('i32.wrap_i64')
      code.get(job as Local)
      code.op('i32.ne')
      code.op('i32.or')
      code.if(() => {
        code.i64(0n)
        code.op('return')
      })
      // half of a fair share while there is much left, less and less towards the end, so that all end together
      const share = (): void => {
        code.get(left)
        load(code, 'threads')
        code.i32(1)
        code.op('i32.shl')
        code.op('i32.div_u')
      }
      choose(code, share, () => load(code, 'grain'), 'i32.gt_u')
      code.set(taken)
      choose(
        code,
        () => code.get(taken),
        () => code.get(left),
        'i32.lt_u',
      )
      code.set(taken)
      code.i32(0)
      code.get(seen)
      code.get(seen)
      code.get(taken)
      code.op('i64.extend_i32_u')
      code.op('i64.sub')
      code.atomic('i64.atomic.rmw.cmpxchg', CONTROL.claim)
      code.get(seen)
      code.op('i64.ne')
      code.brIf(again)
    })
    code.get(left)
    code.get(taken)
    code.op('i32.sub')
    code.op('i64.extend_i32_u')
    code.i64(32n)
    code.op('i64.shl')
    code.get(left)
    code.op('i64.extend_i32_u')
    code.op('i64.or')
  })

/** (units): so many are computed; whoever computes the last ones wakes the thread that waits for them. */
const defineFinished = (m: ModuleWriter): number =>
  m.function('finished', { params: ['i32'], results: [] }, (code, units) => {
    code.i32(0)
    code.get(units as Local)
    code.atomic('i32.atomic.rmw.sub', CONTROL.pending)
    code.get(units as Local)
    code.op('i32.eq')
    code.if(() => {
      loadAtomic(code, 'waits')
      code.if(() => wake(code, 'pending', 1))
    })
  })

// ------------------------------------------------------------------------------------------------------------ beginning

/** (nest, table, units, grain, cost) → the job's number. */
const defineBegin = (m: ModuleWriter, module: number, threads: number): number =>
  m.function(
    'begin',
    { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: ['i32'] },
    (code, nest, table, units, grain, cost) => {
      const job = code.local('i32')
      const put = (word: Word, local: Local | undefined): void => store(code, word, () => code.get(local as Local))
      store(code, 'module', () => code.globalGet(module))
      put('nest', nest)
      put('table', table)
      put('grain', grain)
      store(code, 'threads', () => code.i32(threads))
      store(code, 'pages', () => code.whole('memory.size'))
      count(code, 'jobs', () => code.i32(1))
      storeAtomic(code, 'pending', () => code.get(units as Local))
      code.i32(0)
      loadAtomic(code, 'job')
      code.i32(1)
      code.op('i32.add')
      code.tee(job)
      code.op('i64.extend_i32_u')
      code.i64(32n)
      code.op('i64.shl')
      code.get(units as Local)
      code.op('i64.extend_i32_u')
      code.op('i64.or')
      code.atomic('i64.atomic.store', CONTROL.claim)
      hasSleepers(code)
      code.if(() => {
        count(code, 'missed', () => code.get(cost as Local))
        load(code, 'missed')
        code.i32(WAKING)
        code.op('i32.ge_u')
        code.if(() => {
          store(code, 'missed', () => code.i32(0))
          wake(code, 'job', 1)
        })
      })
      code.get(job)
    },
  )

/** Waits until all units are computed: those that helpers have taken may not be yet. */
const defineEnd = (m: ModuleWriter): number =>
  m.function('end', { params: [], results: [] }, (code) => {
    const left = code.local('i32')
    const pending = code.local('i32')
    load(code, 'patience')
    code.set(left)
    code.loop((again) => {
      loadAtomic(code, 'pending')
      code.tee(pending)
      code.op('i32.eqz')
      code.if(() => code.op('return'))
      count(code, 'ownSpins', () => code.i32(1))
      code.get(left)
      code.i32(1)
      code.op('i32.sub')
      code.tee(left)
      code.i32(0)
      code.op('i32.gt_s')
      code.brIf(again)
      // a helper that does not run, since others do, gets the processor that this thread would keep busy
      load(code, 'mayWait')
      code.op('i32.eqz')
      code.brIf(again)
      count(code, 'ownSleeps', () => code.i32(1))
      storeAtomic(code, 'waits', () => code.i32(1))
      code.i32(0)
      code.get(pending)
      code.i64(-1n)
      code.atomic('memory.atomic.wait32', CONTROL.pending)
      code.op('drop')
      storeAtomic(code, 'waits', () => code.i32(0))
      code.br(again)
    })
  })

// -------------------------------------------------------------------------------------------------------------- running

/** Nests shared among threads, in a module whose number is this global. */
export const sharing = (m: ModuleWriter, module: number, threads: number): Sharing => {
  const functions = {
    begin: defineBegin(m, module, threads),
    take: defineTake(m),
    finished: defineFinished(m),
    end: defineEnd(m),
  }
  let shared = 0
  /** Computes units as long as there are any; gives how many. */
  const defineShare = (nest: number, part: number): number =>
    m.function(`share${nest}`, { params: ['i32', 'i32'], results: ['i32'] }, (code, table, job) => {
      const taken = code.local('i64')
      const from = code.local('i32')
      const units = code.local('i32')
      const done = code.local('i32')
      code.loop((again) => {
        code.get(job as Local)
        code.call(functions.take)
        code.tee(taken)
        code.op('i64.eqz')
        code.if(() => {
          code.get(done)
          code.op('return')
        })
        code.get(taken)
        code.i64(32n)
        code.op('i64.shr_u')
        code.op('i32.wrap_i64')
        code.set(from)
        code.get(table as Local)
        code.get(from)
        code.get(taken)
        code.op('i32.wrap_i64')
        code.call(part)
        code.get(taken)
        code.op('i32.wrap_i64')
        code.get(from)
        code.op('i32.sub')
        code.tee(units)
        code.call(functions.finished)
        code.get(done)
        code.get(units)
        code.op('i32.add')
        code.set(done)
        code.br(again)
      })
      code.op('unreachable')
    })
  /** As a helper: with all of the memory that the job may use, or not at all. */
  const exportHelp = (nest: number, share: number): void =>
    m.export(
      m.function(helpName(nest), { params: ['i32', 'i32'], results: ['i32'] }, (code, table, job) => {
        code.whole('memory.size')
        load(code, 'pages')
        code.op('i32.lt_u')
        code.if(() => {
          code.i32(0)
          code.op('return')
        })
        code.get(table as Local)
        code.get(job as Local)
        code.call(share)
      }),
    )
  return {
    run: (code, table, { part, units, grain, cost }) => {
      const nest = shared++
      const share = defineShare(nest, part)
      exportHelp(nest, share)
      code.get(table)
      code.i32(nest)
      code.get(table)
      for (const n of [units, grain, Math.min(cost, WAKING)]) code.i32(Math.round(n))
      code.call(functions.begin)
      code.call(share)
      code.op('drop')
      code.call(functions.end)
    },
  }
}
