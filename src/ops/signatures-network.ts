/** Call signatures of the building blocks of networks: normalisation, attention, embedding, recurrent cells. */
import type { DType, Shape, Tensor } from '../core/value.js'
import type {
  Agree,
  Alike,
  Broadcast,
  DTypeOf,
  Fits,
  Operand,
  Pair,
  PairDType,
  Reduce,
  Result,
  ShapeOf,
  Show,
  Static,
} from '../tensor/static.js'
import type { Indices } from './signatures-layout.js'

// -------------------------------------------------------------------------------------------------------- normalisation

type LastOf<S extends Shape> = S extends readonly [...Shape, infer C] ? C : number

/** A gain or a shift: one for each feature, or one for all; or a sentence. */
type PerFeature<Name extends string, X extends Shape, S extends Shape> = false extends Static<X> | Static<S>
  ? true
  : S extends readonly []
    ? true
    : S extends readonly [infer C]
      ? Agree<LastOf<X>, C> extends true
        ? true
        : `${Name}: ${Show<S>} does not fit the features of ${Show<X>}`
      : `${Name}: ${Show<S>} does not fit the features of ${Show<X>}`

type Gain<Name extends string, X, S> = Fits<PerFeature<Name, ShapeOf<X>, ShapeOf<S>>, S>

/** `(x, scale, bias)`, shifted and scaled after normalising; data-last `(scale, bias, options)` waits for `x`. */
export interface Normalization<Name extends string, Options extends object> {
  <S extends Operand, B extends Operand>(
    scale: S,
    bias: B,
    options: Options,
  ): <X extends Tensor>(x: Fits<PerFeature<Name, ShapeOf<X>, ShapeOf<S>>, X>) => Alike<X>
  <X extends Tensor, S extends Operand, B extends Operand>(
    x: X,
    scale: Gain<Name, X, S>,
    bias: Gain<Name, X, B>,
    options?: Options,
  ): Alike<X>
}

/** `(x, scale)`, scaled after normalising; data-last `(scale)` waits for `x`. */
export interface RootMeanSquareNormalization<Name extends string, Options extends object> {
  <S extends Operand>(
    scale: S,
    options?: Options,
  ): <X extends Tensor>(x: Fits<PerFeature<Name, ShapeOf<X>, ShapeOf<S>>, X>) => Alike<X>
  <X extends Tensor, S extends Operand>(x: X, scale: Gain<Name, X, S>, options?: Options): Alike<X>
}

// ------------------------------------------------------------------------------------------------------------ attention

/** The shape of attention: `[...b, t, d] × [...b, s, d] × [...b, s, e] → [...b, t, e]`; or a sentence. */
type Attended<Q extends Shape, K extends Shape, V extends Shape> = false extends Static<Q> | Static<K> | Static<V>
  ? Shape
  : Q extends readonly [...infer B extends Shape, infer T extends number, infer D]
    ? K extends readonly [...infer C extends Shape, infer S, infer D2]
      ? V extends readonly [...infer E extends Shape, infer S2, infer F extends number]
        ? Agree<D, D2> extends true
          ? Agree<S, S2> extends true
            ? Broadcast<'attention', B, C> extends infer BC
              ? BC extends Shape
                ? Broadcast<'attention', BC, E> extends infer R
                  ? R extends Shape
                    ? [...R, T, F]
                    : R
                  : Shape
                : BC
              : Shape
            : `attention: keys ${Show<K>} and values ${Show<V>} differ in time`
          : `attention: queries ${Show<Q>} and keys ${Show<K>} differ in features`
        : `attention: values have shape ${Show<V>}; they need time and features`
      : `attention: keys have shape ${Show<K>}; they need time and features`
    : `attention: queries have shape ${Show<Q>}; they need time and features`

/** `attention(queries, keys, values, options)`, or data-last `attention(keys, values, options)`. */
export interface Attention<Options extends object> {
  <K extends Tensor, V extends Tensor>(
    keys: K,
    values: V,
    options: Options,
  ): <Q extends Tensor>(
    queries: Fits<Attended<ShapeOf<Q>, ShapeOf<K>, ShapeOf<V>>, Q>,
  ) => Result<Attended<ShapeOf<Q>, ShapeOf<K>, ShapeOf<V>>, DTypeOf<Q>>
  <Q extends Tensor, K extends Tensor, V extends Tensor>(
    queries: Q,
    keys: K,
    values: Fits<Attended<ShapeOf<Q>, ShapeOf<K>, ShapeOf<V>>, V>,
    options?: Options,
  ): Result<Attended<ShapeOf<Q>, ShapeOf<K>, ShapeOf<V>>, DTypeOf<Q>>
}

