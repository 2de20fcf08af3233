/**
 * Shapes the compiler knows: the compile-time twin of `shape.ts`, with the same wording.
 *
 * Literal sizes are checked, `number` agrees with everything, `Dim<'batch'>` only with itself. A computation yields a
 * shape or a sentence, and never `never`.
 */
export type * from './static-axis.js'
export type * from './static-broadcast.js'
export type * from './static-decimal.js'
export type * from './static-nested.js'
export type * from './static-size.js'
