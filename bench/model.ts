/** The values of the benchmarks as lanac's: networks, matrices, long vectors. */
import { add, type Float, fromTypedArray, matmul, relu, type Tensor } from 'lanac'
import { crossEntropy } from 'lanac/loss'
import { batchOf, type Network, weightsOf } from './networks.js'
import { ELEMENTS } from './tasks.js'

export type Matrix = Tensor<[number, number], 'f32'>
export type Vector = Tensor<[number], 'f32'>
export type Labels = Tensor<[number], 'i32'>
export type Params = readonly { readonly w: Matrix; readonly b: Vector }[]

/** A network's weights to begin with, and its batch. */
export interface Values {
  readonly params: Params
  readonly x: Matrix
  readonly labels: Labels
}

/** Makes the values of a network, anew each time. */
export const makerOf = (network: Network): (() => Values) => {
  const batch = batchOf(network)
  const weights = weightsOf(network)
  return () => ({
    params: weights.map(({ fanIn, fanOut, w, b }) => ({
      w: fromTypedArray(w, [fanIn, fanOut]),
      b: fromTypedArray(b, [fanOut]),
    })),
    x: fromTypedArray(batch.x, [network.batch, network.sizes[0] as number]),
    labels: fromTypedArray(batch.labels, [network.batch]),
  })
}

export const valuesOf = (network: Network): Values => makerOf(network)()

/** Mean cross-entropy of the network on a batch. */
export const loss = (params: Params, x: Matrix, labels: Labels): Tensor<[], 'f32'> =>
  crossEntropy(
    params.reduce<Matrix>((h, { w, b }, i) => {
      const z = add(matmul(h, w), b)
      return i < params.length - 1 ? relu(z) : z
    }, x),
    labels,
  )

/** An array of numbers that are not special to any operation. */
export const arrayOf = (type: Float, shape: readonly number[], by: number): Tensor => {
  const length = shape.reduce((n, size) => n * size, 1)
  const numbers = Array.from({ length }, (_, i) => ((i * by) % 101) / 113)
  return type === 'f32'
    ? fromTypedArray(Float32Array.from(numbers), shape)
    : fromTypedArray(Float64Array.from(numbers), shape)
}

/** A long vector of numbers around 0. */
export const longArray = (): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: ELEMENTS }, (_, i) => ((i * 37) % 101) / 113 - 0.4)