type Embedded<S extends Shape, I extends Shape> = false extends Static<S> | Static<I>
  ? Shape
  : S extends readonly [unknown, infer D extends number]
    ? [...I, D]
    : `embedding: the table has shape ${Show<S>}; it needs a row for each index`

/** `[n, d]` at `[...i] → [...i, d]`; data-last `embedding(indices)`. */
export interface Embedding {
  <I extends Indices>(
    indices: I,
  ): <X extends Tensor>(
    table: Fits<Embedded<ShapeOf<X>, ShapeOf<I>>, X>,
  ) => Result<Embedded<ShapeOf<X>, ShapeOf<I>>, DTypeOf<X>>
  <X extends Tensor, I extends Indices>(
    table: X,
    indices: Fits<Embedded<ShapeOf<X>, ShapeOf<I>>, I>,
  ): Result<Embedded<ShapeOf<X>, ShapeOf<I>>, DTypeOf<X>>
}

// ----------------------------------------------------------------------------------------------------------- similarity

type Compared<X, Y, Ax extends number> =
  Pair<'cosineSimilarity', X, Y> extends infer R ? (R extends Shape ? Reduce<'cosineSimilarity', R, Ax> : R) : Shape

/** How to compare vectors. */
export interface SimilarityOption<Ax = number> {
  readonly axis?: Ax
  readonly epsilon?: number
}

/** One number for each pair of vectors along an axis (absent: the last); data-last `cosineSimilarity(y, options)`. */
export interface Similarity {
  <Y extends Tensor, const Ax extends number = -1>(
    y: Y,
    options?: SimilarityOption<Ax>,
  ): <X extends Tensor>(x: Fits<Compared<X, Y, Ax>, X>) => Result<Compared<X, Y, Ax>, PairDType<X, Y>>
  <X extends Tensor, Y extends Tensor, const Ax extends number = -1>(
    x: X,
    y: Fits<Compared<X, Y, Ax>, Y>,
    options?: SimilarityOption<Ax>,
  ): Result<Compared<X, Y, Ax>, PairDType<X, Y>>
}

// ------------------------------------------------------------------------------------------------------ recurrent cells

type FeaturesOf<S extends Shape> = S extends readonly [...infer B extends Shape, infer F] ? readonly [B, F] : never

/** Whether an input fits weights `[in, …]`, or a sentence. */
type FitsWeights<Name extends string, X extends Shape, W extends Shape> = false extends Static<X> | Static<W>
  ? true
  : FeaturesOf<X> extends readonly [Shape, infer F]
    ? W extends readonly [infer N, unknown]
      ? Agree<F, N> extends true
        ? true
        : `${Name}: ${Show<X>} does not fit weights ${Show<W>}`
      : `${Name}: weights have shape ${Show<W>}; they need rank 2`
    : `${Name}: ${Show<X>} does not fit weights ${Show<W>}`

/** The state of an LSTM: what it shows, and what it remembers. */
export interface LstmState<H extends Tensor = Tensor> {
  readonly h: H
  readonly c: H
}

/** Weights `[in, 4·hidden]`, `[hidden, 4·hidden]` and a bias `[4·hidden]`; the gates in order: input, forget, cell, output. */
export interface LstmWeights<W extends Tensor = Tensor> {
  readonly wx: W
  readonly wh: Tensor
  readonly b: Tensor | number
}

/** `(x, { h, c }, { wx, wh, b }) → { h, c }`. */
export interface LstmCell {
  <X extends Tensor, H extends Tensor, W extends Tensor>(
    x: Fits<FitsWeights<'lstmCell', ShapeOf<X>, ShapeOf<W>>, X>,
    state: LstmState<H>,
    weights: LstmWeights<W>,
  ): LstmState<Result<ShapeOf<H>, Extract<DTypeOf<H>, DType>>>
}

/** Weights `[in, 3·hidden]`, `[hidden, 3·hidden]`, biases `[3·hidden]`; the gates in order: reset, update, new. */
export interface GruWeights<W extends Tensor = Tensor> {
  readonly wx: W
  readonly wh: Tensor
  readonly bx: Tensor | number
  readonly bh: Tensor | number
}

/** `(x, h, { wx, wh, bx, bh }) → h`. */
export interface GruCell {
  <X extends Tensor, H extends Tensor, W extends Tensor>(
    x: Fits<FitsWeights<'gruCell', ShapeOf<X>, ShapeOf<W>>, X>,
    h: H,
    weights: GruWeights<W>,
  ): Result<ShapeOf<H>, DTypeOf<H>>
}
