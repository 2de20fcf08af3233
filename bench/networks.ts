/**
 * The networks that are trained side by side: fully connected, ReLU between layers, softmax cross-entropy, plain gradient
 * descent, all in f32. Weights, examples and labels are the same numbers for every library.
 */

/** Sizes of the layers, input first, and examples in a batch. */
export interface Network {
  readonly name: string
  readonly sizes: readonly number[]
  readonly batch: number
}

/** A layer's weights, row by row [in, out]; its bias [out] starts at zero. */
export interface Weights {
  readonly fanIn: number
  readonly fanOut: number
  readonly w: Float32Array<ArrayBuffer>
  readonly b: Float32Array<ArrayBuffer>
}

/** A batch: inputs [batch, in], classes [batch], and the classes as rows of zeros and one 1 [batch, classes]. */
export interface Batch {
  readonly x: Float32Array<ArrayBuffer>
  readonly labels: Int32Array<ArrayBuffer>
  readonly oneHot: Float32Array<ArrayBuffer>
}

const network = (sizes: readonly number[], batch: number): Network => ({
  name: `training step, ${sizes.join('-')}, batch of ${batch}`,
  sizes,
  batch,
})

export const NETWORKS: readonly Network[] = [
  network([2, 5, 10, 5, 2], 32),
  network([2, 10, 10, 2], 256),
  network([784, 128, 10], 128),
  network([784, 512, 512, 10], 256),
]

export const LEARNING_RATE = 0.01

/**
 * Steps after which lanac begins anew. The small networks learn their batch by heart in some 30,000 steps; probabilities get so
 * small then that some processors take several times as long for a step, and slower libraries are not given the time to come there.
 */
export const ANEW_AFTER = 5000

/** Steps after which the losses of all libraries are compared. */
export const COMPARED_STEPS = 10

/** Uniform numbers in [−1, 1): Marsaglia's xorshift32, the same in every process. */
const uniform = (seed: number): (() => number) => {
  let s = seed
  return () => {
    s ^= s << 13
    s ^= s >>> 17
    s ^= s << 5
    return s / 2 ** 31
  }
}

/** Weights to begin with: uniform, of the variance 2 / fan-in (He et al., 2015). */
export const weightsOf = ({ sizes }: Network): readonly Weights[] => {
  const next = uniform(1)
  return sizes.slice(1).map((fanOut, i) => {
    const fanIn = sizes[i] as number
    const bound = Math.sqrt(6 / fanIn)
    return {
      fanIn,
      fanOut,
      w: Float32Array.from({ length: fanIn * fanOut }, () => bound * next()),
      b: new Float32Array(fanOut),
    }
  })
}

/** One batch of examples with classes at random: what they say does not matter for how long a step takes. */
export const batchOf = ({ sizes, batch }: Network): Batch => {
  const next = uniform(2)
  const classes = sizes.at(-1) as number
  const x = Float32Array.from({ length: batch * (sizes[0] as number) }, next)
  const labels = Int32Array.from({ length: batch }, () => Math.floor(((next() + 1) / 2) * classes))
  const oneHot = new Float32Array(batch * classes)
  labels.forEach((label, i) => {
    oneHot[i * classes + label] = 1
  })
  return { x, labels, oneHot }
}
