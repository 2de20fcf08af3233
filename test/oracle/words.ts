/** Every operation name of the reference files, mapped to the library. */

import type { DType, Tensor } from 'lanac'
import * as L from 'lanac'
import * as Loss from 'lanac/loss'

// ---------------------------------------------------------------------------------------------------------------- model

/** What parametrises a case. */
export type Attributes = Readonly<Record<string, unknown>>

/** An operation on the inputs of a case (`result` is the element type it should have), and the attributes it knows: others are a failure. */
export interface Word {
  readonly attributes: readonly string[]
  readonly run: (x: readonly Tensor[], attributes: Attributes, result: DType) => Tensor | readonly Tensor[]
}

/** Operations that are still to come: convolutions, pools and linear algebra. Has to shrink to empty. */
export const later: readonly string[] = [
  ...['conv1d', 'conv2d', 'conv3d', 'convTranspose2d', 'maxPool2d', 'avgPool2d'],
  ...[
    'cholesky',
    'triangularSolve',
    'solve',
    'inv',
    'det',
    'logdet',
    'qr',
    'eigvalsh',
    'eigh',
    'svdvals',
    'svd',
    'lstsq',
  ],
]

type Loose = (...args: readonly unknown[]) => never
const library = { ...L, ...Loss } as unknown as Readonly<Record<string, Loose>>
const find = (name: string): Loose => {
  const f = library[name]
  if (typeof f !== 'function') throw new Error(`the library has no ${name}`)
  return f
}

// --------------------------------------------------------------------------------------------------------- constructors

/** A word of the library by the same name: the inputs, then all attributes as options. */
const plain = (names: string, attributes: readonly string[] = []): readonly (readonly [string, Word])[] =>
  names.split(' ').map((name) => [
    name,
    {
      attributes,
      run: (x, a) => {
        const options = Object.fromEntries(Object.entries(a).filter(([k]) => attributes.includes(k)))
        return Object.keys(options).length === 0 ? find(name)(...x) : find(name)(...x, options)
      },
    },
  ])

const word = (name: string, attributes: readonly string[], run: Word['run']): readonly (readonly [string, Word])[] => [
  [name, { attributes, run }],
]

const X = (x: readonly Tensor[]): Tensor => x[0] as Tensor

/** The inputs under the names that `attributes.inputs` gives them. */
const named = (x: readonly Tensor[], a: Attributes, names: readonly string[]): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(((a.inputs ?? names) as readonly string[]).map((n, i) => [n, x[i] as Tensor]))

