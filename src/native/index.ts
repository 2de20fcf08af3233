/**
 * Native code: programs as C, compiled by this machine's compiler, run in the memory where WebAssembly runs.
 *
 * For Node, with a C compiler and the optional peer `koffi`. Importing this entry makes the targets `'native'` and `'auto'`
 * known to `jit`, `explain`, `profile` and `fit`; the values below are the same targets.
 */
import { register } from '../engine/target.js'
import { auto, native } from './target.js'

register(native, auto)

export type { Target } from '../engine/target.js'
export { auto, native }
