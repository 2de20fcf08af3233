/**
 * Initialisers: first values of a layer's parameters, `(key, shape, { dtype }) → tensor`, f32 unless named.
 *
 * Weights are [fanIn, fanOut], kernels [...window, in, out]: fan-in counts the inputs that one output sees (the window times
 * `in`), fan-out the outputs that one input reaches (the window times `out`).
 */
import { ShapeError, showShape, ValueError } from '../core/error.js'
import type { DType, Shape, Tensor } from '../core/value.js'
import { builder as b } from '../tape/node.js'
import { cast, uniform as filled } from '../tensor/concrete.js'
import { checkShape, sizeOf } from '../tensor/shape.js'
import { checkKey } from './key.js'
import { normal, truncatedNormal } from './normal.js'
import type { Initializer, Key } from './signatures.js'
import { floatOf, uniform } from './uniform.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** How many inputs an output sees, and how many outputs an input reaches. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/** A variance of `scale` / fan, and the distribution that has it. */
export interface VarianceScaling {
  readonly scale?: number | undefined
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAverage' | undefined
  readonly distribution?: 'uniform' | 'normal' | 'truncatedNormal' | undefined
}

type Options = { readonly dtype?: DType | undefined }

// --------------------------------------------------------------------------------------------------------- constructors

/** Fan-in and fan-out of weights [in, out] or a kernel [...window, in, out]. @throws ShapeError for a shape of fewer axes */
export const fans = (shape: Shape): Fans => {
  if (shape.length < 2)
    throw new ShapeError({
      operation: 'fans',
      problem: `${showShape(shape)} has no fan-in and fan-out`,
      hint: 'weights are [in, out], kernels [...window, in, out]; for biases use zeros',
    })
  const window = sizeOf(shape.slice(0, -2))
  return { fanIn: window * (shape.at(-2) as number), fanOut: window * (shape.at(-1) as number) }
}

/** The standard deviation of a standard normal variable, given that it lies within 2. */
const CUT = 0.8796256610342398

/**
 * Draws of mean 0 and variance scale / fan, where fan is fan-in (unless named), fan-out or their average.
 *
 * @throws ValueError when the scale is not positive, ShapeError for a shape without fans
 */
export const varianceScaling = ({
  scale = 1,
  mode = 'fanIn',
  distribution = 'normal',
}: VarianceScaling = {}): Initializer => {
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new ValueError({ operation: 'varianceScaling', problem: `the scale has to be positive, found ${scale}` })
  return ((k: Key, shape: Shape, options: Options = {}): Tensor => {
    const dtype = floatOf('varianceScaling', options.dtype, 'f32')
    const { fanIn, fanOut } = fans(shape)
    const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2
    const variance = scale / Math.max(1, fan)
    switch (distribution) {
      case 'uniform': {
        const limit = Math.sqrt(3 * variance)
        return uniform(k, shape, { dtype, low: -limit, high: limit })
      }
      case 'normal':
        return normal(k, shape, { dtype, std: Math.sqrt(variance) })
      case 'truncatedNormal':
        return b.mul(truncatedNormal(k, shape, { dtype }), Math.sqrt(variance) / CUT)
    }
  }) as unknown as Initializer
}

/** All elements `value`; the key is not used. */
export const constant = (value: number): Initializer =>
  ((k: Key, shape: Shape, options: Options = {}): Tensor => {
    checkKey('constant', k)
    const dtype = floatOf('constant', options.dtype, 'f32')
    return filled([...checkShape('constant', shape)], dtype, cast(dtype, value))
  }) as unknown as Initializer

// ------------------------------------------------------------------------------------------------------------ instances

/** All zeros: for biases. */
export const zeros: Initializer = constant(0)

/** All ones: for scales. */
export const ones: Initializer = constant(1)

/**
 * Uniform within ±√(6 / (fanIn + fanOut)): variances stay level in both directions, for tanh and its kin.
 * X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
 *
 * @example
 * ```ts
 * import { abs, item, max } from 'lanac'
 * import { glorotUniform, key } from 'lanac/random'
 * const w = glorotUniform(key(0), [784, 128])
 * assert.equal(w.dtype, 'f32')
 * assert(item(max(abs(w))) <= Math.sqrt(6 / (784 + 128)))
 * ```
 */
export const glorotUniform: Initializer = varianceScaling({ mode: 'fanAverage', distribution: 'uniform' })

/** Normal with variance 2 / (fanIn + fanOut). Glorot and Bengio, AISTATS 2010. */
export const glorotNormal: Initializer = varianceScaling({ mode: 'fanAverage' })

/**
 * Uniform within ±√(6 / fanIn): variances stay level through relu, which halves them.
 * K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015.
 */
export const heUniform: Initializer = varianceScaling({ scale: 2, distribution: 'uniform' })

/** Normal with variance 2 / fanIn. He et al., ICCV 2015. */
export const heNormal: Initializer = varianceScaling({ scale: 2 })

/**
 * Uniform within ±√(3 / fanIn): variances stay level through linear layers, and selu.
 * Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp", 1998.
 */
export const lecunUniform: Initializer = varianceScaling({ distribution: 'uniform' })

/** Normal with variance 1 / fanIn. LeCun et al., 1998. */
export const lecunNormal: Initializer = varianceScaling()
