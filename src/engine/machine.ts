/** Machines: what tiles are cut for. */

/** Elements in a register. */
export type VectorLength = 1 | 2 | 4 | 8 | 16

/** The registers that a target computes with. */
export interface Machine {
  /** Bytes of a vector register. */
  readonly width: 16 | 32 | 64
  /** Rows and columns (registers) of a tile that is folded: as many sums as there are registers for, with what they are made of. */
  readonly rows: number
  readonly columns: number
  /** Rows where a tile has one column. */
  readonly tall: number
  /** Bytes of rows that are kept near while they are read again and again; null: rows are not blocked. */
  readonly near: number | null
  /** Rounds of a product's fold after which the next rows are run; null: all of them. */
  readonly deep: number | null
  /** How many functions a nest of so many rounds computes side by side: their constants take registers too. null: any number. */
  readonly functions: { readonly most: number; readonly from: number } | null
}

/**
 * WebAssembly's vectors. Browsers compile for processors with 16 registers of 16 bytes, and V8 needs some for itself: 4 × 2
 * holds everywhere.
 */
export const simd128: Machine = {
  width: 16,
  rows: 4,
  columns: 2,
  tall: 5,
  near: null,
  deep: null,
  functions: { most: 2, from: 4096 },
}

/** What JavaScript is cut for: it has no vectors, and rows and columns that vectors could take are as good as any. */
export const script: Machine = { ...simd128, functions: null }

/** Elements of 64 bits in a register, or of 32. */
export const lengthIn = (m: Machine, wide: boolean): VectorLength => (m.width / (wide ? 8 : 4)) as VectorLength
