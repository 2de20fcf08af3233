/**
 * The matrix product of the reference semantics, over strided views: a transposed, broadcast or batched operand is read
 * where it lies. Sums of floats are kept in doubles and added in order of the summed index; integers wrap.
 */
import type { Buffer } from '../tensor/concrete.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** A stack of matrices in memory: element (q, i, j) is `data[q·batch + i·row + j·column]`. */
export interface Matrices {
  readonly data: Buffer
  readonly batch: number
  readonly row: number
  readonly column: number
}

/** How many matrices, the rows of the left one, the size summed over, the columns of the right one. */
export interface ProductSize {
  readonly batches: number
  readonly m: number
  readonly k: number
  readonly n: number
}

// -------------------------------------------------------------------------------------------------------------- running

/** Four columns of the right matrix, side by side: `panel[4·l + c] = y[l, j + c]`, zeros where there is no such column. */
const pack = (panel: Float64Array, y: Matrices, from: number, k: number, width: number): void => {
  if (width < 4) panel.fill(0)
  for (let c = 0; c < width; c++)
    for (let l = 0, to = c, at = from + c * y.column; l < k; l++, to += 4, at += y.row) panel[to] = y.data[at] as number
}

/**
 * o[q, i, j] = Σₗ x[q, i, l] · y[q, l, j], in blocks of two rows and four columns whose sums stay in registers while the
 * columns, packed, stay in the nearest cache.
 */
export const multiply = (o: Float64Array, x: Matrices, y: Matrices, { batches, m, k, n }: ProductSize): void => {
  const panel = new Float64Array(4 * k)
  const d = x.data
  const step = x.column
  for (let q = 0; q < batches; q++)
    for (let j = 0; j < n; j += 4) {
      const width = Math.min(4, n - j)
      pack(panel, y, q * y.batch + j * y.column, k, width)
      for (let i = 0; i < m; i += 2) {
        // an odd last row is multiplied twice, and written once
        const below = i + 1 < m ? x.row : 0
        let a0 = 0
        let a1 = 0
        let a2 = 0
        let a3 = 0
        let b0 = 0
        let b1 = 0
        let b2 = 0
        let b3 = 0
        for (let l = 0, p = 0, at = q * x.batch + i * x.row; l < k; l++, p += 4, at += step) {
          const u = d[at] as number
          const v = d[at + below] as number
          const y0 = panel[p] as number
          const y1 = panel[p + 1] as number
          const y2 = panel[p + 2] as number
          const y3 = panel[p + 3] as number
          a0 += u * y0
          a1 += u * y1
          a2 += u * y2
          a3 += u * y3
          b0 += v * y0
          b1 += v * y1
          b2 += v * y2
          b3 += v * y3
        }
        const to = (q * m + i) * n + j
        o[to] = a0
        if (width > 1) o[to + 1] = a1
        if (width > 2) o[to + 2] = a2
        if (width > 3) o[to + 3] = a3
        if (i + 1 === m) continue
        o[to + n] = b0
        if (width > 1) o[to + n + 1] = b1
        if (width > 2) o[to + n + 2] = b2
        if (width > 3) o[to + n + 3] = b3
      }
    }
}

/** The same for 32-bit integers, which wrap. */
export const multiplyIntegers = (o: Int32Array, x: Matrices, y: Matrices, { batches, m, k, n }: ProductSize): void => {
  for (let q = 0, to = 0; q < batches; q++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++, to++) {
        let sum = 0
        let at = q * x.batch + i * x.row
        let by = q * y.batch + j * y.column
        for (let l = 0; l < k; l++, at += x.column, by += y.row)
          sum = (sum + Math.imul(x.data[at] as number, y.data[by] as number)) | 0
        o[to] = sum
      }
}
