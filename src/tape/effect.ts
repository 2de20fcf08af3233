/** Entries that do something besides computing: they stay where they are, each as often as it was written. */
import type { ProgramLike } from '../core/program.js'
import type { Primitive } from '../primitive/record.js'
import type { Program } from './program.js'

const known = new WeakMap<ProgramLike, boolean>()

/** Whether an entry prints, or holds a program in which one does. */
export const prints = (primitive: Primitive, params: unknown): boolean =>
  primitive.name === 'tap' ||
  (primitive.results === 'many' && Object.values(params as object).some((p: unknown) => isProgram(p) && holdsTaps(p)))

const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && 'primitives' in x && 'refs' in x && 'outputs' in x

/** Whether a program prints anything. */
export const holdsTaps = (p: Program): boolean => {
  let found = known.get(p)
  if (found === undefined) {
    found = p.primitives.some((primitive, k) => prints(primitive, p.params[k]))
    known.set(p, found)
  }
  return found
}
