/** Dense layers and tanh in plain JavaScript, forwards and backwards: what layers are held to. */
import * as fc from 'fast-check'
import { type Tensor, tensor } from 'lanac'

export type Row = readonly number[]
export type Rows = readonly Row[]

/** Weights [in, out] and a bias. */
export interface Plain {
  readonly w: Rows
  readonly b: Row
}

export const sum = (xs: Row): number => xs.reduce((s, x) => s + x, 0)

/** x·W + b. */
export const affine = ({ w, b }: Plain, x: Row): Row =>
  b.map((bj, j) => bj + sum(x.map((xi, i) => xi * (w[i] as Row)[j]!)))

/** The cotangents of W, b and x. */
export const affineBack = (
  { w }: Plain,
  x: Row,
  dy: Row,
): { readonly dw: Rows; readonly db: Row; readonly dx: Row } => ({
  dw: x.map((xi) => dy.map((d) => xi * d)),
  db: dy,
  dx: w.map((row) => sum(row.map((wij, j) => wij * (dy[j] as number)))),
})

/** tanh(x·W₁ + b₁)·W₂ + b₂, and the cotangents for dy. */
export const twoLayers = (p: readonly [Plain, Plain], x: Row, dy: Row) => {
  const h = affine(p[0], x).map(Math.tanh)
  const y = affine(p[1], h)
  const second = affineBack(p[1], h, dy)
  const first = affineBack(
    p[0],
    x,
    second.dx.map((d, j) => d * (1 - (h[j] as number) ** 2)),
  )
  return { y, dParams: [first, second] as const, dx: first.dx }
}

const value = fc.integer({ min: -32, max: 32 }).map((k) => k / 16)

/** A row of short decimals. */
export const row = (n: number): fc.Arbitrary<Row> => fc.array(value, { minLength: n, maxLength: n })

/** Rows of short decimals. */
export const rows = (n: number, m: number): fc.Arbitrary<Rows> => fc.array(row(m), { minLength: n, maxLength: n })

/** Parameters of a dense layer. */
export const plain = (fanIn: number, fanOut: number): fc.Arbitrary<Plain> =>
  fc.record({ w: rows(fanIn, fanOut), b: row(fanOut) })

/** The same as tensors. */
export const affineOf = ({
  w,
  b,
}: Plain): { readonly w: Tensor<[number, number], 'f64'>; readonly b: Tensor<[number], 'f64'> } => ({
  w: tensor(w as number[][]),
  b: tensor(b as number[]),
})
