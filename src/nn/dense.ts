/** The fully connected layer. */
import { DTypeError, ShapeError, showShape, TreeError, ValueError } from '../core/error.js'
import type { Float, Shape, Tensor } from '../core/value.js'
import { isFloat, isTensor } from '../core/value.js'
import { fromRun, type Layer } from '../lens/layer.js'
import { add, matmul } from '../ops/index.js'
import { glorotUniform, type Initializer, split, zeros } from '../random/index.js'
import { sameShape } from '../tensor/shape.js'

// ---------------------------------------------------------------------------------------------------------------- model

/** Parameters of a dense layer: weights [in, out], bias [out]. */
export interface Affine<I extends number, O extends number> {
  readonly w: Tensor<[I, O], Float>
  readonly b: Tensor<[O], Float>
}

/** Parameters of a dense layer without bias. */
export interface Linear<I extends number, O extends number> {
  readonly w: Tensor<[I, O], Float>
}

/** Initialisers (Glorot's uniform and zeros unless named), and whether there is a bias. */
export interface DenseOptions<B extends boolean = boolean> {
  readonly bias?: B
  readonly initW?: Initializer
  readonly initB?: Initializer
}

// --------------------------------------------------------------------------------------------------------- constructors

const checkSize = (n: number, name: string): void => {
  if (!Number.isInteger(n) || n < 0)
    throw new ValueError({ operation: 'dense', problem: `${name} has to be a whole number of at least 0, found ${n}` })
}

/** Refuses an input of another element type than the parameters'. @throws DTypeError */
const checkDType = (operation: string, x: Tensor, w: Tensor): void => {
  if (x.dtype !== w.dtype)
    throw new DTypeError({
      operation,
      problem: `the input is ${x.dtype}, the parameters are ${w.dtype}`,
      hint: `convert the input: convert(x, '${w.dtype}')${isFloat(x.dtype) ? `, or make the parameters ${x.dtype}: init(key, { dtype: '${x.dtype}' })` : ''}`,
    })
}

/** Refuses parameters of other names or shapes. @throws TreeError, ShapeError */
const checkParams = (operation: string, params: unknown, shapes: Readonly<Record<string, Shape>>): void => {
  const hint = 'pass what init gave, or a tree of the same structure'
  const names = Object.keys(shapes)
  const found = typeof params === 'object' && params !== null ? Object.keys(params) : null
  if (found === null || found.length !== names.length || !names.every((n) => found.includes(n)))
    throw new TreeError({
      operation,
      problem: `the parameters are ${names.join(', ')}, found ${found === null ? typeof params : found.join(', ')}`,
      hint,
    })
  for (const [name, shape] of Object.entries(shapes)) {
    const p = (params as Readonly<Record<string, unknown>>)[name]
    if (!isTensor(p) || !sameShape(p.shape, shape))
      throw new ShapeError({
        operation,
        problem: `${name} has to be ${showShape(shape)}, found ${isTensor(p) ? showShape(p.shape) : typeof p}`,
        path: name,
        hint,
      })
  }
}

/**
 * The fully connected layer x ↦ x·W + b: [in] → [out], under any batch shape. Weights are [in, out] (the transpose of the
 * W that is written to the left of a column x).
 *
 * @throws ShapeError for an input or parameters of another size, DTypeError for an input of another element type than the
 *   parameters', TreeError for parameters of other names
 * @example
 * ```ts
 * import { ones, tensor, toArray, zeros } from 'lanac'
 * import { dense } from 'lanac/nn'
 * const layer = dense(2, 3)
 * const y = layer.apply([{ w: ones([2, 3]), b: zeros([3]) }])(tensor([1, 2]))
 * assert.deepStrictEqual(toArray(y), [3, 3, 3])
 * ```
 */
export const dense = ((fanIn: number, fanOut: number, options: DenseOptions = {}) => {
  checkSize(fanIn, 'fan-in')
  checkSize(fanOut, 'fan-out')
  const { bias = true, initW = glorotUniform, initB = zeros } = options
  const name = `dense(${fanIn}, ${fanOut})`
  const shapes = bias ? { w: [fanIn, fanOut], b: [fanOut] } : { w: [fanIn, fanOut] }
  return fromRun<{ readonly w: Tensor; readonly b?: Tensor }, readonly [number], readonly [number]>({
    name,
    input: [fanIn],
    output: [fanOut],
    init: (key, { dtype }) => {
      const [keyW, keyB] = split(key)
      const w = initW(keyW, [fanIn, fanOut], { dtype })
      return bias ? { w, b: initB(keyB, [fanOut], { dtype }) } : { w }
    },
    run: (params, state, x) => {
      checkParams(name, params, shapes)
      const { w, b } = params
      checkDType(name, x, w)
      const y: Tensor = matmul(x, w)
      return [b === undefined ? y : add(y, b), state]
    },
    equation: (x, n) => (bias ? `${x}·W${n} + b${n}` : `${x}·W${n}`),
  })
}) as unknown as Dense

/** The call signatures of `dense`. */
export interface Dense {
  <I extends number, O extends number>(
    fanIn: I,
    fanOut: O,
    options: DenseOptions & { readonly bias: false },
  ): Layer<[Linear<I, O>], [I], [O]>
  <I extends number, O extends number>(
    fanIn: I,
    fanOut: O,
    options?: DenseOptions & { readonly bias?: true },
  ): Layer<[Affine<I, O>], [I], [O]>
}
