/** What a little linear algebra the examples need beside products. */
import { type Tensor, tensor, toArray } from 'lanac'

const rowsOf = (a: Tensor): number[][] => (toArray(a) as unknown as number[][]).map((row) => [...row])

/** The x with A·x = b, by Gauss's elimination with pivots; A is square and regular. */
export const solve = (a: Tensor, b: Tensor): Tensor<[number], 'f64'> => {
  const right = toArray(b) as unknown as number[]
  const m = rowsOf(a).map((row, i) => [...row, right[i] as number])
  const n = m.length
  for (let k = 0; k < n; k++) {
    let p = k
    for (let i = k + 1; i < n; i++) if (Math.abs(m[i]![k]!) > Math.abs(m[p]![k]!)) p = i
    ;[m[k], m[p]] = [m[p]!, m[k]!]
    for (let i = 0; i < n; i++) {
      const f = i === k ? 0 : m[i]![k]! / m[k]![k]!
      if (f !== 0) for (let j = k; j <= n; j++) m[i]![j]! -= f * m[k]![j]!
    }
  }
  return tensor(m.map((row, i) => row[n]! / row[i]!))
}

/** Eigenvalues of a symmetric matrix, the smallest first, by C. G. J. Jacobi's rotations (1846). */
export const eigenvalues = (a: Tensor): readonly number[] => {
  const m = rowsOf(a)
  const n = m.length
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const x = m[p]![q]!
        off += x * x
        if (x === 0) continue
        const theta = (m[q]![q]! - m[p]![p]!) / (2 * x)
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const c = 1 / Math.sqrt(t * t + 1)
        const s = t * c
        for (let k = 0; k < n; k++) {
          const [u, v] = [m[k]![p]!, m[k]![q]!]
          ;[m[k]![p], m[k]![q]] = [c * u - s * v, s * u + c * v]
        }
        for (let k = 0; k < n; k++) {
          const [u, v] = [m[p]![k]!, m[q]![k]!]
          ;[m[p]![k], m[q]![k]] = [c * u - s * v, s * u + c * v]
        }
      }
    if (off < 1e-28) break
  }
  return m.map((row, i) => row[i]!).sort((x, y) => x - y)
}
