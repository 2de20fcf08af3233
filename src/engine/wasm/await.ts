/** Waiting for a job, as WebAssembly: what a helper does between two. */
import { CONTROL } from '../threads/control-block.js'
import type { Local } from './code.js'
import type { ModuleWriter } from './module.js'
import { add, hasSleepers, loadAtomic, wake } from './word.js'

/**
 * (last, self, looks) → the number of the next job: looks a bounded number of times, then sleeps. A helper is a bit. Who has
 * been woken wakes the next one first, so that the thread that has the work wakes but one.
 */
export const defineAwait = (m: ModuleWriter): number =>
  m.function('await', { params: ['i32', 'i32', 'i32'], results: ['i32'] }, (code, ...parameters) => {
    const [last, self, looks] = parameters as [Local, Local, Local]
    const left = code.local('i32')
    const job = code.local('i32')
    const looked = (): void =>
      add(code, 'spins', () => {
        code.get(looks)
        code.get(left)
        code.op('i32.sub')
      })
    const setAwake = (isAwake: boolean): void => {
      code.i32(0)
      code.get(self)
      if (!isAwake) {
        code.i32(-1)
        code.op('i32.xor')
      }
      code.atomic(isAwake ? 'i32.atomic.rmw.or' : 'i32.atomic.rmw.and', CONTROL.awake)
      code.op('drop')
    }
    const isNew = (): void => {
      loadAtomic(code, 'job')
      code.tee(job)
      code.get(last)
      code.op('i32.ne')
    }
    code.loop((again) => {
      setAwake(true)
      code.get(looks)
      code.set(left)
      code.block((sleepy) =>
        code.loop((look) => {
          isNew()
          code.if(() => {
            looked()
            code.get(job)
            code.op('return')
          })
          code.get(left)
          code.op('i32.eqz')
          code.brIf(sleepy)
          code.get(left)
          code.i32(1)
          code.op('i32.sub')
          code.set(left)
          code.br(look)
        }),
      )
      looked()
      add(code, 'sleeps', () => code.i32(1))
      setAwake(false)
      code.i32(0)
      code.get(last)
      code.i64(-1n)
      code.atomic('memory.atomic.wait32', CONTROL.job)
      code.op('drop')
      isNew()
      code.op('i32.eqz')
      code.brIf(again)
      setAwake(true)
      hasSleepers(code)
      code.if(() => wake(code, 'job', 1))
    })
    code.get(job)
  })
