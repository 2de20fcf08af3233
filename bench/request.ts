/** What the parts in Python read: the same numbers as everybody's, as JSON. */
import { batchOf, COMPARED_STEPS, LEARNING_RATE, NETWORKS, weightsOf } from './networks.js'
import { DIGITS, ELEMENTS, FUNCTIONS, ONE, PLAIN, PRODUCTS, SUM, SUM_DOWN } from './tasks.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Numbers as they lie in memory, in base 64. */
export type Encoded = string

/** A layer's weights, row by row [in, out], and its bias [out]. */
export interface Layer {
  readonly fanIn: number
  readonly fanOut: number
  readonly w: Encoded
  readonly b: Encoded
}

/** How the main job begins: the parameters, and the order of examples in each epoch. */
export interface Begun {
  readonly layers: readonly Layer[]
  readonly orders: readonly Encoded[]
}

// --------------------------------------------------------------------------------------------------------- constructors

export const encoded = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Encoded =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64')

/** Training steps of the networks. */
export const trainingRequest = () => ({
  comparedSteps: COMPARED_STEPS,
  rate: LEARNING_RATE,
  networks: NETWORKS.map((network) => {
    const { x, labels } = batchOf(network)
    return {
      name: network.name,
      sizes: network.sizes,
      batch: network.batch,
      x: encoded(x),
      labels: encoded(labels),
      layers: weightsOf(network).map(({ w, b, ...sizes }): Layer => ({ ...sizes, w: encoded(w), b: encoded(b) })),
    }
  }),
})

/** Products. */
export const productsRequest = () => ({ products: PRODUCTS })

/** Chains of operations along a long vector. */
export const elementsRequest = () => ({
  elements: ELEMENTS,
  one: ONE,
  sum: SUM,
  sumDown: SUM_DOWN,
  plain: PLAIN,
  functions: FUNCTIONS,
})

/** The main job, on the files of MNIST in a folder. */
export const digitsRequest = (data: string, begun: Begun) => ({
  comparedSteps: COMPARED_STEPS,
  ...DIGITS,
  folder: data,
  ...begun,
})
