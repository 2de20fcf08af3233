/**
 * Forward mode. `Dual<A>` over any fp-ts Field, for numbers; `foldDual` over programs, for tensors, with zeros that are
 * never built.
 *
 * @module lanac/dual
 */
export { constant, type Dual, derivative, dual, getElementary, getEq, getField, variable } from './dual.js'
export { type Elementary, number as numberElementary } from './elementary.js'
export { type DualValue, dualAlgebra, foldDual } from './fold.js'
