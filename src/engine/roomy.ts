/**
 * Programs larger than there is memory for.
 *
 * One whose values do not fit the arena becomes JavaScript, whose results stand on the heap, each by itself; one whose
 * workspace cannot be had is evaluated, which lets go of each value after its last use. Where one value alone is too large,
 * that is an error which says how many bytes were asked for, and by which operation.
 */
import { MemoryError } from '../core/error.js'
import type { Abstract } from '../core/value.js'
import type { Primitive } from '../primitive/record.js'
import { entryCount, type Program } from '../tape/program.js'
import { type Concrete, withOperation } from '../tensor/concrete.js'
import { sizeOf } from '../tensor/shape.js'
import { evaluate } from './evaluate.js'
import { byDefault, type Executable, executable } from './execute.js'
import { byteSize } from './memory-plan.js'
import type { Execution } from './target.js'

/** How engines refuse memory for an array buffer; a stack that overflows is a RangeError too. */
const isRefusal = (e: unknown): boolean =>
  e instanceof MemoryError || (e instanceof RangeError && /array buffer|typed array|allocat|memory/i.test(e.message))

/** The error under the name of the operation that makes a result of this size; null where there is none. */
const told = (p: Program, e: unknown): unknown => {
  if (!(e instanceof MemoryError)) return null
  for (let k = entryCount(p) - 1; k >= 0; k--)
    for (let s = p.first[k] as number; s < (p.first[k + 1] as number); s++) {
      const a = p.slots[s] as Abstract
      if (p.outputs.includes(s) && byteSize({ dtype: a.dtype, size: sizeOf(a.shape) }) === e.bytes)
        return withOperation(e, (p.primitives[k] as Primitive).name, () => [a])
    }
  return null
}

/** A closed, simplified program, to be run again and again, also where memory runs out. */
export const roomy = (program: Program, execution: Execution = byDefault): Executable => {
  const run = executable(program, execution)
  return (inputs: readonly Concrete[]) => {
    try {
      return run(inputs)
    } catch (e) {
      if (!isRefusal(e)) throw e
      const known = told(program, e)
      if (known !== null) throw known
      return evaluate(program, inputs)
    }
  }
}
