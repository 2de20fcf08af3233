/**
 * Call signatures of the kinds of operations: `export const add = binary('add') as Binary<'add'>`.
 *
 * What does not fit gets a sentence on the offending argument. Data-first comes last among overloads, since inference
 * through overloads takes the last one.
 */
export type * from './signatures-axis.js'
export type * from './signatures-create.js'
export type * from './signatures-elementwise.js'
export type * from './signatures-layout.js'
export type * from './signatures-network.js'
export type * from './signatures-product.js'
