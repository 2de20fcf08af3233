/** Models that go by nearness alone: nearest neighbours, and regression by a Gaussian kernel. */
import { add, div, exp, eye, matmul, mul, square, sub, sum, type Tensor, tensor, toArray, transpose } from 'lanac'
import { solve } from './linear-algebra.js'

type Matrix = Tensor<[number, number], 'f64'>

/** ‖aᵢ − bⱼ‖² of the rows of two matrices. */
const distances = (a: Matrix, b: Matrix): Matrix => {
  const length = (x: Matrix) => sum(square(x), { axis: 1, keepDims: true })
  return sub(add(length(a), transpose(length(b))), mul(2, matmul(a, transpose(b))))
}

/** Regression by the kernel exp(−‖x − x′‖²/2w²), with a ridge: (K + ρ)⁻¹y; targets [n, outputs]. */
export const kernelRegression = (x: Matrix, y: Matrix, width: number, ridge = 1e-3): ((at: Matrix) => Matrix) => {
  const kernel = (a: Matrix): Matrix => exp(div(distances(a, x), -2 * width * width))
  const K = add(kernel(x), mul(ridge, eye(x.shape[0])))
  const columns = toArray(transpose(y))
  const weights = columns.map((c) => toArray(solve(K, tensor(c))))
  const w = transpose(tensor(weights))
  return (at) => matmul(kernel(at), w)
}

/** The mean of the targets [n, outputs] of the k nearest examples. */
export const nearestNeighbours = (x: Matrix, y: Matrix, k: number): ((at: Matrix) => Matrix) => {
  const targets = toArray(y)
  return (at) => {
    const rows = toArray(distances(at, x)).map((row) => {
      const near = row.map((d, i) => [d, i] as const).sort((p, q) => p[0] - q[0]).slice(0, k) // biome-ignore format: one line
      return targets[0]!.map((_, c) => near.reduce((s, [, i]) => s + targets[i]![c]!, 0) / k)
    })
    return tensor(rows)
  }
}
