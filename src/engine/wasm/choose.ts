/** One of two whole numbers, by comparing them. */
import type { Code } from './code.js'
import type { Plain } from './opcode.js'

/** Pushes the first number where the comparison holds, else the second: the larger one by `gt`, the smaller one by `lt`. */
export const choose = (
  code: Code,
  x: () => void,
  y: () => void,
  comparison: Plain & `i32.${'gt' | 'lt'}_${'s' | 'u'}`,
): void => {
  for (const push of [x, y, x, y]) push()
  code.op(comparison)
  code.op('select')
}