const options = (a: Attributes, names: readonly string[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(names.filter((n) => a[n] !== undefined).map((n) => [n, a[n]]))

/** A loss of logits whose second input stands for a distribution. */
const distribution =
  (name: string): Word['run'] =>
  (x, a) =>
    find(name)(x[0], L.softmax(x[1] as Tensor), options(a, ['reduction']))

/** A normalisation: named inputs, of which scale and bias may be absent. */
const normalization = (name: string, names: readonly string[], extra: readonly string[] = []): Word => ({
  attributes: ['epsilon', 'inputs', ...extra],
  run: (x, a) => {
    const {
      x: v,
      scale = 1,
      bias = 0,
      ...rest
    } = named(x, a, ['x', ...names]) as Readonly<Record<string, Tensor | number>>
    const o = { ...options(a, ['epsilon', ...extra]), ...rest }
    return names.includes('bias') ? find(name)(v, scale, bias, o) : find(name)(v, scale, o)
  },
})

// ---------------------------------------------------------------------------------------------------------------- words

const REDUCTION = ['axis', 'keepDims']

/** All the names. */
export const words: ReadonlyMap<string, Word> = new Map<string, Word>([
  ...plain('neg exp log expm1 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sqrt rsqrt square'),
  ...plain('reciprocal abs sign floor ceil round erf erfc lgamma digamma sigmoid logSigmoid softplus softsign relu'),
  ...plain('selu silu mish'),
  ...plain('leakyRelu', ['alpha']),
  ...plain('elu', ['alpha', 'scale']),
  ...plain('gelu', ['approximate']),
  ...plain('clip', ['min', 'max']),
  ...plain('add sub mul div maximum minimum atan2 hypot remainder'),
  ...plain('less lessEqual greater greaterEqual equal notEqual where'),
  ...word('pow', ['exponent'], (x, a) =>
    a.exponent === undefined ? L.pow(X(x), x[1] as Tensor) : L.pow(X(x), a.exponent as number),
  ),
  ...plain('sum mean prod max min variance std norm logSumExp any all argmax argmin', REDUCTION),
  ...plain('cumsum cumprod sort argsort softmax logSoftmax flip', ['axis']),
  ...plain('topK', ['k', 'axis']),
  ...word('reshape', ['shape'], (x, a) => L.reshape(X(x), a.shape as number[])),
  ...word('broadcastTo', ['shape'], (x, a) => L.broadcastTo(X(x), a.shape as number[])),
  ...word('transpose', ['permutation'], (x, a) => L.transpose(X(x), a.permutation as number[] | undefined)),
  ...word('concat', ['axis'], (x, a) => L.concat(x, a as { axis?: number })),
  ...word('stack', ['axis'], (x, a) => L.stack(x, a as { axis?: number })),
  ...word('split', ['parts', 'sizes', 'axis'], (x, a) => L.split(X(x), a as L.SplitOptions)),
  ...plain('slice', ['start', 'stop', 'step']),
  ...plain('pad', ['low', 'high', 'value']),
  ...plain('tile', ['repeats']),
  ...plain('roll', ['shift', 'axis']),
  ...plain('take takeAlongAxis expandDims squeeze', ['axis']),
  ...word('oneHot', ['classes'], (x, a, dtype) =>
    L.oneHot(X(x) as Tensor<L.Shape, 'i32'>, a.classes as number, { dtype }),
  ),
  ...plain('matmul dot outer trace diag'),
  ...plain('tril triu', ['k']),
  ...word('einsum', ['equation'], (x, a) => L.einsum(a.equation as string, ...x)),
  ['batchNorm', normalization('batchNorm', ['scale', 'bias'], ['training'])],
  ['layerNorm', normalization('layerNorm', ['scale', 'bias'])],
  ['rmsNorm', normalization('rmsNorm', ['scale'])],
  ['groupNorm', normalization('groupNorm', ['scale', 'bias'], ['groups'])],
  ...word('attention', ['causal', 'scale', 'layout', 'inputs'], (x, a) => {
    const { mask, ...rest } = named(x, a, ['query', 'key', 'value', 'mask'].slice(0, x.length))
    return find('attention')(...Object.values(rest), { ...options(a, ['causal', 'scale']), ...(mask ? { mask } : {}) })
  }),
  ...plain('embedding'),
  ...word('lstmCell', ['gates', 'output', 'inputs'], (x, a) => {
    const i = named(x, a, ['x', 'h', 'c', 'wx', 'wh', 'b']) as Record<'x' | 'h' | 'c' | 'wx' | 'wh' | 'b', Tensor>
    const { h, c } = L.lstmCell(i.x, i, i)
    return L.concat([h, c], { axis: -1 })
  }),
  ...word('gruCell', ['gates', 'inputs'], (x, a) => {
    const i = named(x, a, ['x', 'h', 'wx', 'wh', 'bx', 'bh']) as Record<'x' | 'h' | 'wx' | 'wh' | 'bx' | 'bh', Tensor>
    return L.gruCell(i.x, i.h, i)
  }),
  ...plain('crossEntropy', ['labelSmoothing', 'reduction']),
  ...word('crossEntropyLabelSmoothing', ['smoothing', 'reduction'], (x, a) =>
    find('crossEntropy')(...x, { labelSmoothing: a.smoothing, ...options(a, ['reduction']) }),
  ),
  ...word('softCrossEntropy', ['targets', 'reduction'], distribution('softCrossEntropy')),
  ...word('klDivergence', ['inputs', 'reduction'], distribution('klDivergence')),
  ...plain('binaryCrossEntropyWithLogits meanSquaredError meanAbsoluteError', ['reduction']),
  ...plain('huber', ['delta', 'reduction']),
  ...word('gaussianNll', ['inputs', 'full', 'reduction'], (x, a) => {
    const { mean, target, variance } = named(x, a, ['mean', 'target', 'variance'])
    return find('gaussianNll')(mean, target, variance, options(a, ['full', 'reduction']))
  }),
  ...word('poissonNll', ['inputs', 'reduction'], (x, a) => {
    const { logRate, target } = named(x, a, ['logRate', 'target'])
    return find('poissonNll')(logRate, target, options(a, ['reduction']))
  }),
  ...plain('cosineSimilarity', ['axis']),
])
