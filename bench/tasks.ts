/**
 * What is compared. A task ends when its numbers are there: libraries that compute later are asked for them, and what
 * a library wants freed is freed. Peers compute in f32; so does lanac where the element type decides the time.
 */

export const ADD = 'add, 8 + 8 elements'
export const GRAD = 'grad, ten scalar operations'
export const GRAD_JIT = 'grad, ten scalar operations, jitted'
export const CHAIN = 'grad, chain of 100 operations'
export const VMAP = 'vmap of grad, ten operations, 64 points'
export const MATMUL = 'matmul, 64 × 64 by 64 × 64'

/** Operations in the chain that is compared. */
export const LENGTH = 100

/** Points in the stack. */
export const POINTS = 64

/** Rows and columns of the product. */
export const SIZE = 64

/** Numbers that are not special to any operation. */
export const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => 0.1 + ((i * 37) % 101) / 113)

/** Where the scalar function is differentiated. */
export const POINT = 0.7

/** A square matrix, row by row. */
export const rows = (n: number): number[][] => Array.from({ length: n }, (_, i) => numbers((i + 1) * n).slice(i * n))
