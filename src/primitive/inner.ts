/**
 * Inner loops written out, of the operations that much time is spent in. Each says in one loop what its function says of
 * one element; a step of 0 stays on the one number that all elements of an array are.
 */
import type { Buffer } from '../tensor/concrete.js'

/** Elements of `x` to elements of `o`. */
export type Inner1 = (o: Buffer, x: Buffer) => void

/** Elements of `x` and `y`, `p` and `q` apart, to elements of `o`. */
export type Inner2 = (o: Buffer, x: Buffer, p: number, y: Buffer, q: number) => void

export const sqrts: Inner1 = (o, x) => {
  const n = o.length
  for (let i = 0; i < n; i++) o[i] = Math.sqrt(x[i] as number)
}

export const exps: Inner1 = (o, x) => {
  const n = o.length
  for (let i = 0; i < n; i++) o[i] = Math.exp(x[i] as number)
}

export const negs: Inner1 = (o, x) => {
  const n = o.length
  for (let i = 0; i < n; i++) o[i] = -(x[i] as number)
}

export const sums: Inner2 = (o, x, p, y, q) => {
  const n = o.length
  for (let i = 0, j = 0, k = 0; i < n; i++, j += p, k += q) o[i] = (x[j] as number) + (y[k] as number)
}

export const differences: Inner2 = (o, x, p, y, q) => {
  const n = o.length
  for (let i = 0, j = 0, k = 0; i < n; i++, j += p, k += q) o[i] = (x[j] as number) - (y[k] as number)
}

export const products: Inner2 = (o, x, p, y, q) => {
  const n = o.length
  for (let i = 0, j = 0, k = 0; i < n; i++, j += p, k += q) o[i] = (x[j] as number) * (y[k] as number)
}

export const quotients: Inner2 = (o, x, p, y, q) => {
  const n = o.length
  for (let i = 0, j = 0, k = 0; i < n; i++, j += p, k += q) o[i] = (x[j] as number) / (y[k] as number)
}

export const maskedProducts: Inner2 = (o, x, p, y, q) => {
  const n = o.length
  for (let i = 0, j = 0, k = 0; i < n; i++, j += p, k += q) {
    const u = x[j] as number
    const v = y[k] as number
    o[i] = u === 0 || v === 0 ? 0 : u * v
  }
}
