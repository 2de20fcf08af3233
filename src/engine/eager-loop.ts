/**
 * Long loops outside of compiled functions: a `scan` on values in memory, compiled as it would be in one.
 *
 * Size alone decides: a result does not depend on what was computed before. A loop whose body prints is the evaluator's, which
 * prints as it goes.
 */
import type { AnyMultiple } from '../primitive/record.js'
import type { ScanParams } from '../primitive/scan.js'
import { prints } from '../tape/effect.js'
import { entryCount, type Program, Writer } from '../tape/program.js'
import type { Concrete } from '../tensor/concrete.js'
import { roomy } from './roomy.js'

/** Operations that take the evaluator longer than tracing and compiling take: some 6 ms. */
const LONG = 20_000

const isScan = (primitive: AnyMultiple): boolean => primitive.name === 'scan'

/** A long loop's results; null when it is for the evaluator. */
export const eagerLoop = (
  primitive: AnyMultiple,
  params: unknown,
  args: readonly Concrete[],
): readonly Concrete[] | null => {
  if (!isScan(primitive)) return null
  const { length, program } = params as ScanParams
  if (length * entryCount(program as Program) < LONG || prints(primitive, params)) return null
  const w = new Writer()
  const inputs = args.map(({ shape, dtype }) => w.input({ shape, dtype, weak: false }))
  const results = primitive.abstract(params as never, args).map((r) => ({ ...r, weak: false }))
  const first = w.entry(primitive, params, inputs, results)
  return roomy(w.finish(results.map((_, i) => first + i)))(args) as readonly unknown[] as readonly Concrete[]
}
